/*
 * News of routes and rules that the kernel lost. Listens only while somebody wants to know: a host may have a million routes.
 */
#ifndef REGENT_NET_ROUTEMON_H
#define REGENT_NET_ROUTEMON_H

#include "core/net/route.h"
#include "core/net/rule.h"
#include "core/nl/nl.h"

struct routemon;

struct routemon_observer {
	/* One with `protocol` is gone. Valid during the call. */
	void (*route)(void *user, const struct net_route *r);
	void (*rule)(void *user, const struct net_rule *r);
	/* News were lost: anything may be gone. */
	void (*doubt)(void *user);
	void *user;
	struct routemon_observer *next; /* routemon's own */
	bool on;
};

struct routemon *routemon_new(struct nl *nl);
void routemon_free(struct routemon *m);
/* False where the kernel refuses to tell (errno). Harmless where it observes already. */
bool routemon_observe(struct routemon *m, struct routemon_observer *o);
/* Not from inside a call. */
void routemon_unobserve(struct routemon *m, struct routemon_observer *o);

#endif
