/*
 * The keeper of keeper.h. Owns the table, and its timers; relies on netmon for addresses and interfaces, on routemon for routes and rules.
 *
 * The kernel drops routes without a word when an interface goes down or an address goes away. So whenever one of these happens, every
 * route and rule is asked for again: one that is there says so (EEXIST).
 */
#include "config.h"

#include "core/net/keeper.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/log.h"
#include "core/net/keep_job.h"

/* Refused: no fight with the other hand. */
#define RETRY_AFTER (5 * USEC_PER_SEC)
#define RESTORE_PACE USEC_PER_SEC
/* What it needs may be on its way: an address that another hand took away, and that is its source. */
#define SHAKEN_AFTER (200 * USEC_PER_MS)
/* Until then the news about what we did ourselves has been read. */
#define LOOK_AFTER (20 * USEC_PER_MS)

struct keeper {
	struct keeper_env env;
	struct keep_table table;
	struct netmon_observer links;
	struct routemon_observer routes;
	struct loop_timer look;
	bool look_all; /* routes and rules too, not only what is known to be lost */
	bool doubt;    /* news were lost: rules without a priority are to be looked for */
	unsigned asks; /* of such rules: what was seen before one is out of date */
	usec_t restored_at;
	unsigned jobs;
	uint64_t restored, refused;
	struct log_limit said, said_refused;
	struct loop_item stopped;
	bool stopping;
	bool gave_up; /* one was taken: to be told */
	void (*done)(void *user);
	void *user;
};

static void look_by(struct keeper *k, usec_t at, bool all)
{
	if (!k->table.on)
		return;
	k->look_all |= all;
	if (at < k->look.due)
		loop_timer_set(k->env.loop, &k->look, at);
}

static void look_soon(struct keeper *k, bool all)
{
	look_by(k, usec_max(mono_now() + LOOK_AFTER, k->restored_at + RESTORE_PACE), all);
}

static void tell_changed(struct keeper *k)
{
	bool taken = k->gave_up;

	k->gave_up = false;
	if (k->env.changed)
		k->env.changed(k->env.user);
	if (taken && k->env.taken)
		k->env.taken(k->env.user);
}

/* ---- results ---- */

static const char *why_refused(int err)
{
	return err == ENOMSG ? "a name in it is in none of iproute2's files" : strerror(err);
}

static void log_refused(struct keeper *k, const struct keep_op *op, enum keep_news news)
{
	char text[KEEP_STRLEN];
	uint32_t suppressed;

	if (log_limit_pass(&k->said_refused, mono_now(), 10, 10 * USEC_PER_SEC, &suppressed))
		log_err("net", "(%s) kernel refused to add the %s%s: %s; asking again every 5 s (%u more like this)", k->env.name,
		        keep_item_format(&op->item, text), news == KEEP_TAKEN ? ", which was lost" : "", why_refused(op->err), suppressed);
}

static void log_news(struct keeper *k, const struct keep_op *op, enum keep_news news)
{
	char text[KEEP_STRLEN];
	uint32_t suppressed;

	if (news == KEEP_REFUSED || news == KEEP_TAKEN)
		log_refused(k, op, news);
	if ((news != KEEP_RESTORED && news != KEEP_FOUND) || !log_limit_pass(&k->said, mono_now(), 5, 10 * USEC_PER_SEC, &suppressed))
		return;
	keep_item_format(&op->item, text);
	if (news == KEEP_RESTORED)
		log_warn("net", "(%s) somebody removed the %s: it is there again (%u more like this)", k->env.name, text, suppressed);
	else
		log_notice("net", "(%s) the %s was there before we were: it is used, and stays in the end", k->env.name, text);
}

