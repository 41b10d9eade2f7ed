/*
 * Beginning a request to the kernel's IPVS, for the files that build such messages. On the kernel thread.
 */
#ifndef REGENT_IPVS_REQUEST_NL_H
#define REGENT_IPVS_REQUEST_NL_H

#include "core/ipvs/ipvs_nl.h"

/* Without attributes yet; NULL without IPVS or memory, and why. */
struct nl_msg *ipvs_nl_request(struct nl_ctx *ctx, uint8_t cmd, int flags);
int ipvs_nl_no_request(struct nl_ctx *ctx);
/* Which service is meant; 0 where it fits. */
int ipvs_nl_put_key(struct nl_msg *msg, const struct ipvs_entry *e);

#endif
