# Sources of core/nl/, listed here and included by the top Makefile.am.
noinst_LIBRARIES += libnl.a
libnl_a_CPPFLAGS = $(AM_CPPFLAGS) $(NL_CFLAGS)
libnl_a_SOURCES = \
	core/nl/batch.c core/nl/batch.h \
	core/nl/ctx.c core/nl/ctx.h \
	core/nl/monitor.c \
	core/nl/nl.c core/nl/nl.h \
	core/nl/place.c core/nl/place.h \
	core/nl/procmon.c core/nl/procmon.h \
	core/nl/queue.c core/nl/queue.h \
	core/nl/sock.c core/nl/sock.h \
	core/nl/walk.h

# In a network namespace of its own: needs root, else it is skipped.
check_PROGRAMS += tests/unit/test_nl tests/unit/test_nl_thread
tests_unit_test_nl_SOURCES = tests/unit/test_nl.c tests/unit/nl_requests.h tests/unit/netns.h
tests_unit_test_nl_CPPFLAGS = $(AM_CPPFLAGS) $(NL_CFLAGS)
tests_unit_test_nl_LDADD = libnl.a libloop.a libbase.a $(NL_LIBS) $(EV_LIBS) $(CMOCKA_LIBS)
tests_unit_test_nl_thread_SOURCES = tests/unit/test_nl_thread.c tests/unit/nl_requests.h tests/unit/netns.h
tests_unit_test_nl_thread_CPPFLAGS = $(AM_CPPFLAGS) $(NL_CFLAGS)
tests_unit_test_nl_thread_LDADD = libnl.a libloop.a libbase.a $(NL_LIBS) $(EV_LIBS) $(CMOCKA_LIBS)
