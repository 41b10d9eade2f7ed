# The tests' own tools (tests/bench): not tests themselves, built by `make bench-tools` for tests/run, contrib/try-it and the hosts.
BENCH_TOOLS = tests/bench/wirecap tests/bench/ticker tests/bench/hget
EXTRA_PROGRAMS += $(BENCH_TOOLS)
tests_bench_wirecap_SOURCES = tests/bench/wirecap.c
tests_bench_ticker_SOURCES = tests/bench/ticker.c

tests_bench_hget_SOURCES = tests/bench/hget.c
CLEANFILES += $(BENCH_TOOLS)

# What tests/run plays. Python leaves its cache beside scripts that it imports.
EXTRA_DIST += tests/run tests/hosts tests/lint tests/strace tests/bench/grid.py
dist-hook:
	find $(distdir) -name __pycache__ -prune -exec rm -rf {} +

.PHONY: bench-tools
bench-tools: $(BENCH_TOOLS)
