/*
 * The kernel's IPVS messages: read right, and nothing read that is not there, however the message is cut or bent.
 */
#include "config.h"

#include "core/ipvs/parse_nl.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/ip_vs.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static const uint8_t v4[16] = { 10, 0, 0, 1 };
static const uint8_t v6[16] = { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 };

static struct nl_msg *begin(uint8_t cmd)
{
	struct nl_msg *msg = nlmsg_alloc();

	assert_non_null(genlmsg_put(msg, 0, 0, 30, 0, 0, cmd, IPVS_GENL_VERSION));
	return msg;
}

/* Attribute n is n in the narrow form, and n beyond 32 bits in the wide one. */
static void put_counters(struct nl_msg *msg, int attr, bool wide)
{
	struct nlattr *nest = nla_nest_start(msg, attr);

	for (int n = IPVS_STATS_ATTR_CONNS; n <= IPVS_STATS_ATTR_OUTBPS; n++) {
		if (wide)
			nla_put_u64(msg, n, ((uint64_t)n << 32) + (uint64_t)n);
		else if (n == IPVS_STATS_ATTR_INBYTES || n == IPVS_STATS_ATTR_OUTBYTES)
			nla_put_u64(msg, n, (uint64_t)n);
		else
			nla_put_u32(msg, n, (uint32_t)n);
	}
	nla_nest_end(msg, nest);
}

static struct nl_msg *service_message(uint32_t fwmark, uint16_t family, uint32_t flags)
{
	struct nl_msg *msg = begin(IPVS_CMD_NEW_SERVICE);
	struct nlattr *nest = nla_nest_start(msg, IPVS_CMD_ATTR_SERVICE);
	struct ip_vs_flags f = { .flags = flags, .mask = UINT32_MAX };

	nla_put_u16(msg, IPVS_SVC_ATTR_AF, family);
	if (fwmark) {
		nla_put_u32(msg, IPVS_SVC_ATTR_FWMARK, fwmark);
	} else {
		nla_put_u16(msg, IPVS_SVC_ATTR_PROTOCOL, IPPROTO_TCP);
		nla_put(msg, IPVS_SVC_ATTR_ADDR, 16, family == AF_INET6 ? v6 : v4);
		nla_put_u16(msg, IPVS_SVC_ATTR_PORT, htons(80));
	}
	nla_put_string(msg, IPVS_SVC_ATTR_SCHED_NAME, "wrr");
	nla_put(msg, IPVS_SVC_ATTR_FLAGS, sizeof(f), &f);
	nla_put_u32(msg, IPVS_SVC_ATTR_TIMEOUT, 300);
	nla_put_u32(msg, IPVS_SVC_ATTR_NETMASK, 64);
	nla_put_string(msg, IPVS_SVC_ATTR_PE_NAME, "sip");
	put_counters(msg, IPVS_SVC_ATTR_STATS, false);
	put_counters(msg, IPVS_SVC_ATTR_STATS64, true);
	nla_nest_end(msg, nest);
	return msg;
}

static struct nl_msg *dest_message(bool with_family)
{
	struct nl_msg *msg = begin(IPVS_CMD_NEW_DEST);
	struct nlattr *nest = nla_nest_start(msg, IPVS_CMD_ATTR_DEST);

	nla_put(msg, IPVS_DEST_ATTR_ADDR, 16, with_family ? v6 : v4);
	if (with_family)
		nla_put_u16(msg, IPVS_DEST_ATTR_ADDR_FAMILY, AF_INET6);
	nla_put_u16(msg, IPVS_DEST_ATTR_PORT, htons(8080));
	nla_put_u32(msg, IPVS_DEST_ATTR_FWD_METHOD, 0x100 | IPVS_TUN);
	nla_put_u32(msg, IPVS_DEST_ATTR_WEIGHT, 65535);
	nla_put_u32(msg, IPVS_DEST_ATTR_U_THRESH, 9);
	nla_put_u32(msg, IPVS_DEST_ATTR_L_THRESH, 4);
	nla_put_u8(msg, IPVS_DEST_ATTR_TUN_TYPE, IP_VS_CONN_F_TUNNEL_TYPE_GUE);
	nla_put_u16(msg, IPVS_DEST_ATTR_TUN_PORT, htons(6080));
	nla_put_u32(msg, IPVS_DEST_ATTR_INACT_CONNS, 5);
	put_counters(msg, IPVS_DEST_ATTR_STATS, false);
	nla_nest_end(msg, nest);
	return msg;
}

static struct nl_msg *daemon_message(uint32_t state)
{
	struct nl_msg *msg = begin(IPVS_CMD_NEW_DAEMON);
	struct nlattr *nest = nla_nest_start(msg, IPVS_CMD_ATTR_DAEMON);

