/*
 * Reading RTM_*LINK and RTM_*ADDR messages. Every attribute's length is checked by libnl against a policy, and
 * what depends on the address family here; a message with a broken attribute is not used at all.
 */
#include "config.h"

#include "core/net/parse_nl.h"

#include <string.h>

#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>

#include "core/base/text.h"

/* IFA_PROTO is younger than some headers. */
enum { ATTR_IFA_PROTO = 11 };

static const struct nla_policy link_policy[IFLA_IFALIAS + 1] = {
	[IFLA_IFNAME] = { .type = NLA_STRING, .minlen = 2, .maxlen = IFNAMSIZ },
	[IFLA_MTU] = { .type = NLA_U32 },
	[IFLA_LINK] = { .type = NLA_U32 },
	[IFLA_MASTER] = { .type = NLA_U32 },
	[IFLA_LINKINFO] = { .type = NLA_NESTED },
};

static const struct nla_policy addr_policy[ATTR_IFA_PROTO + 1] = {
	[IFA_FLAGS] = { .type = NLA_U32 },
	[ATTR_IFA_PROTO] = { .type = NLA_U8 },
};

/* The first number among the data of a kind: a macvlan's mode, a VRF's table. */
static uint32_t parse_data(struct nlattr *data, int type)
{
	struct nlattr *attr = data ? nla_find(nla_data(data), nla_len(data), type) : NULL;

	return attr && nla_len(attr) >= (int)sizeof(uint32_t) ? nla_get_u32(attr) : 0;
}

static void parse_info(struct nlattr *info, struct net_link *out)
{
	struct nlattr *kind = nla_find(nla_data(info), nla_len(info), IFLA_INFO_KIND);
	struct nlattr *data = nla_find(nla_data(info), nla_len(info), IFLA_INFO_DATA);

	if (!kind || nla_len(kind) < 1 || ((const char *)nla_data(kind))[nla_len(kind) - 1] != '\0')
		return;
	text_copy(out->kind, sizeof(out->kind), nla_get_string(kind));
	if (strcmp(out->kind, "macvlan") == 0)
		out->mode = parse_data(data, IFLA_MACVLAN_MODE);
	else if (strcmp(out->kind, "vrf") == 0)
		out->vrf_table = parse_data(data, IFLA_VRF_TABLE);
}

/* Up to 255 bytes, ended by a zero or not. */
static void parse_alias(struct nlattr *attr, struct net_link *out)
{
	int len = nla_len(attr) < NET_ALIAS ? nla_len(attr) : NET_ALIAS - 1;

	memcpy(out->alias, nla_data(attr), (size_t)len);
	for (size_t at = strlen(out->alias); at < sizeof(out->alias); at++)
		out->alias[at] = '\0';
}

bool parse_link(struct nlmsghdr *h, struct net_link *out)
{
	struct nlattr *tb[IFLA_IFALIAS + 1];
	const struct ifinfomsg *info = NLMSG_DATA(h);

	if ((h->nlmsg_type != RTM_NEWLINK && h->nlmsg_type != RTM_DELLINK) ||
	    nlmsg_parse(h, sizeof(*info), tb, IFLA_IFALIAS, link_policy) < 0)
		return false;
	if (info->ifi_family != AF_UNSPEC || info->ifi_index <= 0 || !tb[IFLA_IFNAME])
		return false;
	memset(out, 0, sizeof(*out));
	out->ifindex = info->ifi_index;
	out->type = info->ifi_type;
	out->up = info->ifi_flags & IFF_UP;
	out->running = out->up && info->ifi_flags & IFF_RUNNING && info->ifi_flags & IFF_LOWER_UP;
	text_copy(out->name, sizeof(out->name), nla_get_string(tb[IFLA_IFNAME]));
	if (tb[IFLA_MTU])
		out->mtu = nla_get_u32(tb[IFLA_MTU]);
	if (tb[IFLA_IFALIAS])
		parse_alias(tb[IFLA_IFALIAS], out);
	out->parent = tb[IFLA_LINK] ? (int)nla_get_u32(tb[IFLA_LINK]) : 0;
	out->master = tb[IFLA_MASTER] ? (int)nla_get_u32(tb[IFLA_MASTER]) : 0;
	if (tb[IFLA_LINKINFO])
		parse_info(tb[IFLA_LINKINFO], out);
	if (tb[IFLA_ADDRESS] && nla_len(tb[IFLA_ADDRESS]) == (int)sizeof(out->mac)) {
		memcpy(out->mac, nla_data(tb[IFLA_ADDRESS]), sizeof(out->mac));
		out->has_mac = true;
	}
	return out->name[0] != '\0';
}

/* False where the attribute's length is not that of the family's addresses. An absent one is family 0. */
static bool parse_host(struct nlattr *attr, uint8_t family, struct addr *out)
{
	memset(out, 0, sizeof(*out));
	if (!attr)
		return true;
	if (nla_len(attr) != (int)addr_len(family))
		return false;
	out->family = family;
	memcpy(out->bytes, nla_data(attr), addr_len(family));
	return true;
}

/* IFA_LOCAL is this host's address and IFA_ADDRESS the peer's; IPv6 leaves IFA_LOCAL out where there is no peer,
 * IPv4 then says the same twice. */
static bool parse_hosts(struct nlattr **tb, uint8_t family, struct addr *local, struct addr *peer)
{
	if (!parse_host(tb[IFA_LOCAL], family, local) || !parse_host(tb[IFA_ADDRESS], family, peer))
		return false;
	if (!addr_is_set(local))
		*local = *peer;
	if (addr_cmp(local, peer) == 0)
		memset(peer, 0, sizeof(*peer));
	return addr_is_set(local);
}

bool parse_addr(struct nlmsghdr *h, struct net_addr_peer *out)
{
	struct nlattr *tb[ATTR_IFA_PROTO + 1];
	const struct ifaddrmsg *info = NLMSG_DATA(h);
	struct net_addr *a = &out->addr;

	if ((h->nlmsg_type != RTM_NEWADDR && h->nlmsg_type != RTM_DELADDR) ||
	    nlmsg_parse(h, sizeof(*info), tb, ATTR_IFA_PROTO, addr_policy) < 0)
		return false;
	if ((info->ifa_family != AF_INET && info->ifa_family != AF_INET6) || info->ifa_index == 0 ||
	    info->ifa_index > INT32_MAX || info->ifa_prefixlen > 8 * addr_len(info->ifa_family))
		return false;
	memset(out, 0, sizeof(*out));
	if (!parse_hosts(tb, info->ifa_family, &a->prefix.addr, &out->peer))
		return false;
	a->ifindex = (int)info->ifa_index;
	a->prefix.len = info->ifa_prefixlen;
	a->scope = info->ifa_scope;
	a->flags = tb[IFA_FLAGS] ? nla_get_u32(tb[IFA_FLAGS]) : info->ifa_flags;
	a->proto = tb[ATTR_IFA_PROTO] ? nla_get_u8(tb[ATTR_IFA_PROTO]) : 0;
	return true;
}
