/*
 * What happens, as typed events: the one stream from which scripts, FIFOs, SNMP notifications and mail are fed.
 *
 * Plain data; the ring (ring.h) numbers them. The text is ready for people, the enums for machines.
 */
#ifndef REGENT_NOTIFY_EVENT_H
#define REGENT_NOTIFY_EVENT_H

#include <stdint.h>

#include "core/base/key.h"

enum event_kind {
	EVENT_NONE = 0,
	EVENT_VR_STATE = 1,   /* key.vr; from/to: enum vrrp_state values */
	EVENT_RS_STATE = 2,   /* key.rs; from/to: enum ipvs_server_state values */
	EVENT_VS_QUORUM = 3,  /* key.rs.service; to: 1 lost, 2 gained */
	EVENT_RELOAD = 4,     /* to: 1 accepted, 2 refused */
	EVENT_OVERRIDE = 5,   /* key.rs; reason: what was set: 0 weight (from/to: weights, -1 none), 1 drain
	                       * (0 none, 1 drained, 2 its end), 2 disable (0, 1); weight: the one set, -1 none */
	EVENT_GROUP_STATE = 7, /* name: the sync group; from/to: enum vrrp_state values */
	EVENT_PROBE_OVERDUE = 8, /* key.probe; object: the probe; to: servers that it judges */
	EVENT_BFD_STATE = 9,  /* name: the session; object: its neighbour; from/to: enum view_bfd_state; reason: the diagnostic */
	EVENT_TRACKER = 10,   /* name: what is tracked; object: its kind as the keyword is; reason: enum track_kind; from/to: enum
	                       * track_verdict; weight: the number in a file */
	EVENT_LOST = 6,       /* `to` events fell out of the ring before they were acknowledged */
};
const char *event_kind_name(enum event_kind k);

struct event {
	uint64_t seq;       /* from 1, without gaps; never reused while the core lives */
	uint64_t mails;     /* how many events to be mailed there were up to this one, itself included */
	uint64_t boot;      /* random per core start, so that a reader can tell a new numbering */
	int64_t wall;       /* microseconds since 1970 */
	uint32_t kind;      /* enum event_kind */
	int32_t from, to;
	uint32_t reason;    /* enum vrrp_reason for VR, enum probe_reason for RS */
	union {
		struct vr_key vr;
		struct server_key rs;
		struct probe_key probe;
	} key;
	char name[64];      /* VI_1; "[172.25.0.33]:tcp:80" */
	char object[96];    /* for RS: the service's name; for VR: the interface */
	char text[160];     /* the reason in words */
	int32_t ifindex;    /* VR */
	uint8_t mail;       /* 1: to be mailed */
	uint8_t version;    /* VR: 2 or 3 */
	uint8_t priority;   /* VR: effective */
	uint8_t master_family;
	uint8_t master[16]; /* VR: address of the master now */
	int32_t weight;     /* RS: effective */
	uint32_t up, total; /* RS, VS: servers up, of how many */
	uint32_t quorum;
};

#endif
