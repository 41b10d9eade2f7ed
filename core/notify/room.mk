# Sources of core/notify/, listed here and included by the top Makefile.am.
noinst_LIBRARIES += libnotify.a
libnotify_a_SOURCES = \
	core/notify/event.c core/notify/event.h \
	core/notify/fifo.c core/notify/fifo.h \
	core/notify/lines.c core/notify/lines.h \
	core/notify/queue.c core/notify/queue.h \
	core/notify/ring.c core/notify/ring.h

check_PROGRAMS += tests/unit/test_ring
tests_unit_test_ring_SOURCES = tests/unit/test_ring.c
tests_unit_test_ring_LDADD = libnotify.a libbase.a $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/test_notify
tests_unit_test_notify_SOURCES = tests/unit/test_notify.c
tests_unit_test_notify_LDADD = libnotify.a libloop.a libbase.a $(EV_LIBS) $(CMOCKA_LIBS)
