/*
 * The narrow waist: the rows that readers may see. SNMP, JSON and text are faces of these rows and of nothing else.
 *
 * Rows are plain data: the core fills them, keeps the current set in a `struct view`, and sends changes to the agent, which keeps
 * the same set as its replica. Strings are NUL-terminated and zero-filled; unused bytes are zero, so equality is memcmp.
 * Each row begins with its key; rows of a kind are sorted by key. Times are `struct view_time`.
 */
#ifndef REGENT_VIEW_H
#define REGENT_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/key.h"
#include "core/base/late.h"
#include "core/base/mono.h"
#include "core/notify/event.h"

/* A moment: for durations (mono, CLOCK_MONOTONIC) and for people (wall, microseconds since 1970). 0, 0: never. */
struct view_time {
	usec_t mono;
	int64_t wall;
};

enum view_kind {
	VIEW_DAEMON = 1,
	VIEW_VR = 2,
	VIEW_VR_ADDR = 3,
	VIEW_VR_STATS = 4,
	VIEW_VS = 5,
	VIEW_RS = 6,
	VIEW_PROBE = 7,
	VIEW_PROBE_USE = 8, /* which probe judges which server */
	VIEW_GROUP = 9,     /* sync groups of virtual routers */
	VIEW_TRACKER = 10,  /* what a virtual router looks at */
	VIEW_BFD = 11,      /* BFD sessions */
	VIEW_VS_STATS = 12, /* what has passed through services and servers: counted when somebody asks */
	VIEW_RS_STATS = 13,
	VIEW_RS_SET = 14,   /* what operators have set of a server */
};
#define VIEW_KINDS 15 /* one past the last */
const char *view_kind_name(enum view_kind k);

/* One row: the daemon itself. */
struct view_daemon {
	uint32_t one; /* the key: always 1 */
	char version[32];
	char router_id[64];
	char instance[32];
	uint32_t pid;
	struct view_time started;
	uint32_t config_generation;      /* 1 at start, +1 at each accepted reload */
	struct view_time reload_at;      /* last attempt */
	uint32_t reload_result;          /* 0 none yet, 1 accepted, 2 refused */
	char reload_text[160];           /* why refused (file:line:col: ...), or what changed */
	uint32_t ipvs_availability;      /* 0 unknown, 1 there, 2 absent */
	uint64_t ipvs_operations, ipvs_failures, ipvs_repaired;
	struct view_time ipvs_looked;    /* the last look for what another hand has changed began */
	usec_t ipvs_repair_most;         /* the longest from such a look's beginning until it was repaired */
	struct late urgent_late;         /* of urgent timers: adverts */
	struct late check_late;          /* of the starts of checks */
	uint64_t log_dropped;
	uint64_t events, events_lost;
	uint64_t vrrp_checksum_errors, vrrp_version_errors, vrrp_vrid_errors;
	uint64_t vrrp_ah_errors;         /* malformed authentication headers: whose they are cannot be known */
	uint32_t overrides;              /* in force */
	uint32_t overrides_error;        /* errno of the last failed write, 0 */
	uint8_t snmp_write;              /* SETs are accepted */
	uint8_t traps;                   /* notifications are sent */
	uint32_t scripts_running;        /* of all kinds: notify, trackers, checks, readers of FIFOs */
	uint64_t scripts_started, scripts_failed, scripts_timed_out, scripts_refused;
	uint64_t notify_left_out;        /* transitions that no script told of, since the one before took too long */
	uint64_t fifo_lost;              /* lines that had no room in their FIFO */
	uint32_t fence_addrs;            /* packets to so many addresses are dropped: no_accept */
	uint64_t fence_rebuilt;          /* how often another hand took away from the table that drops them */
};

enum view_vr_state { VIEW_VR_INIT = 1, VIEW_VR_BACKUP = 2, VIEW_VR_MASTER = 3, VIEW_VR_FAULT = 4 };

struct view_vr {
	struct vr_key key;
	char name[64];
	char group[64];            /* sync group, "" none */
	int32_t ifindex;           /* 0: the interface is absent */
	uint8_t version;           /* 2, 3 */
	uint8_t state;             /* enum view_vr_state */
	uint8_t base_priority, priority;
	uint8_t preempt, accept, auth; /* auth: 0 none, 1 simple text, 2 AH */
	uint8_t hint_master;
	uint8_t mac[6];
	uint8_t master_priority;
	uint32_t reason;           /* enum vrrp_reason */
	char reason_text[96];
	uint32_t faults;           /* enum vrrp_fault bits */
	char fault_text[96];       /* "" when not in FAULT */
	usec_t adver_int, master_adver_int, master_down_interval;
	struct addr primary;       /* sends from */
	struct addr master;        /* the current master, as far as known */
	uint32_t addr_count, addr_installed;
	uint32_t keep_count, keep_installed; /* virtual routes and rules */
	struct view_time entered;  /* the present state */
	struct view_time left_init;/* 0: in INIT or FAULT */
	uint8_t damped;            /* flaps too much: preempts nobody */
	struct view_time damped_until;
};

