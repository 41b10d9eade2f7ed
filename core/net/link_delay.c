/*
 * Delays of links (link_delay.h). Owns what is known of each link that has one.
 */
#include "config.h"

#include "core/net/link_delay.h"

#include <stdlib.h>
#include <string.h>

static struct link_delay *find(const struct link_delays *d, const char *name)
{
	for (size_t i = 0; i < d->n; i++)
		if (strcmp(d->list[i].conf.ifname, name) == 0)
			return &d->list[i];
	return NULL;
}

bool link_delays_set(struct link_delays *d, const struct net_delay *conf, size_t n)
{
	struct link_delay *list = calloc(n ? n : 1, sizeof(*list));

	if (!list)
		return false;
	for (size_t i = 0; i < n; i++) {
		const struct link_delay *old = find(d, conf[i].ifname);

		if (old)
			list[i] = *old;
		else
			list[i].due = USEC_NEVER;
		list[i].conf = conf[i];
	}
	/* A change that pends on a link that has no delay any more counts when the kernel next speaks of it. */
	free(d->list);
	d->list = list;
	d->n = n;
	return true;
}

void link_delays_free(struct link_delays *d)
{
	free(d->list);
	d->list = NULL;
	d->n = 0;
}

static bool is_able(const struct net_link *l)
{
	return l->up && l->running;
}

/* It counts now. */
static void believe(struct link_delay *x)
{
	x->known = true;
	x->able = is_able(&x->seen);
	x->due = USEC_NEVER;
}

void link_delays_seed(struct link_delays *d, const struct net_link *l)
{
	struct link_delay *x = find(d, l->name);

	if (!x || x->known)
		return;
	x->seen = *l;
	believe(x);
}

void link_delays_pass(struct link_delays *d, struct net_link *l, usec_t now)
{
	struct link_delay *x = find(d, l->name);
	bool able = is_able(l);
	usec_t delay;

	if (!x)
		return;
	delay = able ? x->conf.up : x->conf.down;
	if (x->known && x->seen.ifindex != l->ifindex)
		x->known = false; /* another interface of that name */
	bool pends = x->due != USEC_NEVER && is_able(&x->seen) == able;

	x->seen = *l;
	if (!x->known || able == x->able || delay == 0)
		believe(x);
	else if (!pends)
		x->due = usec_add(now, delay);
	if (x->able != able)
		l->up = l->running = x->able;
}

void link_delays_gone(struct link_delays *d, int ifindex)
{
	for (size_t i = 0; i < d->n; i++) {
		if (d->list[i].seen.ifindex != ifindex)
			continue;
		d->list[i].known = false;
		d->list[i].due = USEC_NEVER;
	}
}

usec_t link_delays_due(const struct link_delays *d)
{
	usec_t due = USEC_NEVER;

	for (size_t i = 0; i < d->n; i++)
		due = usec_min(due, d->list[i].due);
	return due;
}

bool link_delays_take(struct link_delays *d, usec_t now, struct net_link *out)
{
	for (size_t i = 0; i < d->n; i++) {
		if (d->list[i].due > now)
			continue;
		believe(&d->list[i]);
		*out = d->list[i].seen;
		return true;
	}
	return false;
}
