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

static struct entry *find(const struct overrides *o, const struct server_key *k)
{
	struct entry *e;

	HASH_FIND(hh, o->entries, k, sizeof(*k), e);
	return e;
}

static void put(struct overrides *o, const struct server_key *k, enum override_kind kind, const struct override_part *p)
{
	struct entry *e = find(o, k);

	if (!e) {
		e = calloc(1, sizeof(*e));
		if (!e)
			return;
		e->v.key = *k;
		HASH_ADD(hh, o->entries, v.key, sizeof(e->v.key), e);
	}
	e->v.part[kind] = *p;
}

static bool anything_set(const struct override *v)
{
	for (int k = 0; k < OVERRIDE_KINDS; k++)
		if (v->part[k].on)
			return true;
	return false;
}

/* The version that a header line names; 0: it is no header. */
static unsigned header_version(const char *line)
{
	return strcmp(line, OVERRIDES_HEADER) == 0 ? 2 : strcmp(line, OVERRIDES_HEADER_1) == 0 ? 1 : 0;
}

static void read_file(struct overrides *o)
{
	char line[LINE_MAX_BYTES];
	unsigned number = 0, version = 2, header;
	FILE *f = fopen(o->path, "re");

	if (!f) {
		if (errno != ENOENT)
			log_err("state", "%s: %s: what operators set before this start is not in force", o->path, strerror(errno));
		return;
	}
	while (fgets(line, sizeof(line), f)) {
		struct server_key key;
		struct override_part p;
		enum override_kind kind;

		line[strcspn(line, "\n")] = '\0';
		if (++number == 1 && (header = header_version(line))) {
			version = header;
			continue;
		}
		if (override_parse(line, version, &key, &kind, &p))
			put(o, &key, kind, &p);
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
	size_t size = sizeof(OVERRIDES_HEADER) + 1 + HASH_COUNT(o->entries) * OVERRIDE_KINDS * LINE_MAX_BYTES;
	char *text = malloc(size), line[LINE_MAX_BYTES];
	struct entry *e, *tmp;

	*len = 0;
	if (!text)
		return NULL;
	text_append(text, size, len, "%s\n", OVERRIDES_HEADER);
	HASH_ITER(hh, o->entries, e, tmp) {
		for (enum override_kind k = 0; k < OVERRIDE_KINDS; k++) {
			if (!e->v.part[k].on)
				continue;
			override_format(&e->v.key, k, &e->v.part[k], line, sizeof(line));
			text_append(text, size, len, "%s\n", line);
		}
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
	const struct entry *e = find(o, k);

	return e ? &e->v : NULL;
}

const struct override_part *overrides_part(const struct overrides *o, const struct server_key *k, enum override_kind kind)
{
	const struct entry *e = find(o, k);

	return e && e->v.part[kind].on ? &e->v.part[kind] : NULL;
}

static void drop(struct overrides *o, struct entry *e)
{
	HASH_DEL(o->entries, e);
	free(e);
}

void overrides_set(struct overrides *o, const struct server_key *k, enum override_kind kind, const struct override_part *p)
{
	static const struct override_part none;
	struct entry *e = find(o, k);

	if (!p->on && (!e || !e->v.part[kind].on))
		return;
	put(o, k, kind, p->on ? p : &none);
	e = find(o, k);
	if (e && !anything_set(&e->v))
		drop(o, e);
	start_write(o);
}

void overrides_clear(struct overrides *o, void (*fn)(void *user, const struct override *v), void *user)
{
	struct entry *e, *tmp;
	bool any = o->entries != NULL;

	HASH_ITER(hh, o->entries, e, tmp) {
		struct override gone = e->v;

		drop(o, e);
		fn(user, &gone);
	}
	if (any)
		start_write(o);
}

int64_t overrides_next_end(const struct overrides *o)
{
	const struct entry *e;
	int64_t next = 0;

	for (e = o->entries; e; e = e->hh.next)
		for (int k = 0; k < OVERRIDE_KINDS; k++) {
			const struct override_part *p = &e->v.part[k];

			if (p->on && p->until && (!next || p->until < next))
				next = p->until;
		}
	return next;
}

const struct override *overrides_ended(const struct overrides *o, int64_t wall, enum override_kind *kind)
{
	const struct entry *e;

	for (e = o->entries; e; e = e->hh.next)
		for (enum override_kind k = 0; k < OVERRIDE_KINDS; k++)
			if (e->v.part[k].on && e->v.part[k].until && e->v.part[k].until <= wall) {
				*kind = k;
				return &e->v;
			}
	return NULL;
}

/* Never 0, which would be no end at all. */
static void shift(int64_t *at, int64_t by)
{
	int64_t moved;

	if (*at && !__builtin_add_overflow(*at, by, &moved))
		*at = moved > 0 ? moved : 1;
}

void overrides_shift(struct overrides *o, int64_t by, void (*fn)(void *user, const struct server_key *k), void *user)
{
	bool any = false;

	for (struct entry *e = o->entries; e; e = e->hh.next) {
		bool ends = false;

		for (int k = 0; k < OVERRIDE_KINDS; k++) {
			struct override_part *p = &e->v.part[k];

			if (!p->on || !p->ours)
				continue;
			ends = ends || p->until || p->deadline;
			shift(&p->until, by);
			shift(&p->deadline, by);
		}
		any = any || ends;
		if (ends)
			fn(user, &e->v.key);
	}
	if (any)
		start_write(o);
}

size_t overrides_count(const struct overrides *o)
{
	return HASH_COUNT(o->entries);
}

bool overrides_written(const struct overrides *o)
{
	return !o->writing && !o->again;
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
