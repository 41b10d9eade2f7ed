# The tests' own tools (tests/bench): not tests themselves, built by `make bench-tools` for tests/run, contrib/try-it and the hosts.
BENCH_TOOLS = tests/bench/ipvs_raw tests/bench/wirecap tests/bench/ticker tests/bench/hget tests/bench/talk tests/bench/probe_scale tests/bench/flood
EXTRA_PROGRAMS += $(BENCH_TOOLS)
tests_bench_ipvs_raw_SOURCES = tests/bench/ipvs_raw.c
tests_bench_ipvs_raw_CPPFLAGS = $(AM_CPPFLAGS) $(NL_CFLAGS)
tests_bench_ipvs_raw_LDADD = $(NL_LIBS)
tests_bench_wirecap_SOURCES = tests/bench/wirecap.c
tests_bench_ticker_SOURCES = tests/bench/ticker.c

tests_bench_hget_SOURCES = tests/bench/hget.c tests/bench/patience.h
tests_bench_talk_SOURCES = tests/bench/talk.c tests/bench/patience.h
tests_bench_flood_SOURCES = tests/bench/flood.c
tests_bench_probe_scale_SOURCES = tests/bench/probe_scale.c
tests_bench_probe_scale_LDADD = libprobe.a libprobepure.a libloop.a libbase.a $(EV_LIBS) $(TLS_LIBS) $(CRYPTO_LIBS) $(PCRE2_LIBS)
CLEANFILES += $(BENCH_TOOLS)

# What tests/run plays. Folders are taken whole, but for what a build in the source tree has left in them.
EXTRA_DIST += tests/run tests/source tests/hosts tests/lint tests/strace tests/bench/grid.py tests/bench/run tests/bench/adverts.sh tests/bench/ipvs tests/bench/ipvs.sh
EXTRA_DIST += tests/bench/failover.sh tests/bench/many.sh tests/bench/probe_scale.sh tests/bench/probe_daemon.sh tests/bench/checks.sh tests/bench/checks_run
EXTRA_DIST += tests/bench/ipvs_yes.c
dist-hook:
	find $(distdir)/tests \( -name __pycache__ -o -name .deps -o -name '*.log' -o -name '*.trs' -o -name '*.o' -o -name .dirstamp \) \
		-prune -exec rm -rf {} +
	for f in $(EXTRA_PROGRAMS); do rm -f "$(distdir)/$$f"; done

.PHONY: bench-tools
bench-tools: $(BENCH_TOOLS)

# The fuzzers proper, with clang's libFuzzer: `make fuzz`, then `./fuzz_vrrp NEW/ tests/fuzz/corpus/vrrp`. `make check` replays the corpora.
FUZZERS = fuzz_vrrp fuzz_http fuzz_dns fuzz_bfd fuzz_smtp fuzz_agent fuzz_rtnl fuzz_wire fuzz_helper
FUZZ_LINK = $(AM_V_CCLD)clang -std=gnu11 -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined -I. $(AM_CPPFLAGS) \
	$(NL_CFLAGS) -o $@ $(srcdir)/tests/fuzz/$@.c $(addprefix $(srcdir)/,$(filter %.c,$(FUZZ_FILES) $(libbase_a_SOURCES))) $(FUZZ_LIBS)
fuzz_vrrp: FUZZ_FILES = $(libvrrppure_a_SOURCES) core/vrrp/ah.c core/vrrp/hmac.c
fuzz_vrrp: FUZZ_LIBS = $(CRYPTO_LIBS)
fuzz_http: FUZZ_FILES = $(libprobepure_a_SOURCES)
fuzz_dns fuzz_bfd fuzz_smtp fuzz_agent: FUZZ_FILES = $(libprobepure_a_SOURCES)
fuzz_http fuzz_dns fuzz_bfd fuzz_smtp fuzz_agent: FUZZ_LIBS = $(CRYPTO_LIBS)
fuzz_helper: FUZZ_FILES = core/helper/helper_conf.c core/helper/helper_match.c
fuzz_wire: FUZZ_FILES = $(libview_a_SOURCES)
fuzz_rtnl: FUZZ_FILES = $(libnetpure_a_SOURCES) core/net/parse_nl.c core/net/fence_parse_nl.c core/net/route_nl.c core/net/rule_nl.c \
	core/nl/batch.c
fuzz_rtnl: FUZZ_LIBS = $(NL_LIBS)
$(FUZZERS):
	$(FUZZ_LINK)
CLEANFILES += $(FUZZERS)
.PHONY: fuzz $(FUZZERS)
fuzz: $(FUZZERS) fuzz_conf
