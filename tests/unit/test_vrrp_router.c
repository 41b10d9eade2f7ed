/*
 * Virtual routers on a real kernel: a network namespace of its own, a veth pair, a router at each end.
 *
 * Needs root (unshare); without it the program skips itself. Nothing sleeps: conditions are awaited on the loop.
 */
#include "config.h"

#include "tests/unit/test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/log.h"
#include "core/vrrp/router.h"
#include "core/vrrp/sock.h"

#define MS USEC_PER_MS

struct end {
	struct vrrp_router *router;
	const char *ifname;
	unsigned transitions;
	struct vrrp_change last;
	usec_t at;               /* of the last transition */
	usec_t advert_at, worst_gap;
	bool stopped;
};

static struct {
	struct loop *loop;
	struct nl *nl;
	struct netmon *netmon;
	struct loop_timer poll, limit;
	bool (*until)(void *arg);
	void *arg;
	bool reached;
	struct end a, b;
} t;

static struct vrrp_vip vips[1000];

/* ---- the loop, until something is true ---- */

static void poll_condition(void *user)
{
	(void)user;
	t.reached = t.until(t.arg);
	if (t.reached)
		loop_stop(t.loop);
	else
		loop_timer_set(t.loop, &t.poll, mono_now() + MS);
}

static void time_is_up(void *user)
{
	(void)user;
	loop_stop(t.loop);
}

static bool await(bool (*until)(void *arg), void *arg, usec_t limit)
{
	t.until = until;
	t.arg = arg;
	t.reached = false;
	loop_timer_set(t.loop, &t.limit, mono_now() + limit);
	loop_timer_set(t.loop, &t.poll, mono_now());
	loop_run(t.loop);
	loop_timer_stop(t.loop, &t.poll);
	loop_timer_stop(t.loop, &t.limit);
	return t.reached;
}

static bool never(void *arg)
{
	(void)arg;
	return false;
}

static void pass(usec_t time)
{
	await(never, NULL, time);
}

/* ---- the host ---- */

static void sh(const char *command)
{
	if (system(command) != 0)
		fail_msg("failed: %s", command);
}

static void make_veth(void)
{
	sh("ip link add va type veth peer name vb && ip link set va up && ip link set vb up");
	sh("ip addr add 10.77.0.1/24 dev va && ip addr add 10.77.0.2/24 dev vb");
	sh("sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.va.rp_filter=0 net.ipv4.conf.vb.rp_filter=0"
	   " net.ipv4.conf.all.accept_local=1 net.ipv4.conf.va.accept_local=1 net.ipv4.conf.vb.accept_local=1");
}

static bool netmon_has(const char *ifname, const char *prefix)
{
	const struct net_link *link = netmon_link_by_name(t.netmon, ifname);
	struct prefix p;

	assert_true(prefix_parse(prefix, &p));
	return link && netmon_has_addr(t.netmon, link->ifindex, &p);
}

static bool both_ready(void *arg)
{
	(void)arg;
	return netmon_is_ready(t.netmon) && netmon_has("va", "10.77.0.1/24") && netmon_has("vb", "10.77.0.2/24") &&
		netmon_link_by_name(t.netmon, "va")->running && netmon_link_by_name(t.netmon, "vb")->running;
}

/* ---- routers ---- */

static void on_transition(void *user, struct vrrp_router *r, const struct vrrp_change *c)
{
	struct end *e = user;

	(void)r;
	e->transitions++;
	e->last = *c;
	e->at = mono_now();
}

static void on_advertised(void *user, struct vrrp_router *r)
{
	struct end *e = user;
	usec_t now = mono_now();

	(void)r;
	if (e->advert_at && now - e->advert_at > e->worst_gap)
		e->worst_gap = now - e->advert_at;
	e->advert_at = now;
}

static struct vrrp_conf conf_for(const char *ifname, uint8_t version, uint8_t priority, size_t n_vips)
{
	struct vrrp_conf c = { .name = "VI_1", .version = version, .priority = priority, .preempt = true,
		.adver_int = version == 2 ? USEC_PER_SEC : 100 * MS, .down_adverts = 3, .group = addr_v4(224, 0, 100, 19),
		.vips = vips, .n_vips = n_vips };

	snprintf(c.key.ifname, sizeof(c.key.ifname), "%s", ifname);
	c.key.vrid = 51;
	c.key.family = AF_INET;
	c.garp = (struct vrrp_garp){ .repeat = 5, .refresh_repeat = 1, .delay = 5 * USEC_PER_SEC };
	if (version == 2) {
		c.auth = VRRP_AUTH_PASS;
		memcpy(c.auth_data, "1111", 4);
	}
	return c;
}

