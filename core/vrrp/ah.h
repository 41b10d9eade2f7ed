/*
 * auth_type AH of version 2 over IPv4 (RFC 2338 section 5.3.6.3): the advert in an IP authentication header (RFC 4302)
 * with HMAC-MD5-96 (RFC 2403), as keepalived sends it.
 *
 * Bytes in, bytes or a reason out; no socket and no clock. The SPI is the sender's address. For a group keepalived leaves
 * the TTL in what is digested, which RFC 4302 calls mutable, and so do we; a receiver here takes either.
 */
#ifndef REGENT_VRRP_AH_H
#define REGENT_VRRP_AH_H

#include "core/vrrp/wire.h"

#define VRRP_AH_PROTO 51
#define VRRP_AH_LEN 24
#define VRRP_IP4_HEADER 20

/* Anti-replay: one sequence for all routers of the virtual router, as keepalived counts; a new master goes on from
 * what it heard last. */
struct vrrp_ah {
	uint32_t sequence;
	uint16_t ip_id;
	usec_t heard_at; /* when `sequence` was heard; 0: never */
};

/* A start from the wall clock stays above what a former life has sent. */
void vrrp_ah_init(struct vrrp_ah *ah, int64_t wall);
/* Wrap `msg` in IP header and authentication header. Bytes written to `out`, 0 where they do not fit. */
size_t vrrp_ah_wrap(struct vrrp_ah *ah, const uint8_t key[VRRP_AUTH_LEN], const struct addr *source, const struct addr *dest,
                    uint8_t ttl, const uint8_t *msg, size_t len, uint8_t *out, size_t size);
/* Is the datagram's header made with our key, and its sequence new? After `patience` of silence any sequence is. */
enum vrrp_reject vrrp_ah_check(struct vrrp_ah *ah, const uint8_t key[VRRP_AUTH_LEN], const struct vrrp_datagram *d,
                               usec_t now, usec_t patience, struct vrrp_mismatch *why);

#endif
