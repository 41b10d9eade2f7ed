/*
 * The cache of links and addresses: lookups, the choice of the primary address, and a property: however
 * notifications and the slices of dumps interleave, and whatever an overrun loses, the cache ends as the
 * (modelled) kernel is, and the listener has been told of every step of it.
 */
#include "config.h"

#include "test.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>

#include "core/base/text.h"
#include "core/net/addr_job.h"
#include "core/net/cache.h"

static struct net_link make_link(int ifindex, const char *name)
{
	struct net_link l = { .ifindex = ifindex, .up = true, .mtu = 1500 };

	text_copy(l.name, sizeof(l.name), name);
	return l;
}

static struct net_addr_peer make_addr(int ifindex, const char *text, uint8_t scope, uint32_t flags)
{
	struct net_addr_peer a = { .addr = { .ifindex = ifindex, .scope = scope, .flags = flags } };

	assert_true(prefix_parse(text, &a.addr.prefix));
	return a;
}

/* ---- a listener that counts ---- */

struct told {
	unsigned links, links_gone, addrs, addrs_gone;
	char order[32]; /* 'L', 'A'; lower case: gone */
};

static void note(struct told *t, char c)
{
	size_t n = strlen(t->order);

	if (n + 1 < sizeof(t->order))
		t->order[n] = c;
}

static void tell_link(void *user, const struct net_link *link, bool gone)
{
	struct told *t = user;

	assert_true(link->name[0] != '\0');
	*(gone ? &t->links_gone : &t->links) += 1;
	note(t, gone ? 'l' : 'L');
}

static void tell_addr(void *user, const struct net_addr *addr, bool gone)
{
	struct told *t = user;

	assert_true(addr_is_set(&addr->prefix.addr));
	*(gone ? &t->addrs_gone : &t->addrs) += 1;
	note(t, gone ? 'a' : 'A');
}

static void start(struct cache *c, struct told *t)
{
	memset(t, 0, sizeof(*t));
	cache_init(c, &(struct cache_listener){ tell_link, tell_addr, t });
}

static void sweep_all(struct cache *c)
{
	cache_end(c);
	while (cache_sweep(c))
		;
}

/* ---- primary address ---- */

struct primary_case {
	const char *name;
	uint8_t family;
	struct {
		const char *text;
		uint8_t scope;
		uint32_t flags;
	} addrs[4];
	const char *exclude;
	const char *want; /* NULL: none */
};

static const struct primary_case primary_cases[] = {
	{ "none at all", AF_INET, { { 0 } }, NULL, NULL },
	{ "the first of two", AF_INET, { { "10.0.0.2/24", 0, 0 }, { "10.1.0.1/24", 0, 0 } }, NULL, "10.0.0.2/24" },
	{ "other family", AF_INET, { { "2001:db8::1/64", 0, 0 } }, NULL, NULL },
	{ "secondary after primary", AF_INET,
	  { { "10.0.0.9/24", 0, IFA_F_SECONDARY }, { "10.0.0.2/24", 0, 0 } }, NULL, "10.0.0.2/24" },
	{ "global before link scope", AF_INET,
	  { { "169.254.1.1/16", RT_SCOPE_LINK, 0 }, { "10.0.0.2/24", 0, 0 } }, NULL, "10.0.0.2/24" },
	{ "global secondary before link scope", AF_INET,
	  { { "169.254.1.1/16", RT_SCOPE_LINK, 0 }, { "10.0.0.2/24", 0, IFA_F_SECONDARY } }, NULL, "10.0.0.2/24" },
	{ "link scope where there is nothing better", AF_INET,
	  { { "169.254.1.1/16", RT_SCOPE_LINK, 0 } }, NULL, "169.254.1.1/16" },
	{ "never host scope", AF_INET, { { "127.0.0.1/8", RT_SCOPE_HOST, 0 } }, NULL, NULL },
	{ "not a virtual address", AF_INET,
	  { { "10.0.0.200/32", 0, 0 }, { "10.0.0.2/24", 0, 0 } }, "10.0.0.200", "10.0.0.2/24" },
	{ "only virtual addresses", AF_INET, { { "10.0.0.200/32", 0, 0 } }, "10.0.0.200", NULL },
	{ "IPv6: the link-local one", AF_INET6,
	  { { "2001:db8::1/64", 0, 0 }, { "fe80::1/64", RT_SCOPE_LINK, 0 } }, NULL, "fe80::1/64" },
	{ "IPv6: a global one does not do", AF_INET6, { { "2001:db8::1/64", 0, 0 } }, NULL, NULL },
	{ "IPv6: not while tentative", AF_INET6, { { "fe80::1/64", RT_SCOPE_LINK, IFA_F_TENTATIVE } }, NULL, NULL },
	{ "IPv6: optimistic is good enough", AF_INET6,
	  { { "fe80::1/64", RT_SCOPE_LINK, IFA_F_TENTATIVE | IFA_F_OPTIMISTIC } }, NULL, "fe80::1/64" },
	{ "IPv6: not a duplicate", AF_INET6,
	  { { "fe80::1/64", RT_SCOPE_LINK, IFA_F_DADFAILED }, { "fe80::2/64", RT_SCOPE_LINK, 0 } },
	  NULL, "fe80::2/64" },
	{ "IPv6: not a virtual link-local one", AF_INET6,
	  { { "fe80::5/64", RT_SCOPE_LINK, 0 }, { "fe80::2/64", RT_SCOPE_LINK, 0 } }, "fe80::5", "fe80::2/64" },
};

