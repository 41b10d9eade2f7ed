/*
 * SIGHUP: a transaction. A worker reads and parses the file (by descriptors from the root helper) and checks it whole; only a
 * file without an error is applied, by the diff that the worker made (apply.c). Requests that come meanwhile make one more
 * reload, not one each.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf/out.h"
#include "core/announce.h"
#include "core/base/log.h"
#include "core/base/text.h"
#include "core/conf_read.h"
#include "core/runtime.h"
#include "core/sdnotify.h"

/* A tool that sends a SIGHUP for each of its ten changes gets two reloads. */
#define SPACING USEC_PER_SEC

#define CHANGES_LOGGED 64
#define RELOAD_FILE "regentd.reload"

enum { RELOAD_ACCEPTED = 1, RELOAD_REFUSED = 2 };

struct reload {
	struct loop_work work; /* first */
	struct runtime *rt;
	const struct conf *running, *conf;
	struct conf_diff *diff;
	struct script_book *book;
	struct diag *diag;
	struct conf_trace *trace;
	enum conf_again again; /* would it be read as it was? */
	char mark_error[200];
};

/* ---- on the worker ---- */

/* reload_file is there while the configuration is read, empty: whoever writes it waits for its end. Without a name it lies in
 * the run folder, which is ours; elsewhere the helper makes and removes it. */
