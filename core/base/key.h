/*
 * The stable keys of everything that has a row: they come from content, never from position,
 * so a row keeps its identity over reloads and restarts, and is the same on both directors.
 *
 * All keys are plain data with every unused byte zero (make them with the functions below, or memset first), so that
 * memcmp equality is equality and they can be hashed, stored in the state page and sent to the agent as they are.
 */
#ifndef REGENT_BASE_KEY_H
#define REGENT_BASE_KEY_H

#include "core/base/addr.h"

#define KEY_IFNAME 16
/* Long enough for any key_format result below, with its NUL. */
#define KEY_STRLEN 160

/* A virtual router: configured interface name, VRID, family; `where` is the unicast source or the multicast group
 * where that differs from the standard group, else family 0. */
struct vr_key {
	char ifname[KEY_IFNAME];
	uint8_t vrid;
	uint8_t family;
	struct addr where;
};

/* A virtual service as the kernel has it: (family, protocol, address, port) or (family, fwmark). */
struct service_key {
	uint8_t family;
	uint8_t protocol;    /* IPPROTO_TCP, _UDP, _SCTP; 0 for a fwmark service */
	uint16_t port;       /* host order; 0 for a fwmark service */
	uint32_t fwmark;     /* 0: not a fwmark service */
	struct addr addr;    /* family 0 for a fwmark service */
};

/* A real server: its service and its own endpoint. */
struct server_key {
	struct service_key service;
	struct endpoint server;
};

enum probe_kind {
	PROBE_NONE = 0,
	PROBE_TCP = 1,
	PROBE_HTTP = 2,
	PROBE_SSL = 3,
	PROBE_SMTP = 4,
	PROBE_DNS = 5,
	PROBE_UDP = 6,
	PROBE_PING = 7,
	PROBE_MISC = 8,
	PROBE_FILE = 9,
	PROBE_BFD = 10,
	PROBE_AGENT = 11,
};
/* "TCP_CHECK", "HTTP_GET", ... as the configuration writes them. */
const char *probe_kind_name(enum probe_kind k);

/* A probe: what it does to which endpoint. `recipe` is the first 64 bits of SHA-256 of its canonical recipe. */
struct probe_key {
	uint8_t kind; /* enum probe_kind */
	uint8_t recipe[8];
	struct endpoint target;
};

int vr_key_cmp(const struct vr_key *a, const struct vr_key *b);
int service_key_cmp(const struct service_key *a, const struct service_key *b);
int server_key_cmp(const struct server_key *a, const struct server_key *b);
int probe_key_cmp(const struct probe_key *a, const struct probe_key *b);

/* Names as keepalived writes them: "[172.25.0.200]:tcp:80", "FWM 7", "[10.0.0.1]:tcp:80" for a server. */
const char *service_key_format(const struct service_key *k, char buf[static KEY_STRLEN]);
const char *server_key_format(const struct server_key *k, char buf[static KEY_STRLEN]);
/* "HTTP_GET [10.0.0.1]:80 #1122334455667788" */
const char *probe_key_format(const struct probe_key *k, char buf[static KEY_STRLEN]);
/* "ens33/51/ipv4" */
const char *vr_key_format(const struct vr_key *k, char buf[static KEY_STRLEN]);
/* "tcp", "udp", "sctp", or "?" */
const char *protocol_name(uint8_t protocol);

#endif
