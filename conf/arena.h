/*
 * One region of memory with one life: everything is given back at once by arena_free(), or when the last arena that holds it goes.
 *
 * Memory comes zeroed. A failed allocation ends the process: the files that fill an arena are bounded in size, so it
 * means that the machine has nothing left.
 */
#ifndef REGENT_CONF_ARENA_H
#define REGENT_CONF_ARENA_H

#include <stddef.h>

struct arena;

struct arena *arena_new(void);
void arena_free(struct arena *a);
/* What lies in `older` stays as long as `a`; that may be freed meanwhile, by any thread. At most one, into an arena that holds none. */
void arena_hold(struct arena *a, struct arena *older);
/* Bytes of the arena, and of those that it holds, less those of the oldest; and of the oldest. */
size_t arena_held(const struct arena *a);
size_t arena_oldest(const struct arena *a);
void *arena_alloc(struct arena *a, size_t size);
/* n objects of `size` bytes; NULL where n is 0. */
void *arena_array(struct arena *a, size_t n, size_t size);
char *arena_copy(struct arena *a, const char *text, size_t len); /* adds a NUL */
char *arena_text(struct arena *a, const char *text);             /* NULL stays NULL */

#endif
