/*
 * The wanted table entry: quorum with hysteresis, sorry server, overrides, the rule of a BACKUP that is itself a real server.
 */
#include "config.h"

#include "core/ipvs/desired.h"

#include <linux/ip_vs.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "core/base/text.h"

#define N_MAX 4

static struct ipvs_member members[N_MAX];

static struct endpoint server_at(uint8_t last)
{
	return (struct endpoint){ .addr = addr_v4(172, 25, 0, last), .port = 80 };
}

static struct ipvs_member member(uint8_t last, int32_t weight)
{
	return (struct ipvs_member){
		.conf = { .server = server_at(last), .weight = weight, .method = IPVS_DR, .probed = true },
		.set = { .weight = -1, .drain_until = USEC_NEVER },
		.probe_weight = -1,
	};
}

/* Servers .1, .2, ... of weight 1, not yet judged; a sorry server .99 of weight 1. */
static struct ipvs_pool pool(size_t n)
{
	struct ipvs_pool p = { .members = members, .n = n };

	memset(members, 0, sizeof(members));
	for (size_t i = 0; i < n; i++)
		members[i] = member((uint8_t)(i + 1), 1);
	p.conf.key = (struct service_key){ .family = AF_INET, .protocol = IPPROTO_TCP, .port = 80,
		.addr = addr_v4(172, 25, 0, 200) };
	p.conf.quorum = 1;
	p.conf.has_sorry = true;
	text_copy(p.conf.scheduler, sizeof(p.conf.scheduler), "rr");
	p.sorry = member(99, 1);
	p.sorry.conf.probed = false;
	return p;
}

static void settle(struct ipvs_pool *p)
{
	p->quorum_up = ipvs_pool_quorum(p, ipvs_pool_weight(p));
	ipvs_pool_decide(p, 0);
}

/* The weight that the kernel would get for server .last, or -1 where it has none. */
static int32_t weight_of(const struct ipvs_pool *p, uint8_t last)
{
	struct ipvs_entry *e = ipvs_pool_entry(p);
	struct endpoint at = server_at(last);
	const struct ipvs_dest *d = ipvs_entry_find(e, &at);
	int32_t weight = d ? d->weight : -1;

	ipvs_entry_free(e);
	return weight;
}

static void test_unknown_is_up_unless_alpha(void **state)
{
	struct ipvs_pool p = pool(2);

	(void)state;
	members[1].conf.alpha = true;
	settle(&p);
	assert_int_equal(weight_of(&p, 1), 1);
	assert_int_equal(weight_of(&p, 2), -1);
	assert_int_equal(ipvs_member_state(&members[0]), IPVS_RS_UNKNOWN);
	assert_int_equal(ipvs_member_state(&members[1]), IPVS_RS_DOWN);
	members[1].verdict = IPVS_VERDICT_UP;
	settle(&p);
	assert_int_equal(weight_of(&p, 2), 1);
	assert_int_equal(ipvs_member_state(&members[1]), IPVS_RS_UP);
}

static void test_without_probes_always_up(void **state)
{
	struct ipvs_pool p = pool(1);

	(void)state;
	members[0].conf.probed = false;
	members[0].conf.alpha = true;
	members[0].verdict = IPVS_VERDICT_DOWN;
	settle(&p);
	assert_int_equal(weight_of(&p, 1), 1);
	assert_int_equal(ipvs_member_state(&members[0]), IPVS_RS_UP);
}

static void test_down_leaves_or_is_inhibited(void **state)
{
	struct ipvs_pool p = pool(3);

	(void)state;
	members[0].verdict = members[1].verdict = IPVS_VERDICT_DOWN;
	members[1].conf.inhibit_on_failure = true;
	members[0].set.weight = 7; /* an override does not bring a dead server back */
	settle(&p);
	assert_int_equal(weight_of(&p, 1), -1);
	assert_int_equal(weight_of(&p, 2), 0);
	assert_int_equal(weight_of(&p, 3), 1);
	assert_int_equal(members[0].source, IPVS_WS_HEALTH);
	assert_int_equal(members[1].source, IPVS_WS_HEALTH);
}

/* Of two reasons to be out the server's own is told: damping only where it would serve otherwise. */
static void test_damped_and_down(void **state)
{
	struct ipvs_pool p = pool(3);

	(void)state;
	members[0].flaps.suppressed = members[1].flaps.suppressed = true;
	members[0].verdict = IPVS_VERDICT_DOWN;
	members[1].verdict = IPVS_VERDICT_UP;
	settle(&p);
	assert_int_equal(members[0].source, IPVS_WS_HEALTH);
	assert_int_equal(members[1].source, IPVS_WS_FLAPS);
	assert_int_equal(weight_of(&p, 1), -1);
	assert_int_equal(weight_of(&p, 2), -1);
}

