/*
 * The replica (replica.h). A full batch is gathered apart and takes the place of the old rows at its end; a batch of
 * changes goes to the rows at once, which nobody sees before its end.
 */
#include "config.h"

#include "agent/replica.h"

#include <stdlib.h>

#define ALL_KINDS ((1u << VIEW_KINDS) - 2u)

enum batch { BATCH_NONE, BATCH_FULL, BATCH_CHANGES, BATCH_LOST };

struct replica {
	struct view *rows;
	struct view *incoming; /* during a full batch */
	struct snapshot *snapshot;
	unsigned changed;      /* kinds, as bits */
	enum batch batch;
};

struct replica *replica_new(void)
{
	struct replica *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->rows = view_new(NULL, NULL);
	if (r->rows)
		r->snapshot = snapshot_make(r->rows, NULL, ALL_KINDS, 0);
	if (!r->snapshot) {
		replica_free(r);
		return NULL;
	}
	return r;
}

void replica_free(struct replica *r)
{
	if (!r)
		return;
	view_free(r->rows);
	view_free(r->incoming);
	snapshot_unref(r->snapshot);
	free(r);
}

struct snapshot *replica_snapshot(const struct replica *r)
{
	return r->snapshot;
}

static enum replica_result replica_lose(struct replica *r)
{
	view_free(r->incoming);
	r->incoming = NULL;
	r->batch = BATCH_LOST;
	return REPLICA_RESYNC;
}

static enum replica_result replica_begin(struct replica *r, bool full)
{
	if (!full && r->batch == BATCH_LOST)
		return REPLICA_OK;
	if (!full && r->batch != BATCH_NONE)
		return replica_lose(r);
	view_free(r->incoming);
	r->incoming = NULL;
	if (!full) {
		r->batch = BATCH_CHANGES;
		return REPLICA_OK;
	}
	r->incoming = view_new(NULL, NULL);
	if (!r->incoming)
		return replica_lose(r);
	r->batch = BATCH_FULL;
	return REPLICA_OK;
}

static size_t rows_in(const struct view *v)
{
	size_t n = 0;

	for (int k = 1; k < VIEW_KINDS; k++)
		n += view_count(v, (enum view_kind)k);
	return n;
}

static enum replica_result replica_rows(struct replica *r, const struct wire_head *h)
{
	struct view *v = r->batch == BATCH_FULL ? r->incoming : r->rows;
	enum view_kind k = (enum view_kind)h->kind;
	bool put = h->type == WIRE_ROW_PUT;
	size_t size = put ? view_row_size(k) : view_key_size(k);
	const unsigned char *p = wire_body(h);

	if (r->batch == BATCH_LOST)
		return REPLICA_OK;
	if (r->batch == BATCH_NONE)
		return replica_lose(r);
	if (put && rows_in(v) + h->count > REPLICA_ROWS_MAX)
		return REPLICA_REFUSED;
	for (uint32_t i = 0; i < h->count; i++) {
		const void *item = p + i * size;

		if (put ? view_put(v, k, item) : view_del(v, k, item))
			r->changed |= 1u << k;
		if (put && !view_get(v, k, item))
			return replica_lose(r); /* no memory for it */
	}
	return REPLICA_OK;
}

static enum replica_result replica_end(struct replica *r, uint64_t generation)
{
	struct snapshot *s;

	if (r->batch == BATCH_LOST)
		return REPLICA_OK;
	if (r->batch == BATCH_NONE)
		return replica_lose(r);
	if (r->batch == BATCH_FULL) {
		view_free(r->rows);
		r->rows = r->incoming;
		r->incoming = NULL;
		r->changed = ALL_KINDS;
	}
	r->batch = BATCH_NONE;
	s = snapshot_make(r->rows, r->snapshot, r->changed, generation);
	if (!s)
		return replica_lose(r);
	snapshot_unref(r->snapshot);
	r->snapshot = s;
	r->changed = 0;
	return REPLICA_PUBLISH;
}

enum replica_result replica_apply(struct replica *r, const struct wire_head *h)
{
	switch (h->type) {
	case WIRE_ROWS_BEGIN:
		return replica_begin(r, h->extra != 0);
	case WIRE_ROW_PUT:
	case WIRE_ROW_DEL:
		return replica_rows(r, h);
	case WIRE_ROWS_END:
		return replica_end(r, h->number);
	default:
		return REPLICA_OK;
	}
}
