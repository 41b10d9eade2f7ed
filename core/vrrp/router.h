/*
 * A virtual router at run time: the state machine (fsm.h) with its timer, sockets, addresses and announcements.
 *
 * The only caller of the state machine. It knows nothing of the language, of IPVS or of SNMP: its owner
 * (core/runtime) gives it values, is told of transitions by an observer, and reads copies.
 *
 * Order, which the owner may rely on: entering MASTER: advert sent, observer->transition() (the owner queues its
 * weights on the kernel thread), addresses queued, each announced as the kernel has it. Leaving: advert with
 * priority 0 where it applies, address removal queued, observer->transition() (weights queued behind).
 */
#ifndef REGENT_VRRP_ROUTER_H
#define REGENT_VRRP_ROUTER_H

#include "core/base/key.h"
#include "core/base/penalty.h"
#include "core/net/fence.h"
#include "core/net/keeper.h"
#include "core/net/vmac.h"
#include "core/vrrp/fsm.h"
#include "core/vrrp/group.h"
#include "core/vrrp/pace.h"
#include "core/vrrp/track.h"

struct vrrp_router;

enum vrrp_auth { VRRP_AUTH_NONE = 0, VRRP_AUTH_PASS = 1, VRRP_AUTH_AH = 2 };

/* Why a router is in FAULT; the lowest set bit is shown first. */
enum vrrp_fault {
	VRRP_FAULT_NONE = 0,
	VRRP_FAULT_NO_INTERFACE = 1 << 0, /* the interface does not exist (yet) */
	VRRP_FAULT_LINK_DOWN = 1 << 1,    /* not up, or no carrier */
	VRRP_FAULT_NO_ADDRESS = 1 << 2,   /* no primary address to send from */
	VRRP_FAULT_SOCKET = 1 << 3,       /* sockets could not be made */
	VRRP_FAULT_TRACK = 1 << 4,        /* a tracker says so */
	VRRP_FAULT_GROUP = 1 << 5,        /* another member of its sync group is in FAULT */
	VRRP_FAULT_STATIC = 1 << 6,       /* a static address, route or rule of its track_group is missing */
	VRRP_FAULT_NO_PEER = 1 << 7,      /* unicast, and no peer is configured */
	VRRP_FAULT_KEEP = 1 << 9,         /* a virtual route or rule was lost and does not come back */
	VRRP_FAULT_VMAC = 1 << 8,         /* an interface with the virtual MAC cannot be made */
};
const char *vrrp_fault_text(unsigned faults); /* words for the lowest bit, "" for none */

struct vrrp_vip {
	struct prefix prefix;
	char dev[IFNAMSIZ];    /* "" : the router's interface */
	char label[IFNAMSIZ];
	uint8_t scope;
	struct addr broadcast;
	struct addr peer;      /* family 0: none; prefix.len is its length then */
	uint32_t flags;        /* IFA_F_ */
	bool has_preferred;    /* else: for ever */
	uint32_t preferred_lft;
	bool excluded;         /* virtual_ipaddress_excluded: held, not advertised */
};

/* How addresses are announced (garp_* keywords). */
struct vrrp_garp {
	usec_t delay;             /* second burst this long after the first; 0 none; default 5 s */
	uint32_t repeat;          /* announcements an address in a burst; default 5 */
	usec_t refresh;           /* 0 none */
	uint32_t refresh_repeat;  /* default 1 */
	usec_t lower_prio_delay;
	uint32_t lower_prio_repeat;
	usec_t interval;          /* between two gratuitous ARPs; 0 */
	usec_t na_interval;       /* between two neighbour advertisements; 0 */
	usec_t extra;             /* announce so often on VMACs that no advert leaves by; 0: never */
	bool extra_all;           /* and on the one of the router's own interface, where adverts leave by the real one */
};

struct vrrp_hmac_conf;

/* Hops that a peer's adverts may have left; -1: any. */
struct vrrp_ttl_limits {
	int16_t min, max;
};

/* How much the receive buffer must hold: so many bytes, or so many times the interface's MTU or an advert. */
enum vrrp_rx_policy { VRRP_RX_SYSTEM = 0, VRRP_RX_BYTES, VRRP_RX_MTU, VRRP_RX_ADVERT };

