/*
 * Requests to the kernel's IPVS: see ipvs_nl.h. Runs on the kernel thread. Attributes as in linux/ip_vs.h.
 */
#include "config.h"

#include "core/ipvs/ipvs_nl.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/ip_vs.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>
#include <string.h>

#include "core/ipvs/alloc.h"
#include "core/ipvs/parse_nl.h"
#include "core/ipvs/request_nl.h"

/* An address as the kernel takes it: always sixteen bytes. */
static int put_addr(struct nl_msg *msg, int attr, const struct addr *a)
{
	return nla_put(msg, attr, sizeof(a->bytes), a->bytes);
}

static int put_service_key(struct nl_msg *msg, const struct service_key *k)
{
	int bad = nla_put_u16(msg, IPVS_SVC_ATTR_AF, k->family);

	if (k->fwmark)
		return bad | nla_put_u32(msg, IPVS_SVC_ATTR_FWMARK, k->fwmark);
	bad |= nla_put_u16(msg, IPVS_SVC_ATTR_PROTOCOL, k->protocol);
	bad |= put_addr(msg, IPVS_SVC_ATTR_ADDR, &k->addr);
	return bad | nla_put_u16(msg, IPVS_SVC_ATTR_PORT, htons(k->port));
}

/* `full`: all attributes, as creating and editing want them; else the key alone. */
static int put_service(struct nl_msg *msg, const struct ipvs_entry *e, bool full)
{
	struct nlattr *nest = nla_nest_start(msg, IPVS_CMD_ATTR_SERVICE);
	struct ip_vs_flags flags = { .flags = e->flags, .mask = UINT32_MAX };
	int bad;

	if (!nest)
		return -1;
	bad = put_service_key(msg, &e->key);
	if (full) {
		bad |= nla_put_string(msg, IPVS_SVC_ATTR_SCHED_NAME, e->scheduler);
		bad |= nla_put(msg, IPVS_SVC_ATTR_FLAGS, sizeof(flags), &flags);
		bad |= nla_put_u32(msg, IPVS_SVC_ATTR_TIMEOUT, e->persistence);
		bad |= nla_put_u32(msg, IPVS_SVC_ATTR_NETMASK, e->netmask);
		if (e->pe[0])
			bad |= nla_put_string(msg, IPVS_SVC_ATTR_PE_NAME, e->pe);
	}
	nla_nest_end(msg, nest);
	return bad;
}

int ipvs_nl_put_key(struct nl_msg *msg, const struct ipvs_entry *e)
{
	return put_service(msg, e, false);
}

static int put_tunnel(struct nl_msg *msg, const struct ipvs_dest *d)
{
	int bad = nla_put_u8(msg, IPVS_DEST_ATTR_TUN_TYPE, d->tun_type);

	bad |= nla_put_u16(msg, IPVS_DEST_ATTR_TUN_PORT, htons(d->tun_port));
	return bad | nla_put_u16(msg, IPVS_DEST_ATTR_TUN_FLAGS, d->tun_flags);
}

static int put_dest(struct nl_msg *msg, const struct ipvs_dest *d, bool full)
{
	struct nlattr *nest = nla_nest_start(msg, IPVS_CMD_ATTR_DEST);
	int bad;

	if (!nest)
		return -1;
	bad = put_addr(msg, IPVS_DEST_ATTR_ADDR, &d->server.addr);
	bad |= nla_put_u16(msg, IPVS_DEST_ATTR_PORT, htons(d->server.port));
	bad |= nla_put_u16(msg, IPVS_DEST_ATTR_ADDR_FAMILY, d->server.addr.family);
	if (full) {
		bad |= nla_put_u32(msg, IPVS_DEST_ATTR_FWD_METHOD, d->method);
		bad |= nla_put_u32(msg, IPVS_DEST_ATTR_WEIGHT, (uint32_t)d->weight);
		bad |= nla_put_u32(msg, IPVS_DEST_ATTR_U_THRESH, d->upper);
		bad |= nla_put_u32(msg, IPVS_DEST_ATTR_L_THRESH, d->lower);
		if (d->method == IPVS_TUN)
			bad |= put_tunnel(msg, d);
	}
	nla_nest_end(msg, nest);
	return bad;
}

