/*
 * What the files of the virtual router share: its struct, and the calls between them. For core/vrrp/router*.c only.
 *
 *   router.c       life, timer, and what follows from a step of the state machine
 *   router_conf.c  its own copy of the parameters; changes in place
 *   router_link.c  interface, addresses and sockets: can it run?
 *   router_auth.c  AH and auth_hmac
 *   router_rx.c    received adverts
 *   router_tx.c    sent adverts
 *   router_addr.c  virtual addresses
 *   router_keep.c  virtual routes and rules
 *   router_vmac.c  interfaces with the virtual MAC, and adverts from it
 *   router_fence.c packets to its addresses that are to be dropped
 *   router_garp.c  announcements of addresses
 *   router_group.c what its sync group asks of it; flap damping
 */
#ifndef REGENT_VRRP_ROUTER_PRIV_H
#define REGENT_VRRP_ROUTER_PRIV_H

#include "core/base/log.h"
#include "core/vrrp/burst.h"
#include "core/vrrp/damp.h"
#include "core/vrrp/port.h"
#include "core/vrrp/router.h"
#include "core/vrrp/spread.h"

/* One virtual address, as far as this router brought it about. */
enum vip_state {
	VIP_GONE,   /* not ours to have now */
	VIP_ADDING, /* the kernel was asked */
	VIP_HELD,   /* the kernel has it */
	VIP_LOST,   /* MASTER, but the kernel has it not: refused, or removed by another hand */
};

struct vip {
	enum vip_state state;
	int ifindex;        /* where it was added */
};

struct vrrp_router {
	struct vrrp_env env;
	struct vrrp_conf conf;          /* its arrays are the router's own */
	struct addr *advertised;        /* the addresses that go on the wire */
	size_t n_advertised;
	struct addr *all_addrs;         /* every virtual address, sorted: never sent from */
	struct vrrp_fsm fsm;
	struct vrrp_counters counters;
	struct loop_timer timer;        /* the state machine's deadline */
	struct vrrp_spread_place place; /* of its adverts, while it is MASTER */
	struct track_share track;       /* what trackers and health say */
	char track_why[96];             /* the last word of one of them */
	usec_t entered_at, left_init_at;
	enum vrrp_reason master_reason; /* of the last time */

	/* router_link.c */
	struct netmon_observer observer;
	enum vrrp_event how;            /* START or ADOPT, until done */
	bool started, stopping;
	bool socket_fault, static_fault;
	bool promoted;                  /* promote_secondaries is asked for */
	unsigned faults;
	struct loop_timer hold;         /* until the first election may begin */
	int ifindex, vrf;       /* of the interface, of the VRF that it belongs to; 0: none */
	struct addr source;
	int tx;                         /* -1: none */
	struct vrrp_port *port;
	struct vrrp_port_user port_user;

	/* router_addr.c */
	struct vip *vips;               /* as many as conf.vips */
	bool held_before;               /* addresses of a former life may be there, until a master is heard */
	bool master_heard;
	unsigned addr_jobs;             /* not yet answered */
	unsigned stale_adds;            /* of these, additions overtaken by a removal */
	unsigned adds;                  /* additions not yet answered, stale ones included */
	size_t find_hint;
	struct loop_timer addr_timer;   /* look again for lost addresses */
	usec_t restored_at;
	struct log_limit addr_limit;

	bool fenced;                    /* router_fence.c: packets are dropped for it */

	/* router_vmac.c */
	struct vmac **vmacs; /* as many as conf.vmacs; NULL: not started */

	/* virtual routes and rules; NULL where the file never had any */
	struct keeper *keeper;
	bool keep_fault;                /* one was lost for good: until keep_timer fires */
	struct loop_timer keep_timer;   /* with a keeper only */

	/* router_garp.c */
	bool has_packet;
	struct loop_item garp_item;
	struct loop_timer garp_pace, garp_again, garp_refresh, garp_extra;
	struct vrrp_pace pace;          /* its own */
	struct log_limit doubt_limit;
	uint32_t again_repeat;
	struct vrrp_burst burst;        /* as many as conf.vips */

	/* router_group.c */
	bool group_fault;
	struct damp damp;

	/* router_auth.c */
	struct vrrp_ah ah;
	struct vrrp_hmac hmac;
	struct log_limit skew_limit;

	/* router_rx.c, router_tx.c */
	enum vrrp_reject last_reject;   /* of TTL, version, checksum and VRID */
	bool old_checksum;              /* a peer sends it so: we do too */
	struct log_limit reject_limit[VRRP_REJECTS]; /* of each reason, so that a flood of one hides no other */
	struct log_limit list_limit, lower_limit, send_limit;

	/* the end */
	struct loop_item stop_item;
	void (*stop_done)(void *user);
	void *stop_user;
};

