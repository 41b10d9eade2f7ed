/*
 * Groups of virtual servers: what kernel services an address list stands for, and what each of them takes from the group.
 */
#include "config.h"

#include "tests/unit/test.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "conf/load.h"

static struct diag *diag;

static const struct conf *parse(const char *text)
{
	struct conf_options o = { .config_id = "test" };

	diag_free(diag);
	diag = diag_new();
	return conf_parse("test.conf", text, strlen(text), &o, diag);
}

static const struct conf *group_of(const char *entries, const char *service)
{
	char text[2048];
	const struct conf *c;

	snprintf(text, sizeof(text), "virtual_server_group g {\n%s\n}\nvirtual_server group g {\n%s\n}\n", entries, service);
	c = parse(text);
	if (!c)
		diag_print(diag, stderr, false);
	assert_non_null(c);
	return c;
}

static void assert_key(const struct conf *c, size_t i, const char *want)
{
	char name[KEY_STRLEN];

	assert_true(i < c->n_expanded);
	assert_string_equal(service_key_format(&c->expanded[i].key, name), want);
}

#define NAT "protocol TCP\nreal_server 10.9.0.1 8080 {\n}\nreal_server 10.9.0.2 {\n TCP_CHECK {\n }\n}"
#define DR "protocol TCP\n lb_kind DR\nreal_server 10.9.0.1 80 {\n}"

static void test_lists(void **unused)
{
	static const struct {
		const char *entries;
		size_t n;
		const char *first, *last;
	} cases[] = {
		{ "10.0.0.1 80", 1, "[10.0.0.1]:tcp:80", "[10.0.0.1]:tcp:80" },
		{ "10.0.0.1-20 80", 20, "[10.0.0.1]:tcp:80", "[10.0.0.20]:tcp:80" },
		{ "10.0.0.254-10.0.1.1 80", 4, "[10.0.0.254]:tcp:80", "[10.0.1.1]:tcp:80" },
		{ "10.0.255.255-10.1.0.0 80", 2, "[10.0.255.255]:tcp:80", "[10.1.0.0]:tcp:80" },
		{ "255.255.255.254-255.255.255.255 80", 2, "[255.255.255.254]:tcp:80", "[255.255.255.255]:tcp:80" },
		{ "10.0.0.0/24 80", 256, "[10.0.0.0]:tcp:80", "[10.0.0.255]:tcp:80" },
		{ "10.0.0.0/16 80", 65536, "[10.0.0.0]:tcp:80", "[10.0.255.255]:tcp:80" },
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct conf *c = group_of(cases[i].entries, NAT);

		assert_int_equal(c->n_expanded, cases[i].n);
		assert_key(c, 0, cases[i].first);
		assert_key(c, c->n_expanded - 1, cases[i].last);
		for (size_t k = 0; k < c->n_expanded; k++) {
			assert_string_equal(c->expanded[k].group, "g");
			assert_string_equal(c->expanded[k].name, "g");
			assert_int_equal(c->expanded[k].leads_group, k == 0);
		}
		conf_free(c);
	}
}

static void test_ipv6_and_marks(void **unused)
{
	const struct conf *c = group_of("2001:db8::fffe-2001:db8::1:1 443\nfwmark 7\nfwmark 7 inet6",
	                                "protocol TCP\nlb_kind TUN\nreal_server 10.9.0.1 80 {\n}");

	(void)unused;
	assert_int_equal(c->n_expanded, 6);
	assert_key(c, 0, "[2001:db8::fffe]:tcp:443");
	assert_key(c, 3, "[2001:db8::1:1]:tcp:443");
	assert_int_equal(c->expanded[4].key.fwmark, 7);
	assert_int_equal(c->expanded[4].key.family, AF_INET); /* its servers' */
	assert_int_equal(c->expanded[4].servers[0].server.port, 0);
	assert_int_equal(c->expanded[5].key.family, AF_INET6);
	conf_free(c);
}

/* Without a word of it an address is for UDP, and -t says so once; a mark has no protocol to say. */
static void test_no_protocol(void **unused)
{
	const struct conf *c = group_of("10.0.0.1-10.0.0.2 53\nfwmark 7", "real_server 10.9.0.1 53 {\n}");

	(void)unused;
	assert_key(c, 0, "[10.0.0.1]:udp:53");
	assert_key(c, 1, "[10.0.0.2]:udp:53");
	assert_int_equal(c->expanded[2].key.protocol, 0);
	assert_int_equal(diag_warnings(diag), 1);
	conf_free(c);
	c = group_of("fwmark 7", "real_server 10.9.0.1 53 {\n}");
	assert_int_equal(diag_warnings(diag), 0);
	conf_free(c);
	c = parse("virtual_server 10.0.0.1 53 {\n real_server 10.9.0.1 53 {\n}\n ops\n}\n");
	assert_key(c, 0, "[10.0.0.1]:udp:53");
	assert_int_equal(diag_warnings(diag), 1);
	conf_free(c);
}

