/*
 * Routes and rules as the kernel gets them, byte by byte: what is expected is written down from linux/rtnetlink.h, linux/fib_rules.h and
 * RFC 3032 here, without the library that the code uses. And what the kernel says of a rule: two that differ anywhere are two.
 */
#include "config.h"

#include "test.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include <linux/fib_rules.h>
#include <linux/lwtunnel.h>
#include <linux/mpls_iptunnel.h>
#include <linux/rtnetlink.h>

#include "core/net/route_nl.h"
#include "core/nl/batch.h"
#include "tests/unit/net_fixture.h"

/* ---- what is expected ---- */

struct bytes {
	uint8_t b[1024];
	size_t n;
};

static void put(struct bytes *w, const void *what, size_t n)
{
	assert_true(w->n + n + 4 <= sizeof(w->b));
	memcpy(w->b + w->n, what, n);
	w->n += n;
	while (w->n % 4)
		w->b[w->n++] = 0;
}

static void put_attr(struct bytes *w, uint16_t type, const void *value, uint16_t n)
{
	uint16_t head[2] = { (uint16_t)(n + 4), type };

	put(w, head, sizeof(head));
	put(w, value, n);
}

static void put_attr8(struct bytes *w, uint16_t type, uint8_t value)
{
	put_attr(w, type, &value, sizeof(value));
}

static void put_attr16(struct bytes *w, uint16_t type, uint16_t value)
{
	put_attr(w, type, &value, sizeof(value));
}

static void put_attr32(struct bytes *w, uint16_t type, uint32_t value)
{
	put_attr(w, type, &value, sizeof(value));
}

static const char *hex(const uint8_t *b, size_t n, char *out, size_t size)
{
	size_t len = 0;

	out[0] = '\0';
	for (size_t i = 0; i < n && len + 4 < size; i++)
		len += (size_t)snprintf(out + len, size - len, "%s%02x", i > 0 && i % 4 == 0 ? " " : "", b[i]);
	return out;
}

/* The payload of a request is exactly that. */
static void same_payload(const struct nlmsghdr *h, const struct bytes *want)
{
	const uint8_t *got = (const uint8_t *)h + NLMSG_HDRLEN;
	size_t n = h->nlmsg_len - NLMSG_HDRLEN;
	char a[2500], b[2500];

	if (n != want->n || memcmp(got, want->b, n) != 0)
		fail_msg("%zu bytes\n%s\nare not %zu bytes\n%s", n, hex(got, n, a, sizeof(a)), want->n, hex(want->b, want->n, b, sizeof(b)));
}

/* ---- routes ---- */

static void the_order_is_in_the_flags(void **state)
{
	static const struct {
		enum route_order order;
		bool add;
		int type, flags;
	} rows[] = {
		{ ROUTE_PREPEND, true, RTM_NEWROUTE, NLM_F_CREATE },
		{ ROUTE_ADD, true, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL },
		{ ROUTE_APPEND, true, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_APPEND },
		{ ROUTE_PREPEND, false, RTM_DELROUTE, 0 },
		{ ROUTE_ADD, false, RTM_DELROUTE, 0 },
		{ ROUTE_APPEND, false, RTM_DELROUTE, 0 },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct net_route r = route_to("192.0.2.0/24");
		struct nl_batch *b = nl_batch_new(NL_ROUTE);

		r.order = rows[i].order;
		route_finish(&r);
		assert_int_equal(route_append(b, &r, rows[i].add), 0);
		assert_int_equal(nl_batch_request(b, 0)->nlmsg_type, rows[i].type);
		assert_int_equal(nl_batch_request(b, 0)->nlmsg_flags & ~NLM_F_REQUEST, rows[i].flags);
		nl_batch_free(b);
	}
}