static void check_primary(const struct primary_case *pc)
{
	const struct net_addr *got;
	struct addr exclude = { 0 };
	struct prefix want;
	struct cache c;
	struct told t;

	start(&c, &t);
	for (size_t i = 0; i < N_ELEMENTS(pc->addrs) && pc->addrs[i].text; i++) {
		struct net_addr_peer a = make_addr(3, pc->addrs[i].text, pc->addrs[i].scope, pc->addrs[i].flags);
		struct net_addr_peer elsewhere = make_addr(4, "10.99.0.1/8", 0, 0);

		cache_put_addr(&c, &elsewhere);
		cache_put_addr(&c, &a);
	}
	assert_true(!pc->exclude || addr_parse(pc->exclude, &exclude));
	got = cache_primary(&c, 3, pc->family, &exclude, pc->exclude ? 1 : 0);
	if (!!got != !!pc->want)
		fail_msg("%s: an address is %sthere", pc->name, got ? "" : "not ");
	if (got) {
		assert_true(prefix_parse(pc->want, &want));
		if (prefix_cmp(&got->prefix, &want) != 0)
			fail_msg("%s: the wrong address", pc->name);
	}
	cache_clear(&c);
}

static void test_primary(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(primary_cases); i++)
		check_primary(&primary_cases[i]);
}

/* ---- lookups and notifications ---- */

static void test_same_is_silent(void **state)
{
	struct net_link l = make_link(2, "eth0");
	struct net_addr_peer a = make_addr(2, "10.0.0.2/24", 0, 0);
	struct cache c;
	struct told t;

	(void)state;
	start(&c, &t);
	for (int i = 0; i < 3; i++) {
		cache_put_link(&c, &l);
		cache_put_addr(&c, &a);
	}
	assert_string_equal(t.order, "LA");
	a.addr.flags = IFA_F_SECONDARY;
	l.up = false;
	cache_put_addr(&c, &a);
	cache_put_link(&c, &l);
	assert_string_equal(t.order, "LAAL");
	cache_drop_addr(&c, &a);
	cache_drop_addr(&c, &a);
	cache_drop_link(&c, 2);
	cache_drop_link(&c, 2);
	assert_string_equal(t.order, "LAALal");
	assert_null(cache_link_by_index(&c, 2));
	cache_clear(&c);
}

static void test_link_takes_its_addresses(void **state)
{
	struct net_link l = make_link(2, "eth0");
	struct net_addr_peer a = make_addr(2, "10.0.0.2/24", 0, 0), b = make_addr(2, "10.0.0.3/24", 0, 0);
	struct cache c;
	struct told t;

	(void)state;
	start(&c, &t);
	cache_put_link(&c, &l);
	cache_put_addr(&c, &a);
	cache_put_addr(&c, &b);
	cache_drop_link(&c, 2);
	assert_string_equal(t.order, "LAAaal");
	assert_false(cache_has_host(&c, &a.addr.prefix.addr));
	/* and where the link itself was never heard of */
	cache_put_addr(&c, &a);
	cache_put_addr(&c, &b);
	cache_drop_link(&c, 2);
	assert_false(cache_has_addr(&c, 2, &b.addr.prefix));
	assert_true(TAILQ_EMPTY(&c.links));
	cache_clear(&c);
}

