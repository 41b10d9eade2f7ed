/*
 * The command line of the simulations (command.h).
 */
#include "config.h"

#include "tests/sim/command.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LONG = 1000000 };

static int play_many(const struct sim_command *c, uint64_t from, uint64_t failovers)
{
	uint64_t seed = from;

	for (; c->takeovers() < failovers; seed++) {
		if (!c->play(seed, false)) {
			fprintf(stderr, "FAILED; replay with --seed %" PRIu64 "\n", seed);
			return 1;
		}
	}
	printf("seeds %" PRIu64 " to %" PRIu64 ": ", from, seed - 1);
	if (!c->tell()) {
		fprintf(stderr, "FAILED: something was never seen, so nothing was proved about it\n");
		return 1;
	}
	return 0;
}

int sim_main(int argc, char **argv, const struct sim_command *c)
{
	uint64_t failovers = c->failovers, from = 1;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--long") == 0) {
			failovers = LONG;
		} else if (strcmp(argv[i], "--failovers") == 0 && i + 1 < argc) {
			failovers = strtoull(argv[++i], NULL, 10);
		} else if (strcmp(argv[i], "--from") == 0 && i + 1 < argc) {
			from = strtoull(argv[++i], NULL, 10);
		} else if (strcmp(argv[i], "--seed") == 0 && i + 1 < argc) {
			return !c->play(strtoull(argv[++i], NULL, 10), true);
		} else {
			fprintf(stderr, "usage: %s [--failovers N] [--long] [--from SEED] [--seed N]\n", argv[0]);
			return 2;
		}
	}
	return play_many(c, from, failovers);
}
