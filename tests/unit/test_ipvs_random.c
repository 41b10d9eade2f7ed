/*
 * The engine under random histories from fixed seeds: reloads, verdicts, weights, another hand, refusals and a vanishing kernel, in any
 * interleaving with the kernel thread and the loop. When all is left in peace the kernel has what is configured and what is foreign, the
 * rows say so, and the set of services said to be ours is the set that is there.
 */
#include "config.h"

#include "tests/unit/ipvs_fixture.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "core/base/log.h"
#include "core/base/text.h"

#define SERVICES 5
#define SERVERS 4
#define FOREIGN 90

static uint32_t seed, history;

/* What the history says, kept beside the engine. */
static struct {
	bool there;
	uint16_t n;            /* servers 1..n are configured */
	bool down[SERVERS + 1];
	int32_t set[SERVERS + 1];
} told[SERVICES];
static bool ours[SERVICES];

static uint32_t rnd(uint32_t below)
{
	seed = seed * 1664525u + 1013904223u;
	return (uint32_t)(((uint64_t)(seed >> 8) * below) >> 24);
}

static uint16_t port_of(uint32_t s)
{
	return (uint16_t)(80 + s);
}

static void forget_server(uint32_t s, uint16_t n)
{
	told[s].down[n] = false;
	told[s].set[n] = -1;
}

static void reload(uint32_t s)
{
	struct service_key key = vs(port_of(s));
	uint16_t n = (uint16_t)(1 + rnd(SERVERS)), was = told[s].there ? told[s].n : 0;

	if (told[s].there && rnd(3) == 0) {
		ipvs_service_remove(engine, &key);
		told[s].there = false;
		return;
	}
	put(port_of(s), 1, n, false);
	for (uint16_t k = 1; k <= SERVERS; k++)
		if (k > was || k > n)
			forget_server(s, k);
	told[s].there = true;
	told[s].n = n;
}

static void judge(uint32_t s)
{
	uint16_t n = (uint16_t)(1 + rnd(SERVERS));
	bool up = rnd(2);

	verdict(port_of(s), n, up);
	if (told[s].there && n <= told[s].n)
		told[s].down[n] = !up;
}

static void set_weight(uint32_t s)
{
	uint16_t n = (uint16_t)(1 + rnd(SERVERS));
	struct server_key k = srv(port_of(s), n);
	int32_t w = (int32_t)rnd(4) - 1;

	if (set_only_weight(&k, w))
		told[s].set[n] = w;
}

static void another_hand(uint32_t s)
{
	struct service_key key = vs(port_of(s));
	struct ipvs_entry *e = world_service(&key);
	struct endpoint at = rs(7);

	if (!e) {
		e = ipvs_entry_new(&key);
		text_copy(e->scheduler, sizeof(e->scheduler), "lc");
		ipvs_entry_normalise(e);
		/* A service that nobody wants stays another's: only ones that are wanted, or were ours, are of interest. */
		if (told[s].there && !ours[s])
			ipvs_table_add(&world.kernel, e);
		else
			ipvs_entry_free(e);
	} else if (e->n && rnd(2)) {
		e->n--;
	} else {
		ipvs_entry_add(e, &at)->weight = 3;
		ipvs_entry_sort(e);
	}
}

static void trouble(void)
{
	world.absent = rnd(4) == 0;
	world.refuse_err = EINVAL;
	memset(&world.refuse, 0, sizeof(world.refuse));
	if (rnd(2))
		world.refuse = rs((uint16_t)(1 + rnd(SERVERS)));
	text_copy(world.refuse_scheduler, sizeof(world.refuse_scheduler), rnd(3) ? "" : "rr");
	world.list_err = rnd(4) ? 0 : EBADMSG;
}

static void peace(void)
{
	world.absent = false;
	world.list_err = 0;
	memset(&world.refuse, 0, sizeof(world.refuse));
	world.refuse_scheduler[0] = '\0';
}

static void step(void)
{
	uint32_t s = rnd(SERVICES);

	switch (rnd(10)) {
	case 0: reload(s); break;
	case 1: case 2: judge(s); break;
	case 3: set_weight(s); break;
	case 4: another_hand(s); break;
	case 5: trouble(); break;
	case 6: ipvs_commit(engine, rnd(2) ? LOOP_URGENT : LOOP_QUEUED); break;
	case 7: world_run_job(); break;
	case 8: world_run_loop(); break;
	default: world_run(rnd(3) ? USEC_PER_MS : rnd(40) * USEC_PER_SEC); break;
	}
}

/* ---- what must be so in the end ---- */

static int32_t expected_weight(uint32_t s, uint16_t n, uint64_t sum)
{
	int32_t w = told[s].set[n] >= 0 ? told[s].set[n] : 1;

	if (n > told[s].n || told[s].down[n])
		return -1;
	return w && !sum ? -1 : w;
}

static void check_service(uint32_t s)
{
	struct service_key key = vs(port_of(s));
	const struct ipvs_entry *e = world_service(&key);
	uint64_t sum = 0;
	size_t n = 0;

	if (!told[s].there && !ours[s] && e && strcmp(e->scheduler, "lc") == 0)
		return; /* another hand's, and no longer wanted before it was adopted: left alone */
	if (told[s].there != (e != NULL) || ours[s] != told[s].there)
		fail_msg("history %u, service %u: wanted %d, there %d, ours %d", history, s, told[s].there, e != NULL, ours[s]);
	if (!e)
		return;
	assert_string_equal(e->scheduler, "rr");
	assert_true(service_report(port_of(s)).in_kernel);
	assert_int_equal(service_report(port_of(s)).kernel_error, 0);
	for (uint16_t k = 1; k <= told[s].n; k++)
		sum += told[s].down[k] ? 0 : (uint64_t)(told[s].set[k] >= 0 ? told[s].set[k] : 1);
	for (uint16_t k = 1; k <= SERVERS; k++) {
		int32_t w = expected_weight(s, k, sum);

		assert_int_equal(weight(port_of(s), k), w);
		n += w >= 0;
		if (k <= told[s].n)
			assert_int_equal(server_report(port_of(s), k).in_kernel, w >= 0);
	}
	assert_int_equal(weight(port_of(s), 999), sum ? -1 : 1);
	assert_int_equal(e->n, n + !sum);
}

static void on_made(void *user, const struct service_key *k, bool made)
{
	(void)user;
	assert_in_range(k->port, 80, 80 + SERVICES - 1);
	assert_int_not_equal(ours[k->port - 80], made);
	ours[k->port - 80] = made;
}

static void one_history(void)
{
	const struct ipvs_observer o = { .made = on_made };
	struct service_key foreign = vs(FOREIGN);

	memset(told, 0, sizeof(told));
	memset(ours, 0, sizeof(ours));
	world_reset();
	engine = ipvs_new(NULL, NULL, NULL, &o, PERIOD, NULL, 0);
	ipvs_table_add(&world.kernel, ipvs_entry_new(&foreign));
	for (int n = 0; n < 120; n++)
		step();
	peace();
	ipvs_commit(engine, LOOP_QUEUED);
	world_run(3 * PERIOD);
	world.ops = 0;
	for (uint32_t s = 0; s < SERVICES; s++)
		check_service(s);
	assert_non_null(world_service(&foreign));
	world_run(2 * PERIOD);
	assert_int_equal(world.ops, 0);
	ipvs_free(engine);
	world_reset();
}

static void test_histories(void **state)
{
	(void)state;
	for (uint32_t n = 1; n <= 3000; n++) {
		seed = history = n * 2654435761u;
		one_history();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_histories) };

	log_set_max(LOG_LVL_ERR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
