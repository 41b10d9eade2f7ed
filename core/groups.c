/*
 * Sync groups (groups.h). Owns the list of groups; relies on core/vrrp/group.h for every decision.
 *
 * An order may bring about the next (a member's transition is news for its group), so news that come while orders are
 * carried out are only noted, and looked at when the members have obeyed.
 */
#include "config.h"

#include "core/groups.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/log.h"
#include "core/base/text.h"
#include "core/bind_mail.h"

/* Each order leaves less to order; more in a row than this would be a mistake in the rules, which must not hang us. */
enum { ORDERS_AT_ONCE = 8 };

struct rt_group {
	char name[64]; /* hashed */
	struct runtime *rt;
	struct vrrp_group g;
	struct rt_router **members;
	size_t n;
	struct loop_timer timer;
	bool settling, stale;
	enum vrrp_state shown;
	uint64_t transitions;
	struct view_time entered;
	struct log_limit limit;
	UT_hash_handle hh;
};

/* ---- what readers see ---- */

static void put_row(const struct rt_group *g)
{
	struct view_group row;

	memset(&row, 0, sizeof(row));
	text_copy(row.key.name, sizeof(row.key.name), g->name);
	row.state = (uint8_t)g->shown;
	row.crossed = g->g.crossed;
	row.members = (uint32_t)g->n;
	row.transitions = g->transitions;
	row.crossings = g->g.crossings;
	row.entered = g->entered;
	view_put(g->rt->view, VIEW_GROUP, &row);
}

static void drop_row(const struct rt_group *g)
{
	struct view_group_key key;

	memset(&key, 0, sizeof(key));
	text_copy(key.name, sizeof(key.name), g->name);
	view_del(g->rt->view, VIEW_GROUP, &key);
}

static enum conf_tristate alert_of(const struct rt_group *g)
{
	const struct conf *c = g->rt->conf;

	for (size_t i = 0; i < c->n_groups; i++)
		if (strcmp(c->groups[i].name, g->name) == 0)
			return c->groups[i].notify.smtp_alert;
	return CONF_UNSET;
}

static void show_state(struct rt_group *g, enum vrrp_state state, const char *why)
{
	struct event e;

	if (state == g->shown)
		return;
	memset(&e, 0, sizeof(e));
	e.wall = wall_now();
	e.kind = EVENT_GROUP_STATE;
	e.from = (int32_t)g->shown;
	e.to = (int32_t)state;
	text_copy(e.name, sizeof(e.name), g->name);
	e.mail = state != VRRP_INIT && bind_mail_vrrp(g->rt->conf, alert_of(g), state == VRRP_FAULT);
	text_copy(e.text, sizeof(e.text), why);
	g->shown = state;
	g->transitions++;
	g->entered = publish_time(g->rt, mono_now());
	ring_publish(g->rt->ring, &e);
	put_row(g);
}

/* ---- orders ---- */

static enum vrrp_group_order ask(struct rt_group *g)
{
	struct vrrp_group_member *m = calloc(g->n ? g->n : 1, sizeof(*m));
	enum vrrp_group_order o = VRRP_GROUP_NOTHING;
	struct vrrp_report rep;

	if (!m)
		return o;
	g->g.patience = 0;
	for (size_t i = 0; i < g->n; i++) {
		vrrp_router_member(g->members[i]->vr, &m[i]);
		vrrp_router_report(g->members[i]->vr, &rep);
		g->g.patience = usec_max(g->g.patience, rep.master_down_interval);
	}
	o = vrrp_group_settle(&g->g, m, g->n, mono_now());
	free(m);
	return o;
}

static void say_order(const struct rt_group *g, enum vrrp_group_order o)
{
	if (o == VRRP_GROUP_CLEAR)
		log_notice("vrrp", "VRRP_Group(%s) no member is in FAULT any more", g->name);
	else
		log_notice("vrrp", "VRRP_Group(%s) Syncing instances to %s state", g->name, vrrp_group_order_name(o));
}

static const char *why_of(const struct rt_group *g)
{
	struct vrrp_report rep;

	for (size_t i = 0; i < g->n; i++) {
		vrrp_router_report(g->members[i]->vr, &rep);
		if (rep.reason != VRRP_WHY_GROUP && !(rep.faults & VRRP_FAULT_GROUP))
			return rep.state == VRRP_FAULT ? vrrp_fault_text(rep.faults) : vrrp_reason_text(rep.reason);
	}
	return vrrp_reason_text(VRRP_WHY_GROUP);
}

static void settle(struct rt_group *g)
{
	if (g->settling || g->rt->stop_wanted)
		return;
	g->settling = true;
	for (int k = 0; k < ORDERS_AT_ONCE; k++) {
		enum vrrp_group_order o = ask(g);
		if (o == VRRP_GROUP_NOTHING)
			break;
		say_order(g, o);
		for (size_t i = 0; i < g->n; i++)
			vrrp_router_order(g->members[i]->vr, o);
	}
	g->settling = false;
	loop_timer_set(g->rt->loop, &g->timer, vrrp_group_deadline(&g->g, mono_now()));
	show_state(g, g->g.state, why_of(g));
}

static void hold_is_over(void *user)
{
	settle(user);
}

void groups_member(struct rt_router *r)
{
	if (r->in_group)
		settle(r->in_group);
}