static void open_end(struct end *e, const struct vrrp_conf *c)
{
	struct vrrp_env env = { .loop = t.loop, .nl = t.nl, .netmon = t.netmon };

	*e = (struct end){ .ifname = e->ifname };
	env.observer = (struct vrrp_observer){ .transition = on_transition, .advertised = on_advertised, .user = e };
	e->router = vrrp_router_new(&env, c);
	assert_non_null(e->router);
}

static void begin(struct end *e, uint8_t version, uint8_t priority, bool adopt)
{
	struct vrrp_conf c = conf_for(e->ifname, version, priority, 1);

	open_end(e, &c);
	vrrp_router_start(e->router, adopt, false);
}

static void mark_stopped(void *user)
{
	((struct end *)user)->stopped = true;
}

static bool is_stopped(void *arg)
{
	return ((struct end *)arg)->stopped;
}

static void end(struct end *e)
{
	if (!e->router)
		return;
	if (!e->stopped) {
		vrrp_router_stop(e->router, mark_stopped, e);
		assert_true(await(is_stopped, e, 2 * USEC_PER_SEC));
	}
	vrrp_router_free(e->router);
	e->router = NULL;
}

static struct vrrp_report report(const struct end *e)
{
	struct vrrp_report r;

	vrrp_router_report(e->router, &r);
	return r;
}

static bool holds_vip(const struct end *e)
{
	return netmon_has(e->ifname, "10.77.0.200");
}

static bool is_master(void *arg)
{
	struct end *e = arg;
	struct vrrp_report r = report(e);

	return r.state == VRRP_MASTER && r.vips_installed > 0 && holds_vip(e);
}

static bool is_backup(void *arg)
{
	struct end *e = arg;

	return report(e).state == VRRP_BACKUP && !holds_vip(e);
}

static bool is_fault(void *arg)
{
	return report(arg).state == VRRP_FAULT;
}

/* ---- life around each test ---- */

static bool netmon_ready(void *arg)
{
	(void)arg;
	return netmon_is_ready(t.netmon);
}

static int set_up(void **state)
{
	(void)state;
	memset(&t, 0, sizeof(t));
	make_veth();
	t.a.ifname = "va";
	t.b.ifname = "vb";
	for (unsigned i = 0; i < 1000; i++)
		vips[i].prefix = (struct prefix){ .addr = addr_v4(10, 77, (uint8_t)(i / 200), (uint8_t)(i % 200)), .len = 32 };
	vips[0].prefix.addr = addr_v4(10, 77, 0, 200);
	vips[1].prefix.addr = addr_v4(10, 77, 0, 201);
	vips[2].prefix.addr = addr_v4(10, 77, 0, 202);
	t.loop = loop_new();
	t.nl = nl_start(t.loop);
	assert_non_null(t.nl);
	t.netmon = netmon_new(t.loop, t.nl);
	loop_timer_init(&t.poll, LOOP_QUEUED, poll_condition, NULL);
	loop_timer_init(&t.limit, LOOP_QUEUED, time_is_up, NULL);
	assert_true(await(netmon_ready, NULL, 5 * USEC_PER_SEC));
	assert_true(await(both_ready, NULL, 5 * USEC_PER_SEC));
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	end(&t.a);
	end(&t.b);
	netmon_free(t.netmon);
	nl_stop(t.nl);
	loop_free(t.loop);
	sh("ip link del va 2>/dev/null || true");
	return 0;
}

/* ---- a packet socket that sees announcements ---- */

static int open_tap(const char *ifname)
{
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, htons(ETH_P_ARP));
	struct sockaddr_ll ll = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ARP) };

	ll.sll_ifindex = netmon_link_by_name(t.netmon, ifname)->ifindex;
	assert_true(fd >= 0 && bind(fd, (struct sockaddr *)&ll, sizeof(ll)) == 0);
	return fd;
}

/* Gratuitous ARP requests for 10.77.0.`last` that have arrived. */
static unsigned count_garps(int fd, uint8_t last)
{
	const uint8_t want[4] = { 10, 77, 0, last };
	uint8_t frame[128];
	unsigned n = 0;
	ssize_t len;

	while ((len = recv(fd, frame, sizeof(frame), 0)) > 0)
		n += len >= 42 && frame[21] == 1 && memcmp(frame + 28, want, 4) == 0 && memcmp(frame + 38, want, 4) == 0;
	return n;
}

/* ---- tests ---- */

