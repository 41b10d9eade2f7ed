/*
 * The mirror's memory: words of the loop, lists of the kernel, what is still to be looked at. See mirror.h.
 */
#include "config.h"

#include "core/ipvs/mirror.h"

#include <errno.h>
#include <utlist.h>

#include "core/ipvs/alloc.h"
#include "core/ipvs/mirror_int.h"

/* A look settles this many services a job, so that an urgent job waits for no more than that. */
#define LOOK_SLICE 64

static struct mirror_entry *find(struct ipvs_mirror *m, const struct service_key *key)
{
	struct mirror_entry *e;

	HASH_FIND(hh, m->entries, key, IPVS_KEY_BYTES, e);
	return e;
}

static struct mirror_entry *get(struct ipvs_mirror *m, const struct service_key *key)
{
	struct mirror_entry *e = find(m, key);

	if (e)
		return e;
	e = ipvs_zalloc(1, sizeof(*e));
	e->key = *key;
	if (m->listed) /* the list would have shown it */
		e->level = LEVEL_WHOLE;
	HASH_ADD(hh, m->entries, key, IPVS_KEY_BYTES, e);
	return e;
}

void mirror_enqueue(struct ipvs_mirror *m, struct mirror_entry *e, enum mirror_queue q)
{
	if (e->queue == QUEUE_TODO)
		DL_DELETE(m->todo, e);
	else if (e->queue == QUEUE_FAILED)
		DL_DELETE(m->failed, e);
	e->queue = q;
	if (q == QUEUE_TODO)
		DL_APPEND(m->todo, e);
	else if (q == QUEUE_FAILED)
		DL_APPEND(m->failed, e);
}

void mirror_forget_state(struct mirror_entry *e)
{
	ipvs_entry_free(e->have);
	e->have = NULL;
	e->level = LEVEL_NONE;
	e->settled = false;
}

static void drop(struct ipvs_mirror *m, struct mirror_entry *e)
{
	mirror_enqueue(m, e, QUEUE_NONE);
	HASH_DEL(m->entries, e);
	ipvs_entry_free(e->want);
	ipvs_entry_free(e->have);
	free(e);
}

struct ipvs_mirror *ipvs_mirror_new(const struct service_key *made, size_t n_made)
{
	struct ipvs_mirror *m = ipvs_zalloc(1, sizeof(*m));

	for (size_t i = 0; i < n_made; i++) {
		struct service_key key = ipvs_key(&made[i]);

		get(m, &key)->made = true;
	}
	return m;
}

void ipvs_mirror_free(struct ipvs_mirror *m)
{
	struct mirror_entry *e, *tmp;

	if (!m)
		return;
	HASH_ITER(hh, m->entries, e, tmp)
		drop(m, e);
	free(m);
}

void ipvs_mirror_flush(struct ipvs_mirror *m)
{
	m->flush = true;
}

void mirror_add_news(struct ipvs_outcome *out, struct ipvs_news *n)
{
	if (out->last)
		out->last->next = n;
	else
		out->news = n;
	out->last = n;
}

static void take(struct mirror_set *set, struct mirror_entry *e)
{
	if (e->taken)
		return;
	e->taken = true;
	set->entries = ipvs_grow(set->entries, set->n, &set->cap, sizeof(struct mirror_entry *));
	set->entries[set->n++] = e;
}

static void clear_set(struct mirror_set *set)
{
	for (size_t i = 0; i < set->n; i++)
		set->entries[i]->taken = false;
	free(set->entries);
	memset(set, 0, sizeof(*set));
}

/* ---- lists ---- */

/* IPVS went away under us (its module was removed): nothing is in the kernel any more. */
static void lose_kernel(struct ipvs_mirror *m, struct ipvs_outcome *out)
{
	struct mirror_entry *e, *tmp;

	HASH_ITER(hh, m->entries, e, tmp) {
		struct ipvs_news *n;

		mirror_forget_state(e);
		e->told = false;
		if (!e->want)
			continue;
		n = ipvs_zalloc(1, sizeof(*n));
		n->key = e->key;
		n->gen = e->gen;
		mirror_add_news(out, n);
		mirror_enqueue(m, e, QUEUE_FAILED);
	}
}

static void note_failure(struct ipvs_mirror *m, int err, struct ipvs_outcome *out)
{
	bool was_listed = m->listed;
	char why[96];

	if (err != EOPNOTSUPP && err != m->last_err)
		log_warn("ipvs", "the kernel does not list its virtual services: %s; trying again", strerror_r(err, why, sizeof(why)));
	m->last_err = err;
	if (!out->err)
		out->err = err;
	out->retry = true;
	m->listed = false;
	if (err != EOPNOTSUPP)
		return;
	out->availability = IPVS_ABSENT;
	if (was_listed)
		lose_kernel(m, out);
}

/* What the kernel's list says of one service that we keep. */
static void take_head(struct mirror_entry *e, struct ipvs_entry *head)
{
	ipvs_entry_free(e->have);
	e->have = head;
	e->level = head ? LEVEL_HEAD : LEVEL_WHOLE;
}

static void merge_list(struct ipvs_mirror *m, struct ipvs_table *heads, bool all, uint64_t floor)
{
	struct mirror_entry *e, *tmp;

	HASH_ITER(hh, m->entries, e, tmp) {
		const struct ipvs_entry *head = ipvs_table_find(heads, &e->key);

		if (all || e->level == LEVEL_NONE)
			take_head(e, head ? ipvs_entry_copy(head) : NULL);
		if (!e->want && !e->have && !e->made && !e->tried && e->gen < floor)
			drop(m, e);
	}
	for (size_t i = 0; i < heads->n; i++) {
		if (find(m, &heads->entries[i]->key))
			continue;
		e = get(m, &heads->entries[i]->key);
		take_head(e, heads->entries[i]);
		heads->entries[i] = NULL;
		if (!m->flush)
			continue;
		e->made = true;
		if (m->complete)
			mirror_enqueue(m, e, QUEUE_TODO);
	}
	m->flush = false;
}

