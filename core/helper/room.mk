# Sources of core/helper/, listed here and included by the top Makefile.am.
noinst_LIBRARIES += libhelper.a
libhelper_a_SOURCES = \
	core/helper/helper.c core/helper/helper.h core/helper/helper_priv.h \
	core/helper/helper_agent.c \
	core/helper/helper_client.c \
	core/helper/helper_conf.c core/helper/helper_match.c core/helper/helper_match.h \
	core/helper/helper_exec.c core/helper/helper_fifo.c core/helper/helper_log.c core/helper/helper_mark.c core/helper/helper_netns.c \
	core/helper/helper_legacy.c core/helper/helper_renew.c core/helper/helper_runs.c \
	core/helper/helper_msg.c \
	core/helper/helper_open.c core/helper/helper_path.c

check_PROGRAMS += tests/unit/test_helper tests/unit/test_helper_agent
tests_unit_test_helper_SOURCES = tests/unit/test_helper.c tests/unit/helper_fixture.c tests/unit/helper_fixture.h
tests_unit_test_helper_LDADD = libhelper.a libbase.a $(CMOCKA_LIBS)
tests_unit_test_helper_agent_SOURCES = tests/unit/test_helper_agent.c tests/unit/helper_fixture.c \
	tests/unit/helper_fixture.h
tests_unit_test_helper_agent_LDADD = libhelper.a libbase.a $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/test_helper_conf tests/unit/test_helper_legacy
check_PROGRAMS += tests/unit/test_helper_hostile tests/unit/test_helper_files
tests_unit_test_helper_files_SOURCES = tests/unit/test_helper_files.c tests/unit/helper_fixture.c tests/unit/helper_fixture.h
tests_unit_test_helper_files_LDADD = libhelper.a libbase.a $(CMOCKA_LIBS)
tests_unit_test_helper_hostile_SOURCES = tests/unit/test_helper_hostile.c tests/unit/helper_fixture.c tests/unit/helper_fixture.h
tests_unit_test_helper_hostile_LDADD = libhelper.a libbase.a $(CMOCKA_LIBS)
tests_unit_test_helper_legacy_SOURCES = tests/unit/test_helper_legacy.c
tests_unit_test_helper_legacy_LDADD = libhelper.a libbase.a $(CMOCKA_LIBS)
tests_unit_test_helper_conf_SOURCES = tests/unit/test_helper_conf.c
tests_unit_test_helper_conf_LDADD = libhelper.a libbase.a $(CMOCKA_LIBS)
check_PROGRAMS += tests/fuzz/replay_helper
tests_fuzz_replay_helper_SOURCES = tests/fuzz/fuzz_helper.c tests/fuzz/replay.c
tests_fuzz_replay_helper_LDADD = libhelper.a libbase.a
EXTRA_DIST += tests/fuzz/corpus/helper
