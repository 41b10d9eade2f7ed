/*
 * Virtual services at run time: what the kernel's IPVS table should be, and the work of making it so.
 *
 * Inputs: configured services, verdicts about servers, the role of the virtual router that holds a service's address, what the
 * operator has set. From these the desired table is derived afresh each time (desired.c, pure), compared with what the kernel
 * has (plan.c, pure) and applied by the kernel thread. A dump at start adopts what is there; a periodic dump finds what other
 * hands changed, repairs it and counts it. Services that are neither configured nor made by us (`made_by_us`) are never touched.
 */
#ifndef REGENT_IPVS_SERVICES_H
#define REGENT_IPVS_SERVICES_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/key.h"
#include "core/base/penalty.h"
#include "core/net/netmon.h"
#include "core/nl/nl.h"

struct ipvs;
struct ipvs_stat;

enum ipvs_method { IPVS_NAT = 0, IPVS_TUN = 2, IPVS_DR = 3 };
const char *ipvs_method_name(enum ipvs_method m); /* "NAT", "TUN", "DR" */

#define IPVS_WEIGHT_MAX 65535

/* How packets are wrapped for a server behind a tunnel: the kernel's numbers (linux/ip_vs.h). */
struct ipvs_tunnel {
	uint8_t type;              /* 0 ipip, 1 gue, 2 gre */
	uint16_t port;             /* of gue */
	uint16_t flags;            /* 1 checksum, 2 remote checksum offload */
};

struct ipvs_server_conf {
	struct endpoint server;
	int32_t weight;            /* configured, 0..65535 */
	enum ipvs_method method;
	struct ipvs_tunnel tunnel; /* where the method is TUN */
	usec_t slow_start;         /* window in which its weight rises after it has come up; 0 none */
	uint32_t upper, lower;     /* connection thresholds, 0 none */
	bool inhibit_on_failure;
	bool alpha;                /* down until a probe says up */
	bool probed;               /* has probes at all; without, it is always up */
};

struct ipvs_service_conf {
	struct service_key key;
	char name[64];             /* printable: "[172.25.0.200]:tcp:80", snmp_name or the group's name */
	char scheduler[16];
	uint32_t flags;            /* IP_VS_SVC_F_ bits: scheduler flags, one-packet */
	uint32_t persistence;      /* seconds; 0 none */
	uint32_t netmask;          /* persistence granularity: IPv4 mask (network order) or IPv6 prefix length; 0 = whole */
	char pe[16];
	uint32_t quorum;           /* default 1 */
	uint32_t hysteresis;       /* default 0 */
	bool role_aware;           /* DR/TUN and its address is in a virtual router, and not switched off: BACKUP rule applies */
	const struct ipvs_server_conf *servers;
	size_t n_servers;
	bool has_sorry;
	bool sorry_inhibit;
	struct ipvs_server_conf sorry;
	uint8_t panic_percent;     /* with fewer of the servers healthy, checks are not believed; 0 never */
	bool panic_all;            /* then all serve; else those that did before */
	struct penalty_rule flaps; /* half_life 0: no damping */
};

/* What an operator has set of one server. */
struct ipvs_setting {
	int32_t weight;            /* 0..65535; -1: none */
	bool drain;                /* weight 0, and out of the kernel when its connections have ended ... */
	usec_t drain_until;        /* ... or at this time, whatever they do; USEC_NEVER: none */
	bool drained;              /* it is out already: a drain of before a restart that had come to its end */
	bool disable;              /* out of the kernel at once */
};

/* The role of the virtual router that holds the service's address. NONE: in no instance, always whole. */
enum ipvs_role { IPVS_ROLE_NONE = 0, IPVS_ROLE_BACKUP = 1, IPVS_ROLE_MASTER = 2 };

enum ipvs_server_state { IPVS_RS_UNKNOWN = 0, IPVS_RS_UP = 1, IPVS_RS_DOWN = 2, IPVS_RS_DRAINED = 3, IPVS_RS_DISABLED = 4 };

