/*
 * Snapshots for tests, from rows in a view.
 */
#ifndef REGENT_TESTS_SNAP_MAKE_H
#define REGENT_TESTS_SNAP_MAKE_H

#include <string.h>

#include "agent/snapshot.h"

static inline struct snap_rows *snap_make_rows(const struct view *v, enum view_kind k)
{
	struct snap_rows *r = snap_rows_new(k, view_count(v, k));

	for (const void *row = NULL; r && (row = view_next(v, k, row)); r->n++)
		memcpy(r->rows + r->n * r->row_size, row, r->row_size);
	return r;
}

/* Kinds whose bit is not in `changed` are shared with `old`. NULL: no memory. */
static inline struct snapshot *snap_make(const struct view *v, const struct snapshot *old, unsigned changed, uint64_t generation)
{
	struct snapshot *s = snapshot_new(generation);

	for (int k = 1; s && k < VIEW_KINDS; k++) {
		s->kind[k] = old && !(changed & (1u << k)) ? snap_rows_ref(old->kind[k]) : snap_make_rows(v, (enum view_kind)k);
		if (!s->kind[k]) {
			snapshot_unref(s);
			return NULL;
		}
	}
	return s;
}

#endif
