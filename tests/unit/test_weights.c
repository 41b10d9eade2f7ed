/*
 * Transactions of weights against a kernel that answers when the test says so: several about one server, taken back in any order,
 * over a reload, and more than the kernel takes. What is kept and what core/ipvs is told must be the same in the end.
 */
#include "config.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <netinet/in.h>

#include "core/base/text.h"
#include "core/runtime.h"

#define N_WAITING 256

static char path[] = "/tmp/regent-weights-XXXXXX";
static struct runtime rt;
static struct agent_link_owner owner;
static struct rt_service service;
static struct rt_server server;
static int32_t told; /* core/ipvs has this weight of the server */
static struct ipvs_setting told_all;
static struct ipvs_server_report model; /* of the server */
static struct {
	void (*done)(void *user, int err);
	void *user;
} waiting[N_WAITING];
static size_t n_waiting;
static enum wire_set_error result;

/* ---- the rooms around ---- */

bool ipvs_server_set(struct ipvs *i, const struct server_key *k, const struct ipvs_setting *s)
{
	(void)i;
	assert_int_equal(server_key_cmp(k, &server.key), 0);
	told = s->weight;
	told_all = *s;
	return true;
}

bool ipvs_server_report(const struct ipvs *i, const struct server_key *k, struct ipvs_server_report *out)
{
	(void)i;
	assert_int_equal(server_key_cmp(k, &server.key), 0);
	*out = model;
	return true;
}

void ipvs_commit(struct ipvs *i, enum loop_class cls)
{
	(void)i;
	(void)cls;
}

void ipvs_commit_then(struct ipvs *i, enum loop_class cls, void (*done)(void *user, int err), void *user)
{
	(void)i;
	(void)cls;
	assert_true(n_waiting < N_WAITING);
	waiting[n_waiting].done = done;
	waiting[n_waiting++].user = user;
}

void agent_link_set_result(struct agent_link *a, uint64_t number, enum wire_set_error error, uint32_t failed)
{
	(void)a;
	(void)number;
	(void)failed;
	result = error;
}

void agent_proc_ask_snmpd(struct agent_proc *p)
{
	(void)p;
}

void agent_proc_link_down(struct agent_proc *p)
{
	(void)p;
}

void publish_service(struct rt_service *s)
{
	(void)s;
}

/* ---- the stage ---- */

static int set_up(void **unused)
{
	static struct conf conf;
	static const struct conf_vs vs = { .name = "web" };

	(void)unused;
	memset(&rt, 0, sizeof(rt));
	memset(&server, 0, sizeof(server));
	memset(&service, 0, sizeof(service));
	n_waiting = 0;
	told = -1;
	text_copy(path, sizeof(path), "/tmp/regent-weights-XXXXXX");
	close(mkstemp(path));
	rt.conf = &conf;
	rt.loop = loop_new();
	rt.ring = ring_new(1);
	if (!rt.loop || !rt.ring || loop_workers_start(rt.loop, 1) != 0)
		return -1;
	rt.overrides = overrides_open(rt.loop, path);
	weights_init_owner(&rt, &owner);
	service.key.family = AF_INET;
	service.key.protocol = IPPROTO_TCP;
	service.key.addr = addr_v4(10, 0, 0, 1);
	service.key.port = 80;
	server.key.service = service.key;
	server.key.server.addr = addr_v4(10, 0, 0, 2);
	server.key.server.port = 80;
	service.conf = &vs;
	service.rt = &rt;
	settings_init(&rt);
	HASH_ADD(hh, rt.services, key, sizeof(service.key), &service);
	HASH_ADD(hh, service.servers, key, sizeof(server.key), &server);
	return 0;
}

static int tear_down(void **unused)
{
	(void)unused;
	HASH_CLEAR(hh, service.servers);
	HASH_CLEAR(hh, rt.services);
	weights_free(&rt);
	loop_free(rt.loop);
	overrides_close(rt.overrides);
	ring_free(rt.ring);
	return unlink(path);
}

