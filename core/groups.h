/*
 * Sync groups at run time: which routers belong together, and carrying out what core/vrrp/group.h says about them.
 */
#ifndef REGENT_GROUPS_H
#define REGENT_GROUPS_H

#include "core/runtime.h"

/* After the routers of a configuration exist: groups and their members are those of the file. */
void groups_sync(struct runtime *rt);
/* The router is about to end: its group goes on without it. */
void groups_forget(struct rt_router *r);
/* All of them end: nobody orders anything any more. */
void groups_stop(struct runtime *rt);
void groups_free(struct runtime *rt);
/* Each group and the state that was told of it last. */
void groups_each(struct runtime *rt, void (*each)(void *user, const char *name, enum vrrp_state state), void *user);

/* News of a member (struct vrrp_observer). */
void groups_member(struct rt_router *r);
void groups_heard(struct rt_router *r, bool outranks_us, const struct addr *peer);

#endif
