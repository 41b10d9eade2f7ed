/*
 * What the file wants told of an event: which scripts, in which order, and which lines for which FIFO.
 *
 * Reads the ring by itself, an event at a time on the run queue, so that a transition of many routers at once costs their adverts
 * nothing. Relies on core/notify/queue.h for order and limits, and on announce_fifo.c for the FIFOs.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/announce_priv.h"
#include "core/base/log.h"
#include "core/groups.h"
#include "core/notify/lines.h"

/* Of a table that begins, a thousand events come of which nobody wants to be told: so many of those are one item of the run queue. */
#define SILENT_AT_ONCE 32

/* ---- scripts ---- */

static usec_t time_limit(const struct announce *a)
{
	return a->rt->conf->global.scripts.notify_timeout;
}

static void run_script(struct announce *a, const char *object, const struct conf_script *s)
{
	struct script_spec spec;

	if (!s->command)
		return;
	a->told++;
	if (runtime_script(a->rt, s, time_limit(a), &spec))
		script_queues_push(a->queues, object, &spec);
}

/* A command with what `notify` scripts get behind their own words. */
static void run_with_state(struct announce *a, const char *object, const struct conf_script *s, const char *const added[static 4])
{
	struct script_spec spec;
	const char **argv;
	size_t n = 0;

	if (!s->command)
		return;
	a->told++;
	if (!runtime_script(a->rt, s, time_limit(a), &spec))
		return;
	while (spec.argv[n])
		n++;
	argv = calloc(n + 5, sizeof(*argv));
	if (!argv)
		return;
	memcpy(argv, spec.argv, n * sizeof(*argv));
	memcpy(argv + n, added, 4 * sizeof(*argv));
	spec.argv = argv;
	spec.n_added = 4;
	script_queues_push(a->queues, object, &spec);
	free(argv);
}

static void write_vrrp(struct announce *a, bool group, const char *name, const char *state, unsigned priority)
{
	char line[LINE_MAX_LEN];

	announce_write(a, ANNOUNCE_VRRP, line, line_vrrp(line, group, name, state, priority));
}

/* The FIFOs' line, then the one script of this state, then `notify`. */
static void tell_vrrp(struct announce *a, const struct conf_notify *n, const struct conf_script *own, bool group, const char *name,
                      const char *state, unsigned priority)
{
	char object[160], number[12];
	const char *const added[4] = { group ? "GROUP" : "INSTANCE", name, state, number };

	write_vrrp(a, group, name, state, priority);
	if (!n)
		return;
	snprintf(object, sizeof(object), "%s %s", group ? "VRRP_Group" : "VRRP_Instance", name);
	snprintf(number, sizeof(number), "%u", priority);
	if (own)
		run_script(a, object, own);
	run_with_state(a, object, &n->any, added);
}

/* ---- virtual routers ---- */

static const struct conf_vrrp *conf_of(const struct announce *a, const struct vr_key *k)
{
	const struct rt_router *r = runtime_router(a->rt, k);

	return r ? r->conf : NULL;
}

static void tell_state(struct announce *a, const struct conf_notify *n, bool group, const char *name, int32_t state, unsigned priority)
{
	switch (state) {
	case VRRP_MASTER:
		tell_vrrp(a, n, n ? &n->master : NULL, group, name, "MASTER", priority);
		return;
	case VRRP_BACKUP:
		tell_vrrp(a, n, n ? &n->backup : NULL, group, name, "BACKUP", priority);
		return;
	case VRRP_FAULT:
		tell_vrrp(a, n, n ? &n->fault : NULL, group, name, "FAULT", priority);
		return;
	default:
		return; /* its end: announce_router_stops() and announce_router_deleted() have told it */
	}
}

static const struct conf_notify *notify_of_group(const struct announce *a, const char *name)
{
	const struct conf *c = a->rt->conf;

	for (size_t i = 0; i < c->n_groups; i++)
		if (strcmp(c->groups[i].name, name) == 0)
			return &c->groups[i].notify;
	return NULL;
}

static void tell_group(struct announce *a, const struct event *e)
{
	const struct conf_notify *n = notify_of_group(a, e->name);

	if (e->to == VRRP_INIT && a->rt->stop_wanted)
		tell_vrrp(a, n, n ? &n->stop : NULL, true, e->name, "STOP", 0);
	else
		tell_state(a, n, true, e->name, e->to, 0);
}

static unsigned priority_of(const struct rt_router *r)
{
	struct vrrp_report rep;

	vrrp_router_report(r->vr, &rep);
	return rep.priority;
}