struct vrrp_conf {
	struct vr_key key;        /* key.ifname, key.vrid, key.family */
	char name[64];            /* VI_1 */
	uint8_t version;
	uint8_t priority;
	usec_t adver_int;
	bool preempt;
	usec_t preempt_delay;
	uint8_t down_adverts;
	struct addr group;        /* multicast destination */
	struct addr source;       /* mcast_src_ip / unicast_src_ip; family 0: the interface's primary address */
	const struct addr *peers; /* unicast peers; NULL, 0: multicast */
	const struct vrrp_ttl_limits *peer_ttl; /* as many as peers; NULL: no limits */
	size_t n_peers;
	bool check_source;        /* unicast adverts from known peers only */
	bool no_peer_fault;       /* unicast_fault_no_peer, and there is none */
	uint8_t unicast_ttl;      /* of adverts sent */
	enum vrrp_rx_policy rx_policy;
	uint32_t rx_amount;
	const struct vrrp_hmac_conf *hmac; /* NULL: none */
	enum vrrp_auth auth;
	uint8_t auth_data[8];
	const struct vrrp_vip *vips;
	size_t n_vips;
	const struct vmac_conf *vmacs; /* the first is the one of the router's own interface; NULL, 0: no VMAC */
	size_t n_vmacs;
	bool adverts_from_vmac;        /* their source is the virtual MAC */
	const struct keep_item *keeps; /* virtual_routes, then virtual_rules; not kept, so NULL in vrrp_router_conf() */
	size_t n_keeps;
	struct vrrp_garp garp;
	bool grouped;             /* member of a sync group: its owner carries out vrrp_group_settle()'s orders */
	bool silent_to_lower;     /* lower_prio_no_advert */
	bool answer_higher;       /* higher_prio_send_advert */
	bool owner_ignores;       /* owner_ignore_adverts */
	uint8_t late_priority;    /* timer_expired_backup; 0: none */
	struct penalty_rule flap; /* flap_half_life and its like */
	bool no_accept;           /* packets to its addresses are dropped, unless it owns them */
	bool promote;             /* promote_secondaries of its interface */
	bool ignore_link;         /* dont_track_primary: the interface's being down is no fault */
	bool hint_master;         /* "state MASTER": for rows and logs only, but for the owner */
	bool skip_check_adv_addr;
	bool v3_checksum_as_v2;
	bool old_checksum;        /* old_unicast_checksum: send it so */
	bool never_old_checksum;  /* ... never: nor take it */
};

/* Every check of a received packet has its counter (RFC 2787, RFC 6527 and more). */
struct vrrp_counters {
	uint64_t become_master;
	uint64_t adverts_received, adverts_sent;
	uint64_t priority_zero_received, priority_zero_sent;
	uint64_t checksum_errors, version_errors, vrid_errors, ttl_errors, interval_errors, length_errors, type_errors,
		address_list_errors, auth_type_invalid, auth_type_mismatch, auth_failures;
	uint64_t source_errors; /* unicast, and not from a configured peer */
	uint64_t hmac_missing, hmac_malformed, hmac_unknown_key, hmac_invalid, hmac_stale;
	uint64_t replays;       /* of signed adverts: AH and auth_hmac */
	uint64_t send_errors;
	uint64_t garps_sent, nas_sent;
	uint64_t doubts;        /* times that all was announced again because what neighbours know was in doubt */
	uint64_t addresses_restored; /* routes and rules too */
	uint64_t refusals;      /* the kernel did not add, or remove, one of these */
	uint64_t flaps, dampings; /* falls that count for flap damping; how often it was damped */
};

struct vrrp_change {
	enum vrrp_state from, to;
	enum vrrp_reason reason;
	unsigned faults; /* enum vrrp_fault bits */
};

struct vrrp_observer {
	void (*transition)(void *user, struct vrrp_router *r, const struct vrrp_change *c);
	/* Something that rows show has changed (master address, priority, addresses installed, counters of errors). */
	void (*changed)(void *user, struct vrrp_router *r);
	/* Of a group: state, wish or faults are others than before, so that the group may have to move. */
	void (*member)(void *user, struct vrrp_router *r);
	/* Of a group: an advert was heard that outranks us, or does not. */
	void (*heard)(void *user, struct vrrp_router *r, bool outranks_us, const struct addr *peer);
	/* As MASTER: an advert of lower priority was heard. */
	void (*lower_heard)(void *user, struct vrrp_router *r);
	/* An advert went out as MASTER: the state page is stamped here. Stores only. */
	void (*advertised)(void *user, struct vrrp_router *r);
	void *user;
};

