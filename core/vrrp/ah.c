/*
 * The authentication header of ah.h. Owns its layout and the order of checks; relies on libcrypto for HMAC-MD5.
 */
#include "config.h"

#include "core/vrrp/ah.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#include "core/base/buf.h"

enum { ICV_LEN = 12, ICV_AT = VRRP_IP4_HEADER + 12, AH_WORDS = 4, TOS = 0xc0 };
/* The clock's number: quarters of a second since 2020, which go round after 34 years. */
#define CLOCK_UNIT (USEC_PER_SEC / 4)
#define CLOCK_EPOCH (INT64_C(1577836800) * USEC_PER_SEC)

/* keepalived's key is the password without the zeroes behind it. */
static size_t key_len(const uint8_t key[VRRP_AUTH_LEN])
{
	return strnlen((const char *)key, VRRP_AUTH_LEN);
}

static bool digest(const uint8_t key[VRRP_AUTH_LEN], const uint8_t *packet, size_t len, bool with_ttl, uint8_t icv[ICV_LEN])
{
	uint8_t copy[VRRP_IP4_HEADER + VRRP_AH_LEN + VRRP_WIRE_MAX], out[EVP_MAX_MD_SIZE];
	unsigned out_len = 0;

	if (len > sizeof(copy) || len < VRRP_IP4_HEADER + VRRP_AH_LEN)
		return false;
	memcpy(copy, packet, len);
	copy[1] = 0;                   /* type of service */
	copy[6] = copy[7] = 0;         /* flags and fragment offset */
	copy[10] = copy[11] = 0;       /* header checksum */
	if (!with_ttl)
		copy[8] = 0;
	memset(copy + ICV_AT, 0, ICV_LEN);
	if (!HMAC(EVP_md5(), key, (int)key_len(key), copy, len, out, &out_len) || out_len < ICV_LEN)
		return false;
	memcpy(icv, out, ICV_LEN);
	return true;
}

/* ---- sequences: RFC 1982's serial numbers, so that they may go round ---- */

static bool is_after(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) > 0;
}

static uint32_t clock_number(int64_t wall)
{
	return (uint32_t)((wall - CLOCK_EPOCH) / CLOCK_UNIT);
}

static void go_on_to(struct vrrp_ah *ah, uint32_t sequence, usec_t now)
{
	if (sequence != ah->sequence)
		ah->n_heard = 0;
	ah->sequence = sequence;
	ah->used_at = now;
}

void vrrp_ah_init(struct vrrp_ah *ah, int64_t wall)
{
	*ah = (struct vrrp_ah){ .sequence = clock_number(wall) };
}

void vrrp_ah_next(struct vrrp_ah *ah, int64_t wall, usec_t now)
{
	uint32_t clock = clock_number(wall);

	go_on_to(ah, is_after(clock, ah->sequence) ? clock : ah->sequence + 1, now);
}

size_t vrrp_ah_wrap(struct vrrp_ah *ah, const uint8_t key[VRRP_AUTH_LEN], const struct addr *source, const struct addr *dest,
                    uint8_t ttl, const uint8_t *msg, size_t len, uint8_t *out, size_t size)
{
	struct wbuf b = wbuf_make(out, size);
	static const uint8_t no_icv[ICV_LEN];

	if (++ah->ip_id == 0)
		ah->ip_id = 1; /* for 0 the kernel would put in another, after the digest is made */
	wbuf_u8(&b, 0x45);
	wbuf_u8(&b, TOS);
	wbuf_u16(&b, (uint16_t)(VRRP_IP4_HEADER + VRRP_AH_LEN + len));
	wbuf_u16(&b, ah->ip_id);
	wbuf_u16(&b, 0);
	wbuf_u8(&b, ttl);
	wbuf_u8(&b, VRRP_AH_PROTO);
	wbuf_u16(&b, 0); /* the kernel sums up */
	wbuf_bytes(&b, source->bytes, 4);
	wbuf_bytes(&b, dest->bytes, 4);
	wbuf_u8(&b, VRRP_IP_PROTO);
	wbuf_u8(&b, AH_WORDS);
	wbuf_u16(&b, 0);
	wbuf_bytes(&b, source->bytes, 4);
	wbuf_u32(&b, ah->sequence);
	wbuf_bytes(&b, no_icv, ICV_LEN);
	wbuf_bytes(&b, msg, len);
	if (b.bad || !digest(key, out, b.len, addr_is_multicast(dest), out + ICV_AT))
		return 0;
	return b.len;
}

static bool icv_fits(const uint8_t key[VRRP_AUTH_LEN], const struct vrrp_datagram *d, bool with_ttl)
{
	uint8_t icv[ICV_LEN];

	return digest(key, d->packet, d->packet_len, with_ttl, icv) &&
		CRYPTO_memcmp(icv, d->packet + ICV_AT, ICV_LEN) == 0;
}

static bool was_heard_from(const struct vrrp_ah *ah, const struct addr *from)
{
	for (size_t i = 0; i < ah->n_heard; i++)
		if (addr_cmp(&ah->heard[i], from) == 0)
			return true;
	return false;
}

static bool is_new(const struct vrrp_ah *ah, const struct addr *from, uint32_t sequence, usec_t now, usec_t patience)
{
	if (sequence == ah->sequence)
		return ah->n_heard < VRRP_AH_SENDERS && !was_heard_from(ah, from);
	return is_after(sequence, ah->sequence) || ah->used_at == 0 || now - ah->used_at > patience;
}

enum vrrp_reject vrrp_ah_check(struct vrrp_ah *ah, const uint8_t key[VRRP_AUTH_LEN], const struct vrrp_datagram *d,
                               usec_t now, usec_t patience, struct vrrp_mismatch *why)
{
	if (!d->ah) {
		*why = (struct vrrp_mismatch){ 0, VRRP_AUTH_AH };
		return VRRP_REJECT_AUTH_MISMATCH;
	}
	if (!icv_fits(key, d, true) && !icv_fits(key, d, false))
		return VRRP_REJECT_AUTH_DATA;
	struct rbuf b = rbuf_make(d->ah + 8, 4);
	uint32_t sequence = rbuf_u32(&b);
	if (!is_new(ah, &d->source, sequence, now, patience)) {
		*why = (struct vrrp_mismatch){ sequence, ah->sequence };
		return VRRP_REJECT_REPLAY;
	}
	go_on_to(ah, sequence, now);
	ah->heard[ah->n_heard++] = d->source;
	return VRRP_ACCEPTED;
}