void announce_router_stops(struct announce *a, const struct rt_router *r)
{
	announce_all(a);
	if (r->conf)
		tell_vrrp(a, &r->conf->notify, &r->conf->notify.stop, false, r->conf->name, "STOP", priority_of(r));
}

void announce_router_deleted(struct announce *a, const struct rt_router *r, const struct conf_vrrp *c)
{
	const struct conf_notify *n = &c->notify;
	bool deleted = n->deleted_set || n->deleted.command;

	announce_all(a);
	tell_vrrp(a, n, deleted ? &n->deleted : &n->fault, false, c->name, deleted ? "DELETED" : "FAULT", priority_of(r));
}

void announce_priority(struct announce *a, struct rt_router *r)
{
	unsigned before = r->told_priority;
	enum conf_tristate wanted;
	struct vrrp_report rep;

	if (!r->conf)
		return;
	vrrp_router_report(r->vr, &rep);
	r->told_priority = rep.priority;
	wanted = r->conf->notify.priority_changes;
	if (before == 0 || before == rep.priority || (rep.state != VRRP_MASTER && rep.state != VRRP_BACKUP))
		return;
	if (wanted == CONF_YES || (wanted == CONF_UNSET && a->rt->conf->global.scripts.priority_changes))
		write_vrrp(a, false, r->conf->name, rep.state == VRRP_MASTER ? "MASTER_PRIORITY" : "BACKUP_PRIORITY", rep.priority);
}

void announce_lower_heard(struct announce *a, const struct rt_router *r)
{
	char object[160];

	if (!r->conf)
		return;
	snprintf(object, sizeof(object), "VRRP_Instance %s", r->conf->name);
	write_vrrp(a, false, r->conf->name, "MASTER_RX_LOWER_PRI", priority_of(r));
	run_script(a, object, &r->conf->notify.rx_lower_pri);
}

/* ---- services ---- */

static const struct conf_rs *conf_of_server(const struct conf_vs *v, const struct endpoint *e)
{
	for (size_t i = 0; i < v->n_servers; i++)
		if (endpoint_cmp(&v->servers[i].server, e) == 0)
			return &v->servers[i];
	return NULL;
}

static void tell_server(struct announce *a, const struct server_key *k, bool up)
{
	const struct rt_service *s = runtime_service(a->rt, &k->service);
	const struct conf_rs *r = s ? conf_of_server(s->conf, &k->server) : NULL;
	char object[160], server[KEY_STRLEN], service[KEY_STRLEN], line[LINE_MAX_LEN];

	a->told++; /* the search alone is enough for an item */
	announce_write(a, ANNOUNCE_LVS, line, line_server(line, k, up));
	if (!r)
		return;
	snprintf(object, sizeof(object), "real server %s of %s", server_key_format(k, server), service_key_format(&k->service, service));
	run_script(a, object, up ? &r->notify_up : &r->notify_down);
}

/* Told is health: what an operator does to a server has an event of its own. */
static void tell_server_event(struct announce *a, const struct event *e)
{
	if (e->to == IPVS_RS_DOWN)
		tell_server(a, &e->key.rs, false);
	else if (e->from == IPVS_RS_DOWN)
		tell_server(a, &e->key.rs, true);
}

void announce_server_first(struct announce *a, const struct rt_server *s)
{
	if (a->rt->conf->global.scripts.rs_init)
		tell_server(a, &s->key, true);
}

static void tell_quorum(struct announce *a, const struct event *e)
{
	const struct rt_service *s = runtime_service(a->rt, &e->key.rs.service);
	bool up = e->to == VIEW_QUORUM_GAINED;
	char object[160], name[KEY_STRLEN], line[LINE_MAX_LEN];

	announce_write(a, ANNOUNCE_LVS, line, line_service(line, &e->key.rs.service, up));
	if (!s)
		return;
	snprintf(object, sizeof(object), "virtual server %s", service_key_format(&e->key.rs.service, name));
	run_script(a, object, up ? &s->conf->quorum_up : &s->conf->quorum_down);
}

/* ---- the ring ---- */

static void tell(struct announce *a, const struct event *e)
{
	const struct conf_vrrp *c;

	switch (e->kind) {
	case EVENT_VR_STATE:
		c = conf_of(a, &e->key.vr);
		tell_state(a, c ? &c->notify : NULL, false, e->name, e->to, e->priority);
		return;
	case EVENT_GROUP_STATE:
		tell_group(a, e);
		return;
	case EVENT_RS_STATE:
		tell_server_event(a, e);
		return;
	case EVENT_VS_QUORUM:
		tell_quorum(a, e);
		return;
	default:
		return;
	}
}

