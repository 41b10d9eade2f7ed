/*
 * When addresses are announced again, and how often: a lower MASTER is heard, the refresh, a VMAC that no advert leaves by; and never one
 * that is not held. A router on one end of a veth pair (vrrp_ends.h), its announcements counted on the other.
 *
 * Needs root (unshare); without it the program skips itself. Nothing sleeps: conditions are awaited on the loop.
 */
#include "config.h"

#include "tests/unit/vrrp_ends.h"

#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include <linux/if_addr.h>

#include "core/net/vmac_plan.h"
#include "tests/unit/netns.h"

struct sent {
	const struct end *by;
	uint64_t least;
};

static bool has_sent(void *arg)
{
	const struct sent *want = arg;

	return report(want->by).counters.garps_sent >= want->least;
}

/* It announces at least so often. */
static bool sends(const struct end *e, uint64_t least)
{
	struct sent want = { e, least };

	return await(has_sent, &want);
}

static uint64_t sent(const struct end *e)
{
	return report(e).counters.garps_sent;
}

/* No advert is due in the test's time: a machine that let one be late would have all announced again, and counts are exact here. */
static struct vrrp_conf slow_conf(size_t n_vips)
{
	struct vrrp_conf c = conf_for("va", 3, 200, n_vips);

	c.adver_int = 20 * USEC_PER_SEC;
	return c;
}

static void start(struct end *e, const struct vrrp_conf *c)
{
	open_end(e, c);
	vrrp_router_start(e->router, true, false);
	assert_true(await(is_master, e));
}

static bool has_doubted(void *arg)
{
	return report(arg).counters.doubts > 0;
}

static void a_lower_master_is_answered_in_two_bursts(void **state)
{
	struct ends *t = *state;
	struct vrrp_conf c = slow_conf(2);

	c.garp = (struct vrrp_garp){ .repeat = 1, .lower_prio_repeat = 3, .lower_prio_delay = 300 * MS };
	start(&t->a, &c);
	assert_true(sends(&t->a, 2));
	advert_from_b_until(50, 2, has_doubted, &t->a, 250 * MS);
	assert_true(sends(&t->a, 2 + 6));
	assert_true(sends(&t->a, 2 + 6 + 6));
	pass(500 * MS);
	assert_int_equal(sent(&t->a), 2 + 6 + 6);
}

static void without_a_delay_in_one(void **state)
{
	struct ends *t = *state;
	struct vrrp_conf c = slow_conf(2);

	c.garp = (struct vrrp_garp){ .repeat = 1, .lower_prio_repeat = 3 };
	start(&t->a, &c);
	assert_true(sends(&t->a, 2));
	advert_from_b_until(50, 2, has_doubted, &t->a, 250 * MS);
	assert_true(sends(&t->a, 2 + 6));
	pass(300 * MS);
	assert_int_equal(sent(&t->a), 2 + 6);
}

/* A refresh sends its own number of each, at once, and the next one comes a period later. */
static void a_refresh_has_a_number_of_its_own(void **state)
{
	struct ends *t = *state;
	struct vrrp_conf c = slow_conf(1);

	c.garp = (struct vrrp_garp){ .repeat = 1, .refresh = USEC_PER_SEC, .refresh_repeat = 4 };
	start(&t->a, &c);
	assert_true(sends(&t->a, 1));
	assert_true(sends(&t->a, 2));
	assert_true(within(has_sent, &(struct sent){ &t->a, 1 + 4 }, USEC_PER_SEC / 2));
	assert_true(sends(&t->a, 1 + 4 + 4));
}

static void what_is_not_held_is_not_announced(void **state)
{
	struct ends *t = *state;
	struct vrrp_conf c = slow_conf(2);

	t->vips[1].flags = IFA_F_MCAUTOJOIN; /* no group: the kernel refuses it */
	c.garp = (struct vrrp_garp){ .repeat = 2, .refresh = 200 * MS, .refresh_repeat = 1 };
	int tap = open_tap("vb");

	start(&t->a, &c);
	assert_true(sends(&t->a, 2));
	vrrp_router_announce(t->a.router, "a test");
	assert_true(sends(&t->a, 2 + 2 + 1));
	assert_int_equal(report(&t->a).vips_installed, 1);
	assert_true(report(&t->a).counters.refusals > 0);
	assert_int_equal(count_garps(tap, 201), 0);
	close(tap);
}

/* ---- garp_extra_if ---- */

static struct vmac_conf a_vmac(void)
{
	struct vmac_conf v = { .kind = VMAC_MACVLAN, .name = "vmac", .parent = "va", .owner = "VI_1",
		.mac = { 0, 0, 0x5e, 0, 1, 51 }, .family = AF_INET };

	return v;
}

static bool is_on_vmac(void *arg)
{
	return report(arg).vips_installed == 2 && netmon_has("vmac", "10.77.0.201/32");
}

static void extra_announcements(void **state)
{
	static const struct {
		usec_t every;
		bool all, adverts_from_vmac;
		bool extra; /* one of an address, again and again */
	} rows[] = {
		{ 150 * MS, true, false, true },
		{ 150 * MS, true, true, false },  /* each advert shows the MAC */
		{ 150 * MS, false, false, false },
		{ 0, true, false, false },
	};
	struct ends *t = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct vmac_conf v = a_vmac();
		struct vrrp_conf c = slow_conf(2);

		for (size_t k = 0; k < 2; k++)
			memcpy(t->vips[k].dev, "vmac", 5);
		c.vmacs = &v;
		c.n_vmacs = 1;
		c.adverts_from_vmac = rows[i].adverts_from_vmac;
		c.garp = (struct vrrp_garp){ .repeat = 1, .extra = rows[i].every, .extra_all = rows[i].all };
		open_end(&t->a, &c);
		vrrp_router_start(t->a.router, true, false);
		assert_true(await(is_on_vmac, &t->a));
		assert_true(sends(&t->a, 2));
		if (rows[i].extra)
			assert_true(sends(&t->a, 2 + 3));
		else
			pass(500 * MS);
		if (!rows[i].extra && sent(&t->a) != 2)
			fail_msg("row %zu: %u announcements", i, (unsigned)sent(&t->a));
		end(&t->a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_lower_master_is_answered_in_two_bursts, set_up, tear_down),
		cmocka_unit_test_setup_teardown(without_a_delay_in_one, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_refresh_has_a_number_of_its_own, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_is_not_held_is_not_announced, set_up, tear_down),
		cmocka_unit_test_setup_teardown(extra_announcements, set_up, tear_down),
	};

	netns_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
