/*
 * Kernel settings of an interface, below /proc/sys/net, which a holder of CAP_NET_ADMIN may write. On the kernel thread, but for
 * sysctl_ask().
 */
#ifndef REGENT_NET_SYSCTL_H
#define REGENT_NET_SYSCTL_H

#include "core/nl/nl.h"

/* -1: there is no such setting. */
int sysctl_read(int family, const char *ifname, const char *name);
/* A setting that is not there is left alone; a refusal is logged. */
void sysctl_write(int family, const char *ifname, const char *name, int value);

/*
 * From the loop: from now on one more, or one less, wants promote_secondaries of this interface, by which the kernel keeps the other
 * addresses of a subnet when its first one goes. The first sets it, the last puts back what was there. 0 or ENOMEM.
 */
int sysctl_ask_promote(struct nl *nl, const char *ifname, bool more);

#endif
