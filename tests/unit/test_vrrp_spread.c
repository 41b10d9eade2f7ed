/*
 * Where in the interval adverts lie (core/vrrp/spread.h).
 */
#include "config.h"

#include "tests/unit/test.h"

#include <stdlib.h>

#include "core/vrrp/spread.h"

#define INTERVAL (100 * USEC_PER_MS)
#define NOW (1234567 * USEC_PER_MS + 4321)
#define SLOT (INTERVAL / VRRP_SPREAD_SLOTS)

static void test_one_stays(void **state)
{
	struct vrrp_spread s = { 0 };
	struct vrrp_spread_place a = { 0 }, b = { 0 };

	(void)state;
	assert_true(vrrp_spread_take(&s, &a, NOW, INTERVAL) == NOW);
	/* far enough away: stays, too */
	assert_true(vrrp_spread_take(&s, &b, NOW + 2 * SLOT, INTERVAL) == NOW + 2 * SLOT);
	vrrp_spread_leave(&a);
	vrrp_spread_leave(&a); /* has none any more */
	assert_true(vrrp_spread_take(&s, &a, NOW + 10 * INTERVAL, INTERVAL) == NOW + 10 * INTERVAL);
}

/* They all begin within a millisecond: never later than due, less than an interval earlier, and as many in each slot. */
static void test_crowd(void **state)
{
	enum { N = 255 };
	struct vrrp_spread s = { 0 };
	struct vrrp_spread_place p[N] = { { 0 } };
	unsigned in[VRRP_SPREAD_SLOTS] = { 0 };
	usec_t phase[VRRP_SPREAD_SLOTS];

	(void)state;
	for (size_t i = 0; i < N; i++) {
		usec_t due = NOW + (usec_t)i * 4, got = vrrp_spread_take(&s, &p[i], due, INTERVAL);
		size_t slot = (size_t)(got % INTERVAL / SLOT);

		assert_true(got <= due && got > due - INTERVAL);
		if (in[slot]++ == 0)
			phase[slot] = got % INTERVAL;
		assert_true(got % INTERVAL == phase[slot]); /* one wake-up for all */
	}
	for (size_t i = 0; i < VRRP_SPREAD_SLOTS; i++)
		assert_in_range(in[i], N / VRRP_SPREAD_SLOTS, N / VRRP_SPREAD_SLOTS + 1);
	/* those that leave make room where they were */
	usec_t free_phase = phase[p[7].slot];
	vrrp_spread_leave(&p[7]);
	vrrp_spread_leave(&p[7 + VRRP_SPREAD_SLOTS]);
	assert_true(vrrp_spread_take(&s, &p[7], NOW, INTERVAL) % INTERVAL == free_phase);
}

static void test_intervals(void **state)
{
	struct vrrp_spread s = { 0 };
	struct vrrp_spread_place p[VRRP_SPREAD_INTERVALS + 1] = { { 0 } };

	(void)state;
	for (usec_t i = 0; i <= VRRP_SPREAD_INTERVALS; i++)
		assert_true(vrrp_spread_take(&s, &p[i], NOW, INTERVAL + i) == NOW);
	assert_null(p[VRRP_SPREAD_INTERVALS].table);
	vrrp_spread_leave(&p[1]);
	assert_true(vrrp_spread_take(&s, &p[VRRP_SPREAD_INTERVALS], NOW, 2 * INTERVAL) == NOW);
	assert_non_null(p[VRRP_SPREAD_INTERVALS].table);
	/* no slots in so short a time */
	assert_true(vrrp_spread_take(&s, &p[1], NOW, VRRP_SPREAD_SLOTS - 1) == NOW);
	assert_null(p[1].table);
}

/* Whatever comes and goes: counts agree, and no slot has two routers more than another when all that are there have come last. */
static void test_random(void **state)
{
	enum { N = 64, STEPS = 20000 };
	struct vrrp_spread s = { 0 };
	struct vrrp_spread_place p[N] = { { 0 } };
	uint32_t seed = 815;

	(void)state;
	for (unsigned step = 0; step < STEPS; step++) {
		unsigned users = 0, held = 0;

		seed = seed * 1103515245u + 12345u;
		size_t i = (seed >> 16) % N;
		usec_t due = NOW + (usec_t)(seed >> 4);
		if (p[i].table) {
			vrrp_spread_leave(&p[i]);
		} else {
			usec_t got = vrrp_spread_take(&s, &p[i], due, INTERVAL);
			assert_true(got <= due && got > due - INTERVAL);
			assert_true(got % INTERVAL == p[i].table->slots[p[i].slot].phase);
			for (size_t k = 0; k < VRRP_SPREAD_SLOTS; k++)
				assert_true(p[i].table->slots[k].users + 1 >= p[i].table->slots[p[i].slot].users);
		}
		for (size_t k = 0; k < VRRP_SPREAD_SLOTS; k++)
			users += s.tables[0].slots[k].users;
		for (size_t k = 0; k < N; k++)
			held += p[k].table != NULL;
		assert_int_equal(users, held);
		assert_int_equal(s.tables[0].users, held);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_stays), cmocka_unit_test(test_crowd),
		cmocka_unit_test(test_intervals), cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
