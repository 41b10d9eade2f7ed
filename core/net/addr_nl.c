/*
 * RTM_NEWADDR and RTM_DELADDR requests (linux/if_addr.h).
 *
 * A peer's address is IFA_ADDRESS, ours IFA_LOCAL; without a peer both are ours.
 * An ADD never replaces: an address that is there keeps its flags, label and lifetime, whoever made it. A DEL
 * names prefix length and address but no label, so an address is found whatever label it was given.
 */
#include "config.h"

#include "core/net/addr_nl.h"

#include <errno.h>

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>

/* IFA_PROTO is younger than some headers; older kernels ignore it. */
enum { ATTR_IFA_PROTO = 11 };

static int put_addr(struct nl_msg *msg, int type, const struct addr *a)
{
	return nla_put(msg, type, (int)addr_len(a->family), a->bytes);
}

static int put_lifetimes(struct nl_msg *msg, uint32_t preferred)
{
	struct ifa_cacheinfo info = { .ifa_prefered = preferred, .ifa_valid = UINT32_MAX };

	return nla_put(msg, IFA_CACHEINFO, sizeof(info), &info);
}

static int put_add_attrs(struct nl_msg *msg, const struct addr_op *op)
{
	int err = nla_put_u8(msg, ATTR_IFA_PROTO, ADDR_JOB_PROTO);

	if (op->flags)
		err |= nla_put_u32(msg, IFA_FLAGS, op->flags);
	if (op->has_preferred)
		err |= put_lifetimes(msg, op->preferred_lft);
	if (op->prefix.addr.family == AF_INET6)
		return err;
	if (addr_is_set(&op->broadcast))
		err |= put_addr(msg, IFA_BROADCAST, &op->broadcast);
	if (op->label[0])
		err |= nla_put_string(msg, IFA_LABEL, op->label);
	return err;
}

static struct nl_msg *op_build(const struct addr_op *op)
{
	const bool add = op->kind == ADDR_ADD;
	struct ifaddrmsg info = {
		.ifa_family = op->prefix.addr.family,
		.ifa_prefixlen = op->prefix.len,
		.ifa_scope = op->scope,
		.ifa_index = (unsigned)op->ifindex,
	};
	struct nl_msg *msg = nlmsg_alloc_simple(add ? RTM_NEWADDR : RTM_DELADDR, add ? NLM_F_CREATE | NLM_F_EXCL : 0);

	if (!msg)
		return NULL;
	if (nlmsg_append(msg, &info, sizeof(info), NLMSG_ALIGNTO) < 0 ||
	    put_addr(msg, IFA_LOCAL, &op->prefix.addr) < 0 ||
	    put_addr(msg, IFA_ADDRESS, addr_is_set(&op->peer) ? &op->peer : &op->prefix.addr) < 0 || (add && put_add_attrs(msg, op) < 0)) {
		nlmsg_free(msg);
		return NULL;
	}
	return msg;
}

int addr_op_append(struct nl_batch *b, const struct addr_op *op)
{
	int err = addr_op_check(op);
	struct nl_msg *msg;

	if (err)
		return err;
	msg = op_build(op);
	if (!msg)
		return ENOMEM;
	err = nl_batch_add(b, msg);
	nlmsg_free(msg);
	return err;
}
