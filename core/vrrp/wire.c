/*
 * The codec of wire.h. Owns the layout of adverts and the order of checks; relies on core/base/buf.h for bounds.
 *
 * RFC 3768 section 5 (version 2), RFC 2338 section 5.3.6 (its authentication data), RFC 9568 section 5 (version 3).
 * The version 3 checksum over IPv4 covers a pseudo header as over IPv6, which is what the field (keepalived, most
 * vendors) sends; others leave it out: v3_checksum_as_v2.
 */
#include "config.h"

#include "core/vrrp/wire.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "core/base/buf.h"

enum { HEADER_LEN = 8, CHECKSUM_AT = 6, AH_PROTO = 51, AH_LEN = 24 };

const char *vrrp_reject_name(enum vrrp_reject r)
{
	switch (r) {
	case VRRP_ACCEPTED: return "nothing";
	case VRRP_REJECT_IP_HEADER: return "IP header";
	case VRRP_REJECT_PEER: return "sender";
	case VRRP_REJECT_TTL: return "TTL";
	case VRRP_REJECT_VERSION: return "version";
	case VRRP_REJECT_LENGTH: return "length";
	case VRRP_REJECT_CHECKSUM: return "checksum";
	case VRRP_REJECT_TYPE: return "type";
	case VRRP_REJECT_VRID: return "VRID";
	case VRRP_REJECT_AUTH_INVALID: return "authentication type";
	case VRRP_REJECT_AUTH_MISMATCH: return "configured authentication type";
	case VRRP_REJECT_AUTH_DATA: return "authentication data";
	case VRRP_REJECT_INTERVAL: return "advertisement interval";
	case VRRP_REJECT_ADDRESSES: return "address list";
	case VRRP_REJECT_HMAC_MISSING: return "auth_hmac trailer";
	case VRRP_REJECT_HMAC_MALFORMED: return "auth_hmac scheme";
	case VRRP_REJECT_HMAC_KEY: return "auth_hmac key";
	case VRRP_REJECT_HMAC_INVALID: return "auth_hmac digest";
	case VRRP_REJECT_HMAC_STALE: return "auth_hmac time";
	case VRRP_REJECT_REPLAY: return "sequence number";
	case VRRP_REJECT_AH_HEADER: return "authentication header";
	}
	return "?";
}

uint64_t *vrrp_reject_counter(struct vrrp_counters *c, enum vrrp_reject r)
{
	switch (r) {
	case VRRP_ACCEPTED: return NULL;
	case VRRP_REJECT_IP_HEADER: return &c->length_errors;
	case VRRP_REJECT_AH_HEADER: return &c->length_errors; /* the port counts them: whose they are cannot be known */
	case VRRP_REJECT_PEER: return &c->source_errors;
	case VRRP_REJECT_TTL: return &c->ttl_errors;
	case VRRP_REJECT_VERSION: return &c->version_errors;
	case VRRP_REJECT_LENGTH: return &c->length_errors;
	case VRRP_REJECT_CHECKSUM: return &c->checksum_errors;
	case VRRP_REJECT_TYPE: return &c->type_errors;
	case VRRP_REJECT_VRID: return &c->vrid_errors;
	case VRRP_REJECT_AUTH_INVALID: return &c->auth_type_invalid;
	case VRRP_REJECT_AUTH_MISMATCH: return &c->auth_type_mismatch;
	case VRRP_REJECT_AUTH_DATA: return &c->auth_failures;
	case VRRP_REJECT_INTERVAL: return &c->interval_errors;
	case VRRP_REJECT_ADDRESSES: return &c->address_list_errors;
	case VRRP_REJECT_HMAC_MISSING: return &c->hmac_missing;
	case VRRP_REJECT_HMAC_MALFORMED: return &c->hmac_malformed;
	case VRRP_REJECT_HMAC_KEY: return &c->hmac_unknown_key;
	case VRRP_REJECT_HMAC_INVALID: return &c->hmac_invalid;
	case VRRP_REJECT_HMAC_STALE: return &c->hmac_stale;
	case VRRP_REJECT_REPLAY: return &c->replays;
	}
	return NULL;
}

