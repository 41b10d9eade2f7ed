/*
 * The monitor and address jobs against a real kernel, in a namespace of its own.
 */
#include "config.h"

#include "netns.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/if_addr.h>

#include "core/base/text.h"
#include "core/net/addr_job.h"
#include "core/net/netmon.h"

enum { MANY = 1000 };

struct host {
	struct loop *loop;
	struct nl *nl;
	struct netmon *mon;
	struct netmon_observer observer;
	struct loop_timer limit;
	unsigned readies, links, links_gone, addrs, addrs_gone;
	/* what is waited for */
	bool (*until)(struct host *h);
	const char *name;
	struct prefix prefix;
	bool want;
	unsigned n;
};

static void look(struct host *h)
{
	if (h->until && h->until(h))
		loop_stop(h->loop);
}

static void on_ready(void *user)
{
	struct host *h = user;

	h->readies++;
	look(h);
}

static void on_link(void *user, const struct net_link *link, bool gone)
{
	struct host *h = user;

	assert_true(link->ifindex > 0);
	*(gone ? &h->links_gone : &h->links) += 1;
	assert_int_equal(netmon_link_by_index(h->mon, link->ifindex) == NULL, gone);
	look(h);
}

static void on_addr(void *user, const struct net_addr *addr, bool gone)
{
	struct host *h = user;

	*(gone ? &h->addrs_gone : &h->addrs) += 1;
	assert_int_equal(netmon_has_addr(h->mon, addr->ifindex, &addr->prefix), !gone);
	look(h);
}

static void too_late(void *user)
{
	(void)user;
	fail_msg("nothing came in time");
}

static void await(struct host *h, bool (*until)(struct host *h))
{
	h->until = until;
	if (!until(h))
		loop_run(h->loop);
	h->until = NULL;
}

static bool is_ready(struct host *h)
{
	return h->readies >= h->n;
}

static bool link_is_running(struct host *h)
{
	const struct net_link *l = netmon_link_by_name(h->mon, h->name);

	return l && l->running == h->want && l->up == h->want;
}

static bool link_lost_carrier(struct host *h)
{
	const struct net_link *l = netmon_link_by_name(h->mon, h->name);

	return l && l->up && !l->running;
}

static bool link_is_there(struct host *h)
{
	return (netmon_link_by_name(h->mon, h->name) != NULL) == h->want;
}

static bool addr_is_there(struct host *h)
{
	const struct net_link *l = netmon_link_by_name(h->mon, h->name);

	return (l && netmon_has_addr(h->mon, l->ifindex, &h->prefix)) == h->want;
}

static bool has_primary6(struct host *h)
{
	const struct net_link *l = netmon_link_by_name(h->mon, h->name);

	return l && netmon_primary_addr(h->mon, l->ifindex, AF_INET6, NULL, 0);
}

static int host_setup(void **state)
{
	struct host *h = calloc(1, sizeof(*h));

	*state = h;
	netns_run("ip link add v0 type veth peer name v1 && ip addr add 10.0.0.2/24 dev v0 && ip link set v1 up");
	h->loop = loop_new();
	h->nl = h->loop ? nl_start(h->loop) : NULL;
	h->mon = h->nl ? netmon_new(h->loop, h->nl) : NULL;
	if (!h->mon)
		return -1;
	h->observer = (struct netmon_observer){ .ready = on_ready, .link = on_link, .addr = on_addr, .user = h };
	netmon_observe(h->mon, &h->observer);
	loop_timer_init(&h->limit, LOOP_QUEUED, too_late, h);
	loop_timer_set(h->loop, &h->limit, mono_now() + 60 * USEC_PER_SEC);
	assert_false(netmon_is_ready(h->mon));
	h->n = 1;
	await(h, is_ready);
	assert_true(netmon_is_ready(h->mon));
	h->name = "v0";
	return 0;
}

static int host_teardown(void **state)
{
	struct host *h = *state;

	netmon_free(h->mon);
	nl_stop(h->nl);
	loop_timer_stop(h->loop, &h->limit);
	loop_free(h->loop);
	free(h);
	netns_run("ip link del v0 2>/dev/null || ip link del w0 2>/dev/null || true; ip -4 addr flush dev lo");
	return 0;
}

static void want_addr(struct host *h, const char *text, bool want)
{
	assert_true(prefix_parse(text, &h->prefix));
	h->want = want;
}

