/*
 * REGENT-MIB: virtual routers of every version and family, their addresses and counters. The index is the configured
 * interface's name, so a row stays where it is while its interface is absent.
 */
#include "config.h"

#include "agent/column.h"
#include "agent/mibs.h"

#include <string.h>

void regent_vr_index(const struct vr_key *k, struct oid_name *out)
{
	oid_add_string(out, k->ifname, strnlen(k->ifname, sizeof(k->ifname)));
	oid_add(out, k->vrid);
	oid_add(out, inet_type(k->family));
	oid_add_inet(out, &k->where);
}

static bool index_vr(const void *row, unsigned sub, struct oid_name *out)
{
	(void)sub;
	regent_vr_index(row, out); /* the key comes first in a row */
	return true;
}

static bool index_vr_addr(const void *row, unsigned sub, struct oid_name *out)
{
	const struct view_vr_addr_key *k = row;

	(void)sub;
	regent_vr_index(&k->vr, out);
	oid_add_inet(out, &k->addr);
	return true;
}

static bool get_advertised(const struct mib_env *env, const struct column *c, const void *row, unsigned sub,
                           struct value *out)
{
	const struct view_vr_addr *r = row;

	(void)env, (void)c, (void)sub;
	value_integer(out, r->excluded ? 2 : 1);
	return true;
}

#define IN(field) offsetof(struct view_vr, field)
#define TEXT(field) offsetof(struct view_vr, field), .most = sizeof(((struct view_vr *)0)->field)
#define IN_STATS(field) offsetof(struct view_vr_stats, field)

static const struct column vr_columns[] = {
	{ .id = REGENT_VR_NAME, .get = column_text, .at = TEXT(name) },
	{ .id = REGENT_VR_STATE, .get = column_u8, .at = IN(state), .most = VIEW_VR_FAULT },
	{ .id = 8, .get = column_u8_unsigned, .at = IN(version) },
	{ .id = 9, .get = column_text, .at = TEXT(group) },
	{ .id = 10, .get = column_i32, .at = IN(ifindex) },
	{ .id = 11, .get = column_u8_unsigned, .at = IN(base_priority) },
	{ .id = REGENT_VR_PRIORITY, .get = column_u8_unsigned, .at = IN(priority) },
	{ .id = 13, .get = column_truth, .at = IN(preempt) },
	{ .id = 14, .get = column_truth, .at = IN(accept) },
	{ .id = 15, .get = column_u8_from_1, .at = IN(auth) },
	{ .id = 16, .get = column_mac, .at = IN(mac) },
	{ .id = 17, .get = column_addr_type, .at = IN(primary) },
	{ .id = 18, .get = column_addr, .at = IN(primary) },
	{ .id = 19, .get = column_addr_type, .at = IN(master) },
	{ .id = 20, .get = column_addr, .at = IN(master) },
	{ .id = 21, .get = column_u8_unsigned, .at = IN(master_priority) },
	{ .id = REGENT_VR_REASON, .get = column_enum32, .at = IN(reason), .most = REGENT_VR_REASONS },
	{ .id = REGENT_VR_REASON_TEXT, .get = column_text, .at = TEXT(reason_text) },
	{ .id = 24, .get = column_text, .at = TEXT(fault_text) },
	{ .id = 25, .get = column_usec, .at = IN(adver_int) },
	{ .id = 26, .get = column_usec, .at = IN(master_adver_int) },
	{ .id = 27, .get = column_usec, .at = IN(master_down_interval) },
	{ .id = 28, .get = column_u32, .at = IN(addr_count) },
	{ .id = 29, .get = column_u32, .at = IN(addr_installed) },
	{ .id = 30, .get = column_date, .at = IN(entered) },
	{ .id = 31, .get = column_truth, .at = IN(damped) },
	{ .id = 32, .get = column_date, .at = IN(damped_until) },
	{ .id = 33, .get = column_u32, .at = IN(keep_count) },
	{ .id = 34, .get = column_u32, .at = IN(keep_installed) },
};

static const struct column addr_columns[] = {
	{ .id = 3, .get = column_u8_unsigned, .at = offsetof(struct view_vr_addr, prefix_len) },
	{ .id = 4, .get = get_advertised },
};

