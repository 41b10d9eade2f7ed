/*
 * What has passed through services and servers, in rows. The kernel is asked when a reader asks, and no more often than
 * snmp_vs_stats_update_interval and snmp_rs_stats_update_interval let it.
 */
#ifndef REGENT_TRAFFIC_H
#define REGENT_TRAFFIC_H

#include <stdbool.h>

#include "core/ipvs/stats.h"
#include "core/loop/loop.h"

struct runtime;

struct traffic {
	bool asked;          /* a reader waits */
	bool services_due, servers_due; /* what is still to be counted for it */
	bool servers;        /* they are what is being counted */
	usec_t services_at, servers_at; /* of the last ones; 0: none yet */
	usec_t began;        /* the present one */
	struct server_key at; /* rows up to here are known to be of this count */
	bool at_set;
	struct loop_item prune;
};

void traffic_init(struct runtime *rt);
void traffic_free(struct runtime *rt);
void traffic_ask(void *runtime); /* agent_link_owner's ask_stats */
/* The service has gone. */
void traffic_drop(struct runtime *rt, const struct service_key *k);
/* The observer's part of core/ipvs. */
void traffic_row(struct runtime *rt, const struct ipvs_stat *s);
void traffic_done(struct runtime *rt, int err);

#endif