/* ---- the monitor ---- */

static void test_initial_dump(void **state)
{
	struct host *h = *state;
	const struct net_link *v0 = netmon_link_by_name(h->mon, "v0"), *lo = netmon_link_by_name(h->mon, "lo");

	assert_non_null(v0);
	assert_non_null(lo);
	assert_true(v0->has_mac && !v0->up && v0->mtu == 1500);
	assert_true(lo->up && lo->running);
	assert_int_equal(h->links, 3);
	want_addr(h, "10.0.0.2/24", true);
	assert_true(addr_is_there(h));
	assert_true(netmon_is_local(h->mon, &h->prefix.addr));
	assert_int_equal(netmon_primary_addr(h->mon, v0->ifindex, AF_INET, NULL, 0)->prefix.len, 24);
	assert_null(netmon_primary_addr(h->mon, v0->ifindex, AF_INET, &h->prefix.addr, 1));
	want_addr(h, "127.7.7.7", true);
	assert_true(netmon_is_local(h->mon, &h->prefix.addr));
	want_addr(h, "10.0.0.3", true);
	assert_false(netmon_is_local(h->mon, &h->prefix.addr));
}

static void test_link_comes_and_goes(void **state)
{
	struct host *h = *state;

	h->want = true;
	netns_run("ip link set v0 up");
	await(h, link_is_running);
	await(h, has_primary6); /* once its link-local address is no longer tentative */
	netns_run("ip link set v1 down"); /* no carrier, but still up */
	await(h, link_lost_carrier);
	netns_run("ip link set v0 down");
	h->want = false;
	await(h, link_is_running);
}

static void test_rename_and_delete(void **state)
{
	struct host *h = *state;

	netns_run("ip link set v0 name w0");
	h->name = "w0";
	h->want = true;
	await(h, link_is_there);
	assert_null(netmon_link_by_name(h->mon, "v0"));
	h->want = false;
	netns_run("ip link del w0");
	await(h, link_is_there);
	h->name = "v1";
	await(h, link_is_there);
	want_addr(h, "10.0.0.2", false);
	assert_false(netmon_is_local(h->mon, &h->prefix.addr));
}

static void test_bridge_port_stays(void **state)
{
	struct host *h = *state;

	netns_run("ip link add br0 type bridge && ip link set v0 master br0");
	netns_run("ip link set v0 nomaster && ip link del br0");
	h->name = "br0";
	h->want = true;
	await(h, link_is_there);
	h->want = false;
	await(h, link_is_there);
	assert_non_null(netmon_link_by_name(h->mon, "v0"));
	assert_int_equal(h->links_gone, 1);
}

static void test_address_comes_and_goes(void **state)
{
	struct host *h = *state;

	for (int i = 0; i < 3; i++) {
		want_addr(h, "10.0.0.200/32", true);
		netns_run("ip addr add 10.0.0.200/32 dev v0");
		await(h, addr_is_there);
		h->want = false;
		netns_run("ip addr del 10.0.0.200/32 dev v0");
		await(h, addr_is_there);
	}
	assert_int_equal(h->addrs_gone, 3);
}

static void count_addr(void *user, const struct net_addr *a)
{
	unsigned *n = user;

	*n += a->prefix.addr.bytes[0] == 10 && a->prefix.addr.bytes[1] == 1;
}

/* A host with many addresses loses them all, and gets others, in one storm that no buffer holds. */
static void test_overrun(void **state)
{
	struct host *h = *state;
	unsigned there = 0;

	nl_monitor_set_buffer(netmon_monitor(h->mon), &(struct nl_buffer){ .bytes = 1 });
	netns_run("for i in $(seq 250); do echo addr add 10.1.1.$i/32 dev v0; done | ip -b -");
	netns_run("for i in $(seq 250); do echo addr add 10.1.2.$i/32 dev v0; done | ip -b -");
	netns_run("for i in $(seq 250); do echo addr del 10.1.1.$i/32 dev v0; done | ip -b -");
	h->n = 2;
	await(h, is_ready);
	want_addr(h, "10.1.2.250/32", true);
	await(h, addr_is_there);
	want_addr(h, "10.1.1.250/32", false);
	await(h, addr_is_there);
	netmon_each_addr(h->mon, count_addr, &there);
	assert_int_equal(there, 250);
	/* ... and it goes on as before. */
	want_addr(h, "10.0.0.200/32", true);
	netns_run("ip addr add 10.0.0.200/32 dev v0");
	await(h, addr_is_there);
}

