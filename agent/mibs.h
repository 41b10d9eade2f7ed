/*
 * The MIBs that the agent serves, and the instance parts of REGENT-MIB's rows, which its notifications carry too.
 */
#ifndef REGENT_AGENT_MIBS_H
#define REGENT_AGENT_MIBS_H

#include "agent/table.h"

const struct mib *vrrp_mib(void);   /* RFC 2787: VRRPv2 over IPv4 */
const struct mib *vrrpv3_mib(void); /* RFC 6527: VRRPv3 over IPv4 and IPv6 */
const struct mib *regent_mib(void);

/* REGENT-MIB's tables; regent_mib() lists them. */
const struct table *regent_system_table(void);
const struct table *regent_ipvs_table(void);
const struct table *regent_lateness_table(void);
const struct table *regent_vr_table(void);
const struct table *regent_vr_addr_table(void);
const struct table *regent_vr_stats_table(void);
const struct table *regent_group_table(void);
const struct table *regent_bfd_table(void);
const struct table *regent_vs_table(void);
const struct table *regent_rs_table(void);
const struct table *regent_probe_table(void);
const struct table *regent_probe_use_table(void);
const struct table *regent_tracker_table(void);
const struct table *regent_vs_stats_table(void);
const struct table *regent_rs_stats_table(void);

/* Does a GET, or a GETNEXT, of this OID come to rows that are counted when somebody asks? */
bool regent_mib_wants_stats(const struct mib_view *v, const struct mib_env *env, bool next, const uint32_t *o, size_t n);

/* Below regentObjects: the first of the tables of traffic, which are the last ones. */
#define REGENT_STATS_FROM 15

/* Columns that notifications and SETs name. */
enum {
	REGENT_RELOAD_RESULT = 8,
	REGENT_RELOAD_TEXT = 9,
	REGENT_VR_NAME = 6,
	REGENT_VR_STATE = 7,
	REGENT_VR_PRIORITY = 12,
	REGENT_VR_REASON = 22,
	REGENT_VR_REASON_TEXT = 23,
	REGENT_GROUP_STATE = 2,
	REGENT_BFD_STATE = 2,
	REGENT_BFD_DIAG = 4,
	REGENT_VS_NAME = 6,
	REGENT_VS_QUORUM_STATE = 10,
	REGENT_VS_QUORUM = 11,
	REGENT_VS_SERVERS_UP = 12,
	REGENT_VS_SERVERS_TOTAL = 13,
	REGENT_RS_NAME = 4,
	REGENT_RS_SERVICE = 5,
	REGENT_RS_STATE = 6,
	REGENT_RS_ADMIN_WEIGHT = 8,
	REGENT_RS_ADMIN_DRAIN = 22,
	REGENT_RS_ADMIN_DISABLE = 23,
	REGENT_RS_EFFECTIVE_WEIGHT = 9,
	REGENT_RS_REASON = 11,
	REGENT_RS_REASON_TEXT = 12,
	REGENT_PROBE_NAME = 6,
	REGENT_PROBE_USERS = 13,
};
#define REGENT_VR_REASONS 13    /* the highest that the MIB names */
#define REGENT_PROBE_REASONS 25
#define REGENT_WEIGHT_MAX 65535

/* Why a router became MASTER (regentVrReason), as vrrpv3StatisticsNewMasterReason puts it. */
int64_t vrrpv3_master_reason(uint32_t reason);

void regent_vr_index(const struct vr_key *k, struct oid_name *out);
void regent_vs_index(const struct service_key *k, struct oid_name *out);
void regent_rs_index(const struct server_key *k, struct oid_name *out);
/* The same as a table's .index, for rows that begin with such a key. */
bool regent_vs_row_index(const void *row, unsigned sub, struct oid_name *out);
bool regent_rs_row_index(const void *row, unsigned sub, struct oid_name *out);
/* A server's name, of any row that begins with its key. */
bool regent_rs_name(const struct mib_env *env, const struct column *c, const void *row, unsigned sub, struct value *out);
void regent_probe_index(const struct probe_key *k, struct oid_name *out);

#endif
