/*
 * What is taken over, filled in and checked across blocks: values that a golden file does not show.
 */
#include "config.h"

#include "tests/unit/test.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "conf/load.h"

static const struct conf *read_text(const char *text, struct diag **diag)
{
	*diag = diag_new();
	return conf_parse("t", text, strlen(text), NULL, *diag);
}

static const struct conf *accepted(const char *text)
{
	struct diag *d;
	const struct conf *c = read_text(text, &d);

	if (!c)
		diag_print(d, stderr, false);
	assert_non_null(c);
	diag_free(d);
	return c;
}

static void assert_addr(const struct addr *a, const char *text)
{
	char buf[ADDR_STRLEN];

	assert_string_equal(addr_format(a, buf), text);
}

#define VRRP(rest) "vrrp_instance V {\ninterface eth0\nvirtual_router_id 1\n" rest "\n}\n"
#define VIP "virtual_ipaddress { 10.0.0.1 }\n"

static void test_defaults(void **state)
{
	const struct conf *c = accepted(VRRP(VIP));
	const struct conf_vrrp *v = &c->vrrp[0];

	(void)state;
	assert_int_equal(v->priority, 100);
	assert_int_equal(v->version, 2);
	assert_int_equal(v->advert_int, USEC_PER_SEC);
	assert_false(v->state_master);
	assert_true(v->accept);
	assert_int_equal(v->auth, CONF_AUTH_NONE);
	assert_addr(&v->mcast_group, "224.0.0.18");
	assert_false(addr_is_set(&v->key.where));
	assert_int_equal(v->place.line, 1);
	assert_int_equal(c->global.smtp_port, 25);
	assert_int_equal(c->global.smtp_timeout, 30 * USEC_PER_SEC);
	conf_free(c);
}

static void test_globals_after_instances(void **state)
{
	const struct conf *c = accepted(VRRP("garp_master_repeat 7\n" VIP)
	                                "global_defs {\nvrrp_version 3\nvrrp_garp_master_delay 9\n"
	                                "vrrp_garp_lower_prio_repeat 4\nvrrp_skip_check_adv_addr\n"
	                                "vrrp_mcast_group4 224.0.0.50\n}\n");
	const struct conf_vrrp *v = &c->vrrp[0];

	(void)state;
	assert_int_equal(v->version, 3);
	assert_int_equal(v->garp.master_delay, 9 * USEC_PER_SEC);
	assert_int_equal(v->garp.lower_prio_delay, 9 * USEC_PER_SEC);
	assert_int_equal(v->garp.master_repeat, 7);
	assert_int_equal(v->garp.lower_prio_repeat, 4);
	assert_true(v->skip_check_adv_addr);
	assert_addr(&v->key.where, "224.0.0.50");
	conf_free(c);
}

static void test_keys(void **state)
{
	const struct conf *c = accepted(
		"vrrp_instance a {\ninterface eth0\nvirtual_router_id 9\nvirtual_ipaddress { fe80::1 }\n}\n"
		"vrrp_instance b {\ninterface eth0\nvirtual_router_id 9\nunicast_src_ip 10.0.0.5\n"
		"unicast_peer { 10.0.0.6 }\n" VIP "}\n"
		"vrrp_instance c {\ninterface eth0\nvirtual_router_id 9\nmcast_src_ip 10.0.0.7\n" VIP "}\n");

	(void)state;
	assert_int_equal(c->vrrp[0].family, AF_INET6);
	assert_int_equal(c->vrrp[0].version, 3);
	assert_addr(&c->vrrp[0].mcast_group, "ff02::12");
	assert_false(addr_is_set(&c->vrrp[0].key.where));
	assert_addr(&c->vrrp[1].key.where, "10.0.0.5");
	assert_int_equal(c->vrrp[1].n_peers, 1);
	assert_addr(&c->vrrp[2].source, "10.0.0.7");
	assert_false(addr_is_set(&c->vrrp[2].key.where));
	conf_free(c);
}

static void test_addresses(void **state)
{
	const struct conf *c =
		accepted(VRRP("virtual_ipaddress {\n10.0.0.1/24 brd +\n10.0.0.2/24 brd -\n10.0.0.3/31 brd +\n"
	                  "10.0.0.4 scope link dev eth7 label eth7:x\n}\n"
	                  "virtual_ipaddress_excluded {\n2001:db8::1/64\n}"));
	const struct conf_vip *vips = c->vrrp[0].vips;

	(void)state;
	assert_int_equal(c->vrrp[0].n_vips, 5);
	assert_int_equal(c->vrrp[0].family, AF_INET);
	assert_addr(&vips[0].broadcast, "10.0.0.255");
	assert_addr(&vips[1].broadcast, "10.0.0.0");
	assert_false(addr_is_set(&vips[2].broadcast));
	assert_int_equal(vips[3].prefix.len, 32);
	assert_int_equal(vips[3].scope, 253);
	assert_string_equal(vips[3].dev, "eth7");
	assert_string_equal(vips[3].label, "eth7:x");
	assert_true(vips[4].excluded);
	assert_int_equal(vips[4].prefix.len, 64);
	conf_free(c);
}

