/*
 * Effective priority: the base of the configuration and what trackers and the host's own health add or take.
 *
 * Pure. keepalived's meaning of weights: a positive weight is added while its tracker is up, a negative one while it
 * is down; a tracker with weight 0 that is down puts the router into FAULT instead.
 */
#ifndef REGENT_VRRP_PRIO_H
#define REGENT_VRRP_PRIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct vrrp_weight {
	int weight; /* -253..253 */
	bool up;
	bool reverse; /* up and down are swapped */
};

/* The sum for vrrp_router_adjust(); *fault is set where a tracker of weight 0 is down. */
int vrrp_prio_sum(const struct vrrp_weight *w, size_t n, bool *fault);
/* `base` 255 (the owner) stays; anything else ends within 1..254. */
uint8_t vrrp_prio_effective(uint8_t base, int sum);

#endif
