/*
 * Rows and keys of one kind that a batch brings, in the order in which they came; in the end merged into the rows that were there
 * before. What no change touches is copied as it lies, row behind row. Pure.
 */
#ifndef REGENT_AGENT_GATHER_H
#define REGENT_AGENT_GATHER_H

#include "agent/snapshot.h"

struct gather {
	unsigned char *rows; /* `n` of them, of the row's size: of what is gone only the key */
	uint8_t *gone;
	size_t n, cap;
};

/* `row`, or the key of what is gone. False: no memory. */
bool gather_add(struct gather *g, enum view_kind k, const void *row, bool gone);
void gather_clear(struct gather *g);
/* `old` with these changes, of which the last one of a key holds; `old` itself (another reference) where they change nothing. NULL: no
 * memory. */
struct snap_rows *gather_merge(const struct gather *g, struct snap_rows *old);

#endif