static void set(uint64_t number, int32_t weight)
{
	const struct wire_set s = { .deadline = mono_now() + 60 * USEC_PER_SEC, .snmp = 1 };
	const struct wire_setting w = { .key = server.key, .value = weight };

	owner.set(owner.user, number, &s, &w, 1);
}

static void kernel_answers(size_t nth, int err)
{
	waiting[nth].done(waiting[nth].user, err);
}

static int32_t kept(void)
{
	const struct override_part *p = overrides_part(rt.overrides, &server.key, OVERRIDE_WEIGHT);

	return p ? p->value : -1;
}

static void assert_weight(int32_t want)
{
	assert_int_equal(kept(), want);
	assert_int_equal(told, want);
}

/* ---- cases ---- */

static void test_plain(void **unused)
{
	(void)unused;
	set(1, 5);
	assert_int_equal(kept(), -1); /* not before the kernel has it */
	kernel_answers(0, 0);
	assert_int_equal(result, WIRE_SET_OK);
	assert_weight(5);
	set(2, 6);
	kernel_answers(1, ENOENT);
	assert_int_equal(result, WIRE_SET_KERNEL);
	assert_weight(5);
	owner.undo(owner.user, 1);
	assert_weight(-1);
}

static void test_refused_one_leaves_the_other(void **unused)
{
	(void)unused;
	set(1, 5);
	set(2, 7);
	kernel_answers(0, 0);
	kernel_answers(1, ENOENT);
	assert_weight(5);
	set(3, 8);
	set(4, 9);
	kernel_answers(2, ENOENT);
	assert_int_equal(told, 9); /* the newer one is still under way */
	kernel_answers(3, 0);
	assert_weight(9);
}

static void test_undo_leaves_what_came_later(void **unused)
{
	(void)unused;
	set(1, 5);
	kernel_answers(0, 0);
	set(2, 7);
	kernel_answers(1, 0);
	owner.undo(owner.user, 1);
	assert_weight(7);
	owner.undo(owner.user, 2); /* back to what it found */
	assert_weight(5);
}

static void test_undo_before_the_answer(void **unused)
{
	(void)unused;
	set(1, 5);
	kernel_answers(0, 0);
	set(2, 7);
	owner.undo(owner.user, 2);
	kernel_answers(1, 0);
	assert_int_not_equal(result, WIRE_SET_OK);
	assert_weight(5);
}

static void test_reload_while_under_way(void **unused)
{
	(void)unused;
	set(1, 5);
	kernel_answers(0, 0);
	set(2, 7);
	settings_tell(&rt, &server.key);
	kernel_answers(1, 0);
	assert_weight(7);
}

static void test_flood_is_bounded(void **unused)
{
	(void)unused;
	for (uint64_t i = 1; i <= 200; i++)
		set(i, 1);
	assert_true(n_waiting < 100);
	assert_int_equal(result, WIRE_SET_LATE);
	for (size_t i = 0; i < n_waiting; i++)
		kernel_answers(i, 0);
	set(300, 3); /* never forgotten ones make room */
	assert_int_equal(n_waiting, 65);
	kernel_answers(64, 0);
	assert_weight(3);
}

static void set_what(uint64_t number, enum wire_what what, int32_t value, usec_t span, usec_t deadline)
{
	const struct wire_set s = { .deadline = mono_now() + 60 * USEC_PER_SEC };
	const struct wire_setting w = { .key = server.key, .what = what, .value = value, .span = span, .deadline = deadline };

	owner.set(owner.user, number, &s, &w, 1);
	if (n_waiting)
		kernel_answers(0, 0);
	n_waiting = 0;
}

