/*
 * Addresses, routes and rules of the file as what core/net keeps in the kernel.
 */
#ifndef REGENT_BIND_KEEP_H
#define REGENT_BIND_KEEP_H

#include "conf/conf.h"
#include "conf/diag.h"
#include "core/net/keep_plan.h"
#include "core/vrrp/router.h"

struct keep_list {
	struct keep_item *items; /* free() it */
	size_t n;
};

/* virtual_routes and virtual_rules. False: no memory. A line that means nothing is logged and left out. */
bool bind_virtual_keeps(const struct conf_vrrp *c, struct keep_list *out);
/* One line, into zeroed memory; false where it means nothing, which `d` is told, or else the log. */
bool bind_route(const struct conf_route *c, struct keep_item *out, struct diag *d);
bool bind_rule(const struct conf_rule *c, struct keep_item *out, struct diag *d);
/* static_ipaddress, static_routes and static_rules. */
bool bind_static_keeps(const struct conf *c, struct keep_list *out);
/* An address as the MASTER has it. */
void bind_vip(const struct conf_vip *v, struct vrrp_vip *out);
/* `none`: no instance wants packets to be dropped, and no table is there. */
void bind_fence(const struct conf *c, struct fence_conf *out);
void bind_rt_dirs(const struct conf *c, struct rt_dirs *out);

#endif
