/*
 * The set of rows: for each kind one array of pointers, sorted by key, searched by bisection. Rows are copied in, each
 * in its own allocation, so a pointer that view_get() gave stays good until that very row is replaced or removed.
 *
 * Rows come in key order far more often than not (a full push, a parsed file), so an insert looks at the end first.
 */
#include "config.h"

#include "core/view.h"

#include <stdlib.h>
#include <string.h>

struct view_rows {
	void **at;
	size_t n, cap;
};

struct view {
	struct view_rows rows[VIEW_KINDS];
	view_change_fn *fn;
	void *user;
};

static int cmp_daemon(const void *a, const void *b)
{
	uint32_t x, y;

	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	return (x > y) - (x < y);
}

static int cmp_vr(const void *a, const void *b)
{
	return vr_key_cmp(a, b);
}

static int cmp_vr_addr(const void *a, const void *b)
{
	const struct view_vr_addr_key *x = a, *y = b;
	int c = vr_key_cmp(&x->vr, &y->vr);

	return c ? c : addr_cmp(&x->addr, &y->addr);
}

static int cmp_vs(const void *a, const void *b)
{
	return service_key_cmp(a, b);
}

static int cmp_rs(const void *a, const void *b)
{
	return server_key_cmp(a, b);
}

static int cmp_probe(const void *a, const void *b)
{
	return probe_key_cmp(a, b);
}

static int cmp_probe_use(const void *a, const void *b)
{
	const struct view_probe_use_key *x = a, *y = b;
	int c = server_key_cmp(&x->server, &y->server);

	return c ? c : probe_key_cmp(&x->probe, &y->probe);
}

static int cmp_group(const void *a, const void *b)
{
	const struct view_group_key *x = a, *y = b;

	return strncmp(x->name, y->name, sizeof(x->name));
}

static int cmp_tracker(const void *a, const void *b)
{
	const struct view_tracker_key *x = a, *y = b;
	int c = vr_key_cmp(&x->vr, &y->vr);

	if (!c)
		c = (x->kind > y->kind) - (x->kind < y->kind);
	return c ? c : strcmp(x->name, y->name);
}

static int cmp_bfd(const void *a, const void *b)
{
	const struct view_bfd_key *x = a, *y = b;

	return strncmp(x->name, y->name, sizeof(x->name));
}

static const struct view_type {
	const char *name;
	size_t row, key;
	int (*cmp)(const void *a, const void *b);
} view_types[VIEW_KINDS] = {
	[VIEW_DAEMON] = { "daemon", sizeof(struct view_daemon), sizeof(uint32_t), cmp_daemon },
	[VIEW_VR] = { "vr", sizeof(struct view_vr), sizeof(struct vr_key), cmp_vr },
	[VIEW_VR_ADDR] = { "vr_addr", sizeof(struct view_vr_addr), sizeof(struct view_vr_addr_key), cmp_vr_addr },
	[VIEW_VR_STATS] = { "vr_stats", sizeof(struct view_vr_stats), sizeof(struct vr_key), cmp_vr },
	[VIEW_VS] = { "vs", sizeof(struct view_vs), sizeof(struct service_key), cmp_vs },
	[VIEW_RS] = { "rs", sizeof(struct view_rs), sizeof(struct server_key), cmp_rs },
	[VIEW_PROBE] = { "probe", sizeof(struct view_probe), sizeof(struct probe_key), cmp_probe },
	[VIEW_PROBE_USE] = { "probe_use", sizeof(struct view_probe_use), sizeof(struct view_probe_use_key),
	                     cmp_probe_use },
	[VIEW_GROUP] = { "group", sizeof(struct view_group), sizeof(struct view_group_key), cmp_group },
	[VIEW_TRACKER] = { "tracker", sizeof(struct view_tracker), sizeof(struct view_tracker_key), cmp_tracker },
	[VIEW_BFD] = { "bfd", sizeof(struct view_bfd), sizeof(struct view_bfd_key), cmp_bfd },
	[VIEW_VS_STATS] = { "vs_stats", sizeof(struct view_vs_stats), sizeof(struct service_key), cmp_vs },
	[VIEW_RS_STATS] = { "rs_stats", sizeof(struct view_rs_stats), sizeof(struct server_key), cmp_rs },
	[VIEW_RS_SET] = { "rs_set", sizeof(struct view_rs_set), sizeof(struct server_key), cmp_rs },
};

