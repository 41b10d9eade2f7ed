/*
 * One address operation as an rtnetlink request, and what the kernel's answer means for it.
 */
#ifndef REGENT_NET_ADDR_NL_H
#define REGENT_NET_ADDR_NL_H

#include "core/net/addr_job.h"

/* A message to be freed with nlmsg_free(), or NULL where memory is short. The operation must be a valid one. */
struct nl_msg *addr_op_build(const struct addr_op *op);

#endif
