/*
 * The configuration as a tree: what the file says, checked, with defaults filled in. Immutable once built.
 *
 * conf_load() (load.h) makes it in an arena of its own; it is handed out as `const struct conf *` and freed whole.
 * Nothing in it points outside the arena and those that it holds. Lists are arrays in file order. Times are
 * microseconds. Every object keeps the place where it was defined, for messages.
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

/* Words of a line as they stand there; what they mean is for the one who acts on them. */
struct conf_words {
	const char *const *word;
	size_t n;
	bool given;
	struct conf_place place;
};

/* A command as it is written and as its words, and who runs it (NULL: script_user). */
struct conf_script {
	const char *command; /* NULL: none */
	const char *const *argv;
	size_t n_argv;
	const char *user, *group;
	struct conf_place place;
};

/* What the daemon's own ill health does to instances that carry services. */
enum conf_health { CONF_HEALTH_WEIGHT = 0, CONF_HEALTH_FAULT = 1, CONF_HEALTH_OFF = 2 };

enum conf_rt { CONF_RT_DEFAULT = 0 }; /* rt_priority: 0 = ours (lowest FIFO) */

/* How long what operators set is remembered. */
enum conf_memory { CONF_MEMORY_FOREVER = 0, CONF_MEMORY_RESTART = 1, CONF_MEMORY_RELOAD = 2 };

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
	struct {
		int32_t nice;
		uint32_t rttime;         /* us; 0: Regent's own */
		struct conf_words cpus;  /* numbers */
	} process;
	/* Regent's own */
	usec_t ipvs_resync;              /* period of the dump that looks for drift, 60 s */
	enum conf_tristate role_weights; /* "directors that are real servers"; unset = on */
	uint8_t override_memory;         /* enum conf_memory */
	usec_t drain_timeout;            /* deadline of a drain that has none of its own; 0: none */
	struct {
		uint32_t tcp, tcpfin, udp;   /* seconds; 0: the kernel's stays */
	} lvs_timeouts;
	bool lvs_flush;
	struct conf_words lvs_flush_on_stop; /* [VS] */
	uint8_t health;                  /* enum conf_health */
	uint8_t health_weight;           /* 50 */
	const char *script_user, *script_group;
	struct conf_global_mail {
		const char *helo;
		enum conf_tristate alert, alert_vrrp, alert_checker;
		bool no_faults, no_checkers;
	} mail;
	struct conf_global_scripts {
		struct conf_script startup, shutdown;
		usec_t startup_timeout, shutdown_timeout; /* 10 s */
		usec_t notify_timeout; /* 60 s */
		bool security, symlinks, all_groups;
		struct conf_script fifo_script, vrrp_fifo_script, lvs_fifo_script;
		struct conf_words fifo, vrrp_fifo, lvs_fifo; /* PATH [USER [GROUP]] */
		bool priority_changes, states_on_reload, rs_init;
	} scripts;
	/* What follows is read and kept, and not all of it has an effect yet. */
	struct conf_global_vrrp {
		usec_t gna_interval, delay_after_boot;
		bool min_garp, lower_prio_no_advert, higher_prio_send_advert, owner_ignore_adverts;
		bool checksum_as_v2, check_unicast_src, log_unknown_vrids, no_igmp;
		uint8_t down_timer_adverts; /* 3 */
		struct conf_words garp_extra_if, dynamic_interfaces, rx_policy;
		const char *vmac_prefix, *vmac_addr_prefix;
		uint32_t rx_multiplier; /* 3 */
	} vrrp;
	struct conf_global_nft {
		struct conf_words table, ipvs_table;
		int32_t priority, ipvs_priority; /* 101, -1 */
		bool counters, ifindex;
		uint32_t ipvs_first_mark; /* 1000 */
	} nft;
	struct conf_global_ipvs {
		bool log_all_failures;
	} ipvs;
	struct conf_global_buffers {
		uint32_t vrrp_cmd, vrrp_monitor, lvs_cmd, lvs_monitor, process; /* 0: the kernel's own */
		bool vrrp_cmd_force, vrrp_monitor_force, lvs_cmd_force, lvs_monitor_force, process_force;
	} buffers;
	struct conf_global_reload {
		struct conf_words check, file;
		const char *time_file;
		bool repeat;
	} reload;
	usec_t vs_stats_age, rs_stats_age; /* 5 s; 0: as the other */
	const char *iproute_usr, *iproute_etc;
	const char *net_namespace, *net_namespace_ipvs;
};

