/*
 * The table of keep_plan.h. Pure.
 */
#include "config.h"

#include "core/net/keep_plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"

const char *keep_state_name(enum keep_state s)
{
	static const char *const names[] = { "gone", "adding", "held", "lost" };

	return names[s];
}

bool keep_ops_put(struct keep_ops *ops, bool add, size_t at, unsigned round, const struct keep_item *item)
{
	if (ops->n == ops->cap) {
		size_t cap = ops->cap ? 2 * ops->cap : 16;
		struct keep_op *list = reallocarray(ops->list, cap, sizeof(*list));

		if (!list)
			return false;
		ops->list = list;
		ops->cap = cap;
	}
	ops->list[ops->n] = (struct keep_op){ .add = add, .at = at, .round = round };
	memcpy(&ops->list[ops->n].item, item, sizeof(*item));
	ops->n++;
	return true;
}

static bool is_there(const struct keep *k)
{
	return (k->state == KEEP_HELD && !k->foreign) || k->state == KEEP_ADDING;
}

void keep_table_ask(struct keep_table *t, size_t i, struct keep_ops *out)
{
	struct keep *k = &t->list[i];

	if (!t->on || k->state == KEEP_ADDING || !keep_ops_put(out, true, i, t->round, &k->item))
		return;
	if (k->state != KEEP_HELD)
		k->state = KEEP_ADDING;
}

static void add_missing(struct keep_table *t, struct keep_ops *out)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->list[i].state == KEEP_GONE || t->list[i].state == KEEP_LOST)
			keep_table_ask(t, i, out);
}

static void remove_list(const struct keep *list, size_t n, bool all, struct keep_ops *out)
{
	for (size_t i = n; i-- > 0;)
		if (all || is_there(&list[i]))
			keep_ops_put(out, false, i, 0, &list[i].item);
}

/* The place of an item in a list; most lists agree in order. */
static size_t find(const struct keep *list, size_t n, const struct keep_item *item, size_t hint)
{
	for (size_t tried = 0; tried < n; tried++) {
		size_t i = (hint + tried) % n;

		if (memcmp(&list[i].item, item, sizeof(*item)) == 0)
			return i;
	}
	return n;
}

bool keep_table_set(struct keep_table *t, const struct keep_item *items, size_t n, struct keep_ops *out)
{
	struct keep *list = calloc(n + 1, sizeof(*list)), *old = t->list;
	size_t n_old = t->n, hint = 0;

	if (!list)
		return false;
	for (size_t i = 0; i < n; i++) {
		size_t at = find(old, n_old, &items[i], hint);

		memcpy(&list[i].item, &items[i], sizeof(items[i]));
		if (at == n_old)
			continue;
		hint = at + 1;
		/* the answer is out of date by then: ask again */
		list[i].state = old[at].state == KEEP_ADDING ? KEEP_LOST : old[at].state;
		list[i].asked = old[at].asked || old[at].state == KEEP_ADDING;
		list[i].foreign = old[at].foreign;
		list[i].taken_away = old[at].taken_away;
		list[i].err = old[at].err;
		old[at].state = KEEP_GONE;
	}
	remove_list(old, n_old, false, out);
	free(old);
	t->list = list;
	t->n = n;
	t->round++;
	if (t->on)
		add_missing(t, out);
	return true;
}

void keep_table_turn(struct keep_table *t, bool on, struct keep_ops *out)
{
	t->on = on;
	if (on) {
		add_missing(t, out);
		return;
	}
	t->round++;
	remove_list(t->list, t->n, false, out);
	for (size_t i = 0; i < t->n; i++) {
		t->list[i].state = KEEP_GONE;
		t->list[i].err = 0;
		t->list[i].foreign = t->list[i].asked = t->list[i].shaken = t->list[i].taken_away = false;
	}
}

void keep_table_clear(struct keep_table *t, struct keep_ops *out)
{
	t->round++;
	remove_list(t->list, t->n, true, out);
}

enum keep_news keep_table_result(struct keep_table *t, const struct keep_op *op)
{
	struct keep *k = op->at < t->n ? &t->list[op->at] : NULL;

	if (!op->add || op->round != t->round || !k)
		return KEEP_NO_NEWS;
	if (op->err == 0 || op->err == EEXIST) {
		bool first = k->state != KEEP_HELD;

		k->state = KEEP_HELD;
		k->err = 0;
		k->shaken = false;
		if (first)
			k->foreign = op->err == EEXIST && !t->former && !k->asked;
		else if (op->err == 0)
			k->foreign = false;
		k->asked = true;
		if (!first)
			return op->err == 0 ? KEEP_RESTORED : KEEP_NO_NEWS;
		return k->foreign ? KEEP_FOUND : KEEP_ADDED;
	}
	bool shaken = k->state == KEEP_HELD, taken = k->shaken, again = k->err == op->err;

	k->shaken = shaken;
	k->state = KEEP_LOST;
	k->err = op->err;
	return shaken ? KEEP_SHAKEN : taken ? KEEP_TAKEN : again ? KEEP_STILL_REFUSED : KEEP_REFUSED;
}

void keep_table_free(struct keep_table *t)
{
	free(t->list);
	*t = (struct keep_table){ 0 };
}

size_t keep_table_count(const struct keep_table *t, enum keep_state s)
{
	size_t n = 0;

	for (size_t i = 0; i < t->n; i++)
		n += t->list[i].state == s;
	return n;
}

bool keep_table_misses(const struct keep_table *t, const char *group)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct keep *k = &t->list[i];

		if (k->state == KEEP_LOST && !k->item.no_track && (!group || strcmp(k->item.track_group, group) == 0))
			return true;
	}
	return false;
}

const char *keep_item_format(const struct keep_item *i, char buf[static KEEP_STRLEN])
{
	char text[ADDR_STRLEN], route[ROUTE_STRLEN];
	size_t len = 0;

	buf[0] = '\0';
	switch (i->kind) {
	case KEEP_ADDR:
		text_append(buf, KEEP_STRLEN, &len, "address %s on %s", prefix_format(&i->addr.prefix, text), i->dev);
		break;
	case KEEP_ROUTE:
		text_append(buf, KEEP_STRLEN, &len, "route %s", route_format(&i->route, route));
		break;
	case KEEP_RULE: {
		char rule[RULE_STRLEN];

		text_append(buf, KEEP_STRLEN, &len, "rule %s", rule_format(&i->rule, rule));
		break;
	}
	}
	return buf;
}
