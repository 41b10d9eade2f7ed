# Sources of core/, listed here and included by the top Makefile.am.
# The rows that readers may see, and their messages: pure; shared by core and agent.
noinst_LIBRARIES += libview.a
libview_a_SOURCES = core/view.c core/view_valid.c core/view.h core/view_wire.c core/view_wire.h

check_PROGRAMS += tests/unit/test_view tests/unit/test_view_wire
tests_unit_test_view_SOURCES = tests/unit/test_view.c tests/unit/view_make.h
tests_unit_test_view_LDADD = libview.a libbase.a $(CMOCKA_LIBS)
tests_unit_test_view_wire_SOURCES = tests/unit/test_view_wire.c tests/unit/view_make.h
tests_unit_test_view_wire_LDADD = libview.a libbase.a $(CMOCKA_LIBS)