/* What the file says of a service and its servers arrives in the entry, each in its place. */
static void test_entry_has_it_all(void **state)
{
	static const struct ipvs_server_conf tunnel = { .weight = 5, .method = IPVS_TUN, .tunnel = { .type = 1, .port = 6080, .flags = 2 },
		.upper = 90, .lower = 40 };
	struct ipvs_pool p = pool(2);
	struct ipvs_entry *e;

	(void)state;
	p.conf.flags = IP_VS_SVC_F_SCHED1;
	p.conf.persistence = 300;
	p.conf.netmask = 0xffffff;
	text_copy(p.conf.pe, sizeof(p.conf.pe), "sip");
	members[1].conf = tunnel;
	members[1].conf.server = server_at(2);
	members[0].conf.tunnel = tunnel.tunnel; /* which means nothing to DR */
	settle(&p);
	e = ipvs_pool_entry(&p);
	assert_string_equal(e->scheduler, "rr");
	assert_string_equal(e->pe, "sip");
	assert_int_equal(e->flags, IP_VS_SVC_F_SCHED1 | IP_VS_SVC_F_PERSISTENT);
	assert_int_equal(e->persistence, 300);
	assert_int_equal(e->netmask, 0xffffff);
	assert_int_equal(e->n, 2);
	assert_int_equal(e->dests[0].method, IPVS_DR);
	assert_true(!e->dests[0].tun_type && !e->dests[0].tun_port && !e->dests[0].tun_flags);
	assert_true(!e->dests[0].upper && !e->dests[0].lower);
	assert_int_equal(e->dests[1].weight, 5);
	assert_int_equal(e->dests[1].method, IPVS_TUN);
	assert_int_equal(e->dests[1].tun_type, 1);
	assert_int_equal(e->dests[1].tun_port, 6080);
	assert_int_equal(e->dests[1].tun_flags, 2);
	assert_int_equal(e->dests[1].upper, 90);
	assert_int_equal(e->dests[1].lower, 40);
	ipvs_entry_free(e);
}

static void test_override(void **state)
{
	struct ipvs_pool p = pool(2);

	(void)state;
	members[0].set.weight = 65535;
	members[1].set.weight = 0;
	settle(&p);
	assert_int_equal(weight_of(&p, 1), 65535);
	assert_int_equal(members[0].source, IPVS_WS_OVERRIDE);
	assert_int_equal(weight_of(&p, 2), 0);
	assert_int_equal(ipvs_member_state(&members[1]), IPVS_RS_DRAINED);
	members[0].set.weight = -1;
	settle(&p);
	assert_int_equal(weight_of(&p, 1), 1);
	assert_int_equal(members[0].source, IPVS_WS_CONFIG);
}

static void test_sorry_swap(void **state)
{
	struct ipvs_pool p = pool(2);

	(void)state;
	settle(&p);
	assert_true(p.quorum_up);
	assert_int_equal(weight_of(&p, 99), -1);
	members[0].verdict = members[1].verdict = IPVS_VERDICT_DOWN;
	settle(&p);
	assert_false(p.quorum_up);
	assert_int_equal(weight_of(&p, 1), -1);
	assert_int_equal(weight_of(&p, 2), -1);
	assert_int_equal(weight_of(&p, 99), 1);
	members[1].verdict = IPVS_VERDICT_UP;
	settle(&p);
	assert_int_equal(weight_of(&p, 2), 1);
	assert_int_equal(weight_of(&p, 99), -1);
}

static void test_quorum_lost_removes_the_rest_only_for_sorry(void **state)
{
	struct ipvs_pool p = pool(3);

	(void)state;
	p.conf.quorum = 2;
	members[0].verdict = members[1].verdict = IPVS_VERDICT_DOWN;
	settle(&p);
	assert_false(p.quorum_up);
	assert_int_equal(weight_of(&p, 3), -1);
	assert_int_equal(members[2].source, IPVS_WS_SORRY);
	p.conf.has_sorry = false;
	settle(&p);
	assert_false(p.quorum_up);
	assert_int_equal(weight_of(&p, 3), 1);
}

static void test_drained_stays_beside_sorry(void **state)
{
	struct ipvs_pool p = pool(1);

	(void)state;
	members[0].set.weight = 0;
	settle(&p);
	assert_false(p.quorum_up);
	assert_int_equal(weight_of(&p, 1), 0);
	assert_int_equal(weight_of(&p, 99), 1);
}

/* An agent that says drain, a script that says 0, or the file: nothing new comes to it, and what is connected goes on. */
static void test_weight_0_stays_beside_sorry(void **state)
{
	struct ipvs_pool p = pool(3);

	(void)state;
	members[0].probe_weight = 0;
	members[1].conf.weight = 0;
	members[2].verdict = IPVS_VERDICT_DOWN;
	settle(&p);
	assert_true(ipvs_pool_sorry_active(&p));
	assert_int_equal(weight_of(&p, 99), 1);
	assert_int_equal(weight_of(&p, 1), 0);
	assert_int_equal(members[0].source, IPVS_WS_PROBE);
	assert_int_equal(weight_of(&p, 2), 0);
	assert_int_equal(members[1].source, IPVS_WS_CONFIG);
	assert_int_equal(weight_of(&p, 3), -1);
}

static void test_sorry_inhibit(void **state)
{
	struct ipvs_pool p = pool(1);

	(void)state;
	p.conf.sorry_inhibit = true;
	settle(&p);
	assert_int_equal(weight_of(&p, 99), 0);
	members[0].verdict = IPVS_VERDICT_DOWN;
	settle(&p);
	assert_int_equal(weight_of(&p, 99), 1);
}

