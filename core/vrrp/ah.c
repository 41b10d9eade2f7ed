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

void vrrp_ah_init(struct vrrp_ah *ah, int64_t wall)
{
	*ah = (struct vrrp_ah){ .sequence = (uint32_t)(wall / USEC_PER_SEC) };
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
	wbuf_u32(&b, ++ah->sequence);
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
	bool silent = ah->heard_at == 0 || now - ah->heard_at > patience;
	if (sequence < ah->sequence && !silent) {
		*why = (struct vrrp_mismatch){ sequence, ah->sequence };
		return VRRP_REJECT_REPLAY;
	}
	ah->sequence = sequence;
	ah->heard_at = now;
	return VRRP_ACCEPTED;
}
