# Sources of core/probe/, listed here and included by the top Makefile.am.
noinst_LIBRARIES += libprobepure.a

# No socket, clock, ev or nl in here.
libprobepure_a_SOURCES = \
	core/probe/health.c core/probe/health.h \
	core/probe/http_parse.c core/probe/http_parse.h

check_PROGRAMS += tests/unit/test_health tests/unit/test_http_parse tests/fuzz/replay_http
tests_unit_test_health_SOURCES = tests/unit/test_health.c
tests_unit_test_health_LDADD = libprobepure.a libbase.a $(CMOCKA_LIBS)
tests_unit_test_http_parse_SOURCES = tests/unit/test_http_parse.c
tests_unit_test_http_parse_LDADD = libprobepure.a libbase.a $(CMOCKA_LIBS)
tests_fuzz_replay_http_SOURCES = tests/fuzz/fuzz_http.c tests/fuzz/replay.c
tests_fuzz_replay_http_LDADD = libprobepure.a libbase.a
EXTRA_DIST += tests/fuzz/corpus/http