struct view_vr_addr_key {
	struct vr_key vr;
	struct addr addr;
};
struct view_vr_addr {
	struct view_vr_addr_key key;
	int32_t ifindex; /* of the virtual router: RFC 2787's index */
	uint8_t version;
	uint8_t excluded;
	uint8_t prefix_len;
};

/* As RFC 6527 counts them. */
enum view_proto_error {
	VIEW_PROTO_NONE = 0, VIEW_PROTO_TTL = 1, VIEW_PROTO_VERSION = 2, VIEW_PROTO_CHECKSUM = 3, VIEW_PROTO_VRID = 4,
};

struct view_vr_stats {
	struct vr_key key;
	int32_t ifindex;
	uint8_t version;
	uint8_t proto_error;       /* enum view_proto_error: the last one */
	uint32_t master_reason;    /* enum vrrp_reason: why it became MASTER the last time; 0 never */
	uint64_t become_master, adverts_received, adverts_sent, priority_zero_received, priority_zero_sent;
	uint64_t interval_errors, auth_failures, ttl_errors, type_errors, address_list_errors, auth_type_invalid,
		auth_type_mismatch, length_errors, checksum_errors, version_errors, send_errors;
	uint64_t source_errors, hmac_missing, hmac_malformed, hmac_unknown_key, hmac_invalid, hmac_stale, replays;
	uint64_t flaps, dampings;
	uint64_t garps_sent, nas_sent, doubts, addresses_restored, vmacs_mended, refusals;
	uint32_t guilt;            /* flap damping: thousandths of a fall that are not forgotten */
};

struct view_group_key {
	char name[64];
};
struct view_group {
	struct view_group_key key;
	uint8_t state;             /* enum view_vr_state */
	uint8_t crossed;           /* members' priorities are not ordered as on the peer */
	uint32_t members;
	uint64_t transitions, crossings;
	struct view_time entered;
};

enum view_quorum { VIEW_QUORUM_LOST = 1, VIEW_QUORUM_GAINED = 2 };

struct view_vs {
	struct service_key key;
	char name[64];
	char scheduler[16];
	uint8_t method;            /* 1 NAT, 2 DR, 3 TUN */
	uint8_t role;              /* 1 whole (no instance), 2 backup, 3 master */
	uint8_t quorum_state;      /* enum view_quorum */
	uint8_t sorry_active, has_sorry, in_kernel;
	uint8_t panic;             /* too few are healthy: checks are not believed */
	char group[64];            /* the virtual_server_group that it comes from, "" none */
	uint32_t quorum, rs_up, rs_total;
	uint32_t persistence;
	int32_t kernel_error;
	struct view_time changed;
};

enum view_rs_state { VIEW_RS_UNKNOWN = 0, VIEW_RS_UP = 1, VIEW_RS_DOWN = 2, VIEW_RS_DRAINED = 3, VIEW_RS_DISABLED = 4 };
enum view_weight_source {
	VIEW_WS_CONFIG = 1, VIEW_WS_OVERRIDE = 2, VIEW_WS_HEALTH = 3, VIEW_WS_ROLE = 4, VIEW_WS_SORRY = 5,
	VIEW_WS_RAMP = 6, VIEW_WS_PANIC = 7, VIEW_WS_PROBE = 8, VIEW_WS_FLAPS = 9,
};

/* A setting of an operator: who, when, and when it ends by itself (0: when it is cleared). */
struct view_setting {
	char by[32];               /* "snmp", "uid 0"; "": it is not set */
	struct view_time at, until;
};

enum view_drain { VIEW_DRAIN_NO = 1, VIEW_DRAIN_WAITS = 2, VIEW_DRAIN_DONE = 3 };

/* There are thousands: what follows from the key or stands in the service's row is not here. */
struct view_rs {
	struct server_key key;
	uint8_t state;             /* enum view_rs_state */
	uint8_t source;            /* enum view_weight_source: what explains effective_weight */
	uint8_t sorry, local, in_kernel;
	uint8_t method;            /* as in view_vs */
	uint8_t drain;             /* enum view_drain */
	uint8_t disabled, suppressed;
	int32_t conf_weight, set_weight /* -1 none */, probe_weight /* -1 */, ramp_weight /* -1 */, effective_weight;
	uint8_t conns_known;       /* while it drains */
	uint32_t active_conns, inactive_conns, persistent_conns;
	uint32_t reason;           /* enum probe_reason of the deciding probe */
	char reason_text[128];
	int32_t kernel_error;
	uint32_t failures;
	struct view_time changed;
};

/* Where something is set. */
struct view_rs_set {
	struct server_key key;
	struct view_setting weight, drain, disable;
	struct view_time drain_deadline;
};

