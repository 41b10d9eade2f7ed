# Sources of core/ipvs/, listed here and included by the top Makefile.am.
noinst_LIBRARIES += libipvspure.a
libipvspure_a_SOURCES = \
	core/ipvs/alloc.h \
	core/ipvs/desired.c core/ipvs/desired.h \
	core/ipvs/plan.c core/ipvs/plan.h \
	core/ipvs/plan_text.c \
	core/ipvs/services.h \
	core/ipvs/table.c core/ipvs/table.h

noinst_LIBRARIES += libipvs.a
libipvs_a_CFLAGS = $(AM_CFLAGS) $(NL_CFLAGS)
libipvs_a_SOURCES = \
	core/ipvs/commit.c core/ipvs/engine.h \
	core/ipvs/ipvs_nl.c core/ipvs/ipvs_nl.h \
	core/ipvs/ipvs_nl_parse.c core/ipvs/ipvs_nl_parse.h \
	core/ipvs/mirror.c core/ipvs/mirror.h core/ipvs/mirror_int.h \
	core/ipvs/report.c \
	core/ipvs/results.c \
	core/ipvs/services.c \
	core/ipvs/settle.c \
	core/ipvs/syncd.c core/ipvs/syncd.h

check_PROGRAMS += tests/unit/test_ipvs_desired
tests_unit_test_ipvs_desired_SOURCES = tests/unit/test_ipvs_desired.c
tests_unit_test_ipvs_desired_LDADD = libipvspure.a libbase.a $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_ipvs_plan
tests_unit_test_ipvs_plan_SOURCES = tests/unit/test_ipvs_plan.c
tests_unit_test_ipvs_plan_LDADD = libipvspure.a libbase.a $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_ipvs_engine
tests_unit_test_ipvs_engine_SOURCES = tests/unit/test_ipvs_engine.c tests/unit/ipvs_world.c tests/unit/ipvs_world.h
tests_unit_test_ipvs_engine_LDADD = libipvs.a libipvspure.a libbase.a $(CMOCKA_LIBS)
