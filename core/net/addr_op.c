/*
 * What an address operation may be, and what the kernel's answer to it means. Pure.
 */
#include "config.h"

#include "core/net/addr_job.h"

#include <errno.h>
#include <string.h>

int addr_op_check(const struct addr_op *op)
{
	size_t len = addr_len(op->prefix.addr.family);

	if (!len || op->prefix.len > 8 * len || op->ifindex <= 0)
		return EINVAL;
	if (addr_is_set(&op->broadcast) && op->broadcast.family != op->prefix.addr.family)
		return EINVAL;
	if (addr_is_set(&op->peer) && op->peer.family != op->prefix.addr.family)
		return EINVAL;
	return memchr(op->label, '\0', sizeof(op->label)) ? 0 : EINVAL;
}

int addr_op_verdict(enum addr_op_kind kind, int err)
{
	if (kind == ADDR_ADD)
		return err == EEXIST ? 0 : err;
	return err == EADDRNOTAVAIL || err == ENODEV ? 0 : err;
}
