/*
 * The kernel's IPVS, spoken to in its generic netlink (linux/ip_vs.h): dumps, changes, the connection synchronisation daemon.
 *
 * On the kernel thread only. Results are 0 or a positive errno; EOPNOTSUPP says that this kernel has no IPVS.
 */
#ifndef REGENT_IPVS_IPVS_NL_H
#define REGENT_IPVS_IPVS_NL_H

#include "core/ipvs/plan.h"
#include "core/ipvs/stats.h"
#include "core/nl/nl.h"

/* All services, sorted, without their servers. *out is empty on error. */
int ipvs_nl_list(struct nl_ctx *ctx, struct ipvs_table *out);
/* The servers of one service, replacing those in `e`. */
int ipvs_nl_list_dests(struct nl_ctx *ctx, struct ipvs_entry *e);
/* Counters of all services, and of the servers of one; appended, nothing on error. */
int ipvs_nl_stat_services(struct nl_ctx *ctx, struct ipvs_stats *out);
int ipvs_nl_stat_servers(struct nl_ctx *ctx, const struct service_key *k, struct ipvs_stats *out);
/* Do what the plan says, in its order. errs[i] is the answer to operation i, also where the result is not 0. */
int ipvs_nl_apply(struct nl_ctx *ctx, const struct ipvs_plan *plan, int *errs);

/* The kernel's time-outs of connections, in seconds; 0 leaves one as it is. */
int ipvs_nl_set_timeouts(struct nl_ctx *ctx, uint32_t tcp, uint32_t tcpfin, uint32_t udp);

/* One half of connection synchronisation; the kernel runs at most one MASTER and one BACKUP half. */
struct ipvs_nl_daemon {
	enum ipvs_role half;
	struct ipvs_sync_conf conf;
};
#define IPVS_NL_DAEMONS 2
int ipvs_nl_list_daemons(struct nl_ctx *ctx, struct ipvs_nl_daemon out[IPVS_NL_DAEMONS], size_t *n);
/* Already running, or already stopped, is no error. */
int ipvs_nl_start_daemon(struct nl_ctx *ctx, const struct ipvs_nl_daemon *d);
int ipvs_nl_stop_daemon(struct nl_ctx *ctx, enum ipvs_role half);

#endif
