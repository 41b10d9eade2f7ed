/*
 * Virtual addresses: added when the router becomes MASTER, removed when it leaves, and brought back when another
 * hand takes one away meanwhile. Owns what is known of each; the kernel thread does the work, in batches that are
 * announced one by one.
 *
 * An address is ours only on its own interface: the same one on lo (DR real servers have it there) is another thing.
 */
#include "config.h"

#include "core/vrrp/router_priv.h"

#include <errno.h>
#include <string.h>

#include "core/net/addr_job.h"

/* Refused or removed again: no fight with the other hand. */
#define RETRY_AFTER (5 * USEC_PER_SEC)
#define RESTORE_PACE USEC_PER_SEC
/* Before the cache of addresses is believed: until then the news about what we did ourselves has been read. */
#define LOOK_AFTER (20 * USEC_PER_MS)

struct batch {
	struct vrrp_router *r;
	struct addr_op ops[VRRP_BATCH_MOST];
	size_t n, before; /* in this one; in the one before it: see burst.h */
	void (*done)(void *user, struct addr_job *j);
};

/* ---- jobs ---- */

/* Look for missing addresses at `at` or earlier. */
static void check_by(struct vrrp_router *r, usec_t at)
{
	if (r->fsm.state == VRRP_MASTER && at < r->addr_timer.due)
		loop_timer_set(r->env.loop, &r->addr_timer, at);
}

static void batch_send(struct batch *b)
{
	struct vrrp_router *r = b->r;

	if (b->n == 0)
		return;
	int err = addr_job_submit(r->env.nl, LOOP_URGENT, b->ops, b->n, b->done, r);
	if (err) {
		log_err("vrrp", "(%s) no memory to change %zu addresses", r->conf.name, b->n);
		check_by(r, usec_add(mono_now(), RETRY_AFTER));
	} else {
		r->addr_jobs++;
		r->adds += b->ops[0].kind == ADDR_ADD;
	}
	b->before = b->n;
	b->n = 0;
}

static void batch_put(struct batch *b, enum addr_op_kind kind, const struct vrrp_vip *v, int ifindex)
{
	struct addr_op *op = &b->ops[b->n++];

	*op = (struct addr_op){ .kind = kind, .ifindex = ifindex, .prefix = v->prefix, .broadcast = v->broadcast,
		.scope = v->scope, .peer = v->peer, .flags = v->flags, .has_preferred = v->has_preferred,
		.preferred_lft = v->preferred_lft };
	memcpy(op->label, v->label, sizeof(op->label));
	if (b->n == vrrp_burst_batch(b->before))
		batch_send(b);
}

/* Results come in the order of the requests: the search nearly always hits at once. */
static size_t find_vip(struct vrrp_router *r, const struct addr_op *op)
{
	size_t n = r->conf.n_vips;

	for (size_t tried = 0; tried < n; tried++) {
		size_t i = (r->find_hint + tried) % n;
		if (r->vips[i].ifindex == op->ifindex && prefix_cmp(&r->conf.vips[i].prefix, &op->prefix) == 0) {
			r->find_hint = i + 1;
			return i;
		}
	}
	return n;
}

static void log_refused(struct vrrp_router *r, const struct addr_op *op, const char *what)
{
	char text[ADDR_STRLEN];
	uint32_t suppressed;

	r->counters.refusals++;
	if (log_limit_pass(&r->addr_limit, mono_now(), 5, 10 * USEC_PER_SEC, &suppressed))
		log_err("vrrp", "(%s) kernel refused to %s %s on interface %d: %s (%u more like this)", r->conf.name,
			what, prefix_format(&op->prefix, text), op->ifindex, strerror(op->err), suppressed);
}

static void note_added(struct vrrp_router *r, const struct addr_op *op)
{
	size_t i = find_vip(r, op);

	if (i == r->conf.n_vips || r->vips[i].state != VIP_ADDING)
		return;
	if (op->err) {
		r->vips[i].state = VIP_LOST;
		log_refused(r, op, "add");
		check_by(r, usec_add(mono_now(), RETRY_AFTER));
		return;
	}
	r->vips[i].state = VIP_HELD;
	router_garp_first(r, i, r->conf.garp.repeat);
}

static void added(void *user, struct addr_job *j)
{
	struct vrrp_router *r = user;

	r->adds--;
	if (r->stale_adds > 0) {
		r->stale_adds--; /* overtaken: its removal is on the way */
	} else {
		for (size_t i = 0; i < j->n_ops; i++)
			note_added(r, &j->ops[i]);
		if (r->adds == 0)
			router_garp_later(r, r->conf.garp.delay, r->conf.garp.repeat);
		router_changed(r);
	}
	if (r->adds == 0)
		router_garp_go_on(r);
	router_job_finished(r);
}

static void removed(void *user, struct addr_job *j)
{
	struct vrrp_router *r = user;

	for (size_t i = 0; i < j->n_ops; i++)
		if (j->ops[i].err)
			log_refused(r, &j->ops[i], "remove");
	router_changed(r);
	router_job_finished(r);
}

