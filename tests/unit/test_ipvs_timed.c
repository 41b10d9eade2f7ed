/*
 * What time and operators do to servers: drains and their end, ramps, panic, damping, other hands' services at start and end.
 */
#include "config.h"

#include "tests/unit/test.h"

#include <errno.h>
#include <string.h>

#include "core/base/text.h"
#include "core/ipvs/desired.h"
#include "tests/unit/ipvs_fixture.h"

static struct ipvs_server_conf servers[8];
static struct ipvs_service_conf conf;

/* A service on port 80 with n servers of weight 100, all up. */
static void put_up(uint16_t n)
{
	conf.servers = servers;
	conf.n_servers = n;
	ipvs_service_put(engine, &conf, mono_now());
	commit();
	for (uint16_t k = 1; k <= n; k++)
		verdict(80, k, true);
	commit();
}

static int stage(void **state)
{
	memset(servers, 0, sizeof(servers));
	conf = (struct ipvs_service_conf){ .key = vs(80), .quorum = 1 };
	text_copy(conf.scheduler, sizeof(conf.scheduler), "wrr");
	for (uint16_t k = 0; k < 8; k++)
		servers[k] = (struct ipvs_server_conf){ .server = rs((uint16_t)(k + 1)), .weight = 100, .method = IPVS_DR, .probed = true };
	return setup(state);
}

static void drain(uint16_t n, bool on, usec_t until)
{
	struct server_key k = srv(80, n);
	const struct ipvs_setting s = { .weight = -1, .drain = on, .drain_until = until };

	assert_true(ipvs_server_set(engine, &k, &s));
	commit();
}

static void connections(uint16_t n, uint32_t active, uint32_t inactive)
{
	struct service_key key = vs(80);
	struct ipvs_entry *e = world_service(&key);

	for (size_t i = 0; i < e->n; i++)
		if (endpoint_cmp(&e->dests[i].server, &servers[n - 1].server) == 0)
			e->dests[i].conns = (struct ipvs_conns){ true, active, inactive, 0 };
}

static void test_drain_waits_for_connections(void **unused)
{
	(void)unused;
	put_up(2);
	connections(1, 3, 5);
	drain(1, true, USEC_NEVER);
	assert_int_equal(weight(80, 1), 0);
	assert_int_equal(server_report(80, 1).state, IPVS_RS_DRAINED);
	connections(1, 3, 5);
	world_run(60 * USEC_PER_SEC);
	assert_int_equal(weight(80, 1), 0);
	assert_int_equal(server_report(80, 1).conns.active, 3);
	connections(1, 0, 7); /* TCP: what is inactive is over */
	world_run(4 * USEC_PER_SEC);
	assert_int_equal(weight(80, 1), -1);
	assert_true(server_report(80, 1).drained);
	world_run(60 * USEC_PER_SEC);
	assert_int_equal(weight(80, 1), -1);
	assert_int_equal(totals().repaired, 0);
	drain(1, false, USEC_NEVER);
	assert_int_equal(weight(80, 1), 100);
}

/* A mark may stand for UDP, of which the kernel counts all connections as inactive: none at all may be left. */
static void test_drain_behind_a_mark(void **unused)
{
	struct server_key k = { .service = { .family = AF_INET, .fwmark = 7 }, .server = servers[0].server };
	const struct ipvs_setting s = { .weight = -1, .drain = true, .drain_until = USEC_NEVER };
	struct ipvs_entry *e;

	(void)unused;
	conf.key = k.service;
	conf.servers = servers;
	conf.n_servers = 1;
	ipvs_service_put(engine, &conf, mono_now());
	commit();
	assert_true(ipvs_server_set(engine, &k, &s));
	commit();
	e = world_service(&k.service);
	e->dests[0].conns = (struct ipvs_conns){ true, 0, 5, 0 };
	world_run(10 * USEC_PER_SEC);
	assert_int_equal(world_service(&k.service)->n, 1);
	world_service(&k.service)->dests[0].conns.inactive = 0;
	world_run(4 * USEC_PER_SEC);
	assert_int_equal(world_service(&k.service)->n, 0);
}

static void test_one_idle_look_is_not_enough(void **unused)
{
	(void)unused;
	put_up(2);
	drain(1, true, USEC_NEVER);
	connections(1, 1, 0);
	world_run(USEC_PER_SEC + 500 * USEC_PER_MS);
	connections(1, 0, 0); /* one look that finds none is not enough: a connection may just be coming */
	world_run(USEC_PER_SEC);
	connections(1, 1, 0);
	world_run(10 * USEC_PER_SEC);
	assert_int_equal(weight(80, 1), 0);
}