/* An address as `ip address add` takes it. */
struct conf_vip {
	struct conf_place place;
	struct prefix prefix;
	const char *dev, *label;         /* NULL */
	uint8_t scope;                   /* RT_SCOPE_UNIVERSE */
	struct addr broadcast;
	bool excluded;
	struct prefix peer;
	const char *track_group;         /* of static ones */
	uint32_t preferred_lft;          /* with has_preferred; UINT32_MAX for ever */
	bool has_preferred, use_vmac, home, nodad, mngtmpaddr, noprefixroute, autojoin, no_track;
};

/* What follows `nexthop`, or stands in the route itself where it has one way only. */
struct conf_hop {
	struct addr via;
	const char *dev;
	uint32_t weight;                 /* 1 */
	bool onlink;
	struct conf_words encap;         /* as written: mpls 100 */
};

/* An option of a route or a rule with its value, in the order in which they stand. */
struct conf_attr {
	const char *name, *value;        /* NULL: none */
	bool lock;                       /* mtu lock 1500 */
};

/* A route as `ip route add` takes it. */
struct conf_route {
	struct conf_place place;
	uint8_t family;
	const char *type;                /* "unicast", "blackhole", ...; NULL: unicast */
	const char *order;               /* "add", "prepend", "append"; NULL: prepend */
	struct prefix to;                /* family 0: default */
	struct addr src;
	const char *table;               /* name or number; NULL: main */
	const char *track_group;
	bool no_track;
	const struct conf_hop *hops;
	size_t n_hops;
	const struct conf_attr *attrs;
	size_t n_attrs;
};

struct conf_routes {
	const struct conf_route *list;
	size_t n;
};

/* A rule as `ip rule add` takes it. */
struct conf_rule {
	struct conf_place place;
	uint8_t family;
	const char *action;              /* "table X" has none; "blackhole", "unreachable", "prohibit", "goto", "nop" */
	bool invert;                     /* not */
	struct prefix from, to;          /* family 0: all */
	const char *table, *track_group;
	bool no_track;
	const struct conf_attr *attrs;
	size_t n_attrs;
};

struct conf_rules {
	const struct conf_rule *list;
	size_t n;
};

enum conf_track_kind {
	CONF_TRACK_INTERFACE, CONF_TRACK_SCRIPT, CONF_TRACK_PROCESS, CONF_TRACK_FILE, CONF_TRACK_BFD,
	CONF_TRACK_SERVICE,              /* Regent's own */
};
const char *conf_track_kind_name(enum conf_track_kind k);

/* What an instance or a group looks at. */
struct conf_track {
	struct conf_place place;
	enum conf_track_kind kind;
	const char *name;                /* of the interface, the vrrp_script and its like, the service (or its ADDR PORT) */
	int32_t weight;
	bool weight_set, reverse;
};

struct conf_tracks {
	const struct conf_track *list;
	size_t n;
};

struct conf_notify {
	struct conf_script any, master, backup, fault, stop, deleted, rx_lower_pri;
	bool deleted_set;                /* notify_deleted without a script: DELETED, not FAULT */
	enum conf_tristate priority_changes, smtp_alert;
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
	struct conf_tracks tracks;
	struct conf_words vmac, ipvlan;  /* as written behind use_vmac and use_ipvlan */
	const char *vrf;
	bool vmac_addr, vmac_xmit_base, track_src_ip, unicast_fault_no_peer, promote_secondaries;
	enum conf_tristate check_unicast_src, lower_prio_no_advert, higher_prio_send_advert, strict_mode, owner_ignores;
	usec_t flap_half_life;           /* 0: no damping */
	uint32_t flap_suppress, flap_reuse; /* falls */
	int16_t unicast_ttl;             /* -1: 255 */
	struct conf_words old_unicast_checksum, garp_extra_if, timer_expired_backup;
	uint32_t rx_buf_size;
	const struct conf_peer *peer_limits; /* as many as there are peers */
	struct conf_notify notify;
	struct conf_routes routes;
	struct conf_rules rules;
	struct conf_hmac *hmac;          /* NULL */
};

/* The hop limits that a unicast peer's adverts must have; -1: any. */
struct conf_peer {
	int16_t min_ttl, max_ttl;
};

struct conf_hmac_key {
	uint8_t id;
	const char *key;                 /* hex:..., file:..., or the text: as written */
	uint8_t len, bytes[64];          /* what it stands for; len 0: the file was not there to be read */
};

