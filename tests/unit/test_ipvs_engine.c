/*
 * The engine over a simulated kernel: adoption, commits, verdicts, roles, overrides, drift, overtaking jobs, a large table, the end.
 */
#include "config.h"

#include "tests/unit/ipvs_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static void test_first_commit_makes_the_table(void **state)
{
	(void)state;
	put(80, 1, 2, false);
	assert_int_equal(world_jobs(), 0);
	commit();
	assert_int_equal(weight(80, 1), 1);
	assert_int_equal(weight(80, 2), 1);
	assert_int_equal(weight(80, 999), -1);
	assert_true(service_report(80).in_kernel);
	assert_true(server_report(80, 1).in_kernel);
	assert_false(server_report(80, 999).in_kernel);
	assert_int_equal(seen.made, 1);
	assert_int_equal(seen.quorum, 1);
	assert_int_equal(seen.availability, IPVS_THERE);
	assert_int_equal(totals().operations, 3);
}

/* The first configuration comes piece by piece, while verdicts and settings ask for commits. */
static void test_nothing_is_committed_while_held(void **state)
{
	const struct service_key made[] = { vs(80), vs(81) };
	int answer = -1;

	(void)state;
	put(80, 1, 1, false);
	put(81, 1, 1, false);
	commit();
	ipvs_free(engine);
	start(made, 2);
	world.ops = 0;
	ipvs_hold(engine, true);
	put(80, 1, 1, false);
	ipvs_commit_then(engine, LOOP_URGENT, on_done, &answer);
	world_run(USEC_PER_SEC);
	assert_int_equal(world.ops, 0);
	assert_int_equal(answer, -1);
	assert_int_equal(weight(81, 1), 1); /* not taken for what a former life left behind */
	put(81, 1, 2, false);
	ipvs_hold(engine, false);
	world_run(USEC_PER_SEC);
	assert_int_equal(answer, 0);
	assert_int_equal(world.ops, 1);
	assert_int_equal(weight(81, 2), 1);
	/* Nothing was asked for: nothing begins. */
	ipvs_hold(engine, true);
	verdict(81, 2, false);
	ipvs_hold(engine, false);
	world_run(USEC_PER_SEC);
	assert_int_equal(weight(81, 2), 1);
	commit();
	assert_int_equal(weight(81, 2), -1);
}

/* The end comes in the middle of it. */
static void test_held_and_withdrawn(void **state)
{
	struct service_key key = vs(80);

	(void)state;
	put(80, 1, 2, false);
	commit();
	ipvs_hold(engine, true);
	put(81, 1, 1, false);
	ipvs_commit(engine, LOOP_QUEUED);
	ipvs_withdraw(engine, NULL, NULL);
	world_run(USEC_PER_SEC);
	assert_null(world_service(&key));
	ipvs_hold(engine, false);
	world_run(USEC_PER_SEC);
	assert_int_equal(weight(81, 1), -1);
	assert_int_equal(world_jobs(), 0);
}

/* In whatever order the file has them, and one of them twice. */
static void test_order_of_the_file(void **state)
{
	static const uint16_t orders[][4] = { { 1, 2, 2, 3 }, { 3, 2, 1, 2 }, { 2, 2, 1, 3 }, { 1, 2, 3, 3 } };
	struct ipvs_server_conf servers[4];

	(void)state;
	for (size_t o = 0; o < 4; o++) {
		struct ipvs_service_conf c = { .key = vs(80), .scheduler = "rr", .quorum = 1, .servers = servers, .n_servers = 4 };

		for (size_t k = 0; k < 4; k++)
			servers[k] = (struct ipvs_server_conf){
				.server = rs(orders[o][k]), .weight = (int32_t)o + 1, .method = IPVS_DR, .probed = true,
			};
		ipvs_service_put(engine, &c, mono_now());
		if (o == 0)
			verdict(80, 2, false);
		commit();
		assert_int_equal(service_report(80).servers_total, 3);
		assert_int_equal(service_report(80).servers_up, 2);
		assert_int_equal(weight(80, 1), o + 1);
		assert_int_equal(weight(80, 2), -1);
		assert_int_equal(weight(80, 3), o + 1);
	}
}

struct told {
	unsigned n, sorry;
	struct endpoint last;
};

static void note_told(void *user, const struct ipvs_server_report *r)
{
	struct told *t = user;

	t->n++;
	t->sorry += r->sorry;
	if (!r->sorry) {
		assert_true(t->n == 1 || endpoint_cmp(&t->last, &r->key.server) < 0);
		t->last = r->key.server;
	}
}

