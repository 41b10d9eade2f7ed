/*
 * What counts as a fall of a virtual router: see damp.h.
 */
#include "config.h"

#include "core/vrrp/damp.h"

void damp_init(struct damp *d, const struct penalty_rule *rule)
{
	*d = (struct damp){ .rule = *rule };
}

void damp_reconf(struct damp *d, const struct penalty_rule *rule, usec_t now)
{
	d->penalty.milli = penalty_at(&d->penalty, &d->rule, now);
	d->penalty.at = now;
	d->rule = *rule;
	d->penalty.suppressed = d->penalty.suppressed && rule->half_life > 0;
	penalty_update(&d->penalty, &d->rule, now);
}

static bool is_fall(enum vrrp_state from, enum vrrp_state to)
{
	if (to == VRRP_INIT || from == to)
		return false;
	return from == VRRP_MASTER || to == VRRP_FAULT;
}

bool damp_step(struct damp *d, enum vrrp_state from, enum vrrp_state to, usec_t now)
{
	bool before = d->penalty.suppressed;

	penalty_update(&d->penalty, &d->rule, now);
	if (d->rule.half_life > 0 && is_fall(from, to)) {
		penalty_add(&d->penalty, &d->rule, now);
		d->falls++;
	}
	d->dampings += d->penalty.suppressed && !before;
	return d->penalty.suppressed;
}

uint32_t damp_guilt(const struct damp *d, usec_t now)
{
	return penalty_at(&d->penalty, &d->rule, now);
}

usec_t damp_until(const struct damp *d)
{
	return penalty_release(&d->penalty, &d->rule);
}
