/*
 * The fixtures: a keeper for the static objects, the monitor of routes that all keepers share, and the fence of no_accept.
 */
#include "config.h"

#include "core/fixtures.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/log.h"
#include "core/base/text.h"
#include "core/bind_keep.h"
#include "core/bind_vmac.h"
#include "core/net/keep_job.h"

bool fixtures_fault(const struct runtime *rt, const char *instance)
{
	for (size_t i = 0; i < rt->conf->n_track_groups; i++) {
		const struct conf_group *g = &rt->conf->track_groups[i];

		for (size_t m = 0; m < g->n_members; m++)
			if (strcmp(g->members[m], instance) == 0 && keeper_misses(rt->fixtures, g->name))
				return true;
	}
	return false;
}

static void on_changed(void *user)
{
	struct runtime *rt = user;
	struct rt_router *r, *tmp;

	if (!rt->begun || rt->stop_wanted)
		return;
	HASH_ITER(hh, rt->routers, r, tmp)
		if (r->conf && !r->leaving)
			vrrp_router_static_fault(r->vr, fixtures_fault(rt, r->conf->name));
	publish_daemon(rt);
}

bool fixtures_init(struct runtime *rt)
{
	struct keeper_env env = { .loop = rt->loop, .nl = rt->nl, .netmon = rt->netmon, .cls = LOOP_QUEUED, .name = "static",
		.changed = on_changed, .user = rt };

	rt->routemon = routemon_new(rt->nl);
	rt->vrrp_env.routemon = rt->routemon;
	env.routemon = rt->routemon;
	env.former_life = state_kept(rt->state);
	bind_rt_dirs(rt->conf, &env.dirs);
	rt->fixtures = rt->routemon ? keeper_new(&env) : NULL;
	rt->fence = fence_new(rt->loop, rt->nl);
	rt->vrrp_env.fence = rt->fence;
	return rt->fixtures && rt->fence;
}

/* Everything that the file names, so that what a former life left can be told from it. */
static void sweep(struct runtime *rt, const struct keep_list *fixed)
{
	size_t n = fixed->n;
	struct keep_item *all;

	for (size_t i = 0; i < rt->conf->n_vrrp; i++)
		n += rt->conf->vrrp[i].routes.n + rt->conf->vrrp[i].rules.n;
	all = calloc(n + 1, sizeof(*all));
	if (!all)
		return;
	memcpy(all, fixed->items, fixed->n * sizeof(*all));
	n = fixed->n;
	for (size_t i = 0; i < rt->conf->n_vrrp; i++) {
		struct keep_list virtual;

		if (!bind_virtual_keeps(&rt->conf->vrrp[i], &virtual))
			continue;
		memcpy(all + n, virtual.items, virtual.n * sizeof(*all));
		n += virtual.n;
		free(virtual.items);
	}
	log_info("net", "a former life had routes or rules in the kernel: removing those that the file names no more");
	keep_job_sweep(rt->nl, all, n, &rt->vrrp_env.dirs);
	free(all);
}

/* Interfaces bear our mark by themselves. */
static void sweep_vmacs(struct runtime *rt)
{
	size_t n;
	struct vmac_conf *wanted = bind_all_vmacs(rt->conf, &n);

	vmac_sweep(rt->nl, rt->netmon, wanted, n);
	free(wanted);
}

/* Does the file name any route or rule? Then the next life may find some. */
static bool has_routes(const struct conf *c)
{
	bool any = c->n_addresses || c->routes.n || c->rules.n;

	for (size_t i = 0; i < c->n_vrrp; i++)
		any = any || c->vrrp[i].routes.n || c->vrrp[i].rules.n;
	return any;
}

void fixtures_apply(struct runtime *rt)
{
	struct fence_conf fence;
	struct keep_list list;

	bind_fence(rt->conf, &fence);
	fence_configure(rt->fence, &fence);
	bind_rt_dirs(rt->conf, &rt->vrrp_env.dirs);
	if (!bind_static_keeps(rt->conf, &list)) {
		log_err("net", "no memory for static addresses, routes and rules");
		return;
	}
	if (!rt->begun)
		sweep_vmacs(rt);
	if (!rt->begun && state_kept(rt->state))
		sweep(rt, &list);
	if (has_routes(rt->conf))
		state_set_kept(rt->state, true);
	keeper_set(rt->fixtures, list.items, list.n);
	keeper_hold(rt->fixtures, true);
	free(list.items);
}

void fixtures_stop(struct runtime *rt, void (*done)(void *user), void *user)
{
	state_set_kept(rt->state, false);
	keeper_stop(rt->fixtures, done, user);
}

void fixtures_free(struct runtime *rt)
{
	fence_free(rt->fence);
	keeper_free(rt->fixtures);
	routemon_free(rt->routemon);
}
