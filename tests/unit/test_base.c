/* Byte cursors, text helpers, time arithmetic and the token bucket for log lines. */
#include "config.h"

#include "tests/unit/test.h"

#include <string.h>

#include "core/base/buf.h"
#include "core/base/late.h"
#include "core/base/log.h"
#include "core/base/text.h"

static void test_buf_round_trip(void **state)
{
	uint8_t bytes[16], out[3];
	struct wbuf w = wbuf_make(bytes, sizeof(bytes));
	struct rbuf r;

	(void)state;
	wbuf_u8(&w, 0x12);
	wbuf_u16(&w, 0x3456);
	wbuf_u32(&w, 0x789abcde);
	wbuf_bytes(&w, "xyz", 3);
	wbuf_zero(&w, 2);
	wbuf_patch_u16(&w, 1, 0xa1b2);
	assert_true(wbuf_ok(&w));
	assert_int_equal(w.len, 12);
	assert_memory_equal(bytes, "\x12\xa1\xb2\x78\x9a\xbc\xdexyz\0\0", 12);
	r = rbuf_make(bytes, w.len);
	assert_int_equal(rbuf_u8(&r), 0x12);
	assert_int_equal(rbuf_u16(&r), 0xa1b2);
	assert_int_equal(rbuf_u32(&r), 0x789abcde);
	rbuf_bytes(&r, out, 3);
	assert_memory_equal(out, "xyz", 3);
	rbuf_skip(&r, 2);
	assert_true(rbuf_ok(&r));
	assert_int_equal(r.left, 0);
}

/* After the first failure nothing is read or written any more, even what would fit. */
static void test_buf_sticky(void **state)
{
	uint8_t bytes[4] = { 1, 2, 3, 4 }, out[4] = { 9, 9, 9, 9 };
	struct rbuf r = rbuf_make(bytes, 3);
	struct wbuf w = wbuf_make(bytes, 3);

	(void)state;
	assert_int_equal(rbuf_u32(&r), 0);
	assert_false(rbuf_ok(&r));
	assert_int_equal(rbuf_u8(&r), 0);
	rbuf_bytes(&r, out, sizeof(out));
	assert_memory_equal(out, "\0\0\0\0", 4);
	wbuf_u16(&w, 0x0a0b);
	wbuf_u16(&w, 0x0c0d);
	wbuf_u8(&w, 0x0e);
	assert_false(wbuf_ok(&w));
	assert_int_equal(w.len, 2);
	assert_memory_equal(bytes, "\x0a\x0b\x03\x04", 4);
}

static void test_buf_patch_bounds(void **state)
{
	uint8_t bytes[8] = { 0 };

	(void)state;
	for (size_t at = 0; at < 6; at++) {
		struct wbuf w = wbuf_make(bytes, sizeof(bytes));

		wbuf_u32(&w, 0);
		wbuf_patch_u16(&w, at, 0xffff);
		assert_int_equal(wbuf_ok(&w), at <= 2);
	}
	assert_int_equal(bytes[4], 0);
}

static void test_text_copy(void **state)
{
	char buf[6];

	(void)state;
	memset(buf, 'z', sizeof(buf));
	assert_true(text_copy(buf, sizeof(buf), "ab"));
	assert_memory_equal(buf, "ab\0\0\0\0", 6);
	assert_true(text_copy(buf, sizeof(buf), "abcde"));
	assert_false(text_copy(buf, sizeof(buf), "abcdef"));
	assert_string_equal(buf, "abcde");
	assert_false(text_copy(buf, 1, "x"));
	assert_string_equal(buf, "");
}

static void test_text_append(void **state)
{
	char buf[8];
	size_t n = 0;

	(void)state;
	text_append(buf, sizeof(buf), &n, "%d", 123);
	assert_int_equal(n, 3);
	text_append(buf, sizeof(buf), &n, "%s", "45678");
	assert_string_equal(buf, "1234567");
	assert_int_equal(n, 7);
	text_append(buf, sizeof(buf), &n, "more");
	assert_string_equal(buf, "1234567");
	assert_int_equal(n, 7);
}