static void note_result(struct keeper *k, const struct keep_op *op)
{
	enum keep_news news = keep_table_result(&k->table, op);
	char text[KEEP_STRLEN];

	if (!op->add && op->err)
		log_err("net", "(%s) kernel refused to remove the %s: %s", k->env.name, keep_item_format(&op->item, text),
		        strerror(op->err));
	if (news == KEEP_NO_NEWS)
		return;
	log_news(k, op, news);
	k->restored += news == KEEP_RESTORED;
	k->refused += op->err != 0 && op->err != EEXIST;
	if (news == KEEP_RESTORED)
		k->restored_at = mono_now();
	if (news == KEEP_REFUSED || news == KEEP_TAKEN || news == KEEP_STILL_REFUSED)
		look_by(k, usec_add(mono_now(), RETRY_AFTER), false);
	if (news == KEEP_SHAKEN)
		look_by(k, usec_add(mono_now(), SHAKEN_AFTER), false);
	k->gave_up |= news == KEEP_TAKEN && !op->item.no_track;
}

static void job_finished(struct keeper *k)
{
	k->jobs--;
	if (k->stopping && k->jobs == 0)
		loop_item_post(k->env.loop, &k->stopped);
}

static void on_results(void *user, struct keep_job *j)
{
	struct keeper *k = user;

	for (size_t i = 0; i < j->ops.n; i++)
		note_result(k, &j->ops.list[i]);
	tell_changed(k);
	job_finished(k);
}

/* ---- requests ---- */

static int name_to_index(const struct keeper *k, const char *name)
{
	const struct net_link *link = netmon_link_by_name(k->env.netmon, name);

	return link ? link->ifindex : 0;
}

static bool fill_route(const struct keeper *k, struct net_route *r)
{
	bool all = true;

	for (size_t i = 0; i < r->n_hops; i++) {
		if (!r->hops[i].dev[0])
			continue;
		r->hops[i].ifindex = name_to_index(k, r->hops[i].dev);
		all = all && r->hops[i].ifindex;
	}
	if (r->vrf[0]) {
		const struct net_link *vrf = netmon_link_by_name(k->env.netmon, r->vrf);

		r->table.number = vrf ? vrf->vrf_table : 0;
		all = all && r->table.number;
	}
	return all;
}

/* Today's numbers of its interfaces. False where one is not there. */
static bool fill_indexes(const struct keeper *k, struct keep_item *item)
{
	switch (item->kind) {
	case KEEP_ADDR:
		item->addr.ifindex = name_to_index(k, item->dev);
		return item->addr.ifindex != 0;
	case KEEP_ROUTE:
		return fill_route(k, &item->route);
	case KEEP_RULE:
		break;
	}
	return true;
}

/* Takes over the operations. What lacks its interface is lost until that comes. */
static void send_ops(struct keeper *k, struct keep_ops *ops)
{
	size_t n = 0;

	for (size_t i = 0; i < ops->n; i++) {
		struct keep_op *op = &ops->list[i];

		if (fill_indexes(k, &op->item)) {
			if (n != i)
				memcpy(&ops->list[n], op, sizeof(*op));
			n++;
		} else if (op->add) {
			op->err = ENODEV;
			note_result(k, op);
		}
	}
	ops->n = n;
	if (n > 0 && keep_job_submit(k->env.nl, k->env.cls, ops, &k->env.dirs, on_results, k) == 0)
		k->jobs++;
	free(ops->list);
}

/* The kernel gives it a priority of its own: asked again, it would make a second one. */
static bool has_any_priority(const struct keep *each)
{
	return each->item.kind == KEEP_RULE && !each->item.rule.has_priority;
}

static bool is_missing(const struct keeper *k, const struct keep *each)
{
	if (each->state != KEEP_HELD)
		return true;
	if (has_any_priority(each))
		return each->taken_away;
	if (each->item.kind != KEEP_ADDR)
		return k->look_all;
	return !netmon_has_addr(k->env.netmon, name_to_index(k, each->item.dev), &each->item.addr.prefix);
}

