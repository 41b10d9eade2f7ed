/*
 * A virtual router's routes and rules: a keeper (core/net/keeper.h), on while MASTER. Queued behind the addresses when they come, which
 * routes may name as their source, and before them when they go.
 */
#include "config.h"

#include "core/vrrp/router_priv.h"

#include "core/base/text.h"

/* Lost for good as far as we can tell: others get their turn. Who becomes MASTER all the same does what it can: a refusal then is
 * only logged. */
#define TAKEN_FAULT (5 * USEC_PER_SEC)

static void on_changed(void *user)
{
	router_changed(user);
	router_look(user);
}

static void on_taken(void *user)
{
	struct vrrp_router *r = user;

	if (r->fsm.state != VRRP_MASTER)
		return;
	r->keep_fault = true;
	loop_timer_set(r->env.loop, &r->keep_timer, usec_add(mono_now(), TAKEN_FAULT));
	router_look(r);
}

static void forgive(void *user)
{
	struct vrrp_router *r = user;

	r->keep_fault = false;
	router_look(r);
}

bool router_keeps_fault(const struct vrrp_router *r)
{
	return r->keep_fault || (r->keeper && keeper_is_cut_off(r->keeper));
}

static void make_keeper(struct vrrp_router *r)
{
	/* As with addresses: what the file calls the MASTER's is the MASTER's, whoever put it there. */
	struct keeper_env env = { .loop = r->env.loop, .nl = r->env.nl, .netmon = r->env.netmon, .routemon = r->env.routemon,
		.dirs = r->env.dirs, .cls = LOOP_URGENT, .former_life = true, .changed = on_changed, .taken = on_taken, .user = r };

	text_copy(env.name, sizeof(env.name), r->conf.name);
	loop_timer_init(&r->keep_timer, LOOP_URGENT, forgive, r);
	r->keeper = keeper_new(&env);
	if (!r->keeper)
		log_err("vrrp", "(%s) no memory for its routes and rules", r->conf.name);
}

void router_keeps_set(struct vrrp_router *r, const struct keep_item *items, size_t n)
{
	if (!r->keeper && n > 0 && r->env.routemon)
		make_keeper(r);
	if (!r->keeper)
		return;
	keeper_set(r->keeper, items, n);
	keeper_hold(r->keeper, r->fsm.state == VRRP_MASTER);
}

void router_keeps_hold(struct vrrp_router *r, bool on)
{
	if (r->keeper)
		keeper_hold(r->keeper, on);
}

void router_keeps_clear(struct vrrp_router *r)
{
	if (r->keeper)
		keeper_clear(r->keeper);
}

static void on_stopped(void *user)
{
	router_job_finished(user);
}

void router_keeps_stop(struct vrrp_router *r)
{
	if (!r->keeper)
		return;
	loop_timer_stop(r->env.loop, &r->keep_timer);
	r->addr_jobs++;
	keeper_stop(r->keeper, on_stopped, r);
}

void router_keeps_report(const struct vrrp_router *r, struct vrrp_report *out)
{
	struct keeper_counts counts = { 0 };

	if (r->keeper)
		keeper_counts(r->keeper, &counts);
	out->keeps = counts.wanted;
	out->keeps_installed = counts.held;
	out->counters.addresses_restored += counts.restored;
	out->counters.refusals += counts.refused;
}