/* More services than are asked about at a time: all come to their end. */
static void test_many_drains(void **unused)
{
	(void)unused;
	for (uint16_t port = 1; port <= 300; port++)
		put(port, 1, 2, false);
	commit();
	for (uint16_t port = 1; port <= 300; port++) {
		struct server_key k = srv(port, 1);
		const struct ipvs_setting s = { .weight = -1, .drain = true, .drain_until = USEC_NEVER };

		assert_true(ipvs_server_set(engine, &k, &s));
	}
	commit();
	assert_int_equal(weight(300, 1), 0);
	world_run(10 * USEC_PER_SEC);
	for (uint16_t port = 1; port <= 300; port++)
		assert_int_equal(weight(port, 1), -1);
}

static void test_drain_deadline(void **unused)
{
	usec_t until;

	(void)unused;
	put_up(2);
	until = world.now + 10 * USEC_PER_SEC;
	connections(1, 3, 0);
	drain(1, true, until);
	connections(1, 3, 0);
	world_run(9 * USEC_PER_SEC);
	connections(1, 3, 0);
	assert_int_equal(weight(80, 1), 0);
	world_run(2 * USEC_PER_SEC);
	assert_int_equal(weight(80, 1), -1);
}

/* A deadline is put off while the drain is under way, and one is taken away. */
static void test_drain_deadline_moves(void **unused)
{
	usec_t begun;

	(void)unused;
	put_up(2);
	begun = world.now;
	drain(1, true, begun + 10 * USEC_PER_SEC);
	connections(1, 3, 0);
	world_run(5 * USEC_PER_SEC);
	drain(1, true, begun + 30 * USEC_PER_SEC);
	connections(1, 3, 0);
	world_run(10 * USEC_PER_SEC);
	assert_int_equal(weight(80, 1), 0);
	drain(1, true, USEC_NEVER);
	connections(1, 3, 0);
	world_run(60 * USEC_PER_SEC);
	assert_int_equal(weight(80, 1), 0);
	drain(1, true, world.now + USEC_PER_SEC);
	world_run(3 * USEC_PER_SEC);
	assert_int_equal(weight(80, 1), -1);
}

/* What time does to one server ends no drain of another. */
static void test_drain_beside_a_ramp(void **unused)
{
	(void)unused;
	servers[1].slow_start = 10 * USEC_PER_SEC;
	put_up(3);
	drain(1, true, USEC_NEVER);
	connections(1, 3, 0);
	verdict(80, 2, false);
	commit();
	verdict(80, 2, true);
	commit();
	connections(1, 3, 0);
	assert_true(weight(80, 2) < 10);
	for (int i = 0; i < 12; i++) {
		world_run(USEC_PER_SEC);
		connections(1, 3, 0);
	}
	assert_int_equal(weight(80, 2), 100);
	assert_int_equal(weight(80, 1), 0);
	assert_false(server_report(80, 1).drained);
}

static void test_disable(void **unused)
{
	struct server_key k = srv(80, 1);
	const struct ipvs_setting off = { .weight = -1, .drain_until = USEC_NEVER, .disable = true };

	(void)unused;
	put_up(2);
	assert_true(ipvs_server_set(engine, &k, &off));
	commit();
	assert_int_equal(weight(80, 1), -1);
	assert_int_equal(server_report(80, 1).state, IPVS_RS_DISABLED);
	verdict(80, 1, false);
	verdict(80, 1, true);
	commit();
	assert_int_equal(weight(80, 1), -1);
	set_only_weight(&k, -1);
	commit();
	assert_int_equal(weight(80, 1), 100);
}

