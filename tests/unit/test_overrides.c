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

static struct server_key key_of(uint16_t port)
{
	struct server_key k;

	memset(&k, 0, sizeof(k));
	k.service.family = AF_INET;
	k.service.protocol = IPPROTO_TCP;
	k.service.addr = addr_v4(172, 25, 0, 200);
	k.service.port = 80;
	k.server.addr = addr_v4(172, 25, 0, 33);
	k.server.port = port;
	return k;
}

static struct override_part part(int32_t value, const char *by, int64_t wall)
{
	struct override_part p;

	memset(&p, 0, sizeof(p));
	p.on = true;
	p.value = value;
	p.wall = wall;
	text_copy(p.by, sizeof(p.by), by);
	return p;
}

static void assert_round_trip(const struct server_key *k, enum override_kind kind, const struct override_part *p)
{
	enum override_kind kind_back;
	struct override_part back;
	struct server_key key_back;
	char line[320];

	override_format(k, kind, p, line, sizeof(line));
	assert_true(override_parse(line, 2, &key_back, &kind_back, &back));
	assert_int_equal(server_key_cmp(k, &key_back), 0);
	assert_int_equal(kind, kind_back);
	assert_memory_equal(p, &back, sizeof(*p));
}

static void test_text_round_trip(void **unused)
{
	struct override_part p = part(65535, "uid 1000", 1795348800000000);
	struct server_key k = key_of(8080);
	char line[320];

	(void)unused;
	override_format(&k, OVERRIDE_WEIGHT, &p, line, sizeof(line));
	assert_string_equal(line, "4 6 172.25.0.200 80 0 172.25.0.33 8080 weight 65535 1795348800000000 0 0 uid 1000");
	assert_round_trip(&k, OVERRIDE_WEIGHT, &p);
	p = part(1, "snmp", 1795348800000000);
	p.until = 1795348900000000;
	p.deadline = 1795348800000001;
	assert_round_trip(&k, OVERRIDE_DRAIN, &p);
	memset(&k.service, 0, sizeof(k.service));
	k.service.family = AF_INET6;
	k.service.fwmark = 7;
	assert_true(addr_parse("2001:db8::1", &k.server.addr));
	p.value = 0;
	assert_round_trip(&k, OVERRIDE_DISABLE, &p);
}

static void test_version_1(void **unused)
{
	struct server_key key, want = key_of(80);
	enum override_kind kind;
	struct override_part p;

	(void)unused;
	assert_true(override_parse("4 6 172.25.0.200 80 0 172.25.0.33 80 5 1795348800000000 uid 0", 1, &key, &kind, &p));
	assert_int_equal(server_key_cmp(&key, &want), 0);
	assert_int_equal(kind, OVERRIDE_WEIGHT);
	assert_int_equal(p.value, 5);
	assert_string_equal(p.by, "uid 0");
	assert_true(p.on && !p.until && !p.deadline);
}

static void test_bad_lines_are_refused(void **unused)
{
	static const char *const bad[] = {
		"", "4", "regent-overrides 1",
		"5 6 172.25.0.200 80 0 172.25.0.33 80 weight 1 1 0 0 snmp",     /* no such family */
		"4 6 172.25.0.200 80 0 172.25.0.33 80 weight -1 1 0 0 snmp",    /* below the range */
		"4 6 172.25.0.200 80 0 172.25.0.33 80 weight 65536 1 0 0 snmp", /* above it */
		"4 6 172.25.0.200 80 0 172.25.0.33 80 drain 2 1 0 0 snmp",
		"4 6 172.25.0.200 80 0 172.25.0.33 80 drain 1 1 -1 0 snmp",
		"4 6 172.25.0.200 80 0 172.25.0.33 80 drain 1 1 0 -1 snmp",
		"4 6 172.25.0.200 80 0 172.25.0.33 80 sleep 1 1 0 0 snmp",
		"4 6 172.25.0.200 80 0 172.25.0.33 80 1 1 snmp",                /* version 1 in a file of version 2 */
		"4 6 172.25.0.200 65536 0 172.25.0.33 80 weight 1 1 0 0 snmp",
		"4 6 172.25.0 80 0 172.25.0.33 80 weight 1 1 0 0 snmp",
		"4 6 - 80 0 172.25.0.33 80 weight 1 1 0 0 snmp",                /* neither address nor mark */
		"4 6 172.25.0.200 80 7 172.25.0.33 80 weight 1 1 0 0 snmp",     /* both */
		"4 6 172.25.0.200 80 0 - 80 weight 1 1 0 0 snmp",
		"4 6 172.25.0.200 80 0 172.25.0.33 80 weight 1 1 0 0",
	};
	struct server_key key;
	enum override_kind kind;
	struct override_part p;

	(void)unused;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (override_parse(bad[i], 2, &key, &kind, &p))
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
	struct server_key a = key_of(80), b = key_of(81);
	struct override_part p = part(0, "snmp", 1);
	const struct override_part none = { .on = false };

	(void)unused;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/overrides", dir);
	loop = make_loop();
	struct overrides *o = overrides_open(loop, path);

	overrides_set(o, &a, OVERRIDE_DRAIN, &p);
	p = part(5, "uid 0", 2);
	overrides_set(o, &b, OVERRIDE_WEIGHT, &p);
	p.value = 7;
	p.until = 99;
	overrides_set(o, &b, OVERRIDE_WEIGHT, &p);
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
	assert_non_null(overrides_part(o, &a, OVERRIDE_DRAIN));
	assert_null(overrides_part(o, &a, OVERRIDE_WEIGHT));
	assert_int_equal(overrides_part(o, &b, OVERRIDE_WEIGHT)->value, 7);
	assert_string_equal(overrides_part(o, &b, OVERRIDE_WEIGHT)->by, "uid 0");
	assert_int_equal(overrides_next_end(o), 99);
	overrides_set(o, &a, OVERRIDE_DRAIN, &none);
	assert_null(overrides_get(o, &a));
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
		cmocka_unit_test(test_version_1),
		cmocka_unit_test(test_bad_lines_are_refused),
		cmocka_unit_test(test_outlives_the_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