/* The header's length is in words, less two (RFC 4302 section 2.2); ours has twelve octets of digest. */
static bool ah_is_whole(const struct vrrp_datagram *d, size_t header)
{
	const uint8_t *ah = d->packet + header;

	return header == 20 && d->packet_len >= header + AH_LEN && ah[0] == VRRP_IP_PROTO && ah[1] == AH_LEN / 4 - 2;
}

void vrrp_wire_describe_ah(const struct vrrp_datagram *d, char *buf, size_t size)
{
	size_t header = (size_t)(d->packet[0] & 0x0f) * 4;
	const uint8_t *ah = d->packet + header;

	if (header != 20)
		snprintf(buf, size, "stands behind options of IP");
	else if (d->packet_len < header + AH_LEN)
		snprintf(buf, size, "has %zu octets, expected %d", d->packet_len - header, AH_LEN);
	else if (ah[0] != VRRP_IP_PROTO)
		snprintf(buf, size, "is followed by protocol %u, expected %d", ah[0], VRRP_IP_PROTO);
	else
		snprintf(buf, size, "says that it has %u octets, expected %d", (ah[1] + 2u) * 4, AH_LEN);
}

enum vrrp_reject vrrp_wire_strip_ip4(const uint8_t *packet, size_t len, struct vrrp_datagram *out)
{
	*out = (struct vrrp_datagram){ 0 };
	if (len < 20 || packet[0] >> 4 != 4)
		return VRRP_REJECT_IP_HEADER;
	size_t header = (size_t)(packet[0] & 0x0f) * 4;
	size_t total = (size_t)packet[2] << 8 | packet[3];
	if (header < 20 || total < header || total > len)
		return VRRP_REJECT_IP_HEADER;
	out->packet = packet;
	out->packet_len = total;
	out->source = addr_v4(packet[12], packet[13], packet[14], packet[15]);
	if (packet[9] == AH_PROTO && !ah_is_whole(out, header))
		return VRRP_REJECT_AH_HEADER;
	if (packet[9] == AH_PROTO) {
		out->ah = packet + header;
		header += AH_LEN;
	} else if (packet[9] != VRRP_IP_PROTO) {
		return VRRP_REJECT_IP_HEADER;
	}
	out->ttl = packet[8];
	out->dest = addr_v4(packet[16], packet[17], packet[18], packet[19]);
	out->data = packet + header;
	out->len = total - header;
	return VRRP_ACCEPTED;
}

int vrrp_wire_vrid(const struct vrrp_datagram *d)
{
	return d->len < HEADER_LEN ? -1 : d->data[1];
}

static uint32_t sum_add(uint32_t sum, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i + 1 < n; i += 2)
		sum += (uint32_t)p[i] << 8 | p[i + 1];
	if (n & 1)
		sum += (uint32_t)p[n - 1] << 8;
	return sum;
}

