/*
 * Can it run? The interface, its carrier, an address to send from, sockets, trackers: each that is missing is a
 * fault bit, and any fault is state FAULT. Owns the router's sockets; relies on core/net/netmon.h for what the host
 * has.
 *
 * The name of the interface is configured, its index is what the kernel says today: an interface may vanish and come
 * back.
 */
#include "config.h"

#include "core/vrrp/router_priv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/text.h"
#include "core/net/sysctl.h"

static void close_tx(struct vrrp_router *r)
{
	if (r->tx >= 0)
		close(r->tx);
	r->tx = -1;
}

static void close_port(struct vrrp_router *r)
{
	if (r->port)
		vrrp_port_put(r->port, &r->port_user);
	r->port = NULL;
}

static void close_sockets(struct vrrp_router *r)
{
	close_tx(r);
	close_port(r);
}

static void socket_failed(struct vrrp_router *r, const char *what, int err)
{
	if (!r->socket_fault)
		log_err("vrrp", "(%s) kernel refused a socket to %s on %s: %s", r->conf.name, what, r->conf.key.ifname,
			strerror(err));
	r->socket_fault = true;
}

static void port_ready(void *user, int err)
{
	struct vrrp_router *r = user;

	if (err) {
		close_port(r);
		socket_failed(r, "receive", err);
	}
	router_look(r);
}

/* Room that its adverts need in the receive buffer; 0: no wish. */
static uint32_t rx_room(const struct vrrp_router *r)
{
	const struct net_link *link = netmon_link_by_name(r->env.netmon, r->conf.key.ifname);
	uint64_t advert = 60 + VRRP_AH_LEN + 16 + VRRP_HMAC_TRAILER + r->n_advertised * addr_len(r->conf.key.family);
	uint64_t n = r->conf.rx_amount;

	if (r->conf.rx_policy == VRRP_RX_MTU)
		n *= link ? link->mtu : 1500;
	if (r->conf.rx_policy == VRRP_RX_ADVERT)
		n *= advert;
	return n > INT32_MAX ? INT32_MAX : (uint32_t)n;
}

static void open_port(struct vrrp_router *r)
{
	struct vrrp_where where = { .ifindex = r->ifindex, .dest = r->conf.n_peers ? r->source : r->conf.group,
		.proto = r->conf.auth == VRRP_AUTH_AH ? VRRP_AH_PROTO : VRRP_IP_PROTO };

	if (r->port || !addr_is_set(&where.dest))
		return;
	text_copy(where.ifname, sizeof(where.ifname), r->conf.key.ifname);
	r->port_user = (struct vrrp_port_user){ .vrid = r->conf.key.vrid, .rx_bytes = rx_room(r), .packet = router_receive, .ready = port_ready,
		.user = r };
	r->port = vrrp_port_get(r->env.loop, r->env.nl, &where, &r->port_user);
	if (!r->port)
		socket_failed(r, "receive", errno);
}

static void open_tx(struct vrrp_router *r)
{
	if (r->tx >= 0 || !addr_is_set(&r->source))
		return;
	r->tx = vrrp_sock_open_tx(&r->source, r->ifindex, r->vrf, r->conf.unicast_ttl, r->conf.auth == VRRP_AUTH_AH);
	if (r->tx < 0)
		socket_failed(r, "send", errno);
}

/* The address to send from; family 0: none. */
static struct addr choose_source(const struct vrrp_router *r)
{
	const struct net_addr *a;

	if (addr_is_set(&r->conf.source))
		return netmon_is_local(r->env.netmon, &r->conf.source) ? r->conf.source : (struct addr){ 0 };
	a = netmon_primary_addr(r->env.netmon, r->ifindex, r->conf.key.family, r->all_addrs, r->conf.n_vips);
	return a ? a->prefix.addr : (struct addr){ 0 };
}

static void take_source(struct vrrp_router *r, const struct addr *source)
{
	if (addr_cmp(&r->source, source) == 0)
		return;
	close_tx(r);
	if (r->conf.n_peers)
		close_port(r);
	r->source = *source;
	struct vrrp_fsm_conf fc = router_fsm_conf(r);
	vrrp_fsm_reconf(&r->fsm, &fc, mono_now());
}

/* Of an interface that came back it is asked anew, and the request for the one that went is taken back. */
static void ask_promote(struct vrrp_router *r, bool on)
{
	if (on != r->promoted && sysctl_ask_promote(r->env.nl, r->conf.key.ifname, on) == 0)
		r->promoted = on;
}

static void take_ifindex(struct vrrp_router *r, int ifindex)
{
	if (r->ifindex == ifindex)
		return;
	close_sockets(r);
	ask_promote(r, false);
	r->ifindex = ifindex;
	r->socket_fault = false;
}

/* The VRF that the interface belongs to; 0: none. */
static int vrf_of(const struct vrrp_router *r, const struct net_link *link)
{
	const struct net_link *master = link && link->master ? netmon_link_by_index(r->env.netmon, link->master) : NULL;

	return master && strcmp(master->kind, "vrf") == 0 ? master->ifindex : 0;
}

static void take_vrf(struct vrrp_router *r, int vrf)
{
	if (r->vrf == vrf)
		return;
	close_sockets(r);
	r->vrf = vrf;
	r->socket_fault = false;
}

