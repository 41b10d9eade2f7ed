/*
 * The engine over a simulated kernel: adoption, commits, drift, refusals, a kernel without IPVS, overtaking jobs, the sync daemon.
 */
#include "config.h"

#include "core/ipvs/services.h"

#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "core/base/log.h"
#include "core/base/text.h"
#include "tests/unit/ipvs_world.h"

#define PERIOD (30 * USEC_PER_SEC)

static struct ipvs *engine;
static struct { unsigned server, quorum, changed, made, unmade; enum ipvs_availability availability; } seen;

static void on_server(void *user, const struct server_key *k, enum ipvs_server_state from, enum ipvs_server_state to)
{
	(void)user;
	(void)k;
	assert_int_not_equal(from, to);
	seen.server++;
}

static void on_quorum(void *user, const struct service_key *k, bool up)
{
	(void)user;
	(void)k;
	(void)up;
	seen.quorum++;
}

static void on_changed(void *user, const struct service_key *k)
{
	(void)user;
	(void)k;
	seen.changed++;
}

static void on_availability(void *user, enum ipvs_availability a)
{
	(void)user;
	seen.availability = a;
}

static void on_made(void *user, const struct service_key *k, bool made)
{
	(void)user;
	(void)k;
	seen.made += made;
	seen.unmade += !made;
}

static const struct ipvs_observer observer = {
	.server = on_server, .quorum = on_quorum, .changed = on_changed, .availability = on_availability, .made = on_made,
};

static struct service_key vs(uint16_t port)
{
	return (struct service_key){ .family = AF_INET, .protocol = IPPROTO_TCP, .port = port, .addr = addr_v4(10, 0, 0, 1) };
}

static struct endpoint rs(uint16_t n)
{
	return (struct endpoint){ .addr = addr_v4(10, 1, (uint8_t)(n >> 8), (uint8_t)n), .port = 80 };
}

static struct server_key srv(uint16_t port, uint16_t n)
{
	return (struct server_key){ .service = vs(port), .server = rs(n) };
}

/* Servers first .. first + n - 1, weight 1, DR, sorry server 999, quorum 1. */
static void put(uint16_t port, uint16_t first, uint16_t n, bool role_aware)
{
	struct ipvs_server_conf *servers = calloc(n + 1u, sizeof(*servers));
	struct ipvs_service_conf c = { .key = vs(port), .quorum = 1, .servers = servers, .n_servers = n,
		.role_aware = role_aware, .has_sorry = true, .sorry = { .weight = 1, .method = IPVS_DR } };

	text_copy(c.scheduler, sizeof(c.scheduler), "rr");
	c.sorry.server = rs(999);
	for (uint16_t k = 0; k < n; k++) {
		servers[k].server = rs((uint16_t)(first + n - 1 - k)); /* in no order */
		servers[k].weight = 1;
		servers[k].method = IPVS_DR;
		servers[k].probed = true;
	}
	ipvs_service_put(engine, &c);
	free(servers);
}

static int32_t weight(uint16_t port, uint16_t n)
{
	struct service_key key = vs(port);
	struct endpoint at = rs(n);

	return world_weight(&key, &at);
}

static void start(const struct service_key *made, size_t n_made)
{
	memset(&seen, 0, sizeof(seen));
	engine = ipvs_new(NULL, NULL, NULL, &observer, PERIOD, made, n_made);
}

