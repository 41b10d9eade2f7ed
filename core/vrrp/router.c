/*
 * A virtual router's life, its timer, and everything that follows from a step of its state machine. The order of
 * consequences is fixed here and nowhere else (router.h).
 */
#include "config.h"

#include "core/vrrp/router_priv.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/vrrp/packet.h"
#include "core/vrrp/prio.h"

void router_changed(struct vrrp_router *r)
{
	if (r->env.observer.changed)
		r->env.observer.changed(r->env.observer.user, r);
}

const char *router_fault_text(const struct vrrp_router *r)
{
	bool by_tracker = r->faults == VRRP_FAULT_TRACK && r->track_why[0];

	return by_tracker ? r->track_why : vrrp_fault_text(r->faults);
}

/* ---- consequences ---- */

static void log_state(const struct vrrp_router *r)
{
	const char *name = r->conf.name;

	if (r->fsm.reason == VRRP_WHY_MASTER_DOWN)
		log_notice("vrrp", "(%s) Receive advertisement timeout", name);
	if (r->fsm.state == VRRP_INIT) {
		log_notice("vrrp", "(%s) stopped", name);
		return;
	}
	log_notice("vrrp", "(%s) Entering %s STATE", name, vrrp_state_name(r->fsm.state));
	if (r->fsm.state == VRRP_FAULT)
		log_warn("vrrp", "(%s) %s: %s", name, r->conf.key.ifname, router_fault_text(r));
	else
		log_info("vrrp", "(%s) %s because: %s", name, vrrp_state_name(r->fsm.state),
			 vrrp_reason_text(r->fsm.reason));
}

static bool is_running(enum vrrp_state s)
{
	return s == VRRP_BACKUP || s == VRRP_MASTER;
}

static void note_state(struct vrrp_router *r)
{
	r->entered_at = mono_now();
	if (!is_running(r->fsm.state))
		r->left_init_at = USEC_NEVER;
	else if (!is_running(r->fsm.previous))
		r->left_init_at = r->entered_at;
	log_state(r);
}

static void tell_transition(struct vrrp_router *r)
{
	struct vrrp_change c = { .from = r->fsm.previous, .to = r->fsm.state, .reason = r->fsm.reason,
		.faults = r->faults };

	if (r->env.observer.transition)
		r->env.observer.transition(r->env.observer.user, r, &c);
}

/* The advert is out. The owner queues its weights before we queue addresses, if it still wants us to be MASTER. */
static void become_master(struct vrrp_router *r)
{
	r->counters.become_master++;
	r->master_reason = r->fsm.reason;
	r->held_before = false;
	r->master_heard = true; /* what we add from now on is no leftover */
	tell_transition(r);
	if (r->fsm.state != VRRP_MASTER)
		return;
	router_vmacs_raise(r, true);
	router_addrs_add(r);
	router_keeps_hold(r, true);
	router_garp_start_refresh(r);
}

/* Addresses of a former life must not stay while somebody else has them, nor where nobody would ever remove them. */
static void drop_held(struct vrrp_router *r, unsigned actions)
{
	bool first = (actions & VRRP_ACT_HEARD_MASTER) && !r->master_heard;

	if (actions & VRRP_ACT_HEARD_MASTER)
		r->master_heard = true;
	if (first && r->fsm.state == VRRP_BACKUP)
		router_addrs_clear(r);
	else if (r->held_before && (actions & VRRP_ACT_STATE) && !is_running(r->fsm.state))
		router_addrs_clear(r);
}

static void follow_actions(struct vrrp_router *r, unsigned actions)
{
	if (actions & VRRP_ACT_SEND_ADVERT)
		router_send_advert(r);
	if (actions & VRRP_ACT_SEND_PRIO0)
		router_send_prio0(r);
	if (actions & VRRP_ACT_STATE)
		note_state(r);
	if (actions & VRRP_ACT_LEAVE_MASTER) {
		router_vmacs_raise(r, false);
		router_keeps_hold(r, false);
		router_addrs_remove(r);
	}
	drop_held(r, actions);
	if ((actions & VRRP_ACT_LOWER_PRIO) && r->fsm.state == VRRP_MASTER) {
		r->counters.doubts++;
		router_garp_all(r, r->conf.garp.lower_prio_repeat);
		router_garp_later(r, r->conf.garp.lower_prio_delay, r->conf.garp.lower_prio_repeat);
	}
	if (actions & VRRP_ACT_BECOME_MASTER)
		become_master(r);
	else if (actions & VRRP_ACT_STATE)
		tell_transition(r);
}

