/*
 * A service that is put in parts: whatever comes between two of them, the end is that of one that is put at once.
 */
#include "config.h"

#include "tests/unit/test.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "tests/unit/ipvs_fixture.h"

#define MANY 2000
#define IN_PARTS 80
#define AT_ONCE 81

static struct ipvs_server_conf servers[MANY];
static uint64_t dice;
static usec_t begun;

static uint32_t roll(uint32_t sides)
{
	dice = dice * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(dice >> 33) % sides;
}

static struct ipvs_service_conf conf_of(uint16_t port, size_t n)
{
	struct ipvs_service_conf c = { .key = vs(port), .quorum = 1, .servers = servers, .n_servers = n, .panic_percent = 30,
		.flaps = { .half_life = 60 * USEC_PER_SEC, .suppress = 3, .reuse = 1 } };

	text_copy(c.scheduler, sizeof(c.scheduler), "wrr");
	return c;
}

static void begin(uint16_t port, size_t n)
{
	struct ipvs_service_conf c = conf_of(port, n);

	begun = mono_now();
	ipvs_put_begin(engine, &c, begun);
	for (size_t k = 0; k < n; k++)
		ipvs_put_server(engine, &servers[k]);
}

static void put_at_once(uint16_t port, size_t n, usec_t now)
{
	struct ipvs_service_conf c = conf_of(port, n);

	ipvs_service_put(engine, &c, now);
}

/* Servers first .. first + n - 1 of this weight, in an order of the dice; every server that is new to a running service ramps. */
static void draw_servers(uint16_t first, uint16_t n, int32_t weight)
{
	for (uint16_t k = 0; k < n; k++)
		servers[k] = (struct ipvs_server_conf){ .server = rs((uint16_t)(first + k)), .weight = weight, .method = IPVS_DR,
			.probed = true, .slow_start = 20 * USEC_PER_SEC };
	for (uint16_t k = n; k > 1; k--) {
		uint16_t other = (uint16_t)roll(k);
		struct ipvs_server_conf c = servers[k - 1];

		servers[k - 1] = servers[other];
		servers[other] = c;
	}
}

static void event_of(uint16_t port, uint16_t n, uint32_t what, int32_t value)
{
	struct server_key k = srv(port, n);
	struct ipvs_setting s = { .weight = value % 100, .drain = value % 2 == 0, .disable = value % 3 == 0,
		.drain_until = USEC_NEVER };

	switch (what) {
	case 0:
		ipvs_server_set(engine, &k, &s);
		break;
	case 1:
		ipvs_server_probe_weight(engine, &k, value);
		break;
	default:
		verdict(port, n, value % 2 == 0);
	}
}

/* The same to both. */
static void some_event(uint16_t servers_most)
{
	uint16_t n = (uint16_t)roll(servers_most);
	uint32_t what = roll(8);
	int32_t value = (int32_t)roll(200);

	event_of(IN_PARTS, n, what, value);
	event_of(AT_ONCE, n, what, value);
	if (roll(40) == 0)
		commit();
}

/* Zeroes: there is none. */
static struct ipvs_server_report report_of(uint16_t port, uint16_t n)
{
	struct server_key k = srv(port, n);
	struct ipvs_server_report r;

	ipvs_server_report(engine, &k, &r);
	return r;
}

static void assert_alike(uint16_t n)
{
	struct ipvs_server_report a = report_of(IN_PARTS, n), b = report_of(AT_ONCE, n);

	a.key = b.key;
	assert_memory_equal(&a, &b, sizeof(a));
	assert_int_equal(weight(IN_PARTS, n), weight(AT_ONCE, n));
}

