/*
 * The interfaces and addresses that are known, as a value: lookups, and the merging of notifications with dumps.
 * Pure.
 *
 * Two sources feed it: notifications as they come (put, drop), and a dump that was begun earlier and arrives
 * later, in slices (begin, merge..., end, sweep). A notification heard since begin() is at least as new as what
 * the dump says of the same object, so the dump leaves what was touched alone, removals too (they are kept as
 * tombstones until end()). The listener is told of real differences only, after the cache has changed; it must not
 * change the cache.
 */
#ifndef REGENT_NET_CACHE_H
#define REGENT_NET_CACHE_H

#include <sys/queue.h>

#include <uthash.h>

#include "core/net/netmon.h"

/* An address with what makes it distinct beside interface and prefix: the peer of a point-to-point one, else
 * family 0. */
struct net_addr_peer {
	struct net_addr addr;
	struct addr peer;
};

struct cache_listener {
	void (*link)(void *user, const struct net_link *link, bool gone);
	void (*addr)(void *user, const struct net_addr *addr, bool gone);
	void *user;
};

struct cache_link;
struct cache_addr;
struct cache_host;
TAILQ_HEAD(cache_links, cache_link);
TAILQ_HEAD(cache_addrs, cache_addr);

struct cache {
	struct cache_listener listener;
	struct cache_link *by_index, *by_name; /* uthash */
	struct cache_addr *by_key;
	struct cache_host *by_host;
	struct cache_links links; /* all, tombstones and mere holders of addresses too */
	struct cache_addrs addrs;
	struct cache_link *next_link; /* where the sweep goes on */
	struct cache_addr *next_addr;
	unsigned generation; /* of the last begin() */
	bool merging;        /* between begin() and end() */
};

void cache_init(struct cache *c, const struct cache_listener *listener);
/* Forgets everything and tells nobody. */
void cache_clear(struct cache *c);

/* ---- notifications ---- */
void cache_put_link(struct cache *c, const struct net_link *l);
/* The interface's addresses go with it, and before it. */
void cache_drop_link(struct cache *c, int ifindex);
void cache_put_addr(struct cache *c, const struct net_addr_peer *a);
void cache_drop_addr(struct cache *c, const struct net_addr_peer *a);

/* ---- a dump ---- */
/* A dump begins; whatever an earlier one has merged stays. */
void cache_begin(struct cache *c);
void cache_merge_link(struct cache *c, const struct net_link *l);
void cache_merge_addr(struct cache *c, const struct net_addr_peer *a);
/* All is merged; from here on sweep. */
void cache_end(struct cache *c);
/* Look at one more object, and forget it where the dump did not have it. False: all have been looked at. */
bool cache_sweep(struct cache *c);

/* ---- lookups ---- */
const struct net_link *cache_link_by_index(const struct cache *c, int ifindex);
const struct net_link *cache_link_by_name(const struct cache *c, const char *name);
bool cache_has_addr(const struct cache *c, int ifindex, const struct prefix *p);
bool cache_has_host(const struct cache *c, const struct addr *a);
/* See netmon_primary_addr(). */
const struct net_addr *cache_primary(const struct cache *c, int ifindex, uint8_t family, const struct addr *exclude,
                                     size_t n_exclude);
void cache_each_link(const struct cache *c, void (*fn)(void *user, const struct net_link *l), void *user);
void cache_each_addr(const struct cache *c, void (*fn)(void *user, const struct net_addr *a), void *user);

#endif