static int put_daemon(struct nl_msg *msg, const struct ipvs_nl_daemon *d, bool full)
{
	struct nlattr *nest = nla_nest_start(msg, IPVS_CMD_ATTR_DAEMON);
	const struct ipvs_sync_conf *c = &d->conf;
	int bad;

	if (!nest)
		return -1;
	bad = nla_put_u32(msg, IPVS_DAEMON_ATTR_STATE,
	                  d->half == IPVS_ROLE_MASTER ? IP_VS_STATE_MASTER : IP_VS_STATE_BACKUP);
	if (full) {
		bad |= nla_put_string(msg, IPVS_DAEMON_ATTR_MCAST_IFN, c->ifname);
		bad |= nla_put_u32(msg, IPVS_DAEMON_ATTR_SYNC_ID, c->id);
		if (c->maxlen)
			bad |= nla_put_u16(msg, IPVS_DAEMON_ATTR_SYNC_MAXLEN, c->maxlen);
		if (c->port)
			bad |= nla_put_u16(msg, IPVS_DAEMON_ATTR_MCAST_PORT, c->port);
		if (c->ttl)
			bad |= nla_put_u8(msg, IPVS_DAEMON_ATTR_MCAST_TTL, c->ttl);
		if (c->group.family == AF_INET)
			bad |= nla_put(msg, IPVS_DAEMON_ATTR_MCAST_GROUP, 4, c->group.bytes);
		else if (c->group.family == AF_INET6)
			bad |= nla_put(msg, IPVS_DAEMON_ATTR_MCAST_GROUP6, 16, c->group.bytes);
	}
	nla_nest_end(msg, nest);
	return bad;
}

struct nl_msg *ipvs_nl_request(struct nl_ctx *ctx, uint8_t cmd, int flags)
{
	uint16_t family = nl_ctx_ipvs(ctx);
	struct nl_msg *msg = family ? nlmsg_alloc() : NULL;

	if (msg && !genlmsg_put(msg, 0, 0, family, 0, flags, cmd, IPVS_GENL_VERSION)) {
		nlmsg_free(msg);
		msg = NULL;
	}
	return msg;
}

int ipvs_nl_no_request(struct nl_ctx *ctx)
{
	return nl_ctx_ipvs(ctx) ? ENOMEM : EOPNOTSUPP;
}

/* ---- dumps ---- */

static int take_service(struct nlmsghdr *h, void *arg)
{
	struct ipvs_entry *e = NULL;
	int err = ipvs_nl_parse_service(h, &e);

	if (e)
		ipvs_table_add(arg, e);
	return err;
}

static void restart_services(void *arg)
{
	ipvs_table_clear(arg);
}

int ipvs_nl_list(struct nl_ctx *ctx, struct ipvs_table *out)
{
	struct nl_msg *msg = ipvs_nl_request(ctx, IPVS_CMD_GET_SERVICE, NLM_F_DUMP);
	int err;

	memset(out, 0, sizeof(*out));
	if (!msg)
		return ipvs_nl_no_request(ctx);
	err = nl_ctx_dump(ctx, NL_IPVS, msg, take_service, restart_services, out);
	nlmsg_free(msg);
	if (err)
		ipvs_table_clear(out);
	else
		ipvs_table_sort(out);
	return err;
}

static int take_dest(struct nlmsghdr *h, void *arg)
{
	return ipvs_nl_parse_dest(h, arg);
}

static void restart_dests(void *arg)
{
	((struct ipvs_entry *)arg)->n = 0;
}

int ipvs_nl_list_dests(struct nl_ctx *ctx, struct ipvs_entry *e)
{
	struct nl_msg *msg = ipvs_nl_request(ctx, IPVS_CMD_GET_DEST, NLM_F_DUMP);
	int err = ENOMEM;

	if (!msg)
		return ipvs_nl_no_request(ctx);
	e->n = 0;
	if (put_service(msg, e, false) == 0)
		err = nl_ctx_dump(ctx, NL_IPVS, msg, take_dest, restart_dests, e);
	nlmsg_free(msg);
	ipvs_entry_sort(e);
	return err;
}

/* ---- changes ---- */

static const struct { uint8_t cmd; bool full_service, full_dest; } requests[] = {
	[IPVS_OP_NEW_SERVICE] = { IPVS_CMD_NEW_SERVICE, true, false },
	[IPVS_OP_EDIT_SERVICE] = { IPVS_CMD_SET_SERVICE, true, false },
	[IPVS_OP_DEL_SERVICE] = { IPVS_CMD_DEL_SERVICE, false, false },
	[IPVS_OP_NEW_DEST] = { IPVS_CMD_NEW_DEST, false, true },
	[IPVS_OP_EDIT_DEST] = { IPVS_CMD_SET_DEST, false, true },
	[IPVS_OP_DEL_DEST] = { IPVS_CMD_DEL_DEST, false, false },
};

