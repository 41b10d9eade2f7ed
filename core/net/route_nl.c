/*
 * RTM_NEWROUTE and RTM_DELROUTE (linux/rtnetlink.h, linux/lwtunnel.h).
 *
 * A removal names what makes the route distinct and its ways, so that one that somebody else put beside ours stays.
 */
#include "config.h"

#include "core/net/route_nl.h"

#include <errno.h>
#include <string.h>

#include <linux/lwtunnel.h>
#include <linux/mpls_iptunnel.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>

#include "core/base/text.h"

static int put_addr(struct nl_msg *msg, int type, const struct addr *a)
{
	return nla_put(msg, type, (int)addr_len(a->family), a->bytes);
}

/* ---- ways ---- */

static int put_labels(struct nl_msg *msg, const struct route_encap *e)
{
	uint8_t stack[4 * ROUTE_LABELS];

	for (size_t i = 0; i < e->n_labels; i++) {
		uint32_t entry = e->labels[i] << 12 | (i + 1 == e->n_labels ? 1u << 8 : 0);

		for (size_t k = 0; k < 4; k++)
			stack[4 * i + k] = (uint8_t)(entry >> (24 - 8 * k));
	}
	return nla_put(msg, MPLS_IPTUNNEL_DST, 4 * e->n_labels, stack);
}

static uint16_t be16(uint16_t n)
{
	uint8_t b[2] = { (uint8_t)(n >> 8), (uint8_t)n };
	uint16_t out;

	memcpy(&out, b, sizeof(out));
	return out;
}

static uint64_t be64(uint64_t n)
{
	uint8_t b[8];
	uint64_t out;

	for (size_t i = 0; i < 8; i++)
		b[i] = (uint8_t)(n >> (56 - 8 * i));
	memcpy(&out, b, sizeof(out));
	return out;
}

/* The attributes of both families have the same numbers. */
static int put_tunnel(struct nl_msg *msg, const struct route_encap *e)
{
	int err = 0;

	if (e->has_id)
		err |= nla_put_u64(msg, LWTUNNEL_IP_ID, be64(e->id));
	if (addr_is_set(&e->dst))
		err |= put_addr(msg, LWTUNNEL_IP_DST, &e->dst);
	if (addr_is_set(&e->src))
		err |= put_addr(msg, LWTUNNEL_IP_SRC, &e->src);
	if (e->has_ttl)
		err |= nla_put_u8(msg, LWTUNNEL_IP_TTL, e->ttl);
	if (e->has_tos)
		err |= nla_put_u8(msg, LWTUNNEL_IP_TOS, e->tos);
	if (e->has_flags)
		err |= nla_put_u16(msg, LWTUNNEL_IP_FLAGS, be16(e->flags));
	return err;
}

static int put_encap(struct nl_msg *msg, const struct route_encap *e)
{
	struct nlattr *nest;
	int err;

	if (e->type == ENCAP_NONE)
		return 0;
	nest = nla_nest_start(msg, RTA_ENCAP);
	if (!nest)
		return -1;
	err = e->type == ENCAP_MPLS ? put_labels(msg, e) : put_tunnel(msg, e);
	nla_nest_end(msg, nest);
	return err | nla_put_u16(msg, RTA_ENCAP_TYPE, (uint16_t)e->type);
}

/* A next hop of the route's own family, or of the other one. */
static int put_via(struct nl_msg *msg, const struct route_hop *h, uint8_t family)
{
	uint8_t via[2 + 16];
	uint16_t f = h->via.family;

	if (!addr_is_set(&h->via))
		return 0;
	if (h->via.family == family)
		return put_addr(msg, RTA_GATEWAY, &h->via);
	memcpy(via, &f, sizeof(f));
	memcpy(via + 2, h->via.bytes, addr_len(h->via.family));
	return nla_put(msg, RTA_VIA, 2 + (int)addr_len(h->via.family), via);
}