static void test_auth(void **state)
{
	const struct conf *c = accepted(VRRP("authentication {\nauth_pass longer-than-8\nauth_type PASS\n}\n" VIP));
	const struct conf *v3 = accepted(VRRP("version 3\nauthentication {\nauth_type PASS\nauth_pass x\n}\n" VIP));

	(void)state;
	assert_int_equal(c->vrrp[0].auth, CONF_AUTH_PASS);
	assert_memory_equal(c->vrrp[0].auth_pass, "longer-t", 8);
	assert_int_equal(v3->vrrp[0].auth, CONF_AUTH_NONE);
	conf_free(c);
	conf_free(v3);
}

/* Values of the service that stand after its servers count for them all the same. */
static void test_timing(void **state)
{
	const struct conf *c =
		accepted("virtual_server 10.0.0.1 80 {\nreal_server 10.1.0.1 80 {\n"
	             "HTTP_GET {\nurl { path\n}\n}\nTCP_CHECK {\nconnect_timeout 9\ndelay_before_retry 8\n}\nretry 2\n}\n"
	             "delay_loop 6\nretry 7\nvirtualhost a.example\nwarmup 0.5\nlb_kind DR\nweight 4\n}\n");
	const struct conf_rs *r = &c->services[0].servers[0];
	const struct conf_checker *http = &r->checkers[0], *tcp = &r->checkers[1];

	(void)state;
	assert_int_equal(r->method, CONF_DR);
	assert_int_equal(r->weight, 4);
	assert_int_equal(http->kind, PROBE_HTTP);
	assert_int_equal(http->interval, 6 * USEC_PER_SEC);
	assert_int_equal(http->timeout, 5 * USEC_PER_SEC);
	assert_int_equal(http->retry, 2);
	assert_int_equal(http->retry_delay, 3 * USEC_PER_SEC);
	assert_int_equal(http->warmup, 500000);
	assert_string_equal(http->urls[0].path, "/");
	assert_string_equal(http->urls[0].virtualhost, "a.example");
	assert_int_equal(tcp->kind, PROBE_TCP);
	assert_int_equal(tcp->timeout, 9 * USEC_PER_SEC);
	assert_int_equal(tcp->retry_delay, 8 * USEC_PER_SEC);
	conf_free(c);
}

static void test_standard_timing(void **state)
{
	const struct conf *c = accepted("virtual_server 10.0.0.1 80 {\nreal_server 10.1.0.1 80 {\nTCP_CHECK {\n}\n}\n}\n");
	const struct conf_checker *k = c->services[0].servers[0].checkers;

	(void)state;
	assert_int_equal(k->interval, 60 * USEC_PER_SEC);
	assert_int_equal(k->warmup, 60 * USEC_PER_SEC);
	assert_int_equal(k->timeout, 5 * USEC_PER_SEC);
	assert_int_equal(k->retry, 1);
	assert_int_equal(k->retry_delay, USEC_PER_SEC);
	assert_string_equal(c->services[0].scheduler, "wlc");
	assert_int_equal(c->services[0].method, CONF_NAT);
	assert_int_equal(c->services[0].servers[0].weight, 1);
	conf_free(c);
}

static void test_persistence(void **state)
{
	static const struct {
		const char *text;
		uint32_t seconds;
	} cases[] = { { "", 0 },
		          { "persistence_timeout\n", 360 },
		          { "persistence_timeout 0\n", 0 },
		          { "persistence_timeout 50\n", 50 } };

	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		char text[200];
		const struct conf *c;

		snprintf(text, sizeof(text), "virtual_server 10.0.0.1 80 {\n%sreal_server 10.1.0.1 80 {\n}\n}\n",
		         cases[i].text);
		c = accepted(text);
		assert_int_equal(c->services[0].persistence, cases[i].seconds);
		conf_free(c);
	}
}

static void test_marks(void **state)
{
	const struct conf *c =
		accepted("virtual_server fwmark 0x10 {\nprotocol UDP\nreal_server 2001:db8::1 80 {\nTCP_CHECK {\n}\n}\n}\n"
	             "virtual_server fwmark 16 {\nip_family inet\nreal_server 10.1.0.1 {\n}\n}\n");

	(void)state;
	assert_int_equal(c->services[0].key.fwmark, 16);
	assert_int_equal(c->services[0].key.family, AF_INET6);
	assert_int_equal(c->services[0].key.protocol, 0);
	assert_int_equal(c->services[0].servers[0].server.port, 0);
	assert_int_equal(c->services[0].servers[0].checkers[0].target.port, 80);
	assert_int_equal(c->services[1].key.family, AF_INET);
	conf_free(c);
}

