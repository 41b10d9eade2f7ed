/*
 * The VRRP codec: golden bytes, the order of checks, each reason and its counter, and mutations of good packets.
 */
#include "config.h"

#include "tests/unit/test.h"

#include <string.h>

#include "core/vrrp/arp_wire.h"
#include "core/vrrp/wire.h"

/* The how-to's advert: VRID 51, priority 100, 1 s, PASS "1111", 172.25.0.200; the checksum was added up by hand. */
static const uint8_t golden_v2[] = {
	0x21, 0x33, 0x64, 0x01, 0x01, 0x01, 0x6a, 0x86, 0xac, 0x19, 0x00, 0xc8, '1', '1', '1', '1', 0, 0, 0, 0,
};
/* The same in version 3 from 172.25.0.33 to 224.0.0.18, with the pseudo header. */
static const uint8_t golden_v3[] = {
	0x31, 0x33, 0x64, 0x01, 0x00, 0x64, 0x30, 0xbc, 0xac, 0x19, 0x00, 0xc8,
};

struct fixture {
	struct addr source, dest, vips[3];
	struct vrrp_advert advert;
	struct vrrp_expect want;
	struct vrrp_datagram d;
	uint8_t message[VRRP_WIRE_MAX];
};

static void make(struct fixture *f, uint8_t version, size_t n_vips)
{
	*f = (struct fixture){ .source = addr_v4(172, 25, 0, 33), .dest = addr_v4(224, 0, 0, 18) };
	for (uint8_t i = 0; i < 3; i++)
		f->vips[i] = addr_v4(172, 25, 0, (uint8_t)(200 + i));
	f->advert = (struct vrrp_advert){ .version = version, .vrid = 51, .priority = 100, .adver_int = USEC_PER_SEC,
		.addrs = f->vips, .n_addrs = n_vips };
	f->want = (struct vrrp_expect){ .version = version, .vrid = 51, .family = AF_INET, .check_ttl = true,
		.adver_int = USEC_PER_SEC, .addrs = f->vips, .n_addrs = n_vips, .check_addrs = true };
	if (version == 2) {
		f->advert.auth = f->want.auth = VRRP_AUTH_PASS;
		memcpy(f->advert.auth_data, "1111", 4);
		memcpy(f->want.auth_data, "1111", 4);
	}
	f->d = (struct vrrp_datagram){ .source = f->source, .dest = f->dest, .ttl = 255, .data = f->message };
}

static void encode(struct fixture *f)
{
	f->d.len = vrrp_wire_encode(&f->advert, &f->source, &f->dest, f->want.v3_checksum_as_v2, f->message,
	                            sizeof(f->message));
	assert_true(f->d.len > 0);
}

static enum vrrp_reject decode(struct fixture *f)
{
	struct vrrp_advert a;
	struct vrrp_mismatch why;

	return vrrp_wire_decode(&f->d, &f->want, &a, &why);
}

/* Set the checksum right again after the message was changed by hand. */
static void repair(struct fixture *f)
{
	struct vrrp_advert a;
	struct vrrp_mismatch why;

	f->message[6] = f->message[7] = 0;
	if (vrrp_wire_decode(&f->d, &f->want, &a, &why) == VRRP_REJECT_CHECKSUM) {
		f->message[6] = (uint8_t)(~why.got >> 8);
		f->message[7] = (uint8_t)~why.got;
	}
}

static void golden_bytes(void **state)
{
	(void)state;
	struct fixture f;

	make(&f, 2, 1);
	encode(&f);
	assert_int_equal(f.d.len, sizeof(golden_v2));
	assert_memory_equal(f.message, golden_v2, sizeof(golden_v2));
	make(&f, 3, 1);
	encode(&f);
	assert_int_equal(f.d.len, sizeof(golden_v3));
	assert_memory_equal(f.message, golden_v3, sizeof(golden_v3));
}

static void decodes_what_was_sent(void **state)
{
	(void)state;
	struct fixture f;
	struct vrrp_advert a;
	struct vrrp_mismatch why;

	make(&f, 3, 3);
	f.advert.adver_int = 4095 * USEC_PER_CS;
	encode(&f);
	assert_int_equal(vrrp_wire_decode(&f.d, &f.want, &a, &why), VRRP_ACCEPTED);
	assert_int_equal(a.priority, 100);
	assert_int_equal(a.adver_int, 40950000);
	assert_int_equal(a.n_addrs, 3);
	struct addr third = vrrp_wire_addr(&f.d, 2), none = vrrp_wire_addr(&f.d, 3);
	assert_int_equal(addr_cmp(&third, &f.vips[2]), 0);
	assert_false(addr_is_set(&none));
}

