/*
 * The trailer of hmac.h. Owns its layout, the order of checks and the memory of sequences; relies on libcrypto.
 *
 * What costs nothing is checked first: the time window keeps a flood of old captures from costing a digest each. Nothing is
 * remembered of a sender before its digest was right.
 */
#include "config.h"

#include "core/vrrp/hmac.h"

#include <netinet/in.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#include "core/base/buf.h"

enum { SCHEME_SHA256 = 1, DIGEST_LEN = 16, PSEUDO_LEN = 20, CHECKSUM_AT = 6, MESSAGE_MAX = VRRP_WIRE_MAX + VRRP_HMAC_TRAILER };

static const struct vrrp_hmac_key *find_key(const struct vrrp_hmac_conf *c, uint8_t id)
{
	for (size_t i = 0; i < c->n_keys; i++)
		if (c->keys[i].id == id)
			return &c->keys[i];
	return NULL;
}

static void put_pseudo(const struct vrrp_hmac_bind *b, uint8_t out[PSEUDO_LEN])
{
	memset(out, 0, PSEUDO_LEN);
	out[0] = b->source.family == AF_INET6 ? 6 : 4;
	out[1] = b->version;
	out[2] = b->vrid;
	memcpy(out + 4, b->source.bytes, addr_len(b->source.family));
}

/* `len` octets: advert and trailer. */
static bool digest(const struct vrrp_hmac_key *key, const struct vrrp_hmac_bind *b, const uint8_t *msg, size_t len,
                   uint8_t out[DIGEST_LEN])
{
	uint8_t all[PSEUDO_LEN + MESSAGE_MAX], whole[EVP_MAX_MD_SIZE];
	unsigned n = 0;

	if (len > MESSAGE_MAX || len < VRRP_HMAC_TRAILER + CHECKSUM_AT + 2)
		return false;
	put_pseudo(b, all);
	memcpy(all + PSEUDO_LEN, msg, len);
	memset(all + PSEUDO_LEN + CHECKSUM_AT, 0, 2);
	memset(all + PSEUDO_LEN + len - DIGEST_LEN, 0, DIGEST_LEN);
	if (!HMAC(EVP_sha256(), key->bytes, key->len, all, PSEUDO_LEN + len, whole, &n) || n < DIGEST_LEN)
		return false;
	memcpy(out, whole, DIGEST_LEN);
	return true;
}

/* ---- sequences: RFC 1982's serial numbers, so that they may wrap ---- */

static bool is_after(uint64_t a, uint64_t b)
{
	return (int64_t)(a - b) > 0;
}

static uint64_t sequence_of(int64_t wall)
{
	uint64_t fraction = (uint64_t)(wall % USEC_PER_SEC) * 65536 / USEC_PER_SEC;

	return (uint64_t)(uint32_t)(wall / USEC_PER_SEC) << 32 | fraction << 16;
}

static int32_t seconds_between(uint64_t a, uint64_t b)
{
	return (int32_t)((uint32_t)(a >> 32) - (uint32_t)(b >> 32));
}

/* Of a clock that was wrong and has been set back, receivers would refuse what only grows: it begins anew with the clock. Their
 * marks of it do not count then (mark_counts). */
static uint64_t next_sequence(struct vrrp_hmac *h, const struct vrrp_hmac_conf *c, int64_t wall)
{
	uint64_t clock = sequence_of(wall);
	bool stranded = !c->monotonic && seconds_between(h->sent, clock) > c->window / USEC_PER_SEC;

	h->sent = stranded || is_after(clock, h->sent) ? clock : h->sent + 1;
	return h->sent;
}

size_t vrrp_hmac_sign(struct vrrp_hmac *h, const struct vrrp_hmac_conf *c, const struct vrrp_hmac_bind *b, int64_t wall,
                      uint8_t *msg, size_t len, size_t size)
{
	const struct vrrp_hmac_key *key = find_key(c, c->active);
	static const uint8_t no_digest[DIGEST_LEN];

	if (!key || len > size)
		return 0;
	struct wbuf w = wbuf_make(msg + len, size - len);
	wbuf_u8(&w, SCHEME_SHA256);
	wbuf_u8(&w, key->id);
	wbuf_u16(&w, 0);
	uint64_t sequence = next_sequence(h, c, wall);
	wbuf_u32(&w, (uint32_t)(sequence >> 32));
	wbuf_u32(&w, (uint32_t)sequence);
	wbuf_bytes(&w, no_digest, DIGEST_LEN);
	if (w.bad || !digest(key, b, msg, len + w.len, msg + len + w.len - DIGEST_LEN))
		return 0;
	return len + w.len;
}

