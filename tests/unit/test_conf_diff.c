/*
 * The diff of two configurations: what an edit is told as, and that it says nothing exactly where two trees are the same.
 */
#include "config.h"

#include "tests/unit/test.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/diff.h"
#include "conf/load.h"
#include "conf/print.h"

#define TRACK "vrrp_script alive {\n script /bin/true\n}\n"
#define HEAD "vrrp_instance VI {\n interface eth0\n virtual_router_id 51\n"
#define VIPS " virtual_ipaddress {\n 10.0.0.1/24\n 10.0.0.2/24\n }\n"
#define SERVICE(more, servers) "virtual_server 10.0.0.1 80 {\n delay_loop 5\n protocol TCP\n" more servers "}\n"
#define RS(n, more) " real_server 10.1.0." n " 80 {\n" more " TCP_CHECK {\n }\n }\n"
#define BASE "global_defs {\n router_id one\n}\n" TRACK HEAD " priority 100\n" VIPS "}\n" SERVICE("", RS("1", "") RS("2", ""))
#define TAIL SERVICE("", RS("1", "") RS("2", ""))
#define TOP "global_defs {\n router_id one\n}\n"

static const struct conf *parse(const char *text)
{
	static const struct conf_options options = { .config_id = "me", .seed = 1 };
	struct diag *d = diag_new();
	const struct conf *c = conf_parse("test.conf", text, strlen(text), &options, d);

	if (!c)
		diag_print(d, stderr, false);
	assert_non_null(c);
	diag_free(d);
	return c;
}

/* "kind object in/name: what", a line each. */
static char *told(const struct conf_diff *d)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	for (size_t i = 0; i < d->n; i++) {
		const struct conf_change *c = &d->changes[i];

		fprintf(out, "%s %s%s%s%s%s%s%s\n", conf_change_name(c->kind), conf_object_name(c->object), *c->in ? " in " : "", c->in,
		        *c->name ? " " : "", c->name, *c->what ? ": " : "", c->what);
	}
	fclose(out);
	return text;
}

static const struct edit {
	const char *after, *told;
} edits[] = {
	{ BASE, "" },
	{ TOP TRACK HEAD " priority 150\n" VIPS "}\n" TAIL, "changed vrrp_instance VI (eth0/51/ipv4): priority 100 -> 150\n" },
	{ TOP TRACK HEAD " priority 100\n nopreempt\n advert_int 0.5\n version 3\n" VIPS "}\n" TAIL,
	  "changed vrrp_instance VI (eth0/51/ipv4): advert_int 1 -> 0.5, nopreempt off -> on, version\n" },
	{ TOP TRACK HEAD " priority 100\n authentication {\n auth_type PASS\n auth_pass secret\n }\n" VIPS "}\n" TAIL,
	  "changed vrrp_instance VI (eth0/51/ipv4): authentication\n" },
	{ TOP TRACK HEAD " priority 100\n virtual_ipaddress {\n 10.0.0.1/24\n 10.0.0.3/24\n }\n}\n" TAIL,
	  "removed virtual_ipaddress in VI (eth0/51/ipv4) 10.0.0.2/24\nadded virtual_ipaddress in VI (eth0/51/ipv4) 10.0.0.3/24\n" },
	{ TOP TRACK HEAD " priority 100\n virtual_ipaddress {\n 10.0.0.2/24\n 10.0.0.1/24\n }\n}\n" TAIL,
	  "changed vrrp_instance VI (eth0/51/ipv4): order of addresses\n" },
	{ TOP TRACK HEAD " priority 100\n virtual_ipaddress {\n 10.0.0.1/24 label eth0:1\n 10.0.0.2/24\n }\n}\n" TAIL,
	  "changed virtual_ipaddress in VI (eth0/51/ipv4) 10.0.0.1/24: label unset -> eth0:1\n" },
	{ TOP TRACK "vrrp_instance VI {\n interface eth1\n virtual_router_id 51\n priority 100\n" VIPS "}\n" TAIL,
	  "removed vrrp_instance VI (eth0/51/ipv4)\nremoved virtual_ipaddress in VI (eth0/51/ipv4) 10.0.0.1/24\n"
	  "removed virtual_ipaddress in VI (eth0/51/ipv4) 10.0.0.2/24\nadded vrrp_instance VI (eth1/51/ipv4)\n"
	  "added virtual_ipaddress in VI (eth1/51/ipv4) 10.0.0.1/24\nadded virtual_ipaddress in VI (eth1/51/ipv4) 10.0.0.2/24\n" },
	{ TOP TRACK HEAD " priority 100\n" VIPS "}\n" SERVICE("", RS("2", "") RS("1", " weight 7\n") RS("3", "")),
	  "changed real_server in [10.0.0.1]:tcp:80 [10.1.0.1]:80: weight 1 -> 7\n"
	  "added real_server in [10.0.0.1]:tcp:80 [10.1.0.3]:80\n" },
	{ TOP TRACK HEAD " priority 100\n" VIPS "}\n" SERVICE("", RS("2", "") RS("1", "")), "" },
	{ TOP TRACK HEAD " priority 100\n" VIPS "}\n" SERVICE(" lvs_sched rr\n quorum 2\n", RS("1", "") RS("2", "")),
	  "changed virtual_server [10.0.0.1]:tcp:80: quorum 1 -> 2, lvs_sched\n" },
	{ TOP TRACK HEAD " priority 100\n" VIPS "}\n" SERVICE("", RS("1", "") " real_server 10.1.0.2 80 {\n }\n"),
	  "changed real_server in [10.0.0.1]:tcp:80 [10.1.0.2]:80: checks\n" },
	{ TOP TRACK HEAD " priority 100\n" VIPS "}\n",
	  "removed virtual_server [10.0.0.1]:tcp:80\nremoved real_server in [10.0.0.1]:tcp:80 [10.1.0.1]:80\n"
	  "removed real_server in [10.0.0.1]:tcp:80 [10.1.0.2]:80\n" },
	{ "global_defs {\n router_id two\n}\nvrrp_script alive {\n script /bin/false\n}\n"
	  HEAD " priority 100\n" VIPS "}\n" TAIL,
	  "changed global_defs: router_id one -> two\nchanged vrrp_script alive: script\n" },
	{ TOP TRACK HEAD " priority 100\n" VIPS "}\n" TAIL
	  "vrrp_sync_group G {\n group {\n VI\n }\n}\nstatic_ipaddress {\n 10.9.0.1/24 dev eth0\n}\n",
	  "changed other static_ipaddress\nadded vrrp_sync_group G\n" },
	{ TOP TRACK HEAD " priority 100\n" VIPS "}\n" TAIL
	  "virtual_server_group A {\n 10.0.0.7 80\n}\nvirtual_server group A {\n protocol TCP\n" RS("1", "") "}\n",
	  "added virtual_server group A tcp\nadded real_server in group A tcp [10.1.0.1]:80\nadded virtual_server_group A\n" },
};

