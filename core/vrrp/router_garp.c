/*
 * Announcing addresses: gratuitous ARP and unsolicited neighbour advertisements (arp_wire.h), in bursts and at a
 * pace.
 *
 * Whose turn it is: burst.h. A slice sends a few frames and gives way, so that a thousand addresses never hold up an advert. All
 * addresses get their first frame before any its second, those too that the kernel gets while others are announced already.
 */
#include "config.h"

#include "core/vrrp/router_priv.h"

#include <netinet/in.h>
#include <string.h>

#include "core/vrrp/arp_wire.h"
#include "core/vrrp/packet.h"

enum {
	SLICE = 32,
	LOOK = 8, /* frames between two looks at the clock */
};
#define SLICE_TIME ((usec_t)250)
/* The queue of the interface is full: let it drain. */
#define PAUSE_AFTER_ERROR (10 * USEC_PER_MS)

/* False: the kernel did not take it. An interface without hardware addresses needs no announcement. */
static bool announce(struct vrrp_router *r, size_t i)
{
	const struct net_link *link = netmon_link_by_index(r->env.netmon, r->vips[i].ifindex);
	uint8_t frame[ARP_WIRE_MAX];

	vrrp_burst_sent(&r->burst, i);
	if (!link || !link->has_mac)
		return true;
	/* By the real interface also where the address is on a VMAC, which may not be up yet. */
	int out = router_vmac_named(r, link->name) && link->parent ? link->parent : link->ifindex;
	size_t len = arp_wire_announce(&r->conf.vips[i].prefix.addr, link->mac, frame, sizeof(frame));
	if (len == 0)
		return true;
	if (vrrp_packet_send(out, frame, len) != 0) {
		r->counters.send_errors++;
		return false;
	}
	r->counters.garps_sent += r->conf.vips[i].prefix.addr.family == AF_INET;
	r->counters.nas_sent += r->conf.vips[i].prefix.addr.family == AF_INET6;
	return true;
}

/* When the next announcement like that of vips[i] may go out, and how long after the one before; 0: at once. */
static usec_t *pace_of(struct vrrp_router *r, size_t i, usec_t *delay)
{
	const bool arp = r->conf.vips[i].prefix.addr.family == AF_INET;
	const usec_t own = arp ? r->conf.garp.interval : r->conf.garp.na_interval;
	const struct net_link *link = netmon_link_by_index(r->env.netmon, r->vips[i].ifindex);
	const struct vmac_conf *vmac = link ? router_vmac_named(r, link->name) : NULL;
	struct vrrp_pace *shared = NULL;

	*delay = own;
	if (link && r->env.paces)
		shared = vrrp_paces_find(r->env.paces, vmac ? vmac->parent : link->name, r->conf.vips[i].prefix.addr.family, delay);
	if (*delay == 0)
		*delay = own;
	return vrrp_pace_next(shared ? shared : &r->pace, arp);
}

static void go_on_at(struct vrrp_router *r, usec_t pause)
{
	if (pause > 0)
		loop_timer_set(r->env.loop, &r->garp_pace, usec_add(mono_now(), pause));
	else
		loop_item_post(r->env.loop, &r->garp_item);
}

/* While the kernel still gets addresses, repeated announcements wait: they would take time from the first ones. */
static void send_slice(void *user)
{
	struct vrrp_router *r = user;
	usec_t until = usec_add(mono_now(), SLICE_TIME);

	for (unsigned sent = 0; sent < SLICE && (sent % LOOK != 0 || mono_now() < until); sent++) {
		size_t i = vrrp_burst_next(&r->burst, r->adds > 0);
		usec_t delay, *next;

		if (i == r->conf.n_vips)
			return;
		next = pace_of(r, i, &delay);
		if (delay > 0 && *next > mono_now()) {
			go_on_at(r, *next - mono_now());
			return;
		}
		*next = delay > 0 ? usec_add(mono_now(), delay) : 0;
		if (!announce(r, i)) {
			go_on_at(r, PAUSE_AFTER_ERROR);
			return;
		}
	}
	go_on_at(r, 0);
}

/* A pace that runs is kept: a new burst must not shorten it. */
static void kick(struct vrrp_router *r)
{
	if (!loop_timer_active(&r->garp_pace))
		loop_item_post(r->env.loop, &r->garp_item);
}

