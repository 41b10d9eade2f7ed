/*
 * What stands in the tree: values of trackers, scripts, routes, groups and checks that a
 * golden file does not show; and what the host's facts add.
 */
#include "config.h"

#include "tests/unit/test.h"

#include <stdlib.h>
#include <string.h>

#include "conf/load.h"

static const struct conf *load(const char *name)
{
	static const struct conf_options options = { .config_id = "me", .seed = 1 };
	const char *top = getenv("srcdir");
	struct diag *d = diag_new();
	const struct conf *c;
	char path[4096];

	snprintf(path, sizeof(path), "%s/tests/conf/good/%s.conf", top ? top : ".", name);
	c = conf_load(path, &options, d);
	assert_non_null(c);
	diag_free(d);
	return c;
}

static void assert_addr(const struct addr *a, const char *text)
{
	char buf[ADDR_STRLEN];

	assert_string_equal(addr_format(a, buf), text);
}

static void test_tracked(void **state)
{
	const struct conf *c = load("tracking");
	const struct conf_vrrp_script *s = &c->scripts[0];
	const struct conf_bfd *bfd = &c->bfds[0];

	(void)state;
	assert_string_equal(s->name, "alive");
	assert_string_equal(s->script.command, "/usr/bin/test 'a b' -f /run/x");
	assert_int_equal(s->script.n_argv, 4);
	assert_string_equal(s->script.argv[1], "a b");
	assert_string_equal(s->script.user, "nobody");
	assert_int_equal(s->interval, USEC_PER_SEC / 2);
	assert_int_equal(s->weight, -20);
	assert_true(s->reverse && s->init_fail);
	assert_int_equal(c->processes[0].process.n, 3);
	assert_int_equal(c->processes[0].terminate_delay, USEC_PER_SEC / 2);
	assert_int_equal(c->processes[0].quorum_max, 4);
	assert_int_equal(c->files[0].weight, -3);
	assert_string_equal(c->files[0].init.word[1], "overwrite");
	assert_int_equal(bfd->min_rx, 3312);
	assert_int_equal(bfd->ttl, 64);
	assert_addr(&bfd->neighbor, "192.0.2.2");
	assert_int_equal(c->delays[0].up, 2 * USEC_PER_SEC);
	assert_int_equal(c->delays[1].up, USEC_PER_SEC);
	conf_free(c);
}

static void test_instance(void **state)
{
	const struct conf *c = load("tracking");
	const struct conf_vrrp *v = &c->vrrp[0];
	const struct conf_track *t = v->tracks.list;

	(void)state;
	assert_int_equal(v->tracks.n, 10);
	assert_string_equal(t[6].name, "192.0.2.9 80");
	assert_int_equal(t[6].weight, 9);
	assert_string_equal(t[7].name, "fwmark 7");
	assert_int_equal(t[1].kind, CONF_TRACK_INTERFACE);
	assert_int_equal(t[1].weight, -10);
	assert_true(t[1].reverse && t[1].weight_set && !t[0].weight_set);
	assert_string_equal(t[2].name, "alive");
	assert_int_equal(t[2].weight, 7);
	assert_true(t[5].weight_set && t[5].reverse);
	assert_int_equal(v->peer_limits[0].min_ttl, 254);
	assert_int_equal(v->peer_limits[1].max_ttl, -1);
	assert_string_equal(v->notify.any.command, "/usr/bin/notify a b");
	assert_string_equal(v->notify.any.user, "root");
	assert_string_equal(v->notify.master.command, "/usr/bin/notify");
	assert_string_equal(v->notify.master.user, "with"); /* as in keepalived: no argument */
	assert_string_equal(v->notify.master.group, "words");
	assert_true(v->notify.deleted_set && !v->notify.deleted.command);
	assert_int_equal(v->vips[0].preferred_lft, 300);
	assert_true(v->vips[0].nodad && v->vips[0].noprefixroute && v->vips[0].no_track);
	assert_addr(&v->vips[0].peer.addr, "10.0.0.2");
	assert_int_equal(v->vmac.n, 2);
	assert_int_equal(v->unicast_ttl, 64);
	assert_int_equal(v->strict_mode, CONF_NO);
	assert_int_equal(v->hmac->n_keys, 2);
	assert_int_equal(v->hmac->mode, 1);
	assert_int_equal(c->groups[0].tracks.n, 1);
	assert_true(c->groups[0].tracking_weight);
	conf_free(c);
}

static void test_routes(void **state)
{
	const struct conf *c = load("routes");
	const struct conf_route *r = c->routes.list;
	const struct conf_rule *u = c->rules.list;

	(void)state;
	assert_int_equal(c->routes.n, 7);
	assert_string_equal(r[0].track_group, "fixed");
	assert_int_equal(r[1].n_hops, 2);
	assert_true(r[1].hops[0].onlink);
	assert_int_equal(r[1].hops[1].weight, 2);
	assert_addr(&r[1].hops[1].via, "192.0.2.102");
	assert_string_equal(r[2].order, "append");
	assert_string_equal(r[2].attrs[0].name, "tos");
	assert_int_equal(r[3].family, AF_INET6);
	assert_true(r[3].attrs[1].lock);
	assert_string_equal(r[3].attrs[1].value, "1280");
	assert_false(addr_is_set(&r[4].to.addr));
	assert_int_equal(r[4].family, AF_INET6);
	assert_string_equal(r[5].type, "blackhole");
	assert_int_equal(r[6].hops[0].encap.n, 5);
	assert_int_equal(c->rules.n, 4);
	assert_int_equal(u[0].n_attrs, 7);
	assert_int_equal(u[1].family, AF_INET6);
	assert_true(u[2].invert);
	assert_string_equal(u[3].action, "blackhole");
	assert_int_equal(c->vrrp[0].routes.n, 4);
	assert_int_equal(c->vrrp[0].routes.list[1].n_hops, 2);
	assert_int_equal(c->vrrp[0].rules.n, 2);
	conf_free(c);
}

