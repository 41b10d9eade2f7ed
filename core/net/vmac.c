/*
 * The loop's side of a VMAC (vmac.h). Owns what is known of the interface; relies on netmon for what the kernel says of it.
 */
#include "config.h"

#include "core/net/vmac.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/if_addr.h>

#include "core/base/log.h"
#include "core/base/text.h"
#include "core/net/addr_job.h"
#include "core/net/vmac_job.h"

#define RETRY_AFTER (5 * USEC_PER_SEC)

struct vmac {
	struct vmac_env env;
	struct vmac_conf conf;
	struct netmon_observer observer;
	struct loop_timer retry;
	struct loop_item stopped;
	bool up;      /* wanted */
	bool known;   /* made or adopted */
	bool held;    /* the parent's settings are changed for it */
	bool busy;    /* with more than going up or down */
	bool failed, ending;
	unsigned jobs;
	uint64_t mended;
	void (*done)(void *user);
	void *user;
};

static void look(struct vmac *v);

static void tell_changed(struct vmac *v)
{
	if (v->env.changed && !v->ending)
		v->env.changed(v->env.user);
}

static void say_failed(struct vmac *v, const char *why)
{
	if (!v->failed)
		log_err("net", "(%s) interface %s with the virtual MAC cannot be had: %s; trying again every 5 s", v->conf.owner,
		        v->conf.name, why);
	v->failed = true;
	loop_timer_set(v->env.loop, &v->retry, usec_add(mono_now(), RETRY_AFTER));
	tell_changed(v);
}

/* The kernel's words alone lead nowhere where an interface takes one kind of them only. */
static void say_refused(struct vmac *v, int err)
{
	char text[160];
	size_t len = 0;

	text_append(text, sizeof(text), &len, "%s", strerror(err));
	if (err == EBUSY)
		text_append(text, sizeof(text), &len,
		            " (macvlan and ipvlan exclude each other on an interface; a bridge's port takes neither)");
	say_failed(v, text);
}

/* ---- jobs ---- */

static void finish_job(struct vmac *v)
{
	v->jobs--;
	if (v->ending && v->jobs == 0)
		loop_item_post(v->env.loop, &v->stopped);
}

/* Its own address, where the file gives it one: from when it is there on, whatever the state. */
static void hold_address(struct vmac *v)
{
	const struct net_link *have = netmon_link_by_name(v->env.netmon, v->conf.name);
	struct addr_op op = { .kind = ADDR_ADD, .ifindex = have ? have->ifindex : 0, .prefix = v->conf.addr,
		.flags = v->conf.addr.addr.family == AF_INET6 ? IFA_F_NODAD : 0 };

	if (!addr_is_set(&v->conf.addr.addr) || !have || !have->up || !v->known || v->ending ||
	    netmon_has_addr(v->env.netmon, have->ifindex, &v->conf.addr))
		return;
	if (addr_job_submit(v->env.nl, LOOP_URGENT, &op, 1, NULL, NULL) != 0)
		log_err("net", "(%s) no memory for the address of interface %s", v->conf.owner, v->conf.name);
}

static void on_done(void *user, struct vmac_job *j)
{
	struct vmac *v = user;
	const unsigned whole = VMAC_MAKE | VMAC_MEND | VMAC_ADOPT | VMAC_REMOVE;

	if (j->steps & whole)
		v->busy = false;
	if (j->no_group)
		log_warn("net", "(%s) interface %s is in no group: none of iproute2's files knows '%s'", v->conf.owner, v->conf.name,
		         v->conf.group.name);
	if (j->steps & (VMAC_MAKE | VMAC_ADOPT) && (!j->err || j->steps & VMAC_ADOPT)) {
		v->known = true;
		v->held = !j->last;
	}
	/* Going up or down meets nobody where another hand has just removed it: that is mended when the news comes. */
	if (j->err && !v->ending && !(j->err == ENODEV && !(j->steps & whole)))
		say_refused(v, j->err);
	else if (!j->err && j->steps & whole)
		v->failed = false;
	if (j->steps & whole) {
		hold_address(v);
		tell_changed(v);
	}
	finish_job(v);
}

static void submit(struct vmac *v, unsigned steps, const struct net_link *have, const struct net_link *parent,
                   const struct net_link *vrf, bool last)
{
	struct vmac_job j = { .conf = v->conf, .dirs = v->env.dirs, .steps = steps, .ifindex = have ? have->ifindex : 0,
		.parent = parent ? parent->ifindex : 0, .vrf = vrf ? vrf->ifindex : 0, .held = v->held, .last = last, .done = on_done,
		.user = v };

	if (have)
		memcpy(j.alias, have->alias, sizeof(j.alias));
	if (vmac_job_submit(v->env.nl, &j) == 0)
		v->jobs++;
	else
		say_failed(v, "no memory");
}

/* ---- what there is ---- */

static void log_mend(struct vmac *v, unsigned steps, const struct net_link *have)
{
	if (!v->known)
		return;
	if (steps & VMAC_MAKE)
		log_warn("net", "(%s) somebody %s interface %s: making it again", v->conf.owner, have ? "changed" : "removed",
		         v->conf.name);
	else if (steps & VMAC_MEND)
		log_warn("net", "(%s) somebody changed interface %s: setting MAC, mode and VRF again", v->conf.owner, v->conf.name);
	v->mended += (steps & (VMAC_MAKE | VMAC_MEND)) != 0;
}

