/*
 * The two files of the how-to, as they are: no error, no warning but that mail has no effect, and every value that they
 * mean.
 */
#include "config.h"

#include "tests/unit/test.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "conf/load.h"
#include "conf/print.h"

static void no_finding(void *user, enum diag_severity s, const char *line)
{
	(void)user, (void)s;
	fail_msg("%s", line);
}

static const struct conf *load(const char *name)
{
	const char *top = getenv("srcdir");
	struct diag *d = diag_new();
	const struct conf *c;
	char path[4096];

	snprintf(path, sizeof(path), "%s/tests/data/%s", top ? top : ".", name);
	c = conf_load(path, NULL, d);
	diag_each(d, no_finding, NULL);
	assert_non_null(c);
	diag_free(d);
	return c;
}

static void assert_addr(const struct addr *a, const char *text)
{
	char buf[ADDR_STRLEN];

	assert_string_equal(addr_format(a, buf), text);
}

static void check_global(const struct conf_global *g)
{
	assert_int_equal(g->n_emails, 1);
	assert_string_equal(g->emails[0], "root@localhost");
	assert_string_equal(g->email_from, "root@localhost");
	assert_string_equal(g->smtp_server, "localhost");
	assert_int_equal(g->smtp_port, 25);
	assert_int_equal(g->smtp_timeout, 30 * USEC_PER_SEC);
	assert_string_equal(g->router_id, "lvs");
	assert_addr(&g->mcast_group4, "224.0.100.19");
	assert_addr(&g->mcast_group6, "ff02::12");
	assert_int_equal(g->vrrp_version, 2);
	assert_int_equal(g->garp.master_delay, 5 * USEC_PER_SEC);
	assert_int_equal(g->garp.master_repeat, 5);
	assert_int_equal(g->ipvs_resync, 60 * USEC_PER_SEC);
	assert_int_equal(g->snmp, CONF_UNSET);
	assert_int_equal(g->role_weights, CONF_UNSET);
	assert_null(g->instance);
	assert_false(g->sync.on);
}

static void check_vrrp(const struct conf_vrrp *v, bool master)
{
	const uint8_t pass[8] = "1111";

	assert_string_equal(v->name, "VI_1");
	assert_int_equal(v->state_master, master);
	assert_string_equal(v->interface, "ens33");
	assert_string_equal(v->key.ifname, "ens33");
	assert_int_equal(v->vrid, 51);
	assert_int_equal(v->key.vrid, 51);
	assert_int_equal(v->key.family, AF_INET);
	assert_addr(&v->key.where, "224.0.100.19");
	assert_addr(&v->mcast_group, "224.0.100.19");
	assert_int_equal(v->version, 2);
	assert_int_equal(v->family, AF_INET);
	assert_int_equal(v->priority, 100);
	assert_int_equal(v->advert_int, USEC_PER_SEC);
	assert_int_equal(v->down_timer_adverts, 3);
	assert_int_equal(v->auth, CONF_AUTH_PASS);
	assert_memory_equal(v->auth_pass, pass, 8);
	assert_int_equal(v->n_peers, 0);
	assert_false(v->nopreempt);
	assert_true(v->accept);
	assert_int_equal(v->garp.lower_prio_repeat, 5);
	assert_int_equal(v->n_vips, 1);
	assert_addr(&v->vips[0].prefix.addr, "172.25.0.200");
	assert_int_equal(v->vips[0].prefix.len, 32);
	assert_false(v->vips[0].excluded);
	assert_null(v->vips[0].dev);
}

static void check_server(const struct conf_rs *r, const char *addr)
{
	const struct conf_checker *c = r->checkers;

	assert_addr(&r->server.addr, addr);
	assert_int_equal(r->server.port, 80);
	assert_int_equal(r->weight, 1);
	assert_int_equal(r->method, CONF_DR);
	assert_int_equal(r->n_checkers, 1);
	assert_int_equal(c->kind, PROBE_HTTP);
	assert_addr(&c->target.addr, addr);
	assert_int_equal(c->target.port, 80);
	assert_int_equal(c->interval, 6 * USEC_PER_SEC);
	assert_int_equal(c->warmup, 6 * USEC_PER_SEC);
	assert_int_equal(c->timeout, 3 * USEC_PER_SEC);
	assert_int_equal(c->retry, 3);
	assert_int_equal(c->retry_delay, 3 * USEC_PER_SEC);
	assert_int_equal(c->n_urls, 1);
	assert_string_equal(c->urls[0].path, "/index.html");
	assert_null(c->urls[0].virtualhost);
	assert_int_equal(c->urls[0].n_status, 0);
	assert_false(c->urls[0].has_digest);
	assert_int_equal(c->http_version, 0);
}

static void check_service(const struct conf_vs *s)
{
	assert_addr(&s->key.addr, "172.25.0.200");
	assert_int_equal(s->key.port, 80);
	assert_int_equal(s->key.protocol, IPPROTO_TCP);
	assert_int_equal(s->key.fwmark, 0);
	assert_string_equal(s->name, "[172.25.0.200]:tcp:80");
	assert_string_equal(s->scheduler, "rr");
	assert_int_equal(s->method, CONF_DR);
	assert_int_equal(s->persistence, 0);
	assert_int_equal(s->flags, 0);
	assert_int_equal(s->quorum, 1);
	assert_true(s->has_sorry);
	assert_addr(&s->sorry.addr, "127.0.0.1");
	assert_int_equal(s->sorry.port, 80);
	assert_int_equal(s->sorry_method, CONF_DR);
	assert_int_equal(s->n_servers, 2);
	check_server(&s->servers[0], "172.25.0.33");
	check_server(&s->servers[1], "172.25.0.34");
}

static void check_file(const char *name, bool master)
{
	const struct conf *c = load(name);

	check_global(&c->global);
	assert_int_equal(c->n_vrrp, 1);
	check_vrrp(&c->vrrp[0], master);
	assert_int_equal(c->n_groups, 0);
	assert_int_equal(c->n_services, 1);
	check_service(&c->services[0]);
	conf_free(c);
}

static void test_node3(void **state)
{
	(void)state;
	check_file("howto-node3.conf", true);
}

static void test_node4(void **state)
{
	(void)state;
	check_file("howto-node4.conf", false);
}

static void test_they_differ(void **state)
{
	const struct conf *a = load("howto-node3.conf"), *b = load("howto-node4.conf"), *again = load("howto-node3.conf");

	(void)state;
	assert_false(conf_equal(a, b));
	assert_true(conf_equal(a, again));
	conf_free(a);
	conf_free(b);
	conf_free(again);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_node3),
		cmocka_unit_test(test_node4),
		cmocka_unit_test(test_they_differ),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
