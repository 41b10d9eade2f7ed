/*
 * What one room's news means for the others: a transition changes the roles of services, a probe's verdict a server, and each
 * becomes an event for the readers. Nothing here decides; the rooms have.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "core/announce.h"
#include "core/base/log.h"
#include "core/base/text.h"
#include "core/bind.h"
#include "core/bind_mail.h"
#include "core/groups.h"
#include "core/moved.h"
#include "core/runtime.h"
#include "core/track.h"

static enum ipvs_role role_of(enum vrrp_state s)
{
	return s == VRRP_MASTER ? IPVS_ROLE_MASTER : IPVS_ROLE_BACKUP;
}

static enum ipvs_role role_now(const struct runtime *rt, const struct vr_key *k)
{
	const struct rt_router *r = runtime_router(rt, k);
	struct vrrp_report rep;

	if (!r)
		return IPVS_ROLE_BACKUP;
	vrrp_router_report(r->vr, &rep);
	return role_of(rep.state);
}

void react_set_sync_role(struct runtime *rt)
{
	const struct conf_vrrp *v = bind_sync_instance(rt->conf);
	struct ipvs_sync_conf sync;

	bind_sync(rt->conf, &sync);
	ipvs_sync_daemon(rt->ipvs, &sync, v ? role_now(rt, &v->key) : IPVS_ROLE_NONE);
}

void react_set_role(struct rt_service *s)
{
	ipvs_service_role(s->rt->ipvs, &s->key, s->has_instance ? role_now(s->rt, &s->instance) : IPVS_ROLE_NONE);
}

/* ---- virtual routers ---- */

void react_note_vip(struct runtime *rt, const struct vrrp_conf *c, const struct vrrp_vip *v, bool ours)
{
	struct state_addr a;

	memset(&a, 0, sizeof(a));
	text_copy(a.ifname, sizeof(a.ifname), v->dev[0] ? v->dev : c->key.ifname);
	a.prefix = v->prefix;
	state_address(rt->state, &a, ours);
}

void react_note_vips(struct rt_router *r, bool ours)
{
	const struct vrrp_conf *c = vrrp_router_conf(r->vr);

	for (size_t i = 0; i < c->n_vips; i++)
		react_note_vip(r->rt, c, &c->vips[i], ours);
	r->noted = ours;
}

static void note_state_page(struct rt_router *r, const struct vrrp_change *c)
{
	state_vr_set_master(r->rt->state, r->slot, c->to == VRRP_MASTER, boot_now());
	if (c->to == VRRP_MASTER)
		react_note_vips(r, true);
}

static void event_transition(struct rt_router *r, const struct vrrp_change *c)
{
	struct vrrp_report rep;
	struct event e;

	vrrp_router_report(r->vr, &rep);
	memset(&e, 0, sizeof(e));
	e.wall = wall_now();
	e.kind = EVENT_VR_STATE;
	e.from = c->from;
	e.to = c->to;
	e.reason = c->reason;
	e.key.vr = r->key;
	e.ifindex = rep.ifindex;
	e.version = vrrp_router_conf(r->vr)->version;
	e.priority = rep.priority;
	e.master_family = rep.master.family;
	memcpy(e.master, rep.master.bytes, sizeof(e.master));
	text_copy(e.name, sizeof(e.name), vrrp_router_conf(r->vr)->name);
	text_copy(e.object, sizeof(e.object), r->key.ifname);
	e.mail = r->conf && c->to != VRRP_INIT && bind_mail_vrrp(r->rt->conf, r->conf->notify.smtp_alert, c->to == VRRP_FAULT);
	text_copy(e.text, sizeof(e.text), c->to == VRRP_FAULT ? rep.fault_text : vrrp_reason_text(c->reason));
	ring_publish(r->rt->ring, &e);
}

