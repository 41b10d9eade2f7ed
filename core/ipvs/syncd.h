/*
 * The kernel's connection synchronisation daemon: which half runs. On the kernel thread only.
 */
#ifndef REGENT_IPVS_SYNCD_H
#define REGENT_IPVS_SYNCD_H

#include "core/ipvs/ipvs_nl.h"

/* What we know of it; zero at first. */
struct ipvs_syncd {
	unsigned ours;                /* the halves that we started or adopted: bits, by enum ipvs_role */
	struct ipvs_sync_conf applied;
	int last_err;                 /* so that a lasting failure is logged once */
};

/* Make `half` of `conf` run and the other not; NONE: neither; with conf->both, both. What runs as wanted is not touched; another
 * hand's daemon on another interface is left alone unless it is in our half's place. 0 or a positive errno. */
int ipvs_syncd_apply(struct ipvs_syncd *s, struct nl_ctx *ctx, const struct ipvs_sync_conf *conf, enum ipvs_role half);

#endif