static const char *member_name(const struct rt_group *g, size_t i)
{
	return i < g->n ? vrrp_router_conf(g->members[i]->vr)->name : "?";
}

void groups_heard(struct rt_router *r, bool outranks_us, const struct addr *peer)
{
	struct rt_group *g = r->in_group;
	struct vrrp_report rep;
	size_t i = 0;

	if (!g)
		return;
	while (i < g->n && g->members[i] != r)
		i++;
	vrrp_router_report(r->vr, &rep);
	if (!vrrp_group_heard(&g->g, i, outranks_us, peer, &rep.primary, mono_now()))
		return;
	log_warn("vrrp", "VRRP_Group(%s) its members' priorities are ordered otherwise than on the peer: %s hears a higher"
		 " master, %s a lower one. The group stays together, but which host has it is left to chance: mend the"
		 " priorities", g->name, member_name(g, g->g.higher_member), member_name(g, g->g.lower_member));
	put_row(g);
}

/* ---- who belongs where ---- */

static struct rt_group *find(const struct runtime *rt, const char *name)
{
	struct rt_group *g;

	HASH_FIND_STR(rt->groups, name, g);
	return g;
}

static struct rt_group *make(struct runtime *rt, const char *name)
{
	struct rt_group *g = calloc(1, sizeof(*g));

	if (!g)
		return NULL;
	g->rt = rt;
	g->shown = VRRP_INIT;
	text_copy(g->name, sizeof(g->name), name);
	vrrp_group_init(&g->g);
	loop_timer_init(&g->timer, LOOP_URGENT, hold_is_over, g);
	HASH_ADD_STR(rt->groups, name, g);
	return g;
}

/* A member that leaves the group is free of its faults. */
static void let_go(struct rt_router *r)
{
	r->in_group = NULL;
	vrrp_router_order(r->vr, VRRP_GROUP_CLEAR);
}

/* Nor does it bring those of the group that it comes from, whichever of the two is looked at first. */
static void join(struct rt_group *g, struct rt_router *r)
{
	if (r->in_group && r->in_group != g)
		let_go(r);
	r->in_group = g;
}

static void take_members(struct rt_group *g, const struct conf_group *c)
{
	struct rt_router **before = g->members;
	size_t n_before = g->n;

	g->members = calloc(c->n_members ? c->n_members : 1, sizeof(struct rt_router *));
	g->n = 0;
	for (size_t i = 0; g->members && i < c->n_members; i++) {
		struct rt_router *r, *tmp;
		HASH_ITER(hh, g->rt->routers, r, tmp)
			if (r->conf && !r->leaving && strcmp(r->conf->name, c->members[i]) == 0) {
				g->members[g->n++] = r;
				break;
			}
	}
	for (size_t i = 0; i < n_before; i++)
		if (before[i]->in_group == g)
			before[i]->in_group = NULL;
	for (size_t i = 0; i < g->n; i++)
		join(g, g->members[i]);
	for (size_t i = 0; i < n_before; i++)
		if (!before[i]->in_group)
			let_go(before[i]);
	free(before);
}

static void end(struct rt_group *g)
{
	loop_timer_stop(g->rt->loop, &g->timer);
	g->settling = true; /* no more orders */
	for (size_t i = 0; i < g->n; i++)
		if (g->members[i]->in_group == g) /* not in another by now */
			let_go(g->members[i]);
	drop_row(g);
	HASH_DEL(g->rt->groups, g);
	free(g->members);
	free(g);
}

void groups_sync(struct runtime *rt)
{
	struct rt_group *g, *tmp;

	HASH_ITER(hh, rt->groups, g, tmp)
		g->stale = true;
	for (size_t i = 0; i < rt->conf->n_groups; i++) {
		const struct conf_group *c = &rt->conf->groups[i];
		g = find(rt, c->name);
		if (!g)
			g = make(rt, c->name);
		if (!g)
			continue;
		g->stale = false;
		take_members(g, c);
		put_row(g);
	}
	HASH_ITER(hh, rt->groups, g, tmp)
		if (g->stale)
			end(g);
	HASH_ITER(hh, rt->groups, g, tmp)
		settle(g);
}

void groups_forget(struct rt_router *r)
{
	struct rt_group *g = r->in_group;
	size_t kept = 0;

	if (!g)
		return;
	r->in_group = NULL;
	for (size_t i = 0; i < g->n; i++)
		if (g->members[i] != r)
			g->members[kept++] = g->members[i];
	g->n = kept;
	put_row(g);
}

void groups_stop(struct runtime *rt)
{
	struct rt_group *g, *tmp;

	HASH_ITER(hh, rt->groups, g, tmp)
		show_state(g, VRRP_INIT, vrrp_reason_text(VRRP_WHY_STOPPED));
}

void groups_free(struct runtime *rt)
{
	struct rt_group *g, *tmp;

	HASH_ITER(hh, rt->groups, g, tmp) {
		loop_timer_stop(rt->loop, &g->timer);
		HASH_DEL(rt->groups, g);
		free(g->members);
		free(g);
	}
}

void groups_each(struct runtime *rt, void (*each)(void *user, const char *name, enum vrrp_state state), void *user)
{
	struct rt_group *g, *tmp;

	HASH_ITER(hh, rt->groups, g, tmp)
		each(user, g->name, g->shown);
}