static int put_hop(struct nl_msg *msg, const struct route_hop *h, uint8_t family)
{
	struct rtnexthop *nh = nlmsg_reserve(msg, sizeof(*nh), RTNH_ALIGNTO);
	int err;

	if (!nh)
		return -1;
	memset(nh, 0, sizeof(*nh));
	nh->rtnh_ifindex = h->ifindex;
	nh->rtnh_hops = (uint8_t)(h->weight - 1);
	nh->rtnh_flags = h->onlink ? RTNH_F_ONLINK : 0;
	err = put_via(msg, h, family) | put_encap(msg, &h->encap);
	nh->rtnh_len = (unsigned short)((uint8_t *)nlmsg_tail(nlmsg_hdr(msg)) - (uint8_t *)nh);
	return err;
}

static int put_hops(struct nl_msg *msg, const struct net_route *r, struct rtmsg *rtm)
{
	struct nlattr *nest;
	int err = 0;

	if (r->n_hops == 0)
		return 0;
	if (r->n_hops == 1) {
		const struct route_hop *h = &r->hops[0];

		rtm->rtm_flags |= h->onlink ? RTNH_F_ONLINK : 0;
		if (h->ifindex)
			err |= nla_put_u32(msg, RTA_OIF, (uint32_t)h->ifindex);
		return err | put_via(msg, h, r->family) | put_encap(msg, &h->encap);
	}
	nest = nla_nest_start(msg, RTA_MULTIPATH);
	if (!nest)
		return -1;
	for (size_t i = 0; i < r->n_hops; i++)
		err |= put_hop(msg, &r->hops[i], r->family);
	nla_nest_end(msg, nest);
	return err;
}

/* ---- the rest ---- */

static int put_metrics(struct nl_msg *msg, const struct net_route *r)
{
	struct nlattr *nest;
	int err = 0;

	if (!r->metrics_set && !r->metrics_locked && !r->congctl[0])
		return 0;
	nest = nla_nest_start(msg, RTA_METRICS);
	if (!nest)
		return -1;
	if (r->metrics_locked)
		err |= nla_put_u32(msg, RTAX_LOCK, r->metrics_locked);
	for (int i = 1; i < ROUTE_METRICS; i++)
		if (r->metrics_set & 1u << i)
			err |= nla_put_u32(msg, i, r->metrics[i]);
	if (r->congctl[0])
		err |= nla_put_string(msg, RTAX_CC_ALGO, r->congctl);
	nla_nest_end(msg, nest);
	return err;
}

static int put_route(struct nl_msg *msg, const struct net_route *r, struct rtmsg *rtm)
{
	int err = 0;

	if (r->dst.len > 0)
		err |= put_addr(msg, RTA_DST, &r->dst.addr);
	if (addr_is_set(&r->src))
		err |= put_addr(msg, RTA_PREFSRC, &r->src);
	err |= nla_put_u32(msg, RTA_TABLE, r->table.number);
	if (r->metric)
		err |= nla_put_u32(msg, RTA_PRIORITY, r->metric);
	if (r->has_realms)
		err |= nla_put_u32(msg, RTA_FLOW, r->realm_from.number << 16 | r->realm_to.number);
	if (r->has_pref)
		err |= nla_put_u8(msg, RTA_PREF, r->pref);
	if (r->has_expires)
		err |= nla_put_u32(msg, RTA_EXPIRES, r->expires);
	if (r->has_propagate)
		err |= nla_put_u8(msg, RTA_TTL_PROPAGATE, r->propagate);
	return err | put_hops(msg, r, rtm) | put_metrics(msg, r);
}

static int order_flags(enum route_order o)
{
	switch (o) {
	case ROUTE_ADD:
		return NLM_F_CREATE | NLM_F_EXCL;
	case ROUTE_APPEND:
		return NLM_F_CREATE | NLM_F_APPEND;
	case ROUTE_PREPEND:
		break;
	}
	return NLM_F_CREATE;
}

