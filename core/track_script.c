/*
 * Trackers of scripts (vrrp_script): run every interval, exit status 0 is good, rise and fall results in a row.
 *
 * Owns when a script runs; how is core/base/script.h's. A script that still runs when it is due is not run twice: that is said,
 * and the next run comes when it has ended and is due again.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/script.h"
#include "core/track_priv.h"

struct watched_script {
	struct tracker *t;
	const struct conf_vrrp_script *conf; /* in the tree that is current */
	struct loop_timer timer;
	struct track_count count;
	struct log_limit slow;
	uint64_t run;                        /* 0: it does not run */
	bool overdue;                        /* it came due while it ran */
};

static void take_result(struct watched_script *w, bool good, const char *text)
{
	struct tracker *t = w->t;

	if (t->adopted && t->said.verdict != TRACK_UNKNOWN)
		w->count = (struct track_count){ .verdict = TRACK_UNKNOWN }; /* a former life's word: one result decides */
	t->adopted = false;
	track_count_result(&w->count, w->conf->rise, w->conf->fall, good);
	if (w->count.verdict == t->said.verdict)
		tracker_say(t, text);
	else
		tracker_set(t, w->count.verdict, 0, text);
}

static void describe(const struct script_end *end, char *buf, size_t size)
{
	switch (end->outcome) {
	case SCRIPT_EXITED:
		if (end->code == 0)
			snprintf(buf, size, "succeeded");
		else
			snprintf(buf, size, "failed (exited with status %d)", end->code);
		return;
	case SCRIPT_KILLED:
		snprintf(buf, size, "failed (killed by signal %d)", end->code);
		return;
	case SCRIPT_TIMED_OUT:
		snprintf(buf, size, "timed out after %.1f s", (double)end->took / 1e6);
		return;
	case SCRIPT_NOT_RUN:
		break;
	}
	snprintf(buf, size, "could not be run: %s", strerror(end->code));
}

static void script_due(void *user);

static void script_done(void *user, const struct script_end *end)
{
	struct watched_script *w = user;
	char text[VIEW_TRACKER_TEXT];

	w->run = 0;
	describe(end, text, sizeof(text));
	take_result(w, end->outcome == SCRIPT_EXITED && end->code == 0, text);
	if (w->overdue)
		loop_timer_set(w->t->rt->loop, &w->timer, usec_add(mono_now(), w->conf->interval));
	w->overdue = false;
}

static void say_overdue(struct watched_script *w)
{
	uint32_t suppressed;

	w->overdue = true;
	if (log_limit_pass(&w->slow, mono_now(), 1, 60 * USEC_PER_SEC, &suppressed))
		log_warn("track", "track_script %s still runs when it is due again after %.3f s: it is not run twice; its interval is too "
		         "short or it hangs (%u more like this)", w->t->key.name, (double)w->conf->interval / 1e6, suppressed);
}

static void script_run(struct watched_script *w)
{
	const struct script_runner *runner = &w->t->rt->scripts;
	usec_t timeout = w->conf->timeout > 0 ? w->conf->timeout : w->conf->interval;
	char text[VIEW_TRACKER_TEXT];
	struct script_spec spec;

	errno = 0;
	if (runtime_script(w->t->rt, &w->conf->script, timeout, &spec))
		w->run = runner->start(runner->self, &spec, script_done, w);
	if (w->run)
		return;
	snprintf(text, sizeof(text), "could not be run: %s", strerror(errno));
	if (errno == EAGAIN)
		tracker_say(w->t, text); /* too many at once says nothing about this one */
	else
		take_result(w, false, text);
}

static void script_due(void *user)
{
	struct watched_script *w = user;

	if (w->run) {
		say_overdue(w);
		return;
	}
	loop_timer_set(w->t->rt->loop, &w->timer, usec_add(mono_now(), w->conf->interval));
	script_run(w);
}

/* ---- life ---- */

static bool script_start(struct tracker *t, const void *conf)
{
	struct watched_script *w = calloc(1, sizeof(*w));

	if (!w || !conf) {
		free(w);
		return false;
	}
	w->t = t;
	w->conf = conf;
	t->own = w;
	w->count.verdict = t->said.verdict;
	if (w->conf->init_fail && t->said.verdict == TRACK_UNKNOWN) {
		w->count.verdict = TRACK_DOWN;
		tracker_set(t, TRACK_DOWN, 0, "has not run yet (init_fail)");
	}
	loop_timer_init(&w->timer, LOOP_QUEUED, script_due, w);
	loop_timer_set(t->rt->loop, &w->timer, mono_now());
	return true;
}

static bool same_word(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same_command(const struct conf_script *a, const struct conf_script *b)
{
	return same_word(a->command, b->command) && same_word(a->user, b->user) && same_word(a->group, b->group);
}

/* Another command is asked at once; its first result decides, until then the old verdict holds. */
static void script_renew(struct tracker *t, const void *conf)
{
	struct watched_script *w = t->own;
	const struct conf_vrrp_script *old = w->conf;
	const struct script_runner *runner = &t->rt->scripts;

	w->conf = conf;
	if (!same_command(&old->script, &w->conf->script)) {
		if (w->run)
			runner->cancel(runner->self, w->run);
		w->run = 0;
		w->overdue = false;
		t->adopted = true;
		loop_timer_set(t->rt->loop, &w->timer, mono_now());
	} else if (old->interval != w->conf->interval && loop_timer_active(&w->timer)) {
		loop_timer_set(t->rt->loop, &w->timer, usec_min(w->timer.due, usec_add(mono_now(), w->conf->interval)));
	}
}

static void script_stop(struct tracker *t)
{
	struct watched_script *w = t->own;
	const struct script_runner *runner = &t->rt->scripts;

	if (w->run)
		runner->cancel(runner->self, w->run);
	loop_timer_stop(t->rt->loop, &w->timer);
	free(w);
}

const struct tracker_ops *track_script_ops(void)
{
	static const struct tracker_ops ops = { script_start, script_renew, script_stop };

	return &ops;
}