struct view_probe {
	struct probe_key key;
	char name[96];
	uint8_t known, up;
	uint32_t reason;           /* enum probe_reason */
	char text[128];
	uint64_t runs, failures, overdue;
	uint32_t failed_in_row, users;
	usec_t interval, latency;
	struct view_time last_run, changed;
};

struct view_probe_use_key {
	struct server_key server;
	struct probe_key probe;
};
struct view_probe_use {
	struct view_probe_use_key key;
};

#define VIEW_TRACKER_NAME 64
#define VIEW_TRACKER_TEXT 96

enum view_verdict { VIEW_VERDICT_UNKNOWN = 0, VIEW_VERDICT_UP = 1, VIEW_VERDICT_DOWN = 2 };

struct view_tracker_key {
	struct vr_key vr;
	uint32_t kind;             /* enum track_kind: 1 interface, 2 script, 3 process, 4 file, 5 bfd, 6 service, 7 health */
	char name[VIEW_TRACKER_NAME];
};
struct view_tracker {
	struct view_tracker_key key;
	char instance[64];         /* the virtual router's name */
	uint8_t verdict;           /* enum view_verdict */
	uint8_t reverse, ignored, of_group;
	uint8_t fault, waits;      /* it keeps the router from running, or from starting */
	int32_t value;             /* of a file: its number */
	int32_t weight, adds;      /* as configured, and what it adds to the priority now */
	char text[VIEW_TRACKER_TEXT]; /* the last result */
	struct view_time since;    /* of the verdict */
};

/* As on the wire (RFC 5880), which the MIB counts from 1. */
enum view_bfd_state { VIEW_BFD_ADMIN_DOWN = 0, VIEW_BFD_DOWN = 1, VIEW_BFD_INIT = 2, VIEW_BFD_UP = 3 };
#define VIEW_BFD_DIAGS 31 /* the highest that there can be */

struct view_bfd_key {
	char name[64];
};
struct view_bfd {
	struct view_bfd_key key;
	struct addr neighbor, source; /* source family 0: the kernel's choice */
	uint8_t state, remote_state;  /* enum view_bfd_state */
	uint8_t diag, remote_diag;    /* RFC 5880 section 4.1 */
	uint8_t multihop, known;      /* known: it was up once, or the other end had its time to be heard */
	uint8_t multiplier, remote_multiplier;
	uint32_t my_disc, your_disc;
	usec_t tx_interval, rx_interval, detect_time; /* in force */
	uint64_t received, sent, dropped, send_errors, ups, downs;
	int32_t error;                /* errno of the last socket that could not be made, 0 */
	char text[96];                /* why the state is what it is */
	struct view_time changed;
};

/* Since the kernel made the object, and a second by its estimator. */
struct view_traffic {
	uint64_t conns, in_packets, out_packets, in_bytes, out_bytes;
	uint64_t conn_rate, in_packet_rate, out_packet_rate, in_byte_rate, out_byte_rate;
};

struct view_vs_stats {
	struct service_key key;
	char name[64];
	struct view_traffic traffic;
	struct view_time taken;
};

struct view_rs_stats {
	struct server_key key;
	struct view_traffic traffic;
	uint32_t active_conns, inactive_conns, persistent_conns;
	struct view_time taken;
};

/* Large enough for any row. */
union view_any {
	struct view_daemon daemon;
	struct view_vr vr;
	struct view_vr_addr vr_addr;
	struct view_vr_stats vr_stats;
	struct view_vs vs;
	struct view_rs rs;
	struct view_probe probe;
	struct view_probe_use probe_use;
	struct view_group group;
	struct view_tracker tracker;
	struct view_bfd bfd;
	struct view_vs_stats vs_stats;
	struct view_rs_stats rs_stats;
	struct view_rs_set rs_set;
};

/* 0 for a kind that is not one. */
size_t view_row_size(enum view_kind k);
size_t view_key_size(enum view_kind k);
/* Compare two keys (or rows: the key comes first) of a kind. */
int view_key_cmp(enum view_kind k, const void *a, const void *b);
/* Is a row from another process well-formed: strings terminated, enums in range, families known? */
bool view_row_valid(enum view_kind k, const void *row);
/* The same for a key alone, and for an event. */
bool view_key_valid(enum view_kind k, const void *key);
bool view_event_valid(const struct event *e);

/* ---- the current set ---- */
struct view;

/* Told of every change that view_put/view_del make; `row` is NULL when `key` went away. */
typedef void view_change_fn(void *user, enum view_kind k, const void *key, const void *row);

struct view *view_new(view_change_fn *fn, void *user); /* fn may be NULL */
void view_free(struct view *v);
/* Insert or replace; true where something differed from before. */
bool view_put(struct view *v, enum view_kind k, const void *row);
bool view_del(struct view *v, enum view_kind k, const void *key);
const void *view_get(const struct view *v, enum view_kind k, const void *key);
/* The first row with a key after `key` (NULL: the first). Iteration in key order. */
const void *view_next(const struct view *v, enum view_kind k, const void *key);
size_t view_count(const struct view *v, enum view_kind k);

#endif