static bool kind_known(enum view_kind k)
{
	return (int)k > 0 && (int)k < VIEW_KINDS;
}

const char *view_kind_name(enum view_kind k)
{
	return kind_known(k) ? view_types[k].name : "?";
}

size_t view_row_size(enum view_kind k)
{
	return kind_known(k) ? view_types[k].row : 0;
}

size_t view_key_size(enum view_kind k)
{
	return kind_known(k) ? view_types[k].key : 0;
}

int view_key_cmp(enum view_kind k, const void *a, const void *b)
{
	return view_types[k].cmp(a, b);
}

struct view *view_new(view_change_fn *fn, void *user)
{
	struct view *v = calloc(1, sizeof(*v));

	if (v) {
		v->fn = fn;
		v->user = user;
	}
	return v;
}

void view_free(struct view *v)
{
	if (!v)
		return;
	for (int k = 0; k < VIEW_KINDS; k++) {
		for (size_t i = 0; i < v->rows[k].n; i++)
			free(v->rows[k].at[i]);
		free(v->rows[k].at);
	}
	free(v);
}

/* The first place whose row is not before `key` (after: not before or equal). */
static size_t rows_search(const struct view_rows *r, enum view_kind k, const void *key, bool after)
{
	size_t lo = 0, hi = r->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int c = view_key_cmp(k, r->at[mid], key);

		if (c < 0 || (after && c == 0))
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static size_t rows_place(const struct view_rows *r, enum view_kind k, const void *key)
{
	if (r->n && view_key_cmp(k, r->at[r->n - 1], key) < 0)
		return r->n;
	return rows_search(r, k, key, false);
}

static bool rows_grow(struct view_rows *r)
{
	size_t cap = r->cap ? r->cap * 2 : 16;
	void **at;

	if (r->n < r->cap)
		return true;
	at = realloc(r->at, cap * sizeof(*at));
	if (!at)
		return false;
	r->at = at;
	r->cap = cap;
	return true;
}

/* Out of memory: the row is not shown, and the next change of it tries again. Returns false then. */
static bool rows_insert(struct view_rows *r, size_t at, const void *row, size_t size)
{
	void *copy;

	if (!rows_grow(r))
		return false;
	copy = malloc(size);
	if (!copy)
		return false;
	memcpy(copy, row, size);
	memmove(r->at + at + 1, r->at + at, (r->n - at) * sizeof(*r->at));
	r->at[at] = copy;
	r->n++;
	return true;
}

bool view_put(struct view *v, enum view_kind k, const void *row)
{
	struct view_rows *r;
	size_t size = view_row_size(k), at;

	if (!size)
		return false;
	r = &v->rows[k];
	at = rows_place(r, k, row);
	if (at < r->n && view_key_cmp(k, r->at[at], row) == 0) {
		if (memcmp(r->at[at], row, size) == 0)
			return false;
		memcpy(r->at[at], row, size);
	} else if (!rows_insert(r, at, row, size)) {
		return false;
	}
	if (v->fn)
		v->fn(v->user, k, r->at[at], r->at[at]);
	return true;
}

bool view_del(struct view *v, enum view_kind k, const void *key)
{
	struct view_rows *r;
	void *gone;
	size_t at;

	if (!kind_known(k))
		return false;
	r = &v->rows[k];
	at = rows_search(r, k, key, false);
	if (at == r->n || view_key_cmp(k, r->at[at], key) != 0)
		return false;
	gone = r->at[at];
	r->n--;
	memmove(r->at + at, r->at + at + 1, (r->n - at) * sizeof(*r->at));
	if (v->fn)
		v->fn(v->user, k, gone, NULL);
	free(gone);
	return true;
}

const void *view_get(const struct view *v, enum view_kind k, const void *key)
{
	size_t at;

	if (!kind_known(k))
		return NULL;
	at = rows_search(&v->rows[k], k, key, false);
	if (at == v->rows[k].n || view_key_cmp(k, v->rows[k].at[at], key) != 0)
		return NULL;
	return v->rows[k].at[at];
}

const void *view_next(const struct view *v, enum view_kind k, const void *key)
{
	size_t at;

	if (!kind_known(k))
		return NULL;
	at = key ? rows_search(&v->rows[k], k, key, true) : 0;
	return at < v->rows[k].n ? v->rows[k].at[at] : NULL;
}

size_t view_count(const struct view *v, enum view_kind k)
{
	return kind_known(k) ? v->rows[k].n : 0;
}