static void a_route_byte_by_byte(void **state)
{
	const struct rtmsg head = { .rtm_family = AF_INET, .rtm_dst_len = 24, .rtm_tos = 0x10, .rtm_table = 0, .rtm_protocol = 18,
		.rtm_scope = RT_SCOPE_UNIVERSE, .rtm_type = RTN_UNICAST };
	/* 100: 0x64 << 12; only the last one is at the bottom of the stack. */
	const uint8_t labels[] = { 0x00, 0x06, 0x40, 0x00, 0x00, 0x0c, 0x81, 0x00 };
	const uint8_t dst[] = { 192, 0, 2, 0 }, src[] = { 10, 0, 0, 9 }, via[] = { 10, 0, 0, 1 };
	const char *words[] = { "mpls", "100/200" };
	struct bytes want = { .n = 0 }, inner = { .n = 0 };
	struct net_route r = route_to("192.0.2.0/24");
	struct nl_batch *b = nl_batch_new(NL_ROUTE);

	(void)state;
	r.src = addr_v4(10, 0, 0, 9);
	r.n_hops = 1;
	r.hops[0].via = addr_v4(10, 0, 0, 1);
	r.hops[0].ifindex = 3;
	assert_null(route_set_encap(&r.hops[0].encap, words, 2));
	assert_true(rt_name_set(RT_TABLE, "1000", &r.table));
	assert_null(route_set(&r, "tos", "0x10", false));
	assert_null(route_set(&r, "metric", "7", false));
	assert_null(route_set(&r, "realms", "3/5", false));
	assert_null(route_set(&r, "mtu", "1400", true));
	route_finish(&r);
	assert_int_equal(route_append(b, &r, true), 0);

	put(&want, &head, sizeof(head));
	put_attr(&want, RTA_DST, dst, 4);
	put_attr(&want, RTA_PREFSRC, src, 4);
	put_attr32(&want, RTA_TABLE, 1000);
	put_attr32(&want, RTA_PRIORITY, 7);
	put_attr32(&want, RTA_FLOW, 3 << 16 | 5);
	put_attr32(&want, RTA_OIF, 3);
	put_attr(&want, RTA_GATEWAY, via, 4);
	put_attr(&inner, MPLS_IPTUNNEL_DST, labels, sizeof(labels));
	put_attr(&want, RTA_ENCAP | NLA_F_NESTED, inner.b, (uint16_t)inner.n);
	put_attr16(&want, RTA_ENCAP_TYPE, LWTUNNEL_ENCAP_MPLS);
	inner.n = 0;
	put_attr32(&inner, RTAX_LOCK, 1u << RTAX_MTU);
	put_attr32(&inner, RTAX_MTU, 1400);
	put_attr(&want, RTA_METRICS | NLA_F_NESTED, inner.b, (uint16_t)inner.n);
	same_payload(nl_batch_request(b, 0), &want);
	nl_batch_free(b);
}

static void next_hops_byte_by_byte(void **state)
{
	const struct rtmsg head = { .rtm_family = AF_INET, .rtm_table = RT_TABLE_MAIN, .rtm_protocol = 18, .rtm_type = RTN_UNICAST };
	const struct rtnexthop first = { .rtnh_len = 16, .rtnh_hops = 2, .rtnh_ifindex = 3 },
	                       second = { .rtnh_len = 32, .rtnh_flags = RTNH_F_ONLINK, .rtnh_ifindex = 4 };
	const uint8_t via[] = { 10, 0, 0, 1 };
	struct addr six;
	struct bytes want = { .n = 0 }, inner = { .n = 0 };
	struct net_route r = route_to("0.0.0.0/0");
	struct nl_batch *b = nl_batch_new(NL_ROUTE);
	uint8_t other[18] = { 0 };
	uint16_t family = AF_INET6;

	(void)state;
	assert_true(addr_parse("2001:db8::1", &six));
	r.n_hops = 2;
	r.hops[0] = (struct route_hop){ .via = addr_v4(10, 0, 0, 1), .ifindex = 3, .weight = 3 };
	r.hops[1] = (struct route_hop){ .via = six, .ifindex = 4, .onlink = true };
	route_finish(&r);
	assert_int_equal(route_append(b, &r, true), 0);

	put(&want, &head, sizeof(head));
	put_attr32(&want, RTA_TABLE, RT_TABLE_MAIN);
	put(&inner, &first, sizeof(first));
	put_attr(&inner, RTA_GATEWAY, via, 4);
	put(&inner, &second, sizeof(second));
	memcpy(other, &family, sizeof(family));
	memcpy(other + 2, six.bytes, 16);
	put_attr(&inner, RTA_VIA, other, sizeof(other));
	put_attr(&want, RTA_MULTIPATH | NLA_F_NESTED, inner.b, (uint16_t)inner.n);
	same_payload(nl_batch_request(b, 0), &want);
	nl_batch_free(b);
}

static void a_tunnel_byte_by_byte(void **state)
{
	const struct rtmsg head = { .rtm_family = AF_INET, .rtm_dst_len = 8, .rtm_table = RT_TABLE_MAIN, .rtm_protocol = 18,
		.rtm_scope = RT_SCOPE_LINK, .rtm_type = RTN_UNICAST };
	const uint8_t dst[] = { 10, 0, 0, 0 }, end[] = { 192, 0, 2, 7 }, id[] = { 0, 0, 0, 0, 0, 0, 1, 2 };
	const char *words[] = { "ip", "id", "258", "dst", "192.0.2.7", "ttl", "9", "flags", "2048" };
	struct bytes want = { .n = 0 }, inner = { .n = 0 };
	struct net_route r = route_to("10.0.0.0/8");
	struct nl_batch *b = nl_batch_new(NL_ROUTE);

	(void)state;
	r.n_hops = 1;
	r.hops[0].ifindex = 3;
	assert_null(route_set_encap(&r.hops[0].encap, words, 9));
	route_finish(&r);
	assert_int_equal(route_append(b, &r, true), 0);

	put(&want, &head, sizeof(head));
	put_attr(&want, RTA_DST, dst, 4);
	put_attr32(&want, RTA_TABLE, RT_TABLE_MAIN);
	put_attr32(&want, RTA_OIF, 3);
	put_attr(&inner, LWTUNNEL_IP_ID, id, 8);
	put_attr(&inner, LWTUNNEL_IP_DST, end, 4);
	put_attr8(&inner, LWTUNNEL_IP_TTL, 9);
	put_attr16(&inner, LWTUNNEL_IP_FLAGS, htons(2048));
	put_attr(&want, RTA_ENCAP | NLA_F_NESTED, inner.b, (uint16_t)inner.n);
	put_attr16(&want, RTA_ENCAP_TYPE, LWTUNNEL_ENCAP_IP);
	same_payload(nl_batch_request(b, 0), &want);
	nl_batch_free(b);
}

