/*
 * RTM_NEWRULE and RTM_DELRULE (linux/fib_rules.h).
 */
#include "config.h"

#include "core/net/route_nl.h"

#include <errno.h>
#include <string.h>

#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>

#include "core/base/text.h"

static int put_prefix(struct nl_msg *msg, int type, const struct prefix *p)
{
	if (!addr_is_set(&p->addr) || p->len == 0)
		return 0;
	return nla_put(msg, type, (int)addr_len(p->addr.family), p->addr.bytes);
}

static int put_ports(struct nl_msg *msg, int type, const uint16_t ports[2])
{
	struct fib_rule_port_range range = { ports[0], ports[1] };

	return ports[0] ? nla_put(msg, type, sizeof(range), &range) : 0;
}

static int put_selectors(struct nl_msg *msg, const struct net_rule *r)
{
	struct fib_rule_uid_range uids = { r->uid_first, r->uid_last };
	int err = put_prefix(msg, FRA_SRC, &r->from) | put_prefix(msg, FRA_DST, &r->to);

	if (r->iif[0])
		err |= nla_put_string(msg, FRA_IIFNAME, r->iif);
	if (r->oif[0])
		err |= nla_put_string(msg, FRA_OIFNAME, r->oif);
	if (r->has_mark)
		err |= nla_put_u32(msg, FRA_FWMARK, r->mark);
	if (r->has_mask)
		err |= nla_put_u32(msg, FRA_FWMASK, r->mask);
	if (r->has_uids)
		err |= nla_put(msg, FRA_UID_RANGE, sizeof(uids), &uids);
	if (r->ip_proto)
		err |= nla_put_u8(msg, FRA_IP_PROTO, r->ip_proto);
	if (r->has_tun_id) {
		uint8_t id[8] = { [4] = (uint8_t)(r->tun_id >> 24), (uint8_t)(r->tun_id >> 16), (uint8_t)(r->tun_id >> 8),
			          (uint8_t)r->tun_id };
		err |= nla_put(msg, FRA_TUN_ID, sizeof(id), id);
	}
	return err | put_ports(msg, FRA_SPORT_RANGE, r->sport) | put_ports(msg, FRA_DPORT_RANGE, r->dport);
}

static int put_rule(struct nl_msg *msg, const struct net_rule *r)
{
	int err = put_selectors(msg, r) | nla_put_u8(msg, FRA_PROTOCOL, (uint8_t)r->protocol.number);

	if (r->has_priority)
		err |= nla_put_u32(msg, FRA_PRIORITY, r->priority);
	if (r->l3mdev)
		err |= nla_put_u8(msg, FRA_L3MDEV, 1);
	else if (r->table.number)
		err |= nla_put_u32(msg, FRA_TABLE, r->table.number);
	if (r->action == FR_ACT_GOTO)
		err |= nla_put_u32(msg, FRA_GOTO, r->goto_priority);
	if (r->has_realms)
		err |= nla_put_u32(msg, FRA_FLOW, r->realm_from.number << 16 | r->realm_to.number);
	if (r->has_suppress_len)
		err |= nla_put_u32(msg, FRA_SUPPRESS_PREFIXLEN, r->suppress_len);
	if (r->has_suppress_group)
		err |= nla_put_u32(msg, FRA_SUPPRESS_IFGROUP, r->suppress_group.number);
	return err;
}

int rule_append(struct nl_batch *b, const struct net_rule *r, bool add)
{
	struct nl_msg *msg = nlmsg_alloc_simple(add ? RTM_NEWRULE : RTM_DELRULE, add ? NLM_F_CREATE | NLM_F_EXCL : 0);
	struct fib_rule_hdr *hdr = msg ? nlmsg_reserve(msg, sizeof(*hdr), NLMSG_ALIGNTO) : NULL;
	int err = ENOMEM;

	if (hdr) {
		memset(hdr, 0, sizeof(*hdr));
		hdr->family = r->family;
		hdr->src_len = addr_is_set(&r->from.addr) ? r->from.len : 0;
		hdr->dst_len = addr_is_set(&r->to.addr) ? r->to.len : 0;
		hdr->tos = (uint8_t)r->tos.number;
		hdr->table = r->table.number < 256 ? (uint8_t)r->table.number : RT_TABLE_UNSPEC;
		hdr->action = r->action;
		hdr->flags = r->invert ? FIB_RULE_INVERT : 0;
		err = put_rule(msg, r) == 0 ? nl_batch_add(b, msg) : ENOMEM;
	}
	nlmsg_free(msg);
	return err;
}

static bool take_prefix(struct nlattr *attr, uint8_t family, uint8_t len, struct prefix *out)
{
	if (!attr || len == 0)
		return true;
	if (nla_len(attr) != (int)addr_len(family) || len > 8 * addr_len(family))
		return false;
	out->addr.family = family;
	memcpy(out->addr.bytes, nla_data(attr), addr_len(family));
	out->len = len;
	return true;
}

static uint32_t u32_of(const struct nlattr *attr)
{
	return attr ? nla_get_u32(attr) : 0;
}

static void take_name(const struct nlattr *attr, char out[IFNAMSIZ])
{
	text_copy(out, IFNAMSIZ, attr ? nla_get_string(attr) : "");
}

/* The kernel tells of a range of ports where there is one. */
static void take_ports(const struct nlattr *attr, uint16_t out[2])
{
	struct fib_rule_port_range range = { 0 };

	if (attr)
		memcpy(&range, nla_data(attr), sizeof(range));
	out[0] = range.start;
	out[1] = range.end;
}

