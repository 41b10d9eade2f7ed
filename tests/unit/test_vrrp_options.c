/*
 * What keywords do to a virtual router, on a real kernel (vrrp_ends.h): owners, start-up delay, source address, peers, receive
 * buffers. What is a matter of the state machine alone is in test_vrrp_fsm.c.
 */
#include "config.h"

#include "tests/unit/vrrp_ends.h"

#include <dirent.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/netns.h"

static bool has_heard(void *arg)
{
	return report(arg).counters.adverts_received > 0;
}

/* Of two owners the one with the lower address yields, but for one that does not listen. */
static void owner_ignore_adverts(void **state)
{
	struct ends *t = *state;

	for (int ignores = 0; ignores < 2; ignores++) {
		struct vrrp_conf c = conf_for("va", 3, 255, 1);

		c.owner_ignores = ignores;
		open_end(&t->a, &c);
		vrrp_router_start(t->a.router, false, false);
		assert_true(await(is_master, &t->a));
		assert_int_equal(t->a.last.reason, VRRP_WHY_OWNER);
		advert_from_b_until(255, 1, has_heard, &t->a, 100 * MS);
		assert_int_equal(report(&t->a).state, ignores ? VRRP_MASTER : VRRP_BACKUP);
		end(&t->a);
	}
}

/* Only the owner is deaf by this keyword. */
static void owner_ignore_adverts_is_for_owners(void **state)
{
	struct ends *t = *state;
	struct vrrp_conf c = conf_for("va", 3, 254, 1);

	c.owner_ignores = true;
	open_end(&t->a, &c);
	vrrp_router_start(t->a.router, true, false);
	assert_true(await(is_master, &t->a));
	advert_from_b_until(255, 1, has_heard, &t->a, 100 * MS);
	assert_true(await(is_backup, &t->a));
}

static void no_peer_is_a_fault_where_said(void **state)
{
	struct ends *t = *state;
	struct vrrp_conf c = conf_for("va", 3, 100, 1);

	c.no_peer_fault = true;
	open_end(&t->a, &c);
	vrrp_router_start(t->a.router, false, false);
	assert_true(await(is_fault, &t->a));
	assert_int_equal(report(&t->a).faults, VRRP_FAULT_NO_PEER);
	assert_non_null(strstr(report(&t->a).fault_text, "peer"));
	c.no_peer_fault = false;
	assert_true(vrrp_router_reconf(t->a.router, &c));
	vrrp_router_static_fault(t->a.router, true); /* any look at it */
	vrrp_router_static_fault(t->a.router, false);
	assert_true(await(is_master, &t->a));
}

/* No election before its time, for an owner neither; who was MASTER a moment ago goes on. */
static void an_election_waits_for_the_start(void **state)
{
	struct ends *t = *state;
	usec_t from = mono_now();

	t->start_not_before = from + 400 * MS;
	begin(&t->a, 3, 255, false);
	pass(200 * MS);
	assert_true(report(&t->a).state == VRRP_INIT || mono_now() - from >= 400 * MS);
	assert_true(await(is_master, &t->a));
	assert_true(t->a.at - from >= 400 * MS);
	end(&t->a);
	t->start_not_before = mono_now() + 60 * USEC_PER_SEC;
	begin(&t->a, 3, 100, true);
	assert_true(await(is_master, &t->a));
	assert_int_equal(t->a.last.reason, VRRP_WHY_ADOPTED);
}

/* track_src_ip: the address that adverts come from is taken away, and comes back. */
static void a_lost_source_is_a_fault(void **state)
{
	struct ends *t = *state;
	struct vrrp_conf c = conf_for("va", 3, 200, 1);

	netns_run("ip addr add 10.78.0.1/24 dev va");
	c.source = addr_v4(10, 78, 0, 1);
	open_end(&t->a, &c);
	vrrp_router_start(t->a.router, true, false);
	assert_true(await(is_master, &t->a));
	struct vrrp_report r = report(&t->a);
	assert_int_equal(addr_cmp(&r.primary, &c.source), 0);
	netns_run("ip addr del 10.78.0.1/24 dev va");
	assert_true(await(is_fault, &t->a));
	assert_int_equal(report(&t->a).faults, VRRP_FAULT_NO_ADDRESS);
	netns_run("ip addr add 10.78.0.1/24 dev va");
	assert_true(await(is_master, &t->a));
}

/* The receive buffer of the socket of protocol 112 that is bound to va: the largest of this process. */
static int largest_room(void)
{
	DIR *d = opendir("/proc/self/fd");
	struct dirent *e;
	int most = 0;

	assert_non_null(d);
	while ((e = readdir(d)) != NULL) {
		int protocol = 0, room = 0, fd = atoi(e->d_name);
		socklen_t n = sizeof(int);

		if (getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &n) || protocol != VRRP_IP_PROTO)
			continue;
		n = sizeof(int);
		assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, &n), 0);
		most = room > most ? room : most;
	}
	closedir(d);
	return most;
}

static bool is_elected(void *arg)
{
	return report(arg).state == VRRP_BACKUP;
}

static void receive_buffers(void **state)
{
	static const struct {
		enum vrrp_rx_policy policy;
		uint32_t amount;
		int want; /* the kernel doubles what it is asked for */
	} cases[] = {
		{ VRRP_RX_BYTES, 700000, 1400000 },
		{ VRRP_RX_MTU, 300, 2 * 300 * 1500 },
		{ VRRP_RX_ADVERT, 10000, 2 * 10000 * (60 + VRRP_AH_LEN + 16 + VRRP_HMAC_TRAILER + 4) },
	};
	struct ends *t = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct vrrp_conf c = conf_for("va", 3, 100, 1);

		c.rx_policy = cases[i].policy;
		c.rx_amount = cases[i].amount;
		open_end(&t->a, &c);
		vrrp_router_start(t->a.router, false, false);
		assert_true(await(is_elected, &t->a));
		if (largest_room() != cases[i].want)
			fail_msg("case %zu: %d octets, not %d", i, largest_room(), cases[i].want);
		end(&t->a);
		pass(20 * MS); /* the kernel thread closes the socket */
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(owner_ignore_adverts, set_up, tear_down),
		cmocka_unit_test_setup_teardown(owner_ignore_adverts_is_for_owners, set_up, tear_down),
		cmocka_unit_test_setup_teardown(no_peer_is_a_fault_where_said, set_up, tear_down),
		cmocka_unit_test_setup_teardown(an_election_waits_for_the_start, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_lost_source_is_a_fault, set_up, tear_down),
		cmocka_unit_test_setup_teardown(receive_buffers, set_up, tear_down),
	};

	netns_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
