/*
 * Flap damping: how guilt grows, how it is forgotten, and when it ends.
 */
#include "config.h"

#include "tests/unit/test.h"

#include "core/base/penalty.h"

static const struct penalty_rule rule = { .half_life = 60 * USEC_PER_SEC, .suppress = 3, .reuse = 1 };

static void test_falls_add_up(void **unused)
{
	struct penalty p = { 0 };

	(void)unused;
	penalty_add(&p, &rule, 0);
	penalty_add(&p, &rule, 0);
	assert_false(p.suppressed);
	penalty_add(&p, &rule, 0);
	assert_true(p.suppressed);
	assert_int_equal(p.milli, 3000);
	for (int i = 0; i < 10; i++)
		penalty_add(&p, &rule, 0);
	assert_int_equal(p.milli, 6000); /* nobody is kept out for ever */
}

static void test_half_is_forgotten(void **unused)
{
	struct penalty p = { .milli = 4000, .at = 5 };

	(void)unused;
	assert_int_equal(penalty_at(&p, &rule, 5), 4000);
	assert_int_equal(penalty_at(&p, &rule, 5 + rule.half_life / 2), 3000);
	assert_int_equal(penalty_at(&p, &rule, 5 + rule.half_life), 2000);
	assert_int_equal(penalty_at(&p, &rule, 5 + 3 * rule.half_life), 500);
	assert_int_equal(penalty_at(&p, &rule, 5 + 40 * rule.half_life), 0);
	assert_int_equal(penalty_at(&p, &rule, 0), 4000); /* a clock does not go back; if it did, nothing is forgotten */
}

/* It ends at the very moment that penalty_release() says, and no earlier. */
static void test_release(void **unused)
{
	for (uint32_t falls = 3; falls < 12; falls++) {
		struct penalty p = { 0 };
		usec_t end;

		for (uint32_t i = 0; i < falls; i++)
			penalty_add(&p, &rule, 1000);
		end = penalty_release(&p, &rule);
		assert_true(end > 1000);
		assert_false(penalty_update(&p, &rule, end - 1));
		assert_true(p.suppressed);
		assert_true(penalty_update(&p, &rule, end));
		assert_false(p.suppressed);
		assert_true(penalty_release(&p, &rule) == USEC_NEVER);
	}
	(void)unused;
}

static void test_off(void **unused)
{
	const struct penalty_rule off = { .half_life = 0, .suppress = 1, .reuse = 0 };
	struct penalty p = { 0 };

	(void)unused;
	for (int i = 0; i < 100; i++)
		penalty_add(&p, &off, i);
	assert_false(p.suppressed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_falls_add_up),
		cmocka_unit_test(test_half_is_forgotten),
		cmocka_unit_test(test_release),
		cmocka_unit_test(test_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