/* NAT keeps what a server says, where it says something; otherwise packets keep the address's port. Checks go there too. */
static void test_ports(void **unused)
{
	const struct conf *c = group_of("10.0.0.1 80\n10.0.0.2 443", NAT);

	(void)unused;
	assert_int_equal(c->expanded[0].servers[0].server.port, 8080);
	assert_int_equal(c->expanded[0].servers[1].server.port, 80);
	assert_int_equal(c->expanded[1].servers[0].server.port, 8080);
	assert_int_equal(c->expanded[1].servers[1].server.port, 443);
	assert_int_equal(c->expanded[1].servers[1].checkers[0].target.port, 443);
	conf_free(c);
	c = group_of("10.0.0.1 80\n10.0.0.2 443", DR);
	assert_int_equal(c->expanded[1].servers[0].server.port, 443);
	conf_free(c);
}

/* A server of the other family belongs to no address that it cannot serve. */
static void test_families(void **unused)
{
	const struct conf *c = group_of("10.0.0.1 80\n2001:db8::1 80", DR);

	(void)unused;
	assert_int_equal(c->n_expanded, 2);
	assert_int_equal(c->expanded[0].n_servers, 1);
	assert_int_equal(c->expanded[1].n_servers, 0);
	conf_free(c);
}

static void test_doubles_are_left_out(void **unused)
{
	const struct conf *c = parse("virtual_server 10.0.0.2 80 {\n protocol TCP\n real_server 10.9.0.9 80 {\n }\n}\n"
	                             "virtual_server_group g {\n 10.0.0.1-3 80\n 10.0.0.3-4 80\n}\n"
	                             "virtual_server group g {\n " DR "\n}\n");

	(void)unused;
	assert_non_null(c);
	assert_int_equal(c->n_services, 1);
	assert_int_equal(c->n_expanded, 4);
	assert_key(c, 0, "[10.0.0.2]:tcp:80");
	assert_null(c->expanded[0].group);
	assert_key(c, 1, "[10.0.0.1]:tcp:80");
	assert_key(c, 3, "[10.0.0.4]:tcp:80");
	assert_int_equal(diag_errors(diag), 0);
	conf_free(c);
}

/* Of a group one service speaks in events, also where its first is left out; of another group none takes its place. */
static void test_one_speaks(void **unused)
{
	const struct conf *c = parse("virtual_server 10.0.0.1 80 {\n protocol TCP\n real_server 10.9.0.9 80 {\n }\n}\n"
	                             "virtual_server 10.0.0.2 80 {\n protocol TCP\n real_server 10.9.0.9 80 {\n }\n}\n"
	                             "virtual_server_group g {\n 10.0.0.1-4 80\n}\nvirtual_server_group h {\n 10.0.0.4-5 80\n}\n"
	                             "virtual_server group g {\n " DR "\n}\nvirtual_server group h {\n " DR "\n}\n");
	static const bool leads[] = { false, false, true, false, true };

	(void)unused;
	assert_non_null(c);
	assert_int_equal(c->n_expanded, N_ELEMENTS(leads));
	assert_key(c, 2, "[10.0.0.3]:tcp:80");
	for (size_t i = 0; i < N_ELEMENTS(leads); i++)
		assert_int_equal(c->expanded[i].leads_group, leads[i]);
	conf_free(c);
}

static void test_bounds(void **unused)
{
	static const char *const bad[] = { "10.0.0.0/15 80", "0.0.0.0-255.255.255.255 80", "2001:db8::/64 80", "::/0 80",
	                                   "10.0.0.0/16 80\n10.1.0.0 80" };
	char text[512];

	(void)unused;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(text, sizeof(text), "virtual_server_group g {\n%s\n}\nvirtual_server group g {\n " DR "\n}\n", bad[i]);
		assert_null(parse(text));
		snprintf(text, sizeof(text), "virtual_server_group g {\n%s\n}\nvirtual_server 10.9.9.9 80 {\n " DR "\n}\n", bad[i]);
		const struct conf *c = parse(text); /* nobody uses it */

		assert_non_null(c);
		conf_free(c);
	}
}

static int end(void **unused)
{
	(void)unused;
	diag_free(diag);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_ipv6_and_marks),
		cmocka_unit_test(test_no_protocol),
		cmocka_unit_test(test_ports),
		cmocka_unit_test(test_families),
		cmocka_unit_test(test_doubles_are_left_out),
		cmocka_unit_test(test_one_speaks),
		cmocka_unit_test(test_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, end);
}