static unsigned find_faults(struct vrrp_router *r)
{
	const struct net_link *link = netmon_link_by_name(r->env.netmon, r->conf.key.ifname);
	unsigned faults = (r->track.fault ? VRRP_FAULT_TRACK : 0) | (r->group_fault ? VRRP_FAULT_GROUP : 0) |
		(r->static_fault ? VRRP_FAULT_STATIC : 0) | (router_keeps_fault(r) ? VRRP_FAULT_KEEP : 0) |
		(r->conf.no_peer_fault ? VRRP_FAULT_NO_PEER : 0);

	take_ifindex(r, link ? link->ifindex : 0);
	take_vrf(r, vrf_of(r, link));
	if (!link)
		return faults | VRRP_FAULT_NO_INTERFACE;
	ask_promote(r, r->conf.promote);
	if (!r->conf.ignore_link && (!link->up || !link->running))
		faults |= VRRP_FAULT_LINK_DOWN;
	struct addr source = choose_source(r);
	take_source(r, &source);
	if (!addr_is_set(&source))
		faults |= VRRP_FAULT_NO_ADDRESS;
	if (router_vmacs_failed(r))
		faults |= VRRP_FAULT_VMAC;
	if (!r->socket_fault) {
		open_port(r);
		open_tx(r);
	}
	if (r->socket_fault)
		faults |= VRRP_FAULT_SOCKET;
	return faults;
}

/* Able to hear, told by its trackers, and no start-up delay in force; who goes on as MASTER need not wait for that. */
static bool can_start(const struct vrrp_router *r)
{
	if (r->how == VRRP_EV_ADOPT)
		return true;
	return !r->track.wait && r->port && vrrp_port_is_ready(r->port) && mono_now() >= r->env.start_not_before;
}

static void settle(struct vrrp_router *r)
{
	switch (r->fsm.state) {
	case VRRP_INIT:
		if (r->faults)
			router_step(r, VRRP_EV_FAULT, NULL);
		else if (can_start(r))
			router_step(r, r->how, NULL);
		break;
	case VRRP_FAULT:
		r->how = VRRP_EV_START;
		if (!r->faults && can_start(r))
			router_step(r, VRRP_EV_CLEAR, NULL);
		break;
	case VRRP_BACKUP:
	case VRRP_MASTER:
		if (r->faults)
			router_step(r, VRRP_EV_FAULT, NULL);
		break;
	}
}

void router_look(struct vrrp_router *r)
{
	unsigned before = r->faults;

	if (!r->started || !netmon_is_ready(r->env.netmon))
		return;
	r->faults = find_faults(r);
	settle(r);
	if (r->faults == before)
		return;
	router_changed(r);
	router_tell_group(r);
}

static void hold_over(void *user)
{
	router_look(user);
}

/* ---- what netmon tells ---- */

static void on_ready(void *user)
{
	struct vrrp_router *r = user;

	router_look(r);
	router_addrs_check(r);
}

static bool concerns(const struct vrrp_router *r, const char *ifname)
{
	if (strcmp(ifname, r->conf.key.ifname) == 0)
		return true;
	for (size_t i = 0; i < r->conf.n_vips; i++)
		if (strcmp(ifname, r->conf.vips[i].dev) == 0)
			return true;
	return false;
}

static void on_link(void *user, const struct net_link *link, bool gone)
{
	struct vrrp_router *r = user;

	if (!concerns(r, link->name) && link->ifindex != r->ifindex)
		return;
	if (!gone)
		r->socket_fault = false; /* it has changed: worth another try */
	router_look(r);
	router_addrs_check(r);
}

static int compare_addrs(const void *a, const void *b)
{
	return addr_cmp(a, b);
}

bool vrrp_router_has_vip(const struct vrrp_router *r, const struct addr *a)
{
	return bsearch(a, r->all_addrs, r->conf.n_vips, sizeof(*a), compare_addrs) != NULL;
}

/* A virtual address is never sent from, so its coming and going changes nothing; and with many of them each look is long. */
static void on_addr(void *user, const struct net_addr *a, bool gone)
{
	struct vrrp_router *r = user;

	if ((a->ifindex == r->ifindex && !vrrp_router_has_vip(r, &a->prefix.addr)) || addr_cmp(&a->prefix.addr, &r->conf.source) == 0)
		router_look(r);
	if (gone)
		router_addrs_lost(r, a);
}

void router_link_start(struct vrrp_router *r)
{
	r->observer = (struct netmon_observer){ .ready = on_ready, .link = on_link, .addr = on_addr, .user = r };
	netmon_observe(r->env.netmon, &r->observer);
	loop_timer_init(&r->hold, LOOP_URGENT, hold_over, r);
	if (mono_now() < r->env.start_not_before)
		loop_timer_set(r->env.loop, &r->hold, r->env.start_not_before);
	router_look(r);
}

void router_link_stop(struct vrrp_router *r)
{
	netmon_unobserve(r->env.netmon, &r->observer);
	loop_timer_stop(r->env.loop, &r->hold);
	close_sockets(r);
	ask_promote(r, false);
	r->ifindex = r->vrf = 0;
}