static void the_higher_priority_is_master(void **state)
{
	(void)state;
	int tap = open_tap("vb");

	begin(&t.a, 3, 200, false);
	begin(&t.b, 3, 100, false);
	assert_true(await(is_master, &t.a, 2 * USEC_PER_SEC));
	assert_int_equal(t.a.last.reason, VRRP_WHY_MASTER_DOWN);
	pass(500 * MS);
	assert_true(is_master(&t.a));
	assert_true(is_backup(&t.b));
	struct vrrp_report a = report(&t.a), b = report(&t.b);
	struct addr addr_a = addr_v4(10, 77, 0, 1);
	assert_int_equal(addr_cmp(&b.master, &addr_a), 0);
	assert_int_equal(addr_cmp(&a.master, &addr_a), 0);
	assert_int_equal(b.master_priority, 200);
	assert_true(a.counters.adverts_sent >= 4 && b.counters.adverts_received >= 4);
	assert_int_equal(a.counters.become_master, 1);
	assert_int_equal(b.counters.become_master, 0);
	assert_int_equal(count_garps(tap, 200), 5);
	close(tap);
}

static void priority_0_hands_over_within_the_skew(void **state)
{
	(void)state;

	begin(&t.b, 2, 100, false);
	begin(&t.a, 2, 100, true);
	assert_true(await(is_master, &t.a, USEC_PER_SEC));
	assert_int_equal(t.a.last.reason, VRRP_WHY_ADOPTED);
	pass(100 * MS);
	usec_t from = mono_now();
	end(&t.a);
	assert_false(netmon_has("va", "10.77.0.200") && t.a.stopped);
	assert_true(await(is_master, &t.b, 2 * USEC_PER_SEC));
	assert_int_equal(t.b.last.reason, VRRP_WHY_MASTER_RELEASED);
	assert_in_range(t.b.at - from, 609 * MS, 659 * MS);
}

static void inject(uint8_t version, uint8_t priority, uint8_t vrid, int ttl)
{
	struct addr source = addr_v4(10, 77, 0, 1), dest = addr_v4(224, 0, 100, 19), vip = addr_v4(10, 77, 0, 200);
	int ifindex = netmon_link_by_name(t.netmon, "va")->ifindex;
	struct vrrp_advert a = { .version = version, .vrid = vrid, .priority = priority, .adver_int = USEC_PER_SEC,
		.auth = VRRP_AUTH_PASS, .auth_data = "1111", .addrs = &vip, .n_addrs = 1 };
	uint8_t buf[VRRP_WIRE_MAX];
	size_t len = vrrp_wire_encode(&a, &source, &dest, false, buf, sizeof(buf));
	int fd = vrrp_sock_open_tx(&source, ifindex);

	assert_true(fd >= 0 && len > 0);
	assert_int_equal(setsockopt(fd, IPPROTO_IP, IP_MULTICAST_TTL, &ttl, sizeof(ttl)), 0);
	assert_int_equal(vrrp_sock_send(fd, &dest, ifindex, buf, len), 0);
	close(fd);
}

static void silence_is_noticed_after_master_down(void **state)
{
	(void)state;

	begin(&t.b, 2, 100, false);
	pass(100 * MS);
	usec_t from = mono_now();
	inject(2, 200, 51, 255);
	assert_true(await(is_master, &t.b, 5 * USEC_PER_SEC));
	assert_in_range(t.b.at - from, 3609 * MS, 3659 * MS);
	assert_int_equal(t.b.last.reason, VRRP_WHY_MASTER_DOWN);
}

static bool has_counted(void *arg)
{
	const uint64_t *want = arg;
	struct vrrp_counters c = report(&t.b).counters;
	uint64_t total[3];

	vrrp_router_totals(&total[0], &total[1], &total[2]);
	return c.ttl_errors == want[0] && c.version_errors == want[1] && total[2] == want[2];
}

static void bad_packets_are_counted(void **state)
{
	(void)state;
	uint64_t total[3], want[3] = { 1, 1, 0 };

	vrrp_router_totals(&total[0], &total[1], &total[2]);
	want[2] = total[2] + 1;
	begin(&t.b, 2, 100, false);
	pass(50 * MS);
	inject(2, 200, 51, 64);
	inject(3, 200, 51, 255);
	inject(2, 200, 52, 255);
	assert_true(await(has_counted, want, USEC_PER_SEC));
	assert_int_equal(report(&t.b).counters.adverts_received, 0);
	assert_true(is_backup(&t.b));
}

