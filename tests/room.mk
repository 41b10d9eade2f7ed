# The tests' own tools (tests/bench): not tests themselves, built by `make bench-tools` for tests/run, contrib/try-it and the hosts.
BENCH_TOOLS = tests/bench/wirecap tests/bench/ticker tests/bench/hget
EXTRA_PROGRAMS += $(BENCH_TOOLS)
tests_bench_wirecap_SOURCES = tests/bench/wirecap.c
tests_bench_ticker_SOURCES = tests/bench/ticker.c
tests_bench_hget_SOURCES = tests/bench/hget.c
CLEANFILES += $(BENCH_TOOLS)

.PHONY: bench-tools
bench-tools: $(BENCH_TOOLS)
