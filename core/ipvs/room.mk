# Sources of core/ipvs/, listed here and included by the top Makefile.am.
noinst_LIBRARIES += libipvspure.a
libipvspure_a_SOURCES = \
	core/ipvs/alloc.h \
	core/ipvs/desired.c core/ipvs/desired.h \
	core/ipvs/plan.c core/ipvs/plan.h \
	core/ipvs/plan_text.c \
	core/ipvs/services.h \
	core/ipvs/table.c core/ipvs/table.h

check_PROGRAMS += tests/unit/test_ipvs_desired
tests_unit_test_ipvs_desired_SOURCES = tests/unit/test_ipvs_desired.c
tests_unit_test_ipvs_desired_LDADD = libipvspure.a libbase.a $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_ipvs_plan
tests_unit_test_ipvs_plan_SOURCES = tests/unit/test_ipvs_plan.c
tests_unit_test_ipvs_plan_LDADD = libipvspure.a libbase.a $(CMOCKA_LIBS)
