/*
 * A host that was suspended, or whose clock was set because it stood still (a virtual machine that was moved), may have lost its
 * neighbours' caches to another MASTER: all addresses are announced again. What operators set for a time goes on for that time.
 */
#include "config.h"

#include "core/doubt.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/log.h"
#include "core/base/text.h"

static void on_doubt(void *user, enum loop_doubt why, int64_t stepped)
{
	struct runtime *rt = user;
	struct rt_router *r, *tmp;

	HASH_ITER(hh, rt->routers, r, tmp)
		vrrp_router_announce(r->vr, why == LOOP_SLEPT ? "the host was suspended" : "the wall clock was set");
	settings_clock_set(rt, stepped);
}

bool doubt_init(struct runtime *rt)
{
	rt->paces = vrrp_paces_new();
	rt->clocks = loop_clocks_new(rt->loop, on_doubt, rt);
	rt->vrrp_env.paces = rt->paces;
	rt->vrrp_env.spread = &rt->spread;
	return rt->paces && rt->clocks;
}

static void put(struct vrrp_pace_conf *list, size_t *n, const struct conf_garp_group *g, size_t group, const char *ifname)
{
	list[*n] = (struct vrrp_pace_conf){ .group = (unsigned)group, .arp = g->garp_interval, .nd = g->gna_interval };
	text_copy(list[*n].ifname, sizeof(list[*n].ifname), ifname);
	(*n)++;
}

void doubt_apply(struct runtime *rt)
{
	const struct conf *c = rt->conf;
	size_t most = 0, n = 0;
	struct vrrp_pace_conf *list;

	for (size_t i = 0; i < c->n_garp_groups; i++)
		most += c->garp_groups[i].n_interfaces + 1;
	list = calloc(most + 1, sizeof(*list));
	if (!list)
		return;
	for (size_t i = 0; i < c->n_garp_groups; i++) {
		const struct conf_garp_group *g = &c->garp_groups[i];

		for (size_t k = 0; k < g->n_interfaces; k++)
			put(list, &n, g, i, g->interfaces[k]);
		if (g->interface)
			put(list, &n, g, i, g->interface);
	}
	vrrp_paces_set(rt->paces, list, n);
	free(list);
}

void doubt_free(struct runtime *rt)
{
	loop_clocks_free(rt->clocks);
	vrrp_paces_free(rt->paces);
}
