/*
 * REGENT-MIB: BFD sessions. The index is the session's name.
 */
#include "config.h"

#include <string.h>

#include "agent/column.h"
#include "agent/mibs.h"

static bool index_bfd(const void *row, unsigned sub, struct oid_name *out)
{
	const struct view_bfd *r = row;

	(void)sub;
	oid_add_string(out, r->key.name, strnlen(r->key.name, sizeof(r->key.name)));
	return true;
}

#define IN(field) offsetof(struct view_bfd, field)

static const struct column columns[] = {
	{ .id = REGENT_BFD_STATE, .get = column_u8_from_1, .at = IN(state) },
	{ .id = 3, .get = column_u8_from_1, .at = IN(remote_state) },
	{ .id = REGENT_BFD_DIAG, .get = column_u8_unsigned, .at = IN(diag) },
	{ .id = 5, .get = column_u8_unsigned, .at = IN(remote_diag) },
	{ .id = 6, .get = column_addr_type, .at = IN(neighbor) },
	{ .id = 7, .get = column_addr, .at = IN(neighbor) },
	{ .id = 8, .get = column_truth, .at = IN(multihop) },
	{ .id = 9, .get = column_usec, .at = IN(tx_interval) },
	{ .id = 10, .get = column_usec, .at = IN(rx_interval) },
	{ .id = 11, .get = column_usec, .at = IN(detect_time) },
	{ .id = 12, .get = column_u8_unsigned, .at = IN(multiplier) },
	{ .id = 13, .get = column_u8_unsigned, .at = IN(remote_multiplier) },
	{ .id = 14, .get = column_u32, .at = IN(my_disc) },
	{ .id = 15, .get = column_u32, .at = IN(your_disc) },
	{ .id = 16, .get = column_counter64, .at = IN(received) },
	{ .id = 17, .get = column_counter64, .at = IN(sent) },
	{ .id = 18, .get = column_counter64, .at = IN(dropped) },
	{ .id = 19, .get = column_counter64, .at = IN(send_errors) },
	{ .id = 20, .get = column_counter64, .at = IN(ups) },
	{ .id = 21, .get = column_counter64, .at = IN(downs) },
	{ .id = 22, .get = column_text, .at = IN(text), .most = sizeof(((struct view_bfd *)0)->text) },
	{ .id = 23, .get = column_date, .at = IN(changed) },
};

const struct table *regent_bfd_table(void)
{
	static const struct table t = {
		.name = "regentBfdEntry",
		.kind = VIEW_BFD,
		.prefix = { { REGENT_ROOT, 1, 14, 1 }, 13 },
		.columns = columns,
		.n_columns = sizeof(columns) / sizeof(columns[0]),
		.by_key = true,
		.index = index_bfd,
	};

	return &t;
}
