/*
 * REGENT-MIB: what virtual routers look at beside the adverts.
 */
#include "config.h"

#include <string.h>

#include "agent/column.h"
#include "agent/mibs.h"

static bool index_tracker(const void *row, unsigned sub, struct oid_name *out)
{
	const struct view_tracker *r = row;
	size_t len = strnlen(r->key.name, sizeof(r->key.name));

	(void)sub;
	regent_vr_index(&r->key.vr, out);
	oid_add(out, r->key.kind);
	oid_add(out, (uint32_t)len);
	for (size_t i = 0; i < len; i++)
		oid_add(out, (uint8_t)r->key.name[i]);
	return true;
}

#define IN(field) offsetof(struct view_tracker, field)
#define TEXT(field) offsetof(struct view_tracker, field), .most = sizeof(((struct view_tracker *)0)->field)

static const struct column tracker_columns[] = {
	{ .id = 3, .get = column_text, .at = TEXT(instance) },
	{ .id = 4, .get = column_u8, .at = IN(verdict), .most = VIEW_VERDICT_DOWN },
	{ .id = 5, .get = column_i32, .at = IN(weight) },
	{ .id = 6, .get = column_i32, .at = IN(adds) },
	{ .id = 7, .get = column_truth, .at = IN(fault) },
	{ .id = 8, .get = column_truth, .at = IN(waits) },
	{ .id = 9, .get = column_truth, .at = IN(reverse) },
	{ .id = 10, .get = column_truth, .at = IN(ignored) },
	{ .id = 11, .get = column_truth, .at = IN(of_group) },
	{ .id = 12, .get = column_i32, .at = IN(value) },
	{ .id = 13, .get = column_text, .at = TEXT(text) },
	{ .id = 14, .get = column_date, .at = IN(since) },
};

const struct table *regent_tracker_table(void)
{
	static const struct table t = {
		.name = "regentTrackerEntry",
		.kind = VIEW_TRACKER,
		.prefix = { { REGENT_ROOT, 1, 13, 1 }, 13 },
		.columns = tracker_columns,
		.n_columns = sizeof(tracker_columns) / sizeof(tracker_columns[0]),
		.by_key = true,
		.index = index_tracker,
	};

	return &t;
}
