/*
 * What is there whatever the virtual routers do: static_ipaddress, static_routes, static_rules; and the virtual routers that their loss
 * faults (track_group).
 */
#ifndef REGENT_FIXTURES_H
#define REGENT_FIXTURES_H

#include "core/runtime.h"

/* False: no memory. */
bool fixtures_init(struct runtime *rt);
/* Bring them to what rt->conf says; the first time also remove the routes and rules that a former life left. */
void fixtures_apply(struct runtime *rt);
/* Remove them; done() once the kernel has answered. */
void fixtures_stop(struct runtime *rt, void (*done)(void *user), void *user);
/* After nl_stop(). */
void fixtures_free(struct runtime *rt);
/* Does something that this router's track groups answer for lack? */
bool fixtures_fault(const struct runtime *rt, const char *instance);

#endif
