/*
 * What a clock that moved against another one means. Pure: nothing is read here.
 */
#include "config.h"

#include <stdlib.h>

#include "core/loop/loop.h"

/* Adjusting a clock by slewing stays far below this in a second. */
#define TOLERANCE (100 * USEC_PER_MS)

enum loop_doubt loop_clocks_compare(usec_t boot_moved, int64_t wall_moved)
{
	if (llabs(boot_moved) > TOLERANCE)
		return LOOP_SLEPT;
	return llabs(wall_moved) > TOLERANCE ? LOOP_STEPPED : LOOP_NO_DOUBT;
}
