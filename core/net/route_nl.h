/*
 * Routes and rules as rtnetlink messages, both ways.
 */
#ifndef REGENT_NET_ROUTE_NL_H
#define REGENT_NET_ROUTE_NL_H

#include "core/net/route.h"
#include "core/net/rule.h"
#include "core/nl/nl.h"

/* Add a request to the batch: to have it, or not. 0 or a positive errno. Interfaces have their numbers. */
int route_append(struct nl_batch *b, const struct net_route *r, bool add);
int rule_append(struct nl_batch *b, const struct net_rule *r, bool add);

/* What makes a route or a rule distinct, from RTM_NEWROUTE and its like. False where the message is none, is not well-formed, or tells of
 * a cloned route. */
bool route_parse(struct nlmsghdr *h, struct net_route *out);
bool rule_parse(struct nlmsghdr *h, struct net_rule *out);

/* A request for a dump of all rules, or of all routes. NULL: no memory. */
struct nl_msg *route_dump_request(bool rules);
void route_dump_free(struct nl_msg *msg);

#endif
