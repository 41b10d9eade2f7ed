/*
 * REGENT-MIB: sync groups of virtual routers. The index is the group's name.
 */
#include "config.h"

#include <string.h>

#include "agent/column.h"
#include "agent/mibs.h"

static bool index_group(const void *row, unsigned sub, struct oid_name *out)
{
	const struct view_group *r = row;

	(void)sub;
	oid_add_string(out, r->key.name, strnlen(r->key.name, sizeof(r->key.name)));
	return true;
}

#define IN(field) offsetof(struct view_group, field)

static const struct column columns[] = {
	{ .id = REGENT_GROUP_STATE, .get = column_u8, .at = IN(state), .most = VIEW_VR_FAULT },
	{ .id = 3, .get = column_u32, .at = IN(members) },
	{ .id = 4, .get = column_counter64, .at = IN(transitions) },
	{ .id = 5, .get = column_truth, .at = IN(crossed) },
	{ .id = 6, .get = column_counter64, .at = IN(crossings) },
	{ .id = 7, .get = column_date, .at = IN(entered) },
};

const struct table *regent_group_table(void)
{
	static const struct table t = {
		.name = "regentGroupEntry",
		.kind = VIEW_GROUP,
		.prefix = { { REGENT_ROOT, 1, 12, 1 }, 13 },
		.columns = columns,
		.n_columns = sizeof(columns) / sizeof(columns[0]),
		.by_key = true,
		.index = index_group,
	};

	return &t;
}