static void test_overrun_upon_overrun(void **state)
{
	struct host *h = *state;
	unsigned there;

	nl_monitor_set_buffer(netmon_monitor(h->mon), &(struct nl_buffer){ .bytes = 1 });
	for (int i = 0; i < 5; i++) {
		netns_run("for i in $(seq 200); do echo addr add 10.1.%d.$i/32 dev v0; done | ip -b -", i);
		h->n = h->readies + 1;
		await(h, is_ready);
		there = 0;
		netmon_each_addr(h->mon, count_addr, &there);
		assert_int_equal(there, 200 * (i + 1));
	}
}

static void test_free_while_dumping(void **state)
{
	struct host *h = *state;
	struct netmon *other = netmon_new(h->loop, h->nl);

	assert_non_null(other);
	netmon_free(other);
	want_addr(h, "10.0.0.200/32", true);
	netns_run("ip addr add 10.0.0.200/32 dev v0");
	await(h, addr_is_there);
}

/* ---- observers ---- */

struct leaver {
	struct netmon *mon;
	struct netmon_observer self, *other;
	unsigned calls;
};

static void leaver_addr(void *user, const struct net_addr *addr, bool gone)
{
	struct leaver *l = user;

	(void)addr;
	(void)gone;
	l->calls++;
	netmon_unobserve(l->mon, &l->self);
	netmon_unobserve(l->mon, l->other);
}

static void test_observers_leave(void **state)
{
	struct host *h = *state;
	struct leaver a = { .mon = h->mon }, b = a;

	a.self = (struct netmon_observer){ .addr = leaver_addr, .user = &a };
	b.self = (struct netmon_observer){ .addr = leaver_addr, .user = &b };
	a.other = &b.self;
	b.other = &a.self;
	netmon_unobserve(h->mon, &h->observer);
	netmon_observe(h->mon, &a.self);
	netmon_observe(h->mon, &b.self);
	netmon_observe(h->mon, &h->observer);
	want_addr(h, "10.0.0.200/32", true);
	netns_run("ip addr add 10.0.0.200/32 dev v0");
	await(h, addr_is_there);
	assert_int_equal(a.calls, 1);
	assert_int_equal(b.calls, 0);
}

/* ---- address jobs ---- */

struct result {
	struct loop *loop;
	unsigned jobs, ok;
	int errs[4];
};

static void on_result(void *user, struct addr_job *j)
{
	struct result *r = user;

	r->jobs++;
	r->ok = 0;
	for (size_t i = 0; i < j->n_ops; i++) {
		r->ok += j->ops[i].err == 0;
		if (i < N_ELEMENTS(r->errs))
			r->errs[i] = j->ops[i].err;
	}
	loop_stop(r->loop);
}

static struct result submit(struct host *h, const struct addr_op *ops, size_t n)
{
	struct result r = { .loop = h->loop };

	assert_int_equal(addr_job_submit(h->nl, LOOP_URGENT, ops, n, on_result, &r), 0);
	while (!r.jobs)
		loop_run(h->loop);
	return r;
}

static struct addr_op make_op(struct host *h, enum addr_op_kind kind, const char *text)
{
	struct addr_op op = { .kind = kind, .ifindex = netmon_link_by_name(h->mon, "v0")->ifindex };

	assert_true(prefix_parse(text, &op.prefix));
	op.flags = op.prefix.addr.family == AF_INET6 ? IFA_F_NODAD : 0;
	return op;
}

static void test_job_idempotent(void **state)
{
	struct host *h = *state;
	struct addr_op ops[3] = {
		make_op(h, ADDR_ADD, "10.0.0.200/32"),
		make_op(h, ADDR_ADD, "10.7.0.1/24"),
		make_op(h, ADDR_ADD, "2001:db8::200/128"),
	};

	ops[1].broadcast = addr_v4(10, 7, 0, 255);
	text_copy(ops[1].label, sizeof(ops[1].label), "v0:vip");
	netns_run("ip link set v0 up");
	for (int i = 0; i < 2; i++)
		assert_int_equal(submit(h, ops, 3).ok, 3);
	netns_run("ip -4 addr show dev v0 | grep -q '10.0.0.200/32 scope global'");
	netns_run("ip -4 addr show dev v0 | grep -q '10.7.0.1/24 brd 10.7.0.255 scope global.* v0:vip'");
	netns_run("ip -6 addr show dev v0 | grep '2001:db8::200/128' | grep -q nodad");
	for (int i = 0; i < 3; i++)
		ops[i].kind = ADDR_DEL;
	for (int i = 0; i < 2; i++)
		assert_int_equal(submit(h, ops, 3).ok, 3);
	netns_run("! ip addr show dev v0 | grep -q '10.0.0.200\\|10.7.0.1\\|2001:db8::200'");
	netns_run("ip addr show dev v0 | grep -q 10.0.0.2/24");
}