static void a_dead_link_is_a_fault(void **state)
{
	(void)state;

	begin(&t.a, 3, 200, true);
	begin(&t.b, 3, 100, false);
	assert_true(await(is_master, &t.a, USEC_PER_SEC));
	sh("ip link set va down");
	assert_true(await(is_fault, &t.a, USEC_PER_SEC));
	assert_true(await(is_fault, &t.b, USEC_PER_SEC));
	assert_int_equal(report(&t.a).faults & VRRP_FAULT_LINK_DOWN, VRRP_FAULT_LINK_DOWN);
	assert_int_equal(report(&t.a).left_init_at, USEC_NEVER);
	sh("ip link set va up");
	assert_true(await(is_master, &t.a, 3 * USEC_PER_SEC));
	assert_int_equal(report(&t.a).faults, 0);
	assert_true(await(is_backup, &t.b, USEC_PER_SEC));
}

static bool has_no_interface(void *arg)
{
	return report(arg).faults & VRRP_FAULT_NO_INTERFACE;
}

static void an_interface_may_vanish_and_come_back(void **state)
{
	(void)state;

	begin(&t.a, 3, 200, true);
	assert_true(await(is_master, &t.a, USEC_PER_SEC));
	int before = report(&t.a).ifindex;
	sh("ip link del va");
	assert_true(await(has_no_interface, &t.a, USEC_PER_SEC));
	assert_int_equal(report(&t.a).state, VRRP_FAULT);
	assert_int_equal(report(&t.a).ifindex, 0);
	make_veth();
	assert_true(await(is_master, &t.a, 3 * USEC_PER_SEC));
	assert_int_not_equal(report(&t.a).ifindex, before);
}

static void an_address_is_needed(void **state)
{
	(void)state;

	sh("ip addr del 10.77.0.1/24 dev va && ip addr add 10.77.0.200/32 dev va");
	pass(50 * MS);
	begin(&t.a, 3, 200, false);
	assert_true(await(is_fault, &t.a, USEC_PER_SEC));
	assert_int_equal(report(&t.a).faults, VRRP_FAULT_NO_ADDRESS);
	sh("ip addr add 10.77.0.1/24 dev va");
	assert_true(await(is_master, &t.a, 3 * USEC_PER_SEC));
}

static bool is_restored(void *arg)
{
	return report(arg).counters.addresses_restored == 1 && is_master(arg);
}

static void an_address_taken_by_another_hand_returns(void **state)
{
	(void)state;

	sh("ip addr add 10.77.0.200/32 dev lo"); /* as on a DR real server: no concern of ours */
	begin(&t.a, 3, 200, true);
	assert_true(await(is_master, &t.a, USEC_PER_SEC));
	int tap = open_tap("vb");
	sh("ip addr del 10.77.0.200/32 dev lo");
	pass(100 * MS);
	assert_int_equal(report(&t.a).counters.addresses_restored, 0);
	count_garps(tap, 200);
	sh("ip addr del 10.77.0.200/32 dev va");
	assert_true(await(is_restored, &t.a, USEC_PER_SEC));
	pass(100 * MS);
	assert_int_equal(count_garps(tap, 200), 5);
	assert_int_equal(t.a.transitions, 1);
	close(tap);
}

static void leftovers_stay_until_a_master_is_heard(void **state)
{
	(void)state;
	struct vrrp_conf c = conf_for("va", 3, 100, 1);

	sh("ip addr add 10.77.0.200/32 dev va");
	pass(50 * MS);
	open_end(&t.a, &c);
	vrrp_router_start(t.a.router, false, true);
	pass(150 * MS);
	assert_int_equal(report(&t.a).state, VRRP_BACKUP);
	assert_true(holds_vip(&t.a));
	begin(&t.b, 3, 200, true);
	assert_true(await(is_backup, &t.a, USEC_PER_SEC));
	assert_true(await(is_master, &t.b, USEC_PER_SEC));
}

static bool two_vips(void *arg)
{
	return report(arg).vips_installed == 2 && netmon_has("va", "10.77.0.201") && netmon_has("va", "10.77.0.202") &&
		!netmon_has("va", "10.77.0.200");
}

