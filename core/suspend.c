/*
 * ha_suspend: a service is checked only while its address is here. What checks said last stays in force meanwhile.
 *
 * The address is here where the virtual router that the service follows is MASTER, or, without one, where the host has it. A mark
 * without a router is always here.
 */
#include "config.h"

#include "core/base/log.h"
#include "core/runtime.h"

bool suspend_wanted(const struct rt_service *s)
{
	const struct rt_router *r;
	struct vrrp_report rep;

	if (!s->conf->ha_suspend)
		return false;
	if (!s->has_instance)
		return s->key.fwmark == 0 && !netmon_is_local(s->rt->netmon, &s->key.addr);
	r = runtime_router(s->rt, &s->instance);
	if (!r)
		return true;
	vrrp_router_report(r->vr, &rep);
	return rep.state != VRRP_MASTER;
}

void suspend_check_all(struct runtime *rt)
{
	struct rt_service *s, *tmp;

	HASH_ITER(hh, rt->services, s, tmp) {
		bool wanted;

		if (!s->conf->ha_suspend && !s->suspended)
			continue;
		wanted = suspend_wanted(s);
		if (wanted == s->suspended)
			continue;
		s->suspended = wanted;
		log_info("probe", "VS %s: checks %s: its address is %s", s->conf->name, wanted ? "suspended" : "go on",
		         wanted ? "elsewhere (ha_suspend)" : "here");
		reconcile_checks(s);
		publish_service(s);
	}
}
