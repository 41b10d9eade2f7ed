/*
 * A set of keys in the state page (state_set.h): its keys lie side by side from the start, a mark before each, so that a thousand of them
 * touch as few memory pages as they fill. Where each lies is known by a hash table that is this process's own and not in the page.
 *
 * A key is whole before its mark says so. A process that dies while a key moves leaves it twice, or a free slot before others:
 * state_set_open() looks at every slot and puts both right.
 */
#include "config.h"

#include "core/state_set.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SLOT_FREE = 0, SLOT_USED = 1 };

#define PLACES STATE_SET_SLOTS /* of the hash table: 1 + the slot, 0: none */

_Static_assert(STATE_SET_FULL < UINT16_MAX, "a slot's number must fit a place");

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

/* ---- the hash table: linear probing, without marks of what is gone ---- */

static size_t next_place(size_t place)
{
	return (place + 1) & (PLACES - 1);
}

static size_t home_of(const struct state_set *s, const void *key)
{
	return hash_bytes(key, s->key_size) & (PLACES - 1);
}

/* Where the key is found, or where it would go. */
static size_t find_place(const struct state_set *s, const void *key)
{
	size_t at = home_of(s, key);

	while (s->places[at] && memcmp(slot_key(s, s->places[at] - 1u), key, s->key_size) != 0)
		at = next_place(at);
	return at;
}

/* Those behind it that would not be found across the gap move up. */
static void clear_place(struct state_set *s, size_t gap)
{
	for (size_t at = next_place(gap); s->places[at]; at = next_place(at)) {
		size_t home = home_of(s, slot_key(s, s->places[at] - 1u));

		if (((at - home) & (PLACES - 1)) < ((at - gap) & (PLACES - 1)))
			continue;
		s->places[gap] = s->places[at];
		gap = at;
	}
	s->places[gap] = 0;
}

/* ---- the slots ---- */

static void add(struct state_set *s, size_t place, const void *key)
{
	size_t slot = s->used++;

	memmove(slot_key(s, slot), key, s->key_size + s->more);
	atomic_signal_fence(memory_order_release);
	*slot_mark(s, slot) = SLOT_USED;
	s->places[place] = (uint16_t)(slot + 1);
}

/* The last one takes the slot that is free now. */
static void drop(struct state_set *s, size_t place)
{
	size_t slot = s->places[place] - 1u, last = s->used - 1;

	clear_place(s, place);
	*slot_mark(s, slot) = SLOT_FREE;
	if (slot != last) {
		s->places[find_place(s, slot_key(s, last))] = (uint16_t)(slot + 1);
		atomic_signal_fence(memory_order_release);
		memcpy(slot_key(s, slot), slot_key(s, last), s->key_size + s->more);
		atomic_signal_fence(memory_order_release);
		*slot_mark(s, slot) = SLOT_USED;
		atomic_signal_fence(memory_order_release);
		*slot_mark(s, last) = SLOT_FREE;
	}
	s->used--;
}

bool state_set_note(struct state_set *s, const void *key, bool in)
{
	size_t place = find_place(s, key);
	bool was_in = s->places[place] != 0;

	if (!in && was_in)
		drop(s, place);
	else if (in && was_in)
		memcpy((uint8_t *)slot_key(s, s->places[place] - 1u) + s->key_size, (const uint8_t *)key + s->key_size, s->more);
	else if (in && s->used < STATE_SET_FULL)
		add(s, place, key);
	else if (in)
		return false;
	return true;
}

const void *state_set_get(const struct state_set *s, const void *key)
{
	uint16_t place = s->places[find_place(s, key)];

	return place ? slot_key(s, place - 1u) : NULL;
}

size_t state_set_copy(const struct state_set *s, void *out, size_t max)
{
	for (size_t i = 0; i < s->used && i < max; i++)
		memcpy((uint8_t *)out + i * s->key_size, slot_key(s, i), s->key_size);
	return s->used;
}

/* ---- its begin and end ---- */

/* Every slot is looked at: what a crash has torn, and what no room would take, goes before any room sees it. */
static void take_over(struct state_set *s)
{
	for (size_t i = 0; i < STATE_SET_SLOTS; i++) {
		const void *key = slot_key(s, i);
		bool good = *slot_mark(s, i) == SLOT_USED && s->key_ok(key) && s->used < STATE_SET_FULL;
		size_t place = good ? find_place(s, key) : 0;

		if (good && !s->places[place])
			add(s, place, key);
		if (i >= s->used && *slot_mark(s, i) != SLOT_FREE)
			*slot_mark(s, i) = SLOT_FREE;
	}
}

bool state_set_open(struct state_set *s, bool blank)
{
	s->used = 0;
	s->places = calloc(PLACES, sizeof(*s->places));
	if (s->places && !blank)
		take_over(s);
	return s->places != NULL;
}

void state_set_close(struct state_set *s)
{
	free(s->places);
	s->places = NULL;
}

void state_set_warm(struct state_set *s, size_t more)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), end = s->used + more;

	for (size_t at = 0; at < PLACES; at += page / sizeof(*s->places)) {
		volatile uint16_t *place = &s->places[at];

		*place = *place;
	}
	for (size_t i = 0; i < end && i < STATE_SET_SLOTS; i += page / s->slot_size) {
		volatile uint32_t *mark = slot_mark(s, i);

		*mark = *mark;
	}
}
