/*
 * How a struct conf knows its arena: it is the first member of a struct that the arena holds.
 */
#ifndef REGENT_CONF_TREE_H
#define REGENT_CONF_TREE_H

#include "conf/arena.h"
#include "conf/conf.h"
#include "conf/keep.h"

struct conf_tree {
	struct conf conf;
	struct arena *arena;
	struct conf_block *blocks; /* of its services, in the order in which they were read */
	size_t n_blocks;
};

static inline const struct conf_tree *tree_of(const struct conf *c)
{
	return (const struct conf_tree *)(const void *)c;
}

/* An empty tree in a new arena; conf_free() gives back both. */
struct conf_tree *tree_new(struct arena **arena);

#endif
