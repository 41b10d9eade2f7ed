/*
 * Telling of trackers: a line in the log and an event (and so a notification) for each change, or for several at once where they
 * follow too fast (core/vrrp/told.h).
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "core/base/log.h"
#include "core/base/text.h"
#include "core/track_priv.h"

static void log_change(const struct tracker *t, const struct track_said *before, const char *more)
{
	enum log_level level = t->said.verdict == TRACK_DOWN ? LOG_LVL_WARN : LOG_LVL_NOTICE;
	const char *kind = track_kind_name((enum track_kind)t->key.kind);

	if (t->key.kind == TRACK_FILE)
		log_write(LOG_LVL_NOTICE, "track", "%s %s says %d: %s%s", kind, t->key.name, t->said.value, t->text, more);
	else
		log_write(level, "track", "%s %s is %s (it was %s): %s%s", kind, t->key.name, track_verdict_name(t->said.verdict),
		          track_verdict_name(before->verdict), t->text, more);
}

static void make_event(const struct tracker *t, const struct track_said *before, const char *more)
{
	struct event e;

	memset(&e, 0, sizeof(e));
	e.wall = wall_now();
	e.kind = EVENT_TRACKER;
	e.from = (int32_t)before->verdict;
	e.to = (int32_t)t->said.verdict;
	e.reason = t->key.kind;
	e.weight = t->said.value;
	text_copy(e.name, sizeof(e.name), t->key.name);
	text_copy(e.object, sizeof(e.object), track_kind_name((enum track_kind)t->key.kind));
	snprintf(e.text, sizeof(e.text), "%s%s", t->text, more);
	ring_publish(t->rt->ring, &e);
}

static void tell(struct tracker *t)
{
	struct track_said before;
	char more[64] = "";
	uint32_t changes = track_told_take(&t->told, &t->said, mono_now(), &before);

	if (changes > 1)
		snprintf(more, sizeof(more), " (%u changes since it was last told)", changes);
	log_change(t, &before, more);
	make_event(t, &before, more);
}

static void on_quiet(void *user)
{
	tell(user);
}

void track_tell_begin(struct tracker *t)
{
	track_told_init(&t->told, &t->said);
	loop_timer_init(&t->told_timer, LOOP_QUEUED, on_quiet, t);
}

void track_tell_change(struct tracker *t)
{
	static const struct track_said nothing = { .verdict = TRACK_UNKNOWN };

	if (track_told_see(&t->told, &t->said, mono_now()))
		tell(t);
	else if (track_told_due(&t->told) == USEC_NEVER)
		log_change(t, &nothing, ""); /* its first word, and a good one */
	loop_timer_set(t->rt->loop, &t->told_timer, track_told_due(&t->told));
}

void track_tell_end(struct tracker *t)
{
	loop_timer_stop(t->rt->loop, &t->told_timer);
}