/* The VRF that it belongs to: the one that the file names, or else its parent's. NULL: none. */
static const struct net_link *vrf_of(const struct vmac *v, const struct net_link *parent)
{
	const struct net_link *vrf;

	if (v->conf.vrf[0])
		return netmon_link_by_name(v->env.netmon, v->conf.vrf);
	vrf = parent && parent->master ? netmon_link_by_index(v->env.netmon, parent->master) : NULL;
	return vrf && strcmp(vrf->kind, "vrf") == 0 ? vrf : NULL;
}

static void look(struct vmac *v)
{
	const struct net_link *have = netmon_link_by_name(v->env.netmon, v->conf.name);
	const struct net_link *parent = netmon_link_by_name(v->env.netmon, v->conf.parent);
	const struct net_link *vrf = vrf_of(v, parent);

	if (v->busy || v->ending || !netmon_is_ready(v->env.netmon))
		return;
	unsigned steps = vmac_plan(&v->conf, have, parent, vrf, v->up, v->known);

	if (steps == 0)
		hold_address(v);
	if (steps & VMAC_TAKEN)
		say_failed(v, "somebody else's interface has that name: name another behind use_vmac");
	if (steps == 0 || steps & (VMAC_TAKEN | VMAC_WAIT))
		return;
	log_mend(v, steps, have);
	v->busy = (steps & (VMAC_MAKE | VMAC_MEND | VMAC_ADOPT | VMAC_REMOVE)) != 0;
	submit(v, steps, have, parent, vrf, false);
}

static void on_ready(void *user)
{
	look(user);
}

static void on_link(void *user, const struct net_link *link, bool gone)
{
	struct vmac *v = user;

	(void)gone;
	if (strcmp(link->name, v->conf.name) == 0 || strcmp(link->name, v->conf.parent) == 0 ||
	    strcmp(link->name, v->conf.vrf) == 0)
		look(v);
}

static void on_addr(void *user, const struct net_addr *a, bool gone)
{
	struct vmac *v = user;

	if (gone && addr_cmp(&a->prefix.addr, &v->conf.addr.addr) == 0)
		look(v);
}

static void on_retry(void *user)
{
	look(user);
}

/* ---- commands ---- */

void vmac_raise(struct vmac *v, bool up)
{
	up = up || addr_is_set(&v->conf.addr.addr);
	if (v->up == up)
		return;
	v->up = up;
	if (v->known || v->busy)
		submit(v, up ? VMAC_UP : VMAC_DOWN, NULL, NULL, NULL, false);
}

bool vmac_failed(const struct vmac *v)
{
	return v->failed;
}

uint64_t vmac_mended(const struct vmac *v)
{
	return v->mended;
}

const struct vmac_conf *vmac_conf(const struct vmac *v)
{
	return &v->conf;
}

static void stop_complete(void *user)
{
	struct vmac *v = user;

	if (v->done)
		v->done(v->user); /* may free v */
}

void vmac_stop(struct vmac *v, void (*done)(void *user), void *user)
{
	const struct net_link *have = netmon_link_by_name(v->env.netmon, v->conf.name);

	v->done = done;
	v->user = user;
	v->ending = true;
	netmon_unobserve(v->env.netmon, &v->observer);
	loop_timer_stop(v->env.loop, &v->retry);
	if (v->known || v->busy)
		submit(v, VMAC_REMOVE, have, NULL, NULL, v->held || v->busy);
	if (v->jobs == 0)
		loop_item_post(v->env.loop, &v->stopped);
}

struct vmac *vmac_new(const struct vmac_env *env, const struct vmac_conf *conf, bool up)
{
	struct vmac *v = calloc(1, sizeof(*v));

	if (!v)
		return NULL;
	v->env = *env;
	v->conf = *conf;
	v->up = up || addr_is_set(&conf->addr.addr);
	loop_timer_init(&v->retry, LOOP_QUEUED, on_retry, v);
	loop_item_init(&v->stopped, stop_complete, v);
	v->observer = (struct netmon_observer){ .ready = on_ready, .link = on_link, .addr = on_addr, .user = v };
	netmon_observe(env->netmon, &v->observer);
	look(v);
	return v;
}

void vmac_free(struct vmac *v)
{
	if (!v)
		return;
	netmon_unobserve(v->env.netmon, &v->observer);
	loop_timer_stop(v->env.loop, &v->retry);
	loop_item_cancel(v->env.loop, &v->stopped);
	free(v);
}

/* ---- a former life's ---- */

struct sweep {
	struct nl *nl;
	struct netmon *netmon;
	const struct vmac_conf *wanted;
	size_t n;
};

static void sweep_one(void *user, const struct net_link *l)
{
	const struct sweep *s = user;
	const struct net_link *parent = netmon_link_by_index(s->netmon, l->parent);
	struct vmac_job j = { .steps = VMAC_ADOPT | VMAC_REMOVE, .ifindex = l->ifindex, .last = true };

	if (strncmp(l->alias, VMAC_ALIAS, sizeof(VMAC_ALIAS) - 1) != 0 || !parent)
		return;
	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->wanted[i].name, l->name) == 0)
			return;
	log_notice("net", "removing interface %s: a former life of this daemon made it and the file has it no more", l->name);
	memcpy(j.conf.name, l->name, sizeof(j.conf.name));
	memcpy(j.conf.parent, parent->name, sizeof(j.conf.parent));
	memcpy(j.alias, l->alias, sizeof(j.alias));
	(void)vmac_job_submit(s->nl, &j);
}

void vmac_sweep(struct nl *nl, struct netmon *m, const struct vmac_conf *wanted, size_t n)
{
	struct sweep s = { nl, m, wanted, n };

	netmon_each_link(m, sweep_one, &s);
}
