/*
 * Traces (trace.h). A file whose inode, size and times are as they were is taken for unchanged without being opened, unless it was
 * changed so shortly before it was read that another change may bear the same time; then, and where its times differ, its bytes
 * are compared. A trace is used by one thread at a time.
 */
#include "config.h"

#include "conf/trace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHUNK ((size_t)64 << 10)
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

void conf_trace_free(struct conf_trace *t)
{
	if (!t)
		return;
	while (t->files) {
		struct seen_file *f = t->files;

		t->files = f->next;
		free(f->path);
		free(f->text);
		free(f);
	}
	while (t->globs) {
		struct seen_glob *g = t->globs;

		t->globs = g->next;
		free(g->pattern);
		free(g->found);
		free(g);
	}
	free(t->id);
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

static bool same_bytes(int fd, const char *text, size_t len)
{
	char *chunk = need(malloc(CHUNK));
	size_t at = 0;
	ssize_t n;

	while ((n = read(fd, chunk, CHUNK)) > 0 || (n < 0 && errno == EINTR)) {
		if (n > 0 && ((size_t)n > len - at || memcmp(chunk, text + at, (size_t)n) != 0))
			break;
		at += n > 0 ? (size_t)n : 0;
	}
	free(chunk);
	return n == 0 && at == len;
}

static bool same_by_bytes(struct seen_file *f, const struct conf_options *o, int64_t wall)
{
	struct stat st;
	int fd = o->open(o->user, f->path);
	bool same;

	if (fd < 0)
		return f->err == errno;
	same = !f->err && f->text && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && same_bytes(fd, f->text, f->len);
	close(fd);
	if (!same)
		return false;
	f->st = st;
	f->settled = is_settled(&st, wall);
	return true;
}

static bool same_answer(struct seen_file *f, const struct conf_options *o, int64_t wall)
{
	struct stat st;

	if (!f->err && f->settled && stat(f->path, &st) == 0 && same_file(&st, &f->st))
		return true;
	return same_by_bytes(f, o, wall);
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

bool trace_holds(struct conf_trace *t, const struct conf_options *o, const char *id, int64_t wall)
{
	if (!t || t->never || !t->files || !t->id || strcmp(t->id, id ? id : "") != 0)
		return false;
	for (const struct seen_glob *g = t->globs; g; g = g->next)
		if (!same_matches(g))
			return false;
	for (struct seen_file *f = t->files; f; f = f->next)
		if (!same_answer(f, o, wall))
			return false;
	return true;
}
