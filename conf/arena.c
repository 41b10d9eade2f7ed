/*
 * Arena: a list of chunks, each filled from both ends. Large requests get a chunk of their own.
 */
#include "config.h"

#include "conf/arena.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_SIZE ((size_t)64 * 1024)
#define ALIGN ((size_t)16)

/* Objects fill it from its start, texts, which need no alignment, from its end. */
struct chunk {
	struct chunk *next;
	size_t used, size; /* what is free lies between them */
	max_align_t data[];
};

struct arena {
	struct chunk *chunks; /* the one being filled is first */
	size_t bytes;         /* of all chunks */
	atomic_uint holders;  /* who made it, and those that hold it */
	struct arena *older;  /* held by this one; NULL */
};

static void *must_calloc(size_t n, size_t size)
{
	void *p = calloc(n, size);

	if (!p)
		abort();
	return p;
}

struct arena *arena_new(void)
{
	struct arena *a = must_calloc(1, sizeof(*a));

	atomic_init(&a->holders, 1);
	return a;
}

static void free_chunks(struct arena *a)
{
	while (a->chunks) {
		struct chunk *c = a->chunks;

		a->chunks = c->next;
		free(c);
	}
}

void arena_free(struct arena *a)
{
	while (a && atomic_fetch_sub(&a->holders, 1) == 1) {
		struct arena *older = a->older;

		free_chunks(a);
		free(a);
		a = older;
	}
}

void arena_hold(struct arena *a, struct arena *older)
{
	atomic_fetch_add(&older->holders, 1);
	a->older = older;
}

size_t arena_held(const struct arena *a)
{
	size_t n = 0;

	for (; a->older; a = a->older)
		n += a->bytes;
	return n;
}

size_t arena_oldest(const struct arena *a)
{
	while (a->older)
		a = a->older;
	return a->bytes;
}

static struct chunk *chunk_add(struct arena *a, size_t room)
{
	struct chunk *c = must_calloc(1, sizeof(*c) + room);

	c->size = room;
	a->bytes += sizeof(*c) + room;
	if (room > CHUNK_SIZE && a->chunks) { /* keep filling the chunk that has room left */
		c->next = a->chunks->next;
		a->chunks->next = c;
	} else {
		c->next = a->chunks;
		a->chunks = c;
	}
	return c;
}

void *arena_alloc(struct arena *a, size_t size)
{
	struct chunk *c = a->chunks;
	void *p;

	if (size > SIZE_MAX / 2)
		abort();
	size = (size + ALIGN - 1) & ~(ALIGN - 1);
	if (!c || c->size - c->used < size)
		c = chunk_add(a, size > CHUNK_SIZE ? size : CHUNK_SIZE);
	p = (char *)c->data + c->used;
	c->used += size;
	return p;
}

void *arena_array(struct arena *a, size_t n, size_t size)
{
	if (n == 0)
		return NULL;
	if (size > SIZE_MAX / 2 / n)
		abort();
	return arena_alloc(a, n * size);
}

char *arena_copy(struct arena *a, const char *text, size_t len)
{
	struct chunk *c = a->chunks;
	char *p;

	if (len > SIZE_MAX / 2)
		abort();
	if (!c || c->size - c->used <= len)
		c = chunk_add(a, len < CHUNK_SIZE ? CHUNK_SIZE : len + 1);
	c->size -= len + 1;
	p = (char *)c->data + c->size;
	if (len)
		memcpy(p, text, len);
	return p;
}

char *arena_text(struct arena *a, const char *text)
{
	return text ? arena_copy(a, text, strlen(text)) : NULL;
}
