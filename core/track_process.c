/*
 * Trackers of processes: how many run that are called so, found by one pass over /proc for all trackers, made by a worker.
 *
 * The kernel's process events, where it gives them (core/nl/procmon.h), say when to look; without them, and beside them in case
 * one got lost, a timer does. What is seen must last fork_delay or terminate_delay before it counts.
 */
#include "config.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/bind.h"
#include "core/nl/procmon.h"
#include "core/track_priv.h"

#define CMDLINE_MAX 4096
#define LOOK_BLIND USEC_PER_SEC          /* without events */
#define LOOK_SIGHTED (10 * USEC_PER_SEC) /* with them */
#define AFTER_EVENT (20 * USEC_PER_MS)   /* a process that was forked may be about to exec */
#define SPACING (200 * USEC_PER_MS)

struct watched_process {
	struct tracker *t;
	const struct conf_process *conf;
	struct loop_timer timer; /* a delay is over */
	struct track_settle settle;
	uint32_t running;
	struct watched_process *next;
};

/* One thing to look for, with its words, so that a worker needs no tree. */
struct wanted {
	struct track_process what;
	struct watched_process *of; /* compared only */
	uint32_t found;
};

struct scan {
	struct loop_work work; /* first */
	struct track_processes *ps;
	struct wanted *list;
	size_t n;
	int err;
};

struct track_processes {
	struct runtime *rt;
	struct watched_process *list;
	struct loop_timer timer;
	struct procmon *events; /* NULL: the kernel gives none */
	struct scan *scan;      /* under way */
	bool more;
	usec_t scanned;
};

/* ---- the worker's side ---- */

static ssize_t read_file(int dir, const char *pid, const char *name, char *buf, size_t size)
{
	char path[64];
	int fd;
	ssize_t n;

	snprintf(path, sizeof(path), "%.20s/%s", pid, name);
	fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	n = read(fd, buf, size - 1);
	close(fd);
	if (n >= 0)
		buf[n] = '\0';
	return n;
}

static void match_process(struct scan *s, int dir, const char *pid)
{
	char comm[64], cmdline[CMDLINE_MAX];
	ssize_t n = read_file(dir, pid, "comm", comm, sizeof(comm)), len;

	if (n <= 0)
		return; /* it has ended meanwhile */
	comm[strcspn(comm, "\n")] = '\0';
	len = read_file(dir, pid, "cmdline", cmdline, sizeof(cmdline));
	if (len <= 0)
		return; /* a zombie or a kernel thread */
	for (size_t i = 0; i < s->n; i++)
		s->list[i].found += track_process_is(&s->list[i].what, comm, cmdline, (size_t)len);
}

static void scan_run(struct loop_work *w)
{
	struct scan *s = (struct scan *)w;
	DIR *proc = opendir("/proc");
	const struct dirent *e;

	if (!proc) {
		s->err = errno;
		return;
	}
	while ((e = readdir(proc)))
		if (isdigit((unsigned char)e->d_name[0]))
			match_process(s, dirfd(proc), e->d_name);
	closedir(proc);
}

static void scan_free(struct scan *s)
{
	for (size_t i = 0; s->list && i < s->n; i++)
		free((void *)s->list[i].what.argv);
	free(s->list);
	free(s);
}

static void scan_drop(struct loop_work *w)
{
	scan_free((struct scan *)w);
}

/* ---- the loop's side ---- */

static bool is_enough(const struct watched_process *p)
{
	const struct conf_process *c = p->conf;

	return p->running >= c->quorum && (c->quorum_max <= 0 || p->running <= c->quorum_max);
}

static void judge(struct watched_process *p)
{
	char text[VIEW_TRACKER_TEXT];

	if (p->conf->quorum_max > 0)
		snprintf(text, sizeof(text), "%u run, %u to %lld are asked for", p->running, p->conf->quorum,
		         (long long)p->conf->quorum_max);
	else
		snprintf(text, sizeof(text), "%u run, %u are asked for", p->running, p->conf->quorum);
	if (p->settle.due != USEC_NEVER)
		tracker_say(p->t, text);
	else
		tracker_set(p->t, p->settle.settled, 0, text);
	loop_timer_set(p->t->rt->loop, &p->timer, p->settle.due);
}

static void delay_over(void *user)
{
	struct watched_process *p = user;

	track_settle_due(&p->settle, mono_now());
	judge(p);
}

static void take_count(struct track_processes *ps, const struct wanted *w)
{
	struct watched_process *p = ps->list;

	while (p && p != w->of)
		p = p->next;
	if (!p)
		return; /* it is not tracked any more */
	p->running = w->found;
	track_settle_see(&p->settle, is_enough(p), p->conf->fork_delay, p->conf->terminate_delay, mono_now());
	judge(p);
}

static void processes_look(void *user);

static void scan_done(struct loop_work *w)
{
	struct scan *s = (struct scan *)w;
	struct track_processes *ps = s->ps;

	ps->scan = NULL;
	ps->scanned = mono_now();
	for (size_t i = 0; s->err == 0 && i < s->n; i++)
		take_count(ps, &s->list[i]);
	if (s->err)
		log_err("track", "cannot list processes: /proc: %s; what is tracked keeps its verdict", strerror(s->err));
	scan_free(s);
	loop_timer_set(ps->rt->loop, &ps->timer, ps->scanned + (ps->more ? SPACING : ps->events ? LOOK_SIGHTED : LOOK_BLIND));
	ps->more = false;
}

