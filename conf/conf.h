/*
 * The configuration as a tree: what the file says, checked, with defaults filled in. Immutable once built.
 *
 * conf_load() (load.h) makes it in an arena of its own; it is handed out as `const struct conf *` and freed whole.
 * Nothing in it points outside the arena. Lists are arrays in file order. Times are microseconds. Every object keeps
 * the place where it was defined, for messages.
 */
#ifndef REGENT_CONF_CONF_H
#define REGENT_CONF_CONF_H

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/addr.h"
#include "core/base/key.h"
#include "core/base/mono.h"

/* Where a word stands. Text that came out of a variable, ~SEQ or ~LST stands where that is used, and knows where it was
 * written too; from_file is NULL for all other text. */
struct conf_place {
	const char *file;
	uint32_t line, column; /* from 1 */
	uint32_t from_line, from_column;
	const char *from_file;
};

enum conf_tristate { CONF_UNSET = 0, CONF_NO = 1, CONF_YES = 2 };

struct conf_garp {
	usec_t master_delay;         /* 5 s; 0 no second burst */
	uint32_t master_repeat;      /* 5 */
	usec_t master_refresh;       /* 0 */
	uint32_t master_refresh_repeat; /* 1 */
	usec_t lower_prio_delay;     /* = master_delay */
	uint32_t lower_prio_repeat;  /* = master_repeat */
	usec_t interval;             /* 0 */
};

enum conf_rt { CONF_RT_DEFAULT = 0 }; /* rt_priority: 0 = ours (lowest FIFO) */

struct conf_global {
	const char *router_id;           /* NULL: the host name */
	const char *instance;            /* NULL */
	const char *const *emails;       /* notification_email */
	size_t n_emails;
	const char *email_from, *smtp_server;
	uint16_t smtp_port;
	usec_t smtp_timeout;             /* 30 s */
	uint8_t vrrp_version;            /* 2 */
	struct addr mcast_group4;        /* 224.0.0.18 */
	struct addr mcast_group6;        /* ff02::12 */
	struct conf_garp garp;
	bool skip_check_adv_addr;
	bool vrrp_strict;
	usec_t startup_delay;
	/* lvs_sync_daemon */
	struct {
		bool on;
		const char *ifname, *instance;
		uint8_t id;
		bool id_set;
		uint16_t maxlen, port;
		uint8_t ttl;
		struct addr group;
	} sync;
	/* SNMP */
	const char *snmp_socket;         /* NULL: /var/agentx/master */
	enum conf_tristate snmp, snmp_write, traps; /* `snmp off`, `snmp_write off`, `enable_traps off`; unset = on */
	/* scheduling */
	uint8_t rt_priority;             /* vrrp_rt_priority; 0 = Regent's own choice */
	enum conf_tristate no_swap;
	/* Regent's own */
	usec_t ipvs_resync;              /* period of the dump that looks for drift, 60 s */
	enum conf_tristate role_weights; /* "directors that are real servers" (DESIGN.md 7); unset = on */
	const char *script_user;
};

struct conf_vip {
	struct conf_place place;
	struct prefix prefix;
	const char *dev, *label;         /* NULL */
	uint8_t scope;                   /* RT_SCOPE_UNIVERSE */
	struct addr broadcast;
	bool excluded;
};

enum conf_auth { CONF_AUTH_NONE = 0, CONF_AUTH_PASS = 1, CONF_AUTH_AH = 2 };

struct conf_vrrp {
	struct conf_place place;
	const char *name;
	struct vr_key key;
	const char *interface;
	uint8_t vrid, version;           /* 2 or 3 */
	uint8_t family;                  /* AF_INET or AF_INET6 */
	uint8_t priority;                /* 100 */
	bool state_master;
	usec_t advert_int;               /* 1 s */
	bool nopreempt;
	usec_t preempt_delay;
	uint8_t down_timer_adverts;      /* 3 */
	bool accept;                     /* true */
	enum conf_auth auth;
	uint8_t auth_pass[8];            /* zero-padded */
	struct addr mcast_group;         /* resolved: instance's or global's */
	struct addr source;              /* mcast_src_ip or unicast_src_ip */
	const struct addr *peers;
	size_t n_peers;
	const struct conf_vip *vips;     /* excluded ones too, in order */
	size_t n_vips;
	struct conf_garp garp;           /* globals filled in */
	bool skip_check_adv_addr;
	bool v3_checksum_as_v2;
	bool dont_track_primary;
};

struct conf_group {
	struct conf_place place;
	const char *name;
	const char *const *members;
	size_t n_members;
};

struct conf_url {
	struct conf_place place;
	const char *path;                /* "/" */
	const char *virtualhost;         /* NULL */
	const uint16_t (*status)[2];     /* ranges; NULL, 0: 200-299 */
	size_t n_status;
	bool has_digest;
	uint8_t digest[16];
};

/* A checker; times already inherited (checker <- real server <- virtual server <- default). */
struct conf_checker {
	struct conf_place place;
	enum probe_kind kind;
	struct endpoint target;          /* connect_ip, connect_port, or the server's */
	struct endpoint bind;
	const char *bind_if;
	uint32_t fwmark;
	usec_t timeout, interval, retry_delay, warmup;
	uint32_t retry;
	const struct conf_url *urls;
	size_t n_urls;
	bool http11;
};

enum conf_method { CONF_NAT = 0, CONF_TUN = 2, CONF_DR = 3 }; /* the kernel's numbers */

struct conf_rs {
	struct conf_place place;
	struct endpoint server;
	int32_t weight;                  /* 1; 0..65535 */
	enum conf_method method;         /* the service's where not set */
	uint32_t upper, lower;
	bool inhibit_on_failure, alpha;
	const struct conf_checker *checkers;
	size_t n_checkers;
};

struct conf_vs {
	struct conf_place place;
	struct service_key key;
	const char *name;                /* snmp_name, or the formatted key */
	const char *scheduler;           /* "wlc" */
	uint32_t flags;                  /* IP_VS_SVC_F_ bits */
	enum conf_method method;
	uint32_t persistence;            /* seconds, 0 none */
	uint32_t netmask;                /* persistence_granularity */
	const char *pe;                  /* NULL */
	uint32_t quorum, hysteresis;
	bool alpha, omega, ops, inhibit_on_failure, ha_suspend;
	const char *ha_instance;         /* Regent's own: NULL */
	bool has_sorry, sorry_inhibit;
	struct endpoint sorry;
	enum conf_method sorry_method;
	const struct conf_rs *servers;
	size_t n_servers;
};

struct conf {
	struct conf_global global;
	const struct conf_vrrp *vrrp;
	size_t n_vrrp;
	const struct conf_group *groups;
	size_t n_groups;
	const struct conf_vs *services;
	size_t n_services;
};

/* Frees the tree and all it holds; NULL is fine. */
void conf_free(const struct conf *c);

#endif