static bool tell_next(struct announce *a)
{
	uint64_t lost;
	const struct event *e = ring_after(a->rt->ring, a->seen, &lost);

	if (!e)
		return false;
	if (lost > 0)
		log_warn("notify", "%llu events came too fast to be told by scripts and FIFOs", (unsigned long long)lost);
	a->seen = e->seq;
	tell(a, e);
	return true;
}

void announce_all(struct announce *a)
{
	while (tell_next(a))
		;
}

static void take_turn(void *user)
{
	struct announce *a = user;
	uint64_t told = a->told;

	for (int n = 0; n < SILENT_AT_ONCE && a->told == told; n++)
		if (!tell_next(a))
			return;
	if (ring_last(a->rt->ring) > a->seen)
		loop_item_post(a->rt->loop, &a->turn);
}

static void on_event(void *user, const struct event *e)
{
	struct announce *a = user;

	(void)e;
	loop_item_post(a->rt->loop, &a->turn);
}

/* ---- once in a while ---- */

static void write_state(struct announce *a, bool group, const char *name, enum vrrp_state state, unsigned priority)
{
	if (state == VRRP_INIT)
		return;
	write_vrrp(a, group, name, state == VRRP_MASTER ? "MASTER" : state == VRRP_BACKUP ? "BACKUP" : "FAULT", priority);
}

static void write_group(void *user, const char *name, enum vrrp_state state)
{
	write_state(user, true, name, state, 0);
}

void announce_reloaded(struct announce *a)
{
	struct rt_router *r, *tmp;
	struct vrrp_report rep;

	if (!a->rt->conf->global.scripts.states_on_reload)
		return;
	HASH_ITER(hh, a->rt->routers, r, tmp) {
		vrrp_router_report(r->vr, &rep);
		if (r->conf)
			write_state(a, false, r->conf->name, rep.state, rep.priority);
	}
	groups_each(a->rt, write_group, a);
}

struct global_run {
	struct announce *a;
	const char *what;
	void (*done)(void *user);
};

static void global_ended(void *user, const struct script_end *end)
{
	struct global_run *g = user;

	if (end->outcome == SCRIPT_EXITED && end->code == 0)
		log_info("notify", "%s has ended after %.1f s", g->what, (double)end->took / 1e6);
	else
		log_warn("notify", "%s %s %d after %.1f s; going on", g->what, script_outcome_name(end->outcome), end->code,
		         (double)end->took / 1e6);
	g->done(g->a->rt);
	free(g);
}

void announce_run_global(struct announce *a, const struct conf_script *s, usec_t timeout, const char *what, void (*done)(void *user))
{
	struct global_run *g = s->command ? calloc(1, sizeof(*g)) : NULL;
	const struct script_runner *runner = &a->rt->scripts;
	struct script_spec spec;

	if (g)
		*g = (struct global_run){ .a = a, .what = what, .done = done };
	if (g && runtime_script(a->rt, s, timeout, &spec) && runner->start(runner->self, &spec, global_ended, g))
		return;
	free(g);
	done(a->rt);
}

void announce_end(struct announce *a, void (*done)(void *user), void *user)
{
	announce_all(a);
	script_queues_when_idle(a->queues, done, user);
}

void announce_get_stats(const struct announce *a, struct announce_stats *out)
{
	struct script_queues_stats queues;

	script_queues_get_stats(a->queues, &queues);
	*out = (struct announce_stats){ .left_out = queues.left_out };
	for (size_t i = 0; i < SCRIPT_BOOK_FIFOS; i++)
		out->fifo_lost += a->fifos[i].fifo.dropped;
}

/* ---- the object ---- */

struct announce *announce_new(struct runtime *rt)
{
	struct announce *a = calloc(1, sizeof(*a));

	if (!a)
		return NULL;
	a->rt = rt;
	a->queues = script_queues_new(rt->loop, &rt->scripts);
	if (!a->queues) {
		free(a);
		return NULL;
	}
	loop_item_init(&a->turn, take_turn, a);
	announce_fifos_init(a);
	a->subscriber = (struct ring_subscriber){ .event = on_event, .user = a };
	ring_subscribe(rt->ring, &a->subscriber);
	return a;
}

void announce_free(struct announce *a)
{
	if (!a)
		return;
	loop_item_cancel(a->rt->loop, &a->turn);
	announce_fifos_free(a);
	script_queues_free(a->queues);
	free(a);
}
