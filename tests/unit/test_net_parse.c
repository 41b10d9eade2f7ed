/*
 * Reading rtnetlink messages: what good ones say, what is not ours, and that no cut or mutation makes the reader
 * look past the end or let an impossible value through.
 */
#include "config.h"

#include "test.h"

#include <stdlib.h>
#include <string.h>
#include <net/if.h>

#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>

#include "core/net/parse_nl.h"

static const uint8_t mac[6] = { 2, 0, 0, 0, 0, 7 };

static struct nl_msg *link_message(uint16_t type, uint8_t family, unsigned flags)
{
	struct ifinfomsg info = { .ifi_family = family, .ifi_index = 7, .ifi_type = 1, .ifi_flags = flags };
	struct nl_msg *msg = nlmsg_alloc_simple(type, 0);

	assert_non_null(msg);
	nlmsg_append(msg, &info, sizeof(info), NLMSG_ALIGNTO);
	nla_put_string(msg, IFLA_IFNAME, "ens33");
	nla_put_u32(msg, IFLA_MTU, 1400);
	nla_put(msg, IFLA_ADDRESS, sizeof(mac), mac);
	return msg;
}

static struct nl_msg *addr_message(uint8_t family, uint8_t len, const char *local, const char *address)
{
	struct ifaddrmsg info = { .ifa_family = family, .ifa_prefixlen = len, .ifa_index = 7, .ifa_flags = 0x80 };
	struct nl_msg *msg = nlmsg_alloc_simple(RTM_NEWADDR, 0);
	struct addr a;

	assert_non_null(msg);
	nlmsg_append(msg, &info, sizeof(info), NLMSG_ALIGNTO);
	if (local && addr_parse(local, &a))
		nla_put(msg, IFA_LOCAL, (int)addr_len(a.family), a.bytes);
	if (address && addr_parse(address, &a))
		nla_put(msg, IFA_ADDRESS, (int)addr_len(a.family), a.bytes);
	return msg;
}

static void test_link(void **state)
{
	struct nl_msg *msg = link_message(RTM_NEWLINK, AF_UNSPEC, IFF_UP | IFF_RUNNING | IFF_LOWER_UP);
	struct net_link l;

	(void)state;
	assert_true(parse_link(nlmsg_hdr(msg), &l));
	assert_int_equal(l.ifindex, 7);
	assert_string_equal(l.name, "ens33");
	assert_true(l.up && l.running && l.has_mac);
	assert_memory_equal(l.mac, mac, 6);
	assert_int_equal(l.mtu, 1400);
	assert_int_equal(l.type, 1);
	nlmsg_free(msg);
}

static void test_link_state(void **state)
{
	static const struct {
		unsigned flags;
		bool up, running;
	} cases[] = {
		{ 0, false, false },
		{ IFF_UP, true, false },
		{ IFF_UP | IFF_RUNNING, true, false },
		{ IFF_UP | IFF_LOWER_UP, true, false },
		{ IFF_RUNNING | IFF_LOWER_UP, false, false },
		{ IFF_UP | IFF_RUNNING | IFF_LOWER_UP, true, true },
	};

	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		struct nl_msg *msg = link_message(RTM_NEWLINK, AF_UNSPEC, cases[i].flags);
		struct net_link l;

		assert_true(parse_link(nlmsg_hdr(msg), &l));
		assert_int_equal(l.up, cases[i].up);
		assert_int_equal(l.running, cases[i].running);
		nlmsg_free(msg);
	}
}

static void expect_no_link(struct nl_msg *msg)
{
	struct net_link l;

	assert_false(parse_link(nlmsg_hdr(msg), &l));
	nlmsg_free(msg);
}

static void test_not_a_link(void **state)
{
	struct nl_msg *msg;

	(void)state;
	expect_no_link(link_message(RTM_DELLINK, AF_BRIDGE, 0)); /* a port left its bridge: the link is still there */
	expect_no_link(link_message(RTM_NEWADDR, AF_UNSPEC, 0));
	msg = nlmsg_alloc_simple(RTM_NEWLINK, 0);
	nlmsg_append(msg, &(struct ifinfomsg){ .ifi_index = 7 }, sizeof(struct ifinfomsg), NLMSG_ALIGNTO);
	expect_no_link(msg); /* without a name */
	msg = nlmsg_alloc_simple(RTM_NEWLINK, 0);
	nlmsg_append(msg, &(struct ifinfomsg){ .ifi_index = 7 }, sizeof(struct ifinfomsg), NLMSG_ALIGNTO);
	nla_put_string(msg, IFLA_IFNAME, "a_name_of_sixteen");
	expect_no_link(msg);
	msg = link_message(RTM_NEWLINK, AF_UNSPEC, 0);
	nla_put_u16(msg, IFLA_MTU, 9);
	expect_no_link(msg); /* a short number */
	msg = link_message(RTM_NEWLINK, AF_UNSPEC, 0);
	((struct ifinfomsg *)NLMSG_DATA(nlmsg_hdr(msg)))->ifi_index = -1;
	expect_no_link(msg);
}

struct addr_case {
	const char *name;
	uint8_t family, len;
	const char *local, *address;
	const char *want, *peer; /* want NULL: refused */
};

