/*
 * Flap damping of a virtual router: one that loses its mastership too often is kept from preempting, as routes are in
 * RFC 2439.
 *
 * Pure; the arithmetic is core/base/penalty.h's. Each loss of MASTER and each FAULT is a fall. A damped router follows
 * any master that it hears, and its wait is longer than any other's, so that every BACKUP that is well goes first
 * (fsm.h). Where nobody else speaks it becomes MASTER all the same: damping never leaves the network without one.
 */
#ifndef REGENT_VRRP_DAMP_H
#define REGENT_VRRP_DAMP_H

#include "core/base/penalty.h"
#include "core/vrrp/fsm.h"

struct damp {
	struct penalty_rule rule;
	struct penalty penalty;
	uint64_t falls, dampings;
};

void damp_init(struct damp *d, const struct penalty_rule *rule);
/* New parameters; what has been counted stays. */
void damp_reconf(struct damp *d, const struct penalty_rule *rule, usec_t now);
/* The router went from one state to another, or (from == to) time has passed: is it damped now? An orderly end is no
 * fall. */
bool damp_step(struct damp *d, enum vrrp_state from, enum vrrp_state to, usec_t now);
/* Thousandths of a fall that are not yet forgotten. */
uint32_t damp_guilt(const struct damp *d, usec_t now);
/* When a damped router will be free, if it does not fall again; else USEC_NEVER. */
usec_t damp_until(const struct damp *d);

#endif
