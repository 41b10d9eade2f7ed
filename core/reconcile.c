/*
 * One object at a time from the configuration into what runs: what is gone is stopped, what is new is made, what is in both is
 * repointed and told, and decides itself whether anything differs. In which order, and which ones: apply.c.
 */
#include "config.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "core/announce.h"
#include "core/base/log.h"
#include "core/base/text.h"
#include "core/bind.h"
#include "core/fixtures.h"
#include "core/groups.h"
#include "core/net/addr_job.h"
#include "core/runtime.h"
#include "core/track.h"

/* ---- virtual routers ---- */

static const char *group_of(const struct conf *c, const char *instance)
{
	for (size_t i = 0; i < c->n_groups; i++)
		for (size_t j = 0; j < c->groups[i].n_members; j++)
			if (strcmp(c->groups[i].members[j], instance) == 0)
				return c->groups[i].name;
	return "";
}

static void router_start(struct rt_router *r)
{
	struct state_vr was = state_vr_get(r->rt->state, &r->key);
	struct vrrp_report rep;

	vrrp_router_report(r->vr, &rep);
	usec_t silent = boot_now() - was.last_advert;
	bool adopt = was.known && was.master && silent >= 0 && silent < rep.master_down_interval - rep.master_adver_int;

	if (was.known && was.master)
		log_info("vrrp", "(%s) a former life was MASTER, its last advert %.3f s ago: %s", r->conf->name, (double)silent / 1e6,
		         adopt ? "going on as MASTER" : "starting as BACKUP, its addresses stay until a master is heard");
	r->slot = state_vr_slot(r->rt->state, &r->key);
	if (was.old_checksum)
		vrrp_router_sum_old(r->vr);
	vrrp_router_start(r->vr, adopt, was.known && was.master);
}

static void router_make(struct runtime *rt, const struct conf_vrrp *c)
{
	struct rt_router *r = calloc(1, sizeof(*r));
	struct vrrp_conf vc;

	if (!r || !bind_vrrp(rt->conf, c, &vc)) {
		free(r);
		return;
	}
	r->key = c->key;
	r->rt = rt;
	r->conf = c;
	r->group = group_of(rt->conf, c->name);
	bind_vrrp_around(rt->conf, c, r->group[0] != '\0', &vc);
	r->vr = vrrp_router_new(&rt->vrrp_env, &vc);
	bind_vrrp_free(&vc);
	if (!r->vr) {
		log_err("vrrp", "(%s) cannot be made: no memory", c->name);
		free(r);
		return;
	}
	HASH_ADD(hh, rt->routers, key, sizeof(r->key), r);
	vrrp_router_static_fault(r->vr, fixtures_fault(rt, c->name));
	track_bind(r);
	router_start(r);
	publish_router_anew(r);
}

static const struct conf_vrrp *conf_with_key(const struct conf *c, const struct vr_key *k)
{
	for (size_t i = 0; i < c->n_vrrp; i++)
		if (vr_key_cmp(&c->vrrp[i].key, k) == 0)
			return &c->vrrp[i];
	return NULL;
}

/* The kernel has taken the addresses away: the router may go; one of the same key that the file has now takes its place. */
static void router_ended(void *user)
{
	struct rt_router *r = user;
	struct runtime *rt = r->rt;
	const struct conf_vrrp *again = rt->stop_wanted ? NULL : conf_with_key(rt->conf, &r->key);

	state_vr_forget(rt->state, &r->key);
	publish_drop_router(r);
	HASH_DEL(rt->routers, r);
	vrrp_router_free(r->vr);
	free(r);
	if (!again)
		return;
	router_make(rt, again);
	groups_sync(rt);
}

static void router_leave(struct rt_router *r)
{
	if (r->leaving)
		return;
	r->leaving = true;
	groups_forget(r);
	track_unbind(r);
	vrrp_router_stop(r->vr, router_ended, r);
}

/* Lists mostly agree in order: the search begins where the last one ended. */
static bool has_vip(const struct vrrp_conf *c, const struct vrrp_vip *v, size_t *at)
{
	for (size_t tried = 0; tried < c->n_vips; tried++) {
		size_t i = (*at + tried) % c->n_vips;
		if (prefix_cmp(&c->vips[i].prefix, &v->prefix) == 0 && strcmp(c->vips[i].dev, v->dev) == 0) {
			*at = i + 1;
			return true;
		}
	}
	return false;
}

/* Addresses that the file has no more are removed by the router; what bears them after that is another's. */
static void forget_vips(struct rt_router *r, const struct vrrp_conf *now)
{
	const struct vrrp_conf *before = vrrp_router_conf(r->vr);
	size_t at = 0;

	for (size_t i = 0; i < before->n_vips; i++)
		if (!has_vip(now, &before->vips[i], &at))
			react_note_vip(r->rt, before, &before->vips[i], false);
}

