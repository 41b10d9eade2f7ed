/*
 * What the file says, as the rooms get it: the how-to's configuration, and who decides a service's role.
 */
#include "config.h"

#include "tests/unit/test.h"

#include <stdlib.h>
#include <string.h>

#include "conf/load.h"
#include "core/bind.h"

static const struct conf *parse(const char *text)
{
	struct conf_options o = { .config_id = "test" };
	struct diag *d = diag_new();
	const struct conf *c = conf_parse("test.conf", text, strlen(text), &o, d);

	if (!c)
		diag_print(d, stderr, false);
	assert_non_null(c);
	diag_free(d);
	return c;
}

#define ROUTER "vrrp_instance VI_1 {\n interface ens33\n virtual_router_id 51\n virtual_ipaddress {\n 172.25.0.200\n }\n}\n"

static const char service_dr[] = ROUTER
	"virtual_server 172.25.0.200 80 {\n lb_algo rr\n lb_kind DR\n protocol TCP\n sorry_server 127.0.0.1 80\n"
	" real_server 172.25.0.33 80 {\n weight 3\n HTTP_GET {\n url {\n path /index.html\n status_code 200\n }\n"
	" connect_timeout 3\n nb_get_retry 3\n delay_before_retry 2\n }\n }\n"
	" real_server 172.25.0.34 80 {\n weight 1\n }\n}\n";

static void test_service(void **unused)
{
	const struct conf *c = parse(service_dr);
	struct ipvs_service_conf s;
	struct ipvs_server_conf first, second;

	(void)unused;
	bind_service(c, &c->services[0], &s);
	bind_server(&c->services[0].servers[0], &first);
	bind_server(&c->services[0].servers[1], &second);
	assert_string_equal(s.scheduler, "rr");
	assert_int_equal(s.n_servers, 2);
	assert_int_equal(first.weight, 3);
	assert_int_equal(first.method, IPVS_DR);
	assert_true(first.probed);
	assert_false(second.probed);
	assert_true(s.role_aware);
	assert_true(s.has_sorry);
	assert_int_equal(s.sorry.server.port, 80);
	assert_int_equal(s.quorum, 1);
	conf_free(c);
}

static void test_probe(void **unused)
{
	const struct conf *c = parse(service_dr);
	struct probe_conf p;

	(void)unused;
	assert_true(bind_probe(c, NULL, &c->services[0].servers[0].checkers[0], &p));
	assert_int_equal(p.kind, PROBE_HTTP);
	assert_int_equal(p.timeout, 3 * USEC_PER_SEC);
	assert_int_equal(p.retry, 3);
	assert_int_equal(p.retry_delay, 2 * USEC_PER_SEC);
	assert_int_equal(p.http.n_urls, 1);
	assert_string_equal(p.http.urls[0].path, "/index.html");
	assert_int_equal(p.http.urls[0].n_status, 1);
	assert_int_equal(p.http.urls[0].status_lo[0], 200);
	assert_int_equal(p.http.urls[0].status_hi[0], 200);
	bind_probe_free(&p);
	conf_free(c);
}

/* Which services follow a virtual router. */
static void test_role_aware(void **unused)
{
	static const struct {
		const char *text;
		bool expected;
	} cases[] = {
		{ ROUTER "virtual_server 172.25.0.200 80 {\n lb_kind DR\n real_server 10.0.0.1 80 {\n }\n}\n", true },
		{ ROUTER "virtual_server 172.25.0.200 80 {\n lb_kind TUN\n real_server 10.0.0.1 80 {\n }\n}\n", true },
		{ ROUTER "virtual_server 172.25.0.200 80 {\n lb_kind NAT\n real_server 10.0.0.1 80 {\n }\n}\n", false },
		{ ROUTER "virtual_server 172.25.0.201 80 {\n lb_kind DR\n real_server 10.0.0.1 80 {\n }\n}\n", false },
		{ ROUTER "virtual_server fwmark 7 {\n lb_kind DR\n real_server 10.0.0.1 80 {\n }\n}\n", false },
		{ ROUTER "virtual_server fwmark 7 {\n ha_instance VI_1\n lb_kind DR\n real_server 10.0.0.1 80 {\n }\n}\n", true },
		{ "global_defs {\n role_weights off\n}\n" ROUTER
		  "virtual_server 172.25.0.200 80 {\n lb_kind DR\n real_server 10.0.0.1 80 {\n }\n}\n", false },
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct conf *c = parse(cases[i].text);
		struct ipvs_service_conf s;

		bind_service(c, &c->services[0], &s);
		if (s.role_aware != cases[i].expected)
			fail_msg("case %zu: role_aware %d", i, s.role_aware);
		conf_free(c);
	}
}

