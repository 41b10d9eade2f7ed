/*
 * A virtual router's own copy of its parameters, and changing them in place: what did not change touches nothing.
 */
#include "config.h"

#include "core/vrrp/router_priv.h"

#include <stdlib.h>
#include <string.h>

struct vrrp_fsm_conf router_fsm_conf(const struct vrrp_router *r)
{
	const struct vrrp_conf *c = &r->conf;

	return (struct vrrp_fsm_conf){ .version = c->version, .priority = c->priority, .adver_int = c->adver_int,
		.preempt = c->preempt, .preempt_delay = c->preempt_delay, .down_adverts = c->down_adverts,
		.source = r->source, .grouped = c->grouped, .silent_to_lower = c->silent_to_lower,
		.answer_higher = c->answer_higher, .late_priority = c->late_priority };
}

/* NULL where there is nothing to copy, or no memory: the caller looks at n. */
static void *copy_array(const void *from, size_t n, size_t size)
{
	void *to = n == 0 ? NULL : calloc(n, size);

	if (to)
		memcpy(to, from, n * size);
	return to;
}

static int compare_addrs(const void *a, const void *b)
{
	return addr_cmp(a, b);
}

/* What goes on the wire: not the excluded ones, and no more than the wire can carry. */
static void list_addrs(struct vrrp_router *r)
{
	size_t most = r->conf.key.family == AF_INET ? VRRP_MAX_ADDRS4 : VRRP_MAX_ADDRS6;

	r->n_advertised = 0;
	for (size_t i = 0; i < r->conf.n_vips; i++) {
		const struct vrrp_vip *v = &r->conf.vips[i];
		r->all_addrs[i] = v->prefix.addr;
		if (!v->excluded && v->prefix.addr.family == r->conf.key.family && r->n_advertised < most)
			r->advertised[r->n_advertised++] = v->prefix.addr;
	}
	qsort(r->all_addrs, r->conf.n_vips, sizeof(*r->all_addrs), compare_addrs);
}

bool router_conf_take(struct vrrp_router *r, const struct vrrp_conf *c)
{
	r->conf = *c;
	r->conf.keeps = NULL;
	r->conf.n_keeps = 0;
	r->conf.peers = copy_array(c->peers, c->n_peers, sizeof(*c->peers));
	r->conf.peer_ttl = copy_array(c->peer_ttl, c->peer_ttl ? c->n_peers : 0, sizeof(*c->peer_ttl));
	r->conf.hmac = copy_array(c->hmac, c->hmac ? 1 : 0, sizeof(*c->hmac));
	r->conf.vips = copy_array(c->vips, c->n_vips, sizeof(*c->vips));
	r->conf.vmacs = copy_array(c->vmacs, c->n_vmacs, sizeof(*c->vmacs));
	r->vips = calloc(c->n_vips + 1, sizeof(*r->vips));
	r->advertised = calloc(c->n_vips + 1, sizeof(*r->advertised));
	r->all_addrs = calloc(c->n_vips + 1, sizeof(*r->all_addrs));
	bool burst = vrrp_burst_init(&r->burst, c->n_vips);
	bool copied = (r->conf.peers || c->n_peers == 0) && (r->conf.vips || c->n_vips == 0) && (r->conf.vmacs || c->n_vmacs == 0);
	copied = copied && (r->conf.peer_ttl || !c->peer_ttl || c->n_peers == 0) && (r->conf.hmac || !c->hmac);
	if (!copied || !burst || !r->vips || !r->advertised || !r->all_addrs) {
		router_conf_release(r);
		return false;
	}
	list_addrs(r);
	return true;
}

void router_conf_release(struct vrrp_router *r)
{
	free((void *)r->conf.peers);
	free((void *)r->conf.peer_ttl);
	if (r->conf.hmac)
		explicit_bzero((void *)r->conf.hmac, sizeof(*r->conf.hmac));
	free((void *)r->conf.hmac);
	free((void *)r->conf.vips);
	free((void *)r->conf.vmacs);
	free(r->vips);
	free(r->advertised);
	free(r->all_addrs);
	vrrp_burst_free(&r->burst);
}

