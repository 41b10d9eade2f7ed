/*
 * VRRP adverts on the wire: version 2 (RFC 3768, with the simple-text authentication of RFC 2338) and version 3 (RFC
 * 9568), over IPv4 and, version 3 only, IPv6.
 *
 * Pure: bytes in, a struct in host order or a reason out, and back. What a receiver must check is here, in the order
 * of RFC 3768 section 7.1, each check with its own reason and its own counter (RFC 2787, RFC 6527).
 */
#ifndef REGENT_VRRP_WIRE_H
#define REGENT_VRRP_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/addr.h"
#include "core/base/mono.h"
#include "core/vrrp/router.h"

#define VRRP_IP_PROTO 112
#define VRRP_TTL 255
#define VRRP_TYPE_ADVERT 1
#define VRRP_AUTH_LEN 8
/* The count on the wire is one octet; an IPv6 advert must also fit the minimum Ethernet MTU in one piece. */
#define VRRP_MAX_ADDRS4 255
#define VRRP_MAX_ADDRS6 90
/* The largest advert that wire.c makes or accepts, without the IP header. */
#define VRRP_WIRE_MAX (8 + VRRP_MAX_ADDRS6 * 16)

/* Why a received packet was dropped, in the order of the checks. */
enum vrrp_reject {
	VRRP_ACCEPTED = 0,
	VRRP_REJECT_IP_HEADER,     /* not a whole IPv4 packet of protocol 112 */
	VRRP_REJECT_PEER,          /* unicast, and not from a configured peer */
	VRRP_REJECT_TTL,
	VRRP_REJECT_VERSION,
	VRRP_REJECT_LENGTH,
	VRRP_REJECT_CHECKSUM,
	VRRP_REJECT_TYPE,
	VRRP_REJECT_VRID,
	VRRP_REJECT_AUTH_INVALID,  /* no such authentication type */
	VRRP_REJECT_AUTH_MISMATCH, /* not the type configured here */
	VRRP_REJECT_AUTH_DATA,     /* wrong password */
	VRRP_REJECT_INTERVAL,
	VRRP_REJECT_ADDRESSES,
	VRRP_REJECT_HMAC_MISSING,  /* auth_hmac (hmac.h): no trailer */
	VRRP_REJECT_HMAC_MALFORMED,
	VRRP_REJECT_HMAC_KEY,
	VRRP_REJECT_HMAC_INVALID,
	VRRP_REJECT_HMAC_STALE,
	VRRP_REJECT_REPLAY,        /* AH or auth_hmac: a sequence number that was there before */
	VRRP_REJECT_AH_HEADER,     /* protocol 51, and not a whole authentication header before an advert */
};
#define VRRP_REJECTS (VRRP_REJECT_AH_HEADER + 1)

/* "ttl", "checksum", ...: the field to blame, for log lines. */
const char *vrrp_reject_name(enum vrrp_reject r);
/* The counter that a reason belongs to; NULL for VRRP_ACCEPTED. */
uint64_t *vrrp_reject_counter(struct vrrp_counters *c, enum vrrp_reject r);

/* One datagram, its IP header already taken off (vrrp_wire_strip_ip4, or the kernel for IPv6). */
struct vrrp_datagram {
	struct addr source, dest;
	uint8_t ttl;
	const uint8_t *data;
	size_t len;
	size_t sum_len;         /* octets that an IPv6 checksum covers where that is more than `len`; else 0 */
	const uint8_t *packet;  /* IPv4: with its header */
	size_t packet_len;
	const uint8_t *ah;      /* IPv4: the authentication header; NULL: none */
};

/* An advert in host order. `addrs` is the caller's to fill when encoding, and points into the caller's room when
 * decoding. */
struct vrrp_advert {
	uint8_t version;
	uint8_t type;
	uint8_t vrid;
	uint8_t priority;
	usec_t adver_int;
	enum vrrp_auth auth;             /* version 2 */
	uint8_t auth_data[VRRP_AUTH_LEN];
	const struct addr *addrs;
	size_t n_addrs;
	bool old_checksum;               /* decoded: its checksum is that of old_dest */
	bool other_addrs;                /* decoded: the owner's, whose addresses are not ours: heard all the same */
};

/* What the receiving virtual router has configured. */
struct vrrp_expect {
	uint8_t version;
	uint8_t vrid;
	uint8_t family;
	bool check_ttl;            /* false for unicast peers, which may be some hops away */
	bool check_source;         /* unicast: adverts come from the peers alone */
	const struct addr *peers;  /* unicast */
	const struct vrrp_ttl_limits *peer_ttl; /* as many; NULL: no limits */
	size_t n_peers;
	struct addr old_dest;      /* unicast, version 3, IPv4: what ancient peers sum up instead of the destination */
	enum vrrp_auth auth;
	uint8_t auth_data[VRRP_AUTH_LEN];
	usec_t adver_int;
	const struct addr *addrs;  /* advertised addresses, in any order */
	size_t n_addrs;
	bool check_addrs;
	bool v3_checksum_as_v2;    /* version 3 over IPv4: checksum without the pseudo header */
};

/* What a rejected packet had and what was wanted: numbers for the log line. */
struct vrrp_mismatch {
	uint64_t got, want;
};

/* Take off an IPv4 header as a raw socket delivers it. */
enum vrrp_reject vrrp_wire_strip_ip4(const uint8_t *packet, size_t len, struct vrrp_datagram *out);
/* What is wrong with the authentication header of a datagram that it refused as AH_HEADER, in words. */
void vrrp_wire_describe_ah(const struct vrrp_datagram *d, char *buf, size_t size);
/* How long the advert says that it is, which need not be how long the datagram is; 0 where it is too short to say. */
size_t vrrp_wire_message_len(const struct vrrp_datagram *d);
/* Sum up again over all `len` octets: what an IPv6 advert with a trailer needs. */
void vrrp_wire_resum6(uint8_t *msg, size_t len, const struct addr *source, const struct addr *dest);
/* The VRID of a datagram, to find whose it is; -1 where it is too short to have one. */
int vrrp_wire_vrid(const struct vrrp_datagram *d);
/* All checks. On VRRP_ACCEPTED *out is filled but for its addresses (out->addrs is NULL, out->n_addrs says how many);
 * otherwise, and with out->other_addrs, *why says what differed. */
enum vrrp_reject vrrp_wire_decode(const struct vrrp_datagram *d, const struct vrrp_expect *want,
                                  struct vrrp_advert *out, struct vrrp_mismatch *why);
/* Address `i` of a datagram that vrrp_wire_decode accepted. */
struct addr vrrp_wire_addr(const struct vrrp_datagram *d, size_t i);
/* Bytes written, or 0 where `a` cannot be expressed or does not fit. */
size_t vrrp_wire_encode(const struct vrrp_advert *a, const struct addr *source, const struct addr *dest,
                        bool v3_checksum_as_v2, uint8_t *buf, size_t size);

#endif
