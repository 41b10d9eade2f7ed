/*
 * REGENT-MIB: what has passed through services and servers. Tables of their own, with the indexes of the services' and servers'
 * tables: these rows come when somebody asks for them.
 */
#include "config.h"

#include "agent/column.h"
#include "agent/mibs.h"

#define IN_VS(field) offsetof(struct view_vs_stats, field)
#define IN_RS(field) offsetof(struct view_rs_stats, field)

static const struct column vs_columns[] = {
	{ .id = 6, .get = column_text, .at = IN_VS(name), .most = sizeof(((struct view_vs_stats *)0)->name) },
	{ .id = 7, .get = column_counter64, .at = IN_VS(traffic.conns) },
	{ .id = 8, .get = column_counter64, .at = IN_VS(traffic.in_packets) },
	{ .id = 9, .get = column_counter64, .at = IN_VS(traffic.out_packets) },
	{ .id = 10, .get = column_counter64, .at = IN_VS(traffic.in_bytes) },
	{ .id = 11, .get = column_counter64, .at = IN_VS(traffic.out_bytes) },
	{ .id = 12, .get = column_u64_gauge, .at = IN_VS(traffic.conn_rate) },
	{ .id = 13, .get = column_u64_gauge, .at = IN_VS(traffic.in_packet_rate) },
	{ .id = 14, .get = column_u64_gauge, .at = IN_VS(traffic.out_packet_rate) },
	{ .id = 15, .get = column_u64_gauge, .at = IN_VS(traffic.in_byte_rate) },
	{ .id = 16, .get = column_u64_gauge, .at = IN_VS(traffic.out_byte_rate) },
	{ .id = 17, .get = column_date, .at = IN_VS(taken) },
};

static const struct column rs_columns[] = {
	{ .id = 4, .get = regent_rs_name },
	{ .id = 5, .get = column_counter64, .at = IN_RS(traffic.conns) },
	{ .id = 6, .get = column_counter64, .at = IN_RS(traffic.in_packets) },
	{ .id = 7, .get = column_counter64, .at = IN_RS(traffic.out_packets) },
	{ .id = 8, .get = column_counter64, .at = IN_RS(traffic.in_bytes) },
	{ .id = 9, .get = column_counter64, .at = IN_RS(traffic.out_bytes) },
	{ .id = 10, .get = column_u64_gauge, .at = IN_RS(traffic.conn_rate) },
	{ .id = 11, .get = column_u64_gauge, .at = IN_RS(traffic.in_packet_rate) },
	{ .id = 12, .get = column_u64_gauge, .at = IN_RS(traffic.out_packet_rate) },
	{ .id = 13, .get = column_u64_gauge, .at = IN_RS(traffic.in_byte_rate) },
	{ .id = 14, .get = column_u64_gauge, .at = IN_RS(traffic.out_byte_rate) },
	{ .id = 15, .get = column_u32, .at = IN_RS(active_conns) },
	{ .id = 16, .get = column_u32, .at = IN_RS(inactive_conns) },
	{ .id = 17, .get = column_u32, .at = IN_RS(persistent_conns) },
	{ .id = 18, .get = column_date, .at = IN_RS(taken) },
};

const struct table *regent_vs_stats_table(void)
{
	static const struct table t = {
		.name = "regentVsStatsEntry",
		.kind = VIEW_VS_STATS,
		.prefix = { { REGENT_ROOT, 1, REGENT_STATS_FROM, 1 }, 13 },
		.columns = vs_columns,
		.n_columns = sizeof(vs_columns) / sizeof(vs_columns[0]),
		.by_key = true,
		.index = regent_vs_row_index,
	};

	return &t;
}

const struct table *regent_rs_stats_table(void)
{
	static const struct table t = {
		.name = "regentRsStatsEntry",
		.kind = VIEW_RS_STATS,
		.prefix = { { REGENT_ROOT, 1, REGENT_STATS_FROM + 1, 1 }, 13 },
		.columns = rs_columns,
		.n_columns = sizeof(rs_columns) / sizeof(rs_columns[0]),
		.by_key = true,
		.index = regent_rs_row_index,
	};

	return &t;
}

/* Counting is asked for where such a row is read, and where a walk would come to one, were there any. */
bool regent_mib_wants_stats(const struct mib_view *v, const struct mib_env *env, bool next, const uint32_t *o, size_t n)
{
	static const uint32_t from[] = { REGENT_ROOT, 1, REGENT_STATS_FROM };
	struct oid_name name;
	struct value value;

	if (!next)
		return oid_cmp(o, n, from, sizeof(from) / sizeof(from[0])) >= 0;
	return !mib_next(v, env, o, n, false, &name, &value) ||
	       oid_cmp(name.sub, name.len, from, sizeof(from) / sizeof(from[0])) >= 0;
}
