/*
 * use_vmac, use_ipvlan and what belongs to them as interfaces that core/net makes.
 */
#ifndef REGENT_BIND_VMAC_H
#define REGENT_BIND_VMAC_H

#include "conf/conf.h"
#include "core/vrrp/router.h"

/* Fills out->vmacs and puts addresses where they belong: `vips` are those of `v`, bound, in any order. Words that mean nothing are
 * logged
 * and left out. False: no memory. */
bool bind_vmacs(const struct conf *c, const struct conf_vrrp *v, struct vrrp_vip *vips, struct vrrp_conf *out);
/* Of the whole file; free() it. NULL: no memory. */
struct vmac_conf *bind_all_vmacs(const struct conf *c, size_t *n);

#endif