/* The weight at each moment is the pure function's; it rises, and ends at the whole. */
static void test_ramp(void **unused)
{
	usec_t from;
	int32_t last = 0;

	(void)unused;
	for (int k = 0; k < 2; k++)
		servers[k].slow_start = 20 * USEC_PER_SEC;
	put_up(2);
	assert_int_equal(weight(80, 1), 100); /* at start there is no ramp */
	verdict(80, 1, false);
	commit();
	world_run(USEC_PER_SEC);
	verdict(80, 1, true);
	from = world.now;
	commit();
	assert_int_equal(weight(80, 1), 1);
	assert_int_equal(server_report(80, 1).source, IPVS_WS_RAMP);
	for (int s = 0; s < 40; s++) {
		int32_t now;

		world_run(500 * USEC_PER_MS);
		now = weight(80, 1);
		assert_true(now >= last);
		assert_in_range(now, ipvs_ramp(100, 20 * USEC_PER_SEC, from, world.now - 500 * USEC_PER_MS),
		                ipvs_ramp(100, 20 * USEC_PER_SEC, from, world.now));
		last = now;
	}
	world_run(USEC_PER_SEC);
	assert_int_equal(weight(80, 1), 100);
	assert_int_equal(server_report(80, 1).source, IPVS_WS_CONFIG);
	assert_int_equal(weight(80, 2), 100);
	servers[2].slow_start = 20 * USEC_PER_SEC; /* one that the file gets later rises too, from its first verdict or before */
	put_up(3);
	assert_int_equal(weight(80, 3), 1);
	assert_int_equal(weight(80, 1), 100);
}

static void test_ramp_is_pure(void **unused)
{
	(void)unused;
	for (int32_t base = 1; base < 300; base += 7) {
		usec_t at = 1000, steps = 0;

		while (at != USEC_NEVER) {
			usec_t next = ipvs_ramp_next(base, 10 * USEC_PER_SEC, 1000, at);

			if (next != USEC_NEVER) {
				assert_true(next > at);
				assert_true(ipvs_ramp(base, 10 * USEC_PER_SEC, 1000, next) >= ipvs_ramp(base, 10 * USEC_PER_SEC, 1000, at));
				assert_int_equal(ipvs_ramp(base, 10 * USEC_PER_SEC, 1000, next - 1), ipvs_ramp(base, 10 * USEC_PER_SEC, 1000, at));
			} else {
				assert_int_equal(ipvs_ramp(base, 10 * USEC_PER_SEC, 1000, at), base);
			}
			at = next;
			assert_true(++steps <= 51);
		}
	}
	assert_int_equal(ipvs_ramp(0, USEC_PER_SEC, 0, 1), 0);
}

static void test_panic_keeps_the_last_set(void **unused)
{
	(void)unused;
	conf.panic_percent = 50;
	put_up(4);
	verdict(80, 1, false);
	commit();
	assert_int_equal(weight(80, 1), -1);
	verdict(80, 2, false);
	commit();
	assert_int_equal(weight(80, 2), -1);
	assert_false(service_report(80).panic);
	verdict(80, 3, false); /* one of four is left: 25 % */
	commit();
	assert_true(service_report(80).panic);
	assert_int_equal(weight(80, 3), 100); /* served before */
	assert_int_equal(weight(80, 4), 100);
	assert_int_equal(weight(80, 1), -1);
	assert_int_equal(server_report(80, 3).source, IPVS_WS_PANIC);
	assert_int_equal(server_report(80, 3).state, IPVS_RS_DOWN);
	verdict(80, 4, false);
	commit();
	assert_int_equal(weight(80, 4), 100);
	assert_true(service_report(80).quorum_up);
	verdict(80, 1, true);
	verdict(80, 4, true);
	commit();
	assert_false(service_report(80).panic);
	assert_int_equal(weight(80, 3), -1);
}

static void test_panic_takes_all(void **unused)
{
	struct server_key k = srv(80, 2);
	const struct ipvs_setting off = { .weight = -1, .drain_until = USEC_NEVER, .disable = true };

	(void)unused;
	conf.panic_percent = 50;
	conf.panic_all = true;
	put_up(4);
	ipvs_server_set(engine, &k, &off);
	verdict(80, 1, false);
	verdict(80, 3, false); /* one of the three that may serve */
	commit();
	assert_int_equal(weight(80, 1), 100);
	assert_int_equal(weight(80, 2), -1); /* an operator is believed also then */
	assert_int_equal(weight(80, 3), 100);
}

/* Who comes again after damping comes slowly, as after any absence. */
static void test_slow_start_after_damping(void **unused)
{
	(void)unused;
	conf.flaps = (struct penalty_rule){ .half_life = 10 * USEC_PER_SEC, .suppress = 2, .reuse = 1 };
	servers[0].slow_start = 20 * USEC_PER_SEC;
	put_up(2);
	for (int i = 0; i < 2; i++) {
		verdict(80, 1, false);
		commit();
		verdict(80, 1, true);
		commit();
	}
	assert_true(server_report(80, 1).suppressed);
	for (int i = 0; i < 60 && server_report(80, 1).suppressed; i++)
		world_run(USEC_PER_SEC / 2);
	assert_int_equal(server_report(80, 1).source, IPVS_WS_RAMP);
	assert_in_range(weight(80, 1), 1, 20);
	world_run(21 * USEC_PER_SEC);
	assert_int_equal(weight(80, 1), 100);
}