/* Recognised after a crash, where the kernel keeps IFA_PROTO (5.18). */
static void test_job_marks(void **state)
{
	struct host *h = *state;
	struct addr_op op = make_op(h, ADDR_ADD, "10.0.0.200/32");
	const struct addr none = { 0 };
	const struct net_addr *a;

	assert_int_equal(submit(h, &op, 1).ok, 1);
	want_addr(h, "10.0.0.200/32", true);
	await(h, addr_is_there);
	want_addr(h, "10.0.0.2", true);
	a = netmon_primary_addr(h->mon, op.ifindex, AF_INET, &h->prefix.addr, 1);
	assert_non_null(a);
	assert_true(a->proto == ADDR_JOB_PROTO || a->proto == 0);
	assert_int_equal(netmon_primary_addr(h->mon, op.ifindex, AF_INET, &none, 1)->proto, 0);
}

static void test_job_errors(void **state)
{
	struct host *h = *state;
	struct addr_op ops[4] = {
		make_op(h, ADDR_ADD, "10.0.0.201/32"), make_op(h, ADDR_ADD, "10.0.0.202/32"),
		make_op(h, ADDR_ADD, "10.0.0.203/32"), make_op(h, ADDR_DEL, "10.0.0.204/32"),
	};
	struct result r;

	ops[0].ifindex = 4711;
	ops[1].prefix.len = 99;
	ops[3].ifindex = 4711;
	r = submit(h, ops, 4);
	assert_int_equal(r.errs[0], ENODEV);
	assert_int_equal(r.errs[1], EINVAL);
	assert_int_equal(r.errs[2], 0);
	assert_int_equal(r.errs[3], 0);
	assert_int_equal(submit(h, NULL, 0).ok, 0);
	assert_int_equal(addr_job_submit(h->nl, LOOP_QUEUED, ops, 4, NULL, NULL), 0); /* nobody wants to know */
}

static void test_job_thousand(void **state)
{
	struct host *h = *state;
	struct addr_op *ops = calloc(MANY, sizeof(*ops));

	assert_non_null(ops);
	for (unsigned i = 0; i < MANY; i++) {
		ops[i] = make_op(h, ADDR_ADD, "10.1.0.0/32");
		ops[i].prefix.addr = addr_v4(10, 1, (uint8_t)(i >> 8), (uint8_t)i);
	}
	assert_int_equal(submit(h, ops, MANY).ok, MANY);
	h->name = "v0";
	h->want = true;
	h->prefix = ops[MANY - 1].prefix;
	await(h, addr_is_there);
	for (unsigned i = 0; i < MANY; i++) {
		assert_true(netmon_has_addr(h->mon, ops[i].ifindex, &ops[i].prefix));
		ops[i].kind = ADDR_DEL;
	}
	assert_int_equal(submit(h, ops, MANY).ok, MANY);
	h->want = false;
	await(h, addr_is_there);
	assert_int_equal(h->addrs_gone, MANY);
	free(ops);
}

#define HOST_TEST(f) cmocka_unit_test_setup_teardown(f, host_setup, host_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(test_initial_dump),
		HOST_TEST(test_link_comes_and_goes),
		HOST_TEST(test_rename_and_delete),
		HOST_TEST(test_bridge_port_stays),
		HOST_TEST(test_address_comes_and_goes),
		HOST_TEST(test_overrun),
		HOST_TEST(test_overrun_upon_overrun),
		HOST_TEST(test_free_while_dumping),
		HOST_TEST(test_observers_leave),
		HOST_TEST(test_job_idempotent),
		HOST_TEST(test_job_marks),
		HOST_TEST(test_job_errors),
		HOST_TEST(test_job_thousand),
	};

	netns_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