static void apply_roles_of(struct rt_router *r, enum ipvs_role role)
{
	struct runtime *rt = r->rt;
	struct rt_service *s, *tmp;
	bool any = false;

	HASH_ITER(hh, rt->services, s, tmp) {
		if (!s->has_instance || vr_key_cmp(&s->instance, &r->key) != 0)
			continue;
		ipvs_service_role(rt->ipvs, &s->key, role);
		any = true;
	}
	if (any && rt->begun) {
		apply_finish_service(rt);
		ipvs_commit(rt->ipvs, LOOP_URGENT);
	}
	suspend_check_all(rt);
	const struct conf_vrrp *v = bind_sync_instance(rt->conf);

	if (v && vr_key_cmp(&v->key, &r->key) == 0)
		react_set_sync_role(rt);
}

static struct rt_router *router_of(struct runtime *rt, const struct vrrp_router *vr)
{
	return runtime_router(rt, &vrrp_router_conf(vr)->key);
}

static void on_transition(void *user, struct vrrp_router *vr, const struct vrrp_change *c)
{
	struct runtime *rt = user;
	struct rt_router *r = router_of(rt, vr);

	if (!r)
		return;
	apply_roles_of(r, role_of(c->to));
	note_state_page(r, c);
	r->entered = publish_time(rt, mono_now());
	if (c->to == VRRP_INIT || c->to == VRRP_FAULT)
		memset(&r->left_init, 0, sizeof(r->left_init));
	else if (r->left_init.mono == 0)
		r->left_init = r->entered;
	event_transition(r, c);
	publish_router(r);
}

static void on_router_changed(void *user, struct vrrp_router *vr)
{
	struct runtime *rt = user;
	struct rt_router *r = router_of(rt, vr);

	if (!r)
		return;
	state_vr_set_old_checksum(rt->state, r->slot, vrrp_router_sums_old(vr));
	announce_priority(rt->announce, r);
	publish_router_soon(r);
}

static void on_lower_heard(void *user, struct vrrp_router *vr)
{
	struct runtime *rt = user;
	const struct rt_router *r = router_of(rt, vr);

	if (r)
		announce_lower_heard(rt->announce, r);
}

static void on_member(void *user, struct vrrp_router *vr)
{
	struct rt_router *r = router_of(user, vr);

	if (r)
		groups_member(r);
}

static void on_heard(void *user, struct vrrp_router *vr, bool outranks_us, const struct addr *peer)
{
	struct rt_router *r = router_of(user, vr);

	if (r)
		groups_heard(r, outranks_us, peer);
}

static void on_advertised(void *user, struct vrrp_router *vr)
{
	struct runtime *rt = user;
	struct rt_router *r = router_of(rt, vr);

	if (r)
		state_vr_advert(rt->state, r->slot, boot_now());
}

/* ---- probes and servers ---- */

static void on_verdict(void *user, void *subscription, const struct probe_report *rep)
{
	struct rt_use *u = subscription;
	struct runtime *rt = user;

	u->known = rep->known;
	u->up = rep->up;
	u->reason = rep->reason;
	u->weight = rep->weight;
	text_copy(u->text, sizeof(u->text), rep->text);
	state_probe(rt->state, &rep->key, &(struct probe_past){ rep->known && !rep->up, rep->weight });
	uses_fold(u->server);
	ipvs_commit(rt->ipvs, LOOP_QUEUED);
	publish_service(u->server->service);
}

static void event_overdue(struct runtime *rt, const struct probe_report *rep)
{
	char name[KEY_STRLEN];
	struct event e;

	memset(&e, 0, sizeof(e));
	e.wall = wall_now();
	e.kind = EVENT_PROBE_OVERDUE;
	e.reason = rep->reason;
	e.key.probe = rep->key;
	e.to = (int32_t)rep->subscribers;
	text_copy(e.name, sizeof(e.name), endpoint_format(&rep->key.target, name));
	text_copy(e.object, sizeof(e.object), probe_key_format(&rep->key, name));
	text_copy(e.text, sizeof(e.text), rep->text);
	ring_publish(rt->ring, &e);
}

static void on_probe_ran(void *user, const struct probe_report *rep)
{
	if (rep->newly_overdue)
		event_overdue(user, rep);
	publish_probe(user, rep);
}

/* A server's state changed; its weight is not derived yet, so the event waits for on_service_changed(). */
static void on_server(void *user, const struct server_key *k, enum ipvs_server_state from, enum ipvs_server_state to)
{
	struct rt_server *s = runtime_server(user, k);

	(void)to;
	if (s)
		moved_note(s, from);
}