struct conf_hmac {
	struct conf_hmac_key *keys;
	size_t n_keys;
	int16_t active_key;              /* -1: the first */
	struct conf_words anti_replay;
	uint16_t time_window;            /* 0: by the interval */
	uint8_t mode;                    /* 0 enforce, 1 permissive, 2 receive-only */
};

struct conf_group {
	struct conf_place place;
	const char *name;
	const char *const *members;
	size_t n_members;
	bool tracking_weight;
	struct conf_tracks tracks;
	struct conf_notify notify;
};

struct conf_url {
	struct conf_place place;
	const char *path;                /* "/" */
	const char *virtualhost;         /* NULL */
	const uint16_t (*status)[2];     /* ranges; NULL, 0: 200-299 */
	size_t n_status;
	bool has_digest;
	uint8_t digest[16];
	uint32_t method;                 /* 0 GET, 1 HEAD, 2 POST */
	const char *body;                /* of a POST */
	struct conf_words headers;       /* one word a line */
	const char *regex;
	bool regex_no_match;
	struct conf_words regex_options, regex_stack;
	uint32_t regex_min, regex_max;   /* 0: none */
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
	/* Regent's own; 0: timeout, interval, 1, retry + 1 */
	usec_t answer_timeout, down_interval;
	uint32_t rise, fall;
	const struct conf_url *urls;
	size_t n_urls;
	uint32_t http_version;           /* 0: 1.0, 1: 1.1, 2: 1.0C, 3: 1.0K */
	bool fast_recovery;              /* Regent asks for all URLs in each run anyway */
	bool keep_alive;                 /* Regent's own */
	bool tls, starttls, enable_sni, tls_compliant, verify;
	const char *sni_name, *verify_ca, *verify_name;
	uint32_t verify_days;
	const char *send, *expect;       /* of TCP_CHECK and AGENT_CHECK */
	enum conf_tristate alpha, log_all_failures; /* inherited where unset */
	const char *helo_name;
	const char *dns_type, *dns_name; /* "SOA", "." */
	/* Regent's own: over TCP from the first; what the answer must be (NULL: NOERROR, anything, anything) */
	uint32_t dns_tcp;
	const char *dns_rcode, *dns_text;
	struct addr dns_address;
	struct conf_script command;      /* misc_path, user */
	usec_t misc_timeout;             /* 0: delay_loop */
	bool dynamic;                    /* misc_dynamic, FILE_CHECK's dynamic */
	const char *object;              /* of FILE_CHECK and BFD_CHECK: what is looked at */
	int32_t weight;                  /* of FILE_CHECK */
	bool weight_set, reverse;
	const char *payload;             /* of UDP_CHECK, hexadecimal */
	struct conf_words require_reply;
	uint16_t min_reply, max_reply;   /* 0, 255 */
};

enum conf_method { CONF_NAT = 0, CONF_TUN = 2, CONF_DR = 3 }; /* the kernel's numbers */

struct conf_rs {
	struct conf_place place;
	struct endpoint server;
	int32_t weight;                  /* 1; 0..65535 */
	enum conf_method method;         /* the service's where not set */
	uint32_t upper, lower;
	bool inhibit_on_failure, alpha;  /* alpha: of any of its checkers, where it has any */
	enum conf_tristate log_all_failures;
	const struct conf_checker *checkers;
	size_t n_checkers;
	const char *name;                /* snmp_name; NULL */
	usec_t slow_start;               /* 0 none */
	struct conf_tunnel {
		uint8_t type;                /* 0 ipip, 1 gue, 2 gre: the kernel's numbers */
		uint16_t port;
		uint8_t csum;                /* 0 nocsum, 1 csum, 2 remcsum */
	} tunnel;
	struct conf_script notify_up, notify_down;
	enum conf_tristate smtp_alert;
};

/* What stays in the pool while too few servers are healthy. */
enum conf_panic { CONF_PANIC_KEEP = 0, CONF_PANIC_ALL = 1 };

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
	enum conf_tristate log_all_failures;
	const char *ha_instance;         /* Regent's own: NULL */
	bool has_sorry, sorry_inhibit;
	struct endpoint sorry;
	enum conf_method sorry_method;
	const struct conf_rs *servers;
	size_t n_servers;
	struct conf_tunnel tunnel, sorry_tunnel;
	usec_t slow_start;               /* of servers that do not say; 0 none */
	uint8_t panic_percent;           /* 0: never */
	uint8_t panic_mode;              /* enum conf_panic */
	usec_t flap_half_life;           /* 0: no damping */
	uint32_t flap_suppress, flap_reuse;
	const char *group;               /* in conf.expanded: the virtual_server_group that it comes from; NULL */
	bool leads_group;                /* the first of its group: speaks for the group in events */
	struct conf_script quorum_up, quorum_down;
	enum conf_tristate smtp_alert;
};

