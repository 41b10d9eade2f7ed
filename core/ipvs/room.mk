# Sources of core/ipvs/, listed here and included by the top Makefile.am.
noinst_LIBRARIES += libipvspure.a
libipvspure_a_SOURCES = \
	core/ipvs/alloc.h \
	core/ipvs/desired.c core/ipvs/desired.h \
	core/ipvs/plan.c core/ipvs/plan.h \
	core/ipvs/plan_text.c \
	core/ipvs/services.h \
	core/ipvs/stats.h core/ipvs/stats_list.c \
	core/ipvs/table.c core/ipvs/table.h

noinst_LIBRARIES += libipvs.a
libipvs_a_CFLAGS = $(AM_CFLAGS) $(NL_CFLAGS)
libipvs_a_SOURCES = \
	core/ipvs/commit.c core/ipvs/engine.h \
	core/ipvs/ipvs_nl.c core/ipvs/ipvs_nl.h \
	core/ipvs/parse_nl.c core/ipvs/parse_nl.h core/ipvs/parse_stats_nl.c \
	core/ipvs/mirror.c core/ipvs/mirror.h core/ipvs/mirror_int.h \
	core/ipvs/put.c \
	core/ipvs/report.c \
	core/ipvs/reuse.c core/ipvs/reuse.h \
	core/ipvs/results.c \
	core/ipvs/services.c \
	core/ipvs/request_nl.h \
	core/ipvs/settle.c \
	core/ipvs/stats.c \
	core/ipvs/stats_nl.c \
	core/ipvs/timed.c \
	core/ipvs/syncd.c core/ipvs/syncd.h

check_PROGRAMS += tests/unit/test_ipvs_desired
tests_unit_test_ipvs_desired_SOURCES = tests/unit/test_ipvs_desired.c
tests_unit_test_ipvs_desired_LDADD = libipvspure.a libbase.a $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_ipvs_plan
tests_unit_test_ipvs_plan_SOURCES = tests/unit/test_ipvs_plan.c
tests_unit_test_ipvs_plan_LDADD = libipvspure.a libbase.a $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_ipvs_engine
IPVS_FIXTURE = tests/unit/ipvs_fixture.c tests/unit/ipvs_fixture.h tests/unit/ipvs_world.c tests/unit/ipvs_world.h
tests_unit_test_ipvs_engine_SOURCES = tests/unit/test_ipvs_engine.c $(IPVS_FIXTURE)
tests_unit_test_ipvs_engine_LDADD = libipvs.a libipvspure.a libbase.a $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_ipvs_put
tests_unit_test_ipvs_put_SOURCES = tests/unit/test_ipvs_put.c $(IPVS_FIXTURE)
tests_unit_test_ipvs_put_LDADD = libipvs.a libipvspure.a libbase.a $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_ipvs_recover
tests_unit_test_ipvs_recover_SOURCES = tests/unit/test_ipvs_recover.c $(IPVS_FIXTURE)
tests_unit_test_ipvs_recover_LDADD = libipvs.a libipvspure.a libbase.a $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_ipvs_faults tests/unit/test_ipvs_timed
tests_unit_test_ipvs_faults_SOURCES = tests/unit/test_ipvs_faults.c $(IPVS_FIXTURE)
tests_unit_test_ipvs_faults_LDADD = libipvs.a libipvspure.a libbase.a $(CMOCKA_LIBS)
tests_unit_test_ipvs_timed_SOURCES = tests/unit/test_ipvs_timed.c $(IPVS_FIXTURE)
tests_unit_test_ipvs_timed_LDADD = libipvs.a libipvspure.a libbase.a $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_ipvs_random
tests_unit_test_ipvs_random_SOURCES = tests/unit/test_ipvs_random.c $(IPVS_FIXTURE)
tests_unit_test_ipvs_random_LDADD = libipvs.a libipvspure.a libbase.a $(CMOCKA_LIBS)

# Over a real kernel: run by tests/hosts/ipvs/engine.sh inside user-mode Linux.
EXTRA_PROGRAMS += tests/hosts/ipvs_engine
CLEANFILES += tests/hosts/ipvs_engine
tests_hosts_ipvs_engine_SOURCES = tests/hosts/ipvs_engine.c
tests_hosts_ipvs_engine_LDADD = libipvs.a libipvspure.a libnet.a libnetpure.a libnl.a libloop.a libbase.a \
	$(NL_LIBS) $(EV_LIBS) $(CMOCKA_LIBS)
bench-tools: tests/hosts/ipvs_engine

check_PROGRAMS += tests/unit/test_ipvs_parse
tests_unit_test_ipvs_parse_SOURCES = tests/unit/test_ipvs_parse.c
tests_unit_test_ipvs_parse_CPPFLAGS = $(AM_CPPFLAGS) $(NL_CFLAGS)
tests_unit_test_ipvs_parse_LDADD = libipvs.a libipvspure.a libbase.a $(NL_LIBS) $(CMOCKA_LIBS)