/* RFC 9568 section 5.2.6: the bits before the interval are reserved, and ignored. */
static void reserved_bits_are_ignored(void **state)
{
	(void)state;
	struct fixture f;
	struct vrrp_advert a;
	struct vrrp_mismatch why;

	make(&f, 3, 1);
	encode(&f);
	f.message[4] |= 0xf0;
	repair(&f);
	assert_int_equal(vrrp_wire_decode(&f.d, &f.want, &a, &why), VRRP_ACCEPTED);
	assert_int_equal(a.adver_int, USEC_PER_SEC);
}

static void the_number_of_addresses_counts(void **state)
{
	(void)state;
	struct fixture f;

	make(&f, 2, 3);
	f.want.n_addrs = 2; /* ours are in it, and one more */
	encode(&f);
	assert_int_equal(decode(&f), VRRP_REJECT_ADDRESSES);
	make(&f, 3, 3);
	f.advert.n_addrs = 0; /* RFC 9568 section 5.2.5: ignored, also where addresses are not compared */
	f.want.check_addrs = false;
	encode(&f);
	assert_int_equal(decode(&f), VRRP_REJECT_ADDRESSES);
	f.want.n_addrs = 0;
	assert_int_equal(decode(&f), VRRP_ACCEPTED);
}

static void order_of_addresses_is_free(void **state)
{
	(void)state;
	struct fixture f;

	make(&f, 2, 3);
	struct addr turned[3] = { f.vips[2], f.vips[0], f.vips[1] };
	f.advert.addrs = turned;
	encode(&f);
	assert_int_equal(decode(&f), VRRP_ACCEPTED);
	struct addr twice[3] = { f.vips[0], f.vips[0], f.vips[1] };
	f.advert.addrs = twice;
	encode(&f);
	assert_int_equal(decode(&f), VRRP_REJECT_ADDRESSES);
	f.want.check_addrs = false;
	assert_int_equal(decode(&f), VRRP_ACCEPTED);
}

/* Nobody but the address owner of version 2 is heard with other addresses. */
static void other_addresses_of_the_owner(void **state)
{
	(void)state;
	static const struct {
		uint8_t version, priority;
		enum vrrp_reject reason;
	} cases[] = { { 2, 254, VRRP_REJECT_ADDRESSES }, { 2, 255, VRRP_ACCEPTED },
		{ 3, 254, VRRP_REJECT_ADDRESSES }, { 3, 255, VRRP_REJECT_ADDRESSES } };

	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		struct fixture f;

		make(&f, cases[i].version, 3);
		f.advert.priority = cases[i].priority;
		struct addr twice[3] = { f.vips[0], f.vips[0], f.vips[1] };
		f.advert.addrs = twice;
		encode(&f);
		struct vrrp_advert a;
		struct vrrp_mismatch why;
		assert_int_equal(vrrp_wire_decode(&f.d, &f.want, &a, &why), cases[i].reason);
		assert_int_equal(why.got, 2);
		assert_int_equal(why.want, 3);
		assert_int_equal(a.other_addrs, cases[i].reason == VRRP_ACCEPTED);
		f.want.check_addrs = false;
		assert_int_equal(vrrp_wire_decode(&f.d, &f.want, &a, &why), VRRP_ACCEPTED);
		assert_false(a.other_addrs);
	}
}

static void checksum_without_pseudo_header(void **state)
{
	(void)state;
	struct fixture f;

	make(&f, 3, 1);
	f.want.v3_checksum_as_v2 = true;
	encode(&f);
	assert_int_equal(decode(&f), VRRP_ACCEPTED);
	f.want.v3_checksum_as_v2 = false;
	assert_int_equal(decode(&f), VRRP_REJECT_CHECKSUM);
}