static const struct column stats_columns[] = {
	{ .id = 1, .get = column_counter64, .at = IN_STATS(become_master) },
	{ .id = 2, .get = column_counter64, .at = IN_STATS(adverts_received) },
	{ .id = 3, .get = column_counter64, .at = IN_STATS(adverts_sent) },
	{ .id = 4, .get = column_counter64, .at = IN_STATS(priority_zero_received) },
	{ .id = 5, .get = column_counter64, .at = IN_STATS(priority_zero_sent) },
	{ .id = 6, .get = column_counter64, .at = IN_STATS(interval_errors) },
	{ .id = 7, .get = column_counter64, .at = IN_STATS(auth_failures) },
	{ .id = 8, .get = column_counter64, .at = IN_STATS(ttl_errors) },
	{ .id = 9, .get = column_counter64, .at = IN_STATS(type_errors) },
	{ .id = 10, .get = column_counter64, .at = IN_STATS(address_list_errors) },
	{ .id = 11, .get = column_counter64, .at = IN_STATS(auth_type_invalid) },
	{ .id = 12, .get = column_counter64, .at = IN_STATS(auth_type_mismatch) },
	{ .id = 13, .get = column_counter64, .at = IN_STATS(length_errors) },
	{ .id = 14, .get = column_counter64, .at = IN_STATS(checksum_errors) },
	{ .id = 15, .get = column_counter64, .at = IN_STATS(version_errors) },
	{ .id = 16, .get = column_counter64, .at = IN_STATS(send_errors) },
	{ .id = 17, .get = column_counter64, .at = IN_STATS(source_errors) },
	{ .id = 18, .get = column_counter64, .at = IN_STATS(hmac_missing) },
	{ .id = 19, .get = column_counter64, .at = IN_STATS(hmac_malformed) },
	{ .id = 20, .get = column_counter64, .at = IN_STATS(hmac_unknown_key) },
	{ .id = 21, .get = column_counter64, .at = IN_STATS(hmac_invalid) },
	{ .id = 22, .get = column_counter64, .at = IN_STATS(hmac_stale) },
	{ .id = 23, .get = column_counter64, .at = IN_STATS(replays) },
	{ .id = 24, .get = column_counter64, .at = IN_STATS(flaps) },
	{ .id = 25, .get = column_counter64, .at = IN_STATS(dampings) },
	{ .id = 26, .get = column_u32, .at = IN_STATS(guilt) },
	{ .id = 27, .get = column_counter64, .at = IN_STATS(garps_sent) },
	{ .id = 28, .get = column_counter64, .at = IN_STATS(nas_sent) },
	{ .id = 29, .get = column_counter64, .at = IN_STATS(doubts) },
	{ .id = 30, .get = column_counter64, .at = IN_STATS(addresses_restored) },
	{ .id = 31, .get = column_counter64, .at = IN_STATS(vmacs_mended) },
	{ .id = 32, .get = column_counter64, .at = IN_STATS(refusals) },
};

const struct table *regent_vr_table(void)
{
	static const struct table t = {
		.name = "regentVrEntry",
		.kind = VIEW_VR,
		.prefix = { { REGENT_ROOT, 1, 4, 1 }, 13 },
		.columns = vr_columns,
		.n_columns = sizeof(vr_columns) / sizeof(vr_columns[0]),
		.by_key = true,
		.index = index_vr,
	};

	return &t;
}

const struct table *regent_vr_addr_table(void)
{
	static const struct table t = {
		.name = "regentVrAddrEntry",
		.kind = VIEW_VR_ADDR,
		.prefix = { { REGENT_ROOT, 1, 5, 1 }, 13 },
		.columns = addr_columns,
		.n_columns = sizeof(addr_columns) / sizeof(addr_columns[0]),
		.by_key = true,
		.index = index_vr_addr,
	};

	return &t;
}

const struct table *regent_vr_stats_table(void)
{
	static const struct table t = {
		.name = "regentVrStatsEntry",
		.kind = VIEW_VR_STATS,
		.prefix = { { REGENT_ROOT, 1, 6, 1 }, 13 },
		.columns = stats_columns,
		.n_columns = sizeof(stats_columns) / sizeof(stats_columns[0]),
		.by_key = true,
		.index = index_vr,
	};

	return &t;
}
