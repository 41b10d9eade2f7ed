/*
 * no_accept beside virtual services, looked at before a file is taken.
 */
#ifndef REGENT_CHECK_FENCE_H
#define REGENT_CHECK_FENCE_H

#include "conf/conf.h"
#include "conf/diag.h"

/* A warning for each instance whose no_accept drops what is for a virtual service: nftables_priority puts the chain before IPVS. */
void check_fence(const struct conf *c, struct diag *d);

#endif