/* One that we asked for meanwhile may be there though it was not seen: then another look tells. */
static void on_found(void *user, struct keep_job *j)
{
	struct keeper *k = user;
	bool late = j->stamp != k->asks, failed = false, missing = false;

	for (size_t i = 0; i < j->ops.n; i++) {
		const struct keep_op *op = &j->ops.list[i];

		late |= op->round != k->table.round;
		failed |= op->err != 0 && op->err != ENOENT;
		missing |= op->err == ENOENT;
		if (op->err == ENOENT && !late)
			k->table.list[op->at].taken_away = true;
	}
	k->doubt |= late || failed;
	if (late || missing)
		look_by(k, usec_add(mono_now(), LOOK_AFTER), false);
	else if (failed)
		look_by(k, usec_add(mono_now(), RETRY_AFTER), false);
	job_finished(k);
}

/* Asking again would make a second one; so the kernel is asked what it has. */
static void find_rules(struct keeper *k)
{
	struct keep_ops ops = { 0 };

	for (size_t i = 0; i < k->table.n; i++) {
		const struct keep *each = &k->table.list[i];

		if (each->state == KEEP_HELD && has_any_priority(each))
			(void)keep_ops_put(&ops, true, i, k->table.round, &each->item);
	}
	k->doubt = false;
	if (ops.n > 0 && keep_job_find(k->env.nl, k->env.cls, &ops, &k->env.dirs, on_found, k, k->asks) == 0)
		k->jobs++;
	free(ops.list);
}

static void look(void *user)
{
	struct keeper *k = user;
	struct keep_ops ops = { 0 };

	for (size_t i = 0; i < k->table.n; i++)
		if (is_missing(k, &k->table.list[i])) {
			keep_table_ask(&k->table, i, &ops);
			k->table.list[i].taken_away = false;
			k->asks += has_any_priority(&k->table.list[i]);
		}
	k->look_all = false;
	send_ops(k, &ops);
	if (k->doubt)
		find_rules(k);
	if (k->gave_up)
		tell_changed(k);
}

/* ---- news ---- */

static void on_ready(void *user)
{
	look_soon(user, true);
}

static void on_link(void *user, const struct net_link *link, bool gone)
{
	(void)link, (void)gone;
	look_soon(user, true);
	tell_changed(user);
}

static void on_addr(void *user, const struct net_addr *a, bool gone)
{
	(void)a;
	if (gone)
		look_soon(user, true);
}

static void on_route(void *user, const struct net_route *gone)
{
	struct keeper *k = user;

	for (size_t i = 0; k->table.on && i < k->table.n; i++) {
		const struct keep *each = &k->table.list[i];

		if (each->state != KEEP_HELD || each->item.kind != KEEP_ROUTE)
			continue;
		if (each->item.route.table.name[0] || each->item.route.protocol.name[0] || route_is(&each->item.route, gone)) {
			look_soon(k, true);
			return;
		}
	}
}

/* What a name stands for is not known here. */
static void overlook(struct rt_name *name, const struct rt_name *seen)
{
	if (name->name[0])
		name->number = seen->number;
}

/* All that has no name must agree. */
static bool may_be(const struct net_rule *r, const struct net_rule *gone)
{
	struct net_rule known = *r;

	overlook(&known.table, &gone->table);
	overlook(&known.protocol, &gone->protocol);
	overlook(&known.tos, &gone->tos);
	overlook(&known.realm_from, &gone->realm_from);
	overlook(&known.realm_to, &gone->realm_to);
	overlook(&known.suppress_group, &gone->suppress_group);
	return rule_is(&known, gone);
}

static void on_rule(void *user, const struct net_rule *gone)
{
	struct keeper *k = user;

	for (size_t i = 0; k->table.on && i < k->table.n; i++) {
		struct keep *each = &k->table.list[i];

		if (each->state != KEEP_HELD || each->item.kind != KEEP_RULE || !may_be(&each->item.rule, gone))
			continue;
		each->taken_away = true;
		look_soon(k, true);
	}
}

static void on_doubt(void *user)
{
	struct keeper *k = user;

	k->doubt = true;
	look_soon(k, true);
}