/* Each server once, in their order, the sorry server last, in whatever portions. */
static void test_reports_in_portions(void **state)
{
	struct service_key key = vs(80), none = vs(99);

	(void)state;
	put(80, 1, 10, false);
	for (size_t most = 1; most < 13; most++) {
		struct told t = { 0 };
		size_t at = 0;
		unsigned calls = 1;

		while (ipvs_some_servers(engine, &key, &at, most, note_told, &t)) {
			assert_int_equal(t.n, calls * most);
			calls++;
		}
		assert_int_equal(t.n, 11);
		assert_int_equal(t.sorry, 1);
		assert_int_equal(calls, (10 + most - 1) / most);
		at = 999; /* they have become fewer meanwhile */
		assert_false(ipvs_some_servers(engine, &key, &at, most, note_told, &t));
		assert_false(ipvs_some_servers(engine, &none, &at, most, note_told, &t));
		assert_int_equal(t.sorry, 2);
	}
}

static void test_adoption_does_nothing(void **state)
{
	(void)state;
	put(80, 1, 3, false);
	commit();
	ipvs_free(engine);
	world.ops = 0;
	start(NULL, 0);
	put(80, 1, 3, false);
	commit();
	assert_int_equal(world.ops, 0);
	assert_true(server_report(80, 3).in_kernel);
	assert_int_equal(seen.made, 1);
	assert_int_equal(totals().repaired, 0);
}

static void test_orphans_go_and_foreign_stays(void **state)
{
	struct service_key made[] = { vs(81), vs(83) }, foreign = vs(82);

	(void)state;
	put(81, 1, 1, false);
	put(82, 1, 1, false);
	commit();
	ipvs_free(engine);
	start(made, 2);
	put(80, 1, 1, false);
	commit();
	assert_null(world_service(&made[0]));
	assert_non_null(world_service(&foreign));
	assert_int_equal(seen.unmade, 2); /* 81 was deleted, 83 was not there */
	world.ops = 0;
	world_run(3 * PERIOD);
	assert_int_equal(world.ops, 0);
	assert_non_null(world_service(&foreign));
}

static void test_verdicts_move_servers(void **state)
{
	(void)state;
	put(80, 1, 2, false);
	commit();
	verdict(80, 1, false);
	verdict(80, 1, false);
	commit();
	assert_int_equal(weight(80, 1), -1);
	assert_int_equal(server_report(80, 1).state, IPVS_RS_DOWN);
	assert_int_equal(server_report(80, 1).failures, 1);
	assert_false(server_report(80, 1).in_kernel);
	verdict(80, 2, false);
	commit();
	assert_int_equal(weight(80, 999), 1);
	assert_true(service_report(80).sorry_active);
	assert_true(server_report(80, 999).in_kernel);
	assert_false(service_report(80).quorum_up);
	verdict(80, 2, true);
	commit();
	assert_int_equal(weight(80, 999), -1);
	assert_int_equal(weight(80, 2), 1);
	assert_int_equal(service_report(80).servers_up, 1);
}

static void test_role_changes_weights_of_what_is_elsewhere(void **state)
{
	struct service_key key = vs(80);

	(void)state;
	world.local = rs(1).addr;
	put(81, 1, 2, false);
	commit();
	assert_int_equal(world.reuse, 0); /* a service that follows no role needs no sysctl */
	put(80, 1, 2, true);
	ipvs_service_role(engine, &key, IPVS_ROLE_BACKUP);
	commit();
	assert_int_equal(world.reuse, 1);
	assert_int_equal(weight(80, 1), 1);
	assert_int_equal(weight(80, 2), 0);
	assert_int_equal(server_report(80, 2).source, IPVS_WS_ROLE);
	assert_true(server_report(80, 1).local);
	ipvs_service_role(engine, &key, IPVS_ROLE_MASTER);
	ipvs_commit(engine, LOOP_URGENT);
	assert_int_equal(world_jobs(), 1); /* at once: what the caller queues next comes after it */
	world_run(USEC_PER_MS);
	assert_int_equal(weight(80, 2), 1);
	ipvs_service_role(engine, &key, IPVS_ROLE_BACKUP);
	world.local = rs(2).addr;
	ipvs_locals_changed(engine);
	commit();
	assert_int_equal(weight(80, 1), 0);
	assert_int_equal(weight(80, 2), 1);
	assert_int_equal(world.reuse, 1); /* once */
}

static void test_override_survives_a_reload(void **state)
{
	struct server_key k = srv(80, 1), sorry = srv(80, 999);

	(void)state;
	put(80, 1, 2, false);
	commit();
	assert_true(set_only_weight(&k, 7));
	assert_false(set_only_weight(&sorry, 7));
	assert_false(set_only_weight(&k, 65536));
	assert_false(set_only_weight(&k, -2));
	verdict(80, 2, false);
	commit();
	world.ops = 0;
	put(80, 1, 2, false);
	commit();
	assert_int_equal(world.ops, 0);
	assert_int_equal(weight(80, 1), 7);
	assert_int_equal(server_report(80, 2).state, IPVS_RS_DOWN);
	put(80, 1, 3, false);
	commit();
	assert_int_equal(world.ops, 1);
	set_only_weight(&k, 0);
	assert_int_equal(server_report(80, 1).state, IPVS_RS_DRAINED);
	set_only_weight(&k, -1);
	commit();
	assert_int_equal(weight(80, 1), 1);
	assert_int_equal(server_report(80, 1).set_weight, -1);
}