/* The words in one block: the array of pointers, then the texts. */
static const char *const *copy_words(const struct conf_words *w)
{
	size_t size = (w->n + 1) * sizeof(char *);
	char **out, *text;

	for (size_t i = 0; i < w->n; i++)
		size += strlen(w->word[i]) + 1;
	out = calloc(1, size);
	text = out ? (char *)(out + w->n + 1) : NULL;
	for (size_t i = 0; out && i < w->n; i++) {
		size_t len = strlen(w->word[i]) + 1;

		out[i] = memcpy(text, w->word[i], len);
		text += len;
	}
	return (const char *const *)out;
}

static struct scan *make_scan(struct track_processes *ps)
{
	struct scan *s = calloc(1, sizeof(*s));
	size_t n = 0;

	for (const struct watched_process *p = ps->list; p; p = p->next)
		n++;
	if (!s || !(s->list = calloc(n ? n : 1, sizeof(*s->list)))) {
		free(s);
		return NULL;
	}
	s->ps = ps;
	s->work = (struct loop_work){ .run = scan_run, .done = scan_done, .drop = scan_drop };
	for (struct watched_process *p = ps->list; p; p = p->next) {
		struct wanted *w = &s->list[s->n];

		w->of = p;
		w->what = (struct track_process){ .argv = copy_words(&p->conf->process), .n_argv = p->conf->process.n,
			.match = (enum track_match)p->conf->param_match, .full_command = p->conf->full_command };
		if (w->what.argv)
			s->n++;
	}
	return s;
}

static void processes_look(void *user)
{
	struct track_processes *ps = user;

	ps->more = ps->scan != NULL;
	if (ps->more || !ps->list)
		return;
	ps->scan = make_scan(ps);
	if (ps->scan)
		loop_work_submit(ps->rt->loop, &ps->scan->work);
	else
		loop_timer_set(ps->rt->loop, &ps->timer, mono_now() + LOOK_BLIND);
}

static void look_soon(struct track_processes *ps, usec_t after)
{
	usec_t at = usec_max(mono_now() + after, ps->scanned + SPACING);

	if (ps->scan)
		ps->more = true;
	else if (at < ps->timer.due)
		loop_timer_set(ps->rt->loop, &ps->timer, at);
}

static void on_event(void *user)
{
	struct track_processes *ps = user;

	look_soon(ps, AFTER_EVENT);
}

/* ---- life ---- */

void track_processes_buffer(struct runtime *rt)
{
	struct nl_buffer b;

	if (!rt->track_processes || !rt->track_processes->events)
		return;
	bind_process_buffer(rt->conf, &b);
	procmon_set_buffer(rt->track_processes->events, &b);
}

static struct track_processes *processes_open(struct runtime *rt)
{
	struct track_processes *ps = calloc(1, sizeof(*ps));

	if (!ps)
		return NULL;
	ps->rt = rt;
	ps->scanned = -SPACING;
	loop_timer_init(&ps->timer, LOOP_QUEUED, processes_look, ps);
	ps->events = procmon_new(rt->loop, on_event, ps);
	if (!ps->events)
		log_info("track", "the kernel gives no process events here (%s): processes are looked for every second", strerror(errno));
	return ps;
}

void track_processes_close(struct runtime *rt)
{
	struct track_processes *ps = rt->track_processes;

	if (!ps)
		return;
	procmon_free(ps->events);
	loop_timer_stop(rt->loop, &ps->timer);
	free(ps);
	rt->track_processes = NULL;
}

static bool process_start(struct tracker *t, const void *conf)
{
	struct watched_process *p = conf ? calloc(1, sizeof(*p)) : NULL;

	if (!t->rt->track_processes) {
		t->rt->track_processes = processes_open(t->rt);
		track_processes_buffer(t->rt);
	}
	if (!p || !t->rt->track_processes) {
		free(p);
		return false;
	}
	p->t = t;
	p->conf = conf;
	track_settle_init(&p->settle);
	loop_timer_init(&p->timer, LOOP_QUEUED, delay_over, p);
	p->next = t->rt->track_processes->list;
	t->rt->track_processes->list = p;
	t->own = p;
	look_soon(t->rt->track_processes, 0);
	return true;
}

static void process_renew(struct tracker *t, const void *conf)
{
	struct watched_process *p = t->own;

	p->conf = conf;
	look_soon(t->rt->track_processes, 0);
}

static void process_stop(struct tracker *t)
{
	struct watched_process *p = t->own;
	struct watched_process **at = &t->rt->track_processes->list;

	while (*at != p)
		at = &(*at)->next;
	*at = p->next;
	loop_timer_stop(t->rt->loop, &p->timer);
	free(p);
}

const struct tracker_ops *track_process_ops(void)
{
	static const struct tracker_ops ops = { process_start, process_renew, process_stop };

	return &ops;
}
