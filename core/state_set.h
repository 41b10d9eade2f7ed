/*
 * A set of keys of one size, each with a few octets that are said of it, that lies in somebody else's memory: the state page has three.
 * Once it is open: stores only, no system call.
 */
#ifndef REGENT_CORE_STATE_SET_H
#define REGENT_CORE_STATE_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STATE_SET_SLOTS 32768u /* a power of two; at most three quarters are used */
#define STATE_SET_FULL (STATE_SET_SLOTS / 4 * 3)

struct state_set {
	uint8_t *slots; /* zeroes, or as a set of the same form left them */
	size_t slot_size, key_size, key_at;
	size_t more;      /* octets behind the key that are said of it, and do not tell it from others; mostly 0 */
	size_t used;      /* the first so many slots */
	uint16_t *places; /* by hash */
	const char *what;
	bool (*key_ok)(const void *key); /* and what is said of it */
};

/* Take over what is there, unless it is blank: keys that are not ok go. False: out of memory. */
bool state_set_open(struct state_set *s, bool blank);
void state_set_close(struct state_set *s);
/* Writes each memory page of what is there and of so many more once, and changes nothing: who notes a thousand keys at a takeover is to
 * meet no page fault. */
void state_set_warm(struct state_set *s, size_t more);
/* `key` with what is said of it, which takes the place of what was said before. False: it is full. */
bool state_set_note(struct state_set *s, const void *key, bool in);
/* The key with what is said of it, until the next note; NULL: it is not in. */
const void *state_set_get(const struct state_set *s, const void *key);
/* At most `max` of its keys, without what is said of them; how many there are. */
size_t state_set_copy(const struct state_set *s, void *out, size_t max);

#endif
