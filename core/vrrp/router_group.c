/*
 * A virtual router as a member of its sync group, and its flap damping: what others than the adverts have to say about
 * whether it is MASTER. The rules are in group.h and damp.h.
 */
#include "config.h"

#include "core/vrrp/router_priv.h"

void router_tell_group(struct vrrp_router *r)
{
	if (r->conf.grouped && r->env.observer.member)
		r->env.observer.member(r->env.observer.user, r);
}

void vrrp_router_member(const struct vrrp_router *r, struct vrrp_group_member *out)
{
	*out = (struct vrrp_group_member){ .state = r->fsm.state, .reason = r->fsm.reason, .wants = r->fsm.wants,
		.fault = (r->faults & ~(unsigned)VRRP_FAULT_GROUP) != 0 };
}

static void set_group_fault(struct vrrp_router *r, bool fault)
{
	if (r->group_fault == fault)
		return;
	r->group_fault = fault;
	router_look(r);
}

void vrrp_router_order(struct vrrp_router *r, enum vrrp_group_order o)
{
	switch (o) {
	case VRRP_GROUP_NOTHING: break;
	case VRRP_GROUP_MASTER: router_step(r, VRRP_EV_GROUP_MASTER, NULL); break;
	case VRRP_GROUP_BACKUP: router_step(r, VRRP_EV_GROUP_BACKUP, NULL); break;
	case VRRP_GROUP_FAULT: set_group_fault(r, true); break;
	case VRRP_GROUP_CLEAR: set_group_fault(r, false); break;
	}
}

/* ---- damping ---- */

void router_damp(struct vrrp_router *r, usec_t now, bool moved)
{
	enum vrrp_state from = moved ? r->fsm.previous : r->fsm.state;
	bool damped = damp_step(&r->damp, from, r->fsm.state, now);

	if (damped == r->fsm.damped)
		return;
	vrrp_fsm_set_damped(&r->fsm, damped);
	if (damped)
		log_warn("vrrp", "(%s) flaps: until its penalty of %u thousandths of a fall has come down to %u it takes over"
			 " only where no master is heard", r->conf.name, damp_guilt(&r->damp, now),
			 r->conf.flap.reuse * 1000);
	else
		log_notice("vrrp", "(%s) has not flapped for long enough: it may preempt again", r->conf.name);
	router_changed(r);
}
