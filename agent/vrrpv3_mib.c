/*
 * VRRPV3-MIB, RFC 6527: virtual routers of VRRPv3, over IPv4 and IPv6, whose interface exists (its index is an ifIndex). Read-only,
 * which its vrrpv3ReadOnlyCompliance allows.
 */
#include "config.h"

#include "agent/mibs.h"

#include <netinet/in.h>

#include "agent/column.h"
#include "agent/vrrp_column.h"

enum { NEW_MASTER_NEVER = 0, NEW_MASTER_PRIORITY = 1, NEW_MASTER_PREEMPTED = 2, NEW_MASTER_NO_RESPONSE = 3 };
enum { REASON_NONE = 0, REASON_MASTER_DOWN = 4, REASON_PREEMPTED_LOWER = 6 }; /* regentVrReason */
enum { ROW_ACTIVE = 1, STATS_AGE_MS = 1000 };

int64_t vrrpv3_master_reason(uint32_t reason)
{
	switch (reason) {
	case REASON_NONE: return NEW_MASTER_NEVER;
	case REASON_MASTER_DOWN: return NEW_MASTER_NO_RESPONSE;
	case REASON_PREEMPTED_LOWER: return NEW_MASTER_PREEMPTED;
	default: return NEW_MASTER_PRIORITY;
	}
}

/* TimeInterval: hundredths of a second. */
static bool get_interval(const struct mib_env *env, const struct column *c, const void *row, unsigned sub,
                         struct value *out)
{
	const struct view_vr *r = row;

	(void)env, (void)c, (void)sub;
	value_integer(out, r->adver_int / USEC_PER_CS);
	return true;
}

/* How long ago it left "initialize"; 0 while it is there. Other than in RFC 2787 this is no time stamp. */
static bool get_up_time(const struct mib_env *env, const struct column *c, const void *row, unsigned sub,
                        struct value *out)
{
	const struct view_vr *r = row;

	(void)c, (void)sub;
	out->type = VALUE_TICKS;
	if (r->left_init.mono && env->now > r->left_init.mono)
		out->number = (uint32_t)((env->now - r->left_init.mono) / USEC_PER_CS);
	return true;
}

/* Counters begin with the daemon and go on over reloads: none has jumped since this agent began to serve them. */
static bool get_no_discontinuity(const struct mib_env *env, const struct column *c, const void *row, unsigned sub,
                                 struct value *out)
{
	(void)env, (void)c, (void)row, (void)sub;
	out->type = VALUE_TICKS;
	return true;
}

static bool get_master_reason(const struct mib_env *env, const struct column *c, const void *row, unsigned sub,
                              struct value *out)
{
	const struct view_vr_stats *r = row;

	(void)env, (void)c, (void)sub;
	value_integer(out, vrrpv3_master_reason(r->master_reason));
	return true;
}

static bool get_refresh_rate(const struct mib_env *env, const struct column *c, const void *row, unsigned sub,
                             struct value *out)
{
	(void)env, (void)c, (void)row, (void)sub;
	value_unsigned(out, STATS_AGE_MS);
	return true;
}

#define IN_DAEMON(field) offsetof(struct view_daemon, field)
#define IN_VR(field) offsetof(struct view_vr, field)
#define IN_STATS(field) offsetof(struct view_vr_stats, field)

static const struct column oper_columns[] = {
	{ .id = 3, .get = column_addr, .at = IN_VR(master) },
	{ .id = 4, .get = column_addr, .at = IN_VR(primary) },
	{ .id = 5, .get = column_mac, .at = IN_VR(mac) },
	{ .id = 6, .get = vrrp_column_state },
	{ .id = 7, .get = column_u8_unsigned, .at = IN_VR(priority) },
	{ .id = 8, .get = vrrp_column_addr_count },
	{ .id = 9, .get = get_interval },
	{ .id = 10, .get = column_truth, .at = IN_VR(preempt) },
	{ .id = 11, .get = column_truth, .at = IN_VR(accept) },
	{ .id = 12, .get = get_up_time },
	{ .id = 13, .get = column_constant, .most = ROW_ACTIVE },
};

static const struct column addr_columns[] = {
	{ .id = 2, .get = column_constant, .most = ROW_ACTIVE },
};

static const struct column totals_columns[] = {
	{ .id = 1, .get = column_counter64, .at = IN_DAEMON(vrrp_checksum_errors) },
	{ .id = 2, .get = column_counter64, .at = IN_DAEMON(vrrp_version_errors) },
	{ .id = 3, .get = column_counter64, .at = IN_DAEMON(vrrp_vrid_errors) },
	{ .id = 4, .get = get_no_discontinuity },
};

