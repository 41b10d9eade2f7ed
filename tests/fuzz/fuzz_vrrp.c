/*
 * Fuzz target of the VRRP codec and of what authenticates adverts: AH, and the trailer of auth_hmac.
 *
 * The first octet chooses what the receiver expects; the rest is a packet as the raw socket gives it (IPv4 header
 * and all, or for IPv6 two addresses and the message). With REPAIR the checksum is set right first, so that the
 * checks behind it are reached. Beyond memory safety: what is accepted is exactly what the encoder makes of the
 * decoded advert, reserved bits apart, and every refusal has a name and a counter. With AUTH both authentications see the packet
 * as it is; then its message is signed by us, accepted, not accepted twice, and not accepted with an octet changed.
 */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/vrrp/ah.h"
#include "core/vrrp/hmac.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { V3 = 1, IPV6 = 2, CHECK_TTL = 4, CHECK_ADDRS = 8, PLAIN_SUM = 16, NO_AUTH = 32, REPAIR = 64, AUTH = 128 };

#define NOW (1000 * USEC_PER_SEC)
#define WALL (INT64_C(0x68000000) * USEC_PER_SEC)
static const uint8_t ah_key[VRRP_AUTH_LEN] = "secret12";

static void check(bool holds)
{
	if (!holds)
		abort();
}

static bool open_ip6(const uint8_t *p, size_t n, struct vrrp_datagram *d)
{
	if (n < 33)
		return false;
	*d = (struct vrrp_datagram){ .ttl = p[32], .data = p + 33, .len = n - 33 };
	d->source.family = d->dest.family = AF_INET6;
	memcpy(d->source.bytes, p, 16);
	memcpy(d->dest.bytes, p + 16, 16);
	return true;
}

static struct vrrp_expect expectation(uint8_t flags, const struct addr *one)
{
	struct vrrp_expect e = { .version = flags & V3 ? 3 : 2, .vrid = 51, .auth_data = "1111" };

	e.family = flags & IPV6 ? AF_INET6 : AF_INET;
	e.check_ttl = flags & CHECK_TTL;
	e.check_addrs = flags & CHECK_ADDRS;
	e.v3_checksum_as_v2 = flags & PLAIN_SUM;
	e.auth = flags & NO_AUTH ? VRRP_AUTH_NONE : VRRP_AUTH_PASS;
	e.adver_int = USEC_PER_SEC;
	e.addrs = one;
	e.n_addrs = 1;
	return e;
}

/* Learns the right checksum from the refusal: what is missing to the full sum. */
static enum vrrp_reject repair(uint8_t *message, const struct vrrp_datagram *d, const struct vrrp_expect *e)
{
	struct vrrp_advert a;
	struct vrrp_mismatch why;

	if (d->len < 8)
		return VRRP_REJECT_LENGTH;
	message[6] = message[7] = 0;
	enum vrrp_reject r = vrrp_wire_decode(d, e, &a, &why);
	if (r == VRRP_REJECT_CHECKSUM) {
		message[6] = (uint8_t)(~why.got >> 8);
		message[7] = (uint8_t)~why.got;
	}
	return r;
}

static void check_round_trip(const struct vrrp_datagram *d, const struct vrrp_expect *e, struct vrrp_advert *a)
{
	struct addr addrs[VRRP_MAX_ADDRS4];
	uint8_t again[VRRP_WIRE_MAX];

	check(a->vrid == e->vrid && a->version == e->version && a->adver_int > 0 && a->n_addrs <= VRRP_MAX_ADDRS4);
	for (size_t i = 0; i < a->n_addrs; i++)
		addrs[i] = vrrp_wire_addr(d, i);
	a->addrs = addrs;
	size_t n = vrrp_wire_encode(a, &d->source, &d->dest, e->v3_checksum_as_v2, again, sizeof(again));
	if (e->family == AF_INET6 && (e->version == 2 || a->n_addrs > VRRP_MAX_ADDRS6)) {
		check(n == 0);
		return;
	}
	check(n == d->len);
	bool reserved = e->version == 3 && (d->data[4] & 0xf0);
	if (!reserved) {
		memcpy(again + 6, d->data + 6, 2); /* 0 and 0xffff are the same sum */
		check(memcmp(again, d->data, n) == 0);
	}
}

/* ---- authentication ---- */

static struct vrrp_hmac_conf hmac_conf(uint8_t flags)
{
	struct vrrp_hmac_conf c = { .n_keys = 1, .active = 1, .window = 5 * USEC_PER_SEC };

	c.keys[0] = (struct vrrp_hmac_key){ .id = 1, .len = 32 };
	for (uint8_t i = 0; i < 32; i++)
		c.keys[0].bytes[i] = i;
	c.monotonic = flags & CHECK_ADDRS;
	c.mode = flags & CHECK_TTL ? VRRP_HMAC_PERMISSIVE : VRRP_HMAC_ENFORCE;
	return c;
}

static struct vrrp_hmac_bind hmac_bind(const struct vrrp_datagram *d, uint8_t flags)
{
	return (struct vrrp_hmac_bind){ .version = flags & V3 ? 3 : 2, .vrid = 51, .source = d->source };
}