/* `weight` tells this put from those before, and so when it takes effect. */
static void a_put(uint16_t most, int32_t weight)
{
	uint16_t first = (uint16_t)roll(most / 2), n = (uint16_t)(1 + roll(most / 2));
	struct server_key k = { .service = vs(IN_PARTS) };
	struct ipvs_server_report r = { .conf_weight = -1 };
	bool more = true;

	draw_servers(first, n, weight);
	if (n > 2 && roll(3) == 0)
		servers[n - 1] = servers[roll(n - 1u)]; /* one is there twice */
	begin(IN_PARTS, n);
	k.server = servers[0].server;
	while (!ipvs_server_report(engine, &k, &r) || r.conf_weight != weight) {
		assert_true(more);
		for (uint32_t events = roll(4); events > 0; events--)
			some_event(most);
		more = ipvs_put_step(engine);
	}
	put_at_once(AT_ONCE, n, begun);
	commit();
	assert_int_equal(service_report(IN_PARTS).servers_total, service_report(AT_ONCE).servers_total);
	for (uint16_t at = 0; at < most; at++)
		assert_alike(at);
}

static void test_events_between_parts(void **state)
{
	for (uint64_t seed = 1; seed <= 40; seed++) {
		uint16_t most = seed % 4 ? 300 : MANY;

		dice = seed;
		for (int k = 0; k < 8; k++) {
			a_put(most, k + 1);
			for (uint32_t e = roll(100); e > 0; e--)
				some_event(most);
			commit();
		}
		teardown(state);
		setup(state);
	}
}

/* As it was, then as it is put; and in many steps, for a step of so many would be long. */
static void test_readers_see_no_half(void **unused)
{
	unsigned steps = 0, as_before = 0;

	(void)unused;
	draw_servers(0, MANY, 5);
	put_at_once(IN_PARTS, MANY, mono_now());
	commit();
	draw_servers(MANY / 2, MANY, 7);
	begin(IN_PARTS, MANY);
	do {
		bool before = service_report(IN_PARTS).servers_total == MANY && report_of(IN_PARTS, 3).conf_weight == 5;

		assert_int_equal(report_of(IN_PARTS, MANY - 1).conf_weight, before ? 5 : 7);
		assert_int_equal(report_of(IN_PARTS, MANY + 1).conf_weight, before ? 0 : 7);
		as_before += before;
		steps++;
	} while (ipvs_put_step(engine));
	assert_in_range(steps, MANY / 64, MANY);
	assert_in_range(as_before, MANY / 64, steps - 5);
	assert_false(ipvs_put_step(engine));
}

/* News of what the kernel has changes rows of a service that is carried half. */
static void test_the_kernel_answers_between(void **unused)
{
	(void)unused;
	draw_servers(0, MANY, 5);
	put_at_once(IN_PARTS, MANY, mono_now());
	ipvs_commit(engine, LOOP_URGENT);
	begin(IN_PARTS, MANY); /* about 70 steps, of which the last 30 carry */
	for (int k = 0; k < 60; k++)
		assert_true(ipvs_put_step(engine));
	assert_false(report_of(IN_PARTS, 1).in_kernel);
	world_run(USEC_PER_SEC);
	assert_true(report_of(IN_PARTS, 1).in_kernel);
	while (ipvs_put_step(engine))
		;
	for (uint16_t k = 0; k < MANY; k++)
		assert_true(report_of(IN_PARTS, k).in_kernel);
}

static void test_removed_between(void **unused)
{
	struct service_key key = vs(IN_PARTS), other = vs(AT_ONCE);

	(void)unused;
	draw_servers(0, 500, 5);
	put_at_once(IN_PARTS, 500, mono_now());
	put_at_once(AT_ONCE, 500, mono_now());
	commit();
	draw_servers(0, 500, 7);
	begin(IN_PARTS, 500);
	for (int k = 0; k < 12; k++)
		assert_true(ipvs_put_step(engine));
	ipvs_service_remove(engine, &other); /* which is none of its business */
	assert_true(ipvs_put_step(engine));
	ipvs_service_remove(engine, &key);
	assert_false(ipvs_put_step(engine));
	verdict(IN_PARTS, 3, false);
	commit();
	assert_null(world_service(&key));
	begin(IN_PARTS, 500);
	while (ipvs_put_step(engine))
		;
	commit();
	assert_int_equal(weight(IN_PARTS, 3), 7);
}

