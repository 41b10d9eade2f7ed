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

bool rule_parse(struct nlmsghdr *h, struct net_rule *out)
{
	static const struct nla_policy policy[FRA_PROTOCOL + 1] = {
		[FRA_IIFNAME] = { .type = NLA_STRING, .minlen = 1, .maxlen = IFNAMSIZ },
		[FRA_OIFNAME] = { .type = NLA_STRING, .minlen = 1, .maxlen = IFNAMSIZ },
		[FRA_PRIORITY] = { .type = NLA_U32 },
		[FRA_FWMARK] = { .type = NLA_U32 },
		[FRA_TABLE] = { .type = NLA_U32 },
		[FRA_PROTOCOL] = { .type = NLA_U8 },
	};
	struct nlattr *tb[FRA_PROTOCOL + 1];
	const struct fib_rule_hdr *hdr = NLMSG_DATA(h);

	if ((h->nlmsg_type != RTM_NEWRULE && h->nlmsg_type != RTM_DELRULE) ||
	    nlmsg_parse(h, sizeof(*hdr), tb, FRA_PROTOCOL, policy) < 0)
		return false;
	if (hdr->family != AF_INET && hdr->family != AF_INET6)
		return false;
	memset(out, 0, sizeof(*out));
	out->family = hdr->family;
	out->action = hdr->action;
	if (!take_prefix(tb[FRA_SRC], hdr->family, hdr->src_len, &out->from) ||
	    !take_prefix(tb[FRA_DST], hdr->family, hdr->dst_len, &out->to))
		return false;
	out->table.number = tb[FRA_TABLE] ? nla_get_u32(tb[FRA_TABLE]) : hdr->table;
	out->priority = tb[FRA_PRIORITY] ? nla_get_u32(tb[FRA_PRIORITY]) : 0;
	out->has_priority = true;
	out->mark = tb[FRA_FWMARK] ? nla_get_u32(tb[FRA_FWMARK]) : 0;
	out->protocol.number = tb[FRA_PROTOCOL] ? nla_get_u8(tb[FRA_PROTOCOL]) : 0;
	text_copy(out->iif, sizeof(out->iif), tb[FRA_IIFNAME] ? nla_get_string(tb[FRA_IIFNAME]) : "");
	text_copy(out->oif, sizeof(out->oif), tb[FRA_OIFNAME] ? nla_get_string(tb[FRA_OIFNAME]) : "");
	return true;
}