static void unicast_has_its_peers(void **state)
{
	(void)state;
	struct fixture f;
	struct addr peers[] = { addr_v4(10, 0, 0, 1), addr_v4(10, 0, 0, 2) };

	make(&f, 2, 1);
	f.want.check_ttl = false;
	f.want.peers = peers;
	f.want.n_peers = 2;
	encode(&f);
	f.d.ttl = 3;
	assert_int_equal(decode(&f), VRRP_ACCEPTED); /* as in keepalived, unless it is asked for */
	f.want.check_source = true;
	assert_int_equal(decode(&f), VRRP_REJECT_PEER);
	peers[1] = f.source;
	assert_int_equal(decode(&f), VRRP_ACCEPTED);
}

static void unicast_has_its_hops(void **state)
{
	(void)state;
	struct fixture f;
	struct addr peers[] = { addr_v4(10, 0, 0, 1), { 0 } };
	struct vrrp_ttl_limits limits[] = { { 255, 255 }, { .min = 3, .max = 10 } };

	make(&f, 2, 1);
	encode(&f);
	peers[1] = f.source;
	f.want.check_ttl = false;
	f.want.peers = peers;
	f.want.peer_ttl = limits;
	f.want.n_peers = 2;
	for (unsigned ttl = 0; ttl < 256; ttl++) {
		f.d.ttl = (uint8_t)ttl;
		assert_int_equal(decode(&f), ttl >= 3 && ttl <= 10 ? VRRP_ACCEPTED : VRRP_REJECT_TTL);
	}
	limits[1] = (struct vrrp_ttl_limits){ -1, -1 };
	assert_int_equal(decode(&f), VRRP_ACCEPTED);
}

/* keepalived before 1.3.6 summed up the group instead of the peer. */
static void the_old_checksum_of_unicast(void **state)
{
	(void)state;
	struct fixture f;
	struct addr group = addr_v4(224, 0, 0, 18), peer = addr_v4(10, 0, 0, 9);
	struct vrrp_advert got;
	struct vrrp_mismatch why;

	make(&f, 3, 1);
	encode(&f);
	f.d.dest = peer;
	f.want.check_ttl = false;
	assert_int_equal(decode(&f), VRRP_REJECT_CHECKSUM);
	f.want.old_dest = group;
	assert_int_equal(vrrp_wire_decode(&f.d, &f.want, &got, &why), VRRP_ACCEPTED);
	assert_true(got.old_checksum);
	f.d.dest = group;
	assert_int_equal(vrrp_wire_decode(&f.d, &f.want, &got, &why), VRRP_ACCEPTED);
	assert_false(got.old_checksum);
	f.message[6] ^= 1;
	assert_int_equal(decode(&f), VRRP_REJECT_CHECKSUM); /* neither of the two */
}

static void version_3_over_ip6(void **state)
{
	(void)state;
	struct fixture f;

	make(&f, 3, 2);
	assert_true(addr_parse("fe80::1", &f.source));
	assert_true(addr_parse("ff02::12", &f.dest));
	assert_true(addr_parse("fe80::99", &f.vips[0]));
	assert_true(addr_parse("2001:db8::5", &f.vips[1]));
	f.d.source = f.source;
	f.d.dest = f.dest;
	f.want.family = AF_INET6;
	encode(&f);
	assert_int_equal(f.d.len, 8 + 32);
	assert_int_equal(decode(&f), VRRP_ACCEPTED);
	f.want.v3_checksum_as_v2 = true; /* of IPv4 only */
	assert_int_equal(decode(&f), VRRP_ACCEPTED);
	f.message[8 + 15] ^= 1;
	assert_int_equal(decode(&f), VRRP_REJECT_CHECKSUM);
	repair(&f);
	assert_int_equal(decode(&f), VRRP_REJECT_ADDRESSES);
	f.want.family = AF_INET;
	assert_int_equal(decode(&f), VRRP_REJECT_IP_HEADER);
}