static void test_names_swap(void **state)
{
	struct net_link a = make_link(2, "a"), b = make_link(3, "b"), tmp = make_link(2, "tmp");
	struct cache c;
	struct told t;

	(void)state;
	start(&c, &t);
	cache_put_link(&c, &a);
	cache_put_link(&c, &b);
	text_copy(b.name, sizeof(b.name), "a"); /* before the news that 2 is "tmp" */
	cache_put_link(&c, &b);
	assert_int_equal(cache_link_by_name(&c, "a")->ifindex, 3);
	cache_put_link(&c, &tmp);
	assert_int_equal(cache_link_by_name(&c, "tmp")->ifindex, 2);
	assert_int_equal(cache_link_by_name(&c, "a")->ifindex, 3);
	assert_null(cache_link_by_name(&c, "b"));
	cache_clear(&c);
}

static void test_peers_are_told_apart(void **state)
{
	struct net_addr_peer a = make_addr(2, "10.0.0.1/32", 0, 0), b = a;
	struct cache c;
	struct told t;

	(void)state;
	start(&c, &t);
	assert_true(addr_parse("10.1.0.1", &a.peer));
	assert_true(addr_parse("10.1.0.2", &b.peer));
	cache_put_addr(&c, &a);
	cache_put_addr(&c, &b);
	cache_drop_addr(&c, &a);
	assert_true(cache_has_addr(&c, 2, &b.addr.prefix));
	assert_true(cache_has_host(&c, &b.addr.prefix.addr));
	cache_drop_addr(&c, &b);
	assert_false(cache_has_addr(&c, 2, &b.addr.prefix));
	assert_false(cache_has_host(&c, &b.addr.prefix.addr));
	cache_clear(&c);
}

static void test_dump_does_not_undo_news(void **state)
{
	struct net_link l = make_link(2, "eth0"), down = l;
	struct net_addr_peer gone = make_addr(2, "10.0.0.2/24", 0, 0), fresh = make_addr(2, "10.0.0.3/24", 0, 0);
	struct cache c;
	struct told t;

	(void)state;
	start(&c, &t);
	cache_begin(&c); /* the dump sees l up, and `gone` */
	down.up = false;
	cache_put_link(&c, &down);
	cache_drop_addr(&c, &gone);
	cache_put_addr(&c, &fresh);
	cache_merge_link(&c, &l);
	cache_merge_addr(&c, &gone);
	sweep_all(&c);
	assert_false(cache_link_by_index(&c, 2)->up);
	assert_false(cache_has_addr(&c, 2, &gone.addr.prefix));
	assert_true(cache_has_addr(&c, 2, &fresh.addr.prefix));
	assert_string_equal(t.order, "LA");
	/* A later dump knows better. */
	cache_begin(&c);
	cache_merge_link(&c, &l);
	sweep_all(&c);
	assert_true(cache_link_by_index(&c, 2)->up);
	assert_string_equal(t.order, "LALa");
	cache_clear(&c);
}

static void test_link_lost_during_dump(void **state)
{
	struct net_link l = make_link(2, "eth0");
	struct net_addr_peer a = make_addr(2, "10.0.0.2/24", 0, 0);
	struct cache c;
	struct told t;

	(void)state;
	start(&c, &t);
	cache_begin(&c); /* the dump sees both */
	cache_drop_link(&c, 2);
	cache_merge_link(&c, &l);
	cache_merge_addr(&c, &a);
	sweep_all(&c);
	assert_string_equal(t.order, "");
	assert_true(TAILQ_EMPTY(&c.links) && TAILQ_EMPTY(&c.addrs));
	cache_clear(&c);
}

/* ---- the property ---- */

enum { LINKS = 4, ADDRS = 6, QUEUE = 12, ROUNDS = 300, STEPS = 200 };

struct news {
	int link; /* index, or -1: */
	int addr;
	unsigned value; /* 0: gone */
};

/* A kernel with a queue of notifications that is too short, and a dump that may have been taken and not yet
 * delivered. */
