/*
 * The rules of sync groups and of flap damping.
 */
#include "config.h"

#include "tests/unit/test.h"

#include "core/vrrp/damp.h"
#include "core/vrrp/group.h"

#define NOW (100 * USEC_PER_SEC)
#define SECOND USEC_PER_SEC

/* Members in short: a letter each. */
static struct vrrp_group_member member(char c)
{
	switch (c) {
	case 'i': return (struct vrrp_group_member){ .state = VRRP_INIT };
	case 'b': return (struct vrrp_group_member){ .state = VRRP_BACKUP, .reason = VRRP_WHY_STARTED };
	case 'w': return (struct vrrp_group_member){ .state = VRRP_BACKUP, .reason = VRRP_WHY_STARTED, .wants = true };
	case 'y': return (struct vrrp_group_member){ .state = VRRP_BACKUP, .reason = VRRP_WHY_HIGHER_PRIORITY };
	case 'a': return (struct vrrp_group_member){ .state = VRRP_BACKUP, .reason = VRRP_WHY_HIGHER_ADDRESS };
	case 'l': return (struct vrrp_group_member){ .state = VRRP_BACKUP, .reason = VRRP_WHY_LATE };
	case 'm': return (struct vrrp_group_member){ .state = VRRP_MASTER, .reason = VRRP_WHY_GROUP };
	case 'f': return (struct vrrp_group_member){ .state = VRRP_FAULT, .reason = VRRP_WHY_FAULT, .fault = true };
	default: return (struct vrrp_group_member){ .state = VRRP_FAULT, .reason = VRRP_WHY_FAULT };
	}
}

static enum vrrp_group_order settle(struct vrrp_group *g, const char *members, usec_t now)
{
	struct vrrp_group_member m[8];
	size_t n = 0;

	for (; members[n]; n++)
		m[n] = member(members[n]);
	return vrrp_group_settle(g, m, n, now);
}

static void each_constellation(void **state)
{
	static const struct {
		const char *members;
		enum vrrp_group_order order;
		enum vrrp_state is; /* where nothing is ordered */
	} rows[] = {
		{ "ii", VRRP_GROUP_NOTHING, VRRP_INIT },
		{ "ib", VRRP_GROUP_NOTHING, VRRP_BACKUP },
		{ "bb", VRRP_GROUP_NOTHING, VRRP_BACKUP },
		{ "wb", VRRP_GROUP_NOTHING, VRRP_BACKUP }, /* one alone does not take over */
		{ "iw", VRRP_GROUP_NOTHING, VRRP_BACKUP },
		{ "ww", VRRP_GROUP_MASTER, 0 },
		{ "w", VRRP_GROUP_MASTER, 0 },
		{ "mm", VRRP_GROUP_NOTHING, VRRP_MASTER },
		{ "mb", VRRP_GROUP_MASTER, 0 },            /* a new member joins */
		{ "mi", VRRP_GROUP_NOTHING, VRRP_MASTER }, /* it cannot yet */
		{ "my", VRRP_GROUP_BACKUP, 0 },            /* one yields: all do */
		{ "mmy", VRRP_GROUP_BACKUP, 0 },
		{ "ma", VRRP_GROUP_BACKUP, 0 },
		{ "ml", VRRP_GROUP_BACKUP, 0 },
		{ "mf", VRRP_GROUP_FAULT, 0 },
		{ "bf", VRRP_GROUP_FAULT, 0 },
		{ "wwf", VRRP_GROUP_FAULT, 0 },
		{ "", VRRP_GROUP_NOTHING, VRRP_INIT },
	};

	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
		struct vrrp_group g;
		vrrp_group_init(&g);
		enum vrrp_group_order o = settle(&g, rows[i].members, NOW);
		if (o != rows[i].order)
			fail_msg("'%s': %s, not %s", rows[i].members, vrrp_group_order_name(o),
				 vrrp_group_order_name(rows[i].order));
		if (o == VRRP_GROUP_NOTHING)
			assert_int_equal(g.state, rows[i].is);
	}
}