static bool router_reconf(struct rt_router *r, const struct vrrp_conf *vc)
{
	struct vrrp_report rep;

	forget_vips(r, vc);
	if (!vrrp_router_reconf(r->vr, vc))
		return false;
	vrrp_router_report(r->vr, &rep);
	if (rep.state == VRRP_MASTER)
		react_note_vips(r, true);
	return true;
}

bool reconcile_router(struct runtime *rt, const struct conf_vrrp *c)
{
	struct rt_router *r = runtime_router(rt, &c->key);
	struct vrrp_conf vc;
	bool kept;

	if (!r) {
		router_make(rt, c);
		return false;
	}
	r->conf = c;
	r->group = group_of(rt->conf, c->name);
	if (r->leaving || !bind_vrrp(rt->conf, c, &vc))
		return false; /* router_ended() makes the new one */
	bind_vrrp_around(rt->conf, c, r->group[0] != '\0', &vc);
	kept = router_reconf(r, &vc);
	bind_vrrp_free(&vc);
	if (kept) {
		track_bind(r);
		publish_router_anew(r);
	} else {
		router_leave(r);
	}
	return !kept;
}

void reconcile_router_gone(struct runtime *rt, const struct vr_key *k)
{
	struct rt_router *r = runtime_router(rt, k);

	if (!r)
		return;
	if (r->conf)
		announce_router_deleted(rt->announce, r, r->conf);
	r->conf = NULL;
	r->group = "";
	router_leave(r);
}

/* ---- addresses of a former life that no router claims any more ---- */

/* What the file's routers put on which interface, as the state page has it. */
static struct state_addr *list_claims(const struct conf *c, size_t *n)
{
	struct state_addr *all = NULL;

	*n = 0;
	for (size_t i = 0; i < c->n_vrrp; i++) {
		struct vrrp_conf vc;

		if (!bind_vrrp(c, &c->vrrp[i], &vc))
			abort();
		all = reallocarray(all, *n + vc.n_vips + 1, sizeof(*all));
		if (!all)
			abort();
		for (size_t j = 0; j < vc.n_vips; j++) {
			struct state_addr *a = &all[(*n)++];

			memset(a, 0, sizeof(*a));
			a->prefix = vc.vips[j].prefix;
			text_copy(a->ifname, sizeof(a->ifname), vc.vips[j].dev[0] ? vc.vips[j].dev : vc.key.ifname);
		}
		bind_vrrp_free(&vc);
	}
	return all;
}

static bool claimed(const struct state_addr *claims, size_t n, const struct state_addr *a)
{
	for (size_t i = 0; i < n; i++)
		if (prefix_cmp(&claims[i].prefix, &a->prefix) == 0 && strncmp(claims[i].ifname, a->ifname, sizeof(a->ifname)) == 0)
			return true;
	return false;
}

static void remove_orphan(struct runtime *rt, const struct state_addr *a)
{
	const struct net_link *link = netmon_link_by_name(rt->netmon, a->ifname);
	char text[ADDR_STRLEN];
	struct addr_op op;

	state_address(rt->state, a, false);
	if (!link)
		return;
	memset(&op, 0, sizeof(op));
	op.kind = ADDR_DEL;
	op.ifindex = link->ifindex;
	op.prefix = a->prefix;
	log_notice("net", "removing %s from %s: a former life of this daemon put it there and the file has it no more",
	           prefix_format(&a->prefix, text), a->ifname);
	addr_job_submit(rt->nl, LOOP_QUEUED, &op, 1, NULL, NULL);
}

void reconcile_orphans(struct runtime *rt)
{
	size_t n = state_addresses(rt->state, NULL, 0);
	struct state_addr *all = calloc(n ? n : 1, sizeof(*all));

	if (!all)
		return;
	n = state_addresses(rt->state, all, n);
	size_t n_claims;
	struct state_addr *claims = list_claims(rt->conf, &n_claims);

	for (size_t i = 0; i < n; i++)
		if (!claimed(claims, n_claims, &all[i]))
			remove_orphan(rt, &all[i]);
	free(claims);
	free(all);
}

void reconcile_free_all(struct runtime *rt)
{
	struct rt_service *s, *stmp;
	struct rt_router *r, *rtmp;

	HASH_ITER(hh, rt->services, s, stmp)
		reconcile_service_free(s);
	groups_free(rt);
	HASH_ITER(hh, rt->routers, r, rtmp) {
		track_unbind(r);
		HASH_DEL(rt->routers, r);
		vrrp_router_free(r->vr);
		free(r);
	}
}
