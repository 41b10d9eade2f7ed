/*
 * A new configuration takes effect: object by object, in slices that leave the loop its millisecond, by the diff that a worker
 * made. Only what changed is touched; what did not is pointed to its counterpart in the new tree, while the old one lives on
 * until nobody points there any more.
 *
 * Order: services and probes first, then virtual routers, so that a router that becomes MASTER at once finds its services; one
 * commit to the kernel at the end. Of the first configuration nothing goes to the kernel's table before that commit, which is
 * compared with the whole of it; its routers, once the services are there, are made in one go, so that members of a sync group
 * begin together.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/announce.h"
#include "core/base/log.h"
#include "core/bfds.h"
#include "core/bind.h"
#include "core/doubt.h"
#include "core/fixtures.h"
#include "core/groups.h"
#include "core/runtime.h"
#include "core/igmp.h"
#include "core/vrrp/port.h"
#include "core/track.h"

#define SLICE ((usec_t)250)
#define SLICE_FIRST (4 * USEC_PER_MS) /* nothing runs yet that has a deadline */
#define LOOK_EVERY 2 /* steps between two looks at the clock */

enum phase { PHASE_SERVICES, PHASE_SERVICES_GONE, PHASE_ROUTERS_GONE, PHASE_ROUTERS, PHASE_END };

struct rt_apply {
	struct loop_item item;
	struct runtime *rt;
	const struct conf *before; /* NULL: this is the first */
	struct conf_diff *diff;    /* NULL with it: everything is new */
	bool rebind;               /* services may mean something else by what is around them */
	enum phase phase;
	size_t at;
	struct service_part part; /* of the service there */
	unsigned steps, restarted;
	apply_done_fn *done;
};

static bool step_service(struct rt_apply *a)
{
	const struct conf *c = a->rt->conf;
	const struct conf_diff *d = a->diff;

	if (a->at >= c->n_expanded)
		return false;
	if (!reconcile_service(a->rt, &c->expanded[a->at], d && d->expanded[a->at].same && !a->rebind, &a->part))
		a->at++;
	return true;
}

static bool step_service_gone(struct rt_apply *a)
{
	const struct conf_diff *d = a->diff;

	if (!d || a->at >= d->n_expanded_gone)
		return false;
	if (!reconcile_service_gone(a->rt, &d->expanded_gone[a->at]->key))
		a->at++;
	return true;
}

/* One object of the phase, or a part of a service; false where there is none left. */
static bool step(struct rt_apply *a)
{
	const struct conf *c = a->rt->conf;
	const struct conf_diff *d = a->diff;
	size_t i = a->at;

	a->steps++;
	switch (a->phase) {
	case PHASE_SERVICES:
		return step_service(a);
	case PHASE_SERVICES_GONE:
		return step_service_gone(a);
	case PHASE_ROUTERS_GONE:
		a->at++;
		if (d && i < d->n_vrrp_gone)
			reconcile_router_gone(a->rt, &d->vrrp_gone[i]->key);
		return d && i < d->n_vrrp_gone;
	case PHASE_ROUTERS:
		a->at++;
		if (i < c->n_vrrp)
			a->restarted += reconcile_router(a->rt, &c->vrrp[i]);
		return i < c->n_vrrp;
	default:
		return false;
	}
}

static void set_buffers(struct runtime *rt)
{
	struct nl_buffer route, ipvs, monitor;

	bind_buffers(rt->conf, &route, &ipvs, &monitor);
	nl_set_buffers(rt->nl, &route, &ipvs);
	nl_monitor_set_buffer(netmon_monitor(rt->netmon), &monitor);
	track_processes_buffer(rt);
}

static void settle(struct runtime *rt)
{
	struct wire_settings settings;

	groups_sync(rt);
	vrrp_port_log_unknown(rt->conf->global.vrrp.log_unknown_vrids);
	vrrp_igmp_quiet(rt->nl, rt->state, rt->conf->global.vrrp.no_igmp);
	track_hold_files(rt);
	track_end(rt);
	bfds_end(rt);
	react_set_sync_role(rt);
	suspend_check_all(rt);
	rt->begun = true;
	ipvs_hold(rt->ipvs, false);
	ipvs_commit(rt->ipvs, LOOP_QUEUED);
	bind_settings(rt->conf, rt->opt->agentx, rt->opt->detail, &settings);
	agent_proc_set_agentx(rt->proc, settings.agentx);
	agent_link_settings(rt->link, &settings);
	set_buffers(rt);
	reload_time_set(rt->reload_time, rt->conf->global.reload.time_file, rt->conf->global.reload.repeat);
	publish_daemon(rt);
}