static void take_tunnel(const struct nlattr *attr, struct net_rule *out)
{
	const uint8_t *id = attr ? nla_data(attr) : NULL;

	out->has_tun_id = attr != NULL;
	if (id)
		out->tun_id = (uint32_t)id[4] << 24 | (uint32_t)id[5] << 16 | (uint32_t)id[6] << 8 | id[7];
}

static void take_selectors(struct nlattr *const tb[], struct net_rule *out)
{
	struct fib_rule_uid_range uids = { 0 };

	out->has_mark = tb[FRA_FWMARK] || tb[FRA_FWMASK];
	out->mark = u32_of(tb[FRA_FWMARK]);
	out->has_mask = tb[FRA_FWMASK] != NULL;
	out->mask = u32_of(tb[FRA_FWMASK]);
	out->has_uids = tb[FRA_UID_RANGE] != NULL;
	if (out->has_uids)
		memcpy(&uids, nla_data(tb[FRA_UID_RANGE]), sizeof(uids));
	out->uid_first = uids.start;
	out->uid_last = uids.end;
	out->ip_proto = tb[FRA_IP_PROTO] ? nla_get_u8(tb[FRA_IP_PROTO]) : 0;
	take_name(tb[FRA_IIFNAME], out->iif);
	take_name(tb[FRA_OIFNAME], out->oif);
	take_ports(tb[FRA_SPORT_RANGE], out->sport);
	take_ports(tb[FRA_DPORT_RANGE], out->dport);
	take_tunnel(tb[FRA_TUN_ID], out);
}

/* What is not suppressed has all bits set. */
static bool take_suppressed(const struct nlattr *attr, uint32_t *out)
{
	bool has = attr && nla_get_u32(attr) != UINT32_MAX;

	*out = has ? nla_get_u32(attr) : 0;
	return has;
}

static void take_effect(struct nlattr *const tb[], const struct fib_rule_hdr *hdr, struct net_rule *out)
{
	uint32_t flow = u32_of(tb[FRA_FLOW]);

	out->action = hdr->action;
	out->table.number = tb[FRA_TABLE] ? nla_get_u32(tb[FRA_TABLE]) : hdr->table;
	out->l3mdev = tb[FRA_L3MDEV] && nla_get_u8(tb[FRA_L3MDEV]);
	out->goto_priority = u32_of(tb[FRA_GOTO]);
	out->has_realms = flow != 0;
	out->realm_from.number = flow >> 16;
	out->realm_to.number = flow & 0xffff;
	out->has_suppress_len = take_suppressed(tb[FRA_SUPPRESS_PREFIXLEN], &out->suppress_len);
	out->has_suppress_group = take_suppressed(tb[FRA_SUPPRESS_IFGROUP], &out->suppress_group.number);
}

/* No reader of strings or numbers below looks at what is not as long as this says. */
static const struct nla_policy policy[FRA_DPORT_RANGE + 1] = {
	[FRA_IIFNAME] = { .type = NLA_STRING, .minlen = 1, .maxlen = IFNAMSIZ },
	[FRA_OIFNAME] = { .type = NLA_STRING, .minlen = 1, .maxlen = IFNAMSIZ },
	[FRA_GOTO] = { .type = NLA_U32 },
	[FRA_PRIORITY] = { .type = NLA_U32 },
	[FRA_FWMARK] = { .type = NLA_U32 },
	[FRA_FWMASK] = { .type = NLA_U32 },
	[FRA_FLOW] = { .type = NLA_U32 },
	[FRA_TUN_ID] = { .type = NLA_UNSPEC, .minlen = 8 },
	[FRA_SUPPRESS_IFGROUP] = { .type = NLA_U32 },
	[FRA_SUPPRESS_PREFIXLEN] = { .type = NLA_U32 },
	[FRA_TABLE] = { .type = NLA_U32 },
	[FRA_L3MDEV] = { .type = NLA_U8 },
	[FRA_UID_RANGE] = { .type = NLA_UNSPEC, .minlen = sizeof(struct fib_rule_uid_range) },
	[FRA_PROTOCOL] = { .type = NLA_U8 },
	[FRA_IP_PROTO] = { .type = NLA_U8 },
	[FRA_SPORT_RANGE] = { .type = NLA_UNSPEC, .minlen = sizeof(struct fib_rule_port_range) },
	[FRA_DPORT_RANGE] = { .type = NLA_UNSPEC, .minlen = sizeof(struct fib_rule_port_range) },
};

bool rule_parse(struct nlmsghdr *h, struct net_rule *out)
{
	struct nlattr *tb[FRA_DPORT_RANGE + 1];
	const struct fib_rule_hdr *hdr = NLMSG_DATA(h);

	if ((h->nlmsg_type != RTM_NEWRULE && h->nlmsg_type != RTM_DELRULE) ||
	    nlmsg_parse(h, sizeof(*hdr), tb, FRA_DPORT_RANGE, policy) < 0)
		return false;
	if (hdr->family != AF_INET && hdr->family != AF_INET6)
		return false;
	memset(out, 0, sizeof(*out));
	out->family = hdr->family;
	out->invert = hdr->flags & FIB_RULE_INVERT;
	out->tos.number = hdr->tos;
	if (!take_prefix(tb[FRA_SRC], hdr->family, hdr->src_len, &out->from) ||
	    !take_prefix(tb[FRA_DST], hdr->family, hdr->dst_len, &out->to))
		return false;
	out->priority = u32_of(tb[FRA_PRIORITY]);
	out->has_priority = true;
	out->protocol.number = tb[FRA_PROTOCOL] ? nla_get_u8(tb[FRA_PROTOCOL]) : 0;
	take_selectors(tb, out);
	take_effect(tb, hdr, out);
	return true;
}
