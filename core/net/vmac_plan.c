/*
 * The plan of vmac_plan.h. Pure.
 */
#include "config.h"

#include "core/net/vmac_plan.h"

#include <string.h>

#include <linux/if_link.h>

static const char *kind_name(enum vmac_kind k)
{
	return k == VMAC_IPVLAN ? "ipvlan" : "macvlan";
}

static bool is_ours(const struct net_link *l)
{
	return strncmp(l->alias, VMAC_ALIAS, sizeof(VMAC_ALIAS) - 1) == 0;
}

/* What cannot be changed in place. */
static bool same_make(const struct vmac_conf *want, const struct net_link *have, const struct net_link *parent)
{
	return strcmp(have->kind, kind_name(want->kind)) == 0 && have->parent == parent->ifindex;
}

static bool same_look(const struct vmac_conf *want, const struct net_link *have, const struct net_link *vrf)
{
	if (vrf && have->master != vrf->ifindex)
		return false;
	if (want->kind == VMAC_IPVLAN)
		return true;
	return memcmp(have->mac, want->mac, sizeof(want->mac)) == 0 && have->mode == MACVLAN_MODE_VEPA;
}

/* A macvlan by another's hand that is what we want: as keepalived or an administrator made it. */
static bool may_adopt(const struct vmac_conf *want, const struct net_link *have)
{
	return is_ours(have) || (want->kind == VMAC_MACVLAN && strcmp(have->kind, "macvlan") == 0 &&
	                         memcmp(have->mac, want->mac, sizeof(want->mac)) == 0);
}

unsigned vmac_plan(const struct vmac_conf *want, const struct net_link *have, const struct net_link *parent,
                   const struct net_link *vrf, bool up, bool known)
{
	unsigned steps = 0;

	if (!parent || (want->vrf[0] && !vrf))
		return VMAC_WAIT;
	if (have && !known && !may_adopt(want, have))
		return VMAC_TAKEN;
	if (have && !same_make(want, have, parent))
		steps |= VMAC_REMOVE;
	if (!have || steps & VMAC_REMOVE)
		return steps | VMAC_MAKE | (up ? VMAC_UP : 0);
	if (!known)
		steps |= VMAC_ADOPT;
	if (!same_look(want, have, vrf))
		return steps | VMAC_MEND | (up ? VMAC_UP : 0); /* which takes it down for a moment */
	if (have->up != up)
		steps |= up ? VMAC_UP : VMAC_DOWN;
	return steps;
}
