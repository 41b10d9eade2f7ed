/*
 * What a server's checkers say together, and what a new file leaves of it: core/uses.c over a pool, a kernel's table and a state
 * page that only note what they are told.
 */
#include "config.h"

#include "tests/unit/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/load.h"
#include "core/bind.h"
#include "core/runtime.h"

#define MAX 8

struct probe {
	struct probe_key key;
	usec_t interval;
	unsigned subscribers, subscribed; /* now; ever */
	struct probe_past past;
};

static struct {
	struct probe probes[MAX];
	size_t n_probes;
	unsigned verdicts;  /* told */
	bool up;
	int32_t conf_weight, weight;
	unsigned rows_gone, forgotten;
	struct probe_key known;
	struct probe_past past; /* of that one */
	bool knows;
} world;

/* ---- what core/uses.c calls ---- */

struct probe *probe_subscribe(struct probe_pool *p, const struct probe_conf *conf, void *subscription, const struct probe_past *past)
{
	struct probe_key key;
	struct probe *at;

	(void)p, (void)subscription;
	probe_key_of(conf, &key);
	for (at = world.probes; at < world.probes + world.n_probes; at++)
		if (probe_key_cmp(&at->key, &key) == 0)
			break;
	if (at == world.probes + world.n_probes) {
		assert_true(world.n_probes < MAX);
		world.n_probes++;
		at->key = key;
		at->past = past ? *past : (struct probe_past){ .down = false };
	}
	at->interval = conf->interval;
	at->subscribers++;
	at->subscribed++;
	return at;
}

void probe_unsubscribe(struct probe_pool *p, struct probe *probe, void *subscription)
{
	(void)p, (void)subscription;
	assert_true(probe->subscribers > 0);
	probe->subscribers--;
}

void probe_get_report(const struct probe *probe, struct probe_report *out)
{
	memset(out, 0, sizeof(*out));
	out->subscribers = probe->subscribers;
	out->weight = probe->past.weight;
}

void ipvs_server_verdict(struct ipvs *i, const struct server_key *k, bool up)
{
	(void)i, (void)k;
	world.verdicts++;
	world.up = up;
}

bool ipvs_server_report(const struct ipvs *i, const struct server_key *k, struct ipvs_server_report *out)
{
	(void)i, (void)k;
	memset(out, 0, sizeof(*out));
	out->conf_weight = world.conf_weight;
	return true;
}

bool ipvs_server_probe_weight(struct ipvs *i, const struct server_key *k, int32_t weight)
{
	(void)i, (void)k;
	world.weight = weight;
	return true;
}

struct probe_past state_probe_get(const struct state *s, const struct probe_key *k)
{
	(void)s;
	return world.knows && probe_key_cmp(k, &world.known) == 0 ? world.past : (struct probe_past){ .down = false };
}

void state_probe(struct state *s, const struct probe_key *k, const struct probe_past *found)
{
	(void)s, (void)k;
	world.forgotten += !found->down && found->weight.how == PROBE_WEIGHT_NONE;
}

bool view_del(struct view *v, enum view_kind kind, const void *key)
{
	(void)v, (void)key;
	world.rows_gone += kind == VIEW_PROBE;
	return true;
}

void publish_uses(struct rt_server *s)
{
	(void)s;
}

/* ---- a server with these checkers ---- */

struct bed {
	struct runtime rt;
	struct rt_service service;
	struct rt_server server;
	const struct conf *conf;
};

static void bed_load(struct bed *b, const char *checkers)
{
	struct conf_options o = { .config_id = "test" };
	struct diag *d = diag_new();
	const struct conf *before = b->conf;
	char text[2048];

	snprintf(text, sizeof(text), "virtual_server 172.25.0.200 80 {\n lb_algo rr\n lb_kind DR\n protocol TCP\n"
	         " real_server 172.25.0.33 80 {\n weight 10\n%s\n }\n}\n", checkers);
	b->conf = conf_parse("test.conf", text, strlen(text), &o, d);
	if (!b->conf)
		diag_print(d, stderr, false);
	assert_non_null(b->conf);
	diag_free(d);
	b->rt.conf = b->conf;
	uses_sync(&b->server, &b->conf->services[0].servers[0]);
	if (before)
		conf_free(before);
}

static void bed_make(struct bed *b, const char *checkers)
{
	memset(&world, 0, sizeof(world));
	world.conf_weight = 10;
	memset(b, 0, sizeof(*b));
	b->service.rt = &b->rt;
	b->server.service = &b->service;
	bed_load(b, checkers);
}

static void bed_end(struct bed *b)
{
	uses_drop(&b->server);
	assert_null(b->server.uses);
	for (size_t i = 0; i < world.n_probes; i++)
		assert_int_equal(world.probes[i].subscribers, 0);
	conf_free(b->conf);
}