static int add_op(struct nl_ctx *ctx, struct nl_batch *batch, const struct ipvs_op *op)
{
	struct nl_msg *msg = ipvs_nl_request(ctx, requests[op->kind].cmd, 0);
	int err = ENOMEM;

	if (!msg)
		return ipvs_nl_no_request(ctx);
	if (put_service(msg, op->service, requests[op->kind].full_service) == 0 &&
	    (!op->dest || put_dest(msg, op->dest, requests[op->kind].full_dest) == 0))
		err = nl_batch_add(batch, msg);
	nlmsg_free(msg);
	return err;
}

int ipvs_nl_apply(struct nl_ctx *ctx, const struct ipvs_plan *plan, int *errs)
{
	struct nl_batch *batch = nl_batch_new(NL_IPVS);
	int err = batch ? 0 : ENOMEM;

	for (size_t i = 0; i < plan->n && !err; i++)
		err = add_op(ctx, batch, &plan->ops[i]);
	if (!err)
		err = nl_ctx_transact(ctx, batch, errs);
	else
		for (size_t i = 0; i < plan->n; i++)
			errs[i] = err;
	nl_batch_free(batch);
	return err;
}

/* ---- connection synchronisation ---- */

struct daemon_list {
	struct ipvs_nl_daemon *out;
	size_t n;
};

static int take_daemon(struct nlmsghdr *h, void *arg)
{
	struct daemon_list *l = arg;

	if (l->n == IPVS_NL_DAEMONS)
		return EBADMSG;
	return ipvs_nl_parse_daemon(h, &l->out[l->n++]);
}

static void restart_daemons(void *arg)
{
	((struct daemon_list *)arg)->n = 0;
}

int ipvs_nl_list_daemons(struct nl_ctx *ctx, struct ipvs_nl_daemon out[IPVS_NL_DAEMONS], size_t *n)
{
	struct nl_msg *msg = ipvs_nl_request(ctx, IPVS_CMD_GET_DAEMON, NLM_F_DUMP);
	struct daemon_list list = { .out = out };
	int err;

	*n = 0;
	if (!msg)
		return ipvs_nl_no_request(ctx);
	err = nl_ctx_dump(ctx, NL_IPVS, msg, take_daemon, restart_daemons, &list);
	nlmsg_free(msg);
	*n = list.n;
	return err;
}

/* One request by itself, where it could be put together; frees it. */
static int send_one(struct nl_ctx *ctx, struct nl_msg *msg, int bad)
{
	struct nl_batch *batch = nl_batch_new(NL_IPVS);
	int err = ENOMEM, answer = 0;

	if (batch && bad == 0)
		err = nl_batch_add(batch, msg);
	nlmsg_free(msg);
	if (!err)
		err = nl_ctx_transact(ctx, batch, &answer);
	nl_batch_free(batch);
	return err ? err : answer;
}

int ipvs_nl_set_timeouts(struct nl_ctx *ctx, uint32_t tcp, uint32_t tcpfin, uint32_t udp)
{
	struct nl_msg *msg = ipvs_nl_request(ctx, IPVS_CMD_SET_CONFIG, 0);
	int bad;

	if (!msg)
		return ipvs_nl_no_request(ctx);
	bad = nla_put_u32(msg, IPVS_CMD_ATTR_TIMEOUT_TCP, tcp);
	bad |= nla_put_u32(msg, IPVS_CMD_ATTR_TIMEOUT_TCP_FIN, tcpfin);
	bad |= nla_put_u32(msg, IPVS_CMD_ATTR_TIMEOUT_UDP, udp);
	return send_one(ctx, msg, bad);
}

static int daemon_request(struct nl_ctx *ctx, uint8_t cmd, const struct ipvs_nl_daemon *d)
{
	struct nl_msg *msg = ipvs_nl_request(ctx, cmd, 0);

	if (!msg)
		return ipvs_nl_no_request(ctx);
	return send_one(ctx, msg, put_daemon(msg, d, cmd == IPVS_CMD_NEW_DAEMON));
}

int ipvs_nl_start_daemon(struct nl_ctx *ctx, const struct ipvs_nl_daemon *d)
{
	int err = daemon_request(ctx, IPVS_CMD_NEW_DAEMON, d);

	return err == EEXIST ? 0 : err;
}

int ipvs_nl_stop_daemon(struct nl_ctx *ctx, enum ipvs_role half)
{
	struct ipvs_nl_daemon d = { .half = half };
	int err = daemon_request(ctx, IPVS_CMD_DEL_DAEMON, &d);

	return err == ESRCH ? 0 : err;
}