static void event_quorum(struct rt_service *s, bool up, const struct ipvs_service_report *vs, int64_t wall)
{
	struct runtime *rt = s->rt;
	struct event e;

	memset(&e, 0, sizeof(e));
	e.wall = wall;
	e.kind = EVENT_VS_QUORUM;
	e.to = up ? VIEW_QUORUM_GAINED : VIEW_QUORUM_LOST;
	e.from = up ? VIEW_QUORUM_LOST : VIEW_QUORUM_GAINED;
	e.key.rs.service = s->key;
	e.up = vs->servers_up;
	e.total = vs->servers_total;
	e.quorum = s->conf->quorum;
	e.mail = bind_mail_service(rt->conf, CONF_UNSET, s->conf->smtp_alert);
	text_copy(e.name, sizeof(e.name), s->conf->name);
	snprintf(e.text, sizeof(e.text), "%u of %u real servers are up, quorum %u", vs->servers_up, vs->servers_total, s->conf->quorum);
	moved_quorum(s, &e);
}

/* The time of day at what was the present moment of the other clock: asked once for all that happened at one. */
static int64_t wall_of(struct runtime *rt, usec_t mono)
{
	if (rt->moment.mono != mono)
		rt->moment = (struct view_time){ mono, wall_now() };
	return rt->moment.wall;
}

static void on_quorum(void *user, const struct service_key *k, bool up)
{
	struct runtime *rt = user;
	struct rt_service *s = runtime_service(rt, k);
	struct ipvs_service_report vs;

	if (!s || !moved_speaks(s->conf))
		return;
	moved_tell(s); /* the servers that made it so first, as keepalived tells it */
	track_service_changed(rt, k);
	if (ipvs_service_report(rt->ipvs, k, &vs))
		event_quorum(s, up, &vs, wall_of(rt, vs.changed_at));
}

static void on_drained(void *user, const struct server_key *k, const struct ipvs_conns *c)
{
	settings_drained(user, k, c);
}

void react_tell_end(struct runtime *rt)
{
	struct rt_service *s, *stmp;
	struct ipvs_service_report vs;

	HASH_ITER(hh, rt->services, s, stmp) {
		moved_flush(s);
		if (!s->conf->omega || !moved_speaks(s->conf))
			continue;
		moved_tell_end(s);
		if (ipvs_service_report(rt->ipvs, &s->key, &vs) && vs.quorum_up)
			event_quorum(s, false, &vs, wall_now());
		moved_flush(s);
	}
}

static void on_service_changed(void *user, const struct service_key *k)
{
	struct rt_service *s = runtime_service(user, k);

	if (!s)
		return;
	moved_tell(s);
	track_service_changed(user, k);
	publish_service(s);
}

static void on_availability(void *user, enum ipvs_availability a)
{
	(void)a;
	publish_daemon(user);
}

static void on_made(void *user, const struct service_key *k, bool made)
{
	struct runtime *rt = user;

	state_service(rt->state, k, made);
}

static void on_traffic(void *user, const struct ipvs_stat *s)
{
	traffic_row(user, s);
}

static void on_traffic_done(void *user, int err)
{
	traffic_done(user, err);
}

void react_init(struct runtime *rt, struct ipvs_observer *io, struct probe_observer *po)
{
	rt->vrrp_env = (struct vrrp_env){
		.loop = rt->loop,
		.nl = rt->nl,
		.netmon = rt->netmon,
		.observer = { .transition = on_transition, .changed = on_router_changed, .member = on_member,
		              .heard = on_heard, .lower_heard = on_lower_heard, .advertised = on_advertised, .user = rt },
	};
	*io = (struct ipvs_observer){
		.server = on_server,
		.quorum = on_quorum,
		.drained = on_drained,
		.changed = on_service_changed,
		.availability = on_availability,
		.traffic = on_traffic,
		.traffic_done = on_traffic_done,
		.made = on_made,
		.user = rt,
	};
	*po = (struct probe_observer){ on_verdict, on_probe_ran, rt };
}