static int setup(void **state)
{
	(void)state;
	log_set_max(LOG_LVL_ERR);
	world_reset();
	start(NULL, 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	ipvs_free(engine);
	world_reset();
	return 0;
}

static void commit(void)
{
	ipvs_commit(engine, LOOP_QUEUED);
	world_run(USEC_PER_MS);
}

static struct ipvs_totals totals(void)
{
	struct ipvs_totals t;

	ipvs_get_totals(engine, &t);
	return t;
}

static struct ipvs_server_report server_report(uint16_t port, uint16_t n)
{
	struct server_key k = srv(port, n);
	struct ipvs_server_report r;

	assert_true(ipvs_server_report(engine, &k, &r));
	return r;
}

static struct ipvs_service_report service_report(uint16_t port)
{
	struct service_key k = vs(port);
	struct ipvs_service_report r;

	assert_true(ipvs_service_report(engine, &k, &r));
	return r;
}

static void verdict(uint16_t port, uint16_t n, bool up)
{
	struct server_key k = srv(port, n);

	ipvs_server_verdict(engine, &k, up);
}

/* ---- */

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
	put(80, 1, 2, true);
	ipvs_service_role(engine, &key, IPVS_ROLE_BACKUP);
	commit();
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
}

static void test_override_survives_a_reload(void **state)
{
	struct server_key k = srv(80, 1), sorry = srv(80, 999);

	(void)state;
	put(80, 1, 2, false);
	commit();
	assert_true(ipvs_server_set_weight(engine, &k, 7));
	assert_false(ipvs_server_set_weight(engine, &sorry, 7));
	assert_false(ipvs_server_set_weight(engine, &k, 65536));
	assert_false(ipvs_server_set_weight(engine, &k, -2));
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
	ipvs_server_set_weight(engine, &k, 0);
	assert_int_equal(server_report(80, 1).state, IPVS_RS_DRAINED);
	ipvs_server_set_weight(engine, &k, -1);
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

	(void)state;
	put(80, 1, 3, false);
	put(81, 1, 1, false);
	commit();
	world_run(2 * PERIOD);
	assert_int_equal(totals().repaired, 0);
	e = world_service(&key);
	e->dests[0].weight = 9;
	e->n = 2;
	world_run(PERIOD);
	assert_int_equal(weight(80, 1), 1);
	assert_int_equal(weight(80, 3), 1);
	assert_int_equal(totals().repaired, 2);
	ipvs_table_clear(&world.kernel);
	world_run(PERIOD);
	assert_int_equal(weight(80, 3), 1);
	assert_int_equal(weight(81, 1), 1);
	assert_int_equal(totals().repaired, 8);
	assert_int_equal(totals().failures, 0);
}

static void on_done(void *user, int err)
{
	*(int *)user = err;
}

static void test_refused_server_is_told_and_tried_again(void **state)
{
	int answer = -1;

	(void)state;
	world.refuse = rs(2);
	world.refuse_err = EINVAL;
	put(80, 1, 3, false);
	ipvs_commit_then(engine, LOOP_QUEUED, on_done, &answer);
	assert_int_equal(answer, -1);
	world_run(USEC_PER_MS);
	assert_int_equal(answer, EINVAL);
	assert_int_equal(weight(80, 1), 1);
	assert_int_equal(weight(80, 3), 1);
	assert_int_equal(server_report(80, 2).kernel_error, EINVAL);
	assert_false(server_report(80, 2).in_kernel);
	assert_true(server_report(80, 1).in_kernel);
	assert_int_equal(service_report(80).kernel_error, EINVAL);
	world.ops = 0;
	world_run(60 * USEC_PER_SEC);
	assert_in_range(world.ops, 2, 10); /* tried again, not in a busy loop */
	world.refuse_err = 0;
	memset(&world.refuse, 0, sizeof(world.refuse));
	world_run(40 * USEC_PER_SEC);
	assert_int_equal(weight(80, 2), 1);
	assert_int_equal(server_report(80, 2).kernel_error, 0);
	assert_int_equal(service_report(80).kernel_error, 0);
	assert_int_equal(totals().repaired, 0);
}

