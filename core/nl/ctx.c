/*
 * The context of a job: picks the socket, resolves the IPVS family, repeats interrupted dumps.
 *
 * Asking the generic netlink controller for a family by name makes the kernel load the module that provides it;
 * where there is none that costs a run of modprobe, so the question is put at most once in five seconds.
 */
#include "config.h"

#include "core/nl/ctx.h"

#include <errno.h>

#include <linux/genetlink.h>
#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>

#include "core/nl/batch.h"

enum { DUMP_TRIES = 4 };
#define IPVS_ASK_EVERY (5 * USEC_PER_SEC)
#define IPVS_FAMILY "IPVS"

int nl_ctx_init(struct nl_ctx *ctx, const struct nl_opener *ipvs)
{
	int err;

	*ctx = (struct nl_ctx){ .route.fd = -1, .genl.fd = -1, .filter.fd = -1 };
	err = nl_sock_open(&ctx->route, NETLINK_ROUTE, NULL);
	if (err)
		return err;
	err = nl_sock_open(&ctx->genl, NETLINK_GENERIC, ipvs);
	if (err)
		nl_sock_close(&ctx->route);
	return err;
}

void nl_ctx_fini(struct nl_ctx *ctx)
{
	nl_sock_close(&ctx->route);
	nl_sock_close(&ctx->genl);
	nl_sock_close(&ctx->filter);
}

static struct nl_sock *ctx_sock(struct nl_ctx *ctx, enum nl_family family)
{
	switch (family) {
	case NL_ROUTE:
		return &ctx->route;
	case NL_FILTER:
		if (!ctx->filter.buf) /* where that fails, it is tried again when something is sent */
			(void)nl_sock_open(&ctx->filter, NETLINK_NETFILTER, NULL);
		return &ctx->filter;
	case NL_IPVS:
		break;
	}
	return &ctx->genl;
}

static int family_take(struct nlmsghdr *h, void *arg)
{
	uint16_t *id = arg;
	struct nlattr *attr;

	if (h->nlmsg_len < NLMSG_LENGTH(GENL_HDRLEN))
		return 0;
	attr = nlmsg_find_attr(h, GENL_HDRLEN, CTRL_ATTR_FAMILY_ID);
	if (attr && nla_len(attr) >= (int)sizeof(*id))
		*id = nla_get_u16(attr);
	return 0;
}

static uint16_t ctx_ask_family(struct nl_ctx *ctx, const char *name)
{
	struct nl_msg *msg = nlmsg_alloc();
	bool interrupted;
	uint16_t id = 0;

	if (!msg)
		return 0;
	if (genlmsg_put(msg, 0, 0, GENL_ID_CTRL, 0, 0, CTRL_CMD_GETFAMILY, 1) &&
	    nla_put_string(msg, CTRL_ATTR_FAMILY_NAME, name) == 0 &&
	    nl_sock_ask(&ctx->genl, nlmsg_hdr(msg), NLM_F_ACK, family_take, &id, &interrupted) != 0)
		id = 0;
	nlmsg_free(msg);
	return id;
}

uint16_t nl_ctx_ipvs(struct nl_ctx *ctx)
{
	usec_t now;

	if (ctx->ipvs && !ctx->ipvs_doubt) /* ten thousand requests are no ten thousand looks at the clock */
		return ctx->ipvs;
	now = mono_now();
	if (now < ctx->ipvs_ask_at)
		return ctx->ipvs;
	ctx->ipvs_ask_at = now + IPVS_ASK_EVERY;
	ctx->ipvs_doubt = false;
	ctx->ipvs_asked++;
	ctx->ipvs = ctx_ask_family(ctx, IPVS_FAMILY);
	return ctx->ipvs;
}

/* ENOENT is also how IPVS says that a server is not there; asking the controller again tells the two apart. */
static void ctx_note_error(struct nl_ctx *ctx, enum nl_family family, int err)
{
	if (family == NL_IPVS && err == ENOENT)
		ctx->ipvs_doubt = true;
}

int nl_ctx_transact(struct nl_ctx *ctx, struct nl_batch *b, int *errs)
{
	int err = nl_sock_transact(ctx_sock(ctx, b->family), b, errs);

	for (size_t i = 0; i < b->n; i++)
		ctx_note_error(ctx, b->family, errs[i]);
	return err;
}

int nl_ctx_commit(struct nl_ctx *ctx, struct nl_batch *b, int *errs)
{
	return nl_sock_commit(ctx_sock(ctx, NL_FILTER), b, errs);
}

uint32_t nl_ctx_port(struct nl_ctx *ctx, enum nl_family family)
{
	return nl_sock_port(ctx_sock(ctx, family));
}

int nl_ctx_ask(struct nl_ctx *ctx, enum nl_family family, struct nl_msg *msg,
               int (*each)(struct nlmsghdr *h, void *arg), void *arg)
{
	bool interrupted;
	int err = nl_sock_ask(ctx_sock(ctx, family), nlmsg_hdr(msg), NLM_F_ACK, each, arg, &interrupted);

	ctx_note_error(ctx, family, err);
	return err;
}

int nl_ctx_dump(struct nl_ctx *ctx, enum nl_family family, struct nl_msg *msg,
                int (*each)(struct nlmsghdr *h, void *arg), void (*restart)(void *arg), void *arg)
{
	for (int i = 0; i < DUMP_TRIES; i++) {
		bool interrupted;
		int err;

		if (i > 0 && restart)
			restart(arg);
		err = nl_sock_ask(ctx_sock(ctx, family), nlmsg_hdr(msg), NLM_F_DUMP, each, arg, &interrupted);
		ctx_note_error(ctx, family, err);
		if (err || !interrupted)
			return err;
	}
	return EAGAIN;
}
