/*
 * The cache's questions: by name, by index, by address, and which address adverts are sent from.
 */
#include "config.h"

#include "core/net/cache.h"

#include <limits.h>
#include <string.h>

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>

#include "core/net/cache_int.h"

struct cache_addr_key cache_key_make(int ifindex, const struct prefix *p, const struct addr *peer)
{
	return (struct cache_addr_key){ .ifindex = ifindex, .local = p->addr, .peer = *peer, .len = p->len };
}

struct cache_link *cache_find_link(const struct cache *c, int ifindex)
{
	struct cache_link *e;

	HASH_FIND_INT(c->by_index, &ifindex, e);
	return e;
}

struct cache_addr *cache_find_addr(const struct cache *c, const struct cache_addr_key *k)
{
	struct cache_addr *e;

	HASH_FIND(hh, c->by_key, k, sizeof(*k), e);
	return e;
}

struct cache_host *cache_find_host(const struct cache *c, const struct addr *a)
{
	struct cache_host *h;

	HASH_FIND(hh, c->by_host, a, sizeof(*a), h);
	return h;
}

const struct net_link *cache_link_by_index(const struct cache *c, int ifindex)
{
	const struct cache_link *e = cache_find_link(c, ifindex);

	return e && e->known ? &e->link : NULL;
}

const struct net_link *cache_link_by_name(const struct cache *c, const char *name)
{
	struct cache_link *e;

	HASH_FIND(hh_name, c->by_name, name, strlen(name), e);
	return e ? &e->link : NULL;
}

static bool link_has_addr(const struct cache_link *l, const struct prefix *p)
{
	const struct cache_addr *e;

	TAILQ_FOREACH(e, &l->addrs, in_link) {
		if (e->known && prefix_cmp(&e->addr.prefix, p) == 0)
			return true;
	}
	return false;
}

bool cache_has_addr(const struct cache *c, int ifindex, const struct prefix *p)
{
	const struct addr no_peer = { 0 };
	struct cache_addr_key k = cache_key_make(ifindex, p, &no_peer);
	const struct cache_addr *e = cache_find_addr(c, &k);
	const struct cache_link *l;

	if (e && e->known)
		return true;
	l = cache_find_link(c, ifindex);
	return l && l->n_peers && link_has_addr(l, p);
}

bool cache_has_host(const struct cache *c, const struct addr *a)
{
	return addr_is_loopback(a) || cache_find_host(c, a);
}

static bool addr_is_among(const struct addr *a, const struct addr *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (addr_cmp(a, &list[i]) == 0)
			return true;
	}
	return false;
}

/* How well adverts can be sent from this address: 0 is best, INT_MAX not at all. VRRP over IPv6 sends from the
 * link-local address (RFC 9568, 5.1.2.1), and an address that is still being probed for duplicates cannot send. */
static int addr_rank(const struct net_addr *a)
{
	int secondary = a->flags & IFA_F_SECONDARY ? 1 : 0;

	if (a->scope >= RT_SCOPE_HOST)
		return INT_MAX;
	if (a->prefix.addr.family == AF_INET)
		return 2 * (a->scope != RT_SCOPE_UNIVERSE) + secondary;
	if (!addr_is_linklocal(&a->prefix.addr) || a->flags & IFA_F_DADFAILED ||
	    (a->flags & IFA_F_TENTATIVE && !(a->flags & IFA_F_OPTIMISTIC)))
		return INT_MAX;
	return secondary;
}

const struct net_addr *cache_primary(const struct cache *c, int ifindex, uint8_t family, const struct addr *exclude,
                                     size_t n_exclude)
{
	const struct cache_link *l = cache_find_link(c, ifindex);
	const struct cache_addr *e;
	const struct net_addr *best = NULL;
	int best_rank = INT_MAX;

	if (!l)
		return NULL;
	TAILQ_FOREACH(e, &l->addrs, in_link) {
		int rank;

		if (!e->known || e->addr.prefix.addr.family != family)
			continue;
		rank = addr_rank(&e->addr);
		if (rank >= best_rank || addr_is_among(&e->addr.prefix.addr, exclude, n_exclude))
			continue;
		best = &e->addr;
		best_rank = rank;
	}
	return best;
}

void cache_each_link(const struct cache *c, void (*fn)(void *user, const struct net_link *l), void *user)
{
	const struct cache_link *e;

	TAILQ_FOREACH(e, &c->links, in_all) {
		if (e->known)
			fn(user, &e->link);
	}
}

void cache_each_addr(const struct cache *c, void (*fn)(void *user, const struct net_addr *a), void *user)
{
	const struct cache_addr *e;

	TAILQ_FOREACH(e, &c->addrs, in_all) {
		if (e->known)
			fn(user, &e->addr);
	}
}
