/*
 * What the simulations have in common as commands: seeds one after the other until enough takeovers were seen, the seed of a failure
 * printed, one seed again with a trace.
 */
#ifndef REGENT_SIM_COMMAND_H
#define REGENT_SIM_COMMAND_H

#include <stdbool.h>
#include <stdint.h>

struct sim_command {
	uint64_t failovers;                          /* where nothing is said */
	bool (*play)(uint64_t seed, bool trace);     /* false: something is wrong */
	uint64_t (*takeovers)(void);                 /* so far */
	bool (*tell)(void);                          /* all that was seen; false: something never was, so nothing was proved about it */
};

int sim_main(int argc, char **argv, const struct sim_command *c);

#endif
