/*
 * What the kernel says of tables of nf_tables: dumps and news. Hostile until checked.
 */
#include "config.h"

#include "core/net/fence_nl.h"

#include <netinet/in.h>
#include <string.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>

bool fence_parse_table(const struct nlmsghdr *h, const char *mark, char name[static FENCE_TABLE], bool *ours)
{
	struct nlattr *tb[NFTA_TABLE_MAX + 1];
	const size_t len = strlen(mark) + 1;
	const struct nfgenmsg *g = nlmsg_data(h);

	if (h->nlmsg_type != (NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWTABLE) || h->nlmsg_len < NLMSG_LENGTH(sizeof(*g)) ||
	    g->nfgen_family != NFPROTO_INET || nlmsg_parse((struct nlmsghdr *)h, sizeof(*g), tb, NFTA_TABLE_MAX, NULL) < 0 ||
	    !tb[NFTA_TABLE_NAME] || nla_len(tb[NFTA_TABLE_NAME]) < 1)
		return false;
	nla_strlcpy(name, tb[NFTA_TABLE_NAME], FENCE_TABLE);
	const struct nlattr *data = tb[NFTA_TABLE_USERDATA];

	*ours = data && (size_t)nla_len(data) == 2 + len && memcmp((const uint8_t *)nla_data(data) + 2, mark, len) == 0;
	return true;
}

bool fence_is_loss(const struct nlmsghdr *h, const char *table, uint32_t port)
{
	const struct nfgenmsg *g = nlmsg_data(h);
	const struct nlattr *name;

	/* Every kind of object names its table in its first attribute. */
	if (h->nlmsg_type >> 8 != NFNL_SUBSYS_NFTABLES || h->nlmsg_len < NLMSG_LENGTH(sizeof(*g)) || g->nfgen_family != NFPROTO_INET ||
	    h->nlmsg_pid == port)
		return false;
	switch (h->nlmsg_type & 0xff) {
	case NFT_MSG_DELTABLE:
	case NFT_MSG_DELCHAIN:
	case NFT_MSG_DELRULE:
	case NFT_MSG_DELSET:
	case NFT_MSG_DELSETELEM:
		break;
	default:
		return false;
	}
	name = nlmsg_find_attr((struct nlmsghdr *)h, sizeof(*g), NFTA_TABLE_NAME);
	return name && nla_len(name) == (int)strlen(table) + 1 && memcmp(nla_data(name), table, strlen(table) + 1) == 0;
}
