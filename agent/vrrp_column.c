/*
 * What VRRP-MIB and VRRPV3-MIB say in the same words (vrrp_column.h).
 */
#include "config.h"

#include "agent/vrrp_column.h"

#include "agent/column.h"

/* The RFC knows no FAULT: a router that cannot run waits for a startup event. */
bool vrrp_column_state(const struct mib_env *env, const struct column *c, const void *row, unsigned sub,
                      struct value *out)
{
	const struct view_vr *r = row;

	(void)env, (void)c, (void)sub;
	value_integer(out, r->state == VIEW_VR_FAULT ? VIEW_VR_INIT : r->state);
	return true;
}

bool vrrp_column_addr_count(const struct mib_env *env, const struct column *c, const void *row, unsigned sub,
                           struct value *out)
{
	const struct view_vr *r = row;

	(void)env, (void)c, (void)sub;
	value_integer(out, r->addr_count > 255 ? 255 : r->addr_count);
	return true;
}
