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

/* ---- AH ---- */

/* auth_pass secret12, VRID 7, priority 120, from 10.9.0.1: the third advert of keepalived 2.2.7. */
static const char captured[] = "45c000400003" "0000ff33d0ab0a090001e0000012" "700400000a090001" "00000003"
	"21c510a7840c01139b320958" "210778010201" "5a890a0900640000000000000000";

static void keepalived_s_ah(void **state)
{
	const uint8_t key[VRRP_AUTH_LEN] = "secret12", wrong[VRRP_AUTH_LEN] = "secret11";
	struct vrrp_ah ah = { 0 };
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

static void ah_there_and_back(void **state)
{
	const uint8_t key[VRRP_AUTH_LEN] = "1111";
	struct addr source = addr_v4(10, 0, 0, 1), dest = addr_v4(10, 0, 0, 2);
	struct vrrp_ah from, to = { 0 };
	struct vrrp_mismatch why;
	struct vrrp_datagram d, none = { .source = source, .dest = dest };
	uint8_t first[128], next[128], msg[20] = { 0x21, 9, 100, 1, 2, 1 };

	(void)state;
	vrrp_ah_init(&from, WALL);
	size_t len = vrrp_ah_wrap(&from, key, &source, &dest, 64, msg, sizeof(msg), first, sizeof(first));
	assert_int_equal(len, 20 + 24 + sizeof(msg));
	assert_int_equal(vrrp_ah_wrap(&from, key, &source, &dest, 64, msg, sizeof(msg), next, 40), 0);
	len = vrrp_ah_wrap(&from, key, &source, &dest, 64, msg, sizeof(msg), next, sizeof(next));
	assert_int_equal(vrrp_wire_strip_ip4(next, len, &d), VRRP_ACCEPTED);
	assert_int_equal(vrrp_ah_check(&to, key, &d, NOW, USEC_PER_SEC, &why), VRRP_ACCEPTED);
	assert_int_equal(vrrp_wire_strip_ip4(first, len, &d), VRRP_ACCEPTED);
	assert_int_equal(vrrp_ah_check(&to, key, &d, NOW + 1, USEC_PER_SEC, &why), VRRP_REJECT_REPLAY);
	/* a sender that starts its count anew is heard once the old one has been silent */
	assert_int_equal(vrrp_ah_check(&to, key, &d, NOW + 2 * USEC_PER_SEC, USEC_PER_SEC, &why), VRRP_ACCEPTED);
	assert_int_equal(vrrp_ah_check(&to, key, &none, NOW, USEC_PER_SEC, &why), VRRP_REJECT_AUTH_MISMATCH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_drafts_vectors),
		cmocka_unit_test(each_reason_of_auth_hmac),
		cmocka_unit_test(every_bit_is_covered),
		cmocka_unit_test(our_sequence_grows),
		cmocka_unit_test(keepalived_s_ah),
		cmocka_unit_test(ah_there_and_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
