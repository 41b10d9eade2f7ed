/*
 * reload_time_file. A worker looks at the file once a second, so that no file system holds up the loop; a time that is nearer than
 * that is waited for exactly. When it has come the file is removed, by the helper, whose folder it may be; with reload_repeat a
 * time of day stays.
 */
#include "config.h"

#include "core/reload_time.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/log.h"
#include "core/base/text.h"
#include "core/reload_when.h"

#define LOOK_EVERY USEC_PER_SEC
#define LINE_MAX_LEN 64

/* What the worker finds, and what it is asked to do. */
struct look {
	struct loop_work work; /* first */
	struct reload_time *owner; /* NULL: nobody waits any more */
	struct helper *helper;
	char path[HELPER_PATH];
	bool remove;
	int64_t now;
	/* found */
	bool there;
	char line[LINE_MAX_LEN];
	enum reload_when kind;
	int64_t at;
	int remove_err;
};

struct reload_time {
	struct loop *loop;
	struct helper *helper;
	struct loop_timer timer;
	void (*due)(void *user);
	void *user;
	char path[HELPER_PATH]; /* "": none */
	bool repeat;
	bool remove;            /* at the next look */
	struct look *look;      /* under way */
	char line[LINE_MAX_LEN]; /* as last seen */
	enum reload_when kind;
	int64_t at;             /* of ONCE and DAILY: seconds since 1970 */
};

/* ---- on a worker ---- */

static bool read_line(const char *path, char line[static LINE_MAX_LEN])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	ssize_t n = -1;

	if (fd < 0)
		return false;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		n = read(fd, line, LINE_MAX_LEN - 1);
	close(fd);
	line[n > 0 ? n : 0] = '\0';
	line[strcspn(line, "\n")] = '\0';
	return n >= 0;
}

static void look_run(struct loop_work *w)
{
	struct look *k = (struct look *)w;

	if (k->remove && !helper_mark_wait(k->helper, HELPER_TIME_REMOVE, k->path))
		k->remove_err = errno;
	k->there = read_line(k->path, k->line);
	k->kind = k->there ? reload_when_parse(k->line, k->now, &k->at) : RELOAD_WHEN_NONE;
}

static void look_drop(struct loop_work *w)
{
	free(w);
}

/* ---- on the loop ---- */

static void wait_on(struct reload_time *t)
{
	int64_t left = t->kind >= RELOAD_WHEN_ONCE ? t->at * USEC_PER_SEC - wall_now() : LOOK_EVERY;

	if (left > LOOK_EVERY)
		left = LOOK_EVERY;
	loop_timer_set(t->loop, &t->timer, usec_add(mono_now(), left > 0 ? left : 0));
}

static void say(const struct reload_time *t, const struct look *k)
{
	if (!k->there)
		log_notice("conf", "%s is gone: no reload is scheduled", t->path);
	else if (k->kind == RELOAD_WHEN_NONE)
		log_warn("conf", "%s: '%s' is no time: HH:MM:SS, or YYYY-MM-DD HH:MM:SS, with a Z behind it for UTC", t->path, k->line);
	else if (k->kind == RELOAD_WHEN_PAST)
		log_warn("conf", "%s: '%s' is over, no reload is scheduled", t->path, k->line);
	else
		log_notice("conf", "%s: a reload is scheduled for %s, in %lld s", t->path, k->line, (long long)(k->at - k->now));
}

static void look_done(struct loop_work *w)
{
	struct look *k = (struct look *)w;
	struct reload_time *t = k->owner;

	if (!t) {
		free(k);
		return;
	}
	t->look = NULL;
	if (k->remove_err)
		log_warn("conf", "cannot remove %s: %s; it is looked at again when it changes", t->path, strerror(k->remove_err));
	if (k->there != (t->line[0] != '\0') || strcmp(k->line, t->line) != 0) {
		say(t, k);
		text_copy(t->line, sizeof(t->line), k->line);
		t->kind = k->kind;
		t->at = k->at;
	}
	free(k);
	wait_on(t);
}

static void look(struct reload_time *t)
{
	struct look *k = calloc(1, sizeof(*k));

	if (!k) {
		wait_on(t);
		return;
	}
	k->work.run = look_run;
	k->work.done = look_done;
	k->work.drop = look_drop;
	k->owner = t;
	k->helper = t->helper;
	text_copy(k->path, sizeof(k->path), t->path);
	k->remove = t->remove;
	k->now = wall_now() / USEC_PER_SEC;
	t->remove = false;
	t->look = k;
	loop_work_submit(t->loop, &k->work);
}

/* The time has come: once, or again tomorrow. */
static void fire(struct reload_time *t)
{
	bool stays = t->repeat && t->kind == RELOAD_WHEN_DAILY;

	log_notice("conf", "%s says %s: reloading", t->path, t->line);
	if (stays)
		t->line[0] = '\0'; /* read as new, it means the next day */
	else
		t->remove = true;
	t->kind = RELOAD_WHEN_NONE;
	t->due(t->user);
}

static void on_timer(void *user)
{
	struct reload_time *t = user;

	if (t->kind >= RELOAD_WHEN_ONCE && wall_now() >= t->at * USEC_PER_SEC)
		fire(t);
	look(t);
}

struct reload_time *reload_time_new(struct loop *l, struct helper *h, void (*due)(void *user), void *user)
{
	struct reload_time *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->loop = l;
	t->helper = h;
	t->due = due;
	t->user = user;
	loop_timer_init(&t->timer, LOOP_QUEUED, on_timer, t);
	return t;
}

static void forget(struct reload_time *t)
{
	loop_timer_stop(t->loop, &t->timer);
	if (t->look)
		t->look->owner = NULL;
	t->look = NULL;
	t->line[0] = '\0';
	t->kind = RELOAD_WHEN_NONE;
}

void reload_time_set(struct reload_time *t, const char *path, bool repeat)
{
	t->repeat = repeat;
	if (strcmp(t->path, path ? path : "") == 0)
		return;
	forget(t);
	t->path[0] = '\0';
	if (path && !text_copy(t->path, sizeof(t->path), path)) {
		log_warn("conf", "reload_time_file %s: the name is too long", path);
		t->path[0] = '\0';
	}
	if (t->path[0])
		look(t);
}

void reload_time_free(struct reload_time *t)
{
	if (!t)
		return;
	forget(t);
	free(t);
}