/* Weight, drain and disable are apart; clearing one leaves the others; clearing all leaves nothing. */
static void test_kinds_are_apart(void **unused)
{
	const struct override_part *p;

	(void)unused;
	set_what(1, WIRE_WHAT_WEIGHT, 9, 0, 0);
	set_what(2, WIRE_WHAT_DRAIN, 1, 0, 600 * USEC_PER_SEC);
	set_what(3, WIRE_WHAT_DISABLE, 1, 3600 * USEC_PER_SEC, 0);
	assert_true(told_all.drain && told_all.disable && told_all.weight == 9 && !told_all.drained);
	assert_true(told_all.drain_until > mono_now() + 590 * USEC_PER_SEC && told_all.drain_until < mono_now() + 610 * USEC_PER_SEC);
	p = overrides_part(rt.overrides, &server.key, OVERRIDE_DISABLE);
	assert_string_equal(p->by, "uid 0");
	assert_true(p->until > wall_now() + 3590 * USEC_PER_SEC);
	assert_true(overrides_next_end(rt.overrides) == p->until);
	set_what(4, WIRE_WHAT_DRAIN, 0, 0, 0);
	assert_true(!told_all.drain && told_all.disable && told_all.weight == 9);
	owner.undo(owner.user, 4);
	assert_true(told_all.drain);
	set_what(5, WIRE_WHAT_ALL, -1, 0, 0);
	assert_true(!told_all.drain && !told_all.disable && told_all.weight == -1);
	assert_null(overrides_get(rt.overrides, &server.key));
	owner.undo(owner.user, 5);
	assert_true(told_all.drain && told_all.disable && told_all.weight == 9);
}

static void test_values_out_of_range(void **unused)
{
	static const struct {
		enum wire_what what;
		int32_t value;
	} bad[] = {
		{ WIRE_WHAT_WEIGHT, 65536 }, { WIRE_WHAT_WEIGHT, -2 }, { WIRE_WHAT_DRAIN, 2 }, { WIRE_WHAT_DRAIN, -1 },
		{ WIRE_WHAT_DISABLE, 3 }, { WIRE_WHAT_ALL, 0 }, { (enum wire_what)4, 0 },
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		set_what(i + 1, bad[i].what, bad[i].value, 0, 0);
		assert_int_equal(result, WIRE_SET_RANGE);
	}
	assert_null(overrides_get(rt.overrides, &server.key));
}

/* A drain's end is remembered, so that a restart does not begin it anew. */
static void test_drained_is_kept(void **unused)
{
	const struct ipvs_conns none = { .known = true };

	(void)unused;
	settings_drained(&rt, &server.key, &none); /* nothing is drained: nothing happens */
	assert_null(overrides_get(rt.overrides, &server.key));
	set_what(1, WIRE_WHAT_DRAIN, 1, 0, 0);
	settings_drained(&rt, &server.key, &none);
	settings_tell(&rt, &server.key);
	assert_true(told_all.drained);
}

static void stop_soon(void *user)
{
	(void)user;
	loop_stop(rt.loop);
}

static void test_time_ends_it(void **unused)
{
	struct loop_timer stop;

	(void)unused;
	set_what(1, WIRE_WHAT_WEIGHT, 9, 50 * USEC_PER_MS, 0);
	set_what(2, WIRE_WHAT_DISABLE, 1, 0, 0);
	assert_int_equal(kept(), 9);
	loop_timer_init(&stop, LOOP_QUEUED, stop_soon, NULL);
	loop_timer_set(rt.loop, &stop, mono_now() + 400 * USEC_PER_MS);
	loop_run(rt.loop);
	assert_weight(-1);
	assert_true(told_all.disable);
}

/* The wall clock is set, forward and back: "for an hour" is an hour all the same. What a former life has set ends by the clock, which
 * may have been wrong until it was set. */
