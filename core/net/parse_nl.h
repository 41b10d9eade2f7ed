/*
 * rtnetlink messages about links and addresses, read into plain structs (RFC 3549; linux/if_link.h, linux/if_addr.h).
 */
#ifndef REGENT_NET_PARSE_NL_H
#define REGENT_NET_PARSE_NL_H

#include <linux/netlink.h>

#include "core/net/cache.h"

/* Each reads a message whose nlmsg_len bytes are all there. False: not of this kind, of another protocol family's
 * view (a bridge reports its ports by link messages of its own), or broken; *out is then undefined. */
bool parse_link(struct nlmsghdr *h, struct net_link *out);
bool parse_addr(struct nlmsghdr *h, struct net_addr_peer *out);

#endif
