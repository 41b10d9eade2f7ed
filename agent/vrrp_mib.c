/*
 * VRRP-MIB, RFC 2787: virtual routers of VRRPv2 over IPv4 whose interface exists (its index is an ifIndex). Read-only.
 */
#include "config.h"

#include "agent/mibs.h"

#include <netinet/in.h>

#include "agent/column.h"
#include "agent/vrrp_column.h"

enum { NODE_VERSION = 2, NOTIFICATIONS_ON = 1, NOTIFICATIONS_OFF = 2, ADMIN_UP = 1, PROTOCOL_IP = 1, ROW_ACTIVE = 1 };

static bool get_notifications(const struct mib_env *env, const struct column *c, const void *row, unsigned sub,
                              struct value *out)
{
	const struct view_daemon *d = row;

	(void)env, (void)c, (void)sub;
	value_integer(out, d->traps ? NOTIFICATIONS_ON : NOTIFICATIONS_OFF);
	return true;
}

/* "When read, vrrpOperAuthKey always returns a string of zero length." */
static bool get_auth_key(const struct mib_env *env, const struct column *c, const void *row, unsigned sub,
                         struct value *out)
{
	(void)env, (void)c, (void)row, (void)sub;
	value_octets(out, "", 0);
	return true;
}

static bool get_interval(const struct mib_env *env, const struct column *c, const void *row, unsigned sub,
                         struct value *out)
{
	const struct view_vr *r = row;

	(void)env, (void)c, (void)sub;
	value_integer(out, r->adver_int / USEC_PER_SEC);
	return true;
}

/* TimeStamp: sysUpTime when the router left "initialize"; 0 where that was before sysUpTime began. */
static bool get_up_time(const struct mib_env *env, const struct column *c, const void *row, unsigned sub,
                        struct value *out)
{
	const struct view_vr *r = row;
	usec_t at = r->left_init.mono - env->up_since;

	(void)c, (void)sub;
	out->type = VALUE_TICKS;
	if (r->left_init.mono && at > 0)
		out->number = (uint32_t)(at / USEC_PER_CS);
	return true;
}

#define IN_DAEMON(field) offsetof(struct view_daemon, field)
#define IN_VR(field) offsetof(struct view_vr, field)
#define IN_STATS(field) offsetof(struct view_vr_stats, field)

static const struct column operations_columns[] = {
	{ .id = 1, .get = column_constant, .most = NODE_VERSION },
	{ .id = 2, .get = get_notifications },
};

static const struct column oper_columns[] = {
	{ .id = 2, .get = column_mac, .at = IN_VR(mac) },
	{ .id = 3, .get = vrrp_column_state },
	{ .id = 4, .get = column_constant, .most = ADMIN_UP },
	{ .id = 5, .get = column_u8, .at = IN_VR(priority), .most = 255 },
	{ .id = 6, .get = vrrp_column_addr_count },
	{ .id = 7, .get = column_ipaddress, .at = IN_VR(master) },
	{ .id = 8, .get = column_ipaddress, .at = IN_VR(primary) },
	{ .id = 9, .get = column_u8_from_1, .at = IN_VR(auth) },
	{ .id = 10, .get = get_auth_key },
	{ .id = 11, .get = get_interval },
	{ .id = 12, .get = column_truth, .at = IN_VR(preempt) },
	{ .id = 13, .get = get_up_time },
	{ .id = 14, .get = column_constant, .most = PROTOCOL_IP },
	{ .id = 15, .get = column_constant, .most = ROW_ACTIVE },
};

static const struct column addr_columns[] = {
	{ .id = 2, .get = column_constant, .most = ROW_ACTIVE },
};

static const struct column totals_columns[] = {
	{ .id = 1, .get = column_counter32, .at = IN_DAEMON(vrrp_checksum_errors) },
	{ .id = 2, .get = column_counter32, .at = IN_DAEMON(vrrp_version_errors) },
	{ .id = 3, .get = column_counter32, .at = IN_DAEMON(vrrp_vrid_errors) },
};