/* Nothing to keep: nobody is asked for news. */
static void watch(struct keeper *k)
{
	bool routes = false;

	for (size_t i = 0; i < k->table.n; i++)
		routes |= k->table.list[i].item.kind != KEEP_ADDR;
	netmon_unobserve(k->env.netmon, &k->links);
	if (k->table.n > 0)
		netmon_observe(k->env.netmon, &k->links);
	if (!routes)
		routemon_unobserve(k->env.routemon, &k->routes);
	else if (!routemon_observe(k->env.routemon, &k->routes))
		log_err("net", "(%s) the kernel does not tell of lost routes: %s; they are looked for when an interface changes",
		        k->env.name, strerror(errno));
}

/* ---- commands ---- */

void keeper_set(struct keeper *k, const struct keep_item *items, size_t n)
{
	struct keep_ops ops = { 0 };

	if (!keep_table_set(&k->table, items, n, &ops))
		log_err("net", "(%s) no memory for new addresses, routes and rules: the old ones stay", k->env.name);
	watch(k);
	send_ops(k, &ops);
	tell_changed(k);
}

void keeper_hold(struct keeper *k, bool on)
{
	struct keep_ops ops = { 0 };

	if (k->table.on == on)
		return;
	keep_table_turn(&k->table, on, &ops);
	if (!on)
		loop_timer_stop(k->env.loop, &k->look);
	send_ops(k, &ops);
}

void keeper_clear(struct keeper *k)
{
	struct keep_ops ops = { 0 };

	if (!k->table.on)
		keep_table_clear(&k->table, &ops);
	send_ops(k, &ops);
}

static void stop_complete(void *user)
{
	struct keeper *k = user;

	k->stopping = false;
	if (k->done)
		k->done(k->user); /* may free k */
}

void keeper_stop(struct keeper *k, void (*done)(void *user), void *user)
{
	keeper_hold(k, false);
	k->done = done;
	k->user = user;
	k->stopping = true;
	if (k->jobs == 0)
		loop_item_post(k->env.loop, &k->stopped);
}

struct keeper *keeper_new(const struct keeper_env *env)
{
	struct keeper *k = calloc(1, sizeof(*k));

	if (!k)
		return NULL;
	k->env = *env;
	k->table.former = env->former_life;
	k->restored_at = -RESTORE_PACE;
	k->links = (struct netmon_observer){ .ready = on_ready, .link = on_link, .addr = on_addr, .user = k };
	k->routes = (struct routemon_observer){ .route = on_route, .rule = on_rule, .doubt = on_doubt, .user = k };
	loop_timer_init(&k->look, LOOP_QUEUED, look, k);
	loop_item_init(&k->stopped, stop_complete, k);
	return k;
}

void keeper_free(struct keeper *k)
{
	if (!k)
		return;
	loop_timer_stop(k->env.loop, &k->look);
	loop_item_cancel(k->env.loop, &k->stopped);
	netmon_unobserve(k->env.netmon, &k->links);
	routemon_unobserve(k->env.routemon, &k->routes);
	keep_table_free(&k->table);
	free(k);
}

void keeper_counts(const struct keeper *k, struct keeper_counts *out)
{
	*out = (struct keeper_counts){ .wanted = k->table.n, .held = keep_table_count(&k->table, KEEP_HELD),
		.lost = keep_table_count(&k->table, KEEP_LOST), .restored = k->restored, .refused = k->refused };
}

static bool is_down(const struct keeper *k, const char *name)
{
	const struct net_link *link = name[0] ? netmon_link_by_name(k->env.netmon, name) : NULL;

	return name[0] && (!link || !link->up);
}

bool keeper_is_cut_off(const struct keeper *k)
{
	for (size_t i = 0; i < k->table.n; i++) {
		const struct keep_item *item = &k->table.list[i].item;

		for (size_t h = 0; item->kind == KEEP_ROUTE && !item->no_track && h < item->route.n_hops; h++)
			if (is_down(k, item->route.hops[h].dev))
				return true;
	}
	return false;
}

bool keeper_misses(const struct keeper *k, const char *group)
{
	return keep_table_misses(&k->table, group);
}
