/*
 * The tree's end, and its beginning: a struct conf and the arena that it lies in.
 */
#include "config.h"

#include "conf/tree.h"

struct conf *tree_new(struct arena **arena)
{
	struct arena *a = arena_new();
	struct conf_tree *t = arena_alloc(a, sizeof(*t));

	t->arena = a;
	*arena = a;
	return &t->conf;
}

void conf_free(const struct conf *c)
{
	if (c)
		arena_free(((const struct conf_tree *)(const void *)c)->arena);
}