/* ---- rules ---- */

/* A rule of these options: "name value name value". */
static struct net_rule rule_of(const char *options)
{
	char words[256], *at = words;
	struct net_rule r;

	memset(&r, 0, sizeof(r));
	r.family = AF_INET;
	snprintf(words, sizeof(words), "%s", options);
	for (char *name = strsep(&at, " "); name && *name; name = strsep(&at, " ")) {
		char *value = strsep(&at, " ");

		if (strcmp(name, "from") == 0 || strcmp(name, "to") == 0)
			assert_true(prefix_parse(value, *name == 'f' ? &r.from : &r.to));
		else if (strcmp(name, "table") == 0)
			assert_true(rt_name_set(RT_TABLE, value, &r.table));
		else if (strcmp(name, "not") == 0)
			r.invert = true;
		else if (strcmp(name, "l3mdev") == 0)
			r.l3mdev = true;
		else if (strcmp(name, "action") == 0)
			r.action = (uint8_t)rule_action_of(value);
		else
			assert_null(rule_set(&r, name, value));
	}
	rule_finish(&r);
	return r;
}

static void a_rule_byte_by_byte(void **state)
{
	const struct fib_rule_hdr head = { .family = AF_INET, .dst_len = 16, .src_len = 8, .tos = 0x10, .table = 0,
		.action = FR_ACT_TO_TBL, .flags = FIB_RULE_INVERT };
	const struct fib_rule_uid_range uids = { 5, 6 };
	const struct fib_rule_port_range sport = { 10, 10 }, dport = { 80, 90 };
	const uint8_t from[] = { 10, 0, 0, 0 }, to[] = { 10, 1, 0, 0 }, tun[] = { 0, 0, 0, 0, 0, 0, 1, 2 };
	struct net_rule r = rule_of("from 10.0.0.0/8 to 10.1.0.0/16 iif a oif b fwmark 16/255 uidrange 5-6 ip_proto tcp tun_id 258 "
		"sport 10 dport 80-90 priority 500 table 1000 realms 3/5 suppress_prefixlength 7 suppress_ifgroup 8 tos 0x10 not 1");
	struct bytes want = { .n = 0 };
	struct nl_batch *b = nl_batch_new(NL_ROUTE);

	(void)state;
	assert_int_equal(rule_append(b, &r, true), 0);
	assert_int_equal(nl_batch_request(b, 0)->nlmsg_flags & ~NLM_F_REQUEST, NLM_F_CREATE | NLM_F_EXCL);
	put(&want, &head, sizeof(head));
	put_attr(&want, FRA_SRC, from, 4);
	put_attr(&want, FRA_DST, to, 4);
	put_attr(&want, FRA_IIFNAME, "a", 2);
	put_attr(&want, FRA_OIFNAME, "b", 2);
	put_attr32(&want, FRA_FWMARK, 16);
	put_attr32(&want, FRA_FWMASK, 255);
	put_attr(&want, FRA_UID_RANGE, &uids, sizeof(uids));
	put_attr8(&want, FRA_IP_PROTO, 6);
	put_attr(&want, FRA_TUN_ID, tun, 8);
	put_attr(&want, FRA_SPORT_RANGE, &sport, 4);
	put_attr(&want, FRA_DPORT_RANGE, &dport, 4);
	put_attr8(&want, FRA_PROTOCOL, 18);
	put_attr32(&want, FRA_PRIORITY, 500);
	put_attr32(&want, FRA_TABLE, 1000);
	put_attr32(&want, FRA_FLOW, 3 << 16 | 5);
	put_attr32(&want, FRA_SUPPRESS_PREFIXLEN, 7);
	put_attr32(&want, FRA_SUPPRESS_IFGROUP, 8);
	same_payload(nl_batch_request(b, 0), &want);
	nl_batch_free(b);
}