/* Before the first checks nothing is known: that is no panic, and who waits for them (alpha) waits. */
static void test_no_panic_before_the_first_checks(void **unused)
{
	(void)unused;
	conf.panic_percent = 50;
	conf.panic_all = true;
	for (uint16_t k = 0; k < 4; k++)
		servers[k].alpha = true;
	conf.servers = servers;
	conf.n_servers = 4;
	ipvs_service_put(engine, &conf, mono_now());
	commit();
	assert_false(service_report(80).panic);
	assert_int_equal(weight(80, 1), -1);
	verdict(80, 1, true);
	verdict(80, 2, false);
	commit();
	assert_int_equal(weight(80, 1), 100);
	assert_int_equal(weight(80, 2), -1);
	assert_int_equal(weight(80, 3), -1);
	verdict(80, 3, false);
	commit();
	assert_false(service_report(80).panic); /* half may yet be well */
	verdict(80, 4, false);
	commit();
	assert_true(service_report(80).panic);
	assert_int_equal(weight(80, 4), 100);
}

static void test_flaps_keep_it_out(void **unused)
{
	(void)unused;
	conf.flaps = (struct penalty_rule){ .half_life = 10 * USEC_PER_SEC, .suppress = 3, .reuse = 1 };
	put_up(2);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(weight(80, 1), 100);
		verdict(80, 1, false);
		commit();
		verdict(80, 1, true);
		commit();
	}
	assert_int_equal(weight(80, 1), -1);
	assert_true(server_report(80, 1).suppressed);
	assert_int_equal(server_report(80, 1).source, IPVS_WS_FLAPS);
	assert_int_equal(server_report(80, 1).state, IPVS_RS_DOWN);
	world_run(10 * USEC_PER_SEC);
	assert_int_equal(weight(80, 1), -1);
	world_run(10 * USEC_PER_SEC);
	assert_int_equal(weight(80, 1), 100);
	assert_int_equal(server_report(80, 1).state, IPVS_RS_UP);
}

static void test_probe_weight(void **unused)
{
	struct server_key k = srv(80, 1);

	(void)unused;
	put_up(2);
	assert_true(ipvs_server_probe_weight(engine, &k, 30));
	commit();
	assert_int_equal(weight(80, 1), 30);
	assert_int_equal(server_report(80, 1).source, IPVS_WS_PROBE);
	set_only_weight(&k, 5); /* the operator has the say */
	commit();
	assert_int_equal(weight(80, 1), 5);
	set_only_weight(&k, -1);
	ipvs_server_probe_weight(engine, &k, -1);
	commit();
	assert_int_equal(weight(80, 1), 100);
	assert_false(ipvs_server_probe_weight(engine, &k, 65536));
}

static void test_timeouts_are_retried(void **unused)
{
	const struct ipvs_settings s = { .tcp = 900, .udp = 30 };

	(void)unused;
	world.timeouts[1] = 120;
	world.timeouts_err = 12;
	ipvs_configure(engine, &s);
	put_up(1);
	assert_int_equal(world.timeouts[0], 0);
	world.timeouts_err = 0;
	world_run(5 * USEC_PER_SEC);
	assert_int_equal(world.timeouts[0], 900);
	assert_int_equal(world.timeouts[1], 120);
	assert_int_equal(world.timeouts[2], 30);
}

static void add_foreign(uint16_t port)
{
	struct service_key key = vs(port);
	struct ipvs_entry *e = ipvs_entry_new(&key);

	text_copy(e->scheduler, sizeof(e->scheduler), "rr");
	ipvs_entry_normalise(e);
	ipvs_table_add(&world.kernel, e);
	ipvs_table_sort(&world.kernel);
}

static void nothing(void *user)
{
	(void)user;
}

static void test_flush(void **unused)
{
	const struct ipvs_settings s = { .flush = true, .at_stop = IPVS_STOP_ALL };
	struct service_key foreign = vs(7777), later = vs(7778), own = vs(80);

	(void)unused;
	add_foreign(7777);
	add_foreign(80);
	ipvs_configure(engine, &s);
	put_up(1);
	world_run(USEC_PER_SEC);
	assert_null(world_service(&foreign));
	assert_non_null(world_service(&own)); /* adopted, not made anew */
	add_foreign(7778);
	world_run(2 * PERIOD);
	assert_non_null(world_service(&later)); /* at start only */
	ipvs_withdraw(engine, nothing, NULL);
	world_run(USEC_PER_SEC);
	assert_int_equal(world.kernel.n, 0);
}

