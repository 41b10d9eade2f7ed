/*
 * How late things were done: a histogram in powers of two, from less than 32 us up to more than half a second.
 */
#ifndef REGENT_BASE_LATE_H
#define REGENT_BASE_LATE_H

#include "core/base/mono.h"

#define LATE_BUCKETS 16
#define LATE_FIRST ((usec_t)32)

struct late {
	uint64_t count[LATE_BUCKETS]; /* bucket i: less than 2^i * 32 us; the last: anything above */
	usec_t max;
};

static inline void late_add(struct late *l, usec_t late)
{
	unsigned bucket = 0;

	while (bucket < LATE_BUCKETS - 1 && late >= LATE_FIRST << bucket)
		bucket++;
	l->count[bucket]++;
	l->max = usec_max(l->max, late);
}

#endif
