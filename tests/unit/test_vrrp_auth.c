/*
 * Signed adverts: auth_hmac against the vectors of draft-cassen-vrrp-auth-hmac's appendix, AH against a packet that
 * keepalived 2.2.7 sent, and everything that must be refused.
 */
#include "config.h"

#include "tests/unit/test.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "core/vrrp/ah.h"
#include "core/vrrp/hmac.h"

#define NOW (1000 * USEC_PER_SEC)
/* The vectors' moment: 0x68000000 s and a half. */
#define WALL ((int64_t)0x68000000 * USEC_PER_SEC + USEC_PER_SEC / 2)

static size_t from_hex(const char *hex, uint8_t *out)
{
	size_t n = 0;

	for (; hex[0] && hex[1]; hex += 2) {
		unsigned v;
		assert_int_equal(sscanf(hex, "%2x", &v), 1);
		out[n++] = (uint8_t)v;
	}
	return n;
}

static struct vrrp_hmac_conf keys(void)
{
	struct vrrp_hmac_conf c = { .n_keys = 2, .active = 1, .window = 5 * USEC_PER_SEC };

	c.keys[0] = (struct vrrp_hmac_key){ .id = 1, .len = 32 };
	for (uint8_t i = 0; i < 32; i++)
		c.keys[0].bytes[i] = i;
	c.keys[1] = (struct vrrp_hmac_key){ .id = 2, .len = 64, .bytes = "another key" };
	return c;
}

static struct vrrp_hmac_bind bind_of(const char *source)
{
	struct vrrp_hmac_bind b = { .version = 3, .vrid = 51 };

	assert_true(addr_parse(source, &b.source));
	return b;
}

static const struct {
	const char *source, *message, *whole;
} vectors[] = {
	{ "198.51.100.10", "3133c80100644402c0000264",
	  "3133c80100644402c00002640101000068000000800000001b84bc4e8e43892dc6d98448f8ee2265" },
	{ "fe80::10", "3133c8010064a2e9fe800000000000000000000000000100",
	  "3133c8010064a2e9fe80000000000000000000000000010001010000680000008000000"
	  "0c8c56146ebfd66ee10ec4d8186461b78" },
};

static void the_drafts_vectors(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(vectors); i++) {
		struct vrrp_hmac_conf c = keys();
		struct vrrp_hmac_bind b = bind_of(vectors[i].source);
		struct vrrp_hmac h = { 0 };
		struct vrrp_mismatch why;
		uint8_t msg[128], want[128];
		size_t len = from_hex(vectors[i].message, msg), whole = from_hex(vectors[i].whole, want);

		assert_int_equal(vrrp_hmac_sign(&h, &c, &b, WALL, msg, len, sizeof(msg)), whole);
		assert_memory_equal(msg, want, whole);
		struct vrrp_datagram d = { .source = b.source, .data = want, .len = whole };
		assert_int_equal(vrrp_hmac_check(&h, &c, &b, WALL, NOW, &d, len, &why), VRRP_ACCEPTED);
		assert_int_equal(vrrp_hmac_check(&h, &c, &b, WALL, NOW, &d, len, &why), VRRP_REJECT_REPLAY);
	}
}

struct signed_one {
	struct vrrp_hmac_conf c;
	struct vrrp_hmac_bind b;
	struct vrrp_hmac h;
	uint8_t bytes[128];
	size_t len;
	struct vrrp_datagram d;
	struct vrrp_mismatch why;
};

static void make_signed(struct signed_one *s)
{
	*s = (struct signed_one){ .c = keys(), .b = bind_of("198.51.100.10") };
	s->len = from_hex(vectors[0].message, s->bytes);
	s->d = (struct vrrp_datagram){ .source = s->b.source, .data = s->bytes };
	s->d.len = vrrp_hmac_sign(&s->h, &s->c, &s->b, WALL, s->bytes, s->len, sizeof(s->bytes));
	s->h = (struct vrrp_hmac){ 0 };
}

static enum vrrp_reject check_at(struct signed_one *s, int64_t wall)
{
	return vrrp_hmac_check(&s->h, &s->c, &s->b, wall, NOW, &s->d, s->len, &s->why);
}