static void end(struct rt_apply *a)
{
	struct runtime *rt = a->rt;

	settle(rt);
	rt->apply = NULL;
	a->done(rt, a->diff, a->restarted);
	conf_diff_free(a->diff);
	if (a->before)
		trees_retire(rt, a->before);
	free(a);
}

static bool may_pause(const struct rt_apply *a)
{
	return a->steps % LOOK_EVERY == 0 && (a->before || a->phase == PHASE_SERVICES);
}

static void run(void *user)
{
	struct rt_apply *a = user;
	usec_t until;

	a->part.now = mono_now();
	until = usec_add(a->part.now, a->before ? SLICE : SLICE_FIRST);
	while (a->phase != PHASE_END) {
		if (step(a)) {
			if (may_pause(a) && mono_now() >= until) {
				loop_item_post(a->rt->loop, &a->item);
				return;
			}
			continue;
		}
		a->phase++;
		a->at = 0;
		if (a->phase == PHASE_ROUTERS_GONE)
			track_begin(a->rt);
		if (a->phase == PHASE_ROUTERS_GONE && !a->before)
			reconcile_orphans(a->rt);
		if (a->phase == PHASE_ROUTERS) {
			doubt_apply(a->rt);
			fixtures_apply(a->rt);
		}
	}
	end(a);
}

/* Is anything changed but services and their servers? */
static bool changed_around(const struct conf_diff *d)
{
	for (int o = 0; o < CONF_OBJECTS; o++)
		for (int k = 0; k < CONF_CHANGES; k++)
			if (d->count[o][k] && o != CONF_OBJECT_SERVICE && o != CONF_OBJECT_SERVER)
				return true;
	return false;
}

static void configure_ipvs(struct runtime *rt)
{
	struct ipvs_settings s;

	bind_ipvs(rt->conf, &s);
	ipvs_configure(rt->ipvs, &s);
	settings_new_conf(rt, !rt->begun);
}

/* Before anything of it begins, since what begins may have something to tell. */
static void configure_scripts(struct runtime *rt)
{
	const struct conf_global_scripts *c = &rt->conf->global.scripts;

	scripts_conf_read(rt->script_runs, true);
	scripts_configure(rt->script_runs, c->all_groups, c->symlinks, c->security);
	announce_conf(rt->announce);
}

static struct rt_apply *apply_new(struct runtime *rt, apply_done_fn *done)
{
	struct rt_apply *a = calloc(1, sizeof(*a));

	if (!a)
		abort();
	a->rt = rt;
	a->done = done;
	loop_item_init(&a->item, run, a);
	rt->apply = a;
	return a;
}

void apply_first(struct runtime *rt, apply_done_fn *done)
{
	configure_scripts(rt);
	configure_ipvs(rt);
	bfds_begin(rt);
	ipvs_hold(rt->ipvs, true);
	run(apply_new(rt, done));
}

void apply_conf(struct runtime *rt, const struct conf *conf, struct conf_diff *diff, apply_done_fn *done)
{
	struct rt_apply *a = apply_new(rt, done);

	a->before = rt->conf;
	a->diff = diff;
	a->rebind = changed_around(diff);
	rt->conf = conf;
	configure_scripts(rt);
	configure_ipvs(rt);
	bfds_begin(rt);
	loop_item_post(rt->loop, &a->item);
}

void apply_finish_service(struct runtime *rt)
{
	while (rt->apply && rt->apply->part.service)
		step(rt->apply);
}

void apply_stop(struct runtime *rt)
{
	apply_finish_service(rt);
	if (rt->apply)
		loop_item_cancel(rt->loop, &rt->apply->item);
}

void apply_free(struct runtime *rt)
{
	struct rt_apply *a = rt->apply;

	if (!a)
		return;
	loop_item_cancel(rt->loop, &a->item);
	rt->apply = NULL;
	conf_diff_free(a->diff);
	if (a->before)
		trees_retire(rt, a->before);
	free(a);
}
