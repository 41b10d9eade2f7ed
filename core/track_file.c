/*
 * Trackers of files: the number in one, read by a worker whenever its folder says that it changed.
 *
 * One inotify descriptor watches the folders, since a file may be replaced, removed and made again. Where a folder cannot be
 * watched, and for links that lead elsewhere, the file is read again every now and then. Files are anybody's: only a regular one is
 * opened, and only its beginning is read.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/value.h"
#include "core/base/text.h"
#include "core/track_priv.h"

#define READ_MAX 64
#define AGAIN_WATCHED (30 * USEC_PER_SEC)
#define AGAIN_UNWATCHED (2 * USEC_PER_SEC)
#define INIT_OVERWRITE "overwrite"
#define EVENTS (IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF | IN_ATTRIB)

/* What a worker is asked and answers. Outlives its tracker, where that ends first. */
struct file_look {
	struct loop_work work; /* first */
	struct watched_file *of; /* NULL: nobody waits for it any more */
	char path[PATH_MAX];
	int inotify;
	bool init, overwrite;
	int32_t init_value;
	/* answers */
	int wd, watch_err, init_err, err;
	bool no_number;
	int32_t value;
};

struct watched_file {
	struct tracker *t;
	const struct conf_file *conf;
	struct loop_timer again;
	struct file_look *look; /* under way */
	bool more;              /* it changed meanwhile */
	bool fresh;             /* init_file is still to be done */
	int wd;
	struct watched_file *next;
};

/* All of them, and the descriptor. */
struct track_files {
	struct runtime *rt;
	struct loop_io io;
	int inotify;
	struct watched_file *list;
};

/* ---- the worker's side ---- */

static void watch_folder(struct file_look *l)
{
	char folder[PATH_MAX];
	char *slash;

	text_copy(folder, sizeof(folder), l->path);
	slash = strrchr(folder, '/');
	if (slash)
		slash[slash == folder ? 1 : 0] = '\0';
	l->wd = inotify_add_watch(l->inotify, slash ? folder : ".", EVENTS);
	l->watch_err = l->wd < 0 ? errno : 0;
}

static void init_file(struct file_look *l)
{
	int flags = O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | (l->overwrite ? O_TRUNC : O_EXCL);
	int fd = open(l->path, flags, 0644);

	if (fd < 0) {
		l->init_err = errno == EEXIST ? 0 : errno;
		return;
	}
	if (dprintf(fd, "%d\n", l->init_value) < 0)
		l->init_err = errno;
	close(fd);
}

static void read_number(struct file_look *l)
{
	int fd = open(l->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	char text[READ_MAX];
	struct stat st;
	ssize_t n;

	if (fd < 0) {
		l->err = errno;
		return;
	}
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		l->no_number = true;
	} else if ((n = read(fd, text, sizeof(text))) < 0) {
		l->err = errno;
	} else {
		l->no_number = n == READ_MAX || !track_file_number(text, (size_t)n, &l->value);
	}
	close(fd);
}

static void look_run(struct loop_work *w)
{
	struct file_look *l = (struct file_look *)w;

	if (l->init)
		init_file(l);
	watch_folder(l);
	read_number(l);
}

static void look_drop(struct loop_work *w)
{
	struct file_look *l = (struct file_look *)w;

	if (l->of)
		l->of->look = NULL;
	free(l);
}

/* ---- the loop's side ---- */

static void describe(const struct file_look *l, char *buf, size_t size)
{
	if (l->err == ENOENT)
		snprintf(buf, size, "the file is missing, which counts as 0");
	else if (l->err)
		snprintf(buf, size, "user " REGENT_USER " cannot read it: %s; counts as 0", strerror(l->err));
	else if (l->no_number)
		snprintf(buf, size, "there is no number in it; counts as 0");
	else
		snprintf(buf, size, "the file says %d", l->value);
}

static void take_look(struct watched_file *f, const struct file_look *l)
{
	struct tracker *t = f->t;
	char text[VIEW_TRACKER_TEXT];
	bool was_watched = f->wd >= 0;

	f->wd = l->wd;
	if (l->init_err)
		log_err("track", "track_file %s: user " REGENT_USER " cannot write %s for init_file: %s", t->key.name, l->path,
		        strerror(l->init_err));
	if (l->watch_err && (was_watched || t->said.verdict == TRACK_UNKNOWN || t->adopted))
		log_warn("track", "track_file %s: the folder of %s cannot be watched (%s): it is read every %d s", t->key.name, l->path,
		         strerror(l->watch_err), (int)(AGAIN_UNWATCHED / USEC_PER_SEC));
	describe(l, text, sizeof(text));
	tracker_set(t, TRACK_UP, l->err || l->no_number ? 0 : l->value, text);
}

static void file_look(struct watched_file *f);

