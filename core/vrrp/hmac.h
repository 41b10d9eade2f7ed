/*
 * auth_hmac: adverts with a trailer of HMAC-SHA256, draft-cassen-vrrp-auth-hmac, as keepalived 2.4.1 and later send them.
 *
 * Behind the advert stand 28 octets: scheme (1), key's ID, 16 bits of zero, the sequence (seconds of UTC, a fraction of
 * a second in 2^-16, a counter), and the first 128 bits of the digest. That covers a pseudo header (4 or 6, version, VRID, 0, the
 * sender's address in 16 octets), the advert with a checksum of zero, and the trailer with a digest of zero. The advert's own
 * checksum leaves the trailer out over IPv4 and takes it in over IPv6.
 *
 * Bytes and the time in, a reason out; no socket and no clock.
 */
#ifndef REGENT_VRRP_HMAC_H
#define REGENT_VRRP_HMAC_H

#include "core/vrrp/wire.h"

#define VRRP_HMAC_TRAILER 28
#define VRRP_HMAC_KEYS 16
#define VRRP_HMAC_PEERS 16

enum vrrp_hmac_mode {
	VRRP_HMAC_ENFORCE = 0,      /* an advert without a good trailer is dropped */
	VRRP_HMAC_PERMISSIVE = 1,   /* one without any trailer is taken */
	VRRP_HMAC_RECEIVE_ONLY = 2, /* the same, and ours have none either */
};

struct vrrp_hmac_key {
	uint8_t id, len;
	uint8_t bytes[64];
};

struct vrrp_hmac_conf {
	struct vrrp_hmac_key keys[VRRP_HMAC_KEYS];
	size_t n_keys;
	uint8_t active;          /* ID of the key to send with */
	bool monotonic;          /* the sequence must grow, but clocks are not compared */
	usec_t window;           /* how far clocks may differ */
	enum vrrp_hmac_mode mode;
};

/* The last sequence of each sender; the one that was heard least lately makes room for a new one. */
struct vrrp_hmac {
	uint64_t sent;
	struct {
		struct addr from;
		uint64_t sequence;
		usec_t at;
	} peers[VRRP_HMAC_PEERS];
};

/* What goes into the pseudo header. */
struct vrrp_hmac_bind {
	uint8_t version, vrid;
	struct addr source;
};

/* Append the trailer to the `len` octets of an advert. New length; 0 where it does not fit or there is no such key. */
size_t vrrp_hmac_sign(struct vrrp_hmac *h, const struct vrrp_hmac_conf *c, const struct vrrp_hmac_bind *b, int64_t wall,
                      uint8_t *msg, size_t len, size_t size);
/* Of the datagram's octets the first `len` are the advert. VRRP_ACCEPTED also where there is no trailer and need be
 * none. */
enum vrrp_reject vrrp_hmac_check(struct vrrp_hmac *h, const struct vrrp_hmac_conf *c, const struct vrrp_hmac_bind *b,
                                 int64_t wall, usec_t now, const struct vrrp_datagram *d, size_t len,
                                 struct vrrp_mismatch *why);
bool vrrp_hmac_conf_equal(const struct vrrp_hmac_conf *a, const struct vrrp_hmac_conf *b);

#endif