struct model {
	unsigned links[LINKS], addrs[LINKS][ADDRS]; /* 0: not there, else what it looks like */
	struct news queue[QUEUE];
	size_t queued;
	bool overrun;
	bool asked, taken;
	unsigned dump_links[LINKS], dump_addrs[LINKS][ADDRS];
	int at; /* of the merge */
	/* what the listener believes */
	unsigned told_links[LINKS], told_addrs[LINKS][ADDRS];
};

static uint32_t rnd_state;

static unsigned rnd(unsigned n)
{
	rnd_state = rnd_state * 1664525u + 1013904223u;
	return (rnd_state >> 8) % n;
}

static struct net_link model_link(int i, unsigned value)
{
	struct net_link l = make_link(i + 1, (const char *[]){ "a", "b", "c", "d" }[i]);

	l.mtu = value;
	return l;
}

static struct net_addr_peer model_addr(int i, int j, unsigned value)
{
	struct net_addr_peer a = { .addr = { .ifindex = i + 1, .flags = value } };

	a.addr.prefix = (struct prefix){ addr_v4(10, 0, 0, (uint8_t)j), 24 };
	return a;
}

static void believe_link(void *user, const struct net_link *link, bool gone)
{
	struct model *m = user;

	m->told_links[link->ifindex - 1] = gone ? 0 : link->mtu;
}

static void believe_addr(void *user, const struct net_addr *addr, bool gone)
{
	struct model *m = user;

	m->told_addrs[addr->ifindex - 1][addr->prefix.addr.bytes[3]] = gone ? 0 : addr->flags;
}

static void kernel_says(struct model *m, int link, int addr, unsigned value)
{
	if (m->queued == QUEUE || m->overrun)
		m->overrun = true;
	else
		m->queue[m->queued++] = (struct news){ link, addr, value };
}

static void kernel_changes(struct model *m)
{
	int i = (int)rnd(LINKS), j = (int)rnd(ADDRS);

	if (rnd(4) == 0) {
		m->links[i] = m->links[i] && rnd(2) ? 0 : 1 + rnd(3);
		for (int k = 0; k < ADDRS && !m->links[i]; k++) {
			if (m->addrs[i][k])
				kernel_says(m, i, k, m->addrs[i][k] = 0);
		}
		kernel_says(m, i, -1, m->links[i]);
	} else if (m->links[i]) {
		m->addrs[i][j] = m->addrs[i][j] && rnd(2) ? 0 : 1 + rnd(3);
		kernel_says(m, i, j, m->addrs[i][j]);
	}
}

static void hear(struct cache *c, const struct news *n)
{
	struct net_link l = model_link(n->link, n->value);
	struct net_addr_peer a = model_addr(n->link, n->addr, n->value);

	if (n->addr < 0 && n->value)
		cache_put_link(c, &l);
	else if (n->addr < 0)
		cache_drop_link(c, n->link + 1);
	else if (n->value)
		cache_put_addr(c, &a);
	else
		cache_drop_addr(c, &a);
}

/* One message read; an overrun is found only when the queue has been thrown away, as core/nl's monitor does it. */
static void loop_reads(struct model *m, struct cache *c)
{
	if (m->overrun) {
		m->queued = 0;
		m->overrun = false;
		m->asked = true;
		m->taken = false;
		m->at = 0;
		cache_begin(c);
	} else if (m->queued) {
		hear(c, &m->queue[0]);
		memmove(m->queue, m->queue + 1, --m->queued * sizeof(m->queue[0]));
	}
}

static void kernel_dumps(struct model *m)
{
	if (!m->asked || m->taken)
		return;
	memcpy(m->dump_links, m->links, sizeof(m->links));
	memcpy(m->dump_addrs, m->addrs, sizeof(m->addrs));
	m->taken = true;
	m->at = 0;
}

/* One step of the merge: the links, then the addresses, then the sweep. */
static void loop_merges(struct model *m, struct cache *c)
{
	int at = m->at, i = (at - LINKS) / ADDRS, j = (at - LINKS) % ADDRS;

	if (!m->asked || !m->taken)
		return;
	if (at < LINKS) {
		struct net_link l = model_link(at, m->dump_links[at]);

		if (m->dump_links[at])
			cache_merge_link(c, &l);
	} else if (i < LINKS) {
		struct net_addr_peer a = model_addr(i, j, m->dump_addrs[i][j]);

		if (m->dump_addrs[i][j])
			cache_merge_addr(c, &a);
	} else {
		if (i == LINKS && j == 0)
			cache_end(c);
		if (!cache_sweep(c))
			m->asked = false;
	}
	m->at++;
}

