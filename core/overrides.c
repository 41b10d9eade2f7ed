/*
 * The overrides in memory and their way to the disk. One write is under way at a time; changes meanwhile make one more.
 */
#include "config.h"

#include "core/overrides.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uthash.h>

#include "core/base/log.h"
#include "core/base/text.h"

#define LINE_MAX_BYTES 320

struct entry {
	struct override v; /* hashed by v.key */
	UT_hash_handle hh;
};

struct write_work;

struct overrides {
	struct loop *loop;
	struct entry *entries;
	char path[256];
	int error;
	struct write_work *writing; /* under way */
	bool again;
};

struct write_work {
	struct loop_work work; /* first */
	struct overrides *owner;
	char path[256];
	char *text;
	size_t len;
	int error;
};

static void entry_put(struct overrides *o, const struct override *v)
{
	struct entry *e;

	HASH_FIND(hh, o->entries, &v->key, sizeof(v->key), e);
	if (!e) {
		e = calloc(1, sizeof(*e));
		if (!e)
			return;
		e->v.key = v->key;
		HASH_ADD(hh, o->entries, v.key, sizeof(e->v.key), e);
	}
	e->v = *v;
}

static void read_file(struct overrides *o)
{
	char line[LINE_MAX_BYTES];
	unsigned number = 0;
	FILE *f = fopen(o->path, "re");

	if (!f) {
		if (errno != ENOENT)
			log_err("state", "%s: %s: what operators set before this start is not in force", o->path, strerror(errno));
		return;
	}
	while (fgets(line, sizeof(line), f)) {
		struct override v;

		line[strcspn(line, "\n")] = '\0';
		if (++number == 1 && strcmp(line, OVERRIDES_HEADER) == 0)
			continue;
		if (override_parse(line, &v))
			entry_put(o, &v);
		else
			log_err("state", "%s:%u: not an override; the line is skipped", o->path, number);
	}
	fclose(f);
}

struct overrides *overrides_open(struct loop *l, const char *path)
{
	struct overrides *o = calloc(1, sizeof(*o));

	if (!o)
		return NULL;
	o->loop = l;
	text_copy(o->path, sizeof(o->path), path);
	read_file(o);
	return o;
}

static bool write_all(int fd, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t w = write(fd, p, n);

		if (w < 0 && errno == EINTR)
			continue;
		if (w <= 0)
			return false;
		p += w;
		n -= (size_t)w;
	}
	return true;
}

/* Temporary file, fsync, rename: a crash leaves the old text or the new one. */
static int write_file(const char *path, const char *text, size_t len)
{
	char tmp[280];

	snprintf(tmp, sizeof(tmp), "%s.new", path);
	int fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0)
		return errno;
	int err = write_all(fd, text, len) && fsync(fd) == 0 ? 0 : errno;

	close(fd);
	if (err == 0 && rename(tmp, path) != 0)
		err = errno;
	if (err != 0)
		unlink(tmp);
	return err;
}

static void write_run(struct loop_work *w)
{
	struct write_work *ww = (struct write_work *)w;

	ww->error = write_file(ww->path, ww->text, ww->len);
}

static char *make_text(const struct overrides *o, size_t *len)
{
	size_t size = sizeof(OVERRIDES_HEADER) + 1 + HASH_COUNT(o->entries) * LINE_MAX_BYTES;
	char *text = malloc(size), line[LINE_MAX_BYTES];
	struct entry *e, *tmp;

	*len = 0;
	if (!text)
		return NULL;
	text_append(text, size, len, "%s\n", OVERRIDES_HEADER);
	HASH_ITER(hh, o->entries, e, tmp) {
		override_format(&e->v, line, sizeof(line));
		text_append(text, size, len, "%s\n", line);
	}
	return text;
}

static void work_free(struct write_work *ww)
{
	if (ww)
		free(ww->text);
	free(ww);
}

static void start_write(struct overrides *o);

static void write_done(struct loop_work *w)
{
	struct write_work *ww = (struct write_work *)w;
	struct overrides *o = ww->owner;

	if (ww->error != 0 && ww->error != o->error)
		log_err("state", "cannot write %s: %s: weights set by operators will not outlive this process", ww->path,
		        strerror(ww->error));
	o->error = ww->error;
	o->writing = NULL;
	work_free(ww);
	if (o->again)
		start_write(o);
}

static void start_write(struct overrides *o)
{
	o->again = o->writing != NULL;
	if (o->writing)
		return;
	struct write_work *ww = calloc(1, sizeof(*ww));

	if (!ww || !(ww->text = make_text(o, &ww->len))) {
		free(ww);
		o->error = ENOMEM;
		return;
	}
	ww->work.run = write_run;
	ww->work.done = write_done;
	ww->owner = o;
	text_copy(ww->path, sizeof(ww->path), o->path);
	o->writing = ww;
	loop_work_submit(o->loop, &ww->work);
}

const struct override *overrides_get(const struct overrides *o, const struct server_key *k)
{
	struct entry *e;

	HASH_FIND(hh, o->entries, k, sizeof(*k), e);
	return e ? &e->v : NULL;
}

void overrides_set(struct overrides *o, const struct server_key *k, int32_t weight, const char *by, int64_t wall)
{
	struct entry *e;

	if (weight >= 0) {
		struct override v = { .key = *k, .weight = weight, .wall = wall };

		text_copy(v.by, sizeof(v.by), by);
		entry_put(o, &v);
	} else {
		HASH_FIND(hh, o->entries, k, sizeof(*k), e);
		if (!e)
			return;
		HASH_DEL(o->entries, e);
		free(e);
	}
	start_write(o);
}

size_t overrides_count(const struct overrides *o)
{
	return HASH_COUNT(o->entries);
}

int overrides_error(const struct overrides *o)
{
	return o->error;
}

/* The loop has ended: a change that still waits is written here, once, by us. */
static void write_last(const struct overrides *o)
{
	size_t len;
	char *text = make_text(o, &len);

	if (text && write_file(o->path, text, len) != 0)
		log_err("state", "cannot write %s: %s", o->path, strerror(errno));
	free(text);
}

void overrides_close(struct overrides *o)
{
	struct entry *e, *tmp;

	if (!o)
		return;
	if (o->writing || o->again)
		write_last(o);
	work_free(o->writing);
	HASH_ITER(hh, o->entries, e, tmp) {
		HASH_DEL(o->entries, e);
		free(e);
	}
	free(o);
}
