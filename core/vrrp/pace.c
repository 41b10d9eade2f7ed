/*
 * The groups of pace.h. Pure.
 */
#include "config.h"

#include "core/vrrp/pace.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

struct vrrp_paces {
	struct vrrp_pace_conf *list;
	struct vrrp_pace *groups; /* by group number */
	size_t n, n_groups;
};

struct vrrp_paces *vrrp_paces_new(void)
{
	return calloc(1, sizeof(struct vrrp_paces));
}

void vrrp_paces_free(struct vrrp_paces *p)
{
	if (!p)
		return;
	free(p->list);
	free(p->groups);
	free(p);
}

void vrrp_paces_set(struct vrrp_paces *p, const struct vrrp_pace_conf *list, size_t n)
{
	struct vrrp_pace_conf *copy = calloc(n + 1, sizeof(*copy));
	size_t n_groups = 0;

	for (size_t i = 0; i < n; i++)
		n_groups = list[i].group + 1u > n_groups ? list[i].group + 1u : n_groups;
	struct vrrp_pace *groups = calloc(n_groups + 1, sizeof(*groups));

	if (!copy || !groups) {
		free(copy);
		free(groups);
		return;
	}
	if (n > 0)
		memcpy(copy, list, n * sizeof(*copy));
	free(p->list);
	free(p->groups);
	*p = (struct vrrp_paces){ copy, groups, n, n_groups };
}

struct vrrp_pace *vrrp_paces_find(struct vrrp_paces *p, const char *ifname, uint8_t family, usec_t *delay)
{
	for (size_t i = 0; p && i < p->n; i++) {
		if (strcmp(p->list[i].ifname, ifname) != 0)
			continue;
		*delay = family == AF_INET ? p->list[i].arp : p->list[i].nd;
		return &p->groups[p->list[i].group];
	}
	return NULL;
}