/* As it comes back from its own message. */
static struct net_rule told_of(const struct net_rule *r)
{
	struct nl_batch *b = nl_batch_new(NL_ROUTE);
	struct net_rule seen;

	assert_int_equal(rule_append(b, r, true), 0);
	assert_true(rule_parse(nl_batch_request(b, 0), &seen));
	nl_batch_free(b);
	return seen;
}

static void rules_that_differ_anywhere_are_two(void **state)
{
	static const char *const all[] = {
		"", "from 10.0.0.0/8", "from 10.0.0.0/9", "to 10.0.0.0/8", "iif a", "oif a", "tos 4", "tos 8", "fwmark 1", "fwmark 1/1",
		"fwmark 0/1", "ip_proto tcp", "ip_proto udp", "sport 7", "sport 7-8", "dport 7", "dport 7-8", "dport 6-8", "uidrange 0-0",
		"uidrange 0-1", "uidrange 1-1", "tun_id 1", "tun_id 256", "suppress_prefixlength 0", "suppress_prefixlength 1",
		"suppress_ifgroup 0", "suppress_ifgroup 1", "table 7", "table 300", "goto 40", "goto 41", "action blackhole",
		"action prohibit", "protocol 9", "not 1", "l3mdev 1",
	};
	const size_t n = sizeof(all) / sizeof(all[0]);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		struct net_rule r = rule_of(all[i]);

		for (size_t k = 0; k < n; k++) {
			struct net_rule other = rule_of(all[k]), seen = told_of(&other), again = told_of(&seen);

			/* A leftover is removed by what the kernel said of it. */
			assert_true(rule_is(&seen, &again));
			if (rule_is(&r, &seen) != (i == k))
				fail_msg("\"%s\" %s \"%s\"", all[i], i == k ? "is not" : "is taken for", all[k]);
		}
	}
}

static void realms_count_where_the_kernel_tells_of_them(void **state)
{
	struct net_rule r = rule_of("realms 1/2"), none = rule_of(""), other = rule_of("realms 2/1");
	struct net_rule seen = told_of(&r), seen_none = told_of(&none), seen_other = told_of(&other);

	(void)state;
	assert_true(rule_is(&r, &seen));
	assert_true(rule_is(&r, &seen_none)); /* a kernel without them */
	assert_false(rule_is(&r, &seen_other));
	assert_false(rule_is(&none, &seen));
	r.family = seen.family = AF_INET6;
	seen.realm_to.number++;
	assert_true(rule_is(&r, &seen));
}

/* The kernel tells of a few things that nobody asked for. */
static void what_the_kernel_adds_is_no_difference(void **state)
{
	const struct fib_rule_hdr head = { .family = AF_INET, .src_len = 8, .table = 7, .action = FR_ACT_TO_TBL };
	const uint8_t from[] = { 10, 0, 0, 0 };
	struct bytes told = { .n = 0 };
	struct nlmsghdr h = { .nlmsg_type = RTM_NEWRULE };
	struct net_rule r = rule_of("from 10.0.0.0/8 fwmark 16 table 7"), seen;

	(void)state;
	put(&told, &h, sizeof(h));
	put(&told, &head, sizeof(head));
	put_attr32(&told, FRA_TABLE, 7);
	put_attr32(&told, FRA_SUPPRESS_PREFIXLEN, UINT32_MAX);
	put_attr32(&told, FRA_SUPPRESS_IFGROUP, UINT32_MAX);
	put_attr8(&told, FRA_PROTOCOL, 18);
	put_attr32(&told, FRA_PRIORITY, 32765);
	put_attr32(&told, FRA_FWMARK, 16);
	put_attr32(&told, FRA_FWMASK, UINT32_MAX);
	put_attr(&told, FRA_SRC, from, 4);
	h.nlmsg_len = (uint32_t)told.n;
	memcpy(told.b, &h, sizeof(h));
	assert_true(rule_parse((struct nlmsghdr *)(void *)told.b, &seen));
	assert_true(rule_is(&r, &seen));
	r = rule_of("from 10.0.0.0/8 fwmark 16 table 7 suppress_prefixlength 0");
	assert_false(rule_is(&r, &seen));
	r = rule_of("from 10.0.0.0/8 fwmark 16 table 7 to 0.0.0.0/0");
	assert_true(rule_is(&r, &seen));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_order_is_in_the_flags),
		cmocka_unit_test(a_route_byte_by_byte),
		cmocka_unit_test(next_hops_byte_by_byte),
		cmocka_unit_test(a_tunnel_byte_by_byte),
		cmocka_unit_test(a_rule_byte_by_byte),
		cmocka_unit_test(rules_that_differ_anywhere_are_two),
		cmocka_unit_test(realms_count_where_the_kernel_tells_of_them),
		cmocka_unit_test(what_the_kernel_adds_is_no_difference),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
