/*
 * GET and GETNEXT over sorted instances (table.h).
 */
#include "config.h"

#include "agent/table.h"

#include <stdlib.h>
#include <string.h>

/* One instance: its sub-identifiers lie in the pool. */
struct entry {
	uint32_t at, len;
	uint32_t row;
	uint32_t sub;
};

struct instances {
	struct snap_rows *rows;
	struct entry *entries;
	size_t n;
	uint32_t *pool;
	size_t used, cap;
};

struct mib_view {
	const struct mib *mib;
	struct instances *tables;
};

struct mib_view *mib_view_new(const struct mib *m)
{
	struct mib_view *v = calloc(1, sizeof(*v));

	if (!v)
		return NULL;
	v->mib = m;
	v->tables = calloc(m->n_tables, sizeof(*v->tables));
	if (!v->tables) {
		free(v);
		return NULL;
	}
	return v;
}

static void instances_clear(struct instances *x)
{
	snap_rows_unref(x->rows);
	free(x->entries);
	free(x->pool);
	memset(x, 0, sizeof(*x));
}

void mib_view_free(struct mib_view *v)
{
	if (!v)
		return;
	for (size_t i = 0; i < v->mib->n_tables; i++)
		instances_clear(&v->tables[i]);
	free(v->tables);
	free(v);
}

static bool pool_add(struct instances *x, const struct oid_name *o)
{
	if (x->used + o->len > x->cap) {
		size_t cap = (x->used + o->len) * 2;
		uint32_t *pool = realloc(x->pool, cap * sizeof(*pool));

		if (!pool)
			return false;
		x->pool = pool;
		x->cap = cap;
	}
	memcpy(x->pool + x->used, o->sub, o->len * sizeof(*x->pool));
	x->used += o->len;
	return true;
}

static int cmp_entries(const void *a, const void *b, void *arg)
{
	const struct entry *x = a, *y = b;
	const uint32_t *pool = arg;
	int c = oid_cmp(pool + x->at, x->len, pool + y->at, y->len);

	/* Two rows of one instance (the RFC's index is coarser than our key): always the same one is seen, since a
	 * search ends at the first and goes on behind the last. */
	return c ? c : (x->row > y->row) - (x->row < y->row);
}

static bool instances_add(struct instances *x, const struct table *t, size_t row, unsigned sub)
{
	struct oid_name index;
	struct entry *e = &x->entries[x->n];

	oid_clear(&index);
	if (!t->index(snap_row(x->rows, row), sub, &index) || index.bad)
		return true;
	*e = (struct entry){ .at = (uint32_t)x->used, .len = (uint32_t)index.len, .row = (uint32_t)row, .sub = sub };
	if (!pool_add(x, &index))
		return false;
	x->n++;
	return true;
}

static bool instances_make(struct instances *x, const struct table *t, struct snap_rows *rows)
{
	unsigned expand = t->expand ? t->expand : 1;

	memset(x, 0, sizeof(*x));
	x->rows = snap_rows_ref(rows);
	x->entries = calloc(rows->n * expand + 1, sizeof(*x->entries));
	if (!x->entries)
		return false;
	for (size_t i = 0; i < rows->n; i++)
		for (unsigned sub = 0; sub < expand; sub++)
			if (!instances_add(x, t, i, sub))
				return false;
	qsort_r(x->entries, x->n, sizeof(*x->entries), cmp_entries, x->pool);
	return true;
}

/* Only values differ: the instances of the old rows hold for the new. */
static bool same_keys(const struct snap_rows *a, const struct snap_rows *b)
{
	size_t size = view_key_size(a->kind);

	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (memcmp(snap_row(a, i), snap_row(b, i), size) != 0)
			return false;
	return true;
}

static bool instances_update(struct instances *x, const struct table *t, struct snap_rows *rows)
{
	struct instances fresh;

	if (x->rows == rows)
		return true;
	if (x->rows && t->by_key && same_keys(x->rows, rows)) {
		snap_rows_unref(x->rows);
		x->rows = snap_rows_ref(rows);
		return true;
	}
	if (!instances_make(&fresh, t, rows)) {
		instances_clear(&fresh);
		return false;
	}
	instances_clear(x);
	*x = fresh;
	return true;
}

bool mib_view_update(struct mib_view *v, const struct snapshot *s)
{
	for (size_t i = 0; i < v->mib->n_tables; i++)
		if (!instances_update(&v->tables[i], v->mib->tables[i], s->kind[v->mib->tables[i]->kind]))
			return false;
	return true;
}