static const struct column stats_columns[] = {
	{ .id = 1, .get = column_counter32, .at = IN_STATS(become_master) },
	{ .id = 2, .get = column_counter32, .at = IN_STATS(adverts_received) },
	{ .id = 3, .get = column_counter32, .at = IN_STATS(interval_errors) },
	{ .id = 4, .get = column_counter32, .at = IN_STATS(auth_failures) },
	{ .id = 5, .get = column_counter32, .at = IN_STATS(ttl_errors) },
	{ .id = 6, .get = column_counter32, .at = IN_STATS(priority_zero_received) },
	{ .id = 7, .get = column_counter32, .at = IN_STATS(priority_zero_sent) },
	{ .id = 8, .get = column_counter32, .at = IN_STATS(type_errors) },
	{ .id = 9, .get = column_counter32, .at = IN_STATS(address_list_errors) },
	{ .id = 10, .get = column_counter32, .at = IN_STATS(auth_type_invalid) },
	{ .id = 11, .get = column_counter32, .at = IN_STATS(auth_type_mismatch) },
	{ .id = 12, .get = column_counter32, .at = IN_STATS(length_errors) },
};

static bool index_router(const struct vr_key *k, int32_t ifindex, uint8_t version, struct oid_name *out)
{
	if (version != 2 || k->family != AF_INET || ifindex <= 0)
		return false;
	oid_add(out, (uint32_t)ifindex);
	oid_add(out, k->vrid);
	return true;
}

static bool index_oper(const void *row, unsigned sub, struct oid_name *out)
{
	const struct view_vr *r = row;

	(void)sub;
	return index_router(&r->key, r->ifindex, r->version, out);
}

static bool index_addr(const void *row, unsigned sub, struct oid_name *out)
{
	const struct view_vr_addr *r = row;

	(void)sub;
	if (r->excluded || r->key.addr.family != AF_INET || !index_router(&r->key.vr, r->ifindex, r->version, out))
		return false;
	oid_add_fixed(out, r->key.addr.bytes, 4);
	return true;
}

static bool index_stats(const void *row, unsigned sub, struct oid_name *out)
{
	const struct view_vr_stats *r = row;

	(void)sub;
	return index_router(&r->key, r->ifindex, r->version, out);
}

static const struct table operations = {
	.name = "vrrpOperations",
	.kind = VIEW_DAEMON,
	.prefix = { { VRRP_ROOT, 1 }, 8 },
	.columns = operations_columns,
	.n_columns = sizeof(operations_columns) / sizeof(operations_columns[0]),
	.by_key = true,
	.index = table_index_scalar,
};

static const struct table oper = {
	.name = "vrrpOperEntry",
	.kind = VIEW_VR,
	.prefix = { { VRRP_ROOT, 1, 3, 1 }, 10 },
	.columns = oper_columns,
	.n_columns = sizeof(oper_columns) / sizeof(oper_columns[0]),
	.index = index_oper,
};

static const struct table asso_addr = {
	.name = "vrrpAssoIpAddrEntry",
	.kind = VIEW_VR_ADDR,
	.prefix = { { VRRP_ROOT, 1, 4, 1 }, 10 },
	.columns = addr_columns,
	.n_columns = sizeof(addr_columns) / sizeof(addr_columns[0]),
	.index = index_addr,
};

static const struct table totals = {
	.name = "vrrpStatistics",
	.kind = VIEW_DAEMON,
	.prefix = { { VRRP_ROOT, 2 }, 8 },
	.columns = totals_columns,
	.n_columns = sizeof(totals_columns) / sizeof(totals_columns[0]),
	.by_key = true,
	.index = table_index_scalar,
};

static const struct table stats = {
	.name = "vrrpRouterStatsEntry",
	.kind = VIEW_VR_STATS,
	.prefix = { { VRRP_ROOT, 2, 4, 1 }, 10 },
	.columns = stats_columns,
	.n_columns = sizeof(stats_columns) / sizeof(stats_columns[0]),
	.index = index_stats,
};

const struct mib *vrrp_mib(void)
{
	static const struct table *const tables[] = { &operations, &oper, &asso_addr, &totals, &stats };
	static const struct mib mib = {
		.name = "vrrpMIB",
		.root = { VRRP_ROOT },
		.root_len = 7,
		.tables = tables,
		.n_tables = sizeof(tables) / sizeof(tables[0]),
	};

	return &mib;
}
