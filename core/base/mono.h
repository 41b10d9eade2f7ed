/*
 * Time as Regent counts it: signed 64-bit microseconds on CLOCK_MONOTONIC.
 *
 * Nothing here reads a clock. Pure code gets `now` as an argument; the loop (core/loop/loop.h) is where `now`
 * comes from. Wall-clock time appears only in what is shown to people (struct wall_time in core/view.h).
 */
#ifndef REGENT_BASE_MONO_H
#define REGENT_BASE_MONO_H

#include <stdint.h>

typedef int64_t usec_t;

#define USEC_PER_MS ((usec_t)1000)
#define USEC_PER_CS ((usec_t)10000)
#define USEC_PER_SEC ((usec_t)1000000)
/* A deadline that never comes. */
#define USEC_NEVER INT64_MAX

/* a + b, staying at USEC_NEVER where either is, or where the sum would not fit. b >= 0. */
static inline usec_t usec_add(usec_t a, usec_t b)
{
	if (a == USEC_NEVER || b == USEC_NEVER || a > USEC_NEVER - b)
		return USEC_NEVER;
	return a + b;
}

static inline usec_t usec_min(usec_t a, usec_t b)
{
	return a < b ? a : b;
}

static inline usec_t usec_max(usec_t a, usec_t b)
{
	return a > b ? a : b;
}

#endif