static void each_reason_of_auth_hmac(void **state)
{
	struct signed_one s;

	(void)state;
	make_signed(&s);
	s.c.active = 2; /* both keys are taken, whichever we send with: rotation */
	assert_int_equal(check_at(&s, WALL), VRRP_ACCEPTED);
	make_signed(&s);
	s.c.keys[0].id = 9;
	assert_int_equal(check_at(&s, WALL), VRRP_REJECT_HMAC_KEY);
	assert_int_equal(s.why.got, 1);
	make_signed(&s);
	s.bytes[s.len] = 2;
	assert_int_equal(check_at(&s, WALL), VRRP_REJECT_HMAC_MALFORMED);
	make_signed(&s);
	assert_int_equal(check_at(&s, WALL + 6 * USEC_PER_SEC), VRRP_REJECT_HMAC_STALE);
	assert_int_equal(check_at(&s, WALL - 6 * USEC_PER_SEC), VRRP_REJECT_HMAC_STALE);
	assert_int_equal(s.why.got, 6);
	s.c.monotonic = true;
	assert_int_equal(check_at(&s, WALL + 6000 * USEC_PER_SEC), VRRP_ACCEPTED);
	make_signed(&s);
	s.b.vrid = 52; /* spliced onto another virtual router */
	assert_int_equal(check_at(&s, WALL), VRRP_REJECT_HMAC_INVALID);
	make_signed(&s);
	s.b.source = addr_v4(198, 51, 100, 11);
	assert_int_equal(check_at(&s, WALL), VRRP_REJECT_HMAC_INVALID);
	make_signed(&s);
	s.d.len = s.len;
	assert_int_equal(check_at(&s, WALL), VRRP_REJECT_HMAC_MISSING);
	s.c.mode = VRRP_HMAC_PERMISSIVE;
	assert_int_equal(check_at(&s, WALL), VRRP_ACCEPTED);
	s.d.len = s.len + 5;
	assert_int_equal(check_at(&s, WALL), VRRP_REJECT_LENGTH);
}

/* But for the checksum, which is recomputed on the way for IPv6, every bit is covered. */
static void every_bit_is_covered(void **state)
{
	struct signed_one s;

	(void)state;
	make_signed(&s);
	for (size_t at = 0; at < s.d.len; at++) {
		if (at == 6 || at == 7)
			continue;
		s.bytes[at] ^= 0x10;
		assert_int_not_equal(check_at(&s, WALL), VRRP_ACCEPTED);
		s.bytes[at] ^= 0x10;
	}
	assert_int_equal(check_at(&s, WALL), VRRP_ACCEPTED);
}

/* The same moment twice, and a clock that is set back: what we send grows all the same. */
static void our_sequence_grows(void **state)
{
	struct vrrp_hmac_conf c = keys();
	struct vrrp_hmac_bind b = bind_of("198.51.100.10");
	struct vrrp_hmac h = { 0 };
	uint64_t last = 0;

	(void)state;
	for (int i = 0; i < 100; i++) {
		uint8_t msg[128];
		size_t len = from_hex(vectors[0].message, msg);
		assert_true(vrrp_hmac_sign(&h, &c, &b, WALL - (i % 3) * USEC_PER_SEC, msg, len, sizeof(msg)) > 0);
		assert_true(h.sent > last);
		last = h.sent;
	}
}

/* It is set right: what we send is fresh at once, though it does not grow; and those who heard the wrong clock hear it. By
 * `monotonic`, which compares no clocks, it grows all the same. */
static void our_clock_was_an_hour_ahead(void **state)
{
	const int64_t ahead = WALL + 3600 * USEC_PER_SEC;

	(void)state;
	for (int monotonic = 0; monotonic < 2; monotonic++) {
		struct signed_one s;
		struct vrrp_hmac sender = { 0 };

		make_signed(&s);
		s.c.monotonic = monotonic;
		s.d.len = vrrp_hmac_sign(&sender, &s.c, &s.b, ahead, s.bytes, s.len, sizeof(s.bytes));
		uint64_t before = sender.sent;
		assert_int_equal(check_at(&s, ahead), VRRP_ACCEPTED);
		s.d.len = vrrp_hmac_sign(&sender, &s.c, &s.b, WALL, s.bytes, s.len, sizeof(s.bytes));
		assert_int_equal(check_at(&s, WALL), VRRP_ACCEPTED);
		assert_int_equal(sender.sent > before, monotonic);
	}
}

/* ---- AH ---- */

/* auth_pass secret12, VRID 7, priority 120, from 10.9.0.1: the third advert of keepalived 2.2.7. */
static const char captured[] = "45c000400003" "0000ff33d0ab0a090001e0000012" "700400000a090001" "00000003"
	"21c510a7840c01139b320958" "210778010201" "5a890a0900640000000000000000";

