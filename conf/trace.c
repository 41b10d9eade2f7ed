/*
 * Traces (trace.h). A file whose inode, size and times are as they were is taken for unchanged without being opened, unless it was
 * changed so shortly before it was read that another change may bear the same time; then, and where its times differ, it is read
 * and its bytes are compared. What was read so is kept until it is parsed or the question is put again: nothing is read twice, and
 * what is parsed is what was compared. A trace is used by one thread at a time.
 */
#include "config.h"

#include "conf/trace.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf/quiet.h"

/* Times of files are as coarse as this, in microseconds; where none has a fraction, as a second of some file systems. */
#define GRAIN (100 * USEC_PER_MS)
#define GRAIN_WHOLE (3 * USEC_PER_SEC)

struct seen_file {
	char *path;
	int err;       /* it could not be read, for this reason */
	struct stat st;
	bool settled;  /* as long as `st` is the same, so are the bytes */
	char *text;    /* NULL: not kept */
	size_t len;
	char *parsed;  /* what it was when it was parsed, where it says the same now in other lines; NULL: `text` */
	size_t parsed_len;
	struct fresh {
		struct stat st;
		char *text; /* NULL: nothing was read anew */
		size_t len;
	} fresh;
	struct seen_file *next;
};

struct seen_glob {
	char *pattern, *found;
	struct seen_glob *next;
};

struct conf_trace {
	int64_t wall;
	bool never; /* another reading may come to another tree */
	char *id;
	struct seen_file *files;
	struct seen_glob *globs;
};

static void *need(void *p)
{
	if (!p)
		abort(); /* as the arena does */
	return p;
}

struct conf_trace *conf_trace_new(int64_t wall)
{
	struct conf_trace *t = need(calloc(1, sizeof(*t)));

	t->wall = wall;
	return t;
}

static void free_file(struct seen_file *f)
{
	free(f->path);
	free(f->text);
	free(f->parsed);
	free(f->fresh.text);
	free(f);
}

void trace_forget(struct conf_trace *t)
{
	if (!t)
		return;
	while (t->files) {
		struct seen_file *f = t->files;

		t->files = f->next;
		free_file(f);
	}
	while (t->globs) {
		struct seen_glob *g = t->globs;

		t->globs = g->next;
		free(g->pattern);
		free(g->found);
		free(g);
	}
	free(t->id);
	t->id = NULL;
	t->never = false;
}

void conf_trace_free(struct conf_trace *t)
{
	trace_forget(t);
	free(t);
}

/* ---- noting ---- */

static bool is_settled(const struct stat *st, int64_t wall)
{
	int64_t changed = (int64_t)st->st_ctim.tv_sec * USEC_PER_SEC + st->st_ctim.tv_nsec / 1000;

	return changed + (st->st_ctim.tv_nsec ? GRAIN : GRAIN_WHOLE) < wall;
}

void trace_file(struct conf_trace *t, const char *path, int err, const struct stat *st, char *text, size_t len, bool secret)
{
	struct seen_file *f;

	if (t && !err && text && memmem(text, len, "_RANDOM", sizeof("_RANDOM") - 1))
		t->never = true;
	if (text && (!t || secret || err)) {
		if (secret)
			explicit_bzero(text, len);
		free(text);
		text = NULL;
	}
	if (!t)
		return;
	f = need(calloc(1, sizeof(*f)));
	f->path = need(strdup(path));
	f->err = err;
	f->text = text;
	f->len = len;
	if (!err) {
		f->st = *st;
		f->settled = is_settled(st, t->wall);
	}
	f->next = t->files;
	t->files = f;
}

/* What is not there matches nothing; what may not be looked into could hold anything, and a file that is believed to include
 * nothing would take services away. */
static int not_looked_into(const char *path, int err)
{
	(void)path;
	return err != ENOENT && err != ENOTDIR;
}

static int look_for(const char *pattern, glob_t *g, int *err)
{
	int found;

	*g = (glob_t){ 0 };
	errno = 0;
	found = glob(pattern, GLOB_BRACE, not_looked_into, g);
	*err = found == GLOB_NOSPACE || (found == GLOB_ABORTED && errno == 0) ? ENOMEM : found == GLOB_ABORTED ? errno : 0;
	return found;
}

/* The matches, a line each. */
static char *found_text(int found, const glob_t *g)
{
	size_t len = 1, n = found == 0 ? g->gl_pathc : 0;
	char *text, *p;

	for (size_t i = 0; i < n; i++)
		len += strlen(g->gl_pathv[i]) + 1;
	p = text = need(malloc(len));
	for (size_t i = 0; i < n; i++) {
		size_t one = strlen(g->gl_pathv[i]);

		memcpy(p, g->gl_pathv[i], one);
		p += one;
		*p++ = '\n';
	}
	*p = '\0';
	return text;
}

