/*
 * The engine when the kernel says no: refused operations, another hand's table, no IPVS at all; and the sync daemon's halves.
 */
#include "config.h"

#include "tests/unit/ipvs_fixture.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "core/base/text.h"

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
	c.both = true; /* the MASTER half stays, the other one comes */
	world.daemon_ops = 0;
	ipvs_sync_daemon(engine, &c, IPVS_ROLE_NONE);
	world_run(USEC_PER_MS);
	assert_int_equal(world.n_daemons, 2);
	assert_int_equal(world.daemon_ops, 1);
	c.both = false;
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
		T(test_refused_server_is_told_and_tried_again),
		T(test_refused_service_holds_up_no_other),
		T(test_another_hand_was_faster),
		T(test_without_ipvs),
		T(test_sync_daemon_halves),
		T(test_sync_daemon_of_another_hand),
		T(test_sync_daemon_waits_for_ipvs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
