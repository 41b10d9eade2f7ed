/*
 * Services as the kernel has them: those of the file that have a key of their own, and for each virtual_server of a group one per
 * address and mark of that group. Made once, when the tree is complete; bounded.
 *
 * A kernel service of a group takes all over from the group's virtual_server but key and name. Where packets keep their port (DR, TUN)
 * a server's port is that of the address; with NAT it is what the server says, and the address's where it says none.
 */
#include "config.h"

#include "conf/check.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"

#define EXPANDED_MOST 65536 /* kernel services of all groups together */

struct expander {
	struct build *b;
	const struct conf_grouped *of;
	struct conf_vs *list;
	size_t n;
	/* the servers as the address before had them */
	const struct conf_rs *servers;
	size_t n_servers;
	uint16_t port;
	uint8_t family;
	bool marked;
	bool first;
};

/* The address after `a`, over every byte; false after the last of all. */
static bool next_addr(struct addr *a)
{
	for (size_t i = addr_len(a->family); i > 0; i--)
		if (++a->bytes[i - 1])
			return true;
	return false;
}

/* How many addresses first to last are, cut off above EXPANDED_MOST. */
static size_t count_addrs(const struct conf_vsg_entry *e)
{
	size_t len = addr_len(e->first.family);
	uint64_t n = 0;

	for (size_t i = 0; i < len; i++) {
		int64_t step = (int64_t)(n << 8) + e->last.bytes[i] - e->first.bytes[i];

		n = step > EXPANDED_MOST ? EXPANDED_MOST + 1 : (uint64_t)step;
	}
	return (size_t)n + 1;
}

/* The checks of a server that got its port from the address: those without a port of their own go there. */
static void point_checkers(struct build *b, struct conf_rs *r)
{
	struct conf_checker *copy;
	bool any = false;

	for (size_t i = 0; i < r->n_checkers; i++)
		any |= r->checkers[i].target.port == 0;
	if (!any)
		return;
	copy = arena_array(b->arena, r->n_checkers, sizeof(*copy));
	memcpy(copy, r->checkers, r->n_checkers * sizeof(*copy));
	for (size_t i = 0; i < r->n_checkers; i++)
		if (copy[i].target.port == 0)
			copy[i].target.port = r->server.port;
	r->checkers = copy;
}

/* The servers that an address or mark of this family and port can have. */
static void make_servers(struct expander *x, const struct service_key *key)
{
	const struct conf_vs *vs = &x->of->service;
	uint16_t port = key->fwmark ? 0 : key->port;
	struct conf_rs *list;

	if (x->servers && x->port == port && x->family == key->family && x->marked == (key->fwmark != 0))
		return;
	list = arena_array(x->b->arena, vs->n_servers, sizeof(*list));
	x->n_servers = 0;
	for (size_t i = 0; i < vs->n_servers; i++) {
		struct conf_rs r = vs->servers[i];

		if (r.server.addr.family != key->family && r.method != CONF_TUN)
			continue;
		if (r.method != CONF_NAT || r.server.port == 0)
			r.server.port = port;
		point_checkers(x->b, &r);
		list[x->n_servers++] = r;
	}
	x->servers = list;
	x->port = port;
	x->family = key->family;
	x->marked = key->fwmark != 0;
}

static void add_service(struct expander *x, const struct service_key *key)
{
	struct conf_vs *s;

	make_servers(x, key);
	s = &x->list[x->n++];
	*s = x->of->service;
	s->key = *key;
	s->group = x->of->group;
	s->leads_group = x->first;
	x->first = false;
	s->servers = x->servers;
	s->n_servers = x->n_servers;
	if (!s->name)
		s->name = x->of->group;
	if (s->has_sorry && s->sorry_method != CONF_NAT)
		s->sorry.port = key->fwmark ? 0 : key->port;
	else if (s->has_sorry && s->sorry.port == 0)
		s->sorry.port = key->port;
}

static void add_entry(struct expander *x, const struct conf_vsg_entry *e)
{
	const struct conf_vs *vs = &x->of->service;
	struct service_key key;
	struct addr a = e->first;

	memset(&key, 0, sizeof(key));
	if (e->fwmark) {
		key.fwmark = e->fwmark;
		key.family = e->family ? e->family : vs->key.family;
		add_service(x, &key);
		return;
	}
	if (e->port == 0 && vs->persistence == 0)
		build_warn(x->b, &e->place, "give a port, or persistence_timeout",
		           "an address for all ports must be persistent: the kernel hands on no connection of this one");
	key.protocol = vs->key.protocol;
	key.family = a.family;
	key.port = e->port;
	do {
		key.addr = a;
		add_service(x, &key);
	} while (addr_cmp(&a, &e->last) < 0 && next_addr(&a));
}