/* A virtual_server that is a group's; in conf.grouped, without a key of its own. */
struct conf_grouped {
	const char *group;
	struct conf_vs service;          /* key: family and protocol only */
};

/* Addresses, ranges and marks of a virtual_server_group. */
struct conf_vsg_entry {
	struct conf_place place;
	uint32_t fwmark;                 /* 0: addresses */
	uint8_t family;                  /* of a mark 0: its servers' */
	struct addr first, last;
	uint16_t port;
};

struct conf_vsg {
	struct conf_place place;
	const char *name;
	const struct conf_vsg_entry *entries;
	size_t n_entries;
};

struct conf_vrrp_script {
	struct conf_place place;
	const char *name;
	struct conf_script script;
	usec_t interval, timeout;        /* 1 s; 0: the interval */
	int32_t weight;
	bool reverse, init_fail;
	uint32_t rise, fall;             /* 1 */
};

struct conf_process {
	struct conf_place place;
	const char *name;
	struct conf_words process;       /* the command and its parameters */
	uint8_t param_match;             /* 0 exact, 1 initial, 2 partial */
	int32_t weight;
	bool reverse, full_command;
	uint32_t quorum;                 /* 1 */
	int64_t quorum_max;              /* -1: any number */
	usec_t fork_delay, terminate_delay;
};

struct conf_file {
	struct conf_place place;
	const char *name, *path;
	int32_t weight;                  /* 1 */
	bool reverse;
	struct conf_words init;          /* init_file [VALUE] [overwrite] */
};

struct conf_bfd {
	struct conf_place place;
	const char *name;
	struct addr neighbor, source;
	usec_t min_rx, min_tx, idle_tx;  /* 10 ms, 10 ms, 1 s */
	uint8_t multiplier;              /* 5 */
	const char *interface;
	bool passive, multihop, disabled, strict, vrrp, checker;
	int16_t ttl, max_hops;           /* ttl -1: 255 */
	int32_t weight;
	bool reverse;
};

struct conf_garp_group {
	struct conf_place place;
	usec_t garp_interval, gna_interval;
	const char *const *interfaces;
	size_t n_interfaces;
	const char *interface;
};

struct conf_ssl {
	const char *password, *ca, *certificate, *key;
};

/* How long a link must be down or up before that counts. */
struct conf_delay {
	struct conf_place place;
	const char *interface;
	usec_t down, up;
};

struct conf {
	struct conf_global global;
	const struct conf_vrrp *vrrp;
	size_t n_vrrp;
	const struct conf_group *groups;
	size_t n_groups;
	const struct conf_vs *services;
	size_t n_services;
	const struct conf_grouped *grouped;
	size_t n_grouped;
	const struct conf_vsg *vs_groups;
	size_t n_vs_groups;
	/* What the kernel is to have: `services`, then those that `grouped` and `vs_groups` mean. */
	const struct conf_vs *expanded;
	size_t n_expanded;
	/* What is tracked; the names are the keys. */
	const struct conf_vrrp_script *scripts;
	size_t n_scripts;
	const struct conf_process *processes;
	size_t n_processes;
	const struct conf_file *files;
	size_t n_files;
	const struct conf_delay *delays;
	size_t n_delays;
	/* Keys are the names. */
	const struct conf_bfd *bfds;
	size_t n_bfds;
	const struct conf_group *track_groups; /* of static addresses, routes and rules */
	size_t n_track_groups;
	const struct conf_garp_group *garp_groups;
	size_t n_garp_groups;
	const struct conf_vip *addresses; /* static_ipaddress */
	size_t n_addresses;
	struct conf_routes routes;
	struct conf_rules rules;
	struct conf_ssl ssl;
};

/* Is this what `name` means: its name, its group's, its key as text, "ADDR PORT" or "fwmark N"? */
bool conf_service_is(const struct conf_vs *s, const char *name);

/* Frees the tree and all it holds; NULL is fine. */
void conf_free(const struct conf *c);

#endif