static void a_fault_comes_and_goes(void **state)
{
	struct vrrp_group g;

	(void)state;
	vrrp_group_init(&g);
	assert_int_equal(settle(&g, "mf", NOW), VRRP_GROUP_FAULT);
	assert_int_equal(settle(&g, ".f", NOW), VRRP_GROUP_NOTHING);
	assert_int_equal(g.state, VRRP_FAULT);
	assert_int_equal(settle(&g, "ff", NOW), VRRP_GROUP_NOTHING);
	assert_int_equal(settle(&g, ".fi", NOW), VRRP_GROUP_NOTHING);
	assert_int_equal(settle(&g, ".fb", NOW), VRRP_GROUP_FAULT); /* one is new to it, or made anew */
	assert_int_equal(settle(&g, "mf.", NOW), VRRP_GROUP_FAULT);
	assert_int_equal(settle(&g, "..", NOW), VRRP_GROUP_CLEAR);
	assert_int_equal(settle(&g, "bb", NOW), VRRP_GROUP_NOTHING);
	assert_int_equal(g.state, VRRP_BACKUP);
}

/* The peer is higher on member 0, we are on member 1; each round both groups become MASTER and both give up. */
static bool crossed_round(struct vrrp_group *g, const struct addr *own, const struct addr *peer, usec_t now)
{
	bool found = vrrp_group_heard(g, 0, true, peer, own, now);

	found |= vrrp_group_heard(g, 1, false, peer, own, now + 1000);
	settle(g, "ym", now + 1000);
	return found;
}

static void crossed_priorities_are_found_and_one_waits(void **state)
{
	const struct addr low = addr_v4(10, 0, 0, 1), high = addr_v4(10, 0, 0, 2);
	struct vrrp_group a, b;
	usec_t now = NOW;

	(void)state;
	vrrp_group_init(&a);
	vrrp_group_init(&b);
	a.patience = b.patience = 4 * SECOND;
	for (int round = 1; round <= 3; round++, now += 5 * SECOND) {
		assert_int_equal(crossed_round(&a, &low, &high, now), round == 3);
		assert_int_equal(crossed_round(&b, &high, &low, now), round == 3);
	}
	assert_true(a.crossed);
	assert_int_equal(a.crossings, 1);
	now -= 5 * SECOND;
	assert_int_equal(settle(&b, "ww", now + 2 * SECOND), VRRP_GROUP_MASTER);
	assert_int_equal(settle(&a, "ww", now + 2 * SECOND), VRRP_GROUP_NOTHING);
	assert_int_equal(vrrp_group_deadline(&a, now + 2 * SECOND), now + 1000 + 8 * SECOND);
	assert_int_equal(settle(&a, "ww", now + 1000 + 8 * SECOND), VRRP_GROUP_MASTER);
	now += 60 * SECOND; /* long without evidence: somebody mended the priorities */
	assert_false(crossed_round(&a, &low, &high, now));
	assert_false(a.crossed);
	assert_int_equal(settle(&a, "ww", now + 2000), VRRP_GROUP_MASTER);
}

/* A heal shows a higher and a lower master for a moment, which is no reason for a warning. */
static void a_moment_of_disorder_is_not_crossed(void **state)
{
	const struct addr own = addr_v4(10, 0, 0, 2), peer = addr_v4(10, 0, 0, 1);
	struct vrrp_group g;

	(void)state;
	vrrp_group_init(&g);
	g.patience = 4 * SECOND;
	for (int i = 0; i < 20; i++) {
		assert_false(vrrp_group_heard(&g, 0, true, &peer, &own, NOW + i * 1000));
		assert_false(vrrp_group_heard(&g, 1, false, &peer, &own, NOW + i * 1000));
	}
	assert_false(vrrp_group_heard(&g, 0, true, &peer, &own, NOW + 100 * SECOND));
	for (int i = 0; i < 100; i++) /* one member alone proves nothing */
		assert_false(vrrp_group_heard(&g, 0, i % 2, &peer, &own, NOW + (200 + i * 5) * SECOND));
	assert_false(g.crossed);
}

/* ---- damping ---- */

static const struct penalty_rule rule = { .half_life = 60 * SECOND, .suppress = 3, .reuse = 1 };

