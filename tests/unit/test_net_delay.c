/*
 * Delays of links: a flap that is over in time is not seen, one that lasts is, and nothing is held back for ever.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "core/net/link_delay.h"

#define S USEC_PER_SEC

static struct net_link link_of(int ifindex, bool able)
{
	return (struct net_link){ .ifindex = ifindex, .name = "eth0", .up = true, .running = able };
}

static bool passes(struct link_delays *d, int ifindex, bool able, usec_t now)
{
	struct net_link l = link_of(ifindex, able);

	link_delays_pass(d, &l, now);
	return l.up && l.running;
}

static void flaps(void **state)
{
	const struct net_delay conf = { .ifname = "eth0", .down = 1 * S, .up = 3 * S };
	struct link_delays d = { .n = 0 };
	struct net_link out, other = { .ifindex = 7, .name = "eth1", .up = true };

	(void)state;
	assert_true(link_delays_set(&d, &conf, 1));
	assert_int_equal(link_delays_due(&d), USEC_NEVER);
	assert_true(passes(&d, 2, true, 0)); /* the first sight counts */
	assert_true(passes(&d, 2, false, 10 * S)); /* down, but not yet */
	assert_int_equal(link_delays_due(&d), 11 * S);
	assert_true(passes(&d, 2, false, 10 * S + 1)); /* said again: no new delay */
	assert_int_equal(link_delays_due(&d), 11 * S);
	assert_true(passes(&d, 2, true, 10 * S + 2)); /* it was back in time */
	assert_int_equal(link_delays_due(&d), USEC_NEVER);
	assert_true(passes(&d, 2, false, 20 * S));
	assert_false(link_delays_take(&d, 21 * S - 1, &out));
	assert_true(link_delays_take(&d, 21 * S, &out));
	assert_false(out.running);
	assert_false(link_delays_take(&d, 21 * S, &out));
	assert_false(passes(&d, 2, true, 22 * S));
	assert_int_equal(link_delays_due(&d), 25 * S);
	/* a reload keeps what pends, and another interface of that name is new */
	assert_true(link_delays_set(&d, &conf, 1));
	assert_int_equal(link_delays_due(&d), 25 * S);
	out = link_of(2, false);
	link_delays_seed(&d, &out);
	assert_int_equal(link_delays_due(&d), 25 * S);
	assert_true(passes(&d, 3, true, 23 * S));
	assert_int_equal(link_delays_due(&d), USEC_NEVER);
	link_delays_gone(&d, 3);
	assert_false(passes(&d, 3, false, 24 * S)); /* gone and back: the first sight again */
	link_delays_pass(&d, &other, 30 * S); /* no delay: as it is */
	assert_false(other.running);
	assert_true(link_delays_set(&d, NULL, 0));
	assert_false(passes(&d, 3, false, 40 * S));
	link_delays_free(&d);
}

/* What is known when a delay comes into force is not believed anew. */
static void seeded(void **state)
{
	const struct net_delay conf = { .ifname = "eth0", .down = 1 * S };
	struct link_delays d = { .n = 0 };
	struct net_link l = link_of(2, true);

	(void)state;
	assert_true(link_delays_set(&d, &conf, 1));
	link_delays_seed(&d, &l);
	assert_true(passes(&d, 2, false, 5 * S));
	assert_int_equal(link_delays_due(&d), 6 * S);
	link_delays_free(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(flaps), cmocka_unit_test(seeded) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
