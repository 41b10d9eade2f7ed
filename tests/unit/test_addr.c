/* Addresses, prefixes, endpoints and the keys made of them. */
#include "config.h"

#include "tests/unit/test.h"

#include <netinet/in.h>
#include <string.h>

#include "core/base/addr.h"
#include "core/base/key.h"
#include "core/base/text.h"

static void test_prefix_parse(void **state)
{
	static const struct {
		const char *text, *want; /* want NULL: refused */
	} cases[] = {
		{ "172.25.0.200", "172.25.0.200/32" },
		{ "172.25.0.200/24", "172.25.0.200/24" },
		{ "0.0.0.0/0", "0.0.0.0/0" },
		{ "fe80::1/64", "fe80::1/64" },
		{ "2001:DB8::1", "2001:db8::1/128" },
		{ "10.0.0.1/33", NULL },
		{ "10.0.0.1/", NULL },
		{ "10.0.0.1/-1", NULL },
		{ "10.0.0.1/+1", NULL },
		{ "10.0.0.1/1x", NULL },
		{ "10.0.0.1/0000", NULL },
		{ "::/129", NULL },
		{ "10.0.0", NULL },
		{ "10.0.0.256", NULL },
		{ "010.0.0.1", NULL },
		{ "", NULL },
		{ "/8", NULL },
		{ " 10.0.0.1", NULL },
		{ "host.example", NULL },
		{ "1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb:cccc:dddd:eeee/64", NULL },
	};
	char buf[ADDR_STRLEN];

	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		struct prefix p;
		bool ok = prefix_parse(cases[i].text, &p);

		if (ok != (cases[i].want != NULL))
			fail_msg("\"%s\": %s", cases[i].text, ok ? "accepted" : "refused");
		if (ok)
			assert_string_equal(prefix_format(&p, buf), cases[i].want);
		else
			assert_int_equal(p.addr.family, 0);
	}
}

static void test_format_none(void **state)
{
	char buf[ADDR_STRLEN];
	struct addr a = { 0 };
	struct prefix p = { 0 };
	struct endpoint e = { .port = 80 };

	(void)state;
	assert_string_equal(addr_format(&a, buf), "-");
	assert_string_equal(prefix_format(&p, buf), "-");
	assert_string_equal(endpoint_format(&e, buf), "-");
}

static void test_contains(void **state)
{
	static const struct {
		const char *prefix, *addr;
		bool want;
	} cases[] = {
		{ "10.1.0.0/16", "10.1.255.255", true },  { "10.1.0.0/16", "10.2.0.0", false },
		{ "10.1.2.128/25", "10.1.2.127", false }, { "10.1.2.128/25", "10.1.2.200", true },
		{ "0.0.0.0/0", "255.1.1.1", true },       { "0.0.0.0/0", "::1", false },
		{ "10.0.0.1/32", "10.0.0.1", true },      { "10.0.0.1/32", "10.0.0.0", false },
		{ "2001:db8::/33", "2001:db8:7fff::1", true }, { "2001:db8::/33", "2001:db8:8000::1", false },
		{ "::1/128", "::1", true },
	};

	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		struct prefix p;
		struct addr a;

		assert_true(prefix_parse(cases[i].prefix, &p));
		assert_true(addr_parse(cases[i].addr, &a));
		if (prefix_contains(&p, &a) != cases[i].want)
			fail_msg("%s in %s", cases[i].addr, cases[i].prefix);
	}
}

static void test_kinds(void **state)
{
	static const struct {
		const char *addr;
		bool loopback, multicast, linklocal;
	} cases[] = {
		{ "127.0.0.1", true, false, false },    { "127.255.0.1", true, false, false },
		{ "128.0.0.1", false, false, false },   { "224.0.0.18", false, true, false },
		{ "239.255.0.1", false, true, false },  { "240.0.0.1", false, false, false },
		{ "169.254.1.1", false, false, true },  { "::1", true, false, false },
		{ "::2", false, false, false },         { "ff02::12", false, true, false },
		{ "fe80::1", false, false, true },      { "febf::1", false, false, true },
		{ "fec0::1", false, false, false },
	};

	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		struct addr a;

		assert_true(addr_parse(cases[i].addr, &a));
		if (addr_is_loopback(&a) != cases[i].loopback || addr_is_multicast(&a) != cases[i].multicast ||
		    addr_is_linklocal(&a) != cases[i].linklocal)
			fail_msg("%s", cases[i].addr);
	}
}

static void test_v4_numbers(void **state)
{
	struct addr a = addr_v4(172, 25, 0, 33), b = addr_from_v4_be(htonl(0xac190021));

	(void)state;
	assert_memory_equal(&a, &b, sizeof(a));
	assert_int_equal(addr_v4_be(&a), htonl(0xac190021));
}