static void test_removed_service_leaves(void **state)
{
	struct service_key key = vs(80);

	(void)state;
	put(80, 1, 2, false);
	put(81, 1, 2, false);
	commit();
	ipvs_service_remove(engine, &key);
	commit();
	assert_null(world_service(&key));
	assert_int_equal(weight(81, 1), 1);
	assert_int_equal(seen.unmade, 1);
	/* Gone and back within one commit is no change at all. */
	key = vs(81);
	world.ops = 0;
	ipvs_service_remove(engine, &key);
	put(81, 1, 2, false);
	commit();
	assert_int_equal(world.ops, 0);
	assert_true(service_report(81).in_kernel);
}

static void test_drift_is_repaired_and_counted(void **state)
{
	struct service_key key = vs(80);
	struct ipvs_entry *e;
	usec_t before;

	(void)state;
	put(80, 1, 3, false);
	put(81, 1, 1, false);
	commit();
	world_run(2 * PERIOD);
	assert_int_equal(totals().repaired, 0);
	assert_int_equal(totals().repair_most, 0);
	before = mono_now();
	world.op_takes = USEC_PER_MS;
	e = world_service(&key);
	e->dests[0].weight = 9;
	e->n = 2;
	world_run(PERIOD);
	assert_int_equal(weight(80, 1), 1);
	assert_int_equal(weight(80, 3), 1);
	assert_int_equal(totals().repaired, 2);
	assert_int_equal(totals().repair_most, 2 * USEC_PER_MS);
	assert_true(totals().looked > before);
	ipvs_table_clear(&world.kernel);
	world_run(2 * PERIOD);
	assert_int_equal(weight(80, 3), 1);
	assert_int_equal(weight(81, 1), 1);
	assert_int_equal(totals().repaired, 8);
	assert_int_equal(totals().repair_most, 6 * USEC_PER_MS);
	assert_int_equal(totals().failures, 0);
}

/* An urgent commit runs before an older queued one, which must not undo it. */
static void test_overtaken_job_changes_nothing(void **state)
{
	struct server_key k = srv(80, 1);
	struct service_key key = vs(80);

	(void)state;
	put(80, 1, 2, false);
	commit();
	set_only_weight(&k, 5);
	ipvs_commit(engine, LOOP_QUEUED);
	world_run_loop();
	set_only_weight(&k, 6);
	ipvs_commit(engine, LOOP_URGENT);
	assert_int_equal(world_jobs(), 2);
	assert_true(world_run_job());
	assert_int_equal(weight(80, 1), 6);
	assert_true(world_run_job());
	assert_int_equal(weight(80, 1), 6);
	world_run(USEC_PER_MS);
	assert_true(server_report(80, 1).in_kernel);
	set_only_weight(&k, 7);
	ipvs_commit(engine, LOOP_QUEUED);
	world_run_loop();
	ipvs_service_remove(engine, &key);
	ipvs_commit(engine, LOOP_URGENT);
	world_run(2 * PERIOD);
	assert_null(world_service(&key));
}

static void test_many(void **state)
{
	(void)state;
	for (uint16_t p = 1; p <= 1000; p++)
		put(p, 1, 10, true);
	ipvs_commit(engine, LOOP_QUEUED);
	world_run(USEC_PER_SEC);
	assert_int_equal(world.ops, 11000);
	assert_int_equal(seen.made, 1000);
	assert_true(server_report(1000, 10).in_kernel);
	world.ops = world.dest_lists = 0;
	world_run(PERIOD);
	assert_int_equal(world.ops, 0);
	assert_int_equal(world.dest_lists, 1000);
	for (uint16_t p = 1; p <= 1000; p++) {
		struct service_key key = vs(p);

		ipvs_service_role(engine, &key, IPVS_ROLE_BACKUP);
	}
	ipvs_commit(engine, LOOP_URGENT);
	assert_int_equal(world_jobs(), 4);
	world_run(USEC_PER_SEC);
	assert_int_equal(world.ops, 10000);
	assert_int_equal(weight(500, 5), 0);
}

