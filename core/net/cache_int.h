/*
 * The entries of the cache, for cache.c (what changes them) and lookup.c (what reads them).
 */
#ifndef REGENT_NET_CACHE_INT_H
#define REGENT_NET_CACHE_INT_H

#include "core/net/cache.h"

/* Without padding: it is hashed and compared as bytes. */
struct cache_addr_key {
	int32_t ifindex;
	struct addr local;
	struct addr peer;
	uint8_t len;
	uint8_t zero;
};
_Static_assert(sizeof(struct cache_addr_key) == sizeof(int32_t) + 2 * sizeof(struct addr) + 2, "padding in a hash key");

struct cache_link {
	int ifindex;
	struct net_link link;
	unsigned seen;            /* generation in which it was last heard of */
	bool known;               /* else a tombstone, or only the holder of addresses */
	bool named;               /* is in by_name */
	size_t n_peers;           /* of its addresses that have one */
	struct cache_addrs addrs; /* in the order in which they came, as the kernel has them */
	TAILQ_ENTRY(cache_link) in_all;
	UT_hash_handle hh, hh_name;
};

struct cache_addr {
	struct cache_addr_key key;
	struct net_addr addr;
	struct cache_link *link;
	unsigned seen;
	bool known; /* else a tombstone */
	TAILQ_ENTRY(cache_addr) in_link, in_all;
	UT_hash_handle hh;
};

/* How many known addresses are this host, on whatever interface. */
struct cache_host {
	struct addr addr;
	unsigned n;
	UT_hash_handle hh;
};

struct cache_addr_key cache_key_make(int ifindex, const struct prefix *p, const struct addr *peer);
struct cache_link *cache_find_link(const struct cache *c, int ifindex);
struct cache_addr *cache_find_addr(const struct cache *c, const struct cache_addr_key *k);
struct cache_host *cache_find_host(const struct cache *c, const struct addr *a);

#endif
