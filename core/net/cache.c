/*
 * The cache's changes: notifications, dumps and the marks that keep the two from contradicting each other (see
 * cache.h).
 *
 * Every entry remembers the generation in which it was last heard of. An object for which there is no memory is
 * missing until the next dump.
 */
#include "config.h"

#include "core/net/cache.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/net/cache_int.h"

void cache_init(struct cache *c, const struct cache_listener *listener)
{
	*c = (struct cache){ .listener = *listener, .generation = 1 };
	TAILQ_INIT(&c->links);
	TAILQ_INIT(&c->addrs);
}

/* ---- hosts ---- */

static void host_count_up(struct cache *c, const struct addr *a)
{
	struct cache_host *h = cache_find_host(c, a);

	if (!h) {
		h = calloc(1, sizeof(*h));
		if (!h)
			return;
		h->addr = *a;
		HASH_ADD(hh, c->by_host, addr, sizeof(h->addr), h);
	}
	h->n++;
}

static void host_count_down(struct cache *c, const struct addr *a)
{
	struct cache_host *h = cache_find_host(c, a);

	if (!h || --h->n)
		return;
	HASH_DEL(c->by_host, h);
	free(h);
}

/* ---- entries ---- */

static struct cache_link *link_make(struct cache *c, int ifindex)
{
	struct cache_link *e = cache_find_link(c, ifindex);

	if (e)
		return e;
	e = calloc(1, sizeof(*e));
	if (!e)
		return NULL;
	e->ifindex = ifindex;
	TAILQ_INIT(&e->addrs);
	TAILQ_INSERT_TAIL(&c->links, e, in_all);
	HASH_ADD(hh, c->by_index, ifindex, sizeof(e->ifindex), e);
	return e;
}

static void link_unname(struct cache *c, struct cache_link *e)
{
	if (e->named)
		HASH_DELETE(hh_name, c->by_name, e);
	e->named = false;
}

/* Two interfaces swap their names in three steps: whoever was last said to have a name has it. */
static void link_rename(struct cache *c, struct cache_link *e)
{
	struct cache_link *other;

	HASH_FIND(hh_name, c->by_name, e->link.name, strlen(e->link.name), other);
	if (other)
		link_unname(c, other);
	HASH_ADD_KEYPTR(hh_name, c->by_name, e->link.name, strlen(e->link.name), e);
	e->named = true;
}

/* Free an entry that says nothing any more: nothing is known of it, nothing hangs on it, no dump can contradict
 * it. */
static void link_release(struct cache *c, struct cache_link *e)
{
	if (e->known || !TAILQ_EMPTY(&e->addrs) || c->merging)
		return;
	if (c->next_link == e)
		c->next_link = TAILQ_NEXT(e, in_all);
	HASH_DEL(c->by_index, e);
	TAILQ_REMOVE(&c->links, e, in_all);
	free(e);
}

static void addr_release(struct cache *c, struct cache_addr *e)
{
	if (e->known || c->merging)
		return;
	if (c->next_addr == e)
		c->next_addr = TAILQ_NEXT(e, in_all);
	if (addr_is_set(&e->key.peer))
		e->link->n_peers--;
	HASH_DEL(c->by_key, e);
	TAILQ_REMOVE(&c->addrs, e, in_all);
	TAILQ_REMOVE(&e->link->addrs, e, in_link);
	link_release(c, e->link);
	free(e);
}

static struct cache_addr *addr_make(struct cache *c, const struct cache_addr_key *k)
{
	struct cache_addr *e = cache_find_addr(c, k);
	struct cache_link *link;

	if (e)
		return e;
	link = link_make(c, k->ifindex);
	e = link ? calloc(1, sizeof(*e)) : NULL;
	if (!e)
		return NULL;
	memcpy(&e->key, k, sizeof(*k));
	e->link = link;
	if (addr_is_set(&k->peer))
		link->n_peers++;
	TAILQ_INSERT_TAIL(&link->addrs, e, in_link);
	TAILQ_INSERT_TAIL(&c->addrs, e, in_all);
	HASH_ADD(hh, c->by_key, key, sizeof(e->key), e);
	return e;
}

/* ---- one setter for each kind ---- */

static bool link_same(const struct net_link *a, const struct net_link *b)
{
	return strcmp(a->name, b->name) == 0 && memcmp(a->mac, b->mac, sizeof(a->mac)) == 0 &&
	       a->has_mac == b->has_mac && a->up == b->up && a->running == b->running && a->mtu == b->mtu &&
	       a->type == b->type && strcmp(a->kind, b->kind) == 0 && a->parent == b->parent && a->master == b->master &&
	       a->mode == b->mode && a->vrf_table == b->vrf_table && strcmp(a->alias, b->alias) == 0;
}

static void link_set(struct cache *c, struct cache_link *e, const struct net_link *l)
{
	e->seen = c->generation;
	if (e->known && link_same(&e->link, l))
		return;
	link_unname(c, e);
	e->link = *l;
	e->known = true;
	link_rename(c, e);
	c->listener.link(c->listener.user, &e->link, false);
}

