# Sources of core/probe/, listed here and included by the top Makefile.am.
noinst_LIBRARIES += libprobepure.a libprobe.a

# No socket, clock, ev or nl in here.
libprobepure_a_SOURCES = \
	core/probe/agent_parse.c core/probe/agent_parse.h \
	core/probe/bfd_fsm.c core/probe/bfd_fsm.h \
	core/probe/bfd_wire.c core/probe/bfd_wire.h \
	core/probe/digest.c core/probe/digest.h \
	core/probe/dns_msg.c core/probe/dns_msg.h \
	core/probe/health.c core/probe/health.h \
	core/probe/http_parse.c core/probe/http_parse.h \
	core/probe/ping_msg.c core/probe/ping_msg.h \
	core/probe/reason.c core/probe/probe.h core/probe/conf.h \
	core/probe/recipe.c core/probe/recipe.h \
	core/probe/recipe_fields.c core/probe/recipe_fields.h \
	core/probe/recipe_more.c \
	core/probe/regex_option.c \
	core/probe/smtp_parse.c core/probe/smtp_parse.h \
	core/probe/spread.c core/probe/spread.h
libprobepure_a_CPPFLAGS = $(AM_CPPFLAGS) $(CRYPTO_CFLAGS)

# Link as: libprobe.a libprobepure.a libloop.a libbase.a $(TLS_LIBS) $(CRYPTO_LIBS) $(PCRE2_LIBS) ...
libprobe_a_SOURCES = \
	core/probe/bfd.c core/probe/bfd.h \
	core/probe/bfd_sock.c core/probe/bfd_sock.h \
	core/probe/connect.c \
	core/probe/dgram.c core/probe/dgram.h \
	core/probe/kinds.c \
	core/probe/link.c core/probe/link.h \
	core/probe/pool.c core/probe/pool.h \
	core/probe/probe_agent.c \
	core/probe/probe_dns.c \
	core/probe/probe_http.c \
	core/probe/probe_look.c \
	core/probe/probe_misc.c \
	core/probe/probe_ping.c \
	core/probe/probe_smtp.c \
	core/probe/probe_tcp.c \
	core/probe/probe_udp.c \
	core/probe/regex.c core/probe/regex.h \
	core/probe/run.c core/probe/run.h \
	core/probe/tls_store.c core/probe/tls_store.h

check_PROGRAMS += tests/unit/test_health tests/unit/test_http_parse tests/unit/test_recipe tests/fuzz/replay_http
tests_unit_test_health_SOURCES = tests/unit/test_health.c
tests_unit_test_health_LDADD = libprobepure.a libbase.a $(CMOCKA_LIBS)
tests_unit_test_http_parse_SOURCES = tests/unit/test_http_parse.c
tests_unit_test_http_parse_LDADD = libprobepure.a libbase.a $(CMOCKA_LIBS)
tests_unit_test_recipe_SOURCES = tests/unit/test_recipe.c
tests_unit_test_recipe_LDADD = libprobepure.a libbase.a $(CRYPTO_LIBS) $(CMOCKA_LIBS)
tests_fuzz_replay_http_SOURCES = tests/fuzz/fuzz_http.c tests/fuzz/replay.c
tests_fuzz_replay_http_LDADD = libprobepure.a libbase.a
check_PROGRAMS += tests/unit/test_bfd_fsm tests/unit/test_dns_msg tests/fuzz/replay_bfd tests/fuzz/replay_dns
tests_unit_test_bfd_fsm_SOURCES = tests/unit/test_bfd_fsm.c
tests_unit_test_bfd_fsm_LDADD = libprobepure.a libbase.a $(CMOCKA_LIBS)
tests_unit_test_dns_msg_SOURCES = tests/unit/test_dns_msg.c
tests_unit_test_dns_msg_LDADD = libprobepure.a libbase.a $(CMOCKA_LIBS)
tests_fuzz_replay_bfd_SOURCES = tests/fuzz/fuzz_bfd.c tests/fuzz/replay.c
tests_fuzz_replay_bfd_LDADD = libprobepure.a libbase.a
tests_fuzz_replay_dns_SOURCES = tests/fuzz/fuzz_dns.c tests/fuzz/replay.c
tests_fuzz_replay_dns_LDADD = libprobepure.a libbase.a
check_PROGRAMS += tests/fuzz/replay_smtp tests/fuzz/replay_agent
tests_fuzz_replay_smtp_SOURCES = tests/fuzz/fuzz_smtp.c tests/fuzz/replay.c
tests_fuzz_replay_smtp_LDADD = libprobepure.a libbase.a
tests_fuzz_replay_agent_SOURCES = tests/fuzz/fuzz_agent.c tests/fuzz/replay.c
tests_fuzz_replay_agent_LDADD = libprobepure.a libbase.a
EXTRA_DIST += tests/fuzz/corpus/agent tests/fuzz/corpus/smtp
EXTRA_DIST += tests/fuzz/corpus/bfd tests/fuzz/corpus/dns tests/fuzz/corpus/http

# Against real sockets on loopback.
probe_test_sources = \
	tests/unit/probe_bench.c tests/unit/probe_bench.h \
	tests/unit/probe_server.c tests/unit/probe_server.h tests/unit/netns.h
probe_test_libs = libprobe.a libprobepure.a libloop.a libbase.a $(EV_LIBS) $(TLS_LIBS) $(CRYPTO_LIBS) \
	$(PCRE2_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/test_probe_answers tests/unit/test_probe_pool
tests_unit_test_probe_answers_SOURCES = tests/unit/test_probe_answers.c $(probe_test_sources)
tests_unit_test_probe_answers_LDADD = $(probe_test_libs)
check_PROGRAMS += tests/unit/test_probe_keep
tests_unit_test_probe_keep_SOURCES = tests/unit/test_probe_keep.c $(probe_test_sources)
tests_unit_test_probe_keep_LDADD = $(probe_test_libs)
check_PROGRAMS += tests/unit/test_probe_more
tests_unit_test_probe_more_SOURCES = tests/unit/test_probe_more.c $(probe_test_sources)
tests_unit_test_probe_more_LDADD = $(probe_test_libs)
tests_unit_test_probe_pool_SOURCES = tests/unit/test_probe_pool.c $(probe_test_sources)
tests_unit_test_probe_pool_LDADD = $(probe_test_libs)
check_PROGRAMS += tests/unit/test_bfd
tests_unit_test_bfd_SOURCES = tests/unit/test_bfd.c tests/unit/netns.h
tests_unit_test_bfd_LDADD = $(probe_test_libs)
check_PROGRAMS += tests/unit/test_probe_tls
tests_unit_test_probe_tls_SOURCES = tests/unit/test_probe_tls.c tests/unit/tls_server.c tests/unit/tls_server.h $(probe_test_sources)
tests_unit_test_probe_tls_LDADD = $(probe_test_libs)
check_PROGRAMS += tests/unit/test_probe_talk
tests_unit_test_probe_talk_SOURCES = tests/unit/test_probe_talk.c $(probe_test_sources)
tests_unit_test_probe_talk_LDADD = $(probe_test_libs)