struct vrrp_env {
	struct loop *loop;
	struct nl *nl;
	struct netmon *netmon;
	struct routemon *routemon; /* NULL: nothing but addresses is kept */
	struct rt_dirs dirs;
	struct fence *fence;       /* no_accept; NULL: nobody drops packets */
	struct vrrp_paces *paces;  /* garp_group; NULL: none */
	struct vrrp_spread *spread; /* places of adverts in the interval; NULL: each stays where it began */
	struct vrrp_observer observer;
	usec_t start_not_before;  /* vrrp_startup_delay, vrrp_delay_after_boot: no election before */
};

/* Copies conf. Opens nothing yet. `env` outlives the router. */
struct vrrp_router *vrrp_router_new(const struct vrrp_env *env, const struct vrrp_conf *conf);
/* `adopt`: the state page says that we were MASTER within Master_Down_Interval less one interval.
 * `may_hold`: addresses may be there from a former life (crash): they stay until a master is heard or we become it.
 * */
void vrrp_router_start(struct vrrp_router *r, bool adopt, bool may_hold);
/* Do its adverts have the old checksum of unicast because a peer's have? And: a former life has heard such a peer, which understands
 * nothing else; before start. */
bool vrrp_router_sums_old(const struct vrrp_router *r);
void vrrp_router_sum_old(struct vrrp_router *r);
/* Priority 0 and address removal where MASTER, then INIT; done() once the kernel has answered. */
void vrrp_router_stop(struct vrrp_router *r, void (*done)(void *user), void *user);
/* Only after stop's done(), or never started. */
void vrrp_router_free(struct vrrp_router *r);
/* New parameters in place: only what changed touches kernel or sockets, and there is no transition. False where key,
 * version or transport differ: the owner stops it and makes a new one. */
bool vrrp_router_reconf(struct vrrp_router *r, const struct vrrp_conf *conf);
/* What trackers and the daemon's own health say, summed by core/vrrp/track.h; base 255 is not adjusted. `wait` keeps a router that
 * has not started yet, or is in FAULT, where it is; one that goes on as MASTER does not wait. `why` goes into the log line of what
 * changes and is the text of FAULT. */
void vrrp_router_track(struct vrrp_router *r, struct track_share share, const char *why);

/* What its sync group must know of it, and the group's orders. */
void vrrp_router_member(const struct vrrp_router *r, struct vrrp_group_member *out);
void vrrp_router_order(struct vrrp_router *r, enum vrrp_group_order o);

/* Something that its track_group answers for is missing, or is there again. */
void vrrp_router_static_fault(struct vrrp_router *r, bool fault);

/* What neighbours know of its addresses is in doubt (`why`: words for the log): announce them again. */
void vrrp_router_announce(struct vrrp_router *r, const char *why);

const struct vrrp_conf *vrrp_router_conf(const struct vrrp_router *r);
/* "" : alive and able. Readers get copies. */
struct vrrp_report {
	enum vrrp_state state;
	enum vrrp_reason reason;
	unsigned faults;
	char fault_text[96];
	uint8_t priority; /* effective */
	int ifindex;      /* 0: absent */
	struct addr primary;
	struct addr master;     /* ourselves when MASTER; family 0: none heard */
	uint8_t master_priority;
	usec_t master_adver_int, master_down_interval, skew;
	usec_t left_init_at;    /* USEC_NEVER while in INIT or FAULT */
	usec_t entered_at;
	size_t vips_installed;
	bool damped;            /* flaps too much: preempts nobody */
	uint32_t guilt;         /* thousandths of a fall that are not forgotten */
	usec_t damped_until;    /* USEC_NEVER where it is not damped */
	uint64_t vmacs_mended;
	size_t keeps, keeps_installed; /* virtual routes and rules */
	uint8_t mac[6];         /* of the virtual router: 00:00:5e:00:0x:VRID */
	uint8_t last_reject;           /* enum vrrp_reject: of those that RFC 6527 names, the last; 0 none */
	enum vrrp_reason master_reason; /* why it became MASTER the last time; VRRP_WHY_NONE: never */
	struct vrrp_counters counters;
};
void vrrp_router_report(const struct vrrp_router *r, struct vrrp_report *out);
/* Is it one of its virtual addresses? */
bool vrrp_router_has_vip(const struct vrrp_router *r, const struct addr *a);

/* Packets that fit no router here: counted per process (VRRP-MIB's router statistics). */
/* Of all: packets whose authentication header (auth_type AH) was malformed. */
uint64_t vrrp_port_ah_errors(void);
void vrrp_router_totals(uint64_t *checksum_errors, uint64_t *version_errors, uint64_t *vrid_errors);

#endif
