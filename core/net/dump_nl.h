/*
 * Listing every link and every address of the host: run on the kernel thread, into arrays that the loop then reads.
 */
#ifndef REGENT_NET_DUMP_NL_H
#define REGENT_NET_DUMP_NL_H

#include "core/net/cache.h"

struct net_dump {
	struct net_link *links;
	size_t n_links, cap_links;
	struct net_addr_peer *addrs;
	size_t n_addrs, cap_addrs;
};

/* Fills a zeroed struct. 0 or a positive errno; what was gathered is to be freed in both cases. */
int net_dump_run(struct nl_ctx *ctx, struct net_dump *d);
void net_dump_free(struct net_dump *d);

#endif