static void check_agreement(const struct model *m, const struct cache *c)
{
	for (int i = 0; i < LINKS; i++) {
		const struct net_link *l = cache_link_by_index(c, i + 1);

		assert_int_equal(l ? l->mtu : 0, m->links[i]);
		assert_int_equal(m->told_links[i], m->links[i]);
		for (int j = 0; j < ADDRS; j++) {
			struct net_addr_peer a = model_addr(i, j, 0);

			assert_int_equal(cache_has_addr(c, i + 1, &a.addr.prefix), m->addrs[i][j] != 0);
			assert_int_equal(m->told_addrs[i][j], m->addrs[i][j]);
		}
	}
	for (int j = 0; j < ADDRS; j++) {
		struct addr host = addr_v4(10, 0, 0, (uint8_t)j);
		bool there = false;

		for (int i = 0; i < LINKS; i++)
			there = there || m->addrs[i][j];
		assert_int_equal(cache_has_host(c, &host), there);
	}
}

static unsigned model_run(uint32_t seed)
{
	struct model m = { .asked = true };
	struct cache c;
	unsigned overruns = 0;

	rnd_state = seed;
	cache_init(&c, &(struct cache_listener){ believe_link, believe_addr, &m });
	cache_begin(&c);
	for (int step = 0; step < STEPS; step++) {
		switch (rnd(8)) {
		case 0: case 1: case 2: kernel_changes(&m); break;
		case 3: kernel_dumps(&m); break;
		case 4: case 5: overruns += m.overrun; loop_reads(&m, &c); break;
		default: loop_merges(&m, &c);
		}
	}
	while (m.queued || m.overrun || m.asked) {
		loop_reads(&m, &c);
		kernel_dumps(&m);
		loop_merges(&m, &c);
	}
	check_agreement(&m, &c);
	cache_clear(&c);
	return overruns;
}

static void test_converges(void **state)
{
	unsigned overruns = 0;

	(void)state;
	for (uint32_t seed = 1; seed <= ROUNDS; seed++)
		overruns += model_run(seed);
	assert_true(overruns > ROUNDS); /* or the test is not about what it says */
}

/* ---- address operations ---- */

static void test_addr_ops(void **state)
{
	struct addr_op op = { .kind = ADDR_ADD, .ifindex = 2, .prefix = { addr_v4(10, 0, 0, 1), 32 } };

	(void)state;
	assert_int_equal(addr_op_check(&op), 0);
	op.prefix.len = 33;
	assert_int_equal(addr_op_check(&op), EINVAL);
	op.prefix.len = 24;
	op.ifindex = 0;
	assert_int_equal(addr_op_check(&op), EINVAL);
	op.ifindex = 2;
	op.broadcast.family = AF_INET6;
	assert_int_equal(addr_op_check(&op), EINVAL);
	op.broadcast.family = 0;
	memset(op.label, 'x', sizeof(op.label));
	assert_int_equal(addr_op_check(&op), EINVAL);
	assert_int_equal(addr_op_verdict(ADDR_ADD, EEXIST), 0);
	assert_int_equal(addr_op_verdict(ADDR_ADD, ENODEV), ENODEV);
	assert_int_equal(addr_op_verdict(ADDR_DEL, EADDRNOTAVAIL), 0);
	assert_int_equal(addr_op_verdict(ADDR_DEL, ENODEV), 0);
	assert_int_equal(addr_op_verdict(ADDR_DEL, EEXIST), EEXIST);
	assert_int_equal(addr_op_verdict(ADDR_DEL, EPERM), EPERM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_primary),
		cmocka_unit_test(test_same_is_silent),
		cmocka_unit_test(test_link_takes_its_addresses),
		cmocka_unit_test(test_names_swap),
		cmocka_unit_test(test_peers_are_told_apart),
		cmocka_unit_test(test_dump_does_not_undo_news),
		cmocka_unit_test(test_link_lost_during_dump),
		cmocka_unit_test(test_converges),
		cmocka_unit_test(test_addr_ops),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
