/*
 * Flap damping: guilt that each fall adds to and that half of is forgotten in a half-life (RFC 2439 gave the idea). Pure.
 *
 * Above `suppress` the guilty one is kept out, until what is left is at most `reuse`. Counted in falls; decayed by halves, and by
 * a straight line between them.
 */
#ifndef REGENT_BASE_PENALTY_H
#define REGENT_BASE_PENALTY_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/mono.h"

struct penalty_rule {
	usec_t half_life;         /* 0: nothing is ever suppressed */
	uint32_t suppress, reuse; /* falls, 1..1000; reuse < suppress */
};

struct penalty {
	uint32_t milli;           /* thousandths of a fall, as of `at` */
	usec_t at;
	bool suppressed;
};

/* A fall at `now`. */
void penalty_add(struct penalty *p, const struct penalty_rule *r, usec_t now);
/* What time has forgiven; true where `suppressed` has changed. */
bool penalty_update(struct penalty *p, const struct penalty_rule *r, usec_t now);
/* Thousandths of a fall at `now`, without changing anything. */
uint32_t penalty_at(const struct penalty *p, const struct penalty_rule *r, usec_t now);
/* When a suppressed one may come again, at the earliest; USEC_NEVER where it is not suppressed. */
usec_t penalty_release(const struct penalty *p, const struct penalty_rule *r);

#endif
