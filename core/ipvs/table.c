/*
 * IPVS tables as values: see table.h. Pure. Attribute semantics follow net/netfilter/ipvs/ip_vs_ctl.c of Linux.
 */
#include "config.h"

#include "core/ipvs/table.h"

#include <linux/ip_vs.h>

#include "core/ipvs/alloc.h"

struct service_key ipvs_key(const struct service_key *k)
{
	struct service_key out;

	memset(&out, 0, sizeof(out));
	out.family = k->family;
	out.fwmark = k->fwmark;
	if (k->fwmark)
		return out;
	out.protocol = k->protocol;
	out.port = k->port;
	out.addr.family = k->addr.family;
	memcpy(out.addr.bytes, k->addr.bytes, addr_len(k->addr.family));
	return out;
}

struct endpoint ipvs_endpoint(const struct endpoint *e)
{
	struct endpoint out;

	memset(&out, 0, sizeof(out));
	out.port = e->port;
	out.addr.family = e->addr.family;
	memcpy(out.addr.bytes, e->addr.bytes, addr_len(e->addr.family));
	return out;
}

struct ipvs_entry *ipvs_entry_new(const struct service_key *key)
{
	struct ipvs_entry *e = ipvs_zalloc(1, sizeof(*e));

	e->key = ipvs_key(key);
	return e;
}

struct ipvs_entry *ipvs_entry_copy(const struct ipvs_entry *e)
{
	struct ipvs_entry *c = ipvs_zalloc(1, sizeof(*c));

	*c = *e;
	c->dests = ipvs_zalloc(e->n, sizeof(*c->dests));
	c->cap = e->n;
	if (e->n)
		memcpy(c->dests, e->dests, e->n * sizeof(*c->dests));
	return c;
}

void ipvs_entry_free(struct ipvs_entry *e)
{
	if (!e)
		return;
	free(e->dests);
	free(e);
}

struct ipvs_dest *ipvs_entry_add(struct ipvs_entry *e, const struct endpoint *server)
{
	struct ipvs_dest *d;

	e->dests = ipvs_grow(e->dests, e->n, &e->cap, sizeof(*e->dests));
	d = &e->dests[e->n++];
	memset(d, 0, sizeof(*d));
	d->server = ipvs_endpoint(server);
	return d;
}

static int dest_cmp(const void *a, const void *b)
{
	const struct ipvs_dest *da = a, *db = b;

	return endpoint_cmp(&da->server, &db->server);
}

/* Stable, so that the last of several equal endpoints is known: qsort is not, and the lists are mostly sorted already. */
static void merge_sort(struct ipvs_dest *d, struct ipvs_dest *spare, size_t n)
{
	size_t half = n / 2, a = 0, b = half, out = 0;

	if (n < 2)
		return;
	merge_sort(d, spare, half);
	merge_sort(d + half, spare, n - half);
	if (dest_cmp(&d[half - 1], &d[half]) <= 0)
		return;
	memcpy(spare, d, n * sizeof(*d));
	while (a < half || b < n) {
		if (b == n || (a < half && dest_cmp(&spare[a], &spare[b]) <= 0))
			d[out++] = spare[a++];
		else
			d[out++] = spare[b++];
	}
}

/* Each after the one before, as a list nearly always is. */
static bool is_sorted(const struct ipvs_entry *e)
{
	for (size_t i = 1; i < e->n; i++)
		if (dest_cmp(&e->dests[i - 1], &e->dests[i]) >= 0)
			return false;
	return true;
}

void ipvs_entry_reserve(struct ipvs_entry *e, size_t n)
{
	e->dests = ipvs_zalloc(n, sizeof(*e->dests));
	e->cap = n;
}

void ipvs_entry_sort(struct ipvs_entry *e)
{
	struct ipvs_dest *spare;
	size_t kept = 0;

	if (is_sorted(e))
		return;
	spare = ipvs_zalloc(e->n, sizeof(*spare));
	merge_sort(e->dests, spare, e->n);
	free(spare);
	for (size_t i = 0; i < e->n; i++) {
		if (kept && dest_cmp(&e->dests[kept - 1], &e->dests[i]) == 0)
			kept--;
		e->dests[kept++] = e->dests[i];
	}
	e->n = kept;
}

const struct ipvs_dest *ipvs_entry_find(const struct ipvs_entry *e, const struct endpoint *server)
{
	struct ipvs_dest want = { .server = *server };

	return e->n ? bsearch(&want, e->dests, e->n, sizeof(*e->dests), dest_cmp) : NULL;
}

/* The granularity of persistence that means "each client by itself". */
static uint32_t whole_netmask(uint8_t family)
{
	return family == AF_INET6 ? 128 : UINT32_MAX;
}

void ipvs_entry_normalise(struct ipvs_entry *e)
{
	e->flags &= ~(uint32_t)IP_VS_SVC_F_HASHED;
	if (e->persistence)
		e->flags |= IP_VS_SVC_F_PERSISTENT;
	if (!(e->flags & IP_VS_SVC_F_PERSISTENT)) {
		e->persistence = 0;
		e->netmask = 0;
	}
	if (!e->netmask)
		e->netmask = whole_netmask(e->key.family);
}

bool ipvs_entry_same_head(const struct ipvs_entry *a, const struct ipvs_entry *b)
{
	return a->flags == b->flags && a->persistence == b->persistence && a->netmask == b->netmask &&
	       strncmp(a->scheduler, b->scheduler, sizeof(a->scheduler)) == 0 &&
	       strncmp(a->pe, b->pe, sizeof(a->pe)) == 0;
}

bool ipvs_dest_same(const struct ipvs_dest *a, const struct ipvs_dest *b)
{
	return a->weight == b->weight && a->method == b->method && a->upper == b->upper && a->lower == b->lower &&
	       a->tun_type == b->tun_type && a->tun_port == b->tun_port && a->tun_flags == b->tun_flags;
}

void ipvs_table_add(struct ipvs_table *t, struct ipvs_entry *e)
{
	t->entries = ipvs_grow(t->entries, t->n, &t->cap, sizeof(*t->entries));
	t->entries[t->n++] = e;
}

static int entry_cmp(const void *a, const void *b)
{
	const struct ipvs_entry *const *ea = a, *const *eb = b;

	return service_key_cmp(&(*ea)->key, &(*eb)->key);
}

void ipvs_table_sort(struct ipvs_table *t)
{
	if (t->n)
		qsort(t->entries, t->n, sizeof(*t->entries), entry_cmp);
}

struct ipvs_entry *ipvs_table_find(const struct ipvs_table *t, const struct service_key *key)
{
	struct ipvs_entry probe = { .key = *key };
	const struct ipvs_entry *p = &probe;
	struct ipvs_entry **hit = NULL;

	if (t->n)
		hit = bsearch(&p, t->entries, t->n, sizeof(*t->entries), entry_cmp);
	return hit ? *hit : NULL;
}

void ipvs_table_clear(struct ipvs_table *t)
{
	for (size_t i = 0; i < t->n; i++)
		ipvs_entry_free(t->entries[i]);
	free(t->entries);
	memset(t, 0, sizeof(*t));
}
