/*
 * Accept mode off (RFC 9568, 6.4.3): which packets the fence (core/net/fence.h) is to drop for this router. All of its addresses, the
 * excluded ones too, from before the kernel gets them until after it has lost them.
 */
#include "config.h"

#include "core/vrrp/router_priv.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"

static bool is_shut(const struct vrrp_router *r)
{
	return r->conf.no_accept && r->conf.priority != 255 && (r->fsm.state == VRRP_MASTER || r->held_before);
}

static void describe(const struct vrrp_router *r, const struct vrrp_vip *v, struct fence_addr *out)
{
	const struct net_link *link;

	out->addr = v->prefix.addr;
	if (!addr_is_linklocal(&v->prefix.addr) || v->prefix.addr.family != AF_INET6)
		return;
	text_copy(out->ifname, sizeof(out->ifname), v->dev[0] ? v->dev : r->conf.key.ifname);
	link = netmon_link_by_name(r->env.netmon, out->ifname);
	out->ifindex = link ? (uint32_t)link->ifindex : 0;
}

void router_fence(struct vrrp_router *r)
{
	const size_t n = is_shut(r) ? r->conf.n_vips : 0;
	struct fence_addr *list;

	if (!r->env.fence || (n == 0 && !r->fenced))
		return;
	list = calloc(n + 1, sizeof(*list));
	if (!list) {
		log_err("vrrp", "(%s) no memory to drop packets to its addresses", r->conf.name);
		return;
	}
	for (size_t i = 0; i < n; i++)
		describe(r, &r->conf.vips[i], &list[i]);
	fence_want(r->env.fence, r, list, n);
	r->fenced = n > 0;
	free(list);
}

void router_fence_end(struct vrrp_router *r)
{
	if (r->fenced)
		fence_want(r->env.fence, r, NULL, 0);
	r->fenced = false;
}
