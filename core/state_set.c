/*
 * A set of keys in the state page (state_set.h): open addressing, a mark before each key. A key is whole before its mark says so.
 */
#include "config.h"

#include "core/state_set.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SLOT_FREE = 0, SLOT_USED = 1, SLOT_GONE = 2 };

static uint32_t hash_bytes(const void *p, size_t n)
{
	const uint8_t *b = p;
	uint32_t h = 2166136261u; /* FNV-1a */

	for (size_t i = 0; i < n; i++)
		h = (h ^ b[i]) * 16777619u;
	return h ^ (h >> 15);
}

static uint32_t *slot_mark(const struct state_set *s, size_t i)
{
	return (uint32_t *)(void *)(s->slots + i * s->slot_size);
}

static void *slot_key(const struct state_set *s, size_t i)
{
	return s->slots + i * s->slot_size + s->key_at;
}

/* The slot that holds `key`, or STATE_SET_SLOTS; *spare gets where it could go. */
static size_t set_find(const struct state_set *s, const void *key, size_t *spare)
{
	size_t at = hash_bytes(key, s->key_size) & (STATE_SET_SLOTS - 1);

	*spare = STATE_SET_SLOTS;
	for (size_t n = 0; n < STATE_SET_SLOTS; n++, at = (at + 1) & (STATE_SET_SLOTS - 1)) {
		uint32_t mark = *slot_mark(s, at);

		if (mark != SLOT_USED && *spare == STATE_SET_SLOTS)
			*spare = at;
		if (mark == SLOT_FREE)
			break;
		if (mark == SLOT_USED && memcmp(slot_key(s, at), key, s->key_size) == 0)
			return at;
	}
	return STATE_SET_SLOTS;
}

size_t state_set_copy(const struct state_set *s, void *out, size_t max)
{
	size_t n = 0;

	for (size_t i = 0; i < STATE_SET_SLOTS; i++) {
		if (*slot_mark(s, i) != SLOT_USED)
			continue;
		if (n < max)
			memcpy((uint8_t *)out + n * s->key_size, slot_key(s, i), s->key_size);
		n++;
	}
	return n;
}

bool state_set_note(struct state_set *s, const void *key, bool in)
{
	size_t spare, at = set_find(s, key, &spare);

	if (in == (at != STATE_SET_SLOTS))
		return true;
	if (!in) {
		*slot_mark(s, at) = SLOT_GONE;
		s->used--;
		return true;
	}
	if (s->used >= STATE_SET_FULL || spare == STATE_SET_SLOTS)
		return false;
	memcpy(slot_key(s, spare), key, s->key_size);
	atomic_signal_fence(memory_order_release);
	*slot_mark(s, spare) = SLOT_USED;
	s->used++;
	return true;
}

/* A crash may have torn an entry; one that no room would take goes before any room sees it. */
static void drop_malformed(struct state_set *s)
{
	for (size_t i = 0; i < STATE_SET_SLOTS; i++)
		if (*slot_mark(s, i) == SLOT_USED && !s->key_ok(slot_key(s, i)))
			*slot_mark(s, i) = SLOT_GONE;
}

static bool set_is_blank(const struct state_set *s)
{
	for (size_t i = 0; i < STATE_SET_SLOTS; i++)
		if (*slot_mark(s, i) != SLOT_FREE)
			return false;
	return true;
}

bool state_set_open(struct state_set *s)
{
	size_t n, keep;
	uint8_t *keys;

	if (set_is_blank(s))
		return true;
	drop_malformed(s);
	n = state_set_copy(s, NULL, 0);
	keep = n < STATE_SET_FULL ? n : STATE_SET_FULL;
	keys = calloc(keep ? keep : 1, s->key_size);
	if (!keys)
		return false;
	state_set_copy(s, keys, keep);
	memset(s->slots, 0, STATE_SET_SLOTS * s->slot_size);
	s->used = 0;
	for (size_t i = 0; i < keep; i++) {
		size_t spare;

		if (set_find(s, keys + i * s->key_size, &spare) != STATE_SET_SLOTS)
			continue;
		memcpy(slot_key(s, spare), keys + i * s->key_size, s->key_size);
		*slot_mark(s, spare) = SLOT_USED;
		s->used++;
	}
	free(keys);
	return true;
}

void state_set_warm(struct state_set *s)
{
	size_t step = (size_t)sysconf(_SC_PAGESIZE) / s->slot_size;

	for (size_t i = 0; i < STATE_SET_SLOTS; i += step) {
		volatile uint32_t *mark = slot_mark(s, i);

		*mark = *mark;
	}
}

bool state_set_has(const struct state_set *s, const void *key)
{
	size_t spare;

	return set_find(s, key, &spare) != STATE_SET_SLOTS;
}
