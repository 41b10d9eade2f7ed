/*
 * A route as a value: what `ip route add` can say of one. Pure.
 *
 * Built in zeroed memory and compared as bytes. Interfaces are named; their numbers of today are filled in before a request is made.
 */
#ifndef REGENT_NET_ROUTE_H
#define REGENT_NET_ROUTE_H

#include <net/if.h>

#include "core/base/addr.h"
#include "core/net/rtname.h"

enum { ROUTE_HOPS = 16, ROUTE_LABELS = 8, ROUTE_METRICS = 18 };

enum encap_type { ENCAP_NONE = 0, ENCAP_MPLS = 1, ENCAP_IP = 2, ENCAP_IP6 = 4 }; /* the kernel's numbers */

struct route_encap {
	enum encap_type type;
	uint32_t labels[ROUTE_LABELS]; /* of MPLS */
	uint8_t n_labels;
	uint8_t ttl, tos;
	bool has_ttl, has_tos, has_id, has_flags;
	uint16_t flags;
	uint64_t id;
	struct addr src, dst;
};

struct route_hop {
	struct addr via;               /* family 0: on the link */
	char dev[IFNAMSIZ];            /* "": as the kernel finds it */
	int ifindex;
	uint16_t weight;               /* 1 */
	bool onlink;
	struct route_encap encap;
};

enum route_order { ROUTE_PREPEND, ROUTE_ADD, ROUTE_APPEND };

struct net_route {
	uint8_t family, type;          /* RTN_ */
	enum route_order order;
	struct prefix dst;             /* family 0: default */
	struct addr src;
	struct rt_name table, protocol, scope, tos, realm_from, realm_to;
	bool has_scope, has_metric, has_realms, has_pref, has_expires, has_propagate, propagate;
	uint8_t pref;
	uint32_t metric, expires;
	char vrf[IFNAMSIZ];            /* its table is meant */
	uint32_t metrics[ROUTE_METRICS]; /* by RTAX_ */
	uint32_t metrics_set, metrics_locked;
	char congctl[16];
	uint8_t n_hops;
	struct route_hop hops[ROUTE_HOPS];
};

/* RTN_ of a word; -1 for none. */
int route_type_of(const char *word);
/* One option with its value. NULL, or what is wrong with it. */
const char *route_set(struct net_route *r, const char *name, const char *value, bool lock);
/* `encap` with its words. */
const char *route_set_encap(struct route_encap *e, const char *const *words, size_t n);
/* What follows from the rest: scope, table, protocol. After the last option. */
void route_finish(struct net_route *r);
/* Is `seen`, as the kernel tells of it, the same route? Destination, table, service, metric: what makes it distinct. */
bool route_is(const struct net_route *r, const struct net_route *seen);
/* "192.0.2.0/24 table 7" */
#define ROUTE_STRLEN 128
const char *route_format(const struct net_route *r, char buf[static ROUTE_STRLEN]);

#endif
