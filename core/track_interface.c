/*
 * Trackers of interfaces: up and with carrier, as core/net/netmon.h sees it, interface_up_down_delays included.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/track_priv.h"

struct watched_interface {
	struct netmon_observer observer;
	struct tracker *t;
};

static void look(struct tracker *t)
{
	const struct net_link *l = netmon_link_by_name(t->rt->netmon, t->key.name);

	if (!l)
		tracker_set(t, TRACK_DOWN, 0, "the interface does not exist");
	else if (!l->up)
		tracker_set(t, TRACK_DOWN, 0, "the interface is down");
	else if (!l->running)
		tracker_set(t, TRACK_DOWN, 0, "the interface has no carrier");
	else
		tracker_set(t, TRACK_UP, 0, "the interface is up");
}

static void on_ready(void *user)
{
	struct watched_interface *w = user;

	look(w->t);
}

static void on_link(void *user, const struct net_link *link, bool gone)
{
	struct watched_interface *w = user;

	(void)gone;
	if (strcmp(link->name, w->t->key.name) == 0 || w->t->said.verdict == TRACK_UP)
		look(w->t); /* ours, or another that was renamed */
}

static bool interface_start(struct tracker *t, const void *conf)
{
	struct watched_interface *w = calloc(1, sizeof(*w));

	(void)conf;
	if (!w)
		return false;
	w->t = t;
	w->observer = (struct netmon_observer){ .ready = on_ready, .link = on_link, .user = w };
	t->own = w;
	netmon_observe(t->rt->netmon, &w->observer);
	look(t);
	return true;
}

static void interface_renew(struct tracker *t, const void *conf)
{
	(void)conf;
	look(t);
}

static void interface_stop(struct tracker *t)
{
	struct watched_interface *w = t->own;

	netmon_unobserve(t->rt->netmon, &w->observer);
	free(w);
}

const struct tracker_ops *track_interface_ops(void)
{
	static const struct tracker_ops ops = { interface_start, interface_renew, interface_stop };

	return &ops;
}