void router_spread(struct vrrp_router *r)
{
	const bool master = r->fsm.state == VRRP_MASTER;

	if (r->place.table && (!master || r->place.table->interval != r->conf.adver_int))
		vrrp_spread_leave(&r->place);
	if (master && !r->place.table && r->env.spread)
		vrrp_fsm_bring_forward(&r->fsm, vrrp_spread_take(r->env.spread, &r->place, r->fsm.deadline, r->conf.adver_int));
}

void router_step(struct vrrp_router *r, enum vrrp_event ev, const struct vrrp_heard *heard)
{
	struct vrrp_heard before = r->fsm.master;
	usec_t now = mono_now();
	unsigned actions = vrrp_fsm_step(&r->fsm, ev, heard, now);

	router_spread(r);
	router_damp(r, now, actions & VRRP_ACT_STATE);
	loop_timer_set(r->env.loop, &r->timer, vrrp_fsm_deadline(&r->fsm));
	follow_actions(r, actions);
	if (before.priority != r->fsm.master.priority || addr_cmp(&before.source, &r->fsm.master.source) != 0)
		router_changed(r);
	if (actions & (VRRP_ACT_STATE | VRRP_ACT_WANTS))
		router_tell_group(r);
}

/* A host that stood still finds its timer elapsed and adverts waiting: believe the adverts first. */
static void timer_fired(void *user)
{
	struct vrrp_router *r = user;

	if (r->fsm.state == VRRP_BACKUP && r->port)
		vrrp_port_drain(r->port);
	usec_t due = vrrp_fsm_deadline(&r->fsm);
	if (due > mono_now()) {
		loop_timer_set(r->env.loop, &r->timer, due);
		return;
	}
	/* So late that others may have been MASTER meanwhile: the advert first, then the addresses. */
	bool overslept = r->fsm.state == VRRP_MASTER && mono_now() - due > r->conf.adver_int;

	router_step(r, VRRP_EV_TIMER, NULL);
	if (overslept)
		vrrp_router_announce(r, "an advert was late by more than an interval");
}

void router_set_priority(struct vrrp_router *r, uint8_t before)
{
	uint8_t now = vrrp_prio_effective(r->conf.priority, r->track.add);

	vrrp_fsm_set_priority(&r->fsm, now);
	if (now == before)
		return;
	log_notice("vrrp", "(%s) Changing effective priority from %u to %u%s%s", r->conf.name, before, now,
		   r->track_why[0] ? " because of " : "", r->track_why);
	router_step(r, VRRP_EV_PRIORITY, NULL);
	router_changed(r);
}

void vrrp_router_track(struct vrrp_router *r, struct track_share share, const char *why)
{
	bool looks = r->track.fault != share.fault || r->track.wait != share.wait;

	text_copy(r->track_why, sizeof(r->track_why), why);
	r->track = share;
	router_set_priority(r, r->fsm.priority);
	if (looks)
		router_look(r);
}

void vrrp_router_static_fault(struct vrrp_router *r, bool fault)
{
	if (r->static_fault == fault)
		return;
	r->static_fault = fault;
	router_look(r);
}

/* ---- the end ---- */

static void stop_complete(void *user)
{
	struct vrrp_router *r = user;
	void (*done)(void *user) = r->stop_done;

	r->stopping = false;
	if (done)
		done(r->stop_user); /* may free r */
}

void router_job_finished(struct vrrp_router *r)
{
	r->addr_jobs--;
	if (r->stopping && r->addr_jobs == 0)
		loop_item_post(r->env.loop, &r->stop_item);
}

void vrrp_router_stop(struct vrrp_router *r, void (*done)(void *user), void *user)
{
	r->stop_done = done;
	r->stop_user = user;
	r->stopping = true;
	if (r->started) {
		r->started = false;
		router_step(r, VRRP_EV_STOP, NULL);
		router_link_stop(r);
		if (r->has_packet)
			vrrp_packet_put(r->env.nl);
	}
	loop_timer_stop(r->env.loop, &r->timer);
	router_keeps_stop(r);
	router_vmacs_stop(r);
	router_fence_end(r);
	if (r->addr_jobs == 0)
		loop_item_post(r->env.loop, &r->stop_item);
}