static void flaps_damp_and_time_forgives(void **state)
{
	struct damp d;
	usec_t now = NOW;

	(void)state;
	damp_init(&d, &rule);
	assert_false(damp_step(&d, VRRP_MASTER, VRRP_BACKUP, now));
	assert_false(damp_step(&d, VRRP_BACKUP, VRRP_FAULT, now));
	assert_false(damp_step(&d, VRRP_FAULT, VRRP_BACKUP, now)); /* to come back is no fall */
	assert_false(damp_step(&d, VRRP_BACKUP, VRRP_MASTER, now));
	assert_int_equal(damp_until(&d), USEC_NEVER);
	assert_true(damp_step(&d, VRRP_MASTER, VRRP_BACKUP, now));
	assert_int_equal(d.falls, 3);
	assert_int_equal(d.dampings, 1);
	usec_t until = damp_until(&d);
	assert_true(until > now + 60 * SECOND && until < now + 120 * SECOND);
	assert_true(damp_step(&d, VRRP_BACKUP, VRRP_BACKUP, until - 1));
	assert_false(damp_step(&d, VRRP_BACKUP, VRRP_BACKUP, until));
}

static void new_parameters_forgive_nothing(void **state)
{
	const struct penalty_rule slower = { .half_life = 120 * SECOND, .suppress = 4, .reuse = 1 };
	struct damp d;

	(void)state;
	damp_init(&d, &rule);
	for (int i = 0; i < 2; i++)
		damp_step(&d, VRRP_MASTER, VRRP_BACKUP, NOW);
	damp_reconf(&d, &slower, NOW);
	assert_int_equal(damp_guilt(&d, NOW), 2000);
	assert_int_equal(damp_guilt(&d, NOW + 120 * SECOND), 1000);
}

static void an_orderly_end_is_no_flap(void **state)
{
	struct damp d;

	(void)state;
	damp_init(&d, &rule);
	for (int i = 0; i < 10; i++)
		assert_false(damp_step(&d, VRRP_MASTER, VRRP_INIT, NOW));
	assert_int_equal(d.falls, 0);
}

static void without_a_half_life_nothing_is_damped(void **state)
{
	const struct penalty_rule off = { .suppress = 3, .reuse = 1 };
	struct damp d;

	(void)state;
	damp_init(&d, &off);
	for (int i = 0; i < 10; i++)
		assert_false(damp_step(&d, VRRP_MASTER, VRRP_FAULT, NOW));
	damp_init(&d, &rule);
	for (int i = 0; i < 10; i++)
		damp_step(&d, VRRP_MASTER, VRRP_FAULT, NOW);
	assert_true(d.penalty.suppressed);
	damp_reconf(&d, &off, NOW);
	assert_false(damp_step(&d, VRRP_BACKUP, VRRP_BACKUP, NOW));
}

/* A damped router preempts nobody and lets others go first; alone, it takes over. */
static void a_damped_router_still_takes_over_alone(void **state)
{
	struct vrrp_fsm_conf c = { .version = 3, .priority = 200, .adver_int = SECOND, .preempt = true, .down_adverts = 3,
		.source = addr_v4(10, 0, 0, 5) };
	struct vrrp_heard lower = { .priority = 100, .adver_int = SECOND, .source = addr_v4(10, 0, 0, 4) };
	struct vrrp_fsm f;

	(void)state;
	vrrp_fsm_init(&f, &c);
	vrrp_fsm_step(&f, VRRP_EV_START, NULL, NOW);
	vrrp_fsm_set_damped(&f, true);
	assert_int_equal(f.deadline, NOW + 5 * SECOND);
	vrrp_fsm_step(&f, VRRP_EV_ADVERT, &lower, NOW + SECOND);
	assert_int_equal(f.deadline, NOW + 6 * SECOND); /* followed */
	vrrp_fsm_step(&f, VRRP_EV_TIMER, NULL, NOW + 6 * SECOND);
	assert_int_equal(f.state, VRRP_MASTER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_constellation),
		cmocka_unit_test(a_fault_comes_and_goes),
		cmocka_unit_test(crossed_priorities_are_found_and_one_waits),
		cmocka_unit_test(a_moment_of_disorder_is_not_crossed),
		cmocka_unit_test(flaps_damp_and_time_forgives),
		cmocka_unit_test(new_parameters_forgive_nothing),
		cmocka_unit_test(an_orderly_end_is_no_flap),
		cmocka_unit_test(without_a_half_life_nothing_is_damped),
		cmocka_unit_test(a_damped_router_still_takes_over_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
