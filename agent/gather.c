/*
 * What a batch brings (gather.h). The changes are put in order by an index over them; most batches come sorted and have each key once.
 */
#include "config.h"

#include "agent/gather.h"

#include <stdlib.h>
#include <string.h>

/* The changes of a batch in the order of their keys. */
struct order {
	const struct gather *g;
	enum view_kind kind;
	size_t row_size;
	uint32_t *at;
	size_t n;
};

static bool grow(struct gather *g, size_t size)
{
	size_t cap = g->cap ? g->cap * 2 : 16;
	unsigned char *rows;
	uint8_t *gone;

	if (g->n < g->cap)
		return true;
	rows = realloc(g->rows, cap * size);
	if (!rows)
		return false;
	g->rows = rows;
	gone = realloc(g->gone, cap);
	if (!gone)
		return false;
	g->gone = gone;
	g->cap = cap;
	return true;
}

bool gather_add(struct gather *g, enum view_kind k, const void *row, bool gone)
{
	size_t size = view_row_size(k);

	if (!grow(g, size))
		return false;
	memcpy(g->rows + g->n * size, row, gone ? view_key_size(k) : size);
	g->gone[g->n++] = gone;
	return true;
}

void gather_clear(struct gather *g)
{
	free(g->rows);
	free(g->gone);
	memset(g, 0, sizeof(*g));
}

static const unsigned char *order_row(const struct order *o, size_t i)
{
	return o->g->rows + o->at[i] * o->row_size;
}

static int cmp_changes(const void *a, const void *b, void *order)
{
	const struct order *o = order;
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	int c = view_key_cmp(o->kind, o->g->rows + x * o->row_size, o->g->rows + y * o->row_size);

	return c ? c : (x > y) - (x < y);
}

/* Each key once: of several changes the last. */
static void order_make(struct order *o)
{
	size_t n = 0;
	bool sorted = true;

	for (size_t i = 0; i < o->g->n; i++) {
		o->at[i] = (uint32_t)i;
		sorted = sorted && (i == 0 || cmp_changes(&o->at[i - 1], &o->at[i], o) < 0);
	}
	if (!sorted)
		qsort_r(o->at, o->g->n, sizeof(*o->at), cmp_changes, o);
	for (size_t i = 0; i < o->g->n; i++) {
		if (n > 0 && view_key_cmp(o->kind, o->g->rows + o->at[n - 1] * o->row_size, order_row(o, i)) == 0)
			n--;
		o->at[n++] = o->at[i];
	}
	o->n = n;
}

/* Leave out what is as it was. */
static void order_prune(struct order *o, const struct snap_rows *old)
{
	size_t n = 0, from = 0;

	for (size_t i = 0; i < o->n; i++) {
		const unsigned char *row = order_row(o, i);
		bool there;

		from = snap_rows_find(old, from, row, &there);
		if (o->g->gone[o->at[i]] ? !there : there && memcmp(snap_row(old, from), row, o->row_size) == 0)
			continue;
		o->at[n++] = o->at[i];
	}
	o->n = n;
}

static void append(struct snap_rows *out, const void *rows, size_t n)
{
	if (n)
		memcpy(out->rows + out->n * out->row_size, rows, n * out->row_size);
	out->n += n;
}

static void merge(struct snap_rows *out, const struct order *o, const struct snap_rows *old)
{
	size_t from = 0;

	for (size_t i = 0; i < o->n; i++) {
		bool there;
		size_t at = snap_rows_find(old, from, order_row(o, i), &there);

		append(out, snap_row(old, from), at - from);
		if (!o->g->gone[o->at[i]])
			append(out, order_row(o, i), 1);
		from = at + there;
	}
	append(out, snap_row(old, from), old->n - from);
}

struct snap_rows *gather_merge(const struct gather *g, struct snap_rows *old)
{
	struct order o = { .g = g, .kind = old->kind, .row_size = old->row_size };
	struct snap_rows *out = NULL;

	if (g->n == 0)
		return snap_rows_ref(old);
	o.at = calloc(g->n, sizeof(*o.at));
	if (!o.at)
		return NULL;
	order_make(&o);
	order_prune(&o, old);
	if (o.n == 0)
		out = snap_rows_ref(old);
	else if ((out = snap_rows_new(old->kind, old->n + o.n)))
		merge(out, &o, old);
	free(o.at);
	return out;
}
