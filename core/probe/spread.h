/*
 * When probes start: spread over the interval, so that ten thousand probes are a steady trickle and not a burst.
 *
 * Pure and deterministic: all comes from the probe's key, so a probe keeps its place over restarts and a test can
 * predict it.
 */
#ifndef REGENT_PROBE_SPREAD_H
#define REGENT_PROBE_SPREAD_H

#include <stdint.h>

#include "core/base/key.h"
#include "core/base/mono.h"

/* Equal keys, equal values; every bit depends on all of the key. */
uint64_t spread_hash(const struct probe_key *k);
/* How long after subscription the first run starts: in [0, window), evenly over the hashes. window 0: at once. */
usec_t spread_first(uint64_t hash, usec_t window);
/* How much earlier than an interval after the last start run number `run` starts: 0 to 3 % of the interval. It only
 * ever shortens, so that the configured interval stays an upper bound on how old a verdict can be; and the shortening
 * differs from run to run and from probe to probe, so that probes which fell into step drift apart again. */
usec_t spread_jitter(uint64_t hash, uint64_t run, usec_t interval);
/* The last moment no later than `due` that starts have in common: a wake of the loop is dearer than the start of a check,
 * so those that are due close together begin in one. Intervals under 100 ms are kept as they are. */
usec_t spread_together(usec_t due, usec_t interval);

#endif