static void test_groups(void **state)
{
	const struct conf *c = load("checks");
	const struct conf_vsg_entry *e = c->vs_groups[0].entries;
	const struct conf_rs *r = &c->grouped[0].service.servers[0];

	(void)state;
	assert_int_equal(c->n_services, 0);
	assert_int_equal(c->n_grouped, 2);
	assert_string_equal(c->grouped[0].group, "pool");
	assert_int_equal(c->vs_groups[0].n_entries, 5);
	assert_addr(&e[1].last, "10.0.0.9");
	assert_addr(&e[2].last, "10.0.1.5");
	assert_addr(&e[3].last, "10.2.0.3");
	assert_int_equal(e[4].fwmark, 7);
	assert_addr(&c->vs_groups[1].entries[0].last, "2001:db8::ff");
	assert_int_equal(c->grouped[0].service.tunnel.type, 1);
	assert_int_equal(c->grouped[0].service.tunnel.port, 6080);
	assert_int_equal(c->grouped[1].service.key.family, AF_INET6);
	assert_int_equal(r->weight, 65535);
	assert_int_equal(r->n_checkers, 17);
	assert_int_equal(r->checkers[0].kind, PROBE_SSL);
	assert_string_equal(r->checkers[0].urls[0].regex, "^a.*b$");
	assert_int_equal(r->checkers[1].target.port, 2525);
	assert_string_equal(r->checkers[2].dns_type, "AAAA");
	assert_string_equal(r->checkers[3].command.argv[1], "a b");
	assert_int_equal(r->checkers[12].weight, 3);
	assert_string_equal(r->checkers[13].object, "far");
	assert_true(r->checkers[0].tls && r->checkers[0].alpha == CONF_YES && r->alpha);
	assert_int_equal(r->checkers[1].alpha, CONF_NO);
	assert_string_equal(r->checkers[6].send, "PING\r\n");
	assert_string_equal(r->checkers[6].expect, "^\\+PONG");
	assert_int_equal(r->checkers[6].log_all_failures, CONF_YES); /* the service's */
	assert_int_equal(r->checkers[7].verify_days, 14);
	assert_int_equal(r->checkers[8].log_all_failures, CONF_NO);
	assert_int_equal(r->checkers[8].urls[0].method, 2);
	assert_string_equal(r->checkers[8].urls[0].headers.word[1], "Accept: text/html");
	assert_true(r->checkers[9].starttls && !r->checkers[9].tls);
	assert_int_equal(r->checkers[11].kind, PROBE_AGENT);
	conf_free(c);
}

static void test_unicast_apart(void **state)
{
	static const char text[] =
		"vrrp_instance A {\ninterface eth0\nvirtual_router_id 5\nunicast_src_ip 10.9.9.9\nunicast_peer { 10.0.0.7 }\n"
		"virtual_ipaddress { 10.0.0.1 }\n}\n"
		"vrrp_instance B {\ninterface eth0\nvirtual_router_id 5\nunicast_src_ip 10.9.9.9\nunicast_peer { 10.0.0.9 10.0.0.8 }\n"
		"virtual_ipaddress { 10.0.0.2 }\n}\n";
	struct diag *d = diag_new();
	const struct conf *c = conf_parse("t", text, strlen(text), NULL, d);

	(void)state;
	assert_non_null(c);
	assert_addr(&c->vrrp[0].key.where, "10.9.9.9");
	assert_addr(&c->vrrp[1].key.where, "10.0.0.8");
	conf_free(c);
	diag_free(d);
}

static bool only_root(const char *name)
{
	return strcmp(name, "root") == 0;
}

static void count_host(void *user, enum diag_severity s, const char *line)
{
	(void)s;
	*(int *)user += strstr(line, "this host has no") != NULL;
	*(int *)user += 10 * (strstr(line, "did you mean 'eth0'?") != NULL);
}

static void test_facts(void **state)
{
	static const char text[] = "global_defs {\nscript_user nobody\n}\nvrrp_instance A {\ninterface etho\nvirtual_router_id 5\n"
	                           "virtual_ipaddress { 10.0.0.1 dev eth0 }\ntrack_interface { wan }\n}\n";
	const char *const interfaces[] = { "lo", "eth0" };
	const struct host_facts facts = { interfaces, 2, only_root };
	const struct conf_options o = { .facts = &facts };
	struct diag *d = diag_new();
	const struct conf *c = conf_parse("t", text, strlen(text), &o, d);
	int found = 0;

	(void)state;
	assert_non_null(c);
	diag_each(d, count_host, &found);
	assert_int_equal(found, 13); /* etho, wan and nobody; a hint for the first */
	conf_free(c);
	diag_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tracked), cmocka_unit_test(test_instance),      cmocka_unit_test(test_routes),
		cmocka_unit_test(test_groups),  cmocka_unit_test(test_unicast_apart), cmocka_unit_test(test_facts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
