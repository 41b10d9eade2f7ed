/*
 * The life of configuration trees. Workers read the tree that runs (for the diff of a reload, for --plan) while the loop may put
 * another in its place: what was replaced is given back when no worker reads any more, and by a worker, since a large tree
 * takes longer to free than an item may last.
 */
#include "config.h"

#include <stdlib.h>

#include "conf/load.h"
#include "core/runtime.h"

struct rt_tree {
	struct loop_work work; /* first */
	const struct conf *conf;
	struct rt_tree *next;
};

static void free_run(struct loop_work *w)
{
	struct rt_tree *t = (struct rt_tree *)w;

	conf_free(t->conf);
	t->conf = NULL;
}

static void free_done(struct loop_work *w)
{
	free(w);
}

static void free_drop(struct loop_work *w)
{
	free_run(w);
	free(w);
}

static void free_retired(struct runtime *rt)
{
	while (rt->retired) {
		struct rt_tree *t = rt->retired;

		rt->retired = t->next;
		loop_work_submit(rt->loop, &t->work);
	}
}

void trees_retire(struct runtime *rt, const struct conf *conf)
{
	struct rt_tree *t = calloc(1, sizeof(*t));

	if (!t)
		abort(); /* as the arena does */
	t->work.run = free_run;
	t->work.done = free_done;
	t->work.drop = free_drop;
	t->conf = conf;
	t->next = rt->retired;
	rt->retired = t;
	if (rt->tree_readers == 0)
		free_retired(rt);
}

const struct conf *trees_read(struct runtime *rt)
{
	rt->tree_readers++;
	return rt->conf;
}

void trees_read_end(struct runtime *rt)
{
	if (--rt->tree_readers == 0)
		free_retired(rt);
}

void trees_free(struct runtime *rt)
{
	while (rt->retired) {
		struct rt_tree *t = rt->retired;

		rt->retired = t->next;
		free_drop(&t->work);
	}
	conf_free(rt->conf);
	rt->conf = NULL;
	conf_trace_free(rt->trace);
	rt->trace = NULL;
}