static void test_sums(void **state)
{
	const struct conf *c =
		accepted("virtual_server 10.0.0.1 80 {\nquorum 10\nhysteresis 10\nreal_server 10.1.0.1 80 {\nweight 3\n}\n"
	             "real_server 10.1.0.2 80 {\n}\n}\n");

	(void)state;
	assert_int_equal(c->services[0].quorum, 4);
	assert_int_equal(c->services[0].hysteresis, 3);
	conf_free(c);
}

/* The kernel refuses a lower bound above the upper one. */
static void test_thresholds(void **state)
{
	const struct conf *c =
		accepted("virtual_server 10.0.0.1 80 {\nprotocol TCP\nreal_server 10.1.0.1 80 {\nlthreshold 10\nuthreshold 5\n}\n"
	             "real_server 10.1.0.2 80 {\nlthreshold 10\n}\nreal_server 10.1.0.3 80 {\nuthreshold 10\nlthreshold 9\n}\n}\n");
	static const uint32_t upper[] = { 5, 0, 10 }, lower[] = { 5, 0, 9 };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(c->services[0].servers[i].upper, upper[i]);
		assert_int_equal(c->services[0].servers[i].lower, lower[i]);
	}
	conf_free(c);
}

/* keepalived has a bit for each code: a file that names many of them is as good. */
static void test_many_status_codes(void **state)
{
	const struct conf *c =
		accepted("virtual_server 10.0.0.1 80 {\nprotocol TCP\nreal_server 10.1.0.1 80 {\nHTTP_GET {\nurl {\n"
	             "status_code 200 201 202 204 206 301 302 303 304 307 308 401 403-405\n}\n}\n}\n}\n");
	const struct conf_url *url = &c->services[0].servers[0].checkers[0].urls[0];

	(void)state;
	assert_int_equal(url->n_status, 13);
	assert_int_equal(url->status[12][0], 403);
	assert_int_equal(url->status[12][1], 405);
	conf_free(c);
}

static void test_many_addresses(void **state)
{
	for (int n = 255; n <= 256; n++) {
		struct diag *d;
		char *text = NULL;
		size_t len;
		FILE *f = open_memstream(&text, &len);
		const struct conf *c;

		(void)state;
		assert_non_null(f);
		fputs("vrrp_instance V {\ninterface eth0\nvirtual_router_id 1\nvirtual_ipaddress {\n", f);
		for (int i = 0; i < n; i++)
			fprintf(f, "10.0.%d.%d\n", i / 250, i % 250);
		fputs("}\n}\n", f);
		fclose(f);
		c = read_text(text, &d);
		assert_int_equal(c != NULL, n == 255);
		assert_int_equal(diag_errors(d), n == 255 ? 0 : 1);
		conf_free(c);
		diag_free(d);
		free(text);
	}
}

static void count(void *user, enum diag_severity s, const char *line)
{
	(void)s, (void)line;
	++*(size_t *)user;
}

/* What a hostile file can make is bounded: so many findings are kept, all are counted; the same one counts once. */
static void test_findings_are_bounded(void **state)
{
	const struct conf_place at = { .file = "f", .line = 1, .column = 1 };
	struct diag *d = diag_new();
	size_t shown = 0;

	(void)state;
	for (uint32_t i = 0; i < 5000; i++) {
		const struct conf_place place = { .file = "f", .line = 5000 - i, .column = 1 };

		diag_add(d, DIAG_ERROR, &place, NULL, NULL, "wrong");
	}
	diag_add(d, DIAG_WARNING, &at, NULL, NULL, "odd");
	diag_add(d, DIAG_WARNING, &at, NULL, NULL, "odd");
	assert_int_equal(diag_errors(d), 5000);
	assert_int_equal(diag_warnings(d), 1);
	diag_each(d, count, &shown);
	assert_int_equal(shown, 1001);
	diag_free(d);
}

static void test_print_of_findings(void **state)
{
	const struct conf_place at = { .file = "f", .line = 3, .column = 4 };
	struct diag *d = diag_new();
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	(void)state;
	assert_non_null(f);
	diag_add(d, DIAG_ERROR, &at, "\t\xc3\xa4" "x\x1b", "write y", "no '%s'", "x\x1b");
	diag_print(d, f, false);
	fclose(f);
	assert_string_equal(text, "f:3:4: error: no 'x?'\n  \t\xc3\xa4x?\n  \t ^\n  hint: write y\n");
	free(text);
	diag_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_globals_after_instances),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_auth),
		cmocka_unit_test(test_timing),
		cmocka_unit_test(test_standard_timing),
		cmocka_unit_test(test_persistence),
		cmocka_unit_test(test_marks),
		cmocka_unit_test(test_sums),
		cmocka_unit_test(test_thresholds),
		cmocka_unit_test(test_many_status_codes),
		cmocka_unit_test(test_many_addresses),
		cmocka_unit_test(test_findings_are_bounded),
		cmocka_unit_test(test_print_of_findings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
