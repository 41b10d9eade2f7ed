/*
 * An immutable picture of all rows, shared by the agent's threads: sorted arrays, one a kind, counted references. Who
 * holds a reference reads without a lock. A kind that did not change since the last picture is shared with it.
 */
#ifndef REGENT_AGENT_SNAPSHOT_H
#define REGENT_AGENT_SNAPSHOT_H

#include "core/view.h"

struct snap_rows {
	unsigned refs; /* atomic */
	enum view_kind kind;
	size_t n, row_size;
	unsigned char *rows;
};

struct snapshot {
	unsigned refs; /* atomic */
	uint64_t generation;
	struct snap_rows *kind[VIEW_KINDS]; /* [0] is NULL */
};

/* Without rows of any kind: they are put into kind[], each reference taken over, before anybody else sees it. NULL: no memory. */
struct snapshot *snapshot_new(uint64_t generation);
struct snapshot *snapshot_ref(struct snapshot *s);
void snapshot_unref(struct snapshot *s); /* NULL is fine */

/* None yet, and room for so many: filled, in the order of their keys, before anybody else sees it. NULL: no memory. */
struct snap_rows *snap_rows_new(enum view_kind k, size_t room);
struct snap_rows *snap_rows_ref(struct snap_rows *r);
void snap_rows_unref(struct snap_rows *r); /* NULL is fine */
static inline const void *snap_row(const struct snap_rows *r, size_t i)
{
	return r->rows + i * r->row_size;
}
/* The place of a key among the rows from `from` on, or where it would be. */
size_t snap_rows_find(const struct snap_rows *r, size_t from, const void *key, bool *there);

static inline size_t snapshot_count(const struct snapshot *s, enum view_kind k)
{
	return s->kind[k]->n;
}
static inline const void *snapshot_row(const struct snapshot *s, enum view_kind k, size_t i)
{
	return snap_row(s->kind[k], i);
}
/* By key; NULL where there is none. */
const void *snapshot_get(const struct snapshot *s, enum view_kind k, const void *key);
/* The daemon's row; NULL before the first batch. */
const struct view_daemon *snapshot_daemon(const struct snapshot *s);

#endif
