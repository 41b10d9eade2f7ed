/*
 * REGENT-MIB: probes, and which probe judges which server.
 */
#include "config.h"

#include "agent/column.h"
#include "agent/mibs.h"

enum { PROBE_STATE_UNKNOWN = 0, PROBE_STATE_UP = 1, PROBE_STATE_DOWN = 2 };

void regent_probe_index(const struct probe_key *k, struct oid_name *out)
{
	oid_add(out, k->kind);
	oid_add_inet(out, &k->target.addr);
	oid_add(out, k->target.port);
	oid_add_fixed(out, k->recipe, sizeof(k->recipe));
}

static bool index_probe(const void *row, unsigned sub, struct oid_name *out)
{
	(void)sub;
	regent_probe_index(row, out); /* the key comes first in a row */
	return true;
}

static bool index_use(const void *row, unsigned sub, struct oid_name *out)
{
	const struct view_probe_use *r = row;

	(void)sub;
	regent_rs_index(&r->key.server, out);
	regent_probe_index(&r->key.probe, out);
	return true;
}

static int probe_state(const struct view_probe *p)
{
	if (!p || !p->known)
		return PROBE_STATE_UNKNOWN;
	return p->up ? PROBE_STATE_UP : PROBE_STATE_DOWN;
}

static bool get_state(const struct mib_env *env, const struct column *c, const void *row, unsigned sub,
                      struct value *out)
{
	(void)env, (void)c, (void)sub;
	value_integer(out, probe_state(row));
	return true;
}

static bool get_interval_ms(const struct mib_env *env, const struct column *c, const void *row, unsigned sub,
                            struct value *out)
{
	const struct view_probe *p = row;

	(void)env, (void)c, (void)sub;
	value_unsigned(out, (uint64_t)usec_max(p->interval, 0) / 1000);
	return true;
}

static const struct view_probe *used_probe(const struct mib_env *env, const void *row)
{
	const struct view_probe_use *u = row;

	return snapshot_get(env->snap, VIEW_PROBE, &u->key.probe);
}

static bool get_use_name(const struct mib_env *env, const struct column *c, const void *row, unsigned sub,
                         struct value *out)
{
	const struct view_probe *p = used_probe(env, row);

	(void)c, (void)sub;
	value_text(out, p ? p->name : "", p ? sizeof(p->name) : 1);
	return true;
}

static bool get_use_state(const struct mib_env *env, const struct column *c, const void *row, unsigned sub,
                          struct value *out)
{
	(void)c, (void)sub;
	value_integer(out, probe_state(used_probe(env, row)));
	return true;
}

#define IN(field) offsetof(struct view_probe, field)
#define TEXT(field) offsetof(struct view_probe, field), .most = sizeof(((struct view_probe *)0)->field)

static const struct column probe_columns[] = {
	{ .id = REGENT_PROBE_NAME, .get = column_text, .at = TEXT(name) },
	{ .id = 7, .get = get_state },
	{ .id = 8, .get = column_enum32, .at = IN(reason), .most = REGENT_PROBE_REASONS },
	{ .id = 9, .get = column_text, .at = TEXT(text) },
	{ .id = 10, .get = column_counter64, .at = IN(runs) },
	{ .id = 11, .get = column_counter64, .at = IN(failures) },
	{ .id = 12, .get = column_u32, .at = IN(failed_in_row) },
	{ .id = REGENT_PROBE_USERS, .get = column_u32, .at = IN(users) },
	{ .id = 14, .get = get_interval_ms },
	{ .id = 15, .get = column_usec, .at = IN(latency) },
	{ .id = 16, .get = column_date, .at = IN(last_run) },
	{ .id = 17, .get = column_date, .at = IN(changed) },
	{ .id = 18, .get = column_counter64, .at = IN(overdue) },
};

static const struct column use_columns[] = {
	{ .id = 1, .get = get_use_name },
	{ .id = 2, .get = get_use_state },
};

const struct table *regent_probe_table(void)
{
	static const struct table t = {
		.name = "regentProbeEntry",
		.kind = VIEW_PROBE,
		.prefix = { { REGENT_ROOT, 1, 9, 1 }, 13 },
		.columns = probe_columns,
		.n_columns = sizeof(probe_columns) / sizeof(probe_columns[0]),
		.by_key = true,
		.index = index_probe,
	};

	return &t;
}

const struct table *regent_probe_use_table(void)
{
	static const struct table t = {
		.name = "regentProbeUseEntry",
		.kind = VIEW_PROBE_USE,
		.prefix = { { REGENT_ROOT, 1, 10, 1 }, 13 },
		.columns = use_columns,
		.n_columns = sizeof(use_columns) / sizeof(use_columns[0]),
		.by_key = true,
		.index = index_use,
	};

	return &t;
}