/* What explains the effective weight. */
enum ipvs_weight_source {
	IPVS_WS_CONFIG = 1, IPVS_WS_OVERRIDE = 2, IPVS_WS_HEALTH = 3, IPVS_WS_ROLE = 4, IPVS_WS_SORRY = 5,
	IPVS_WS_RAMP = 6, IPVS_WS_PANIC = 7, IPVS_WS_PROBE = 8, IPVS_WS_FLAPS = 9,
};

/* Connections of a server by the kernel's count; known only where they are looked at. */
struct ipvs_conns {
	bool known;
	uint32_t active, inactive, persistent /* templates: clients bound to it */;
};

struct ipvs_server_report {
	struct server_key key;
	enum ipvs_server_state state;
	enum ipvs_weight_source source;
	enum ipvs_method method;
	int32_t conf_weight, set_weight /* -1: none */, probe_weight /* -1 */, ramp_weight /* -1: no ramp */, effective_weight;
	bool in_kernel, local, sorry;
	bool draining, drained, disabled; /* by the operator */
	bool suppressed;    /* kept out because it came and went too often */
	struct ipvs_conns conns; /* while it drains */
	int kernel_error;   /* the last refused operation's errno, 0 */
	usec_t changed_at;
	uint32_t failures;  /* times it went down */
};

struct ipvs_service_report {
	struct service_key key;
	enum ipvs_role role;
	bool judged; /* quorum_up is derived; at first it is false because nobody has looked */
	bool quorum_up, sorry_active, in_kernel, panic;
	uint32_t servers_up, servers_total;
	int kernel_error;
	usec_t changed_at;
};

enum ipvs_availability { IPVS_UNKNOWN = 0, IPVS_THERE = 1, IPVS_ABSENT = 2 };

struct ipvs_totals {
	enum ipvs_availability availability;
	uint64_t operations, failures, repaired /* drift */, dumps;
	usec_t last_dump;
	usec_t looked;       /* when the last look at the whole table began */
	usec_t repair_most;  /* the longest from there to the kernel's word that what another hand did is undone */
};

struct ipvs_observer {
	void (*server)(void *user, const struct server_key *k, enum ipvs_server_state from, enum ipvs_server_state to);
	void (*quorum)(void *user, const struct service_key *k, bool up);
	/* A drain has come to its end; `c`: what was left. */
	void (*drained)(void *user, const struct server_key *k, const struct ipvs_conns *c);
	void (*changed)(void *user, const struct service_key *k); /* rows of this service and its servers */
	/* While traffic is counted: one service or server, as stats.h has it, and the end of it. */
	void (*traffic)(void *user, const struct ipvs_stat *s);
	void (*traffic_done)(void *user, int err);
	void (*availability)(void *user, enum ipvs_availability a);
	/* The kernel now has / no longer has this service by our hand: the state page notes it. */
	void (*made)(void *user, const struct service_key *k, bool made);
	void *user;
};

/* `period`: of the dump that looks for drift. `made_by_us`: keys that the state page says we made in a former life. */
struct ipvs *ipvs_new(struct loop *l, struct nl *nl, const struct netmon *netmon, const struct ipvs_observer *o,
                      usec_t period, const struct service_key *made_by_us, size_t n_made);
/* net.ipv4.vs.conn_reuse_mode is not ours: IPVS is in another network namespace. */
void ipvs_leave_reuse(struct ipvs *i);
/* Nothing is told after this. What the kernel thread still uses is freed when its last job has ended or was dropped, so this may
 * come before nl_stop() or after it. */
void ipvs_free(struct ipvs *i);

/* Changes to the model; nothing reaches the kernel before ipvs_commit(). conf is copied. */
void ipvs_service_put(struct ipvs *i, const struct ipvs_service_conf *conf, usec_t now); /* new, or changed in place by keyed diff */
/* The same in parts, one service at a time: begin (conf's own list of servers is not looked at, only how many they are), each of its
 * servers, then steps of tens of microseconds until one is false. The service is as it was until near the end, and what verdicts and
 * operators say meanwhile of servers that stay is kept. One that is removed before that is not put. */