/* Foreign services are not told of; a job asks for few services. */
static void test_traffic(void **unused)
{
	const struct service_key other = vs(9999);

	(void)unused;
	for (uint16_t port = 1; port <= 70; port++) {
		put(port, 1, 2, false);
		verdict(port, 1, true);
		verdict(port, 2, true);
	}
	commit();
	ipvs_table_add(&world.kernel, ipvs_entry_new(&other));
	ipvs_table_sort(&world.kernel);
	seen.stats_done = 0;
	assert_true(ipvs_count_traffic(engine, false));
	assert_false(ipvs_count_traffic(engine, true)); /* one at a time */
	world_run(USEC_PER_MS);
	assert_int_equal(seen.stats_done, 1);
	assert_int_equal(seen.service_stats, 70);
	assert_int_equal(seen.conns, 70 * 2);
	seen.conns = 0;
	assert_true(ipvs_count_traffic(engine, true));
	assert_int_equal(world_jobs(), 1);
	world_run(USEC_PER_MS);
	assert_int_equal(seen.stats_done, 2);
	assert_int_equal(seen.stats_err, 0);
	assert_int_equal(seen.server_stats, 140);
	assert_int_equal(seen.conns, 140 * 80);
	assert_int_equal(world.stat_lists, 70);
}

/* An error ends the count at once, and the next one works; so does a service that goes while it is counted. */
static void test_traffic_fails(void **unused)
{
	const struct service_key gone = vs(3);

	(void)unused;
	for (uint16_t port = 1; port <= 70; port++)
		put(port, 1, 1, false);
	commit();
	seen.stats_done = 0;
	world.fault = (struct world_fault){ .first = world.requests, .n = 1, .err = ENOBUFS };
	assert_true(ipvs_count_traffic(engine, true));
	world_run(USEC_PER_MS);
	assert_int_equal(seen.stats_done, 1);
	assert_int_equal(seen.stats_err, ENOBUFS);
	assert_int_equal(world.stat_lists, 32);
	assert_true(ipvs_count_traffic(engine, true));
	assert_true(world_run_job());
	ipvs_service_remove(engine, &gone);
	seen.server_stats = 0;
	world_run(USEC_PER_MS);
	assert_int_equal(seen.stats_done, 2);
	assert_int_equal(seen.stats_err, 0);
	assert_true(ipvs_count_traffic(engine, true));
	world_drop_jobs(); /* an end in the middle */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_drain_waits_for_connections, stage, teardown),
		cmocka_unit_test_setup_teardown(test_one_idle_look_is_not_enough, stage, teardown),
		cmocka_unit_test_setup_teardown(test_drain_behind_a_mark, stage, teardown),
		cmocka_unit_test_setup_teardown(test_no_panic_before_the_first_checks, stage, teardown),
		cmocka_unit_test_setup_teardown(test_many_drains, stage, teardown),
		cmocka_unit_test_setup_teardown(test_drain_deadline, stage, teardown),
		cmocka_unit_test_setup_teardown(test_drain_deadline_moves, stage, teardown),
		cmocka_unit_test_setup_teardown(test_drain_beside_a_ramp, stage, teardown),
		cmocka_unit_test_setup_teardown(test_slow_start_after_damping, stage, teardown),
		cmocka_unit_test_setup_teardown(test_disable, stage, teardown),
		cmocka_unit_test_setup_teardown(test_ramp, stage, teardown),
		cmocka_unit_test(test_ramp_is_pure),
		cmocka_unit_test_setup_teardown(test_panic_keeps_the_last_set, stage, teardown),
		cmocka_unit_test_setup_teardown(test_panic_takes_all, stage, teardown),
		cmocka_unit_test_setup_teardown(test_flaps_keep_it_out, stage, teardown),
		cmocka_unit_test_setup_teardown(test_probe_weight, stage, teardown),
		cmocka_unit_test_setup_teardown(test_timeouts_are_retried, stage, teardown),
		cmocka_unit_test_setup_teardown(test_flush, stage, teardown),
		cmocka_unit_test_setup_teardown(test_traffic, stage, teardown),
		cmocka_unit_test_setup_teardown(test_traffic_fails, stage, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