/* List the kernel's services. `all`: forget what was known of them; else only of those of which nothing is known. */
static bool list_services(struct ipvs_mirror *m, struct nl_ctx *ctx, bool all, uint64_t floor, struct ipvs_outcome *out)
{
	struct ipvs_table heads;
	int err = ipvs_nl_list(ctx, &heads);

	if (err) {
		note_failure(m, err, out);
		return false;
	}
	out->availability = IPVS_THERE;
	out->dumps++;
	merge_list(m, &heads, all || !m->listed, floor);
	m->listed = true;
	m->last_err = 0;
	ipvs_table_clear(&heads);
	return true;
}

/* ---- words ---- */

static void hear(struct ipvs_mirror *m, struct ipvs_word *w, struct mirror_set *set)
{
	struct mirror_entry *e = get(m, &w->key);

	if (w->gen < e->gen) {
		ipvs_entry_free(w->want);
		w->want = NULL;
		return;
	}
	ipvs_entry_free(e->want);
	e->want = w->want;
	w->want = NULL;
	e->gen = w->gen;
	e->settled = false;
	mirror_enqueue(m, e, QUEUE_NONE);
	take(set, e);
}

/* What we made in a former life and nobody wants now. */
static void find_orphans(struct ipvs_mirror *m)
{
	struct mirror_entry *e, *tmp;

	m->complete = true;
	HASH_ITER(hh, m->entries, e, tmp)
		if (e->made && !e->want && !e->taken)
			mirror_enqueue(m, e, QUEUE_TODO);
}

static bool any_unknown(const struct mirror_set *set)
{
	for (size_t i = 0; i < set->n; i++)
		if (set->entries[i]->level == LEVEL_NONE)
			return true;
	return false;
}

void ipvs_mirror_say(struct ipvs_mirror *m, struct nl_ctx *ctx, struct ipvs_word *words, size_t n, bool complete,
                     struct ipvs_outcome *out)
{
	struct mirror_set set = { 0 };

	for (size_t i = 0; i < n; i++)
		hear(m, &words[i], &set);
	if (m->withdrawn) {
		clear_set(&set);
		return;
	}
	if (complete && !m->complete)
		find_orphans(m);
	if ((!m->listed || any_unknown(&set)) && !list_services(m, ctx, false, 0, out)) {
		for (size_t i = 0; i < set.n; i++)
			mirror_enqueue(m, set.entries[i], QUEUE_FAILED);
	} else {
		mirror_settle(m, ctx, &set, out);
		out->more = complete && m->todo != NULL;
	}
	clear_set(&set);
}

/* ---- looks ---- */

/* A new look begins: list, and put on the list what is to be looked at. */
static bool begin_look(struct ipvs_mirror *m, struct nl_ctx *ctx, enum ipvs_look look, uint64_t floor,
                       struct ipvs_outcome *out)
{
	struct mirror_entry *e, *tmp;

	if (!list_services(m, ctx, look == IPVS_LOOK_ALL, floor, out))
		return false;
	DL_FOREACH_SAFE(m->failed, e, tmp)
		mirror_enqueue(m, e, QUEUE_TODO);
	if (look != IPVS_LOOK_ALL)
		return true;
	HASH_ITER(hh, m->entries, e, tmp)
		if (e->queue == QUEUE_NONE && (e->want || ((e->made || e->tried) && m->complete)))
			mirror_enqueue(m, e, QUEUE_TODO);
	return true;
}

void ipvs_mirror_look(struct ipvs_mirror *m, struct nl_ctx *ctx, enum ipvs_look look, uint64_t floor,
                      struct ipvs_outcome *out)
{
	struct mirror_set set = { .drift = true };

	if (m->withdrawn)
		return;
	if ((look != IPVS_LOOK_ON || !m->listed) && !begin_look(m, ctx, look, floor, out))
		return;
	while (m->todo && set.n < LOOK_SLICE) {
		struct mirror_entry *e = m->todo;

		mirror_enqueue(m, e, QUEUE_NONE);
		take(&set, e);
	}
	mirror_settle(m, ctx, &set, out);
	out->more = m->todo != NULL;
	clear_set(&set);
}

void ipvs_mirror_withdraw(struct ipvs_mirror *m, struct nl_ctx *ctx, const struct ipvs_word *keep, size_t n_keep, bool all,
                          struct ipvs_outcome *out)
{
	struct mirror_set set = { 0 };
	struct mirror_entry *e, *tmp;

	for (size_t i = 0; i < n_keep; i++)
		if ((e = find(m, &keep[i].key)))
			e->stays = true;
	if (!m->withdrawn && list_services(m, ctx, true, 0, out)) {
		HASH_ITER(hh, m->entries, e, tmp) {
			if (e->stays)
				continue;
			ipvs_entry_free(e->want);
			e->want = NULL;
			mirror_enqueue(m, e, QUEUE_NONE);
			e->made = e->made || (all && e->have);
			if (e->made || e->tried)
				take(&set, e);
		}
		mirror_settle(m, ctx, &set, out);
	}
	m->withdrawn = true;
	out->retry = out->more = false;
	clear_set(&set);
}

void ipvs_mirror_count(struct nl_ctx *ctx, struct ipvs_word *words, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct ipvs_entry *e = ipvs_entry_new(&words[i].key);

		if (ipvs_nl_list_dests(ctx, e) == 0) {
			words[i].want = e;
			continue;
		}
		ipvs_entry_free(e);
	}
}