/* A single changed field of a good packet, its checksum repaired or not, and what must be said about it. */
static void each_check_has_its_reason(void **state)
{
	(void)state;
	static const struct {
		uint8_t version;
		int at; /* octet of the message; -1: the TTL */
		uint8_t value;
		bool repaired;
		enum vrrp_reject reason;
	} cases[] = {
		{ 2, -1, 254, false, VRRP_REJECT_TTL },
		{ 2, 0, 0x31, true, VRRP_REJECT_VERSION },
		{ 3, 0, 0x21, true, VRRP_REJECT_VERSION },
		{ 2, 0, 0x22, true, VRRP_REJECT_TYPE },
		{ 3, 0, 0x30, true, VRRP_REJECT_TYPE },
		{ 2, 3, 2, true, VRRP_REJECT_LENGTH },
		{ 3, 3, 0, true, VRRP_REJECT_LENGTH },
		{ 2, 2, 101, false, VRRP_REJECT_CHECKSUM },
		{ 3, 2, 101, false, VRRP_REJECT_CHECKSUM },
		{ 2, 1, 52, true, VRRP_REJECT_VRID },
		{ 3, 1, 0, true, VRRP_REJECT_VRID },
		{ 2, 4, 3, true, VRRP_REJECT_AUTH_INVALID },
		{ 2, 4, 0, true, VRRP_REJECT_AUTH_MISMATCH },
		{ 2, 4, 2, true, VRRP_REJECT_AUTH_MISMATCH },
		{ 2, 12, '2', true, VRRP_REJECT_AUTH_DATA },
		{ 2, 19, 1, true, VRRP_REJECT_AUTH_DATA },
		{ 2, 5, 2, true, VRRP_REJECT_INTERVAL },
		{ 3, 5, 0, true, VRRP_REJECT_INTERVAL },
		{ 3, 5, 50, true, VRRP_ACCEPTED },
		{ 3, 4, 0x50, true, VRRP_ACCEPTED }, /* reserved bits are ignored */
		{ 2, 11, 0xc9, true, VRRP_REJECT_ADDRESSES },
		{ 3, 11, 0xc9, true, VRRP_REJECT_ADDRESSES },
		{ 2, 2, 0, true, VRRP_ACCEPTED },
		{ 2, 2, 255, true, VRRP_ACCEPTED },
	};

	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		struct fixture f;
		make(&f, cases[i].version, 1);
		encode(&f);
		if (cases[i].at < 0)
			f.d.ttl = cases[i].value;
		else
			f.message[cases[i].at] = cases[i].value;
		if (cases[i].repaired)
			repair(&f);
		enum vrrp_reject r = decode(&f);
		if (r != cases[i].reason)
			fail_msg("case %zu: %s, not %s", i, vrrp_reject_name(r), vrrp_reject_name(cases[i].reason));
	}
}

/* Earlier checks speak first, whatever else is wrong. */
static void checks_come_in_order(void **state)
{
	(void)state;
	static const enum vrrp_reject order[] = {
		VRRP_REJECT_TTL, VRRP_REJECT_VERSION, VRRP_REJECT_LENGTH, VRRP_REJECT_CHECKSUM, VRRP_REJECT_VRID,
		VRRP_REJECT_AUTH_MISMATCH, VRRP_REJECT_INTERVAL, VRRP_REJECT_ADDRESSES, VRRP_ACCEPTED,
	};
	struct fixture f;

	make(&f, 2, 1);
	f.advert.auth = VRRP_AUTH_NONE;
	f.advert.adver_int = 2 * USEC_PER_SEC;
	f.advert.vrid = 7;
	f.vips[0] = addr_v4(10, 0, 0, 1);
	encode(&f);
	f.vips[0] = addr_v4(10, 0, 0, 2);
	f.d.ttl = 1;
	f.want.version = 3;
	f.message[7]++;
	f.d.len--;
	for (size_t i = 0; i < N_ELEMENTS(order); i++) {
		assert_int_equal(decode(&f), order[i]);
		switch (order[i]) {
		case VRRP_REJECT_TTL: f.d.ttl = 255; break;
		case VRRP_REJECT_VERSION: f.want.version = 2; break;
		case VRRP_REJECT_LENGTH: f.d.len++; break;
		case VRRP_REJECT_CHECKSUM: f.message[7]--; break;
		case VRRP_REJECT_VRID: f.want.vrid = 7; break;
		case VRRP_REJECT_AUTH_MISMATCH: f.want.auth = VRRP_AUTH_NONE; break;
		case VRRP_REJECT_INTERVAL: f.want.adver_int = 2 * USEC_PER_SEC; break;
		default: f.vips[0] = addr_v4(10, 0, 0, 1); break;
		}
	}
}