/* Key, version and transport: with another of these it is another virtual router. */
static bool same_transport(const struct vrrp_conf *a, const struct vrrp_conf *b)
{
	if (vr_key_cmp(&a->key, &b->key) != 0 || a->version != b->version || addr_cmp(&a->group, &b->group) != 0 ||
	    addr_cmp(&a->source, &b->source) != 0 || a->n_peers != b->n_peers ||
	    a->unicast_ttl != b->unicast_ttl || (a->auth == VRRP_AUTH_AH) != (b->auth == VRRP_AUTH_AH))
		return false;
	if (a->n_vmacs != b->n_vmacs || (a->n_vmacs && memcmp(a->vmacs, b->vmacs, a->n_vmacs * sizeof(*a->vmacs)) != 0))
		return false;
	for (size_t i = 0; i < a->n_peers; i++)
		if (addr_cmp(&a->peers[i], &b->peers[i]) != 0)
			return false;
	return true;
}

/* The same address in the kernel; whether it is advertised makes no difference there. */
static bool same_vip(const struct vrrp_vip *a, const struct vrrp_vip *b)
{
	return prefix_cmp(&a->prefix, &b->prefix) == 0 && strcmp(a->dev, b->dev) == 0 &&
		strcmp(a->label, b->label) == 0 && a->scope == b->scope && addr_cmp(&a->broadcast, &b->broadcast) == 0 &&
		addr_cmp(&a->peer, &b->peer) == 0 && a->flags == b->flags && a->has_preferred == b->has_preferred &&
		a->preferred_lft == b->preferred_lft;
}

/* Carry over what is known of addresses that stay, and ask the kernel to remove the others. Lists mostly agree
 * in order. */
static void merge_vips(struct vrrp_router *r, const struct vrrp_router *old)
{
	size_t at = 0;

	for (size_t i = 0; i < old->conf.n_vips; i++) {
		const struct vrrp_vip *v = &old->conf.vips[i];
		size_t tried = 0;
		while (tried < r->conf.n_vips && !same_vip(v, &r->conf.vips[(at + tried) % r->conf.n_vips]))
			tried++;
		if (tried == r->conf.n_vips) {
			router_addr_forget(r, v, &old->vips[i]);
			continue;
		}
		at = (at + tried) % r->conf.n_vips;
		r->vips[at] = old->vips[i];
		vrrp_burst_take_over(&r->burst, at, &old->burst, i);
		at++;
	}
}

bool vrrp_router_reconf(struct vrrp_router *r, const struct vrrp_conf *conf)
{
	struct vrrp_router old = *r;

	if (!same_transport(&r->conf, conf))
		return false;
	if (!router_conf_take(r, conf)) {
		log_err("vrrp", "(%s) no memory for new parameters: the old ones stay", old.conf.name);
		r->conf = old.conf;
		r->vips = old.vips;
		r->advertised = old.advertised;
		r->all_addrs = old.all_addrs;
		r->burst = old.burst;
		return true;
	}
	r->find_hint = 0;
	merge_vips(r, &old);
	router_conf_release(&old);
	struct vrrp_fsm_conf fc = router_fsm_conf(r);
	vrrp_fsm_reconf(&r->fsm, &fc, mono_now());
	damp_reconf(&r->damp, &conf->flap, mono_now());
	router_damp(r, mono_now(), false);
	router_set_priority(r, old.fsm.priority);
	router_spread(r);
	loop_timer_set(r->env.loop, &r->timer, vrrp_fsm_deadline(&r->fsm));
	router_fence(r);
	if (r->fsm.state == VRRP_MASTER)
		router_addrs_add(r);
	router_keeps_set(r, conf->keeps, conf->n_keeps);
	router_look(r);
	router_changed(r);
	return true;
}