static void check_strangers(const struct vrrp_datagram *d, uint8_t flags)
{
	struct vrrp_hmac_conf c = hmac_conf(flags);
	struct vrrp_hmac_bind b = hmac_bind(d, flags);
	struct vrrp_hmac h = { 0 };
	struct vrrp_ah ah = { 0 };
	struct vrrp_mismatch why;
	size_t len = vrrp_wire_message_len(d);

	if (len > 0) {
		enum vrrp_reject r = vrrp_hmac_check(&h, &c, &b, WALL, NOW, d, len, &why);
		check(vrrp_reject_name(r)[0] != '?');
		if (r == VRRP_ACCEPTED && d->len != len)
			check(vrrp_hmac_check(&h, &c, &b, WALL, NOW, d, len, &why) == VRRP_REJECT_REPLAY);
	}
	enum vrrp_reject r = vrrp_ah_check(&ah, ah_key, d, NOW, USEC_PER_SEC, &why);
	check(vrrp_reject_name(r)[0] != '?' && (r != VRRP_ACCEPTED || d->ah));
	if (r == VRRP_ACCEPTED)
		check(vrrp_ah_check(&ah, ah_key, d, NOW + 2 * USEC_PER_SEC, USEC_PER_SEC, &why) == VRRP_REJECT_REPLAY);
}

/* Only the checksum, which the sum makes good, is not covered. */
static void check_our_hmac(const struct vrrp_datagram *d, uint8_t flags, uint8_t where)
{
	struct vrrp_hmac_conf c = hmac_conf(flags);
	struct vrrp_hmac_bind b = hmac_bind(d, flags);
	struct vrrp_hmac from = { 0 }, to = { 0 }, fresh = { 0 };
	uint8_t msg[VRRP_WIRE_MAX + VRRP_HMAC_TRAILER];
	struct vrrp_datagram ours = *d;
	struct vrrp_mismatch why;

	memcpy(msg, d->data, d->len);
	ours.data = msg;
	ours.len = vrrp_hmac_sign(&from, &c, &b, WALL, msg, d->len, sizeof(msg));
	check(ours.len == d->len + VRRP_HMAC_TRAILER);
	check(vrrp_hmac_check(&to, &c, &b, WALL, NOW, &ours, d->len, &why) == VRRP_ACCEPTED);
	check(vrrp_hmac_check(&to, &c, &b, WALL, NOW, &ours, d->len, &why) == VRRP_REJECT_REPLAY);
	size_t at = (size_t)where * ours.len / 256;
	msg[at] ^= 1;
	bool covered = at != 6 && at != 7;
	check((vrrp_hmac_check(&fresh, &c, &b, WALL, NOW, &ours, d->len, &why) == VRRP_ACCEPTED) != covered);
}

static void check_our_ah(const struct vrrp_datagram *d, uint8_t where)
{
	struct vrrp_ah from, to = { 0 }, fresh = { 0 };
	uint8_t packet[VRRP_IP4_HEADER + VRRP_AH_LEN + VRRP_WIRE_MAX];
	struct vrrp_datagram ours;
	struct vrrp_mismatch why;

	vrrp_ah_init(&from, WALL);
	size_t n = vrrp_ah_wrap(&from, ah_key, &d->source, &d->dest, 255, d->data, d->len, packet, sizeof(packet));
	check(n == VRRP_IP4_HEADER + VRRP_AH_LEN + d->len);
	check(vrrp_wire_strip_ip4(packet, n, &ours) == VRRP_ACCEPTED && ours.len == d->len);
	check(vrrp_ah_check(&to, ah_key, &ours, NOW, USEC_PER_SEC, &why) == VRRP_ACCEPTED);
	packet[VRRP_IP4_HEADER + (size_t)where * (n - VRRP_IP4_HEADER) / 256] ^= 1;
	if (vrrp_wire_strip_ip4(packet, n, &ours) == VRRP_ACCEPTED)
		check(vrrp_ah_check(&fresh, ah_key, &ours, NOW, USEC_PER_SEC, &why) != VRRP_ACCEPTED);
}

static void check_auth(const struct vrrp_datagram *d, uint8_t flags, uint8_t where)
{
	check_strangers(d, flags);
	if (d->len < 8 || d->len > VRRP_WIRE_MAX)
		return;
	check_our_hmac(d, flags, where);
	if (d->source.family == AF_INET)
		check_our_ah(d, where);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t copy[4096];
	struct vrrp_counters counters = { 0 };
	struct addr vip = addr_v4(172, 25, 0, 200);
	struct vrrp_datagram d;
	struct vrrp_advert a;
	struct vrrp_mismatch why;

	if (size < 1 || size > sizeof(copy))
		return 0;
	size_t n = size - 1;
	memcpy(copy, data + 1, n);
	struct vrrp_expect e = expectation(data[0], &vip);
	if (e.family == AF_INET6 ? !open_ip6(copy, n, &d) : vrrp_wire_strip_ip4(copy, n, &d) != VRRP_ACCEPTED)
		return 0;
	check(d.data >= copy && d.data + d.len <= copy + n);
	if (data[0] & AUTH)
		check_auth(&d, data[0], data[size - 1]);
	if (data[0] & REPAIR)
		repair(copy + (d.data - copy), &d, &e);
	enum vrrp_reject r = vrrp_wire_decode(&d, &e, &a, &why);
	check((r == VRRP_ACCEPTED) == (vrrp_reject_counter(&counters, r) == NULL));
	check(vrrp_reject_name(r)[0] != '?');
	if (r == VRRP_ACCEPTED)
		check_round_trip(&d, &e, &a);
	return 0;
}