/* The use of the checker on this port. */
static struct rt_use *use_of(struct bed *b, uint16_t port)
{
	struct rt_use *found = NULL;

	for (struct rt_use *u = b->server.uses; u; u = u->next)
		if (u->key.target.port == port)
			found = u;
	assert_non_null(found);
	return found;
}

/* As core/react.c hands a verdict on: '?' unknown, 'u' up, 'd' down. */
static void say(struct bed *b, uint16_t port, char what)
{
	struct rt_use *u = use_of(b, port);

	u->known = what != '?';
	u->up = what == 'u';
}

#define CHECK(port, more) "TCP_CHECK {\n connect_port " #port "\n connect_timeout 3\n " more "\n }\n"

/* ---- verdicts ---- */

static void test_verdicts(void **unused)
{
	static const struct {
		const char *alpha; /* of each of three checkers: 'a' or '-' */
		const char *says;
		char expect;       /* '-': nothing is said */
	} cases[] = {
		{ "---", "???", '-' }, { "---", "u??", '-' }, { "---", "uu?", '-' }, { "---", "uuu", 'u' },
		{ "---", "??d", 'd' }, { "---", "uud", 'd' }, { "---", "duu", 'd' }, { "---", "udu", 'd' }, { "---", "ddd", 'd' },
		/* alpha: the server waits for these, and for no others */
		{ "a--", "u??", 'u' }, { "a--", "?u?", '-' }, { "a--", "?uu", '-' }, { "a--", "u?d", 'd' }, { "a--", "d??", 'd' },
		{ "--a", "??u", 'u' }, { "--a", "uu?", '-' },
		{ "a-a", "u??", '-' }, { "a-a", "u?u", 'u' }, { "a-a", "uu?", '-' }, { "a-a", "u?d", 'd' },
		{ "aaa", "uu?", '-' }, { "aaa", "uuu", 'u' },
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *a = cases[i].alpha;
		char text[512], got;
		struct bed b;

		snprintf(text, sizeof(text), CHECK(81, "%s") CHECK(82, "%s") CHECK(83, "%s"), a[0] == 'a' ? "alpha" : "",
		         a[1] == 'a' ? "alpha" : "", a[2] == 'a' ? "alpha" : "");
		bed_make(&b, text);
		assert_int_equal(world.verdicts, 0);
		for (int k = 0; k < 3; k++)
			say(&b, (uint16_t)(81 + k), cases[i].says[k]);
		uses_fold(&b.server);
		got = world.verdicts == 0 ? '-' : world.up ? 'u' : 'd';
		if (got != cases[i].expect)
			fail_msg("alpha %s, they say %s: got %c, expected %c", a, cases[i].says, got, cases[i].expect);
		bed_end(&b);
	}
}

static void test_who_decides(void **unused)
{
	struct bed b;

	(void)unused;
	bed_make(&b, "");
	assert_null(uses_deciding(&b.server));
	uses_fold(&b.server);
	assert_int_equal(world.verdicts, 0);
	assert_int_equal(world.weight, -1);
	bed_end(&b);
	bed_make(&b, CHECK(81, "") CHECK(82, "") CHECK(83, ""));
	say(&b, 81, 'u');
	say(&b, 82, 'd');
	say(&b, 83, '?');
	assert_ptr_equal(uses_deciding(&b.server), use_of(&b, 82));
	say(&b, 82, 'u');
	assert_ptr_equal(uses_deciding(&b.server), b.server.uses);
	bed_end(&b);
}

/* ---- weights ---- */

static enum probe_weight_how how(char letter)
{
	return letter == 'S' ? PROBE_WEIGHT_SET : letter == 'P' ? PROBE_WEIGHT_PERCENT : letter == 'A' ? PROBE_WEIGHT_ADD : PROBE_WEIGHT_NONE;
}