static void test_clock_is_set(void **unused)
{
	static const int64_t steps[] = { 7200 * USEC_PER_SEC, -86400 * USEC_PER_SEC, -INT64_MAX, INT64_MAX };
	struct override_part old = { .on = true, .value = 7, .by = "uid 0", .wall = 1 };
	const struct override_part *disable, *drain;

	(void)unused;
	set_what(1, WIRE_WHAT_DISABLE, 1, 3600 * USEC_PER_SEC, 0);
	set_what(2, WIRE_WHAT_DRAIN, 1, 0, 600 * USEC_PER_SEC);
	old.until = wall_now() + 60 * USEC_PER_SEC;
	overrides_set(rt.overrides, &server.key, OVERRIDE_WEIGHT, &old);
	disable = overrides_part(rt.overrides, &server.key, OVERRIDE_DISABLE);
	drain = overrides_part(rt.overrides, &server.key, OVERRIDE_DRAIN);
	for (size_t i = 0; i < 2; i++) {
		int64_t until = disable->until, deadline = drain->deadline;

		settings_clock_set(&rt, steps[i]);
		assert_true(disable->until == until + steps[i] && disable->deadline == 0);
		assert_true(drain->deadline == deadline + steps[i] && drain->until == 0);
		assert_true(overrides_part(rt.overrides, &server.key, OVERRIDE_WEIGHT)->until == old.until);
		assert_true(told_all.drain && told_all.disable);
	}
	for (size_t i = 2; i < 4; i++) {
		settings_clock_set(&rt, steps[i]);
		assert_true(disable->until > 0 && drain->deadline > 0);
	}
}

static void test_memory(void **unused)
{
	static struct conf conf;

	(void)unused;
	rt.conf = &conf;
	set_what(1, WIRE_WHAT_WEIGHT, 9, 0, 0);
	conf.global.override_memory = CONF_MEMORY_FOREVER;
	settings_new_conf(&rt, true);
	assert_weight(9);
	conf.global.override_memory = CONF_MEMORY_RESTART;
	settings_new_conf(&rt, false);
	assert_weight(9);
	settings_new_conf(&rt, true);
	assert_weight(-1);
	set_what(2, WIRE_WHAT_WEIGHT, 8, 0, 0);
	conf.global.override_memory = CONF_MEMORY_RELOAD;
	settings_new_conf(&rt, false);
	assert_weight(-1);
}

/* The log goes to a file here. */
static size_t lines_of(const char *file)
{
	FILE *f = fopen(file, "r");
	size_t n = 0;
	int c;

	assert_non_null(f);
	while ((c = fgetc(f)) != EOF)
		n += c == '\n';
	fclose(f);
	return n;
}

static void test_flood_does_not_fill_the_log(void **unused)
{
	char file[] = "/tmp/regent-weights-log-XXXXXX";
	const struct log_target t = { .ident = "test", .file = file, .max = LOG_LVL_INFO };
	size_t lines;

	(void)unused;
	close(mkstemp(file));
	log_open(&t);
	for (uint64_t i = 1; i <= 5000; i++) {
		set(i, (int32_t)(i % 7));
		kernel_answers(0, i % 3 ? 0 : ENOENT);
		n_waiting = 0;
		owner.undo(owner.user, i);
	}
	log_close(0);
	lines = lines_of(file);
	unlink(file);
	assert_true(lines > 100 && lines < 1000);
}

/* A new weight of the file that changes nothing, since an operator has set one, is said; nothing else is. */
static void test_shadowed_is_said(void **unused)
{
	char file[] = "/tmp/regent-weights-log-XXXXXX";
	const struct log_target t = { .ident = "test", .file = file, .max = LOG_LVL_NOTICE };
	struct conf_rs now = { .server = server.key.server, .weight = 20 };
	size_t lines;

	(void)unused;
	set(1, 5);
	kernel_answers(0, 0);
	model = (struct ipvs_server_report){ .conf_weight = 10 };
	close(mkstemp(file));
	log_open(&t);
	settings_say_shadowed(&service, &now); /* the line */
	now.weight = 10;
	settings_say_shadowed(&service, &now); /* as before */
	now.weight = 20;
	model.sorry = true;
	settings_say_shadowed(&service, &now);
	model.sorry = false;
	now.server.port++;
	settings_say_shadowed(&service, &now); /* nobody set one of that */
	log_close(0);
	lines = lines_of(file);
	unlink(file);
	assert_int_equal(lines, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_plain, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_refused_one_leaves_the_other, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_undo_leaves_what_came_later, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_undo_before_the_answer, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_reload_while_under_way, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_kinds_are_apart, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_values_out_of_range, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_drained_is_kept, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_time_ends_it, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_clock_is_set, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_memory, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_flood_is_bounded, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_flood_does_not_fill_the_log, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_shadowed_is_said, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