static void test_orders(void **state)
{
	/* Ascending. */
	static const char *const sorted[] = { "9.255.0.0", "10.0.0.0", "10.0.0.1", "200.0.0.1", "::1", "2001:db8::" };

	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(sorted); i++) {
		for (size_t j = 0; j < N_ELEMENTS(sorted); j++) {
			struct addr a, b;
			int c;

			assert_true(addr_parse(sorted[i], &a) && addr_parse(sorted[j], &b));
			c = addr_cmp(&a, &b);
			assert_int_equal((c > 0) - (c < 0), (i > j) - (i < j));
		}
	}
}

static void test_sockaddr_round_trip(void **state)
{
	static const char *const texts[] = { "172.25.0.200", "2001:db8::7" };
	struct sockaddr_storage ss;
	struct endpoint none = { .port = 1 };

	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(texts); i++) {
		struct endpoint e = { .port = 8080 }, back;

		assert_true(addr_parse(texts[i], &e.addr));
		assert_int_not_equal(addr_to_sockaddr(&e, &ss), 0);
		assert_true(addr_from_sockaddr((const struct sockaddr *)&ss, &back));
		assert_int_equal(endpoint_cmp(&e, &back), 0);
	}
	assert_int_equal(addr_to_sockaddr(&none, &ss), 0);
	assert_false(addr_from_sockaddr((const struct sockaddr *)&ss, &none));
}

static void test_key_names(void **state)
{
	struct service_key tcp = { .family = AF_INET, .protocol = IPPROTO_TCP, .port = 80, .addr = addr_v4(172, 25, 0, 200) };
	struct service_key fwm = { .family = AF_INET, .fwmark = 7 };
	struct server_key rs = { .service = tcp, .server = { .addr = addr_v4(10, 0, 0, 1), .port = 80 } };
	struct vr_key vr = { .vrid = 51, .family = AF_INET };
	struct probe_key probe = { .kind = PROBE_HTTP, .recipe = { 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88 },
		                   .target = rs.server };
	char buf[KEY_STRLEN];

	(void)state;
	assert_string_equal(service_key_format(&tcp, buf), "[172.25.0.200]:tcp:80");
	assert_string_equal(service_key_format(&fwm, buf), "FWM 7");
	assert_string_equal(server_key_format(&rs, buf), "[10.0.0.1]:tcp:80");
	rs.service = fwm;
	assert_string_equal(server_key_format(&rs, buf), "[10.0.0.1]:80");
	assert_string_equal(probe_key_format(&probe, buf), "HTTP_GET [10.0.0.1]:80 #1122334455667788");
	text_copy(vr.ifname, sizeof(vr.ifname), "ens33");
	assert_string_equal(vr_key_format(&vr, buf), "ens33/51/ipv4");
	vr.where = addr_v4(224, 0, 100, 19);
	assert_string_equal(vr_key_format(&vr, buf), "ens33/51/ipv4/224.0.100.19");
	memset(vr.ifname, 'x', sizeof(vr.ifname)); /* no NUL */
	assert_string_equal(vr_key_format(&vr, buf), "xxxxxxxxxxxxxxxx/51/ipv4/224.0.100.19");
}

/* Every field takes part in the order. */
static void test_key_orders(void **state)
{
	struct service_key a = { .family = AF_INET, .protocol = IPPROTO_TCP, .port = 80, .addr = addr_v4(10, 0, 0, 1) }, b = a;
	struct vr_key v = { .ifname = "eth0", .vrid = 1, .family = AF_INET }, w = v;
	struct probe_key p = { .kind = PROBE_TCP, .target = { .addr = addr_v4(1, 2, 3, 4), .port = 5 } }, q = p;

	(void)state;
	assert_int_equal(service_key_cmp(&a, &b), 0);
	b.port = 81;
	assert_true(service_key_cmp(&a, &b) < 0);
	b.addr = addr_v4(9, 9, 9, 9);
	assert_true(service_key_cmp(&a, &b) > 0);
	b.protocol = IPPROTO_UDP;
	assert_true(service_key_cmp(&a, &b) < 0);
	a.fwmark = 3;
	assert_true(service_key_cmp(&a, &b) > 0);
	w.where = addr_v4(1, 1, 1, 1);
	assert_true(vr_key_cmp(&v, &w) < 0);
	v.family = AF_INET6;
	assert_true(vr_key_cmp(&v, &w) > 0);
	w.vrid = 2;
	assert_true(vr_key_cmp(&v, &w) < 0);
	v.ifname[3] = '1';
	assert_true(vr_key_cmp(&v, &w) > 0);
	q.recipe[7] = 1;
	assert_true(probe_key_cmp(&p, &q) < 0);
	p.target.port = 6;
	assert_true(probe_key_cmp(&p, &q) > 0);
	q.kind = PROBE_HTTP;
	assert_true(probe_key_cmp(&p, &q) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_prefix_parse), cmocka_unit_test(test_format_none),
		cmocka_unit_test(test_contains),     cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_v4_numbers),   cmocka_unit_test(test_orders),
		cmocka_unit_test(test_sockaddr_round_trip),
		cmocka_unit_test(test_key_names),    cmocka_unit_test(test_key_orders),
	};

	return cmocka_run_group_tests_name("addr", tests, NULL, NULL);
}