static void test_weights(void **unused)
{
	static const struct {
		struct {
			char how; /* None, Set, Percent, Add */
			int32_t value;
		} w[3];
		int32_t expect;
	} cases[] = { /* configured: 10 */
		{ { { 'N', 0 }, { 'N', 0 }, { 'N', 0 } }, -1 },
		{ { { 'S', 7 }, { 'N', 0 }, { 'N', 0 } }, 7 },
		{ { { 'N', 0 }, { 'N', 0 }, { 'S', 0 } }, 0 },
		/* of several each moves it by as much as it would alone, as in keepalived */
		{ { { 'S', 7 }, { 'S', 15 }, { 'N', 0 } }, 12 },
		{ { { 'S', 0 }, { 'S', 0 }, { 'S', 10 } }, 0 },
		{ { { 'A', 5 }, { 'A', -3 }, { 'N', 0 } }, 12 },
		{ { { 'A', -50 }, { 'N', 0 }, { 'N', 0 } }, 0 },
		{ { { 'A', 70000 }, { 'N', 0 }, { 'N', 0 } }, 65535 },
		{ { { 'P', 50 }, { 'N', 0 }, { 'N', 0 } }, 5 },
		{ { { 'P', 200 }, { 'N', 0 }, { 'N', 0 } }, 20 },
		{ { { 'P', 0 }, { 'N', 0 }, { 'N', 0 } }, 0 },
		{ { { 'P', 1 }, { 'N', 0 }, { 'N', 0 } }, 1 },      /* a share that is left is no drain */
		{ { { 'P', 50 }, { 'P', 50 }, { 'N', 0 } }, 2 },
		/* whatever the order in the file: SET, then ADD, then PERCENT */
		{ { { 'P', 50 }, { 'A', 10 }, { 'S', 30 } }, 20 },
		{ { { 'S', 30 }, { 'A', 10 }, { 'P', 50 } }, 20 },
		{ { { 'A', 10 }, { 'P', 50 }, { 'S', 30 } }, 20 },
		{ { { 'A', 10 }, { 'P', 50 }, { 'N', 0 } }, 10 },
		{ { { 'A', INT32_MAX }, { 'A', INT32_MAX }, { 'P', 1000 } }, 65535 },
		{ { { 'A', INT32_MIN }, { 'A', INT32_MIN }, { 'P', 1000 } }, 0 },
	};
	struct bed b;

	(void)unused;
	bed_make(&b, CHECK(81, "") CHECK(82, "") CHECK(83, ""));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (int k = 0; k < 3; k++)
			use_of(&b, (uint16_t)(81 + k))->weight = (struct probe_weight){ how(cases[i].w[k].how), cases[i].w[k].value };
		uses_fold(&b.server);
		if (world.weight != cases[i].expect)
			fail_msg("row %zu: weight %d, expected %d", i, world.weight, cases[i].expect);
	}
	bed_end(&b);
}

#define AGENT(port, more) "AGENT_CHECK {\n connect_port " #port "\n connect_timeout 3\n " more "\n }\n"

/* What was given last stands until somebody who gives weights has spoken again. */
static void test_weight_stands(void **unused)
{
	struct bed b;

	(void)unused;
	bed_make(&b, CHECK(81, "") AGENT(82, ""));
	use_of(&b, 82)->weight = (struct probe_weight){ PROBE_WEIGHT_PERCENT, 50 };
	say(&b, 82, 'u');
	uses_fold(&b.server);
	assert_int_equal(world.weight, 5);
	b.service.suspended = true;
	bed_load(&b, CHECK(81, "") AGENT(82, ""));
	assert_int_equal(world.weight, 5);
	b.service.suspended = false;
	bed_load(&b, CHECK(81, "") AGENT(82, ""));
	assert_int_equal(world.weight, 5);
	bed_load(&b, CHECK(81, "") AGENT(82, "rise 2")); /* another recipe is another check */
	say(&b, 81, 'u');
	uses_fold(&b.server);
	assert_int_equal(world.weight, 5);
	say(&b, 82, 'u');
	uses_fold(&b.server);
	assert_int_equal(world.weight, -1);
	use_of(&b, 82)->weight = (struct probe_weight){ PROBE_WEIGHT_PERCENT, 50 };
	uses_fold(&b.server);
	assert_int_equal(world.weight, 5);
	b.service.suspended = true;
	bed_load(&b, ""); /* no check is left that could speak again */
	assert_int_equal(world.weight, -1);
	bed_end(&b);
}

/* What an agent said to a former life stands from the first moment, until it speaks again. */
static void test_weight_of_a_former_life(void **unused)
{
	struct bed b;

	(void)unused;
	bed_make(&b, CHECK(81, "") AGENT(82, ""));
	world.known = use_of(&b, 82)->key;
	world.past = (struct probe_past){ false, { PROBE_WEIGHT_PERCENT, 0 } };
	world.knows = true;
	uses_drop(&b.server);
	world.n_probes = 0;
	bed_load(&b, CHECK(81, "") AGENT(82, ""));
	assert_int_equal(world.weight, 0);
	assert_false(use_of(&b, 82)->known);
	say(&b, 81, 'u');
	uses_fold(&b.server);
	assert_int_equal(world.weight, 0);
	use_of(&b, 82)->weight = (struct probe_weight){ PROBE_WEIGHT_NONE, 0 };
	say(&b, 82, 'u');
	uses_fold(&b.server);
	assert_int_equal(world.weight, -1);
	bed_end(&b);
}

/* ---- a new file ---- */

