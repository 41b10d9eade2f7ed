/*
 * REGENT-MIB: the daemon itself: what runs, the last reload, IPVS at large, lateness; and the list of all tables.
 */
#include "config.h"

#include <string.h>

#include "agent/column.h"
#include "agent/mibs.h"

static bool get_traps_sent(const struct mib_env *env, const struct column *c, const void *row, unsigned sub,
                           struct value *out)
{
	(void)c, (void)row, (void)sub;
	out->type = VALUE_COUNTER32;
	out->number = env->traps_sent;
	return true;
}

static bool get_traps_dropped(const struct mib_env *env, const struct column *c, const void *row, unsigned sub,
                              struct value *out)
{
	(void)c, (void)row, (void)sub;
	out->type = VALUE_COUNTER32;
	out->number = env->traps_dropped;
	return true;
}

/* The agent's own; `at` is in its struct mail_stats, not in the row. */
static bool get_mails(const struct mib_env *env, const struct column *c, const void *row, unsigned sub, struct value *out)
{
	uint64_t n;

	(void)row, (void)sub;
	memcpy(&n, (const char *)&env->mail + c->at, sizeof(n));
	out->type = VALUE_COUNTER32;
	out->number = (uint32_t)n;
	return true;
}

static bool get_mails_waiting(const struct mib_env *env, const struct column *c, const void *row, unsigned sub, struct value *out)
{
	(void)c, (void)row, (void)sub;
	value_unsigned(out, env->mail.waiting);
	return true;
}

/* The upper end of a bucket in microseconds; 0: none. */
static bool get_bucket_end(const struct mib_env *env, const struct column *c, const void *row, unsigned sub,
                           struct value *out)
{
	(void)env, (void)c, (void)row;
	value_unsigned(out, sub + 1 == LATE_BUCKETS ? 0 : (uint64_t)LATE_FIRST << sub);
	return true;
}

static bool get_bucket(const struct mib_env *env, const struct column *c, const void *row, unsigned sub,
                       struct value *out)
{
	const struct late *l = (const struct late *)(const void *)((const char *)row + c->at);

	(void)env;
	out->type = VALUE_COUNTER64;
	out->counter = l->count[sub];
	return true;
}

#define IN(field) offsetof(struct view_daemon, field)
#define TEXT(field) offsetof(struct view_daemon, field), .most = sizeof(((struct view_daemon *)0)->field)

static const struct column system_columns[] = {
	{ .id = 1, .get = column_text, .at = TEXT(version) },
	{ .id = 2, .get = column_text, .at = TEXT(router_id) },
	{ .id = 3, .get = column_text, .at = TEXT(instance) },
	{ .id = 4, .get = column_u32, .at = IN(pid) },
	{ .id = 5, .get = column_date, .at = IN(started) },
	{ .id = 6, .get = column_u32, .at = IN(config_generation) },
	{ .id = 7, .get = column_date, .at = IN(reload_at) },
	{ .id = REGENT_RELOAD_RESULT, .get = column_enum32, .at = IN(reload_result), .most = 2 },
	{ .id = REGENT_RELOAD_TEXT, .get = column_text, .at = TEXT(reload_text) },
	{ .id = 10, .get = column_truth, .at = IN(snmp_write) },
	{ .id = 11, .get = column_truth, .at = IN(traps) },
	{ .id = 12, .get = column_u32, .at = IN(overrides) },
	{ .id = 13, .get = column_i32, .at = IN(overrides_error) },
	{ .id = 14, .get = column_counter64, .at = IN(log_dropped) },
	{ .id = 15, .get = column_counter64, .at = IN(events) },
	{ .id = 16, .get = column_counter64, .at = IN(events_lost) },
	{ .id = 17, .get = get_traps_sent },
	{ .id = 18, .get = get_traps_dropped },
	{ .id = 19, .get = column_usec, .at = IN(urgent_late.max) },
	{ .id = 20, .get = column_u32, .at = IN(scripts_running) },
	{ .id = 21, .get = column_counter64, .at = IN(scripts_started) },
	{ .id = 22, .get = column_counter64, .at = IN(scripts_failed) },
	{ .id = 23, .get = column_counter64, .at = IN(scripts_timed_out) },
	{ .id = 24, .get = column_counter64, .at = IN(scripts_refused) },
	{ .id = 25, .get = column_counter64, .at = IN(notify_left_out) },
	{ .id = 26, .get = column_counter64, .at = IN(fifo_lost) },
	{ .id = 27, .get = get_mails, .at = offsetof(struct mail_stats, sent) },
	{ .id = 28, .get = get_mails, .at = offsetof(struct mail_stats, failed) },
	{ .id = 29, .get = get_mails, .at = offsetof(struct mail_stats, dropped) },
	{ .id = 30, .get = get_mails_waiting },
	{ .id = 31, .get = column_u32, .at = IN(fence_addrs) },
	{ .id = 32, .get = column_counter64, .at = IN(fence_rebuilt) },
	{ .id = 33, .get = column_usec, .at = IN(check_late.max) },
	{ .id = 34, .get = column_counter64, .at = IN(vrrp_ah_errors) },
};

