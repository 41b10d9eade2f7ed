/*
 * Every answer of the kernel may be an error, wrong, cut off or missing: the table is what the model says once that has ended, other
 * hands' services are never touched, and nothing crashes. One fault of each kind at each request of a life, and spells of them.
 */
#include "config.h"

#include "tests/unit/test.h"

#include <errno.h>
#include <string.h>

#include "core/base/log.h"
#include "tests/unit/ipvs_fixture.h"

#define SETTLED (70 * USEC_PER_SEC) /* the longest pause between two tries, and a period */

static void add_foreign(void)
{
	struct service_key key = vs(7777);
	struct ipvs_entry *e = ipvs_entry_new(&key);
	struct endpoint at = rs(1);

	memcpy(e->scheduler, "rr", 3);
	ipvs_entry_normalise(e);
	ipvs_entry_add(e, &at)->weight = 5;
	ipvs_table_add(&world.kernel, e);
	ipvs_table_sort(&world.kernel);
}

/* What a former life left behind: one service that is wanted, with a server too many, and one that is not. */
static void leave_behind(void)
{
	static const uint16_t ports[] = { 80, 90 };

	for (size_t i = 0; i < 2; i++) {
		struct service_key key = vs(ports[i]);
		struct ipvs_entry *e = ipvs_entry_new(&key);
		struct endpoint a = rs(1), b = rs(77);

		memcpy(e->scheduler, "wlc", 4);
		ipvs_entry_normalise(e);
		ipvs_entry_add(e, &a)->weight = 9;
		ipvs_entry_add(e, &b)->weight = 9;
		ipvs_entry_sort(e);
		ipvs_table_add(&world.kernel, e);
	}
	ipvs_table_sort(&world.kernel);
}

/* The kernel's timers, and connection synchronisation: first as BACKUP, then as MASTER. */
static void settings(enum ipvs_role half)
{
	const struct ipvs_settings timers = { .tcp = 900, .tcpfin = 120, .udp = 300 };
	struct ipvs_sync_conf sync = { .enabled = true, .ifname = "ens33", .id = 51 };

	ipvs_configure(engine, &timers);
	ipvs_sync_daemon(engine, &sync, half);
}

static void life(void)
{
	const struct service_key made[] = { vs(80), vs(90) };
	struct ipvs_setting drain = { .weight = -1, .drain = true, .drain_until = USEC_NEVER };
	struct server_key k = srv(81, 3);
	struct service_key gone = vs(82);

	add_foreign();
	leave_behind();
	start(made, 2);
	settings(IPVS_ROLE_BACKUP);
	for (uint16_t port = 80; port < 83; port++)
		put(port, 1, 3, false);
	commit();
	for (uint16_t port = 80; port < 83; port++)
		for (uint16_t n = 1; n <= 3; n++)
			verdict(port, n, true);
	commit();
	verdict(80, 2, false);
	commit();
	ipvs_server_set(engine, &k, &drain);
	commit();
	settings(IPVS_ROLE_MASTER);
	ipvs_service_remove(engine, &gone);
	put(83, 1, 2, false);
	commit();
	world_run(5 * USEC_PER_SEC);
}

static void assert_as_wanted(const char *why, const struct world_fault *f)
{
	struct service_key foreign = vs(7777), gone[] = { vs(82), vs(90) };
	bool right = weight(80, 1) == 1 && weight(80, 2) == -1 && weight(80, 3) == 1 && weight(80, 77) == -1 && weight(81, 1) == 1 &&
	             weight(81, 2) == 1 && weight(81, 3) == -1 && weight(83, 1) == 1 && weight(83, 2) == 1 &&
	             weight(7777, 1) == 5 && world_service(&foreign) && !world_service(&gone[0]) && !world_service(&gone[1]) &&
	             server_report(80, 1).in_kernel && !server_report(80, 2).in_kernel && service_report(83).kernel_error == 0 &&
	             server_report(81, 3).drained && world.timeouts[0] == 900 && world.timeouts[1] == 120 &&
	             world.timeouts[2] == 300 && world.n_daemons == 1 && world.daemons[0].half == IPVS_ROLE_MASTER &&
	             world.daemons[0].conf.id == 51;

	if (!right)
		fail_msg("%s: request %u and %u more answered with %s%s: the table is not as wanted", why, f->first, f->n,
		         strerrorname_np(f->err), f->done ? ", done yet" : "");
}

static void try(const char *why, unsigned first, unsigned n, int err, bool done)
{
	if (done && err == EEXIST) /* says by itself that nothing was done */
		return;
	world_reset();
	world.fault = (struct world_fault){ first, n, err, done };
	life();
	world.fault.n = 0;
	world_run(SETTLED);
	assert_as_wanted(why, &(struct world_fault){ first, n, err, done });
	ipvs_free(engine);
	engine = NULL;
}

/* ENOMEM, ENOBUFS, EAGAIN: no room. ENOENT, EEXIST, ESRCH: it is not as we think. EBADMSG: truncated. ETIMEDOUT: none came.
 * EINTR: the table changed under the dump (NLM_F_DUMP_INTR) until patience ended. EPERM: a door was shut. */
static const int errors[] = { ENOMEM, ENOBUFS, EAGAIN, ENOENT, EEXIST, ESRCH, EBADMSG, ETIMEDOUT, EINTR, EPERM };

static unsigned requests_of_a_life(void)
{
	unsigned n;

	world_reset();
	life();
	world_run(SETTLED);
	n = world.requests;
	ipvs_free(engine);
	engine = NULL;
	return n;
}

static void test_one_fault_anywhere(void **unused)
{
	unsigned n = requests_of_a_life();

	(void)unused;
	assert_true(n > 20);
	for (size_t e = 0; e < N_ELEMENTS(errors); e++)
		for (unsigned at = 0; at < n; at++) {
			try("one fault", at, 1, errors[e], false);
			try("one fault", at, 1, errors[e], true);
		}
}

static void test_spells(void **unused)
{
	static const unsigned lengths[] = { 2, 5, 20, 1000000 };

	(void)unused;
	for (size_t e = 0; e < N_ELEMENTS(errors); e++)
		for (size_t l = 0; l < N_ELEMENTS(lengths); l++)
			for (unsigned at = 0; at < 30; at += 3) {
				try("spell", at, lengths[l], errors[e], false);
				try("spell", at, lengths[l], errors[e], true);
			}
}

static int quiet(void **unused)
{
	(void)unused;
	log_set_max(LOG_LVL_ERR);
	return 0;
}

static int end(void **unused)
{
	(void)unused;
	world_reset();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_fault_anywhere),
		cmocka_unit_test(test_spells),
	};

	return cmocka_run_group_tests(tests, quiet, end);
}
