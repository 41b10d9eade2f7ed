/*
 * Asking the kernel for its counters: see ipvs_nl.h. On the kernel thread.
 */
#include "config.h"

#include "core/ipvs/ipvs_nl.h"

#include <errno.h>
#include <linux/ip_vs.h>
#include <netlink/msg.h>

#include "core/ipvs/parse_nl.h"
#include "core/ipvs/request_nl.h"

/* What a dump is gathered into; one that the kernel restarts forgets what came since `from`. */
struct gather {
	struct ipvs_stats *into;
	struct ipvs_entry *of;
	size_t from;
};

static int take_service(struct nlmsghdr *h, void *arg)
{
	return ipvs_nl_parse_service_stat(h, ((struct gather *)arg)->into);
}

static int take_dest(struct nlmsghdr *h, void *arg)
{
	struct gather *g = arg;

	return ipvs_nl_parse_dest_stat(h, g->of, g->into);
}

static void restart(void *arg)
{
	struct gather *g = arg;

	g->into->n = g->from;
}

int ipvs_nl_stat_services(struct nl_ctx *ctx, struct ipvs_stats *out)
{
	struct gather g = { .into = out, .from = out->n };
	struct nl_msg *msg = ipvs_nl_request(ctx, IPVS_CMD_GET_SERVICE, NLM_F_DUMP);
	int err;

	if (!msg)
		return ipvs_nl_no_request(ctx);
	err = nl_ctx_dump(ctx, NL_IPVS, msg, take_service, restart, &g);
	nlmsg_free(msg);
	if (err)
		restart(&g);
	return err;
}

int ipvs_nl_stat_servers(struct nl_ctx *ctx, const struct service_key *k, struct ipvs_stats *out)
{
	struct gather g = { .into = out, .from = out->n };
	struct nl_msg *msg = ipvs_nl_request(ctx, IPVS_CMD_GET_DEST, NLM_F_DUMP);
	int err = ENOMEM;

	if (!msg)
		return ipvs_nl_no_request(ctx);
	g.of = ipvs_entry_new(k);
	if (ipvs_nl_put_key(msg, g.of) == 0)
		err = nl_ctx_dump(ctx, NL_IPVS, msg, take_dest, restart, &g);
	nlmsg_free(msg);
	ipvs_entry_free(g.of);
	if (err)
		restart(&g);
	return err;
}