void router_garp_go_on(struct vrrp_router *r)
{
	if (r->burst.n_left > 0)
		kick(r);
}

void router_garp_one(struct vrrp_router *r, size_t i, uint32_t repeat)
{
	if (r->vips[i].state != VIP_HELD || repeat == 0)
		return;
	vrrp_burst_want(&r->burst, i, repeat);
	kick(r);
}

void router_garp_first(struct vrrp_router *r, size_t i, uint32_t repeat)
{
	vrrp_burst_want_first(&r->burst, i, repeat);
	router_garp_go_on(r);
}

void router_garp_all(struct vrrp_router *r, uint32_t repeat)
{
	for (size_t i = 0; i < r->conf.n_vips; i++)
		router_garp_one(r, i, repeat);
}

static void send_again(void *user)
{
	struct vrrp_router *r = user;

	router_garp_all(r, r->again_repeat);
}

void router_garp_later(struct vrrp_router *r, usec_t delay, uint32_t repeat)
{
	if (delay == 0)
		return;
	r->again_repeat = repeat;
	loop_timer_set(r->env.loop, &r->garp_again, usec_add(mono_now(), delay));
}

static void refresh(void *user)
{
	struct vrrp_router *r = user;

	router_garp_all(r, r->conf.garp.refresh_repeat);
	router_garp_start_refresh(r);
}

static bool is_extra(const struct vrrp_router *r, size_t i)
{
	return i > 0 ? true : r->conf.garp.extra_all && !r->conf.adverts_from_vmac;
}

/* One address of each VMAC that no advert leaves by: a switch forgets a MAC that it does not see. */
static void announce_extra(void *user)
{
	struct vrrp_router *r = user;

	for (size_t i = 0; i < r->conf.n_vmacs; i++) {
		size_t v = 0;

		while (v < r->conf.n_vips && (strcmp(r->conf.vips[v].dev, r->conf.vmacs[i].name) != 0 || r->vips[v].state != VIP_HELD))
			v++;
		if (v < r->conf.n_vips && is_extra(r, i))
			router_garp_one(r, v, 1);
	}
	loop_timer_set(r->env.loop, &r->garp_extra, usec_add(mono_now(), r->conf.garp.extra));
}

void vrrp_router_announce(struct vrrp_router *r, const char *why)
{
	uint32_t suppressed;

	if (r->fsm.state != VRRP_MASTER)
		return;
	r->counters.doubts++;
	if (log_limit_pass(&r->doubt_limit, mono_now(), 3, 60 * USEC_PER_SEC, &suppressed))
		log_notice("vrrp", "(%s) announcing all addresses again: %s (%u more like this)", r->conf.name, why, suppressed);
	router_garp_all(r, r->conf.garp.repeat);
	router_garp_later(r, r->conf.garp.delay, r->conf.garp.repeat);
	router_changed(r);
}

void router_garp_start_refresh(struct vrrp_router *r)
{
	if (r->conf.garp.extra > 0 && r->conf.n_vmacs > 0)
		loop_timer_set(r->env.loop, &r->garp_extra, usec_add(mono_now(), r->conf.garp.extra));
	if (r->conf.garp.refresh > 0)
		loop_timer_set(r->env.loop, &r->garp_refresh, usec_add(mono_now(), r->conf.garp.refresh));
}

void router_garp_init(struct vrrp_router *r)
{
	loop_item_init(&r->garp_item, send_slice, r);
	loop_timer_init(&r->garp_pace, LOOP_QUEUED, send_slice, r);
	loop_timer_init(&r->garp_again, LOOP_QUEUED, send_again, r);
	loop_timer_init(&r->garp_refresh, LOOP_QUEUED, refresh, r);
	loop_timer_init(&r->garp_extra, LOOP_QUEUED, announce_extra, r);
}

void router_garp_stop(struct vrrp_router *r)
{
	loop_item_cancel(r->env.loop, &r->garp_item);
	loop_timer_stop(r->env.loop, &r->garp_pace);
	loop_timer_stop(r->env.loop, &r->garp_again);
	loop_timer_stop(r->env.loop, &r->garp_refresh);
	loop_timer_stop(r->env.loop, &r->garp_extra);
	vrrp_burst_clear(&r->burst);
}
