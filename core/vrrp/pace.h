/*
 * How fast announcements may follow each other, where several routers share an interface or a garp_group. Values only; time comes in.
 */
#ifndef REGENT_VRRP_PACE_H
#define REGENT_VRRP_PACE_H

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/mono.h"

/* Interfaces that share their delays: one group, or one interface in it. */
struct vrrp_pace_conf {
	char ifname[IFNAMSIZ];
	unsigned group;       /* the same number: the same delays */
	usec_t arp, nd;       /* between two announcements; 0: the router's own */
};

/* When the next announcement of a kind may go out. */
struct vrrp_pace {
	usec_t arp_next, nd_next;
};

struct vrrp_paces;

/* NULL: no memory. Interfaces in no group have no shared pace. */
struct vrrp_paces *vrrp_paces_new(void);
void vrrp_paces_free(struct vrrp_paces *p);
/* Copies; what runs goes on. */
void vrrp_paces_set(struct vrrp_paces *p, const struct vrrp_pace_conf *list, size_t n);
/* The group's pace of an interface, and its delay for a family (0: the router's own); NULL: it is in none. */
struct vrrp_pace *vrrp_paces_find(struct vrrp_paces *p, const char *ifname, uint8_t family, usec_t *delay);

static inline usec_t *vrrp_pace_next(struct vrrp_pace *p, bool arp)
{
	return arp ? &p->arp_next : &p->nd_next;
}

#endif