static const struct column ipvs_columns[] = {
	{ .id = 1, .get = column_enum32, .at = IN(ipvs_availability), .most = 2 },
	{ .id = 2, .get = column_counter64, .at = IN(ipvs_operations) },
	{ .id = 3, .get = column_counter64, .at = IN(ipvs_failures) },
	{ .id = 4, .get = column_counter64, .at = IN(ipvs_repaired) },
	{ .id = 5, .get = column_date, .at = IN(ipvs_looked) },
	{ .id = 6, .get = column_usec, .at = IN(ipvs_repair_most) },
};

static const struct column lateness_columns[] = {
	{ .id = 2, .get = get_bucket_end },
	{ .id = 3, .get = get_bucket, .at = IN(urgent_late) },
	{ .id = 4, .get = get_bucket, .at = IN(check_late) },
};

static bool index_bucket(const void *row, unsigned sub, struct oid_name *out)
{
	(void)row;
	oid_add(out, sub + 1);
	return true;
}

const struct table *regent_system_table(void)
{
	static const struct table t = {
		.name = "regentSystem",
		.kind = VIEW_DAEMON,
		.prefix = { { REGENT_ROOT, 1, 1 }, 12 },
		.columns = system_columns,
		.n_columns = sizeof(system_columns) / sizeof(system_columns[0]),
		.by_key = true,
		.index = table_index_scalar,
	};

	return &t;
}

const struct table *regent_ipvs_table(void)
{
	static const struct table t = {
		.name = "regentIpvs",
		.kind = VIEW_DAEMON,
		.prefix = { { REGENT_ROOT, 1, 2 }, 12 },
		.columns = ipvs_columns,
		.n_columns = sizeof(ipvs_columns) / sizeof(ipvs_columns[0]),
		.by_key = true,
		.index = table_index_scalar,
	};

	return &t;
}

const struct table *regent_lateness_table(void)
{
	static const struct table t = {
		.name = "regentLatenessEntry",
		.kind = VIEW_DAEMON,
		.prefix = { { REGENT_ROOT, 1, 3, 1 }, 13 },
		.columns = lateness_columns,
		.n_columns = sizeof(lateness_columns) / sizeof(lateness_columns[0]),
		.expand = LATE_BUCKETS,
		.by_key = true,
		.index = index_bucket,
	};

	return &t;
}

#define REGENT_TABLES 15

const struct mib *regent_mib(void)
{
	static const struct table *tables[REGENT_TABLES];
	static struct mib mib = {
		.name = "regentMIB",
		.root = { REGENT_ROOT },
		.root_len = 10,
		.tables = tables,
		.n_tables = REGENT_TABLES,
	};

	tables[0] = regent_system_table();
	tables[1] = regent_ipvs_table();
	tables[2] = regent_lateness_table();
	tables[3] = regent_vr_table();
	tables[4] = regent_vr_addr_table();
	tables[5] = regent_vr_stats_table();
	tables[6] = regent_vs_table();
	tables[7] = regent_rs_table();
	tables[8] = regent_probe_table();
	tables[9] = regent_probe_use_table();
	tables[10] = regent_group_table();
	tables[11] = regent_tracker_table();
	tables[12] = regent_bfd_table();
	tables[13] = regent_vs_stats_table();
	tables[14] = regent_rs_stats_table();
	return &mib;
}
