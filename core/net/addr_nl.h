/*
 * One address operation as an rtnetlink request.
 */
#ifndef REGENT_NET_ADDR_NL_H
#define REGENT_NET_ADDR_NL_H

#include "core/net/addr_job.h"

/* Add the request for `op` to the batch. 0 or a positive errno: EINVAL for an operation that no kernel would take. */
int addr_op_append(struct nl_batch *b, const struct addr_op *op);

#endif
