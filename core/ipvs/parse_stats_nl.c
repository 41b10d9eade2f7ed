/*
 * Reading the kernel's counters: see parse_nl.h. Attributes as in linux/ip_vs.h.
 */
#include "config.h"

#include "core/ipvs/parse_nl.h"

#include <errno.h>
#include <linux/ip_vs.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>

static const struct nla_policy cmd_policy[IPVS_CMD_ATTR_MAX + 1] = {
	[IPVS_CMD_ATTR_SERVICE] = { .type = NLA_NESTED },
	[IPVS_CMD_ATTR_DEST] = { .type = NLA_NESTED },
};

/* 64 bits in the newer of the two forms; in the older one 32, but for bytes. */
static uint64_t get_count(struct nlattr *a)
{
	if (a && nla_len(a) >= (int)sizeof(uint64_t))
		return nla_get_u64(a);
	return a && nla_len(a) >= (int)sizeof(uint32_t) ? nla_get_u32(a) : 0;
}

static bool read_counters(struct nlattr *nest, struct ipvs_counters *out)
{
	struct nlattr *a[IPVS_STATS_ATTR_MAX + 1];

	if (!nest || nla_parse_nested(a, IPVS_STATS_ATTR_MAX, nest, NULL) < 0)
		return false;
	*out = (struct ipvs_counters){
		.conns = get_count(a[IPVS_STATS_ATTR_CONNS]),
		.in_packets = get_count(a[IPVS_STATS_ATTR_INPKTS]),
		.out_packets = get_count(a[IPVS_STATS_ATTR_OUTPKTS]),
		.in_bytes = get_count(a[IPVS_STATS_ATTR_INBYTES]),
		.out_bytes = get_count(a[IPVS_STATS_ATTR_OUTBYTES]),
		.conn_rate = get_count(a[IPVS_STATS_ATTR_CPS]),
		.in_packet_rate = get_count(a[IPVS_STATS_ATTR_INPPS]),
		.out_packet_rate = get_count(a[IPVS_STATS_ATTR_OUTPPS]),
		.in_byte_rate = get_count(a[IPVS_STATS_ATTR_INBPS]),
		.out_byte_rate = get_count(a[IPVS_STATS_ATTR_OUTBPS]),
	};
	return true;
}

/* The counters of a service or a server: the wide form where the kernel has it. */
static bool find_counters(struct nlmsghdr *h, int which, int wide, int narrow, struct ipvs_counters *out)
{
	enum { MOST = IPVS_DEST_ATTR_MAX > IPVS_SVC_ATTR_MAX ? IPVS_DEST_ATTR_MAX : IPVS_SVC_ATTR_MAX };
	struct nlattr *top[IPVS_CMD_ATTR_MAX + 1], *a[MOST + 1];

	if (genlmsg_parse(h, 0, top, IPVS_CMD_ATTR_MAX, cmd_policy) < 0 || !top[which] ||
	    nla_parse_nested(a, MOST, top[which], NULL) < 0)
		return false;
	return read_counters(a[wide] ? a[wide] : a[narrow], out);
}

int ipvs_nl_parse_service_stat(struct nlmsghdr *h, struct ipvs_stats *out)
{
	struct ipvs_entry *e = NULL;
	struct ipvs_stat one = { .conns = { .known = false } };
	int err = ipvs_nl_parse_service(h, &e);

	if (!e)
		return err;
	one.key.service = e->key;
	ipvs_entry_free(e);
	if (!find_counters(h, IPVS_CMD_ATTR_SERVICE, IPVS_SVC_ATTR_STATS64, IPVS_SVC_ATTR_STATS, &one.counters))
		return EBADMSG;
	*ipvs_stats_add(out) = one;
	return 0;
}

int ipvs_nl_parse_dest_stat(struct nlmsghdr *h, struct ipvs_entry *of, struct ipvs_stats *out)
{
	struct ipvs_stat one = { .key.service = of->key };
	int err;

	of->n = 0;
	err = ipvs_nl_parse_dest(h, of);
	if (err)
		return err;
	one.key.server = of->dests[0].server;
	one.conns = of->dests[0].conns;
	if (!find_counters(h, IPVS_CMD_ATTR_DEST, IPVS_DEST_ATTR_STATS64, IPVS_DEST_ATTR_STATS, &one.counters))
		return EBADMSG;
	*ipvs_stats_add(out) = one;
	return 0;
}
