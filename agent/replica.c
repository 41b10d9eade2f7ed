/*
 * The replica (replica.h). It is the last snapshot and no second copy of it: a batch is gathered apart, which nobody sees before its
 * end, and then merged into the rows before it, or, where it is a full one, into none. A kind that does not change is shared.
 */
#include "config.h"

#include "agent/replica.h"

#include <stdlib.h>
#include <string.h>

#include "agent/gather.h"

enum batch { BATCH_NONE, BATCH_FULL, BATCH_CHANGES, BATCH_LOST };

struct replica {
	struct snapshot *snapshot;
	struct snap_rows *none[VIEW_KINDS]; /* what a full batch is merged into */
	struct gather gathered[VIEW_KINDS]; /* during a batch */
	size_t n_gathered;
	enum batch batch;
};

static struct snapshot *empty(struct replica *r)
{
	struct snapshot *s = snapshot_new(0);

	for (int k = 1; s && k < VIEW_KINDS; k++) {
		r->none[k] = snap_rows_new((enum view_kind)k, 0);
		if (!r->none[k]) {
			snapshot_unref(s);
			return NULL;
		}
		s->kind[k] = snap_rows_ref(r->none[k]);
	}
	return s;
}

struct replica *replica_new(void)
{
	struct replica *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->snapshot = empty(r);
	if (!r->snapshot) {
		replica_free(r);
		return NULL;
	}
	return r;
}

static void forget_batch(struct replica *r)
{
	for (int k = 1; k < VIEW_KINDS; k++)
		gather_clear(&r->gathered[k]);
	r->n_gathered = 0;
}

void replica_free(struct replica *r)
{
	if (!r)
		return;
	forget_batch(r);
	for (int k = 1; k < VIEW_KINDS; k++)
		snap_rows_unref(r->none[k]);
	snapshot_unref(r->snapshot);
	free(r);
}

struct snapshot *replica_snapshot(const struct replica *r)
{
	return r->snapshot;
}

static enum replica_result replica_lose(struct replica *r)
{
	forget_batch(r);
	r->batch = BATCH_LOST;
	return REPLICA_RESYNC;
}

static enum replica_result replica_begin(struct replica *r, bool full)
{
	if (!full && r->batch == BATCH_LOST)
		return REPLICA_OK;
	if (!full && r->batch != BATCH_NONE)
		return replica_lose(r);
	forget_batch(r);
	r->batch = full ? BATCH_FULL : BATCH_CHANGES;
	return REPLICA_OK;
}

static enum replica_result replica_rows(struct replica *r, const struct wire_head *h)
{
	enum view_kind k = (enum view_kind)h->kind;
	bool put = h->type == WIRE_ROW_PUT;
	size_t size = put ? view_row_size(k) : view_key_size(k);
	const unsigned char *p = wire_body(h);

	if (r->batch == BATCH_LOST)
		return REPLICA_OK;
	if (r->batch == BATCH_NONE)
		return replica_lose(r);
	if (r->n_gathered + h->count > REPLICA_ROWS_MAX)
		return REPLICA_REFUSED;
	for (uint32_t i = 0; i < h->count; i++)
		if (!gather_add(&r->gathered[k], k, p + i * size, !put))
			return replica_lose(r);
	r->n_gathered += h->count;
	return REPLICA_OK;
}

/* The snapshot with what was gathered; NULL: no memory. */
static struct snapshot *replica_next(struct replica *r, uint64_t generation, size_t *n)
{
	struct snapshot *s = snapshot_new(generation);

	*n = 0;
	for (int k = 1; s && k < VIEW_KINDS; k++) {
		s->kind[k] = gather_merge(&r->gathered[k], r->batch == BATCH_FULL ? r->none[k] : r->snapshot->kind[k]);
		if (!s->kind[k]) {
			snapshot_unref(s);
			return NULL;
		}
		gather_clear(&r->gathered[k]);
		*n += s->kind[k]->n;
	}
	return s;
}

static enum replica_result replica_end(struct replica *r, uint64_t generation)
{
	struct snapshot *s;
	size_t n;

	if (r->batch == BATCH_LOST)
		return REPLICA_OK;
	if (r->batch == BATCH_NONE)
		return replica_lose(r);
	s = replica_next(r, generation, &n);
	if (!s)
		return replica_lose(r);
	r->batch = BATCH_NONE;
	r->n_gathered = 0;
	if (n > REPLICA_ROWS_MAX) {
		snapshot_unref(s);
		return REPLICA_REFUSED;
	}
	snapshot_unref(r->snapshot);
	r->snapshot = s;
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
