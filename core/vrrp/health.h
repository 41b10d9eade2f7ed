/*
 * The daemon's own health: can this director serve, or should one that can take its place?
 *
 * Pure, with hysteresis: what is wrong must last before it counts, and must be gone for longer before it no longer does, so that
 * one slow moment moves no service.
 */
#ifndef REGENT_VRRP_HEALTH_H
#define REGENT_VRRP_HEALTH_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/mono.h"

enum health_cause {
	HEALTH_LATE = 1 << 0,    /* work of the loop that is no advert runs late: probes tell nothing in time */
	HEALTH_NO_IPVS = 1 << 1, /* there are services, and the kernel's IPVS cannot be reached */
	HEALTH_NETLINK = 1 << 2, /* the kernel does not answer netlink requests */
};
#define HEALTH_CAUSES 3

#define HEALTH_LATE_AFTER USEC_PER_SEC
#define HEALTH_NETLINK_AFTER (3 * USEC_PER_SEC)
#define HEALTH_BAD_FOR (2 * USEC_PER_SEC)   /* then it counts */
#define HEALTH_GOOD_FOR (10 * USEC_PER_SEC) /* then it no longer does */

/* What is seen at one look. */
struct health_seen {
	usec_t late;        /* of the look itself */
	bool services;      /* there is something to serve by IPVS */
	bool no_ipvs;
	usec_t netlink_age; /* of the oldest unanswered request; 0: none */
};

struct health {
	unsigned causes;             /* that count */
	unsigned raw;                /* of the last look */
	usec_t since[HEALTH_CAUSES]; /* each is as in `raw` since */
};

/* True: `causes` are others now. */
bool health_look(struct health *h, const struct health_seen *s, usec_t now);
/* "IPVS cannot be reached; ..." in words; "" for none. */
const char *health_text(unsigned causes, char *buf, size_t size);

#endif