/* Only the last file counts. */
static void test_put_again_between(void **unused)
{
	(void)unused;
	world_run(USEC_PER_SEC);
	draw_servers(0, 300, 5);
	begin(IN_PARTS, 300);
	for (int k = 0; k < 5; k++)
		assert_true(ipvs_put_step(engine));
	draw_servers(100, 300, 9);
	begin(IN_PARTS, 300);
	while (ipvs_put_step(engine))
		;
	assert_int_equal(service_report(IN_PARTS).servers_total, 300);
	assert_int_equal(report_of(IN_PARTS, 50).conf_weight, 0);
	assert_int_equal(report_of(IN_PARTS, 150).conf_weight, 9);
	draw_servers(200, 300, 11);
	put_at_once(IN_PARTS, 300, mono_now());
	commit();
	assert_int_equal(weight(IN_PARTS, 450), 11); /* none of it ran before, so it has its weight at once */
}

static void carry_half(uint16_t n)
{
	begin(IN_PARTS, n);
	while (n > 64) { /* sorted already: one step, and one for each 64 */
		assert_true(ipvs_put_step(engine));
		n = (uint16_t)(n - 64);
	}
}

static void put_in_order(uint16_t n)
{
	draw_servers(0, n, 5);
	for (uint16_t k = 0; k < n; k++)
		servers[k].server = rs(k);
	put_at_once(IN_PARTS, n, mono_now());
	commit();
	for (uint16_t k = 0; k < n; k++)
		verdict(IN_PARTS, k, true);
	commit();
}

/* Who served when checks were last believed is known by the commit alone. */
static void test_commit_between(void **unused)
{
	(void)unused;
	put_in_order(200);
	carry_half(200);
	for (uint16_t k = 0; k < 100; k++)
		verdict(IN_PARTS, k, false);
	ipvs_commit(engine, LOOP_URGENT); /* and no answer yet */
	while (ipvs_put_step(engine))
		;
	for (uint16_t k = 100; k < 190; k++)
		verdict(IN_PARTS, k, false);
	commit();
	assert_true(service_report(IN_PARTS).panic);
	assert_int_equal(weight(IN_PARTS, 150), 5);
	assert_int_equal(weight(IN_PARTS, 50), -1);
}

/* A suppression ends while nothing is committed: told once, and not again when the put has ended. */
static void test_time_between(void **unused)
{
	unsigned told;

	(void)unused;
	put_in_order(200);
	for (int k = 0; k < 5; k++) {
		verdict(IN_PARTS, 7, false);
		verdict(IN_PARTS, 7, true);
	}
	commit();
	assert_true(report_of(IN_PARTS, 7).suppressed);
	told = seen.server;
	ipvs_hold(engine, true);
	carry_half(200);
	world_run(600 * USEC_PER_SEC);
	assert_false(report_of(IN_PARTS, 7).suppressed);
	while (ipvs_put_step(engine))
		;
	assert_false(report_of(IN_PARTS, 7).suppressed);
	ipvs_hold(engine, false);
	world_run(600 * USEC_PER_SEC);
	assert_int_equal(seen.server, told + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_events_between_parts, setup, teardown),
		cmocka_unit_test_setup_teardown(test_readers_see_no_half, setup, teardown),
		cmocka_unit_test_setup_teardown(test_the_kernel_answers_between, setup, teardown),
		cmocka_unit_test_setup_teardown(test_removed_between, setup, teardown),
		cmocka_unit_test_setup_teardown(test_put_again_between, setup, teardown),
		cmocka_unit_test_setup_teardown(test_commit_between, setup, teardown),
		cmocka_unit_test_setup_teardown(test_time_between, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
