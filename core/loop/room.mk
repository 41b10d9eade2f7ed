# Sources of core/loop/, listed here and included by the top Makefile.am.
noinst_LIBRARIES += libloop.a
libloop_a_SOURCES = \
	core/loop/clocks.c \
	core/loop/doubt.c \
	core/loop/conn.c core/loop/conn.h \
	core/loop/io.c \
	core/loop/loop.c core/loop/loop.h core/loop/loop_priv.h \
	core/loop/mailbox.c \
	core/loop/runq.c \
	core/loop/signals.c \
	core/loop/timers.c \
	core/loop/tls.c core/loop/tls.h core/loop/tls_priv.h \
	core/loop/tls_ctx.c \
	core/loop/tls_verify.c \
	core/loop/workers.c

check_PROGRAMS += tests/unit/test_loop_breath
tests_unit_test_loop_breath_SOURCES = tests/unit/test_loop_breath.c tests/unit/loop_fixture.h
tests_unit_test_loop_breath_LDADD = libloop.a libbase.a $(EV_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/test_loop tests/unit/test_loop_objects tests/unit/test_conn
tests_unit_test_loop_SOURCES = tests/unit/test_loop.c tests/unit/loop_fixture.h
tests_unit_test_loop_LDADD = libloop.a libbase.a $(EV_LIBS) $(CMOCKA_LIBS)
tests_unit_test_loop_objects_SOURCES = tests/unit/test_loop_objects.c tests/unit/loop_fixture.h
tests_unit_test_loop_objects_LDADD = libloop.a libbase.a $(EV_LIBS) $(CMOCKA_LIBS)
tests_unit_test_conn_SOURCES = tests/unit/test_conn.c tests/unit/netns.h
tests_unit_test_conn_LDADD = libloop.a libbase.a $(EV_LIBS) $(CMOCKA_LIBS)
