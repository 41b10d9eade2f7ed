/*
 * One region of memory with one life: everything is given back at once by arena_free().
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
void *arena_alloc(struct arena *a, size_t size);
/* n objects of `size` bytes; NULL where n is 0. */
void *arena_array(struct arena *a, size_t n, size_t size);
char *arena_copy(struct arena *a, const char *text, size_t len); /* adds a NUL */
char *arena_text(struct arena *a, const char *text);             /* NULL stays NULL */

#endif
