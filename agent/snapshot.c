/*
 * Immutable pictures of the rows (snapshot.h).
 */
#include "config.h"

#include "agent/snapshot.h"

#include <stdlib.h>
#include <string.h>

static struct snap_rows *rows_make(const struct view *v, enum view_kind k)
{
	struct snap_rows *r = calloc(1, sizeof(*r));
	const void *row = NULL;
	size_t n = view_count(v, k), i = 0;

	if (!r)
		return NULL;
	r->refs = 1;
	r->kind = k;
	r->row_size = view_row_size(k);
	r->rows = calloc(n ? n : 1, r->row_size);
	if (!r->rows) {
		free(r);
		return NULL;
	}
	while ((row = view_next(v, k, row)) != NULL)
		memcpy(r->rows + i++ * r->row_size, row, r->row_size);
	r->n = i;
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

struct snapshot *snapshot_make(const struct view *v, const struct snapshot *old, unsigned changed, uint64_t generation)
{
	struct snapshot *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->refs = 1;
	s->generation = generation;
	for (int k = 1; k < VIEW_KINDS; k++) {
		if (old && !(changed & (1u << k)))
			s->kind[k] = snap_rows_ref(old->kind[k]);
		else
			s->kind[k] = rows_make(v, (enum view_kind)k);
		if (!s->kind[k]) {
			snapshot_unref(s);
			return NULL;
		}
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
	size_t lo = 0, hi = snapshot_count(s, k);

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int c = view_key_cmp(k, snapshot_row(s, k, mid), key);

		if (c == 0)
			return snapshot_row(s, k, mid);
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

const struct view_daemon *snapshot_daemon(const struct snapshot *s)
{
	return snapshot_count(s, VIEW_DAEMON) ? snapshot_row(s, VIEW_DAEMON, 0) : NULL;
}