static void test_text_add(void **state)
{
	char buf[8] = "xxxxxxx";
	size_t n = 0;

	(void)state;
	text_add(buf, sizeof(buf), &n, "123");
	assert_string_equal(buf, "123");
	text_add(buf, sizeof(buf), &n, "45678");
	assert_string_equal(buf, "1234567");
	assert_int_equal(n, 7);
	text_add(buf, sizeof(buf), &n, "more");
	assert_string_equal(buf, "1234567");
	assert_int_equal(n, 7);
	text_add(buf, 0, &n, "more");
	assert_string_equal(buf, "1234567");
}

static void test_text_distance(void **state)
{
	static const struct {
		const char *a, *b;
		unsigned want;
	} cases[] = {
		{ "", "", 0 },           { "", "abc", 3 },
		{ "abc", "abc", 0 },     { "interface", "interfcae", 1 },
		{ "weight", "wieght", 1 }, { "weight", "wight", 1 },
		{ "kitten", "sitting", 3 }, { "ca", "abc", 3 },
		{ "a", "b", 1 },
	};
	char longer[200];

	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		assert_int_equal(text_distance(cases[i].a, cases[i].b), cases[i].want);
		assert_int_equal(text_distance(cases[i].b, cases[i].a), cases[i].want);
	}
	memset(longer, 'a', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	assert_int_equal(text_distance(longer, ""), 64);
}

static void test_usec_add(void **state)
{
	(void)state;
	assert_int_equal(usec_add(1, 2), 3);
	assert_int_equal(usec_add(USEC_NEVER, 0), USEC_NEVER);
	assert_int_equal(usec_add(0, USEC_NEVER), USEC_NEVER);
	assert_int_equal(usec_add(USEC_NEVER - 1, 2), USEC_NEVER);
	assert_int_equal(usec_add(-5, USEC_NEVER - 1), USEC_NEVER - 6);
}

static void test_log_limit(void **state)
{
	struct log_limit l = { 0 };
	uint32_t suppressed = 99;

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_true(log_limit_pass(&l, 1000, 3, 100, &suppressed));
	assert_int_equal(suppressed, 0);
	assert_false(log_limit_pass(&l, 1000, 3, 100, &suppressed));
	assert_false(log_limit_pass(&l, 1099, 3, 100, &suppressed));
	assert_true(log_limit_pass(&l, 1100, 3, 100, &suppressed));
	assert_int_equal(suppressed, 2);
	assert_false(log_limit_pass(&l, 1199, 3, 100, NULL));
	/* After a long silence the whole burst is there again, and not more. */
	for (int i = 0; i < 3; i++)
		assert_true(log_limit_pass(&l, 1000000, 3, 100, NULL));
	assert_false(log_limit_pass(&l, 1000000, 3, 100, NULL));
}

static void test_late(void **state)
{
	static const struct {
		usec_t late;
		unsigned bucket;
	} cases[] = { { 0, 0 }, { 31, 0 }, { 32, 1 }, { 63, 1 }, { 64, 2 }, { 32 << 14, 15 },
		{ (32 << 14) - 1, 14 }, { USEC_PER_SEC * 9, 15 } };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct late l = { .max = 5 };

		late_add(&l, cases[i].late);
		assert_int_equal(l.count[cases[i].bucket], 1);
		assert_int_equal(l.max, cases[i].late > 5 ? cases[i].late : 5);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_buf_round_trip), cmocka_unit_test(test_buf_sticky),
		cmocka_unit_test(test_buf_patch_bounds), cmocka_unit_test(test_text_copy),
		cmocka_unit_test(test_text_add),
		cmocka_unit_test(test_text_append), cmocka_unit_test(test_text_distance),
		cmocka_unit_test(test_late),
		cmocka_unit_test(test_usec_add),       cmocka_unit_test(test_log_limit),
	};

	return cmocka_run_group_tests_name("base", tests, NULL, NULL);
}
