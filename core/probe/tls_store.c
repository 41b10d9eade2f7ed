/*
 * The store of tls_store.h: a list, as there are few; a job on a worker reads files and makes a context.
 */
#include "config.h"

#include "core/probe/tls_store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/log.h"
#include "core/base/text.h"

#define FILE_MAX (4u * 1024u * 1024u)
#define PATH_LEN 256

TAILQ_HEAD(tls_waits, tls_wait);

struct tls_entry {
	struct loop_work work; /* first */
	TAILQ_ENTRY(tls_entry) entry;
	struct tls_store *store; /* NULL: it is gone */
	struct tls_waits waits;
	char ca[PATH_LEN], certificate[PATH_LEN], key[PATH_LEN], password[128];
	bool verify, making, stale;
	bool used; /* since the last renewal */
	struct tls_ctx *ctx;
	/* of the job */
	struct tls_ctx *made;
	char err[TLS_TEXT];
	int (*open)(void *self, const char *path);
	void *self;
};
TAILQ_HEAD(tls_entries, tls_entry);

struct tls_store {
	const struct probe_env *env;
	struct tls_entries entries;
};

/* ---- on a worker ---- */

static bool read_all(int fd, struct tls_pem *out)
{
	size_t room = 16384, n = 0;
	char *data = malloc(room);
	ssize_t got = 0;

	while (data && (got = read(fd, data + n, room - n)) > 0) {
		n += (size_t)got;
		if (n < room)
			continue;
		char *more = room < FILE_MAX ? realloc(data, room * 2) : NULL;

		if (!more)
			break;
		data = more;
		room *= 2;
	}
	if (!data || got != 0 || n == 0) {
		free(data);
		errno = got < 0 ? errno : data && n > 0 ? EFBIG : data ? ENODATA : ENOMEM;
		return false;
	}
	*out = (struct tls_pem){ data, n };
	return true;
}

/* An empty path is no file. False: the entry's `err` says why. */
static bool read_pem(struct tls_entry *e, const char *path, struct tls_pem *out)
{
	bool good;
	int fd;

	if (!path[0])
		return true;
	fd = e->open(e->self, path);
	good = fd >= 0 && read_all(fd, out);
	if (!good)
		snprintf(e->err, sizeof(e->err), "%.60s: %s", path, strerrordesc_np(errno));
	if (fd >= 0)
		close(fd);
	return good;
}

static void entry_run(struct loop_work *w)
{
	struct tls_entry *e = (struct tls_entry *)w;
	struct tls_files f = { .verify = e->verify, .password = e->password[0] ? e->password : NULL };

	if (read_pem(e, e->ca, &f.ca) && read_pem(e, e->certificate, &f.certificate) && read_pem(e, e->key, &f.key))
		e->made = tls_ctx_new(&f, e->err);
	free((void *)f.ca.data);
	free((void *)f.certificate.data);
	if (f.key.data)
		explicit_bzero((void *)f.key.data, f.key.len);
	free((void *)f.key.data);
}

/* ---- on the loop ---- */

static void entry_free(struct tls_entry *e)
{
	tls_ctx_unref(e->ctx);
	tls_ctx_unref(e->made);
	explicit_bzero(e->password, sizeof(e->password));
	free(e);
}

static void entry_take(struct tls_entry *e)
{
	e->making = false;
	if (e->made) {
		tls_ctx_unref(e->ctx);
		e->ctx = e->made;
		e->made = NULL;
	} else if (e->ctx) {
		log_err("probe", "TLS files of checks are not read again, the former ones stay in use: %s", e->err);
	}
}

static void entry_tell(struct tls_entry *e)
{
	struct tls_wait *w;

	while ((w = TAILQ_FIRST(&e->waits))) {
		TAILQ_REMOVE(&e->waits, w, entry);
		w->on = NULL;
		w->fn(w->user, e->ctx, e->err);
	}
}