void vrrp_router_free(struct vrrp_router *r)
{
	if (!r)
		return;
	loop_item_cancel(r->env.loop, &r->stop_item);
	vrrp_spread_leave(&r->place);
	keeper_free(r->keeper);
	router_vmacs_free(r);
	router_conf_release(r);
	free(r);
}

/* ---- the beginning ---- */

struct vrrp_router *vrrp_router_new(const struct vrrp_env *env, const struct vrrp_conf *conf)
{
	struct vrrp_router *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	if (!router_conf_take(r, conf)) {
		free(r);
		return NULL;
	}
	r->env = *env;
	r->tx = -1;
	r->left_init_at = USEC_NEVER;
	struct vrrp_fsm_conf fc = router_fsm_conf(r);
	vrrp_fsm_init(&r->fsm, &fc);
	loop_timer_init(&r->timer, LOOP_URGENT, timer_fired, r);
	damp_init(&r->damp, &conf->flap);
	vrrp_ah_init(&r->ah, wall_now());
	loop_item_init(&r->stop_item, stop_complete, r);
	router_addrs_init(r);
	router_garp_init(r);
	router_keeps_set(r, conf->keeps, conf->n_keeps);
	return r;
}

void vrrp_router_start(struct vrrp_router *r, bool adopt, bool may_hold)
{
	int err = vrrp_packet_get();

	if (err)
		log_err("vrrp", "(%s) kernel refused a packet socket, so addresses will not be announced: %s",
			r->conf.name, strerror(err));
	r->has_packet = err == 0;
	r->how = adopt ? VRRP_EV_ADOPT : VRRP_EV_START;
	r->held_before = may_hold || adopt;
	r->entered_at = mono_now();
	r->started = true;
	router_fence(r);
	router_vmacs_start(r);
	router_link_start(r);
}

void vrrp_router_sum_old(struct vrrp_router *r)
{
	r->old_checksum = true;
}

/* ---- what readers see ---- */

bool vrrp_router_sums_old(const struct vrrp_router *r)
{
	return r->old_checksum;
}

const struct vrrp_conf *vrrp_router_conf(const struct vrrp_router *r)
{
	return &r->conf;
}

static void report_master(const struct vrrp_router *r, struct vrrp_report *out)
{
	bool ours = r->fsm.state == VRRP_MASTER;

	if (!is_running(r->fsm.state))
		return;
	out->master = ours ? r->source : r->fsm.master.source;
	out->master_priority = ours ? r->fsm.priority : r->fsm.master.priority;
}

void vrrp_router_report(const struct vrrp_router *r, struct vrrp_report *out)
{
	*out = (struct vrrp_report){ .state = r->fsm.state, .reason = r->fsm.reason, .faults = r->faults,
		.priority = r->fsm.priority, .ifindex = r->ifindex, .primary = r->source,
		.master_adver_int = r->fsm.master_adver_int, .skew = vrrp_skew_time(&r->fsm),
		.master_down_interval = vrrp_master_down_interval(&r->fsm), .left_init_at = r->left_init_at,
		.last_reject = (uint8_t)r->last_reject, .master_reason = r->master_reason,
		.entered_at = r->entered_at, .vips_installed = router_addrs_held(r), .counters = r->counters,
		.damped = r->fsm.damped, .guilt = damp_guilt(&r->damp, mono_now()),
		.damped_until = damp_until(&r->damp) };
	const uint8_t mac[6] = { 0, 0, 0x5e, 0, r->conf.key.family == AF_INET ? 1 : 2, r->conf.key.vrid };

	memcpy(out->mac, mac, sizeof(mac));
	out->counters.flaps = r->damp.falls;
	out->counters.dampings = r->damp.dampings;
	text_copy(out->fault_text, sizeof(out->fault_text), router_fault_text(r));
	report_master(r, out);
	router_keeps_report(r, out);
	out->vmacs_mended = router_vmacs_mended(r);
}