/* No octet can be changed to any other value unnoticed: the checksum sees all of them, length and version their own. */
static void every_corruption_is_refused(void **state)
{
	(void)state;

	for (uint8_t version = 2; version <= 3; version++) {
		struct fixture f;
		make(&f, version, 2);
		encode(&f);
		assert_int_equal(decode(&f), VRRP_ACCEPTED);
		for (size_t at = 0; at < f.d.len; at++) {
			uint8_t good = f.message[at];
			for (unsigned flip = 1; flip < 256; flip++) {
				f.message[at] = (uint8_t)(good ^ flip);
				enum vrrp_reject r = decode(&f);
				enum vrrp_reject want = at == 0 && flip >> 4 ? VRRP_REJECT_VERSION :
					at == 3 ? VRRP_REJECT_LENGTH : VRRP_REJECT_CHECKSUM;
				if (r != want)
					fail_msg("v%u octet %zu ^ %02x: %s", version, at, flip, vrrp_reject_name(r));
			}
			f.message[at] = good;
		}
		for (size_t len = 0; len < f.d.len; len++) {
			struct vrrp_datagram whole = f.d;
			f.d.len = len;
			assert_int_equal(decode(&f), VRRP_REJECT_LENGTH);
			f.d = whole;
		}
	}
}

static void every_reason_has_name_and_counter(void **state)
{
	(void)state;
	struct vrrp_counters c = { 0 };

	assert_null(vrrp_reject_counter(&c, VRRP_ACCEPTED));
	for (int r = VRRP_ACCEPTED + 1; r < VRRP_REJECTS; r++) {
		uint64_t *counter = vrrp_reject_counter(&c, (enum vrrp_reject)r);
		assert_non_null(counter);
		assert_string_not_equal(vrrp_reject_name((enum vrrp_reject)r), "?");
		(*counter)++;
	}
	assert_int_equal(c.length_errors, 3); /* the headers' (IP, AH), and the message's own */
	assert_int_equal(c.ttl_errors + c.version_errors + c.checksum_errors + c.type_errors + c.vrid_errors, 5);
	assert_int_equal(c.auth_type_invalid + c.auth_type_mismatch, 2);
	assert_int_equal(c.auth_failures, 1);
	assert_int_equal(c.source_errors, 1);
	assert_int_equal(c.hmac_missing + c.hmac_malformed + c.hmac_unknown_key + c.hmac_invalid + c.hmac_stale, 5);
	assert_int_equal(c.replays, 1);
	assert_int_equal(c.interval_errors + c.address_list_errors, 2);
	assert_int_equal(c.adverts_received + c.become_master + c.send_errors, 0);
}

static void ip_header_is_checked(void **state)
{
	(void)state;
	uint8_t packet[64] = { 0x45, 0xc0, 0, 40, 0, 1, 0, 0, 255, 112, 0, 0, 172, 25, 0, 33, 224, 0, 0, 18 };
	struct vrrp_datagram d;

	memcpy(packet + 20, golden_v2, sizeof(golden_v2));
	assert_int_equal(vrrp_wire_strip_ip4(packet, 40, &d), VRRP_ACCEPTED);
	assert_int_equal(d.len, 20);
	assert_int_equal(d.ttl, 255);
	assert_int_equal(vrrp_wire_vrid(&d), 51);
	assert_int_equal(vrrp_wire_strip_ip4(packet, 60, &d), VRRP_ACCEPTED);
	assert_int_equal(d.len, 20);
	assert_int_equal(vrrp_wire_strip_ip4(packet, 39, &d), VRRP_REJECT_IP_HEADER);
	assert_int_equal(vrrp_wire_strip_ip4(packet, 19, &d), VRRP_REJECT_IP_HEADER);
	static const struct {
		size_t at;
		uint8_t value;
	} broken[] = { { 0, 0x65 }, { 0, 0x44 }, { 0, 0x4f }, { 3, 19 }, { 2, 1 }, { 9, 17 } };
	for (size_t i = 0; i < N_ELEMENTS(broken); i++) {
		uint8_t good = packet[broken[i].at];
		packet[broken[i].at] = broken[i].value;
		assert_int_equal(vrrp_wire_strip_ip4(packet, 40, &d), VRRP_REJECT_IP_HEADER);
		packet[broken[i].at] = good;
	}
}

