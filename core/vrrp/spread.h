/*
 * When in the interval each of many routers sends its advert. Values only; time comes in.
 *
 * Routers that become MASTER together would send together for ever after: their adverts lie on grids that began within the same
 * milliseconds, so one short delay makes all of them late. The interval is cut into slots. A router whose slot has no more routers than
 * any other stays where it is; else its second advert comes earlier than due, never later, and its grid begins there. Routers of one
 * slot send in one wake-up.
 */
#ifndef REGENT_VRRP_SPREAD_H
#define REGENT_VRRP_SPREAD_H

#include <stddef.h>

#include "core/base/mono.h"

enum { VRRP_SPREAD_SLOTS = 32, VRRP_SPREAD_INTERVALS = 4 };

/* Of all routers with one interval. */
struct vrrp_spread_table {
	usec_t interval;
	unsigned users; /* 0: the table is free */
	struct {
		unsigned users;
		usec_t phase; /* within the interval; what those who join take on */
	} slots[VRRP_SPREAD_SLOTS];
};

struct vrrp_spread {
	struct vrrp_spread_table tables[VRRP_SPREAD_INTERVALS];
};

/* A router's place. */
struct vrrp_spread_place {
	struct vrrp_spread_table *table; /* NULL: it has none */
	size_t slot;
};

/* The router's next advert would be due at `due`: it has a place then, and the result is when it is due now, `due` or up to an interval
 * earlier. With more different intervals than there are tables some routers have no place. */
usec_t vrrp_spread_take(struct vrrp_spread *s, struct vrrp_spread_place *p, usec_t due, usec_t interval);
/* NULL tables are fine. */
void vrrp_spread_leave(struct vrrp_spread_place *p);

#endif