static void parameters_change_in_place(void **state)
{
	(void)state;
	struct vrrp_conf c = conf_for("va", 3, 200, 2);

	open_end(&t.a, &c);
	vrrp_router_start(t.a.router, true, false);
	assert_true(await(is_master, &t.a, USEC_PER_SEC));
	c.vips = vips + 1;
	c.priority = 150;
	assert_true(vrrp_router_reconf(t.a.router, &c));
	assert_true(await(two_vips, &t.a, USEC_PER_SEC));
	assert_int_equal(report(&t.a).priority, 150);
	vrrp_router_adjust(t.a.router, -60, false);
	assert_int_equal(report(&t.a).priority, 90);
	c.priority = 151;
	assert_true(vrrp_router_reconf(t.a.router, &c));
	assert_int_equal(report(&t.a).priority, 91);
	assert_int_equal(t.a.transitions, 1);
	assert_int_equal(report(&t.a).counters.addresses_restored, 0);
	c.key.vrid = 52;
	assert_false(vrrp_router_reconf(t.a.router, &c));
	c = conf_for("va", 2, 200, 1);
	assert_false(vrrp_router_reconf(t.a.router, &c));
}

static void a_tracker_can_fault_it(void **state)
{
	(void)state;

	begin(&t.a, 3, 200, true);
	begin(&t.b, 3, 100, false);
	assert_true(await(is_master, &t.a, USEC_PER_SEC));
	vrrp_router_adjust(t.a.router, 0, true);
	assert_int_equal(report(&t.a).state, VRRP_FAULT);
	assert_int_equal(report(&t.a).counters.priority_zero_sent, 1);
	assert_true(await(is_master, &t.b, USEC_PER_SEC));
	assert_int_equal(t.b.last.reason, VRRP_WHY_MASTER_RELEASED);
	vrrp_router_adjust(t.a.router, 0, false);
	assert_true(await(is_master, &t.a, 2 * USEC_PER_SEC));
	assert_int_equal(t.a.last.reason, VRRP_WHY_PREEMPTED_LOWER);
	assert_true(await(is_backup, &t.b, USEC_PER_SEC));
}

static bool has_1000(void *arg)
{
	return report(arg).vips_installed == 1000;
}

static void a_thousand_addresses(void **state)
{
	(void)state;
	struct vrrp_conf c = conf_for("va", 3, 200, 1000);

	open_end(&t.a, &c);
	vrrp_router_start(t.a.router, true, false);
	assert_true(await(has_1000, &t.a, 5 * USEC_PER_SEC));
	pass(600 * MS);
	printf("worst gap between adverts at 100 ms: %lld us\n", (long long)t.a.worst_gap);
	assert_in_range(t.a.worst_gap, 90 * MS, 150 * MS);
	end(&t.a);
	assert_false(netmon_has("va", "10.77.0.200") && netmon_has("va", "10.77.4.199"));
}

static void unicast_peers(void **state)
{
	(void)state;
	struct addr at_a = addr_v4(10, 77, 0, 1), at_b = addr_v4(10, 77, 0, 2);
	struct vrrp_conf a = conf_for("va", 3, 200, 1), b = conf_for("vb", 3, 100, 1);

	a.source = b.key.where = at_a;
	b.source = a.key.where = at_b;
	a.source = at_a;
	a.peers = &at_b;
	b.peers = &at_a;
	a.n_peers = b.n_peers = 1;
	open_end(&t.a, &a);
	vrrp_router_start(t.a.router, true, false);
	assert_true(await(is_master, &t.a, USEC_PER_SEC));
	/* both ends live in one namespace here, so a unicast packet never leaves it: only sending is seen */
	pass(250 * MS);
	assert_true(report(&t.a).counters.adverts_sent >= 3);
	assert_int_equal(report(&t.a).counters.send_errors, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_higher_priority_is_master, set_up, tear_down),
		cmocka_unit_test_setup_teardown(priority_0_hands_over_within_the_skew, set_up, tear_down),
		cmocka_unit_test_setup_teardown(silence_is_noticed_after_master_down, set_up, tear_down),
		cmocka_unit_test_setup_teardown(bad_packets_are_counted, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_dead_link_is_a_fault, set_up, tear_down),
		cmocka_unit_test_setup_teardown(an_interface_may_vanish_and_come_back, set_up, tear_down),
		cmocka_unit_test_setup_teardown(an_address_is_needed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(an_address_taken_by_another_hand_returns, set_up, tear_down),
		cmocka_unit_test_setup_teardown(leftovers_stay_until_a_master_is_heard, set_up, tear_down),
		cmocka_unit_test_setup_teardown(parameters_change_in_place, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_tracker_can_fault_it, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_thousand_addresses, set_up, tear_down),
		cmocka_unit_test_setup_teardown(unicast_peers, set_up, tear_down),
	};

	if (unshare(CLONE_NEWNET) < 0) {
		printf("SKIP: a network namespace of one's own needs root: %s\n", strerror(errno));
		return 77;
	}
	sh("ip link set lo up");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
