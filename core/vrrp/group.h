/*
 * The sync group: virtual routers of one host that are MASTER together or not at all.
 *
 * Pure: what the members are goes in, what all of them must do comes out. It knows nothing of routers; its owner
 * feeds it and carries the orders out (core/groups.c, tests/sim).
 *
 * A member in FAULT brings all others there. A group becomes MASTER when every member would (its wait for a master is
 * over), and gives up as a whole when one member yields: so that a partial failure, say of one link between two
 * switches, neither splits the group nor makes it swing.
 *
 * Members' priorities must be ordered alike on all hosts. Where they are crossed (this host is higher on one network, the
 * peer on another) each would force the other down for ever; the group notices, says so once, and from then on the host
 * with the lower address on its first member's network lets the other go first.
 */
#ifndef REGENT_VRRP_GROUP_H
#define REGENT_VRRP_GROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/vrrp/fsm.h"

enum vrrp_group_order {
	VRRP_GROUP_NOTHING = 0,
	VRRP_GROUP_MASTER,      /* VRRP_EV_GROUP_MASTER for every member in BACKUP */
	VRRP_GROUP_BACKUP,      /* VRRP_EV_GROUP_BACKUP for every member in MASTER */
	VRRP_GROUP_FAULT,       /* every member that is well goes to FAULT, for the group's sake */
	VRRP_GROUP_CLEAR,       /* ... and may come back */
};
const char *vrrp_group_order_name(enum vrrp_group_order o);

struct vrrp_group_member {
	enum vrrp_state state;
	enum vrrp_reason reason; /* why it is in `state` */
	bool wants;              /* VRRP_ACT_WANTS, and has not been taken back by an advert */
	bool fault;              /* has a fault of its own, not only the group's */
};

struct vrrp_group {
	enum vrrp_state state;
	bool faulted;            /* the order FAULT is in force */
	usec_t patience;         /* the longest Master_Down_Interval of its members */
	usec_t hold_until;       /* crossed: not MASTER before */
	/* What speaks for crossed priorities. */
	size_t higher_member, lower_member;
	usec_t higher_at, lower_at, evidence_at;
	unsigned evidence;
	bool first_is_lower;     /* the first member's address is lower than that of the peer heard there */
	bool crossed;
	uint64_t crossings;      /* how often that was found */
};

void vrrp_group_init(struct vrrp_group *g);
/* Call after each change of a member, and at vrrp_group_deadline(); carry out the order on all members, then call
 * again, until it is VRRP_GROUP_NOTHING. Members without any state yet (INIT) are waited for. */
enum vrrp_group_order vrrp_group_settle(struct vrrp_group *g, const struct vrrp_group_member *m, size_t n, usec_t now);
/* Member `i`, whose own address is `own`, has heard an advert from `peer` that outranks it or does not. True where
 * the priorities have just been found to be crossed: higher_member and lower_member say where. */
bool vrrp_group_heard(struct vrrp_group *g, size_t i, bool outranks_us, const struct addr *peer, const struct addr *own,
                      usec_t now);
usec_t vrrp_group_deadline(const struct vrrp_group *g, usec_t now);

#endif