static void test_router(void **unused)
{
	const struct conf *c = parse("vrrp_instance VI_1 {\n interface ens33\n virtual_router_id 51\n priority 150\n advert_int 2\n"
	                             " nopreempt\n authentication {\n auth_type PASS\n auth_pass 1111\n }\n"
	                             " virtual_ipaddress {\n 172.25.0.200\n 172.25.0.201/24 dev eth1\n }\n}\n");
	struct vrrp_conf v;

	(void)unused;
	assert_true(bind_vrrp(c, &c->vrrp[0], &v));
	assert_int_equal(v.version, 2);
	assert_int_equal(v.priority, 150);
	assert_int_equal(v.adver_int, 2 * USEC_PER_SEC);
	assert_false(v.preempt);
	assert_int_equal(v.auth, VRRP_AUTH_PASS);
	assert_memory_equal(v.auth_data, "1111\0\0\0\0", 8);
	assert_int_equal(v.n_vips, 2);
	assert_int_equal(v.vips[0].prefix.len, 32);
	assert_string_equal(v.vips[1].dev, "eth1");
	assert_int_equal(v.garp.repeat, 5);
	assert_string_equal(v.key.ifname, "ens33");
	bind_vrrp_free(&v);
	conf_free(c);
}

#define INSTANCE(GLOBAL, OWN) "global_defs {\n" GLOBAL "\n}\nvrrp_instance VI_1 {\n interface ens33\n virtual_router_id 51\n" \
	OWN "\n virtual_ipaddress {\n 172.25.0.200\n }\n}\n"

static void test_protocol(void **unused)
{
	static const struct {
		const char *text;
		bool silent, answers, ignores, no_peer;
		uint8_t late;
		enum vrrp_rx_policy policy;
		uint32_t amount;
	} cases[] = {
		{ .text = INSTANCE("", "") },
		{ .text = INSTANCE("", "lower_prio_no_advert"), .silent = true },
		{ .text = INSTANCE("vrrp_lower_prio_no_advert", ""), .silent = true },
		{ .text = INSTANCE("vrrp_lower_prio_no_advert", "lower_prio_no_advert false") },
		{ .text = INSTANCE("", "higher_prio_send_advert"), .answers = true },
		{ .text = INSTANCE("vrrp_higher_prio_send_advert", ""), .answers = true },
		{ .text = INSTANCE("", "owner_ignore_adverts"), .ignores = true },
		{ .text = INSTANCE("vrrp_owner_ignore_adverts", ""), .ignores = true },
		{ .text = INSTANCE("", "unicast_fault_no_peer"), .no_peer = true },
		{ .text = INSTANCE("", "timer_expired_backup"), .late = 254 },
		{ .text = INSTANCE("", "timer_expired_backup 100"), .late = 100 },
		{ .text = INSTANCE("vrrp_rx_bufs_policy MTU\nvrrp_rx_bufs_multiplier 7", ""), .policy = VRRP_RX_MTU, .amount = 7 },
		{ .text = INSTANCE("vrrp_rx_bufs_policy ADVERT\nvrrp_rx_bufs_multiplier 9", ""), .policy = VRRP_RX_ADVERT, .amount = 9 },
		{ .text = INSTANCE("vrrp_rx_bufs_policy 70000", ""), .policy = VRRP_RX_BYTES, .amount = 70000 },
		{ .text = INSTANCE("vrrp_rx_bufs_policy MTU", "kernel_rx_buf_size 90000"), .policy = VRRP_RX_BYTES, .amount = 90000 },
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct conf *c = parse(cases[i].text);
		struct vrrp_conf v;

		assert_true(bind_vrrp(c, &c->vrrp[0], &v));
		bind_vrrp_around(c, &c->vrrp[0], false, &v);
		if (v.silent_to_lower != cases[i].silent || v.answer_higher != cases[i].answers ||
		    v.owner_ignores != cases[i].ignores || v.no_peer_fault != cases[i].no_peer || v.late_priority != cases[i].late)
			fail_msg("case %zu: %s", i, cases[i].text);
		if (v.rx_policy != cases[i].policy || (v.rx_policy && v.rx_amount != cases[i].amount))
			fail_msg("case %zu: receive buffer %d, %u", i, v.rx_policy, v.rx_amount);
		bind_vrrp_free(&v);
		conf_free(c);
	}
}