static void entry_done(struct loop_work *w)
{
	struct tls_entry *e = (struct tls_entry *)w;

	if (!e->store) {
		entry_free(e);
		return;
	}
	entry_take(e);
	entry_tell(e);
}

static void entry_drop(struct loop_work *w)
{
	struct tls_entry *e = (struct tls_entry *)w;

	e->making = false;
	if (!e->store)
		entry_free(e);
}

static void entry_make(struct tls_entry *e)
{
	e->making = true;
	e->stale = false;
	e->err[0] = '\0';
	loop_work_submit(e->store->env->loop, &e->work);
}

static bool same(const char *kept, const char *wanted)
{
	return strcmp(kept, wanted ? wanted : "") == 0;
}

static struct tls_entry *store_find(const struct tls_store *s, const struct probe_tls *t)
{
	struct tls_entry *e;

	TAILQ_FOREACH(e, &s->entries, entry)
		if (e->verify == t->verify && same(e->ca, t->verify_ca ? t->verify_ca : t->ca) &&
		    same(e->certificate, t->certificate) && same(e->key, t->key) && same(e->password, t->password))
			return e;
	return NULL;
}

static struct tls_entry *store_add(struct tls_store *s, const struct probe_tls *t)
{
	const char *ca = t->verify_ca ? t->verify_ca : t->ca;
	struct tls_entry *e = calloc(1, sizeof(*e));

	if (!e)
		return NULL;
	e->work = (struct loop_work){ .run = entry_run, .done = entry_done, .drop = entry_drop };
	TAILQ_INIT(&e->waits);
	e->store = s;
	e->verify = t->verify;
	e->open = s->env->open;
	e->self = s->env->open_self;
	text_copy(e->ca, sizeof(e->ca), ca ? ca : "");
	text_copy(e->certificate, sizeof(e->certificate), t->certificate ? t->certificate : "");
	text_copy(e->key, sizeof(e->key), t->key ? t->key : "");
	text_copy(e->password, sizeof(e->password), t->password ? t->password : "");
	TAILQ_INSERT_TAIL(&s->entries, e, entry);
	return e;
}

void tls_store_get(struct tls_store *s, const struct probe_tls *t, struct tls_wait *w, tls_store_fn *fn, void *user)
{
	struct tls_entry *e = store_find(s, t);

	if (!e)
		e = store_add(s, t);
	if (!e) {
		fn(user, NULL, "no memory");
		return;
	}
	e->used = true;
	if (!e->making && (e->stale || !e->ctx))
		entry_make(e);
	if (e->ctx) {
		fn(user, e->ctx, "");
		return;
	}
	*w = (struct tls_wait){ .on = e, .fn = fn, .user = user };
	TAILQ_INSERT_TAIL(&e->waits, w, entry);
}

void tls_store_cancel(struct tls_wait *w)
{
	if (w->on)
		TAILQ_REMOVE(&w->on->waits, w, entry);
	w->on = NULL;
}

void tls_store_renew(struct tls_store *s)
{
	struct tls_entry *e, *next;

	for (e = TAILQ_FIRST(&s->entries); e; e = next) {
		next = TAILQ_NEXT(e, entry);
		if (!e->used && !e->making) { /* and so nobody waits for it */
			TAILQ_REMOVE(&s->entries, e, entry);
			entry_free(e);
			continue;
		}
		e->stale = true;
		e->used = false;
	}
}

struct tls_store *tls_store_new(const struct probe_env *env)
{
	struct tls_store *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->env = env;
	TAILQ_INIT(&s->entries);
	return s;
}

void tls_store_free(struct tls_store *s)
{
	struct tls_entry *e;

	while (s && (e = TAILQ_FIRST(&s->entries))) {
		TAILQ_REMOVE(&s->entries, e, entry);
		e->store = NULL;
		if (!e->making)
			entry_free(e);
	}
	free(s);
}
