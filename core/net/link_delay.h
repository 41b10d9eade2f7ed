/*
 * How long a link must be down, or up, before that is believed (interface_up_down_delays).
 *
 * Pure. A link passes through here on its way into the cache and comes out as it counts: with the state of before while a change is
 * too young. What pends is given out again when its time has come.
 */
#ifndef REGENT_NET_LINK_DELAY_H
#define REGENT_NET_LINK_DELAY_H

#include "core/net/netmon.h"

struct link_delay {
	struct net_delay conf;
	bool known, able;      /* as it counts: up and running */
	struct net_link seen;  /* the last sight */
	usec_t due;            /* when `seen` counts; USEC_NEVER: it does */
};

struct link_delays {
	struct link_delay *list;
	size_t n;
};

/* New delays; what is known of links that stay is kept. False: no memory, nothing is changed. */
bool link_delays_set(struct link_delays *d, const struct net_delay *conf, size_t n);
void link_delays_free(struct link_delays *d);
/* What is known already of a link whose delay is new; of others nothing changes. */
void link_delays_seed(struct link_delays *d, const struct net_link *l);
/* Change `l` into what counts now. */
void link_delays_pass(struct link_delays *d, struct net_link *l, usec_t now);
/* The interface is gone, which counts at once. */
void link_delays_gone(struct link_delays *d, int ifindex);
/* When to ask for what pends. */
usec_t link_delays_due(const struct link_delays *d);
/* One link whose time has come. False: none. */
bool link_delays_take(struct link_delays *d, usec_t now, struct net_link *out);

#endif
