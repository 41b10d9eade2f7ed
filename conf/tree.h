/*
 * How a struct conf knows its arena: it is the first member of a struct that the arena holds.
 */
#ifndef REGENT_CONF_TREE_H
#define REGENT_CONF_TREE_H

#include "conf/arena.h"
#include "conf/conf.h"

struct conf_tree {
	struct conf conf;
	struct arena *arena;
};

/* An empty tree in a new arena; conf_free() gives back both. */
struct conf *tree_new(struct arena **arena);

#endif