/* A large table is being filled until the answer to its last word, however few go with it; a change of one service is no filling. */
static void test_filling_ends_with_the_last_answer(void **state)
{
	(void)state;
	for (uint16_t p = 1; p <= 100; p++)
		put(p, 1, 10, false);
	assert_false(ipvs_is_filling(engine));
	ipvs_commit(engine, LOOP_QUEUED);
	world_run_loop();
	for (size_t left = world_jobs(); left > 0; left--) {
		assert_true(ipvs_is_filling(engine));
		assert_true(world_run_job());
		if (left > 1)
			world_run_loop();
	}
	assert_true(ipvs_is_filling(engine)); /* it is not read yet */
	world_run_loop();
	assert_false(ipvs_is_filling(engine));
	verdict(7, 3, false);
	ipvs_commit(engine, LOOP_QUEUED);
	world_run_loop();
	assert_int_equal(world_jobs(), 1);
	assert_false(ipvs_is_filling(engine));
	world_run(USEC_PER_SEC);
}

/* Freed before the kernel thread ends, or after it, with jobs in every stage: nothing leaks, nothing is used after. */
static void test_free_in_either_order(void **state)
{
	(void)state;
	for (int stage = 0; stage < 4; stage++) {
		put(80, 1, 2, false);
		ipvs_commit(engine, LOOP_URGENT);
		if (stage & 1)
			world_run_job();
		if (stage & 2)
			world_drop_jobs();
		ipvs_free(engine);
		world_run_loop();
		world_reset();
		start(NULL, 0);
	}
}

static void on_withdrawn(void *user)
{
	*(bool *)user = true;
}

static void test_withdraw(void **state)
{
	struct service_key foreign = vs(90);
	bool done = false;

	(void)state;
	ipvs_table_add(&world.kernel, ipvs_entry_new(&foreign));
	put(80, 1, 2, false);
	put(81, 1, 2, false);
	commit();
	ipvs_withdraw(engine, on_withdrawn, &done);
	assert_false(done);
	world_run(USEC_PER_MS);
	assert_true(done);
	assert_int_equal(world.kernel.n, 1);
	assert_non_null(world_service(&foreign));
	assert_int_equal(seen.unmade, 2);
	verdict(80, 1, false);
	commit();
	world_run(3 * PERIOD);
	assert_int_equal(world.kernel.n, 1);
}

/* What a director that is a real server itself keeps, so that its own connections go on; a MASTER never keeps anything. */
static void test_withdraw_keeps_local_backups(void **state)
{
	bool done = false;

	(void)state;
	world.local = rs(1).addr;
	put(80, 1, 2, true);  /* server 1 is on this host */
	put(81, 3, 2, true);  /* none is */
	put(82, 1, 2, false); /* follows no router */
	put(83, 1, 2, true);
	for (uint16_t port = 80; port < 83; port++) {
		struct service_key k = vs(port);

		ipvs_service_role(engine, &k, IPVS_ROLE_BACKUP);
	}
	struct service_key master = vs(83);

	ipvs_service_role(engine, &master, IPVS_ROLE_MASTER);
	commit();
	ipvs_withdraw(engine, on_withdrawn, &done);
	world_run(USEC_PER_MS);
	assert_true(done);
	assert_int_equal(world.kernel.n, 1);
	assert_int_equal(weight(80, 1), 1);
	assert_int_equal(weight(80, 2), 0);
}

/* lvs_flush_on_stop VS: that one goes, too, and a foreign one stays. */
static void test_withdraw_what_is_configured(void **state)
{
	const struct ipvs_settings s = { .at_stop = IPVS_STOP_CONFIGURED };
	struct service_key foreign = vs(90), k = vs(80);
	bool done = false;

	(void)state;
	world.local = rs(1).addr;
	ipvs_table_add(&world.kernel, ipvs_entry_new(&foreign));
	ipvs_configure(engine, &s);
	put(80, 1, 2, true);
	ipvs_service_role(engine, &k, IPVS_ROLE_BACKUP);
	commit();
	ipvs_withdraw(engine, on_withdrawn, &done);
	world_run(USEC_PER_MS);
	assert_true(done);
	assert_int_equal(world.kernel.n, 1);
	assert_non_null(world_service(&foreign));
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_first_commit_makes_the_table),
		T(test_adoption_does_nothing),
		T(test_nothing_is_committed_while_held),
		T(test_held_and_withdrawn),
		T(test_reports_in_portions),
		T(test_order_of_the_file),
		T(test_orphans_go_and_foreign_stays),
		T(test_verdicts_move_servers),
		T(test_role_changes_weights_of_what_is_elsewhere),
		T(test_override_survives_a_reload),
		T(test_removed_service_leaves),
		T(test_drift_is_repaired_and_counted),
		T(test_overtaken_job_changes_nothing),
		T(test_many),
		T(test_filling_ends_with_the_last_answer),
		T(test_free_in_either_order),
		T(test_withdraw),
		T(test_withdraw_keeps_local_backups),
		T(test_withdraw_what_is_configured),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
