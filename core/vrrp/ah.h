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

#define VRRP_AH_SENDERS 16

/*
 * Anti-replay (RFC 4302 section 3.4.3, with a window of one: adverts of a router do not overtake one another). There is one sequence
 * for all routers of the virtual router, as keepalived counts: a new master goes on from what it heard last. So a number that is
 * lower than the highest is a replay, whoever sent it. The highest itself may come once from each sender: of two MASTERs that
 * count alike each must hear the other, or neither would ever yield.
 *
 * Who has begun to count anew (keepalived after a restart) goes on from our number as soon as it hears us. Where nobody sends,
 * `patience` of silence ends the memory of all numbers but the last one.
 */
struct vrrp_ah {
	uint32_t sequence;
	uint16_t ip_id;
	usec_t used_at; /* when `sequence` was sent or heard; 0: never */
	size_t n_heard; /* who was heard with this very number */
	struct addr heard[VRRP_AH_SENDERS];
};

/* The clock's number: what it counts in a second is more than anybody sends, so a new life stays above a former one. */
void vrrp_ah_init(struct vrrp_ah *ah, int64_t wall);
/* The number of the next advert; all copies of it bear the same one, each destination being an association of its own. */
void vrrp_ah_next(struct vrrp_ah *ah, int64_t wall, usec_t now);
/* Wrap `msg` in IP header and authentication header. Bytes written to `out`, 0 where they do not fit. */
size_t vrrp_ah_wrap(struct vrrp_ah *ah, const uint8_t key[VRRP_AUTH_LEN], const struct addr *source, const struct addr *dest,
                    uint8_t ttl, const uint8_t *msg, size_t len, uint8_t *out, size_t size);
/* Is the datagram's header made with our key, and its sequence new? */
enum vrrp_reject vrrp_ah_check(struct vrrp_ah *ah, const uint8_t key[VRRP_AUTH_LEN], const struct vrrp_datagram *d,
                               usec_t now, usec_t patience, struct vrrp_mismatch *why);

#endif