static void keepalived_s_ah(void **state)
{
	const uint8_t key[VRRP_AUTH_LEN] = "secret12", wrong[VRRP_AUTH_LEN] = "secret11";
	struct vrrp_ah ah = { .sequence = 2, .used_at = NOW };
	struct vrrp_datagram d;
	struct vrrp_mismatch why;
	uint8_t packet[128];
	size_t len = from_hex(captured, packet);

	(void)state;
	assert_int_equal(vrrp_wire_strip_ip4(packet, len, &d), VRRP_ACCEPTED);
	assert_non_null(d.ah);
	assert_int_equal(vrrp_wire_vrid(&d), 7);
	assert_int_equal(vrrp_ah_check(&ah, wrong, &d, NOW, USEC_PER_SEC, &why), VRRP_REJECT_AUTH_DATA);
	assert_int_equal(vrrp_ah_check(&ah, key, &d, NOW, USEC_PER_SEC, &why), VRRP_ACCEPTED);
	assert_int_equal(ah.sequence, 3);
	for (size_t at = 0; at < len; at++) {
		if (at == 1 || at == 6 || at == 7 || at == 10 || at == 11)
			continue; /* what routers may change */
		packet[at] ^= 1;
		struct vrrp_datagram changed;
		if (vrrp_wire_strip_ip4(packet, len, &changed) == VRRP_ACCEPTED && changed.ah)
			assert_int_not_equal(vrrp_ah_check(&ah, key, &changed, NOW, USEC_PER_SEC, &why), VRRP_ACCEPTED);
		packet[at] ^= 1;
	}
}

/* Each way to be malformed is refused as such, with its sender known and the field in words. */
static void broken_ah_headers(void **state)
{
	static const struct {
		size_t at;
		uint8_t value;
		size_t len;
		const char *words;
	} cases[] = {
		{ 20, 6, 64, "is followed by protocol 6, expected 112" },
		{ 21, 5, 64, "says that it has 28 octets, expected 24" },
		{ 3, 43, 43, "has 23 octets, expected 24" },
		{ 0, 0x46, 64, "stands behind options of IP" },
	};
	uint8_t packet[128];
	struct vrrp_datagram d;
	char words[64];

	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		from_hex(captured, packet);
		packet[cases[i].at] = cases[i].value;
		assert_int_equal(vrrp_wire_strip_ip4(packet, cases[i].len, &d), VRRP_REJECT_AH_HEADER);
		assert_int_equal(d.source.bytes[0], 10);
		vrrp_wire_describe_ah(&d, words, sizeof(words));
		assert_string_equal(words, cases[i].words);
	}
}

static const uint8_t ah_key[VRRP_AUTH_LEN] = "1111";

/* What the router at 10.0.0.`host` sends under its present number. */
static enum vrrp_reject ah_pass(struct vrrp_ah *from, uint8_t host, struct vrrp_ah *to, usec_t now)
{
	struct addr source = addr_v4(10, 0, 0, host), dest = addr_v4(10, 0, 0, 9);
	uint8_t packet[128], msg[20] = { 0x21, 9, 100, 1, 2, 1 };
	struct vrrp_mismatch why;
	struct vrrp_datagram d;

	size_t len = vrrp_ah_wrap(from, ah_key, &source, &dest, 64, msg, sizeof(msg), packet, sizeof(packet));
	assert_int_equal(len, 20 + 24 + sizeof(msg));
	assert_int_equal(vrrp_wire_strip_ip4(packet, len, &d), VRRP_ACCEPTED);
	return vrrp_ah_check(to, ah_key, &d, now, USEC_PER_SEC, &why);
}

static void ah_takes_a_number_once(void **state)
{
	struct vrrp_ah from = { .sequence = 100 }, old = { .sequence = 99 }, to;
	struct addr source = addr_v4(10, 0, 0, 1);
	struct vrrp_datagram none = { .source = source, .dest = source };
	struct vrrp_mismatch why;
	uint8_t packet[40], msg[20] = { 0 };

	(void)state;
	assert_int_equal(vrrp_ah_wrap(&from, ah_key, &source, &source, 64, msg, sizeof(msg), packet, sizeof(packet)), 0);
	vrrp_ah_init(&to, WALL);
	assert_int_equal(ah_pass(&from, 1, &to, NOW), VRRP_ACCEPTED); /* nothing was heard before: any number is good */
	assert_int_equal(ah_pass(&from, 1, &to, NOW + 1), VRRP_REJECT_REPLAY);
	assert_int_equal(ah_pass(&old, 1, &to, NOW + 1), VRRP_REJECT_REPLAY);
	assert_int_equal(ah_pass(&old, 2, &to, NOW + 1), VRRP_REJECT_REPLAY); /* whoever sent it */
	/* silence: who counts anew is heard, but not the last one once more */
	assert_int_equal(ah_pass(&from, 1, &to, NOW + 2 * USEC_PER_SEC), VRRP_REJECT_REPLAY);
	assert_int_equal(ah_pass(&old, 1, &to, NOW + 2 * USEC_PER_SEC), VRRP_ACCEPTED);
	assert_int_equal(ah_pass(&old, 1, &to, NOW + 2 * USEC_PER_SEC), VRRP_REJECT_REPLAY);
	assert_int_equal(vrrp_ah_check(&to, ah_key, &none, NOW, USEC_PER_SEC, &why), VRRP_REJECT_AUTH_MISMATCH);
}

