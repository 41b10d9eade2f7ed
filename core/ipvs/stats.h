/*
 * What has passed through services and servers, as the kernel counted it: asked for when somebody reads, never kept here.
 */
#ifndef REGENT_IPVS_STATS_H
#define REGENT_IPVS_STATS_H

#include "core/ipvs/services.h"

/* Since the object was made, and a second as the kernel's estimator has it. */
struct ipvs_counters {
	uint64_t conns, in_packets, out_packets, in_bytes, out_bytes;
	uint64_t conn_rate, in_packet_rate, out_packet_rate, in_byte_rate, out_byte_rate;
};

struct ipvs_stat {
	struct server_key key;   /* server.addr.family 0: the service itself */
	struct ipvs_conns conns; /* of a server */
	struct ipvs_counters counters;
};

struct ipvs_stats {
	struct ipvs_stat *list;
	size_t n, cap;
};

struct ipvs_stat *ipvs_stats_add(struct ipvs_stats *s);
void ipvs_stats_clear(struct ipvs_stats *s);

#endif
