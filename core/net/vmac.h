/*
 * A VMAC interface at run time: made, verified, mended and removed, with the kernel's settings (sysctls) that it needs; down unless raised.
 *
 * A VMAC that is down cannot send: a BACKUP's never moves the switch's port. Adverts and announcements leave by the parent with the
 * virtual MAC as source, so they need not wait for it either.
 */
#ifndef REGENT_NET_VMAC_H
#define REGENT_NET_VMAC_H

#include "core/net/vmac_plan.h"

struct vmac;

struct vmac_env {
	struct loop *loop;
	struct nl *nl;
	struct netmon *netmon;
	struct rt_dirs dirs;         /* where names of groups are looked up */
	void (*changed)(void *user); /* it can be used now, or no more */
	void *user;
};

/* Copies conf. `up`: as a former life left it; one with an address of its own is up always. NULL: no memory. */
struct vmac *vmac_new(const struct vmac_env *env, const struct vmac_conf *conf, bool up);
const struct vmac_conf *vmac_conf(const struct vmac *v);
/* Up or down: kernel requests of the urgent class that are queued after this find it so. */
void vmac_raise(struct vmac *v, bool up);
/* Can it not be had? The reason has been logged. */
bool vmac_failed(const struct vmac *v);
uint64_t vmac_mended(const struct vmac *v);
/* Remove it and put the parent's settings back; done() once that has happened, from the run queue. */
void vmac_stop(struct vmac *v, void (*done)(void *user), void *user);
/* After done(), or after nl_stop(). */
void vmac_free(struct vmac *v);

/* Interfaces that a former life made and that none of `wanted` names any more: remove them. */
void vmac_sweep(struct nl *nl, struct netmon *m, const struct vmac_conf *wanted, size_t n);

#endif
