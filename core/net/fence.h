/*
 * The fence around addresses that are held but not to be used: with accept mode off, packets to a virtual address are dropped here unless
 * the router owns it (RFC 9568, 6.4.3). Neighbour discovery for them goes on, or nobody could send through the router; ARP is not IP.
 *
 * One table of nf_tables, family inet, one chain at the input hook. It bears our mark, so that a later life recognises it; a table of
 * that name without the mark is somebody else's and is left alone. Where another hand empties or removes it, it is made again.
 */
#ifndef REGENT_NET_FENCE_H
#define REGENT_NET_FENCE_H

#include "core/net/netmon.h"
#include "core/nl/nl.h"

struct fence;

/* Built in zeroed memory and compared as bytes. */
struct fence_addr {
	struct addr addr;
	char ifname[IFNAMSIZ]; /* of a link-local address, which means something on one interface only; else "" */
	uint32_t ifindex;      /* likewise */
};

enum { FENCE_TABLE = 64, FENCE_MARK = 64 };

/* Built in zeroed memory and compared as bytes. */
struct fence_conf {
	char table[FENCE_TABLE]; /* "" : there is no such router, and no table */
	char mark[FENCE_MARK];   /* "regent:INSTANCE" */
	int32_t priority;
	bool counters;
	bool by_index;           /* interfaces by number, not by name */
};

struct fence_counts {
	size_t addrs;
	uint64_t rebuilt; /* because of another hand */
};

/* NULL: no memory. */
struct fence *fence_new(struct loop *l, struct nl *nl);
/* What the file says. The table is made, made anew or removed from the run queue, by one transaction. */
void fence_configure(struct fence *f, const struct fence_conf *c);
/* From now on these are the addresses that `owner` wants packets to be dropped for: kernel requests of the urgent class that are queued
 * after this find it so. n = 0: none. */
void fence_want(struct fence *f, const void *owner, const struct fence_addr *list, size_t n);
void fence_count(const struct fence *f, struct fence_counts *out);
/* Remove the table; done() once that has happened, from the run queue. */
void fence_stop(struct fence *f, void (*done)(void *user), void *user);
/* Before nl_stop(). The table stays, unless it was removed: packets are dropped until the next life has it. */
void fence_free(struct fence *f);

#endif
