/*
 * Whose announcement is next, and the sizes of batches (core/vrrp/burst.h).
 */
#include "config.h"

#include "tests/unit/test.h"

#include "core/vrrp/burst.h"

/* Send all that may go: the addresses in their order, -1 at the end. */
static void expect_sent(struct vrrp_burst *b, bool only_fresh, const int *want)
{
	for (; *want >= 0; want++) {
		size_t i = vrrp_burst_next(b, only_fresh);
		assert_int_equal(i, *want);
		vrrp_burst_sent(b, i);
	}
	assert_int_equal(vrrp_burst_next(b, only_fresh), b->n);
}

static void test_round_by_round(void **state)
{
	struct vrrp_burst b;

	(void)state;
	assert_true(vrrp_burst_init(&b, 3));
	expect_sent(&b, false, (int[]){ -1 });
	for (size_t i = 0; i < 3; i++)
		vrrp_burst_want(&b, i, 2);
	expect_sent(&b, false, (int[]){ 0, 1, 2, 0, 1, 2, -1 });
	vrrp_burst_want(&b, 1, 3);
	vrrp_burst_want(&b, 1, 2); /* less than is left: no change */
	expect_sent(&b, false, (int[]){ 1, 1, 1, -1 });
	vrrp_burst_free(&b);
}

/* The kernel gets addresses while others are announced already. */
static void test_fresh_ones_first(void **state)
{
	struct vrrp_burst b;

	(void)state;
	assert_true(vrrp_burst_init(&b, 4));
	vrrp_burst_want_first(&b, 0, 2);
	vrrp_burst_want_first(&b, 1, 2);
	expect_sent(&b, true, (int[]){ 0, 1, -1 });
	vrrp_burst_want_first(&b, 2, 2);
	vrrp_burst_want_first(&b, 3, 2);
	expect_sent(&b, false, (int[]){ 2, 3, 0, 1, 2, 3, -1 });
	/* one that was lost and comes back while the others repeat */
	for (size_t i = 0; i < 4; i++)
		vrrp_burst_want(&b, i, 1);
	vrrp_burst_want_first(&b, 2, 2);
	expect_sent(&b, true, (int[]){ 2, -1 });
	expect_sent(&b, false, (int[]){ 0, 1, 2, 3, -1 });
	vrrp_burst_free(&b);
}

static void test_nothing_is_wanted(void **state)
{
	struct vrrp_burst b;

	(void)state;
	assert_true(vrrp_burst_init(&b, 2));
	vrrp_burst_want_first(&b, 0, 0);
	vrrp_burst_want(&b, 1, 0);
	expect_sent(&b, false, (int[]){ -1 });
	vrrp_burst_want_first(&b, 0, 5);
	vrrp_burst_want(&b, 1, 5);
	vrrp_burst_clear(&b);
	expect_sent(&b, false, (int[]){ -1 });
	expect_sent(&b, true, (int[]){ -1 });
	vrrp_burst_want(&b, 1, 1);
	expect_sent(&b, false, (int[]){ 1, -1 });
	vrrp_burst_free(&b);
	assert_true(vrrp_burst_init(&b, 0));
	expect_sent(&b, false, (int[]){ -1 });
	vrrp_burst_free(&b);
}

static void test_take_over(void **state)
{
	struct vrrp_burst old, b;

	(void)state;
	assert_true(vrrp_burst_init(&old, 3));
	assert_true(vrrp_burst_init(&b, 2));
	vrrp_burst_want(&old, 0, 4);
	vrrp_burst_want(&old, 1, 2);
	vrrp_burst_want_first(&old, 2, 1);
	vrrp_burst_take_over(&b, 1, &old, 1);
	vrrp_burst_take_over(&b, 0, &old, 2);
	expect_sent(&b, true, (int[]){ 0, -1 });
	expect_sent(&b, false, (int[]){ 1, 1, -1 });
	vrrp_burst_free(&old);
	vrrp_burst_free(&b);
}

/* Against a plain count: whatever is wanted in whatever order, each goes out as often as wanted, and no repeated one before a fresh one. */
static void test_random(void **state)
{
	enum { N = 7, STEPS = 20000 };
	uint32_t left[N] = { 0 }, seed = 4711;
	bool fresh[N] = { false };
	struct vrrp_burst b;

	(void)state;
	assert_true(vrrp_burst_init(&b, N));
	for (unsigned step = 0; step < STEPS; step++) {
		seed = seed * 1103515245u + 12345u;
		size_t i = (seed >> 16) % N, any_fresh = 0, any_left = 0;
		uint32_t repeat = (seed >> 8) % 4;
		bool only_fresh = (seed >> 12) & 1;

		if ((seed >> 28) < 3) {
			vrrp_burst_want(&b, i, repeat);
			left[i] = left[i] < repeat ? repeat : left[i];
		} else if ((seed >> 28) < 6) {
			vrrp_burst_want_first(&b, i, repeat + 1);
			left[i] = left[i] < repeat + 1 ? repeat + 1 : left[i];
			fresh[i] = true;
		}
		for (size_t k = 0; k < N; k++) {
			any_fresh += fresh[k];
			any_left += left[k] > 0;
		}
		i = vrrp_burst_next(&b, only_fresh);
		if (i == N) {
			assert_true(any_left == 0 || (only_fresh && any_fresh == 0));
			continue;
		}
		assert_true(any_fresh > 0 ? fresh[i] : left[i] > 0 && !only_fresh);
		vrrp_burst_sent(&b, i);
		fresh[i] = false;
		left[i]--;
	}
	vrrp_burst_free(&b);
}

static void test_batches(void **state)
{
	size_t handed = 0, before = 0, batches = 0;

	(void)state;
	assert_int_equal(vrrp_burst_batch(0), VRRP_BATCH_FIRST);
	while (handed < 1000) {
		size_t n = vrrp_burst_batch(before);
		assert_in_range(n, before ? before : 1, VRRP_BATCH_MOST);
		assert_true(before == 0 || n <= 2 * before || n == VRRP_BATCH_MOST);
		handed += n;
		before = n;
		batches++;
	}
	assert_int_equal(before, VRRP_BATCH_MOST);
	assert_in_range(batches, 1, 24); /* each is a round trip */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_by_round), cmocka_unit_test(test_fresh_ones_first),
		cmocka_unit_test(test_nothing_is_wanted), cmocka_unit_test(test_take_over),
		cmocka_unit_test(test_random), cmocka_unit_test(test_batches),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