/* ---- MASTER and not ---- */

/* Today's index of the interface that an address belongs on; 0: there is none. */
static int vip_ifindex(const struct vrrp_router *r, const struct vrrp_vip *v)
{
	const struct net_link *link;

	if (v->dev[0] == '\0')
		return r->ifindex;
	link = netmon_link_by_name(r->env.netmon, v->dev);
	return link ? link->ifindex : 0;
}

void router_addrs_add(struct vrrp_router *r)
{
	struct batch b = { .r = r, .done = added };

	router_fence(r);
	for (size_t i = 0; i < r->conf.n_vips; i++) {
		struct vip *vip = &r->vips[i];
		if (vip->state == VIP_HELD || vip->state == VIP_ADDING)
			continue;
		vip->ifindex = vip_ifindex(r, &r->conf.vips[i]);
		vip->state = vip->ifindex ? VIP_ADDING : VIP_LOST;
		if (vip->ifindex)
			batch_put(&b, ADDR_ADD, &r->conf.vips[i], vip->ifindex);
	}
	batch_send(&b);
}

void router_addrs_remove(struct vrrp_router *r)
{
	struct batch b = { .r = r, .done = removed };

	router_garp_stop(r);
	loop_timer_stop(r->env.loop, &r->addr_timer);
	for (size_t i = 0; i < r->conf.n_vips; i++) {
		if (r->vips[i].state == VIP_HELD || r->vips[i].state == VIP_ADDING)
			batch_put(&b, ADDR_DEL, &r->conf.vips[i], r->vips[i].ifindex);
		r->vips[i].state = VIP_GONE;
	}
	batch_send(&b);
	router_fence(r);
	r->stale_adds = r->adds;
}

void router_addrs_clear(struct vrrp_router *r)
{
	struct batch b = { .r = r, .done = removed };
	char text[ADDR_STRLEN];

	r->held_before = false;
	router_vmacs_raise(r, false);
	for (size_t i = 0; i < r->conf.n_vips; i++) {
		const struct vrrp_vip *v = &r->conf.vips[i];
		int ifindex = vip_ifindex(r, v);
		if (ifindex == 0 || !netmon_has_addr(r->env.netmon, ifindex, &v->prefix))
			continue;
		log_notice("vrrp", "(%s) removing %s, which was here before we were", r->conf.name,
			   prefix_format(&v->prefix, text));
		batch_put(&b, ADDR_DEL, v, ifindex);
	}
	router_keeps_clear(r);
	batch_send(&b);
	router_fence(r);
}

void router_addr_forget(struct vrrp_router *r, const struct vrrp_vip *v, const struct vip *state)
{
	struct batch b = { .r = r, .done = removed };

	if (state->state == VIP_HELD || state->state == VIP_ADDING)
		batch_put(&b, ADDR_DEL, v, state->ifindex);
	batch_send(&b);
}

size_t router_addrs_held(const struct vrrp_router *r)
{
	size_t n = 0;

	for (size_t i = 0; i < r->conf.n_vips; i++)
		n += r->vips[i].state == VIP_HELD;
	return n;
}

/* ---- addresses that get lost ---- */

static void note_missing(struct vrrp_router *r, size_t i)
{
	char text[ADDR_STRLEN];
	uint32_t suppressed;

	r->vips[i].state = VIP_LOST;
	r->counters.addresses_restored++;
	r->restored_at = mono_now();
	if (log_limit_pass(&r->addr_limit, r->restored_at, 5, 10 * USEC_PER_SEC, &suppressed))
		log_warn("vrrp", "(%s) somebody removed %s from interface %d: adding it again (%u more like this)",
			 r->conf.name, prefix_format(&r->conf.vips[i].prefix, text), r->vips[i].ifindex, suppressed);
}

static void check(void *user)
{
	struct vrrp_router *r = user;

	if (r->fsm.state != VRRP_MASTER)
		return;
	for (size_t i = 0; i < r->conf.n_vips; i++)
		if (r->vips[i].state == VIP_HELD &&
		    !netmon_has_addr(r->env.netmon, r->vips[i].ifindex, &r->conf.vips[i].prefix))
			note_missing(r, i);
	router_addrs_add(r);
}

void router_addrs_check(struct vrrp_router *r)
{
	check_by(r, usec_max(mono_now() + LOOK_AFTER, r->restored_at + RESTORE_PACE));
}

void router_addrs_lost(struct vrrp_router *r, const struct net_addr *a)
{
	for (size_t i = 0; i < r->conf.n_vips; i++) {
		if (r->vips[i].state == VIP_HELD && r->vips[i].ifindex == a->ifindex &&
		    addr_cmp(&r->conf.vips[i].prefix.addr, &a->prefix.addr) == 0) {
			router_addrs_check(r);
			return;
		}
	}
}

void router_addrs_init(struct vrrp_router *r)
{
	loop_timer_init(&r->addr_timer, LOOP_QUEUED, check, r);
	r->restored_at = -RESTORE_PACE;
}