static void test_sorry_that_is_a_server_too(void **state)
{
	struct ipvs_pool p = pool(1);

	(void)state;
	p.sorry.conf.server = server_at(1);
	p.sorry.conf.weight = 9;
	p.conf.sorry_inhibit = true;
	settle(&p);
	assert_int_equal(weight_of(&p, 1), 1);
	members[0].verdict = IPVS_VERDICT_DOWN;
	members[0].conf.inhibit_on_failure = true;
	settle(&p);
	assert_int_equal(weight_of(&p, 1), 9);
}

static void test_hysteresis(void **state)
{
	static const struct { uint32_t quorum, hysteresis; uint64_t weight; bool was, now; } cases[] = {
		{ 1, 0, 0, true, false }, { 1, 0, 1, false, true }, { 1, 0, 0, false, false },
		{ 3, 1, 3, false, false }, { 3, 1, 4, false, true }, { 3, 1, 2, true, true }, { 3, 1, 1, true, false },
		{ 3, 3, 1, true, true }, { 3, 3, 0, true, false }, { 3, 5, 1, true, true },
		{ UINT32_MAX, UINT32_MAX, UINT32_MAX, false, false },
		{ UINT32_MAX, UINT32_MAX, 2ull * UINT32_MAX, false, true },
	};
	struct ipvs_pool p = pool(0);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		p.conf.quorum = cases[i].quorum;
		p.conf.hysteresis = cases[i].hysteresis;
		p.quorum_up = cases[i].was;
		if (ipvs_pool_quorum(&p, cases[i].weight) != cases[i].now)
			fail_msg("case %zu", i);
	}
}

static void test_backup_silences_what_is_not_local(void **state)
{
	struct ipvs_pool p = pool(3);

	(void)state;
	p.conf.role_aware = true;
	p.role = IPVS_ROLE_BACKUP;
	members[0].local = true;
	members[1].set.weight = 5;
	members[2].set.weight = 0;
	settle(&p);
	assert_true(p.quorum_up); /* the role does not touch the quorum */
	assert_int_equal(weight_of(&p, 1), 1);
	assert_int_equal(weight_of(&p, 2), 0);
	assert_int_equal(members[1].source, IPVS_WS_ROLE);
	assert_int_equal(members[2].source, IPVS_WS_OVERRIDE);
	p.role = IPVS_ROLE_MASTER;
	settle(&p);
	assert_int_equal(weight_of(&p, 2), 5);
	p.role = IPVS_ROLE_BACKUP;
	p.conf.role_aware = false;
	settle(&p);
	assert_int_equal(weight_of(&p, 2), 5);
}

static void test_backup_sorry_follows_the_local_rule(void **state)
{
	struct ipvs_pool p = pool(1);

	(void)state;
	p.conf.role_aware = true;
	p.role = IPVS_ROLE_BACKUP;
	members[0].verdict = IPVS_VERDICT_DOWN;
	settle(&p);
	assert_int_equal(weight_of(&p, 99), 0);
	assert_int_equal(p.sorry.source, IPVS_WS_ROLE);
	p.sorry.local = true;
	settle(&p);
	assert_int_equal(weight_of(&p, 99), 1);
	assert_int_equal(p.sorry.source, IPVS_WS_SORRY);
}

static void test_entry_is_canonical(void **state)
{
	struct ipvs_pool p = pool(0);
	struct ipvs_entry *e;

	(void)state;
	p.conf.netmask = 0xffffff; /* without persistence it says nothing */
	e = ipvs_pool_entry(&p);
	assert_int_equal(e->netmask, UINT32_MAX);
	assert_int_equal(e->flags, 0);
	ipvs_entry_free(e);
	p.conf.persistence = 300;
	e = ipvs_pool_entry(&p);
	assert_int_equal(e->netmask, 0xffffff);
	assert_int_equal(e->flags, IP_VS_SVC_F_PERSISTENT);
	assert_int_equal(e->persistence, 300);
	ipvs_entry_free(e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unknown_is_up_unless_alpha),
		cmocka_unit_test(test_without_probes_always_up),
		cmocka_unit_test(test_down_leaves_or_is_inhibited),
		cmocka_unit_test(test_damped_and_down),
		cmocka_unit_test(test_entry_has_it_all),
		cmocka_unit_test(test_override),
		cmocka_unit_test(test_sorry_swap),
		cmocka_unit_test(test_quorum_lost_removes_the_rest_only_for_sorry),
		cmocka_unit_test(test_drained_stays_beside_sorry),
		cmocka_unit_test(test_weight_0_stays_beside_sorry),
		cmocka_unit_test(test_sorry_inhibit),
		cmocka_unit_test(test_sorry_that_is_a_server_too),
		cmocka_unit_test(test_hysteresis),
		cmocka_unit_test(test_backup_silences_what_is_not_local),
		cmocka_unit_test(test_backup_sorry_follows_the_local_rule),
		cmocka_unit_test(test_entry_is_canonical),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
