/*
 * Fuzz target: netlink notifications, as the monitors get them: a datagram of messages, each read; links and addresses
 * are put into the cache, routes and rules compared with themselves, tables of nf_tables looked at.
 *
 * Beyond memory safety: what is read is possible, and a cache that has forgotten everything has nothing left.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <linux/rtnetlink.h>

#include "core/net/cache.h"
#include "core/net/fence_nl.h"
#include "core/net/parse_nl.h"
#include "core/net/route_nl.h"
#include "core/nl/walk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void hear_link(void *user, const struct net_link *l, bool gone)
{
	struct cache *c = user;

	check(l->ifindex > 0 && l->name[0] && memchr(l->name, '\0', sizeof(l->name)));
	check((cache_link_by_index(c, l->ifindex) == NULL) == gone);
}

static void hear_addr(void *user, const struct net_addr *a, bool gone)
{
	struct cache *c = user;

	check(a->ifindex > 0 && a->prefix.len <= 8 * addr_len(a->prefix.addr.family));
	check(gone || (cache_has_addr(c, a->ifindex, &a->prefix) && cache_has_host(c, &a->prefix.addr)));
}

static void take_keep(struct nlmsghdr *h)
{
	char name[FENCE_TABLE], text[RULE_STRLEN], words[ROUTE_STRLEN];
	struct net_route route;
	struct net_rule rule;
	bool ours;

	if (route_parse(h, &route)) {
		check(route.n_hops <= ROUTE_HOPS && route_is(&route, &route));
		check(strlen(route_format(&route, words)) < sizeof(words));
	}
	if (rule_parse(h, &rule))
		check(rule_is(&rule, &rule) && strlen(rule_format(&rule, text)) < sizeof(text));
	if (fence_parse_table(h, "regent:", name, &ours))
		check(memchr(name, '\0', sizeof(name)) != NULL);
	check(!fence_is_loss(h, "regent", h->nlmsg_pid));
}

static void take(struct cache *c, struct nlmsghdr *h)
{
	struct net_addr_peer a;
	struct net_link l;

	take_keep(h);
	if (parse_link(h, &l)) {
		if (h->nlmsg_type == RTM_NEWLINK)
			cache_put_link(c, &l);
		else
			cache_drop_link(c, l.ifindex);
	} else if (parse_addr(h, &a)) {
		if (h->nlmsg_type == RTM_NEWADDR)
			cache_put_addr(c, &a);
		else
			cache_drop_addr(c, &a);
	}
}

static void count_addr(void *user, const struct net_addr *a)
{
	(void)a;
	++*(unsigned *)user;
}

/* The first byte says after how many messages a dump is asked for; it finds nothing, so what was heard before it
 * goes. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cache c;
	struct nl_walk walk;
	struct nlmsghdr *h;
	unsigned left = 0;
	uint8_t *copy;

	if (size < 1)
		return 0;
	copy = malloc(size > 1 ? size - 1 : 1); /* no larger, so that a sanitizer sees a read past the end */
	check(copy != NULL);
	memcpy(copy, data + 1, size - 1);
	walk = (struct nl_walk){ copy, size - 1 };
	cache_init(&c, &(struct cache_listener){ hear_link, hear_addr, &c });
	for (int n = 0; (h = nl_walk_next(&walk)); n++) {
		if (n == data[0])
			cache_begin(&c);
		take(&c, h);
	}
	cache_begin(&c);
	cache_end(&c);
	while (cache_sweep(&c))
		;
	cache_each_addr(&c, count_addr, &left);
	check(left == 0 && TAILQ_EMPTY(&c.links));
	cache_clear(&c);
	free(copy);
	return 0;
}