/* The first entry that is not before `index` (after: not before or equal). */
static size_t instances_search(const struct instances *x, const uint32_t *index, size_t n, bool after)
{
	size_t lo = 0, hi = x->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		const struct entry *e = &x->entries[mid];
		int c = oid_cmp(x->pool + e->at, e->len, index, n);

		if (c < 0 || (after && c == 0))
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static const struct entry *instances_exact(const struct instances *x, const uint32_t *index, size_t n)
{
	size_t i = instances_search(x, index, n, false);

	if (i == x->n || oid_cmp(x->pool + x->entries[i].at, x->entries[i].len, index, n) != 0)
		return NULL;
	return &x->entries[i];
}

/* The first column with an id of at least `id`; n_columns where there is none. */
static size_t column_from(const struct table *t, uint32_t id)
{
	size_t i = 0;

	while (i < t->n_columns && t->columns[i].id < id)
		i++;
	return i;
}

enum mib_found mib_find(const struct mib_view *v, const uint32_t *o, size_t n, struct mib_cell *out)
{
	for (size_t i = 0; i < v->mib->n_tables; i++) {
		const struct table *t = v->mib->tables[i];
		const struct entry *e;
		size_t len = t->prefix.len, c;

		if (n <= len || !oid_begins_with(o, n, t->prefix.sub, len))
			continue;
		c = column_from(t, o[len]);
		if (c == t->n_columns || t->columns[c].id != o[len])
			continue;
		e = instances_exact(&v->tables[i], o + len + 1, n - len - 1);
		if (!e)
			return MIB_NO_INSTANCE;
		*out = (struct mib_cell){ t, &t->columns[c], snap_row(v->tables[i].rows, e->row), e->sub };
		return MIB_FOUND;
	}
	return MIB_NO_OBJECT;
}

static bool cell_value(const struct mib_env *env, const struct mib_cell *c, struct value *out)
{
	memset(out, 0, offsetof(struct value, bytes));
	out->len = 0;
	return c->column->get(env, c->column, c->row, c->sub, out);
}

enum mib_found mib_get(const struct mib_view *v, const struct mib_env *env, const uint32_t *o, size_t n,
                       struct value *out)
{
	struct mib_cell cell;
	enum mib_found found = mib_find(v, o, n, &cell);

	if (found != MIB_FOUND)
		return found;
	return cell_value(env, &cell, out) ? MIB_FOUND : MIB_NO_INSTANCE;
}

static void name_cell(const struct table *t, const struct column *c, const struct instances *x, const struct entry *e,
                      struct oid_name *name)
{
	oid_clear(name);
	oid_add_all(name, t->prefix.sub, t->prefix.len);
	oid_add(name, c->id);
	oid_add_all(name, x->pool + e->at, e->len);
}

/* From column `c`, entry `i` on: the first cell that has a value. Holes are skipped; the scan ends with the table. */
static bool table_scan(const struct table *t, const struct instances *x, const struct mib_env *env, size_t c, size_t i,
                       struct oid_name *name, struct value *out)
{
	for (; c < t->n_columns; c++, i = 0)
		for (; i < x->n; i++) {
			const struct entry *e = &x->entries[i];
			struct mib_cell cell = { t, &t->columns[c], snap_row(x->rows, e->row), e->sub };

			if (!cell_value(env, &cell, out))
				continue;
			name_cell(t, cell.column, x, e, name);
			return !name->bad;
		}
	return false;
}

static bool table_next(const struct table *t, const struct instances *x, const struct mib_env *env, const uint32_t *o,
                       size_t n, bool inclusive, struct oid_name *name, struct value *out)
{
	size_t len = t->prefix.len, c;

	if (n <= len || !oid_begins_with(o, n, t->prefix.sub, len)) {
		if (oid_cmp(o, n, t->prefix.sub, len) > 0)
			return false; /* wholly past this table */
		return table_scan(t, x, env, 0, 0, name, out);
	}
	c = column_from(t, o[len]);
	if (c == t->n_columns)
		return false;
	if (t->columns[c].id != o[len])
		return table_scan(t, x, env, c, 0, name, out);
	return table_scan(t, x, env, c, instances_search(x, o + len + 1, n - len - 1, !inclusive), name, out);
}

bool mib_next(const struct mib_view *v, const struct mib_env *env, const uint32_t *o, size_t n, bool inclusive,
              struct oid_name *name, struct value *out)
{
	for (size_t i = 0; i < v->mib->n_tables; i++)
		if (table_next(v->mib->tables[i], &v->tables[i], env, o, n, inclusive, name, out))
			return true;
	return false;
}

bool table_index_scalar(const void *row, unsigned sub, struct oid_name *out)
{
	(void)row, (void)sub;
	oid_add(out, 0);
	return true;
}
