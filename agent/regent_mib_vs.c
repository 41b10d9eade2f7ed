/*
 * REGENT-MIB: virtual services and real servers. The index is the kernel's own identity of the service (a fwmark
 * service has an all-zero address of its family), followed by the server's address and port: the same on both directors
 * and over reloads.
 */
#include "config.h"

#include "agent/column.h"
#include "agent/mibs.h"

void regent_vs_index(const struct service_key *k, struct oid_name *out)
{
	struct addr a = k->addr;

	if (k->fwmark)
		a = (struct addr){ .family = k->family };
	oid_add_inet(out, &a);
	oid_add(out, k->protocol);
	oid_add(out, k->port);
	oid_add(out, k->fwmark);
}

void regent_rs_index(const struct server_key *k, struct oid_name *out)
{
	regent_vs_index(&k->service, out);
	oid_add_inet(out, &k->server.addr);
	oid_add(out, k->server.port);
}

bool regent_vs_row_index(const void *row, unsigned sub, struct oid_name *out)
{
	(void)sub;
	regent_vs_index(row, out);
	return true;
}

bool regent_rs_row_index(const void *row, unsigned sub, struct oid_name *out)
{
	(void)sub;
	regent_rs_index(row, out);
	return true;
}

#define IN_VS(field) offsetof(struct view_vs, field)
#define VS_TEXT(field) offsetof(struct view_vs, field), .most = sizeof(((struct view_vs *)0)->field)
#define IN_RS(field) offsetof(struct view_rs, field)
#define RS_TEXT(field) offsetof(struct view_rs, field), .most = sizeof(((struct view_rs *)0)->field)
#define IN_SET(field) offsetof(struct view_rs_set, field)
#define SET_TEXT(field) offsetof(struct view_rs_set, field), .most = sizeof(((struct view_rs_set *)0)->field)

bool regent_rs_name(const struct mib_env *env, const struct column *c, const void *row, unsigned sub, struct value *out)
{
	char name[KEY_STRLEN];

	(void)env, (void)c, (void)sub;
	server_key_format(row, name);
	value_text(out, name, sizeof(name));
	return true;
}

static bool service_name(const struct mib_env *env, const struct column *c, const void *row, unsigned sub, struct value *out)
{
	const struct view_rs *r = row;
	const struct view_vs *vs = snapshot_get(env->snap, VIEW_VS, &r->key.service);

	(void)c, (void)sub;
	value_text(out, vs ? vs->name : "", vs ? sizeof(vs->name) : 1);
	return true;
}

/* What is set stands in a row of its own, where something is. */
static const void *setting_row(const struct mib_env *env, const void *row)
{
	static const struct view_rs_set none;
	const void *set = snapshot_get(env->snap, VIEW_RS_SET, row);

	return set ? set : &none;
}

static bool set_text(const struct mib_env *env, const struct column *c, const void *row, unsigned sub, struct value *out)
{
	return column_text(env, c, setting_row(env, row), sub, out);
}

static bool set_date(const struct mib_env *env, const struct column *c, const void *row, unsigned sub, struct value *out)
{
	return column_date(env, c, setting_row(env, row), sub, out);
}

static bool is_drained(const struct mib_env *env, const struct column *c, const void *row, unsigned sub, struct value *out)
{
	const struct view_rs *r = row;

	(void)env, (void)c, (void)sub;
	value_integer(out, r->drain > VIEW_DRAIN_NO ? 1 : 2);
	return true;
}

static const struct column vs_columns[] = {
	{ .id = REGENT_VS_NAME, .get = column_text, .at = VS_TEXT(name) },
	{ .id = 7, .get = column_text, .at = VS_TEXT(scheduler) },
	{ .id = 8, .get = column_u8, .at = IN_VS(method), .most = 3 },
	{ .id = 9, .get = column_u8, .at = IN_VS(role), .most = 3 },
	{ .id = REGENT_VS_QUORUM_STATE, .get = column_u8, .at = IN_VS(quorum_state), .most = VIEW_QUORUM_GAINED },
	{ .id = REGENT_VS_QUORUM, .get = column_u32, .at = IN_VS(quorum) },
	{ .id = REGENT_VS_SERVERS_UP, .get = column_u32, .at = IN_VS(rs_up) },
	{ .id = REGENT_VS_SERVERS_TOTAL, .get = column_u32, .at = IN_VS(rs_total) },
	{ .id = 14, .get = column_truth, .at = IN_VS(has_sorry) },
	{ .id = 15, .get = column_truth, .at = IN_VS(sorry_active) },
	{ .id = 16, .get = column_truth, .at = IN_VS(in_kernel) },
	{ .id = 17, .get = column_i32, .at = IN_VS(kernel_error) },
	{ .id = 18, .get = column_u32, .at = IN_VS(persistence) },
	{ .id = 19, .get = column_date, .at = IN_VS(changed) },
	{ .id = 20, .get = column_truth, .at = IN_VS(panic) },
	{ .id = 21, .get = column_text, .at = VS_TEXT(group) },
};