	nla_put_u32(msg, IPVS_DAEMON_ATTR_STATE, state);
	nla_put_string(msg, IPVS_DAEMON_ATTR_MCAST_IFN, "ens33");
	nla_put_u32(msg, IPVS_DAEMON_ATTR_SYNC_ID, 51);
	nla_put_u16(msg, IPVS_DAEMON_ATTR_SYNC_MAXLEN, 1472);
	nla_put(msg, IPVS_DAEMON_ATTR_MCAST_GROUP, 4, "\xe0\x00\x00\x51");
	nla_put_u16(msg, IPVS_DAEMON_ATTR_MCAST_PORT, 8848);
	nla_put_u8(msg, IPVS_DAEMON_ATTR_MCAST_TTL, 1);
	nla_nest_end(msg, nest);
	return msg;
}

static struct ipvs_entry *parse_service(struct nl_msg *msg)
{
	struct ipvs_entry *e = NULL;

	assert_int_equal(ipvs_nl_parse_service(nlmsg_hdr(msg), &e), 0);
	nlmsg_free(msg);
	return e;
}

static void test_service(void **state)
{
	struct ipvs_entry *e = parse_service(service_message(0, AF_INET6, IP_VS_SVC_F_HASHED | IP_VS_SVC_F_PERSISTENT));
	struct service_key key = { .family = AF_INET6, .protocol = IPPROTO_TCP, .port = 80, .addr = { .family = AF_INET6 } };

	(void)state;
	memcpy(key.addr.bytes, v6, 16);
	assert_int_equal(service_key_cmp(&e->key, &key), 0);
	assert_string_equal(e->scheduler, "wrr");
	assert_string_equal(e->pe, "sip");
	assert_int_equal(e->flags, IP_VS_SVC_F_PERSISTENT);
	assert_int_equal(e->persistence, 300);
	assert_int_equal(e->netmask, 64);
	ipvs_entry_free(e);
	e = parse_service(service_message(7, AF_INET, IP_VS_SVC_F_HASHED));
	assert_int_equal(e->key.fwmark, 7);
	assert_int_equal(e->key.family, AF_INET);
	assert_int_equal(e->key.addr.family, 0);
	assert_int_equal(e->persistence, 0);
	assert_int_equal(e->netmask, UINT32_MAX);
	ipvs_entry_free(e);
	assert_null(parse_service(service_message(0, AF_UNIX, 0)));
}

static void test_dest(void **state)
{
	struct ipvs_entry *e = parse_service(service_message(7, AF_INET, 0));
	struct nl_msg *plain = dest_message(false), *other = dest_message(true);

	(void)state;
	assert_int_equal(ipvs_nl_parse_dest(nlmsg_hdr(plain), e), 0);
	assert_int_equal(ipvs_nl_parse_dest(nlmsg_hdr(other), e), 0);
	assert_int_equal(e->n, 2);
	assert_int_equal(e->dests[0].server.addr.family, AF_INET);
	assert_int_equal(e->dests[1].server.addr.family, AF_INET6);
	assert_int_equal(e->dests[0].server.port, 8080);
	assert_int_equal(e->dests[0].method, IPVS_TUN);
	assert_int_equal(e->dests[0].weight, 65535);
	assert_int_equal(e->dests[0].upper, 9);
	assert_int_equal(e->dests[0].lower, 4);
	assert_int_equal(e->dests[0].tun_type, IP_VS_CONN_F_TUNNEL_TYPE_GUE);
	assert_int_equal(e->dests[0].tun_port, 6080);
	nlmsg_free(plain);
	nlmsg_free(other);
	ipvs_entry_free(e);
}

static void test_daemon(void **state)
{
	struct nl_msg *msg = daemon_message(IP_VS_STATE_BACKUP), *none = daemon_message(IP_VS_STATE_NONE);
	struct addr group = addr_v4(224, 0, 0, 81);
	struct ipvs_nl_daemon d;

	(void)state;
	assert_int_equal(ipvs_nl_parse_daemon(nlmsg_hdr(msg), &d), 0);
	assert_int_equal(d.half, IPVS_ROLE_BACKUP);
	assert_string_equal(d.conf.ifname, "ens33");
	assert_int_equal(d.conf.id, 51);
	assert_int_equal(d.conf.maxlen, 1472);
	assert_int_equal(d.conf.port, 8848);
	assert_int_equal(addr_cmp(&d.conf.group, &group), 0);
	assert_int_equal(ipvs_nl_parse_daemon(nlmsg_hdr(none), &d), EBADMSG);
	nlmsg_free(msg);
	nlmsg_free(none);
}