static void encoder_refuses_what_it_cannot_say(void **state)
{
	(void)state;
	struct fixture f;
	uint8_t small[19];

	make(&f, 2, 1);
	assert_int_equal(vrrp_wire_encode(&f.advert, &f.source, &f.dest, false, small, sizeof(small)), 0);
	f.advert.adver_int = 1500 * USEC_PER_MS;
	assert_int_equal(vrrp_wire_encode(&f.advert, &f.source, &f.dest, false, f.message, sizeof(f.message)), 0);
	f.advert.adver_int = 256 * USEC_PER_SEC;
	assert_int_equal(vrrp_wire_encode(&f.advert, &f.source, &f.dest, false, f.message, sizeof(f.message)), 0);
	make(&f, 3, 1);
	f.advert.adver_int = 4096 * USEC_PER_CS;
	assert_int_equal(vrrp_wire_encode(&f.advert, &f.source, &f.dest, false, f.message, sizeof(f.message)), 0);
	make(&f, 3, 1);
	f.advert.n_addrs = 256;
	assert_int_equal(vrrp_wire_encode(&f.advert, &f.source, &f.dest, false, f.message, sizeof(f.message)), 0);
	make(&f, 3, 1);
	f.advert.version = 4;
	assert_int_equal(vrrp_wire_encode(&f.advert, &f.source, &f.dest, false, f.message, sizeof(f.message)), 0);
}

static void gratuitous_arp(void **state)
{
	(void)state;
	static const uint8_t mac[6] = { 2, 0, 0, 0, 0, 7 };
	static const uint8_t want[] = {
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 7, 0x08, 0x06,
		0, 1, 0x08, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 7, 172, 25, 0, 200,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 172, 25, 0, 200,
	};
	struct addr vip = addr_v4(172, 25, 0, 200);
	uint8_t frame[ARP_WIRE_MAX];

	assert_int_equal(arp_wire_announce(&vip, mac, frame, sizeof(frame)), sizeof(want));
	assert_memory_equal(frame, want, sizeof(want));
	assert_int_equal(arp_wire_announce(&vip, mac, frame, 41), 0);
	assert_int_equal(arp_wire_announce(&(struct addr){ 0 }, mac, frame, sizeof(frame)), 0);
}

static void unsolicited_neighbour_advertisement(void **state)
{
	(void)state;
	static const uint8_t mac[6] = { 2, 0, 0, 0, 0, 7 };
	struct addr vip;
	uint8_t frame[ARP_WIRE_MAX];

	assert_true(addr_parse("2001:db8::5", &vip));
	assert_int_equal(arp_wire_announce(&vip, mac, frame, sizeof(frame)), ARP_WIRE_MAX);
	/* the checksum over addresses, length, protocol and message comes out even */
	uint32_t sum = 58 + 32;
	for (size_t i = 14 + 8; i < ARP_WIRE_MAX; i += 2)
		sum += (uint32_t)frame[i] << 8 | frame[i + 1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	assert_int_equal(sum, 0xffff);
	assert_int_equal(frame[54], 136);
	assert_int_equal(frame[58], 0x20);
	assert_memory_equal(frame + 62, vip.bytes, 16);
	assert_memory_equal(frame + 80, mac, 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(golden_bytes),
		cmocka_unit_test(decodes_what_was_sent),
		cmocka_unit_test(reserved_bits_are_ignored),
		cmocka_unit_test(the_number_of_addresses_counts),
		cmocka_unit_test(order_of_addresses_is_free),
		cmocka_unit_test(other_addresses_of_the_owner),
		cmocka_unit_test(checksum_without_pseudo_header),
		cmocka_unit_test(unicast_has_its_peers),
		cmocka_unit_test(unicast_has_its_hops),
		cmocka_unit_test(the_old_checksum_of_unicast),
		cmocka_unit_test(version_3_over_ip6),
		cmocka_unit_test(each_check_has_its_reason),
		cmocka_unit_test(checks_come_in_order),
		cmocka_unit_test(every_corruption_is_refused),
		cmocka_unit_test(every_reason_has_name_and_counter),
		cmocka_unit_test(ip_header_is_checked),
		cmocka_unit_test(encoder_refuses_what_it_cannot_say),
		cmocka_unit_test(gratuitous_arp),
		cmocka_unit_test(unsolicited_neighbour_advertisement),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