static void test_reload_keeps(void **unused)
{
	struct bed b;
	struct rt_use *kept;

	(void)unused;
	bed_make(&b, CHECK(81, "delay_loop 6") CHECK(82, ""));
	kept = use_of(&b, 81);
	say(&b, 81, 'd');
	say(&b, 82, 'u');
	kept->weight = (struct probe_weight){ PROBE_WEIGHT_SET, 3 };
	assert_int_equal(world.n_probes, 2);

	/* the same file again: nothing is asked of the pool */
	bed_load(&b, CHECK(81, "delay_loop 6") CHECK(82, ""));
	assert_ptr_equal(use_of(&b, 81), kept);
	assert_int_equal(world.probes[0].subscribed, 1);
	assert_int_equal(world.probes[1].subscribed, 1);
	assert_false(world.up);
	assert_int_equal(world.weight, 3);

	/* another interval: subscribed anew before the old goes, so that the probe lives on with its verdict */
	bed_load(&b, CHECK(81, "delay_loop 2") CHECK(82, ""));
	assert_ptr_equal(use_of(&b, 81), kept);
	assert_true(kept->known && !kept->up);
	assert_int_equal(world.probes[0].subscribed, 2);
	assert_int_equal(world.probes[0].subscribers, 1);
	assert_true(world.probes[0].interval == 2 * USEC_PER_SEC);
	assert_int_equal(world.n_probes, 2);
	bed_load(&b, CHECK(81, "delay_loop 2") CHECK(82, ""));
	assert_int_equal(world.probes[0].subscribed, 2);

	/* another recipe is another probe, of which nothing is known; what is known of the others stays */
	bed_load(&b, CHECK(81, "connect_timeout 4") CHECK(82, ""));
	assert_int_equal(world.n_probes, 3);
	assert_int_equal(world.probes[0].subscribers, 0);
	assert_int_equal(world.rows_gone, 1);
	assert_int_equal(world.forgotten, 1);
	assert_false(use_of(&b, 81)->known);
	assert_true(use_of(&b, 82)->up);
	assert_int_equal(world.weight, -1);
	bed_end(&b);
}

/* What said down is gone: the others say what the server is. */
static void test_checker_removed(void **unused)
{
	struct bed b;

	(void)unused;
	bed_make(&b, CHECK(81, "") CHECK(82, "alpha"));
	say(&b, 81, 'd');
	say(&b, 82, 'u');
	uses_fold(&b.server);
	assert_false(world.up);
	bed_load(&b, CHECK(82, "alpha"));
	assert_true(world.up);
	/* alpha is taken from the new file, too */
	assert_true(use_of(&b, 82)->alpha);
	bed_load(&b, CHECK(82, ""));
	assert_false(use_of(&b, 82)->alpha);
	bed_end(&b);
}

/* Others use the probe as well: its row and what the state page says of it stay when this server goes. */
static void test_shared(void **unused)
{
	struct bed b;
	struct probe_conf pc;

	(void)unused;
	bed_make(&b, CHECK(81, ""));
	assert_true(bind_probe(b.conf, NULL, &b.conf->services[0].servers[0].checkers[0], &pc));
	probe_subscribe(NULL, &pc, &pc, NULL);
	bind_probe_free(&pc);
	assert_int_equal(world.n_probes, 1);
	bed_load(&b, "");
	assert_int_equal(world.probes[0].subscribers, 1);
	assert_int_equal(world.rows_gone, 0);
	assert_int_equal(world.forgotten, 0);
	world.probes[0].subscribers = 0;
	bed_end(&b);
}

/* While the service is suspended nobody asks; a daemon that ends leaves the page as it is, for its next life. */
static void test_suspended_and_end(void **unused)
{
	struct bed b;

	(void)unused;
	bed_make(&b, CHECK(81, "") CHECK(82, ""));
	world.known = use_of(&b, 82)->key;
	world.past.down = world.knows = true;
	b.service.suspended = true;
	bed_load(&b, CHECK(81, "") CHECK(82, ""));
	assert_null(b.server.uses);
	b.service.suspended = false;
	world.n_probes = 0;
	bed_load(&b, CHECK(81, "") CHECK(82, ""));
	assert_false(world.probes[0].past.down);
	assert_true(world.probes[1].past.down);
	world.forgotten = 0;
	b.rt.stop_wanted = true;
	bed_end(&b);
	assert_int_equal(world.forgotten, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_verdicts),
		cmocka_unit_test(test_who_decides),
		cmocka_unit_test(test_weights),
		cmocka_unit_test(test_weight_stands),
		cmocka_unit_test(test_weight_of_a_former_life),
		cmocka_unit_test(test_reload_keeps),
		cmocka_unit_test(test_checker_removed),
		cmocka_unit_test(test_shared),
		cmocka_unit_test(test_suspended_and_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
