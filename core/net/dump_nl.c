/*
 * RTM_GETLINK and RTM_GETADDR dumps. Links come first: an address of a link that appeared in between waits in the
 * cache for the link's own notification.
 */
#include "config.h"

#include "core/net/dump_nl.h"

#include <errno.h>
#include <stdlib.h>

#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>

#include "core/net/parse_nl.h"

/* Room for one more element: the array, moved, or NULL. */
static void *dump_room(void *items, size_t n, size_t *cap, size_t size)
{
	size_t want = 2 * *cap + 64;

	if (n < *cap)
		return items;
	items = reallocarray(items, want, size);
	if (items)
		*cap = want;
	return items;
}

static int dump_link(struct nlmsghdr *h, void *arg)
{
	struct net_dump *d = arg;
	struct net_link *links = dump_room(d->links, d->n_links, &d->cap_links, sizeof(*links));

	if (!links)
		return ENOMEM;
	d->links = links;
	if (parse_link(h, &links[d->n_links]))
		d->n_links++;
	return 0;
}

static int dump_addr(struct nlmsghdr *h, void *arg)
{
	struct net_dump *d = arg;
	struct net_addr_peer *addrs = dump_room(d->addrs, d->n_addrs, &d->cap_addrs, sizeof(*addrs));

	if (!addrs)
		return ENOMEM;
	d->addrs = addrs;
	if (parse_addr(h, &addrs[d->n_addrs]))
		d->n_addrs++;
	return 0;
}

static void dump_restart_links(void *arg)
{
	((struct net_dump *)arg)->n_links = 0;
}

static void dump_restart_addrs(void *arg)
{
	((struct net_dump *)arg)->n_addrs = 0;
}

static int dump_links(struct nl_ctx *ctx, struct net_dump *d)
{
	struct ifinfomsg info = { .ifi_family = AF_UNSPEC };
	struct nl_msg *msg = nlmsg_alloc_simple(RTM_GETLINK, 0);
	int err = ENOMEM;

	if (!msg)
		return err;
	if (nlmsg_append(msg, &info, sizeof(info), NLMSG_ALIGNTO) == 0 &&
	    nla_put_u32(msg, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS) == 0)
		err = nl_ctx_dump(ctx, NL_ROUTE, msg, dump_link, dump_restart_links, d);
	nlmsg_free(msg);
	return err;
}

static int dump_addrs(struct nl_ctx *ctx, struct net_dump *d)
{
	struct ifaddrmsg info = { .ifa_family = AF_UNSPEC };
	struct nl_msg *msg = nlmsg_alloc_simple(RTM_GETADDR, 0);
	int err = ENOMEM;

	if (!msg)
		return err;
	if (nlmsg_append(msg, &info, sizeof(info), NLMSG_ALIGNTO) == 0)
		err = nl_ctx_dump(ctx, NL_ROUTE, msg, dump_addr, dump_restart_addrs, d);
	nlmsg_free(msg);
	return err;
}

int net_dump_run(struct nl_ctx *ctx, struct net_dump *d)
{
	int err = dump_links(ctx, d);

	return err ? err : dump_addrs(ctx, d);
}

void net_dump_free(struct net_dump *d)
{
	free(d->links);
	free(d->addrs);
	*d = (struct net_dump){ 0 };
}
