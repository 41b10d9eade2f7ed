/*
 * The monitor of routemon.h: open while there are observers.
 */
#include "config.h"

#include "core/net/routemon.h"

#include <stdlib.h>

#include <linux/rtnetlink.h>

#include "core/net/route_nl.h"

struct routemon {
	struct nl *nl;
	struct nl_monitor *monitor;
	struct routemon_observer *first;
};

static void on_message(struct nlmsghdr *h, void *user)
{
	struct routemon *m = user;
	struct net_route route;
	struct net_rule rule;

	if (h->nlmsg_type == RTM_DELROUTE && route_parse(h, &route)) {
		for (struct routemon_observer *o = m->first; o; o = o->next)
			o->route(o->user, &route);
	} else if (h->nlmsg_type == RTM_DELRULE && rule_parse(h, &rule)) {
		for (struct routemon_observer *o = m->first; o; o = o->next)
			o->rule(o->user, &rule);
	}
}

static void on_overrun(void *user)
{
	struct routemon *m = user;

	for (struct routemon_observer *o = m->first; o; o = o->next)
		o->doubt(o->user);
}

struct routemon *routemon_new(struct nl *nl)
{
	struct routemon *m = calloc(1, sizeof(*m));

	if (m)
		m->nl = nl;
	return m;
}

void routemon_free(struct routemon *m)
{
	if (!m)
		return;
	nl_monitor_free(m->monitor);
	free(m);
}

bool routemon_observe(struct routemon *m, struct routemon_observer *o)
{
	static const int groups[] = { RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_ROUTE, RTNLGRP_IPV4_RULE, RTNLGRP_IPV6_RULE, 0 };

	if (o->on)
		return true;
	if (!m->monitor)
		m->monitor = nl_monitor_new(m->nl, groups, on_message, on_overrun, m);
	if (!m->monitor)
		return false;
	o->next = m->first;
	m->first = o;
	o->on = true;
	return true;
}

void routemon_unobserve(struct routemon *m, struct routemon_observer *o)
{
	struct routemon_observer **at = &m->first;

	while (*at && *at != o)
		at = &(*at)->next;
	if (*at)
		*at = o->next;
	o->on = false;
	if (m->first)
		return;
	nl_monitor_free(m->monitor);
	m->monitor = NULL;
}
