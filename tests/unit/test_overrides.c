/*
 * Overrides: the text says what was set and nothing else, a file outlives the process, and a broken line costs only itself.
 */
#include "config.h"

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
#include "core/overrides.h"

static struct override make(uint16_t port, int32_t weight)
{
	struct override v;

	memset(&v, 0, sizeof(v));
	v.key.service.family = AF_INET;
	v.key.service.protocol = IPPROTO_TCP;
	v.key.service.addr = addr_v4(172, 25, 0, 200);
	v.key.service.port = 80;
	v.key.server.addr = addr_v4(172, 25, 0, 33);
	v.key.server.port = port;
	v.weight = weight;
	v.wall = 1795348800000000;
	text_copy(v.by, sizeof(v.by), "uid 1000");
	return v;
}

static void test_text_round_trip(void **unused)
{
	struct override v = make(8080, 65535), back;
	char line[320];

	(void)unused;
	override_format(&v, line, sizeof(line));
	assert_string_equal(line, "4 6 172.25.0.200 80 0 172.25.0.33 8080 65535 1795348800000000 uid 1000");
	assert_true(override_parse(line, &back));
	assert_memory_equal(&v, &back, sizeof(v));

	memset(&v.key.service, 0, sizeof(v.key.service));
	v.key.service.family = AF_INET6;
	v.key.service.fwmark = 7;
	assert_true(addr_parse("2001:db8::1", &v.key.server.addr));
	override_format(&v, line, sizeof(line));
	assert_true(override_parse(line, &back));
	assert_memory_equal(&v, &back, sizeof(v));
}

static void test_bad_lines_are_refused(void **unused)
{
	static const char *const bad[] = {
		"", "4", "regent-overrides 1",
		"5 6 172.25.0.200 80 0 172.25.0.33 80 1 1 snmp",     /* no such family */
		"4 6 172.25.0.200 80 0 172.25.0.33 80 -1 1 snmp",    /* below the range */
		"4 6 172.25.0.200 80 0 172.25.0.33 80 65536 1 snmp", /* above it */
		"4 6 172.25.0.200 65536 0 172.25.0.33 80 1 1 snmp",
		"4 6 172.25.0 80 0 172.25.0.33 80 1 1 snmp",
		"4 6 - 80 0 172.25.0.33 80 1 1 snmp",                /* neither address nor mark */
		"4 6 172.25.0.200 80 7 172.25.0.33 80 1 1 snmp",     /* both */
		"4 6 172.25.0.200 80 0 - 80 1 1 snmp",
		"4 6 172.25.0.200 80 0 172.25.0.33 80 1 1",
	};
	struct override v;

	(void)unused;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (override_parse(bad[i], &v))
			fail_msg("taken: %s", bad[i]);
}

static struct loop *loop;
static struct loop_timer limit;


static struct loop *make_loop(void)
{
	struct loop *l = loop_new();

	assert_non_null(l);
	assert_int_equal(loop_workers_start(l, 1), 0);
	return l;
}

static void poll_written(void *user)
{
	const char *path = user;

	if (access(path, F_OK) == 0)
		loop_stop(loop);
	else
		loop_timer_set(loop, &limit, mono_now() + 10 * USEC_PER_MS);
}

static void test_outlives_the_process(void **unused)
{
	char dir[] = "/tmp/regent-overrides-XXXXXX", path[64];
	struct override a = make(80, 0), b = make(81, 5);

	(void)unused;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/overrides", dir);
	loop = make_loop();
	struct overrides *o = overrides_open(loop, path);

	overrides_set(o, &a.key, a.weight, "snmp", 1);
	overrides_set(o, &b.key, b.weight, "uid 0", 2);
	overrides_set(o, &b.key, 7, "uid 0", 3);
	assert_int_equal(overrides_count(o), 2);
	loop_timer_init(&limit, LOOP_QUEUED, poll_written, path);
	loop_timer_set(loop, &limit, mono_now());
	loop_run(loop);
	loop_free(loop);
	overrides_close(o);

	loop = make_loop();
	FILE *f = fopen(path, "a");

	fputs("this is no override\n", f);
	fclose(f);
	o = overrides_open(loop, path);
	assert_int_equal(overrides_count(o), 2);
	assert_int_equal(overrides_get(o, &a.key)->weight, 0);
	assert_int_equal(overrides_get(o, &b.key)->weight, 7);
	assert_string_equal(overrides_get(o, &b.key)->by, "uid 0");
	overrides_set(o, &a.key, -1, "snmp", 4);
	assert_null(overrides_get(o, &a.key));
	loop_free(loop);
	overrides_close(o);
	loop = make_loop();
	o = overrides_open(loop, path);
	assert_int_equal(overrides_count(o), 1);
	loop_free(loop);
	overrides_close(o);
	unlink(path);
	rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text_round_trip),
		cmocka_unit_test(test_bad_lines_are_refused),
		cmocka_unit_test(test_outlives_the_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