/* router.c */
void router_step(struct vrrp_router *r, enum vrrp_event ev, const struct vrrp_heard *heard);
void router_changed(struct vrrp_router *r);
/* Its adverts have a place in the interval while it is MASTER; the deadline may move. */
void router_spread(struct vrrp_router *r);
/* Why it cannot run, in words. */
const char *router_fault_text(const struct vrrp_router *r);
/* The kernel has answered a job; a stop may be complete. */
void router_job_finished(struct vrrp_router *r);
/* Base and adjustment are what they are now; `before` was in effect. */
void router_set_priority(struct vrrp_router *r, uint8_t before);

/* router_conf.c */
struct vrrp_fsm_conf router_fsm_conf(const struct vrrp_router *r);
/* False: out of memory. */
bool router_conf_take(struct vrrp_router *r, const struct vrrp_conf *c);
void router_conf_release(struct vrrp_router *r);

/* router_keep.c: virtual routes and rules */
void router_keeps_set(struct vrrp_router *r, const struct keep_item *items, size_t n);
void router_keeps_hold(struct vrrp_router *r, bool on);
void router_keeps_clear(struct vrrp_router *r);
void router_keeps_stop(struct vrrp_router *r);
bool router_keeps_fault(const struct vrrp_router *r);
void router_keeps_report(const struct vrrp_router *r, struct vrrp_report *out);

/* router_vmac.c */
void router_vmacs_start(struct vrrp_router *r);
void router_vmacs_raise(struct vrrp_router *r, bool up);
bool router_vmacs_failed(const struct vrrp_router *r);
void router_vmacs_stop(struct vrrp_router *r);
void router_vmacs_free(struct vrrp_router *r);
uint64_t router_vmacs_mended(const struct vrrp_router *r);
/* Is the virtual MAC the source of what goes to `dest`? */
bool router_vmac_sends(const struct vrrp_router *r, const struct addr *dest);
/* 0 or a positive errno. */
int router_vmac_send(const struct vrrp_router *r, const struct addr *dest, const uint8_t *advert, size_t len);
/* The VMAC with this name; NULL: none of ours. */
const struct vmac_conf *router_vmac_named(const struct vrrp_router *r, const char *name);

/* router_link.c */
void router_link_start(struct vrrp_router *r);
void router_link_stop(struct vrrp_router *r);
/* Look at everything that can keep it from running, and step accordingly. */
void router_look(struct vrrp_router *r);

/* router_group.c */
/* After each step: has damping begun or ended? The deadline may move. */
void router_damp(struct vrrp_router *r, usec_t now, bool moved);
void router_tell_group(struct vrrp_router *r);

/* router_auth.c */
/* Room for any advert with all that stands before and behind it. */
#define ROUTER_PACKET_MAX (VRRP_IP4_HEADER + VRRP_AH_LEN + VRRP_WIRE_MAX + VRRP_HMAC_TRAILER)
/* Another advert begins, of which each copy is signed. */
void router_sign_next(struct vrrp_router *r);
/* Sign the advert of `len` octets in buf as configured; its new length, 0 where that is not possible. */
size_t router_sign(struct vrrp_router *r, const struct addr *dest, uint8_t buf[ROUTER_PACKET_MAX], size_t len);
/* Check what signs a datagram, and take it off. */
enum vrrp_reject router_check_signature(struct vrrp_router *r, struct vrrp_datagram *d, struct vrrp_mismatch *why);

/* router_rx.c */
void router_receive(void *user, const struct vrrp_datagram *d);

/* router_tx.c */
void router_send_advert(struct vrrp_router *r);
void router_send_prio0(struct vrrp_router *r);

/* router_addr.c */
void router_addrs_init(struct vrrp_router *r);
void router_addrs_add(struct vrrp_router *r);
void router_addrs_remove(struct vrrp_router *r);
/* Remove the ones that a former life, or another hand, left on our interface. */
void router_addrs_clear(struct vrrp_router *r);
void router_addrs_lost(struct vrrp_router *r, const struct net_addr *a);
/* Something has changed: look soon whether all are there. */
void router_addrs_check(struct vrrp_router *r);
/* Ask the kernel to remove one that the configuration no longer has. */
void router_addr_forget(struct vrrp_router *r, const struct vrrp_vip *v, const struct vip *state);
size_t router_addrs_held(const struct vrrp_router *r);

/* router_fence.c */
/* As things stand now: before addresses come, and after they have gone. */
void router_fence(struct vrrp_router *r);
void router_fence_end(struct vrrp_router *r);

/* router_garp.c */
void router_garp_init(struct vrrp_router *r);
/* What waited until the kernel has all addresses need wait no more. */
void router_garp_go_on(struct vrrp_router *r);
/* Announce vips[i] `repeat` times. */
void router_garp_one(struct vrrp_router *r, size_t i, uint32_t repeat);
/* The same for one that the kernel has just got: before all that were announced once. */
void router_garp_first(struct vrrp_router *r, size_t i, uint32_t repeat);
void router_garp_all(struct vrrp_router *r, uint32_t repeat);
/* The second burst, `delay` from now. */
void router_garp_later(struct vrrp_router *r, usec_t delay, uint32_t repeat);
void router_garp_start_refresh(struct vrrp_router *r);
void router_garp_stop(struct vrrp_router *r);

#endif
