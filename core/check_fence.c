/*
 * no_accept beside virtual services: check_fence.h.
 */
#include "config.h"

#include "core/check_fence.h"

/* At the input hook IPVS takes packets at NF_IP_PRI_NAT_SRC - 2 and - 1, which are no part of the kernel's interface but never changed;
 * what it forwards no later chain sees. */
#define IPVS_LAST 99

static const struct conf_vs *service_at(const struct conf *c, const struct addr *a)
{
	for (size_t i = 0; i < c->n_expanded; i++)
		if (!c->expanded[i].key.fwmark && addr_cmp(&c->expanded[i].key.addr, a) == 0)
			return &c->expanded[i];
	return NULL;
}

static void check_instance(const struct conf *c, const struct conf_vrrp *v, struct diag *d)
{
	for (size_t i = 0; i < v->n_vips; i++) {
		const struct conf_vs *vs = service_at(c, &v->vips[i].prefix.addr);

		if (!vs)
			continue;
		diag_add(d, DIAG_WARNING, &v->place, NULL, NULL,
		         "no_accept of %s drops what is for the virtual service %s: nftables_priority %d comes before IPVS, 101 behind it",
		         v->name, vs->name, c->global.nft.priority);
		return;
	}
}

void check_fence(const struct conf *c, struct diag *d)
{
	if (c->global.nft.priority > IPVS_LAST)
		return;
	for (size_t i = 0; i < c->n_vrrp; i++)
		if (!c->vrrp[i].accept && c->vrrp[i].priority != 255)
			check_instance(c, &c->vrrp[i], d);
}
