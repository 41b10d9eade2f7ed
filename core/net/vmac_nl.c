/*
 * VMAC jobs: RTM_NEWLINK, RTM_DELLINK and settings, in the order of the steps.
 */
#include "config.h"

#include "core/net/vmac_job.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>

static struct nl_msg *link_msg(int type, int flags, int ifindex, unsigned change, unsigned set)
{
	struct ifinfomsg info = { .ifi_family = AF_UNSPEC, .ifi_index = ifindex, .ifi_change = change, .ifi_flags = set };
	struct nl_msg *msg = nlmsg_alloc_simple(type, flags);

	if (msg && nlmsg_append(msg, &info, sizeof(info), NLMSG_ALIGNTO) < 0) {
		nlmsg_free(msg);
		return NULL;
	}
	return msg;
}

static int transact(struct nl_ctx *ctx, struct nl_msg *msg, int built)
{
	struct nl_batch *b = msg && !built ? nl_batch_new(NL_ROUTE) : NULL;
	int err = ENOMEM;

	if (b && nl_batch_add(b, msg) == 0)
		nl_ctx_transact(ctx, b, &err);
	nl_batch_free(b);
	nlmsg_free(msg);
	return err;
}

static int put_data(struct nl_msg *msg, const struct vmac_conf *c)
{
	if (c->kind == VMAC_MACVLAN)
		return nla_put_u32(msg, IFLA_MACVLAN_MODE, MACVLAN_MODE_VEPA);
	return nla_put_u16(msg, IFLA_IPVLAN_MODE, IPVLAN_MODE_L2) | nla_put_u16(msg, IFLA_IPVLAN_FLAGS, (uint16_t)c->share);
}

static int put_kind(struct nl_msg *msg, const struct vmac_conf *c)
{
	struct nlattr *info = nla_nest_start(msg, IFLA_LINKINFO), *data;
	int err;

	if (!info)
		return -1;
	err = nla_put_string(msg, IFLA_INFO_KIND, c->kind == VMAC_IPVLAN ? "ipvlan" : "macvlan");
	data = nla_nest_start(msg, IFLA_INFO_DATA);
	if (!data)
		return -1;
	err |= put_data(msg, c);
	nla_nest_end(msg, data);
	nla_nest_end(msg, info);
	return err;
}

static int put_group(struct nl_msg *msg, struct vmac_job *j)
{
	struct rt_name group = j->conf.group;

	j->no_group = rt_name_resolve(RT_GROUP, &j->dirs, &group) != 0;
	return j->no_group ? 0 : nla_put_u32(msg, IFLA_GROUP, group.number);
}

static int make(struct nl_ctx *ctx, struct vmac_job *j)
{
	const struct vmac_conf *c = &j->conf;
	struct nl_msg *msg = link_msg(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, 0, 0, 0);
	char alias[NET_ALIAS];
	int err, bad;

	if (!msg)
		return ENOMEM;
	bad = nla_put_string(msg, IFLA_IFNAME, c->name) | nla_put_u32(msg, IFLA_LINK, (uint32_t)j->parent);
	if (c->kind == VMAC_MACVLAN)
		bad |= nla_put(msg, IFLA_ADDRESS, sizeof(c->mac), c->mac);
	if (c->has_group)
		bad |= put_group(msg, j);
	err = transact(ctx, msg, bad | put_kind(msg, c));
	if (err)
		return err;
	vmac_parent_get(c, j->held, alias);
	vmac_settings(c);
	msg = link_msg(RTM_NEWLINK, 0, 0, 0, 0);
	if (!msg)
		return ENOMEM;
	bad = nla_put_string(msg, IFLA_IFNAME, c->name) | nla_put_string(msg, IFLA_IFALIAS, alias);
	if (j->vrf)
		bad |= nla_put_u32(msg, IFLA_MASTER, (uint32_t)j->vrf);
	return transact(ctx, msg, bad);
}

/* A MAC can only be changed while it is down, for some parents: so that is what it is for a moment. */
static int mend(struct nl_ctx *ctx, struct vmac_job *j)
{
	const struct vmac_conf *c = &j->conf;
	struct nl_msg *msg = link_msg(RTM_NEWLINK, 0, j->ifindex, IFF_UP, 0);
	int err = transact(ctx, msg, 0), bad;

	if (err)
		return err;
	msg = link_msg(RTM_NEWLINK, 0, j->ifindex, 0, 0);
	if (!msg)
		return ENOMEM;
	bad = c->kind == VMAC_MACVLAN ? nla_put(msg, IFLA_ADDRESS, sizeof(c->mac), c->mac) : 0;
	if (j->vrf)
		bad |= nla_put_u32(msg, IFLA_MASTER, (uint32_t)j->vrf);
	return transact(ctx, msg, bad | put_kind(msg, c));
}

static int set_up(struct nl_ctx *ctx, const struct vmac_job *j, bool up)
{
	struct nl_msg *msg = link_msg(RTM_NEWLINK, 0, 0, IFF_UP, up ? IFF_UP : 0);

	return transact(ctx, msg, msg ? nla_put_string(msg, IFLA_IFNAME, j->conf.name) : -1);
}

static int take_away(struct nl_ctx *ctx, const struct vmac_job *j)
{
	struct nl_msg *msg = link_msg(RTM_DELLINK, 0, j->ifindex, 0, 0);
	int err = transact(ctx, msg, msg && !j->ifindex ? nla_put_string(msg, IFLA_IFNAME, j->conf.name) : 0);

	return err == ENODEV ? 0 : err;
}

static void job_run(struct nl_ctx *ctx, struct nl_job *job)
{
	struct vmac_job *j = (struct vmac_job *)job;

	if (j->steps & VMAC_ADOPT) {
		vmac_parent_adopt(&j->conf, j->alias);
		vmac_settings(&j->conf);
	}
	if (j->steps & VMAC_DOWN)
		j->err = set_up(ctx, j, false);
	if (!j->err && j->steps & VMAC_REMOVE)
		j->err = take_away(ctx, j);
	if (!j->err && j->steps & VMAC_MAKE)
		j->err = make(ctx, j);
	if (!j->err && j->steps & VMAC_MEND)
		j->err = mend(ctx, j);
	if (!j->err && j->steps & VMAC_UP)
		j->err = set_up(ctx, j, true);
	if (j->last)
		vmac_parent_put(&j->conf);
}

static void job_free(struct nl_job *job)
{
	free(job);
}

static void job_done(struct nl_job *job)
{
	struct vmac_job *j = (struct vmac_job *)job;

	if (j->done)
		j->done(j->user, j);
	free(j);
}

int vmac_job_submit(struct nl *nl, const struct vmac_job *what)
{
	struct vmac_job *j = malloc(sizeof(*j));

	if (!j)
		return ENOMEM;
	*j = *what;
	j->err = 0;
	j->job = (struct nl_job){ .run = job_run, .done = job_done, .drop = job_free, .cls = LOOP_URGENT };
	nl_submit(nl, &j->job);
	return 0;
}