static void test_refused_service_holds_up_no_other(void **state)
{
	struct service_key key = vs(80);
	int answer = -1;

	(void)state;
	text_copy(world.refuse_scheduler, sizeof(world.refuse_scheduler), "rr");
	world.refuse_err = ENOENT;
	put(80, 1, 2, false);
	ipvs_commit_then(engine, LOOP_QUEUED, on_done, &answer);
	world_run(USEC_PER_MS);
	assert_int_equal(answer, ENOENT);
	assert_false(service_report(80).in_kernel);
	assert_int_equal(service_report(80).kernel_error, ENOENT);
	assert_int_equal(seen.made, 0);
	world.refuse_scheduler[0] = '\0';
	world_run(2 * USEC_PER_SEC);
	assert_non_null(world_service(&key));
	assert_true(server_report(80, 2).in_kernel);
	assert_int_equal(seen.made, 1);
}

static void test_another_hand_was_faster(void **state)
{
	struct service_key key = vs(80);
	struct ipvs_entry *e;

	(void)state;
	put(81, 1, 1, false);
	commit();
	e = ipvs_entry_new(&key);
	text_copy(e->scheduler, sizeof(e->scheduler), "wlc");
	ipvs_table_add(&world.kernel, e);
	put(80, 1, 1, false);
	commit();
	world_run(2 * USEC_PER_SEC);
	assert_string_equal(world_service(&key)->scheduler, "rr");
	assert_int_equal(service_report(80).kernel_error, 0);
	assert_true(service_report(80).in_kernel);
}

static void test_without_ipvs(void **state)
{
	int answer = 0;

	(void)state;
	world.absent = true;
	put(80, 1, 2, false);
	ipvs_commit_then(engine, LOOP_QUEUED, on_done, &answer);
	world_run(20 * USEC_PER_SEC);
	assert_int_equal(answer, EOPNOTSUPP);
	assert_int_equal(seen.availability, IPVS_ABSENT);
	assert_in_range(world.lists, 3, 5);
	verdict(80, 1, false);
	commit();
	world.absent = false;
	world_run(6 * USEC_PER_SEC);
	assert_int_equal(seen.availability, IPVS_THERE);
	assert_int_equal(weight(80, 1), -1);
	assert_int_equal(weight(80, 2), 1);
	assert_true(server_report(80, 2).in_kernel);
	/* Out of reach and back with its table: rows say so, and nothing is done to it. */
	world.absent = true;
	world.ops = 0;
	world_run(PERIOD);
	assert_int_equal(seen.availability, IPVS_ABSENT);
	assert_false(server_report(80, 2).in_kernel);
	assert_false(service_report(80).in_kernel);
	world.absent = false;
	world_run(6 * USEC_PER_SEC);
	assert_int_equal(world.ops, 0);
	assert_true(service_report(80).in_kernel);
	assert_true(server_report(80, 2).in_kernel);
	/* Back with an empty one. */
	world.absent = true;
	ipvs_table_clear(&world.kernel);
	world_run(PERIOD);
	world.absent = false;
	world_run(6 * USEC_PER_SEC);
	assert_int_equal(weight(80, 2), 1);
	assert_int_equal(totals().repaired, 0);
}