static bool mark(struct reload *r, bool make)
{
	const struct conf_words *file = &r->running->global.reload.file;
	char own[RUNDIR_PATH + 16];
	int fd;

	if (file->n)
		return helper_mark_wait(r->rt->helper, make ? HELPER_MARK_MAKE : HELPER_MARK_REMOVE, file->word[0]);
	if (!rundir_join(own, sizeof(own), r->rt->dirs->run, RELOAD_FILE))
		return false;
	if (!make)
		return unlink(own) == 0 || errno == ENOENT;
	fd = open(own, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0644);
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static void mark_or_say(struct reload *r, bool make)
{
	if (r->running->global.reload.file.given && !mark(r, make))
		snprintf(r->mark_error, sizeof(r->mark_error), "cannot %s the reload_file: %s", make ? "make" : "remove", strerror(errno));
}

/* What a daemon has from its start: its folders and the sockets that it opened. */
static void refuse_fixed(struct reload *r)
{
	const struct conf_global *a = &r->running->global, *b = r->conf ? &r->conf->global : a;
	const char *what = !same_text(a->instance, b->instance)                      ? "instance"
	                   : !same_text(a->net_namespace, b->net_namespace)           ? "net_namespace"
	                   : !same_text(a->net_namespace_ipvs, b->net_namespace_ipvs) ? "net_namespace_ipvs"
	                                                                              : NULL;
	const struct conf_place whole = { .file = options_conf_file(r->rt->opt) };

	if (!what)
		return;
	diag_add(r->diag, DIAG_ERROR, &whole, NULL, NULL, "'%s' cannot change while the daemon runs: restart it", what);
	conf_free(r->conf);
	r->conf = NULL;
}

static bool is_found(const struct diag *d)
{
	return diag_errors(d) + diag_warnings(d) > 0;
}

/* Programs and users may be there now that were not, or gone. Of that something is to be said: then it is read whole, since what is said
 * names lines, and those may have moved. */
static enum conf_again read_again(struct reload *r)
{
	enum conf_again again = conf_read_again(r->rt->opt, r->rt->helper, r->rt->trace);
	struct diag *d = again == CONF_OTHER ? NULL : diag_new();

	if (!d)
		return CONF_OTHER;
	r->book = script_book_make(r->running, d);
	if (is_found(d)) {
		script_book_free(r->book);
		r->book = NULL;
		again = CONF_OTHER;
	}
	diag_free(d);
	return again;
}

/* Reads it, by what `old` has where that is given. */
static void read_new(struct reload *r, const struct conf *old)
{
	r->conf = conf_read(r->rt->opt, r->rt->helper, r->diag, r->rt->trace, old, &r->trace);
	refuse_fixed(r);
	if (r->conf)
		r->book = script_book_make(r->conf, r->diag);
}

static void forget_new(struct reload *r)
{
	script_book_free(r->book);
	r->book = NULL;
	conf_free(r->conf);
	r->conf = NULL;
	conf_trace_free(r->trace);
	r->trace = NULL;
}

/* Where anything is found of a tree that has parts of the old one, the lines that it names may be those of the old file. */
static void read_difference(struct reload *r)
{
	struct diag *d = diag_new();

	read_new(r, d ? r->running : NULL);
	if (d && r->conf && conf_is_mixed(r->conf) && is_found(r->diag)) {
		struct diag *found = r->diag;

		forget_new(r);
		r->diag = d;
		d = found;
		read_new(r, NULL);
	}
	diag_free(d);
}

static void reload_run(struct loop_work *w)
{
	struct reload *r = (struct reload *)w;

	mark_or_say(r, true);
	r->again = read_again(r);
	if (r->again == CONF_OTHER)
		read_difference(r);
	mark_or_say(r, false);
	if (!r->conf)
		return;
	r->diff = conf_diff_make(r->running, r->conf);
	r->trace = conf_read_unless_found(r->trace, r->diag);
}

/* ---- on the loop ---- */

static void log_finding(void *user, enum diag_severity s, const char *line)
{
	char *first = user;

	if (s == DIAG_ERROR && first[0] == '\0')
		text_copy(first, sizeof(((struct view_daemon *)0)->reload_text), line);
	log_write(s == DIAG_ERROR ? LOG_LVL_ERR : LOG_LVL_WARN, "conf", "%s", line);
}

static void record(struct runtime *rt, uint32_t result, const char *text)
{
	struct view_daemon *d = &rt->self;
	struct event e;

	d->reload_at = publish_time(rt, mono_now());
	d->reload_result = result;
	text_copy(d->reload_text, sizeof(d->reload_text), text);
	memset(&e, 0, sizeof(e));
	e.wall = wall_now();
	e.kind = EVENT_RELOAD;
	e.from = (int32_t)d->config_generation;
	e.to = (int32_t)result;
	text_copy(e.name, sizeof(e.name), "regentd");
	text_copy(e.text, sizeof(e.text), text);
	ring_publish(rt->ring, &e);
	publish_daemon(rt);
}

/* Each change has its line, up to a bound; the rest is counted by the summary. */
static void log_changes(const struct conf_diff *d)
{
	for (size_t i = 0; i < d->n && i < CHANGES_LOGGED; i++) {
		const struct conf_change *c = &d->changes[i];

		log_info("conf", "%s %s%s%s%s%s%s%s", conf_change_name(c->kind), conf_object_name(c->object), *c->name ? " " : "", c->name,
		         *c->in ? " of " : "", c->in, *c->what ? ": " : "", c->what);
	}
	if (d->n > CHANGES_LOGGED)
		log_info("conf", "and %zu changes more", d->n - CHANGES_LOGGED);
}

static void reload_end(struct runtime *rt)
{
	rt->reloading = false;
	sdnotify("READY=1");
	if (rt->reload_again && !rt->stop_wanted)
		reload_request(rt);
}

/* What a reload does where the file says what it said. */
static void applied_same(struct runtime *rt, enum conf_again again)
{
	rt->self.config_generation++;
	probe_pool_renew_files(rt->probes);
	reload_time_set(rt->reload_time, rt->conf->global.reload.time_file, rt->conf->global.reload.repeat);
	log_notice("conf", "Reloaded %s, changed: nothing (%s; not parsed again)", options_conf_file(rt->opt),
	           again == CONF_SAME ? "not a byte" : "but comments and blank lines");
	announce_reloaded(rt->announce);
	record(rt, RELOAD_ACCEPTED, "changed: nothing");
	reload_end(rt);
}

static void applied(struct runtime *rt, const struct conf_diff *diff, unsigned restarted)
{
	char summary[160], text[sizeof(rt->self.reload_text)], again[48] = "";

	rt->self.config_generation++;
	probe_pool_renew_files(rt->probes);
	if (restarted)
		snprintf(again, sizeof(again), "; %u started anew", restarted);
	snprintf(text, sizeof(text), "changed: %s%s", conf_diff_summary(diff, summary, sizeof(summary) - sizeof(again)), again);
	log_notice("conf", "Reloaded %s, %s", options_conf_file(rt->opt), text);
	log_changes(diff);
	announce_reloaded(rt->announce);
	record(rt, RELOAD_ACCEPTED, text);
	reload_end(rt);
}

static void free_reload(struct reload *r)
{
	script_book_free(r->book);
	diag_free(r->diag);
	conf_trace_free(r->trace);
	free(r);
}

static void take_book(struct runtime *rt, struct reload *r)
{
	script_book_free(rt->script_book_before);
	rt->script_book_before = rt->script_book;
	rt->script_book = r->book;
	r->book = NULL;
}

static void take_trace(struct runtime *rt, struct reload *r)
{
	conf_trace_free(rt->trace);
	rt->trace = r->trace;
	r->trace = NULL;
}

static void reload_done(struct loop_work *w)
{
	struct reload *r = (struct reload *)w;
	struct runtime *rt = r->rt;
	char first[sizeof(rt->self.reload_text)] = "";

	diag_each(r->diag, log_finding, first);
	if (r->mark_error[0])
		log_warn("conf", "%s; the reload goes on", r->mark_error);
	trees_read_end(rt);
	if (r->again != CONF_OTHER && !rt->stop_wanted) {
		scripts_conf_read(rt->script_runs, false); /* what was opened to be compared */
		take_book(rt, r);
		announce_conf(rt->announce);
		applied_same(rt, r->again);
		free_reload(r);
		return;
	}
	if (r->conf && !rt->stop_wanted) {
		take_book(rt, r);
		take_trace(rt, r);
		apply_conf(rt, r->conf, r->diff, applied);
		free_reload(r);
		return;
	}
	if (!r->conf && r->again == CONF_OTHER) {
		scripts_conf_read(rt->script_runs, false);
		log_err("conf", "%s is refused, nothing is changed: mend what is named above and send SIGHUP again", options_conf_file(rt->opt));
		record(rt, RELOAD_REFUSED, first);
	}
	conf_diff_free(r->diff);
	conf_free(r->conf);
	free_reload(r);
	reload_end(rt);
}

/* The loop has ended before it came. */
static void reload_drop(struct loop_work *w)
{
	struct reload *r = (struct reload *)w;

	conf_diff_free(r->diff);
	conf_free(r->conf);
	free_reload(r);
}

static void reload_start(void *user)
{
	struct runtime *rt = user;
	struct reload *r = calloc(1, sizeof(*r));
	char state[64];

	rt->reload_again = false;
	if (!r || !(r->diag = diag_new())) {
		free(r);
		log_err("conf", "no memory to read the file again");
		return;
	}
	log_notice("conf", "Reloading %s", options_conf_file(rt->opt));
	snprintf(state, sizeof(state), "RELOADING=1\nMONOTONIC_USEC=%lld", (long long)mono_now());
	sdnotify(state);
	rt->reloading = true;
	rt->reload_started = mono_now();
	r->rt = rt;
	r->running = trees_read(rt);
	r->work.run = reload_run;
	r->work.done = reload_done;
	r->work.drop = reload_drop;
	loop_work_submit(rt->loop, &r->work);
}

static void on_time(void *user)
{
	reload_request(user);
}

bool reload_init(struct runtime *rt)
{
	loop_timer_init(&rt->reload_timer, LOOP_QUEUED, reload_start, rt);
	rt->reload_time = reload_time_new(rt->loop, rt->helper, on_time, rt);
	return rt->reload_time != NULL;
}

void reload_free(struct runtime *rt)
{
	loop_timer_stop(rt->loop, &rt->reload_timer);
	reload_time_free(rt->reload_time);
}

void reload_request(struct runtime *rt)
{
	usec_t now = mono_now(), due = rt->reload_started == 0 ? now : usec_add(rt->reload_started, SPACING);

	if (rt->reloading || !rt->begun) {
		rt->reload_again = true;
		return;
	}
	if (!loop_timer_active(&rt->reload_timer))
		loop_timer_set(rt->loop, &rt->reload_timer, usec_max(now, due));
}