/* What the RFC has no word for is left out; what is refused is in tests/conf/bad. */
static void test_strict(void **unused)
{
	const struct conf *c = parse(INSTANCE("vrrp_strict", "state MASTER\n accept\n preempt_delay 5\n higher_prio_send_advert\n"
	                             " lower_prio_no_advert false\n authentication {\n auth_type PASS\n auth_pass 1111\n }"));
	struct vrrp_conf v;

	(void)unused;
	assert_true(bind_vrrp(c, &c->vrrp[0], &v));
	assert_int_equal(v.auth, VRRP_AUTH_NONE);
	assert_int_equal(v.preempt_delay, 0);
	assert_true(v.silent_to_lower);
	assert_false(v.answer_higher);
	assert_false(v.hint_master);
	assert_false(c->vrrp[0].accept);
	assert_int_equal(v.garp.repeat, 1);
	assert_int_equal(v.garp.delay, 0);
	assert_int_equal(v.garp.refresh, 0);
	assert_int_equal(v.garp.lower_prio_repeat, 0);
	bind_vrrp_free(&v);
	conf_free(c);
	c = parse(INSTANCE("vrrp_strict", "strict_mode off\n preempt_delay 5"));
	assert_true(bind_vrrp(c, &c->vrrp[0], &v));
	assert_int_equal(v.preempt_delay, 5 * USEC_PER_SEC);
	assert_int_equal(v.garp.repeat, 5);
	bind_vrrp_free(&v);
	conf_free(c);
}

static void test_settings(void **unused)
{
	static const struct {
		const char *text, *agentx, *expected;
	} cases[] = {
		{ ROUTER, NULL, "/var/agentx/master" },
		{ "global_defs {\n snmp_socket unix:/run/x\n}\n" ROUTER, NULL, "/run/x" },
		{ "global_defs {\n snmp_socket unix:/run/x\n}\n" ROUTER, "tcp:127.0.0.1:705", "tcp:127.0.0.1:705" },
	};
	struct wire_settings s;

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct conf *c = parse(cases[i].text);

		bind_settings(c, cases[i].agentx, false, &s);
		assert_string_equal(s.agentx, cases[i].expected);
		assert_int_equal(s.snmp_on, 1);
		assert_int_equal(s.snmp_write, 1);
		conf_free(c);
	}
	const struct conf *c = parse("global_defs {\n snmp off\n snmp_write off\n enable_traps off\n}\n" ROUTER);

	bind_settings(c, NULL, false, &s);
	assert_int_equal(s.snmp_on + s.snmp_write + s.traps, 0);
	conf_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_service),    cmocka_unit_test(test_probe),  cmocka_unit_test(test_role_aware),
		cmocka_unit_test(test_router), cmocka_unit_test(test_protocol), cmocka_unit_test(test_strict),     cmocka_unit_test(test_settings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
