/*
 * The spreading of spread.h, by a mixing function over the key (the finaliser of splitmix64, public domain).
 */
#include "config.h"

#include "core/probe/spread.h"

#include <string.h>

#define SPREAD_GRID (8 * USEC_PER_MS)
#define SPREAD_GRID_FROM (100 * USEC_PER_MS)

static uint64_t spread_mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15u;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return x ^ (x >> 31);
}

uint64_t spread_hash(const struct probe_key *k)
{
	uint64_t h, word;

	memcpy(&h, k->recipe, sizeof(h));
	h = spread_mix(h ^ ((uint64_t)k->kind << 32 | (uint64_t)k->target.addr.family << 16 | k->target.port));
	for (size_t i = 0; i < sizeof(k->target.addr.bytes); i += sizeof(word)) {
		memcpy(&word, k->target.addr.bytes + i, sizeof(word));
		h = spread_mix(h ^ word);
	}
	return h;
}

usec_t spread_first(uint64_t hash, usec_t window)
{
	return window > 0 ? (usec_t)(hash % (uint64_t)window) : 0;
}

usec_t spread_jitter(uint64_t hash, uint64_t run, usec_t interval)
{
	uint64_t range = (uint64_t)interval / 100 * 3 + 1;

	return (usec_t)(spread_mix(hash ^ run) % range);
}

usec_t spread_together(usec_t due, usec_t interval)
{
	return interval < SPREAD_GRID_FROM || due <= 0 || due == USEC_NEVER ? due : due - due % SPREAD_GRID;
}
