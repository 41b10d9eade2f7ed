/*
 * Immutable pictures of the rows (snapshot.h).
 */
#include "config.h"

#include "agent/snapshot.h"

#include <stdlib.h>
#include <string.h>

struct snap_rows *snap_rows_new(enum view_kind k, size_t room)
{
	struct snap_rows *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->refs = 1;
	r->kind = k;
	r->row_size = view_row_size(k);
	r->rows = malloc((room ? room : 1) * r->row_size);
	if (!r->rows) {
		free(r);
		return NULL;
	}
	return r;
}

struct snap_rows *snap_rows_ref(struct snap_rows *r)
{
	__atomic_add_fetch(&r->refs, 1, __ATOMIC_RELAXED);
	return r;
}

void snap_rows_unref(struct snap_rows *r)
{
	if (!r || __atomic_sub_fetch(&r->refs, 1, __ATOMIC_ACQ_REL))
		return;
	free(r->rows);
	free(r);
}

size_t snap_rows_find(const struct snap_rows *r, size_t from, const void *key, bool *there)
{
	size_t lo = from, hi = r->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (view_key_cmp(r->kind, snap_row(r, mid), key) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	*there = lo < r->n && view_key_cmp(r->kind, snap_row(r, lo), key) == 0;
	return lo;
}

struct snapshot *snapshot_new(uint64_t generation)
{
	struct snapshot *s = calloc(1, sizeof(*s));

	if (s) {
		s->refs = 1;
		s->generation = generation;
	}
	return s;
}

struct snapshot *snapshot_ref(struct snapshot *s)
{
	__atomic_add_fetch(&s->refs, 1, __ATOMIC_RELAXED);
	return s;
}

void snapshot_unref(struct snapshot *s)
{
	if (!s || __atomic_sub_fetch(&s->refs, 1, __ATOMIC_ACQ_REL))
		return;
	for (int k = 1; k < VIEW_KINDS; k++)
		snap_rows_unref(s->kind[k]);
	free(s);
}

const void *snapshot_get(const struct snapshot *s, enum view_kind k, const void *key)
{
	bool there;
	size_t at = snap_rows_find(s->kind[k], 0, key, &there);

	return there ? snapshot_row(s, k, at) : NULL;
}

const struct view_daemon *snapshot_daemon(const struct snapshot *s)
{
	return snapshot_count(s, VIEW_DAEMON) ? snapshot_row(s, VIEW_DAEMON, 0) : NULL;
}