static const struct column stats_columns[] = {
	{ .id = 1, .get = column_counter32, .at = IN_STATS(become_master) },
	{ .id = 2, .get = get_master_reason },
	{ .id = 3, .get = column_counter64, .at = IN_STATS(adverts_received) },
	{ .id = 4, .get = column_counter64, .at = IN_STATS(interval_errors) },
	{ .id = 5, .get = column_counter64, .at = IN_STATS(ttl_errors) },
	{ .id = 6, .get = column_u8, .at = IN_STATS(proto_error), .most = VIEW_PROTO_VRID },
	{ .id = 7, .get = column_counter64, .at = IN_STATS(priority_zero_received) },
	{ .id = 8, .get = column_counter64, .at = IN_STATS(priority_zero_sent) },
	{ .id = 9, .get = column_counter64, .at = IN_STATS(type_errors) },
	{ .id = 10, .get = column_counter64, .at = IN_STATS(address_list_errors) },
	{ .id = 11, .get = column_counter64, .at = IN_STATS(length_errors) },
	{ .id = 12, .get = get_no_discontinuity },
	{ .id = 13, .get = get_refresh_rate },
};

static bool index_router(const struct vr_key *k, int32_t ifindex, uint8_t version, struct oid_name *out)
{
	if (version != 3 || ifindex <= 0)
		return false;
	oid_add(out, (uint32_t)ifindex);
	oid_add(out, k->vrid);
	oid_add(out, inet_type(k->family));
	return true;
}

static bool index_oper(const void *row, unsigned sub, struct oid_name *out)
{
	const struct view_vr *r = row;

	(void)sub;
	return index_router(&r->key, r->ifindex, r->version, out);
}

/* The address has the type that stands before it, and goes with its length. */
static bool index_addr(const void *row, unsigned sub, struct oid_name *out)
{
	const struct view_vr_addr *r = row;

	(void)sub;
	if (r->excluded || r->key.addr.family != r->key.vr.family || !index_router(&r->key.vr, r->ifindex, r->version, out))
		return false;
	oid_add(out, addr_len(r->key.addr.family));
	oid_add_fixed(out, r->key.addr.bytes, addr_len(r->key.addr.family));
	return true;
}

static bool index_stats(const void *row, unsigned sub, struct oid_name *out)
{
	const struct view_vr_stats *r = row;

	(void)sub;
	return index_router(&r->key, r->ifindex, r->version, out);
}

static const struct table oper = {
	.name = "vrrpv3OperationsEntry",
	.kind = VIEW_VR,
	.prefix = { { VRRPV3_ROOT, 1, 1, 1, 1 }, 11 },
	.columns = oper_columns,
	.n_columns = sizeof(oper_columns) / sizeof(oper_columns[0]),
	.index = index_oper,
};

static const struct table asso_addr = {
	.name = "vrrpv3AssociatedIpAddrEntry",
	.kind = VIEW_VR_ADDR,
	.prefix = { { VRRPV3_ROOT, 1, 1, 2, 1 }, 11 },
	.columns = addr_columns,
	.n_columns = sizeof(addr_columns) / sizeof(addr_columns[0]),
	.index = index_addr,
};

static const struct table totals = {
	.name = "vrrpv3Statistics",
	.kind = VIEW_DAEMON,
	.prefix = { { VRRPV3_ROOT, 1, 2 }, 9 },
	.columns = totals_columns,
	.n_columns = sizeof(totals_columns) / sizeof(totals_columns[0]),
	.by_key = true,
	.index = table_index_scalar,
};

static const struct table stats = {
	.name = "vrrpv3StatisticsEntry",
	.kind = VIEW_VR_STATS,
	.prefix = { { VRRPV3_ROOT, 1, 2, 5, 1 }, 11 },
	.columns = stats_columns,
	.n_columns = sizeof(stats_columns) / sizeof(stats_columns[0]),
	.index = index_stats,
};

const struct mib *vrrpv3_mib(void)
{
	static const struct table *const tables[] = { &oper, &asso_addr, &totals, &stats };
	static const struct mib mib = {
		.name = "vrrpv3MIB",
		.root = { VRRPV3_ROOT },
		.root_len = 7,
		.tables = tables,
		.n_tables = sizeof(tables) / sizeof(tables[0]),
	};

	return &mib;
}