static void look_done(struct loop_work *w)
{
	struct file_look *l = (struct file_look *)w;
	struct watched_file *f = l->of;

	if (f) {
		f->look = NULL;
		take_look(f, l);
		loop_timer_set(f->t->rt->loop, &f->again, usec_add(mono_now(), l->watch_err ? AGAIN_UNWATCHED : AGAIN_WATCHED));
		if (f->more)
			file_look(f);
	}
	free(l);
}

static void set_init(const struct conf_file *c, struct file_look *l)
{
	int64_t value = 0;

	l->init = true;
	for (size_t i = 0; i < c->init.n; i++) {
		if (strcmp(c->init.word[i], INIT_OVERWRITE) == 0)
			l->overwrite = true;
		else if (value_number(c->init.word[i], INT32_MIN, INT32_MAX, &value) == VALUE_OK)
			l->init_value = (int32_t)value;
	}
}

static void file_look(struct watched_file *f)
{
	struct runtime *rt = f->t->rt;
	struct file_look *l;

	f->more = f->look != NULL;
	if (f->more)
		return;
	l = calloc(1, sizeof(*l));
	if (!l) {
		loop_timer_set(rt->loop, &f->again, usec_add(mono_now(), AGAIN_UNWATCHED));
		return;
	}
	l->work.run = look_run;
	l->work.done = look_done;
	l->work.drop = look_drop;
	l->of = f;
	l->inotify = rt->track_files->inotify;
	text_copy(l->path, sizeof(l->path), f->conf->path);
	if (f->fresh && f->conf->init.given)
		set_init(f->conf, l);
	f->fresh = false;
	f->look = l;
	loop_work_submit(rt->loop, &l->work);
}

static void look_again(void *user)
{
	file_look(user);
}

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static void take_event(struct track_files *fs, const struct inotify_event *e)
{
	bool any = (e->mask & (IN_Q_OVERFLOW | IN_IGNORED | IN_DELETE_SELF | IN_MOVE_SELF)) != 0;

	for (struct watched_file *f = fs->list; f; f = f->next)
		if (any || (f->wd == e->wd && e->len > 0 && strcmp(e->name, last_part(f->conf->path)) == 0))
			file_look(f);
}

static void on_inotify(void *user, unsigned events)
{
	struct track_files *fs = user;
	char buf[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
	ssize_t n = read(fs->inotify, buf, sizeof(buf));

	(void)events;
	for (ssize_t at = 0; at < n;) {
		const struct inotify_event *e = (const void *)(buf + at);

		take_event(fs, e);
		at += (ssize_t)(sizeof(*e) + e->len);
	}
}

/* ---- life ---- */

static struct track_files *files_open(struct runtime *rt)
{
	struct track_files *fs = calloc(1, sizeof(*fs));

	if (!fs)
		return NULL;
	fs->rt = rt;
	fs->inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (fs->inotify < 0)
		log_warn("track", "the kernel refuses to watch folders (%s): tracked files are read every %d s", strerror(errno),
		         (int)(AGAIN_UNWATCHED / USEC_PER_SEC));
	loop_io_init(&fs->io, LOOP_QUEUED, on_inotify, fs);
	if (fs->inotify >= 0)
		loop_io_set(rt->loop, &fs->io, fs->inotify, LOOP_READ);
	return fs;
}

/* After its last look has ended, since a worker may be using it: with the daemon. */
void track_files_close(struct runtime *rt)
{
	struct track_files *fs = rt->track_files;

	if (!fs)
		return;
	loop_io_stop(rt->loop, &fs->io);
	if (fs->inotify >= 0)
		close(fs->inotify);
	free(fs);
	rt->track_files = NULL;
}

static bool file_start(struct tracker *t, const void *conf)
{
	struct watched_file *f = conf ? calloc(1, sizeof(*f)) : NULL;

	if (!t->rt->track_files)
		t->rt->track_files = files_open(t->rt);
	if (!f || !t->rt->track_files) {
		free(f);
		return false;
	}
	f->t = t;
	f->conf = conf;
	f->wd = -1;
	f->fresh = !t->adopted;
	f->next = t->rt->track_files->list;
	t->rt->track_files->list = f;
	t->own = f;
	loop_timer_init(&f->again, LOOP_QUEUED, look_again, f);
	file_look(f);
	return true;
}

static void file_renew(struct tracker *t, const void *conf)
{
	struct watched_file *f = t->own;
	bool same = strcmp(f->conf->path, ((const struct conf_file *)conf)->path) == 0;

	f->conf = conf;
	if (same)
		return;
	f->fresh = true;
	f->wd = -1;
	file_look(f);
}

static void file_stop(struct tracker *t)
{
	struct watched_file *f = t->own;
	struct watched_file **at = &t->rt->track_files->list;

	while (*at != f)
		at = &(*at)->next;
	*at = f->next;
	if (f->look)
		f->look->of = NULL;
	loop_timer_stop(t->rt->loop, &f->again);
	free(f);
}

const struct tracker_ops *track_file_ops(void)
{
	static const struct tracker_ops ops = { file_start, file_renew, file_stop };

	return &ops;
}