static const struct addr_case addr_cases[] = {
	{ "IPv4", AF_INET, 24, "10.0.0.1", "10.0.0.1", "10.0.0.1", NULL },
	{ "IPv4 with a peer", AF_INET, 32, "10.0.0.1", "10.1.0.1", "10.0.0.1", "10.1.0.1" },
	{ "IPv4 local only", AF_INET, 24, "10.0.0.1", NULL, "10.0.0.1", NULL },
	{ "IPv6", AF_INET6, 64, NULL, "fe80::1", "fe80::1", NULL },
	{ "IPv6 with a peer", AF_INET6, 128, "2001:db8::1", "2001:db8::2", "2001:db8::1", "2001:db8::2" },
	{ "nothing", AF_INET, 24, NULL, NULL, NULL, NULL },
	{ "IPv4 too long a prefix", AF_INET, 33, "10.0.0.1", NULL, NULL, NULL },
	{ "IPv6 too long a prefix", AF_INET6, 129, NULL, "fe80::1", NULL, NULL },
	{ "an IPv6 address said to be IPv4", AF_INET, 24, NULL, "fe80::1", NULL, NULL },
	{ "an IPv4 address said to be IPv6", AF_INET6, 24, NULL, "10.0.0.1", NULL, NULL },
	{ "another family", AF_BRIDGE, 0, NULL, "10.0.0.1", NULL, NULL },
};

static void check_addr(const struct addr_case *ac)
{
	struct nl_msg *msg = addr_message(ac->family, ac->len, ac->local, ac->address);
	struct net_addr_peer a;
	struct addr want, peer = { 0 };

	if (parse_addr(nlmsg_hdr(msg), &a) != (ac->want != NULL))
		fail_msg("%s: %s", ac->name, ac->want ? "refused" : "taken");
	if (ac->want) {
		assert_true(addr_parse(ac->want, &want));
		assert_true(!ac->peer || addr_parse(ac->peer, &peer));
		assert_int_equal(addr_cmp(&a.addr.prefix.addr, &want), 0);
		assert_int_equal(addr_cmp(&a.peer, &peer), 0);
		assert_int_equal(a.addr.prefix.len, ac->len);
		assert_int_equal(a.addr.ifindex, 7);
		assert_int_equal(a.addr.flags, 0x80);
	}
	nlmsg_free(msg);
}

static void test_addr(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(addr_cases); i++)
		check_addr(&addr_cases[i]);
}

static void test_addr_extras(void **state)
{
	struct nl_msg *msg = addr_message(AF_INET, 24, "10.0.0.1", "10.0.0.1");
	struct net_addr_peer a;

	(void)state;
	nla_put_u32(msg, IFA_FLAGS, 0x10080);
	nla_put_u8(msg, 11 /* IFA_PROTO */, 18);
	assert_true(parse_addr(nlmsg_hdr(msg), &a));
	assert_int_equal(a.addr.flags, 0x10080);
	assert_int_equal(a.addr.proto, 18);
	nlmsg_free(msg);
	msg = addr_message(AF_INET, 24, "10.0.0.1", "10.0.0.1");
	nla_put_u8(msg, IFA_FLAGS, 1); /* four bytes by right */
	assert_false(parse_addr(nlmsg_hdr(msg), &a));
	nlmsg_free(msg);
}

/* ---- hostile ---- */

/* Exactly as large as the message, so that a sanitizer sees a look past its end. */
static void feed(const void *bytes, size_t len)
{
	struct nlmsghdr *h = malloc(len);
	struct net_addr_peer a;
	struct net_link l;

	assert_non_null(h);
	memcpy(h, bytes, len);
	h->nlmsg_len = (uint32_t)len;
	if (parse_link(h, &l)) {
		assert_true(l.ifindex > 0 && l.name[0]);
		assert_non_null(memchr(l.name, '\0', sizeof(l.name)));
	}
	if (parse_addr(h, &a)) {
		assert_true(a.addr.ifindex > 0 && addr_is_set(&a.addr.prefix.addr));
		assert_true(a.addr.prefix.len <= 8 * addr_len(a.addr.prefix.addr.family));
	}
	free(h);
}

static void torment(struct nl_msg *msg, unsigned *seed)
{
	const struct nlmsghdr *h = nlmsg_hdr(msg);
	size_t len = h->nlmsg_len;
	uint8_t *copy = malloc(len);

	assert_non_null(copy);
	for (size_t cut = sizeof(*h); cut <= len; cut++)
		feed(h, cut);
	for (int round = 0; round < 20000; round++) {
		memcpy(copy, h, len);
		for (int flips = 1 + rand_r(seed) % 4; flips > 0; flips--)
			copy[sizeof(*h) + (size_t)rand_r(seed) % (len - sizeof(*h))] = (uint8_t)rand_r(seed);
		feed(copy, len - (size_t)(rand_r(seed) % 3));
	}
	free(copy);
	nlmsg_free(msg);
}

static void test_hostile(void **state)
{
	unsigned seed = 20;

	(void)state;
	torment(link_message(RTM_NEWLINK, AF_UNSPEC, IFF_UP), &seed);
	torment(addr_message(AF_INET, 24, "10.0.0.1", "10.1.0.1"), &seed);
	torment(addr_message(AF_INET6, 64, NULL, "fe80::1"), &seed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_link),
		cmocka_unit_test(test_link_state),
		cmocka_unit_test(test_not_a_link),
		cmocka_unit_test(test_addr),
		cmocka_unit_test(test_addr_extras),
		cmocka_unit_test(test_hostile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