static int msg_add(struct nl_batch *b, struct nl_msg *msg, int err)
{
	if (!err)
		err = nl_batch_add(b, msg);
	else
		err = ENOMEM;
	nlmsg_free(msg);
	return err;
}

int route_append(struct nl_batch *b, const struct net_route *r, bool add)
{
	struct nl_msg *msg = nlmsg_alloc_simple(add ? RTM_NEWROUTE : RTM_DELROUTE, add ? order_flags(r->order) : 0);
	struct rtmsg *rtm = msg ? nlmsg_reserve(msg, sizeof(*rtm), NLMSG_ALIGNTO) : NULL;

	if (!rtm) {
		nlmsg_free(msg);
		return ENOMEM;
	}
	memset(rtm, 0, sizeof(*rtm));
	rtm->rtm_family = r->family;
	rtm->rtm_dst_len = r->dst.len;
	rtm->rtm_tos = (uint8_t)r->tos.number;
	rtm->rtm_protocol = (uint8_t)r->protocol.number;
	rtm->rtm_scope = (uint8_t)r->scope.number;
	rtm->rtm_type = r->type;
	rtm->rtm_table = r->table.number < 256 ? (uint8_t)r->table.number : RT_TABLE_UNSPEC;
	return msg_add(b, msg, put_route(msg, r, rtm));
}

bool route_parse(struct nlmsghdr *h, struct net_route *out)
{
	static const struct nla_policy policy[RTA_TABLE + 1] = {
		[RTA_PRIORITY] = { .type = NLA_U32 },
		[RTA_TABLE] = { .type = NLA_U32 },
	};
	struct nlattr *tb[RTA_TABLE + 1];
	const struct rtmsg *rtm = NLMSG_DATA(h);

	if ((h->nlmsg_type != RTM_NEWROUTE && h->nlmsg_type != RTM_DELROUTE) ||
	    nlmsg_parse(h, sizeof(*rtm), tb, RTA_TABLE, policy) < 0)
		return false;
	if ((rtm->rtm_family != AF_INET && rtm->rtm_family != AF_INET6) || rtm->rtm_flags & RTM_F_CLONED ||
	    rtm->rtm_dst_len > 8 * addr_len(rtm->rtm_family) ||
	    (tb[RTA_DST] && nla_len(tb[RTA_DST]) != (int)addr_len(rtm->rtm_family)))
		return false;
	memset(out, 0, sizeof(*out));
	out->family = rtm->rtm_family;
	out->type = rtm->rtm_type;
	out->dst.len = rtm->rtm_dst_len;
	if (tb[RTA_DST]) {
		out->dst.addr.family = rtm->rtm_family;
		memcpy(out->dst.addr.bytes, nla_data(tb[RTA_DST]), addr_len(rtm->rtm_family));
	}
	out->table.number = tb[RTA_TABLE] ? nla_get_u32(tb[RTA_TABLE]) : rtm->rtm_table;
	out->protocol.number = rtm->rtm_protocol;
	out->tos.number = rtm->rtm_tos;
	out->scope.number = rtm->rtm_scope;
	out->metric = tb[RTA_PRIORITY] ? nla_get_u32(tb[RTA_PRIORITY]) : 0;
	return true;
}

struct nl_msg *route_dump_request(bool rules)
{
	struct nl_msg *msg = nlmsg_alloc_simple(rules ? RTM_GETRULE : RTM_GETROUTE, 0);
	struct rtmsg rtm = { .rtm_family = AF_UNSPEC }; /* as long as a struct fib_rule_hdr */

	if (msg && nlmsg_append(msg, &rtm, sizeof(rtm), NLMSG_ALIGNTO) < 0) {
		nlmsg_free(msg);
		return NULL;
	}
	return msg;
}

void route_dump_free(struct nl_msg *msg)
{
	nlmsg_free(msg);
}