void ipvs_put_begin(struct ipvs *i, const struct ipvs_service_conf *conf, usec_t now);
void ipvs_put_server(struct ipvs *i, const struct ipvs_server_conf *c);
bool ipvs_put_step(struct ipvs *i);
void ipvs_service_remove(struct ipvs *i, const struct service_key *k);
void ipvs_service_role(struct ipvs *i, const struct service_key *k, enum ipvs_role role);
/* A verdict, already folded over the server's probes. Unknown keys are ignored. */
void ipvs_server_verdict(struct ipvs *i, const struct server_key *k, bool up);
/* What the operator has set, all of it. False: no such server (or it is the sorry server), or the weight is out of range. */
bool ipvs_server_set(struct ipvs *i, const struct server_key *k, const struct ipvs_setting *s);
/* A weight that a probe has found, in the place of the configured one; -1: none. False: no such server, or out of range. */
bool ipvs_server_probe_weight(struct ipvs *i, const struct server_key *k, int32_t weight);
/* Addresses of this host changed: which servers are local may differ. */
void ipvs_locals_changed(struct ipvs *i);
/* While the first configuration is put, piece by piece, no commit begins: what is not put yet would be taken for what a former life
 * made and nobody wants. What was asked for meanwhile begins at the end of it. */
void ipvs_hold(struct ipvs *i, bool held);
/* Derive, compare, queue what differs on the kernel thread. LOOP_URGENT for role changes. */
void ipvs_commit(struct ipvs *i, enum loop_class cls);
/* Commit, and be told when the kernel has answered: err 0 or the errno of the first operation that failed. For SETs. */
void ipvs_commit_then(struct ipvs *i, enum loop_class cls, void (*done)(void *user, int err), void *user);
/* At an orderly stop: remove the services that we made, but for role-aware ones with a server on this host, which stay in the form
 * that a role other than MASTER gave them: connections to that server go on. done() when the kernel has answered. */
void ipvs_withdraw(struct ipvs *i, void (*done)(void *user), void *user);

/* Beside services. Before the first commit; what differs later is applied with the next. */
struct ipvs_settings {
	uint32_t tcp, tcpfin, udp; /* the kernel's time-outs, seconds; 0: as they are */
	bool flush;                /* at the first commit, services of other hands go */
	enum ipvs_at_stop { IPVS_STOP_OURS = 0, IPVS_STOP_CONFIGURED = 1, IPVS_STOP_ALL = 2 } at_stop; /* what ipvs_withdraw() removes */
};
void ipvs_configure(struct ipvs *i, const struct ipvs_settings *s);

/* Connection synchronisation (lvs_sync_daemon). */
struct ipvs_sync_conf {
	bool enabled;
	bool both; /* follows no instance: both halves run, whatever the role */
	char ifname[16];
	uint8_t id;
	uint16_t maxlen, port;
	uint8_t ttl;
	struct addr group;
};
/* Which half runs: BACKUP or MASTER by role; NONE = both stopped. Applied at once; nothing happens where it is so already. */
void ipvs_sync_daemon(struct ipvs *i, const struct ipvs_sync_conf *c, enum ipvs_role role);

bool ipvs_service_report(const struct ipvs *i, const struct service_key *k, struct ipvs_service_report *out);
bool ipvs_server_report(const struct ipvs *i, const struct server_key *k, struct ipvs_server_report *out);
/* Reports of at most `most` servers from *at on, in their order, the sorry server last. True: there are more. */
bool ipvs_some_servers(const struct ipvs *i, const struct service_key *k, size_t *at, size_t most,
                      void (*fn)(void *user, const struct ipvs_server_report *r), void *user);
/* Count what has passed through services, or through all of their servers, and tell the observer. False: not now. */
bool ipvs_count_traffic(struct ipvs *i, bool servers);
void ipvs_get_totals(const struct ipvs *i, struct ipvs_totals *out);
/* A large part of the table is on its way to the kernel: what rows say of it will soon be otherwise. */
bool ipvs_is_filling(const struct ipvs *i);

#endif