int trace_glob(struct conf_trace *t, const char *pattern, glob_t *g, int *err)
{
	int found = look_for(pattern, g, err);
	struct seen_glob *seen;

	if (!t)
		return found;
	if (*err)
		t->never = true; /* it is tried again each time */
	seen = need(calloc(1, sizeof(*seen)));
	seen->pattern = need(strdup(pattern));
	seen->found = found_text(found, g);
	seen->next = t->globs;
	t->globs = seen;
	return found;
}

void trace_id(struct conf_trace *t, const char *id)
{
	if (t)
		t->id = need(strdup(id ? id : ""));
}

/* ---- asking again ---- */

static bool same_times(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size && a->st_mode == b->st_mode &&
	       same_times(&a->st_mtim, &b->st_mtim) && same_times(&a->st_ctim, &b->st_ctim);
}

static enum conf_again how_same(const struct seen_file *f)
{
	if (f->fresh.len == f->len && memcmp(f->fresh.text, f->text, f->len) == 0)
		return CONF_SAME;
	return quiet_change(f->text, f->len, f->fresh.text, f->fresh.len) ? CONF_SAME_WORDS : CONF_OTHER;
}

/* What says the same is what is known from now on; what was parsed is known still. */
static void take_fresh(struct seen_file *f, enum conf_again again, int64_t wall)
{
	f->st = f->fresh.st;
	f->settled = is_settled(&f->st, wall);
	if (again == CONF_SAME) {
		free(f->fresh.text);
	} else {
		if (f->parsed) {
			free(f->text);
		} else {
			f->parsed = f->text;
			f->parsed_len = f->len;
		}
		f->text = f->fresh.text;
		f->len = f->fresh.len;
	}
	f->fresh.text = NULL;
}

/* It could not be read. */
static enum conf_again again_unread(const struct seen_file *f, const struct conf_options *o)
{
	struct fresh n;
	int err = load_file(o, f->path, &n.st, &n.text, &n.len);

	free(n.text);
	return err == f->err ? CONF_SAME : CONF_OTHER;
}

static enum conf_again again_by_bytes(struct seen_file *f, const struct conf_options *o, int64_t wall)
{
	struct fresh *n = &f->fresh;
	enum conf_again again;

	if (load_file(o, f->path, &n->st, &n->text, &n->len) != 0)
		return CONF_OTHER;
	again = S_ISREG(n->st.st_mode) ? how_same(f) : CONF_OTHER;
	if (again != CONF_OTHER)
		take_fresh(f, again, wall);
	return again;
}

static enum conf_again again_of_file(struct seen_file *f, const struct conf_options *o, int64_t wall)
{
	struct stat st;

	if (f->err)
		return again_unread(f, o);
	if (f->settled && stat(f->path, &st) == 0 && same_file(&st, &f->st))
		return CONF_SAME;
	return f->text ? again_by_bytes(f, o, wall) : CONF_OTHER;
}

static bool same_matches(const struct seen_glob *seen)
{
	glob_t g;
	int err, found = look_for(seen->pattern, &g, &err);
	char *text = found_text(found, &g);
	bool same = !err && strcmp(text, seen->found) == 0;

	free(text);
	globfree(&g);
	return same;
}

static void forget_fresh(struct conf_trace *t)
{
	for (struct seen_file *f = t->files; f; f = f->next) {
		free(f->fresh.text);
		f->fresh.text = NULL;
	}
}

enum conf_again trace_again(struct conf_trace *t, const struct conf_options *o, const char *id, int64_t wall)
{
	enum conf_again all = CONF_SAME, one;

	if (!t)
		return CONF_OTHER;
	forget_fresh(t);
	if (t->never || !t->files || !t->id || strcmp(t->id, id ? id : "") != 0)
		return CONF_OTHER;
	for (const struct seen_glob *g = t->globs; g; g = g->next)
		if (!same_matches(g))
			return CONF_OTHER;
	for (struct seen_file *f = t->files; f; f = f->next) {
		one = again_of_file(f, o, wall);
		if (one == CONF_OTHER)
			return CONF_OTHER;
		all = one == CONF_SAME ? all : one;
	}
	return all;
}

const char *trace_text(const struct conf_trace *t, const char *path, size_t *len)
{
	for (const struct seen_file *f = t->files; f; f = f->next) {
		if (strcmp(f->path, path) != 0 || !f->text)
			continue;
		*len = f->parsed ? f->parsed_len : f->len;
		return f->parsed ? f->parsed : f->text;
	}
	return NULL;
}

bool trace_fresh(struct conf_trace *t, const char *path, struct stat *st, char **text, size_t *len)
{
	for (struct seen_file *f = t ? t->files : NULL; f; f = f->next) {
		if (!f->fresh.text || strcmp(f->path, path) != 0)
			continue;
		*st = f->fresh.st;
		*text = f->fresh.text;
		*len = f->fresh.len;
		f->fresh.text = NULL;
		return true;
	}
	return false;
}