static const struct column rs_columns[] = {
	{ .id = REGENT_RS_NAME, .get = regent_rs_name },
	{ .id = REGENT_RS_SERVICE, .get = service_name },
	{ .id = REGENT_RS_STATE, .get = column_u8, .at = IN_RS(state), .most = VIEW_RS_DISABLED },
	{ .id = 7, .get = column_i32, .at = IN_RS(conf_weight) },
	{ .id = REGENT_RS_ADMIN_WEIGHT, .get = column_i32, .at = IN_RS(set_weight), .writable = true },
	{ .id = REGENT_RS_EFFECTIVE_WEIGHT, .get = column_i32, .at = IN_RS(effective_weight) },
	{ .id = 10, .get = column_u8, .at = IN_RS(source), .most = VIEW_WS_FLAPS },
	{ .id = REGENT_RS_REASON, .get = column_enum32, .at = IN_RS(reason), .most = REGENT_PROBE_REASONS },
	{ .id = REGENT_RS_REASON_TEXT, .get = column_text, .at = RS_TEXT(reason_text) },
	{ .id = 13, .get = column_truth, .at = IN_RS(in_kernel) },
	{ .id = 14, .get = column_truth, .at = IN_RS(local) },
	{ .id = 15, .get = column_truth, .at = IN_RS(sorry) },
	{ .id = 16, .get = column_u8, .at = IN_RS(method), .most = 3 },
	{ .id = 17, .get = column_u32_counter, .at = IN_RS(failures) },
	{ .id = 18, .get = column_date, .at = IN_RS(changed) },
	{ .id = 19, .get = set_text, .at = SET_TEXT(weight.by) },
	{ .id = 20, .get = set_date, .at = IN_SET(weight.at) },
	{ .id = 21, .get = column_i32, .at = IN_RS(kernel_error) },
	{ .id = REGENT_RS_ADMIN_DRAIN, .get = is_drained, .at = IN_RS(drain), .writable = true },
	{ .id = REGENT_RS_ADMIN_DISABLE, .get = column_truth, .at = IN_RS(disabled), .writable = true },
	{ .id = 24, .get = column_u8, .at = IN_RS(drain), .most = VIEW_DRAIN_DONE },
	{ .id = 25, .get = set_text, .at = SET_TEXT(drain.by) },
	{ .id = 26, .get = set_date, .at = IN_SET(drain.at) },
	{ .id = 27, .get = set_date, .at = IN_SET(drain.until) },
	{ .id = 28, .get = set_date, .at = IN_SET(drain_deadline) },
	{ .id = 29, .get = set_text, .at = SET_TEXT(disable.by) },
	{ .id = 30, .get = set_date, .at = IN_SET(disable.at) },
	{ .id = 31, .get = set_date, .at = IN_SET(disable.until) },
	{ .id = 32, .get = set_date, .at = IN_SET(weight.until) },
	{ .id = 33, .get = column_i32, .at = IN_RS(probe_weight) },
	{ .id = 34, .get = column_i32, .at = IN_RS(ramp_weight) },
	{ .id = 35, .get = column_u32, .at = IN_RS(active_conns) },
	{ .id = 36, .get = column_u32, .at = IN_RS(inactive_conns) },
	{ .id = 37, .get = column_u32, .at = IN_RS(persistent_conns) },
	{ .id = 38, .get = column_truth, .at = IN_RS(suppressed) },
};

const struct table *regent_vs_table(void)
{
	static const struct table t = {
		.name = "regentVsEntry",
		.kind = VIEW_VS,
		.prefix = { { REGENT_ROOT, 1, 7, 1 }, 13 },
		.columns = vs_columns,
		.n_columns = sizeof(vs_columns) / sizeof(vs_columns[0]),
		.by_key = true,
		.index = regent_vs_row_index,
	};

	return &t;
}

const struct table *regent_rs_table(void)
{
	static const struct table t = {
		.name = "regentRsEntry",
		.kind = VIEW_RS,
		.prefix = { { REGENT_ROOT, 1, 8, 1 }, 13 },
		.columns = rs_columns,
		.n_columns = sizeof(rs_columns) / sizeof(rs_columns[0]),
		.by_key = true,
		.index = regent_rs_row_index,
	};

	return &t;
}