/* Two that count alike hear each other; and then one goes on from what it heard. */
static void ah_masters_of_one_number_hear_each_other(void **state)
{
	struct vrrp_ah a = { .sequence = 100 }, b = { .sequence = 100 }, c = { .sequence = 100 };

	(void)state;
	vrrp_ah_next(&a, 0, NOW);
	vrrp_ah_next(&b, 0, NOW);
	assert_int_equal(ah_pass(&a, 1, &b, NOW), VRRP_ACCEPTED);
	assert_int_equal(ah_pass(&b, 2, &a, NOW), VRRP_ACCEPTED);
	assert_int_equal(ah_pass(&b, 2, &a, NOW), VRRP_REJECT_REPLAY);
	c.sequence = a.sequence;
	for (uint8_t host = 3; host < 2 + VRRP_AH_SENDERS; host++)
		assert_int_equal(ah_pass(&c, host, &a, NOW), VRRP_ACCEPTED);
	assert_int_equal(ah_pass(&c, 200, &a, NOW), VRRP_REJECT_REPLAY); /* no room to remember it */
	vrrp_ah_next(&b, 0, NOW);
	assert_int_equal(ah_pass(&b, 2, &a, NOW), VRRP_ACCEPTED);
	assert_int_equal(a.sequence, 102);
}

/* A MASTER that hears nobody is no silence: what was recorded in former times does not dethrone it. One that began to count anew
 * goes on from the MASTER's number. */
static void ah_of_a_master_that_sends_does_not_forget(void **state)
{
	struct vrrp_ah us = { .sequence = 5000 }, old = { .sequence = 4000 };
	usec_t now = NOW;

	(void)state;
	for (int i = 0; i < 10; i++) {
		vrrp_ah_next(&us, 0, now += USEC_PER_SEC);
		assert_int_equal(ah_pass(&old, 1, &us, now), VRRP_REJECT_REPLAY);
	}
	assert_int_equal(ah_pass(&us, 2, &old, now), VRRP_ACCEPTED);
	vrrp_ah_next(&old, 0, now);
	assert_int_equal(ah_pass(&old, 1, &us, now), VRRP_ACCEPTED);
}

/* As many adverts as a MASTER of version 2 can ever send (one a second, and one for each of lower priority): the next life, however
 * short after, is above. And the numbers may go round. */
static void ah_numbers_of_the_next_life_are_above(void **state)
{
	const int64_t wall = INT64_C(1800000000) * USEC_PER_SEC;
	struct vrrp_ah life, next, to = { 0 }, old = { .sequence = UINT32_MAX };

	(void)state;
	vrrp_ah_init(&life, wall);
	for (int i = 0; i < 200; i++)
		vrrp_ah_next(&life, wall + i * USEC_PER_SEC / 2, NOW);
	assert_int_equal(ah_pass(&life, 1, &to, NOW), VRRP_ACCEPTED);
	vrrp_ah_init(&next, wall + 100 * USEC_PER_SEC);
	vrrp_ah_next(&next, wall + 100 * USEC_PER_SEC, NOW);
	assert_int_equal(ah_pass(&next, 1, &to, NOW), VRRP_ACCEPTED);
	assert_int_equal(ah_pass(&old, 1, &old, NOW), VRRP_ACCEPTED);
	vrrp_ah_next(&old, 0, NOW);
	assert_int_equal(old.sequence, 0);
	to = (struct vrrp_ah){ .sequence = UINT32_MAX, .used_at = NOW };
	assert_int_equal(ah_pass(&old, 1, &to, NOW), VRRP_ACCEPTED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_drafts_vectors),
		cmocka_unit_test(each_reason_of_auth_hmac),
		cmocka_unit_test(every_bit_is_covered),
		cmocka_unit_test(our_sequence_grows),
		cmocka_unit_test(our_clock_was_an_hour_ahead),
		cmocka_unit_test(keepalived_s_ah),
		cmocka_unit_test(broken_ah_headers),
		cmocka_unit_test(ah_takes_a_number_once),
		cmocka_unit_test(ah_masters_of_one_number_hear_each_other),
		cmocka_unit_test(ah_of_a_master_that_sends_does_not_forget),
		cmocka_unit_test(ah_numbers_of_the_next_life_are_above),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