/* The one's complement sum of everything the checksum covers, folded; a message with a right checksum gives 0xffff. */
static uint16_t sum_message(const uint8_t *msg, size_t len, const struct addr *source, const struct addr *dest)
{
	uint32_t sum = sum_add(0, msg, len);

	if (source) {
		sum = sum_add(sum, source->bytes, addr_len(source->family));
		sum = sum_add(sum, dest->bytes, addr_len(dest->family));
		sum += VRRP_IP_PROTO + (uint32_t)len;
	}
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

static bool has_pseudo_header(uint8_t version, uint8_t family, bool v3_checksum_as_v2)
{
	return version == 3 && !(v3_checksum_as_v2 && family == AF_INET);
}

/* Where a check fails: remember what was seen, and say so. */
static enum vrrp_reject differ(struct vrrp_mismatch *why, enum vrrp_reject r, uint64_t got, uint64_t want)
{
	*why = (struct vrrp_mismatch){ .got = got, .want = want };
	return r;
}

static size_t message_len(uint8_t version, uint8_t family, size_t n_addrs)
{
	return HEADER_LEN + n_addrs * addr_len(family) + (version == 2 ? VRRP_AUTH_LEN : 0);
}

size_t vrrp_wire_message_len(const struct vrrp_datagram *d)
{
	return d->len < HEADER_LEN ? 0 : message_len(d->data[0] >> 4, d->source.family, d->data[3]);
}

/* Who sent it, and over how many hops? */
static enum vrrp_reject check_sender(const struct vrrp_datagram *d, const struct vrrp_expect *want,
                                     struct vrrp_mismatch *why)
{
	size_t i = 0;

	if (want->check_ttl && d->ttl != VRRP_TTL)
		return differ(why, VRRP_REJECT_TTL, d->ttl, VRRP_TTL);
	while (i < want->n_peers && addr_cmp(&d->source, &want->peers[i]) != 0)
		i++;
	if (i == want->n_peers)
		return want->check_source ? VRRP_REJECT_PEER : VRRP_ACCEPTED;
	if (want->peer_ttl && want->peer_ttl[i].min >= 0 && d->ttl < want->peer_ttl[i].min)
		return differ(why, VRRP_REJECT_TTL, d->ttl, (uint64_t)want->peer_ttl[i].min);
	if (want->peer_ttl && want->peer_ttl[i].max >= 0 && d->ttl > want->peer_ttl[i].max)
		return differ(why, VRRP_REJECT_TTL, d->ttl, (uint64_t)want->peer_ttl[i].max);
	return VRRP_ACCEPTED;
}

static uint16_t sum_datagram(const struct vrrp_datagram *d, const struct vrrp_expect *want, const struct addr *dest)
{
	bool pseudo = has_pseudo_header(d->data[0] >> 4, want->family, want->v3_checksum_as_v2);
	size_t len = want->family == AF_INET6 && d->sum_len ? d->sum_len : d->len;

	return sum_message(d->data, len, pseudo ? &d->source : NULL, pseudo ? dest : NULL);
}

/* Version, length, checksum, type: is it a VRRP advert at all? */
static enum vrrp_reject check_packet(const struct vrrp_datagram *d, const struct vrrp_expect *want, bool *old,
                                     struct vrrp_mismatch *why)
{
	if (d->len < HEADER_LEN)
		return differ(why, VRRP_REJECT_LENGTH, d->len, HEADER_LEN);
	uint8_t version = d->data[0] >> 4;
	if (version != want->version)
		return differ(why, VRRP_REJECT_VERSION, version, want->version);
	size_t len = message_len(version, want->family, d->data[3]);
	if (d->len != len)
		return differ(why, VRRP_REJECT_LENGTH, d->len, len);
	uint16_t sum = sum_datagram(d, want, &d->dest);
	*old = sum != 0xffff && addr_is_set(&want->old_dest) && sum_datagram(d, want, &want->old_dest) == 0xffff;
	if (sum != 0xffff && !*old)
		return differ(why, VRRP_REJECT_CHECKSUM, sum, 0xffff);
	uint8_t type = d->data[0] & 0x0f;
	if (type != VRRP_TYPE_ADVERT)
		return differ(why, VRRP_REJECT_TYPE, type, VRRP_TYPE_ADVERT);
	return VRRP_ACCEPTED;
}

/* Does it come from a member of our virtual router, configured as we are? Version 2's authentication comes last
 * on the wire. */
static enum vrrp_reject check_auth(const struct vrrp_advert *a, const struct vrrp_expect *want,
                                   struct vrrp_mismatch *why)
{
	if (a->version != 2)
		return VRRP_ACCEPTED;
	if (a->auth > VRRP_AUTH_AH)
		return differ(why, VRRP_REJECT_AUTH_INVALID, a->auth, want->auth);
	if (a->auth != want->auth)
		return differ(why, VRRP_REJECT_AUTH_MISMATCH, a->auth, want->auth);
	if (a->auth == VRRP_AUTH_PASS && memcmp(a->auth_data, want->auth_data, VRRP_AUTH_LEN) != 0)
		return differ(why, VRRP_REJECT_AUTH_DATA, 0, 0); /* a password is not for the log */
	return VRRP_ACCEPTED;
}

/* Version 2 members must agree on the interval; version 3 adopts the master's, but an interval of nothing is none. */
static enum vrrp_reject check_interval(const struct vrrp_advert *a, const struct vrrp_expect *want,
                                       struct vrrp_mismatch *why)
{
	bool ok = a->version == 2 ? a->adver_int == want->adver_int : a->adver_int > 0;

	if (ok)
		return VRRP_ACCEPTED;
	return differ(why, VRRP_REJECT_INTERVAL, (uint64_t)a->adver_int, (uint64_t)want->adver_int);
}

struct addr vrrp_wire_addr(const struct vrrp_datagram *d, size_t i)
{
	struct addr a = { .family = d->source.family };
	size_t n = addr_len(a.family);

	if (HEADER_LEN + (i + 1) * n > d->len)
		return (struct addr){ 0 };
	memcpy(a.bytes, d->data + HEADER_LEN + i * n, n);
	return a;
}

static bool addrs_contain(const struct vrrp_datagram *d, size_t n_addrs, const struct addr *wanted)
{
	size_t n = addr_len(wanted->family);

	for (size_t i = 0; i < n_addrs; i++)
		if (memcmp(d->data + HEADER_LEN + i * n, wanted->bytes, n) == 0)
			return true;
	return false;
}

/* The same addresses, in any order. Ours are distinct, so with equal counts it is enough that each of ours is there. */
static enum vrrp_reject compare_addrs(const struct vrrp_datagram *d, size_t n_addrs, const struct vrrp_expect *want,
                                      struct vrrp_mismatch *why)
{
	size_t missing = 0;

	if (n_addrs != want->n_addrs)
		return differ(why, VRRP_REJECT_ADDRESSES, n_addrs, want->n_addrs);
	for (size_t i = 0; i < want->n_addrs; i++) {
		struct addr at_same_place = vrrp_wire_addr(d, i);
		if (addr_cmp(&at_same_place, &want->addrs[i]) != 0 && !addrs_contain(d, n_addrs, &want->addrs[i]))
			missing++;
	}
	return missing == 0 ? VRRP_ACCEPTED : differ(why, VRRP_REJECT_ADDRESSES, n_addrs - missing, want->n_addrs);
}

static enum vrrp_reject check_addrs(const struct vrrp_datagram *d, struct vrrp_advert *a, const struct vrrp_expect *want,
                                    struct vrrp_mismatch *why)
{
	/* RFC 9568 section 5.2.5: an advert without an address is ignored, whatever else is checked. */
	if (a->version == 3 && a->n_addrs == 0 && want->n_addrs > 0)
		return differ(why, VRRP_REJECT_ADDRESSES, 0, want->n_addrs);
	if (!want->check_addrs)
		return VRRP_ACCEPTED;
	enum vrrp_reject r = compare_addrs(d, a->n_addrs, want, why);
	/* RFC 3768 section 7.1: what the address owner says counts all the same. RFC 9568 leaves it to us; we drop, as keepalived does. */
	a->other_addrs = r != VRRP_ACCEPTED && a->version == 2 && a->priority == 255;
	return a->other_addrs ? VRRP_ACCEPTED : r;
}

static void read_advert(const struct vrrp_datagram *d, struct vrrp_advert *out)
{
	struct rbuf b = rbuf_make(d->data, d->len);
	uint8_t version_type = rbuf_u8(&b);

	*out = (struct vrrp_advert){ .version = version_type >> 4, .type = version_type & 0x0f };
	out->vrid = rbuf_u8(&b);
	out->priority = rbuf_u8(&b);
	out->n_addrs = rbuf_u8(&b);
	uint16_t interval = rbuf_u16(&b);
	if (out->version == 3) {
		out->adver_int = (interval & 0x0fff) * USEC_PER_CS;
		return;
	}
	out->auth = (enum vrrp_auth)(interval >> 8);
	out->adver_int = (interval & 0xff) * USEC_PER_SEC;
	rbuf_skip(&b, 2 + out->n_addrs * addr_len(d->source.family));
	rbuf_bytes(&b, out->auth_data, VRRP_AUTH_LEN);
}

enum vrrp_reject vrrp_wire_decode(const struct vrrp_datagram *d, const struct vrrp_expect *want,
                                  struct vrrp_advert *out, struct vrrp_mismatch *why)
{
	*out = (struct vrrp_advert){ 0 };
	*why = (struct vrrp_mismatch){ 0 };
	if (d->source.family != want->family || d->dest.family != want->family)
		return differ(why, VRRP_REJECT_IP_HEADER, d->source.family, want->family);
	bool old = false;
	enum vrrp_reject r = check_sender(d, want, why);
	if (r == VRRP_ACCEPTED)
		r = check_packet(d, want, &old, why);
	if (r != VRRP_ACCEPTED)
		return r;
	read_advert(d, out);
	out->old_checksum = old;
	if (out->vrid != want->vrid)
		return differ(why, VRRP_REJECT_VRID, out->vrid, want->vrid);
	r = check_auth(out, want, why);
	if (r == VRRP_ACCEPTED)
		r = check_interval(out, want, why);
	if (r == VRRP_ACCEPTED)
		r = check_addrs(d, out, want, why);
	return r;
}

/* Octets 4 and 5: authentication type and seconds in version 2, 12 bits of centiseconds in version 3. */
static bool interval_field(const struct vrrp_advert *a, uint16_t *out)
{
	usec_t unit = a->version == 2 ? USEC_PER_SEC : USEC_PER_CS;
	usec_t most = a->version == 2 ? 255 : 4095;

	if (a->adver_int <= 0 || a->adver_int % unit != 0 || a->adver_int / unit > most)
		return false;
	*out = (uint16_t)(a->adver_int / unit);
	if (a->version == 2)
		*out |= (uint16_t)(a->auth << 8);
	return true;
}

static bool expressible(const struct vrrp_advert *a, uint8_t family)
{
	bool version_ok = a->version == 3 || (a->version == 2 && family == AF_INET && a->auth <= VRRP_AUTH_AH);

	return version_ok && a->vrid != 0 && a->n_addrs <= (family == AF_INET ? VRRP_MAX_ADDRS4 : VRRP_MAX_ADDRS6);
}

size_t vrrp_wire_encode(const struct vrrp_advert *a, const struct addr *source, const struct addr *dest,
                        bool v3_checksum_as_v2, uint8_t *buf, size_t size)
{
	uint8_t family = source->family;
	struct wbuf b = wbuf_make(buf, size);
	uint16_t interval;

	if (dest->family != family || addr_len(family) == 0 || !expressible(a, family) || !interval_field(a, &interval))
		return 0;
	wbuf_u8(&b, (uint8_t)(a->version << 4 | VRRP_TYPE_ADVERT));
	wbuf_u8(&b, a->vrid);
	wbuf_u8(&b, a->priority);
	wbuf_u8(&b, (uint8_t)a->n_addrs);
	wbuf_u16(&b, interval);
	wbuf_u16(&b, 0);
	for (size_t i = 0; i < a->n_addrs; i++) {
		if (a->addrs[i].family != family)
			return 0;
		wbuf_bytes(&b, a->addrs[i].bytes, addr_len(family));
	}
	if (a->version == 2)
		wbuf_bytes(&b, a->auth_data, VRRP_AUTH_LEN);
	if (b.bad)
		return 0;
	bool pseudo = has_pseudo_header(a->version, family, v3_checksum_as_v2);
	uint16_t sum = sum_message(buf, b.len, pseudo ? source : NULL, pseudo ? dest : NULL);
	wbuf_patch_u16(&b, CHECKSUM_AT, (uint16_t)~sum);
	return b.len;
}

void vrrp_wire_resum6(uint8_t *msg, size_t len, const struct addr *source, const struct addr *dest)
{
	struct wbuf b = wbuf_make(msg, len);

	b.len = len;
	wbuf_patch_u16(&b, CHECKSUM_AT, 0);
	wbuf_patch_u16(&b, CHECKSUM_AT, (uint16_t)~sum_message(msg, len, source, dest));
}
