/*
 * Rows of what each virtual router looks at: the verdict, the weight, and what comes of it.
 */
#include "config.h"

#include <string.h>

#include "core/base/text.h"
#include "core/track_priv.h"

static void make_key(const struct rt_router *r, const struct track_look *l, struct view_tracker_key *k)
{
	memset(k, 0, sizeof(*k));
	k->vr = r->key;
	k->kind = (uint32_t)l->use.kind;
	text_copy(k->name, sizeof(k->name), l->t->key.name);
}

static void put_look(const struct rt_router *r, const struct track_look *l)
{
	struct view_tracker row;

	memset(&row, 0, sizeof(row));
	make_key(r, l, &row.key);
	text_copy(row.instance, sizeof(row.instance), vrrp_router_conf(r->vr)->name);
	row.verdict = (uint8_t)l->t->said.verdict;
	row.reverse = l->use.reverse;
	row.ignored = l->use.ignored;
	row.of_group = l->of_group;
	row.fault = l->share.fault;
	row.waits = l->share.wait;
	row.value = l->t->said.value;
	row.weight = l->use.weight;
	row.adds = l->share.add;
	text_copy(row.text, sizeof(row.text), l->t->text);
	row.since = publish_time(r->rt, l->t->since);
	view_put(r->rt->view, VIEW_TRACKER, &row);
}

void track_rows_put(const struct rt_router *r)
{
	for (size_t i = 0; i < r->looks->n; i++)
		put_look(r, &r->looks->list[i]);
}

void track_rows_drop(const struct rt_router *r)
{
	struct view_tracker_key k;

	for (size_t i = 0; i < r->looks->n; i++) {
		make_key(r, &r->looks->list[i], &k);
		view_del(r->rt->view, VIEW_TRACKER, &k);
	}
}