static void test_edits(void **state)
{
	const struct conf *before = parse(BASE);

	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(edits); i++) {
		const struct conf *after = parse(edits[i].after);
		struct conf_diff *d = conf_diff_make(before, after);
		char *text = told(d);

		assert_string_equal(text, edits[i].told);
		free(text);
		conf_diff_free(d);
		conf_free(after);
	}
	conf_free(before);
}

/* What is added one way is removed the other way, and what is changed is changed. */
static void test_both_ways(void **state)
{
	const struct conf *before = parse(BASE);

	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(edits); i++) {
		const struct conf *after = parse(edits[i].after);
		struct conf_diff *there = conf_diff_make(before, after), *back = conf_diff_make(after, before);

		for (int o = 0; o < CONF_OBJECTS; o++) {
			assert_int_equal(there->count[o][CONF_ADDED], back->count[o][CONF_REMOVED]);
			assert_int_equal(there->count[o][CONF_REMOVED], back->count[o][CONF_ADDED]);
			assert_int_equal(there->count[o][CONF_CHANGED], back->count[o][CONF_CHANGED]);
		}
		conf_diff_free(there);
		conf_diff_free(back);
		conf_free(after);
	}
	conf_free(before);
}

static void test_matches(void **state)
{
	const struct conf *a = parse(BASE "virtual_server 10.0.0.9 80 {\n" RS("1", "") "}\n");
	const struct conf *b = parse("virtual_server 10.0.0.9 80 {\n" RS("1", "") "}\n" BASE
	                             "virtual_server 10.0.0.5 80 {\n" RS("1", "") "}\n");
	struct conf_diff *d = conf_diff_make(a, b);

	(void)state;
	for (size_t i = 0; i < b->n_services; i++) {
		const struct conf_vs *old = d->expanded[i].old;

		if (old)
			assert_int_equal(service_key_cmp(&old->key, &b->services[i].key), 0);
	}
	assert_true(d->expanded[0].same && d->expanded[1].old);
	assert_null(d->expanded[2].old);
	assert_int_equal(d->n_vrrp_gone, 0);
	conf_diff_free(d);
	d = conf_diff_make(b, a);
	assert_int_equal(d->n_expanded_gone, 1);
	assert_int_equal(d->expanded_gone[0]->key.addr.bytes[3], 5);
	conf_diff_free(d);
	conf_free(a);
	conf_free(b);
}

static void test_summary(void **state)
{
	const struct conf *a = parse(BASE), *b = parse(edits[8].after);
	struct conf_diff *d = conf_diff_make(a, b);
	char buf[160];

	(void)state;
	assert_string_equal(conf_diff_summary(d, buf, sizeof(buf)), "real_server +1 -0 ~1");
	assert_int_equal(strlen(conf_diff_summary(d, buf, 8)), 7);
	conf_diff_free(d);
	d = conf_diff_make(a, a);
	assert_string_equal(conf_diff_summary(d, buf, sizeof(buf)), "nothing");
	conf_diff_free(d);
	conf_free(a);
	conf_free(b);
}

/* Over files that hold every construct: a tree against itself, and every tree against every other. */
static void test_files(void **state)
{
	const char *top = getenv("srcdir");
	const struct conf *all[64];
	size_t n = 0;
	char path[4096];
	struct dirent *e;

	(void)state;
	snprintf(path, sizeof(path), "%s/tests/conf/good", top ? top : ".");
	DIR *dir = opendir(path);

	assert_non_null(dir);
	while ((e = readdir(dir)) && n < N_ELEMENTS(all)) {
		struct diag *diag = diag_new();

		if (strstr(e->d_name, ".conf")) {
			snprintf(path, sizeof(path), "%s/tests/conf/good/%s", top ? top : ".", e->d_name);
			all[n] = conf_load(path, &(struct conf_options){ .config_id = strstr(path, "/no_id") ? NULL : "me", .seed = 1 }, diag);
			assert_non_null(all[n]);
			n++;
		}
		diag_free(diag);
	}
	closedir(dir);
	assert_true(n > 5);
	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; j < n; j++) {
			struct conf_diff *d = conf_diff_make(all[i], all[j]);

			assert_int_equal(d->n == 0, conf_equal(all[i], all[j]));
			conf_diff_free(d);
		}
	}
	for (size_t i = 0; i < n; i++)
		conf_free(all[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_edits),   cmocka_unit_test(test_both_ways), cmocka_unit_test(test_matches),
		cmocka_unit_test(test_summary), cmocka_unit_test(test_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