static const struct conf_vsg *find_group(const struct conf *c, const char *name)
{
	for (size_t i = 0; i < c->n_vs_groups; i++)
		if (strcmp(c->vs_groups[i].name, name) == 0)
			return &c->vs_groups[i];
	return NULL;
}

/* How many services all groups are; false where that is too many, which is said. */
static bool count_all(struct build *b, size_t *n)
{
	const struct conf *c = b->conf;

	*n = c->n_services;
	for (size_t i = 0; i < c->n_grouped; i++) {
		const struct conf_vsg *g = find_group(c, c->grouped[i].group);

		for (size_t k = 0; g && k < g->n_entries; k++) {
			*n += g->entries[k].fwmark ? 1 : count_addrs(&g->entries[k]);
			if (*n - c->n_services <= EXPANDED_MOST)
				continue;
			build_error(b, &g->entries[k].place, "a mark (fwmark) stands for any number of addresses",
			            "virtual_server_group '%.63s': the groups in use have more than %d addresses together", g->name,
			            EXPANDED_MOST);
			return false;
		}
	}
	return true;
}

static int by_key(const void *pa, const void *pb)
{
	const struct conf_vs *a = *(const struct conf_vs *const *)pa, *b = *(const struct conf_vs *const *)pb;
	int c = service_key_cmp(&a->key, &b->key);

	return c ? c : (a > b) - (a < b);
}

/* An address that two of the services have: the one that stands first in the list has it. */
static void drop_doubles(struct expander *x)
{
	const struct conf_vs **sorted = calloc(x->n ? x->n : 1, sizeof(*sorted));
	size_t kept = 0;
	bool heir = false;

	if (!sorted)
		abort();
	for (size_t i = 0; i < x->n; i++)
		sorted[i] = &x->list[i];
	qsort(sorted, x->n, sizeof(*sorted), by_key);
	for (size_t i = 1, first = 0; i < x->n; i++) {
		struct conf_vs *again = &x->list[sorted[i] - x->list];
		char name[KEY_STRLEN];

		if (service_key_cmp(&sorted[first]->key, &again->key) != 0) {
			first = i;
			continue;
		}
		if (!again->group) /* said by check.c */
			continue;
		build_warn(x->b, &again->place, NULL, "group '%.63s': %s is a virtual server already (line %u): left out here",
		           again->group, service_key_format(&again->key, name), sorted[first]->place.line);
		again->key.family = 0;
	}
	free(sorted);
	for (size_t i = 0; i < x->n; i++) {
		struct conf_vs *s = &x->list[i];

		/* Those of one group lie together: where the first is left out, the next speaks for it. */
		s->leads_group = s->leads_group || (heir && s->group);
		heir = s->leads_group && !s->key.family;
		if (s->key.family)
			x->list[kept++] = *s;
	}
	x->n = kept;
}

static bool has_address(const struct conf_vsg *g)
{
	for (size_t i = 0; i < g->n_entries; i++)
		if (!g->entries[i].fwmark)
			return true;
	return false;
}

void expand_groups(struct build *b)
{
	struct conf *c = b->conf;
	struct expander x = { .b = b };
	size_t n;

	c->expanded = c->services;
	c->n_expanded = c->n_services;
	if (!c->n_grouped || !count_all(b, &n))
		return;
	x.list = arena_array(b->arena, n, sizeof(*x.list));
	if (c->n_services)
		memcpy(x.list, c->services, c->n_services * sizeof(*x.list));
	x.n = c->n_services;
	for (size_t i = 0; i < c->n_grouped; i++) {
		const struct conf_vsg *g = find_group(c, c->grouped[i].group);

		if (g && has_address(g))
			build_protocol(b, &b->grouped[i].service.key, &c->grouped[i].service.place);
		x.of = &c->grouped[i];
		x.servers = NULL;
		x.first = true;
		for (size_t k = 0; g && k < g->n_entries; k++)
			add_entry(&x, &g->entries[k]);
	}
	drop_doubles(&x);
	c->expanded = x.list;
	c->n_expanded = x.n;
}