/* Read it all three ways; memory is exactly as long as the message says, so that a sanitizer sees each step too far. */
static void check_counters(const struct ipvs_counters *c, uint64_t high)
{
	const uint64_t got[] = { c->conns, c->in_packets, c->out_packets, c->in_bytes, c->out_bytes, c->conn_rate,
		                     c->in_packet_rate, c->out_packet_rate, c->in_byte_rate, c->out_byte_rate };

	for (uint64_t n = 0; n < sizeof(got) / sizeof(got[0]); n++)
		assert_int_equal(got[n], (high * (n + 1) << 32) + n + 1);
}

/* The wide form counts where there is one. */
static void test_counters(void **state)
{
	struct nl_msg *service = service_message(7, AF_INET, 0), *dest = dest_message(true), *foreign = service_message(0, AF_UNIX, 0);
	struct ipvs_stats stats = { .n = 0 };
	struct ipvs_entry *of = parse_service(service_message(7, AF_INET, 0));

	(void)state;
	assert_int_equal(ipvs_nl_parse_service_stat(nlmsg_hdr(service), &stats), 0);
	assert_int_equal(ipvs_nl_parse_dest_stat(nlmsg_hdr(dest), of, &stats), 0);
	assert_int_equal(ipvs_nl_parse_service_stat(nlmsg_hdr(foreign), &stats), 0);
	assert_int_equal(stats.n, 2);
	assert_int_equal(stats.list[0].key.service.fwmark, 7);
	assert_int_equal(stats.list[0].key.server.addr.family, 0);
	check_counters(&stats.list[0].counters, 1);
	assert_int_equal(stats.list[1].key.service.fwmark, 7);
	assert_int_equal(stats.list[1].key.server.port, 8080);
	assert_int_equal(stats.list[1].conns.inactive, 5);
	check_counters(&stats.list[1].counters, 0);
	ipvs_stats_clear(&stats);
	ipvs_entry_free(of);
	nlmsg_free(service);
	nlmsg_free(dest);
	nlmsg_free(foreign);
}

static void feed(const void *bytes, size_t len)
{
	struct nlmsghdr *h = malloc(len);
	struct ipvs_stats stats = { .n = 0 };
	struct ipvs_entry *e = NULL;
	struct ipvs_nl_daemon d;
	int err;

	memcpy(h, bytes, len);
	h->nlmsg_len = (uint32_t)len;
	err = ipvs_nl_parse_service(h, &e);
	assert_true(err == 0 || (err == EBADMSG && !e));
	if (!e)
		e = parse_service(service_message(7, AF_INET, 0));
	assert_true(strnlen(e->scheduler, IPVS_NAMELEN) < IPVS_NAMELEN);
	err = ipvs_nl_parse_dest(h, e);
	assert_true(err == 0 || err == EBADMSG);
	err = ipvs_nl_parse_daemon(h, &d);
	assert_true(err == EBADMSG || strnlen(d.conf.ifname, sizeof(d.conf.ifname)) < sizeof(d.conf.ifname));
	err = ipvs_nl_parse_service_stat(h, &stats);
	assert_true(err == 0 || err == EBADMSG);
	err = ipvs_nl_parse_dest_stat(h, e, &stats);
	assert_true(err == 0 || err == EBADMSG);
	ipvs_stats_clear(&stats);
	ipvs_entry_free(e);
	free(h);
}

static void test_cut_and_bent(void **state)
{
	struct nl_msg *messages[] = { service_message(0, AF_INET, 1), dest_message(true), daemon_message(IP_VS_STATE_MASTER) };
	uint32_t seed = 20261122;
	uint8_t bytes[512];

	(void)state;
	for (size_t m = 0; m < 3; m++) {
		size_t len = nlmsg_hdr(messages[m])->nlmsg_len;

		assert_in_range(len, NLMSG_HDRLEN + 1, sizeof(bytes));
		for (size_t cut = NLMSG_HDRLEN; cut <= len; cut++)
			feed(nlmsg_hdr(messages[m]), cut);
		for (int round = 0; round < 20000; round++) {
			memcpy(bytes, nlmsg_hdr(messages[m]), len);
			for (int flips = 0; flips < 1 + round % 3; flips++) {
				seed = seed * 1664525u + 1013904223u;
				bytes[NLMSG_HDRLEN + (seed >> 8) % (len - NLMSG_HDRLEN)] = (uint8_t)(seed >> 24);
			}
			feed(bytes, len);
		}
		nlmsg_free(messages[m]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_service),
		cmocka_unit_test(test_dest),
		cmocka_unit_test(test_daemon),
		cmocka_unit_test(test_counters),
		cmocka_unit_test(test_cut_and_bent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