/* ---- receive ---- */

/* An old mark is worth nothing once the window refuses what is older anyway: a sender whose clock was set back
 * comes in again. */
static bool mark_counts(const struct vrrp_hmac_conf *c, uint64_t mark, int64_t wall)
{
	if (c->monotonic)
		return true;
	int32_t age = (int32_t)((uint32_t)(wall / USEC_PER_SEC) - (uint32_t)(mark >> 32));
	int32_t window = (int32_t)(c->window / USEC_PER_SEC);
	return age <= window && age >= -window;
}

static bool is_replay(struct vrrp_hmac *h, const struct vrrp_hmac_conf *c, const struct addr *from, uint64_t sequence,
                      int64_t wall, usec_t now)
{
	size_t slot = 0;

	for (size_t i = 0; i < VRRP_HMAC_PEERS; i++) {
		if (addr_is_set(&h->peers[i].from) && addr_cmp(&h->peers[i].from, from) == 0) {
			slot = i;
			break;
		}
		if (h->peers[i].at < h->peers[slot].at)
			slot = i;
	}
	bool known = addr_is_set(&h->peers[slot].from) && addr_cmp(&h->peers[slot].from, from) == 0;
	if (known && mark_counts(c, h->peers[slot].sequence, wall) && !is_after(sequence, h->peers[slot].sequence))
		return true;
	h->peers[slot].from = *from;
	h->peers[slot].sequence = sequence;
	h->peers[slot].at = now;
	return false;
}

static enum vrrp_reject differ(struct vrrp_mismatch *why, enum vrrp_reject r, uint64_t got, uint64_t want)
{
	*why = (struct vrrp_mismatch){ .got = got, .want = want };
	return r;
}

static bool is_stale(const struct vrrp_hmac_conf *c, uint32_t seconds, int64_t wall, uint64_t *off)
{
	int64_t delta = (int32_t)((uint32_t)(wall / USEC_PER_SEC) - seconds);

	*off = (uint64_t)(delta < 0 ? -delta : delta);
	return !c->monotonic && *off > (uint64_t)(c->window / USEC_PER_SEC);
}

enum vrrp_reject vrrp_hmac_check(struct vrrp_hmac *h, const struct vrrp_hmac_conf *c, const struct vrrp_hmac_bind *b,
                                 int64_t wall, usec_t now, const struct vrrp_datagram *d, size_t len,
                                 struct vrrp_mismatch *why)
{
	uint8_t right[DIGEST_LEN];
	uint64_t off;

	*why = (struct vrrp_mismatch){ 0 };
	if (d->len == len)
		return c->mode == VRRP_HMAC_ENFORCE ? VRRP_REJECT_HMAC_MISSING : VRRP_ACCEPTED;
	if (d->len != len + VRRP_HMAC_TRAILER)
		return differ(why, VRRP_REJECT_LENGTH, d->len, len + VRRP_HMAC_TRAILER);
	struct rbuf r = rbuf_make(d->data + len, VRRP_HMAC_TRAILER);
	uint8_t scheme = rbuf_u8(&r), id = rbuf_u8(&r);
	if (rbuf_u16(&r) != 0 || scheme != SCHEME_SHA256)
		return differ(why, VRRP_REJECT_HMAC_MALFORMED, scheme, SCHEME_SHA256);
	uint32_t seconds = rbuf_u32(&r);
	uint64_t sequence = (uint64_t)seconds << 32 | rbuf_u32(&r);
	if (is_stale(c, seconds, wall, &off))
		return differ(why, VRRP_REJECT_HMAC_STALE, off, (uint64_t)(c->window / USEC_PER_SEC));
	const struct vrrp_hmac_key *key = find_key(c, id);
	if (!key)
		return differ(why, VRRP_REJECT_HMAC_KEY, id, c->active);
	if (!digest(key, b, d->data, d->len, right) || CRYPTO_memcmp(right, d->data + d->len - DIGEST_LEN, DIGEST_LEN) != 0)
		return VRRP_REJECT_HMAC_INVALID;
	if (is_replay(h, c, &b->source, sequence, wall, now))
		return VRRP_REJECT_REPLAY;
	return VRRP_ACCEPTED;
}

bool vrrp_hmac_conf_equal(const struct vrrp_hmac_conf *a, const struct vrrp_hmac_conf *b)
{
	if (!a || !b)
		return a == b;
	return memcmp(a, b, sizeof(*a)) == 0;
}