/* An urgent commit runs before an older queued one, which must not undo it. */
static void test_overtaken_job_changes_nothing(void **state)
{
	struct server_key k = srv(80, 1);
	struct service_key key = vs(80);

	(void)state;
	put(80, 1, 2, false);
	commit();
	ipvs_server_set_weight(engine, &k, 5);
	ipvs_commit(engine, LOOP_QUEUED);
	world_run_loop();
	ipvs_server_set_weight(engine, &k, 6);
	ipvs_commit(engine, LOOP_URGENT);
	assert_int_equal(world_jobs(), 2);
	assert_true(world_run_job());
	assert_int_equal(weight(80, 1), 6);
	assert_true(world_run_job());
	assert_int_equal(weight(80, 1), 6);
	world_run(USEC_PER_MS);
	assert_true(server_report(80, 1).in_kernel);
	ipvs_server_set_weight(engine, &k, 7);
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

static struct ipvs_sync_conf sync_conf(const char *ifname, uint8_t id)
{
	struct ipvs_sync_conf c = { .enabled = true, .id = id };

	text_copy(c.ifname, sizeof(c.ifname), ifname);
	return c;
}

static void test_sync_daemon_halves(void **state)
{
	struct ipvs_sync_conf c = sync_conf("ens33", 51);

	(void)state;
	ipvs_sync_daemon(engine, &c, IPVS_ROLE_BACKUP);
	world_run(USEC_PER_MS);
	assert_int_equal(world.n_daemons, 1);
	assert_int_equal(world.daemons[0].half, IPVS_ROLE_BACKUP);
	ipvs_sync_daemon(engine, &c, IPVS_ROLE_BACKUP);
	world_run(USEC_PER_MS);
	assert_int_equal(world.daemon_ops, 1);
	ipvs_sync_daemon(engine, &c, IPVS_ROLE_MASTER);
	world_run(USEC_PER_MS);
	assert_int_equal(world.daemon_ops, 3);
	assert_int_equal(world.n_daemons, 1);
	assert_int_equal(world.daemons[0].half, IPVS_ROLE_MASTER);
	c.id = 52;
	ipvs_sync_daemon(engine, &c, IPVS_ROLE_MASTER);
	world_run(USEC_PER_MS);
	assert_int_equal(world.daemons[0].conf.id, 52);
	ipvs_sync_daemon(engine, &c, IPVS_ROLE_NONE);
	world_run(USEC_PER_MS);
	assert_int_equal(world.n_daemons, 0);
}

static void test_sync_daemon_of_another_hand(void **state)
{
	struct ipvs_sync_conf c = sync_conf("ens33", 51), none = { 0 };

	(void)state;
	world.daemons[0] = (struct ipvs_nl_daemon){ .half = IPVS_ROLE_BACKUP, .conf = sync_conf("eth9", 3) };
	world.n_daemons = 1;
	ipvs_sync_daemon(engine, &none, IPVS_ROLE_MASTER);
	world_run(USEC_PER_MS);
	assert_int_equal(world.n_daemons, 1);
	ipvs_sync_daemon(engine, &c, IPVS_ROLE_MASTER);
	world_run(USEC_PER_MS);
	assert_int_equal(world.n_daemons, 2);
	assert_string_equal(world.daemons[0].conf.ifname, "eth9");
	/* Adopted: the same half, with what the kernel filled in. */
	world.n_daemons = 1;
	world.daemons[0] = (struct ipvs_nl_daemon){ .half = IPVS_ROLE_MASTER, .conf = c };
	world.daemons[0].conf.port = 8848;
	world.daemons[0].conf.ttl = 1;
	world.daemon_ops = 0;
	ipvs_sync_daemon(engine, &c, IPVS_ROLE_MASTER);
	world_run(USEC_PER_MS);
	assert_int_equal(world.daemon_ops, 0);
}

static void test_sync_daemon_waits_for_ipvs(void **state)
{
	struct ipvs_sync_conf c = sync_conf("ens33", 51);

	(void)state;
	world.absent = true;
	ipvs_sync_daemon(engine, &c, IPVS_ROLE_MASTER);
	world_run(USEC_PER_SEC);
	world.absent = false;
	world_run(6 * USEC_PER_SEC);
	assert_int_equal(world.n_daemons, 1);
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_first_commit_makes_the_table),
		T(test_adoption_does_nothing),
		T(test_orphans_go_and_foreign_stays),
		T(test_verdicts_move_servers),
		T(test_role_changes_weights_of_what_is_elsewhere),
		T(test_override_survives_a_reload),
		T(test_removed_service_leaves),
		T(test_drift_is_repaired_and_counted),
		T(test_refused_server_is_told_and_tried_again),
		T(test_refused_service_holds_up_no_other),
		T(test_another_hand_was_faster),
		T(test_without_ipvs),
		T(test_overtaken_job_changes_nothing),
		T(test_many),
		T(test_withdraw),
		T(test_sync_daemon_halves),
		T(test_sync_daemon_of_another_hand),
		T(test_sync_daemon_waits_for_ipvs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