static void link_unset(struct cache *c, struct cache_link *e)
{
	struct net_link was = e->link;

	e->seen = c->generation;
	if (e->known) {
		link_unname(c, e);
		e->known = false;
		c->listener.link(c->listener.user, &was, true);
	}
	link_release(c, e);
}

static bool addr_same(const struct net_addr *a, const struct net_addr *b)
{
	return a->scope == b->scope && a->proto == b->proto && a->flags == b->flags;
}

static void addr_set(struct cache *c, struct cache_addr *e, const struct net_addr *a)
{
	e->seen = c->generation;
	if (e->known && addr_same(&e->addr, a))
		return;
	if (!e->known) {
		host_count_up(c, &a->prefix.addr);
		TAILQ_REMOVE(&e->link->addrs, e, in_link); /* one that comes back is the last */
		TAILQ_INSERT_TAIL(&e->link->addrs, e, in_link);
	}
	e->addr = *a;
	e->known = true;
	c->listener.addr(c->listener.user, &e->addr, false);
}

static void addr_unset(struct cache *c, struct cache_addr *e)
{
	struct net_addr was = e->addr;

	e->seen = c->generation;
	if (e->known) {
		host_count_down(c, &was.prefix.addr);
		e->known = false;
		c->listener.addr(c->listener.user, &was, true);
	}
	addr_release(c, e);
}

/* ---- notifications ---- */

void cache_put_link(struct cache *c, const struct net_link *l)
{
	struct cache_link *e = link_make(c, l->ifindex);

	if (e)
		link_set(c, e, l);
}

/* While a dump is under way an object that was never heard of is remembered as gone, too: the dump may still have
 * it. */
void cache_drop_link(struct cache *c, int ifindex)
{
	struct cache_link *e = c->merging ? link_make(c, ifindex) : cache_find_link(c, ifindex);
	struct cache_addr *a, *next;

	if (!e)
		return;
	for (a = TAILQ_FIRST(&e->addrs); a; a = next) {
		bool last;

		next = TAILQ_NEXT(a, in_link);
		last = !next && !e->known && !c->merging; /* the holder goes with its last address */
		addr_unset(c, a);
		if (last)
			return;
	}
	link_unset(c, e);
}

void cache_put_addr(struct cache *c, const struct net_addr_peer *a)
{
	struct cache_addr_key k = cache_key_make(a->addr.ifindex, &a->addr.prefix, &a->peer);
	struct cache_addr *e = addr_make(c, &k);

	if (e)
		addr_set(c, e, &a->addr);
}

void cache_drop_addr(struct cache *c, const struct net_addr_peer *a)
{
	struct cache_addr_key k = cache_key_make(a->addr.ifindex, &a->addr.prefix, &a->peer);
	struct cache_addr *e = c->merging ? addr_make(c, &k) : cache_find_addr(c, &k);

	if (e)
		addr_unset(c, e);
}

/* ---- a dump ---- */

void cache_begin(struct cache *c)
{
	c->generation++;
	c->merging = true;
	c->next_link = NULL;
	c->next_addr = NULL;
}

void cache_merge_link(struct cache *c, const struct net_link *l)
{
	struct cache_link *e = link_make(c, l->ifindex);

	if (e && e->seen != c->generation)
		link_set(c, e, l);
}

void cache_merge_addr(struct cache *c, const struct net_addr_peer *a)
{
	struct cache_addr_key k = cache_key_make(a->addr.ifindex, &a->addr.prefix, &a->peer);
	struct cache_addr *e = addr_make(c, &k);

	/* An interface that went away while the dump was under way took its addresses along. */
	if (!e || e->seen == c->generation || (!e->link->known && e->link->seen == c->generation))
		return;
	addr_set(c, e, &a->addr);
}

void cache_end(struct cache *c)
{
	c->merging = false;
	c->next_addr = TAILQ_FIRST(&c->addrs);
	c->next_link = TAILQ_FIRST(&c->links);
}

bool cache_sweep(struct cache *c)
{
	struct cache_addr *a = c->next_addr;
	struct cache_link *l = c->next_link;

	if (a) {
		c->next_addr = TAILQ_NEXT(a, in_all);
		if (!a->known || a->seen != c->generation)
			addr_unset(c, a);
		return true;
	}
	if (!l)
		return false;
	c->next_link = TAILQ_NEXT(l, in_all);
	if (l->known && l->seen != c->generation)
		cache_drop_link(c, l->ifindex);
	else
		link_release(c, l);
	return true;
}

void cache_clear(struct cache *c)
{
	struct cache_host *h, *next_host;

	while (!TAILQ_EMPTY(&c->addrs)) {
		struct cache_addr *a = TAILQ_FIRST(&c->addrs);

		TAILQ_REMOVE(&c->addrs, a, in_all);
		HASH_DEL(c->by_key, a);
		free(a);
	}
	HASH_CLEAR(hh_name, c->by_name);
	while (!TAILQ_EMPTY(&c->links)) {
		struct cache_link *l = TAILQ_FIRST(&c->links);

		TAILQ_REMOVE(&c->links, l, in_all);
		HASH_DEL(c->by_index, l);
		free(l);
	}
	HASH_ITER(hh, c->by_host, h, next_host) {
		HASH_DEL(c->by_host, h);
		free(h);
	}
}
