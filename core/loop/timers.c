/*
 * Timers: two binary heaps, each with an absolute timerfd on CLOCK_MONOTONIC.
 *
 * Owns the heaps and the timerfds. A timerfd keeps microseconds where epoll's time-out rounds to whole
 * milliseconds. It is set once a pass, just before the loop may sleep, and not at each change; while the loop is
 * awake it looks at the heap and the clock. Setting it also clears that it has fired, so it is never read. For queued
 * timers it wakes the loop no more often than every half millisecond: at thousands a second each wake is dearer than
 * what it is for.
 */
#include "config.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "core/base/log.h"
#include "core/loop/loop_priv.h"

#define NOT_IN_HEAP SIZE_MAX
/* Posting is cheap, but ten thousand timers due at once must not hold up an urgent one. */
#define POST_AT_ONCE 256

/* ---- the heap ---- */

static void heap_place(struct timer_set *s, size_t at, struct loop_timer *t)
{
	s->heap[at] = t;
	t->heap_at = at;
}

static void heap_up(struct timer_set *s, size_t at, struct loop_timer *t)
{
	while (at > 0 && t->due < s->heap[(at - 1) / 2]->due) {
		heap_place(s, at, s->heap[(at - 1) / 2]);
		at = (at - 1) / 2;
	}
	heap_place(s, at, t);
}

static void heap_down(struct timer_set *s, size_t at, struct loop_timer *t)
{
	size_t child;

	while ((child = 2 * at + 1) < s->n) {
		if (child + 1 < s->n && s->heap[child + 1]->due < s->heap[child]->due)
			child++;
		if (t->due <= s->heap[child]->due)
			break;
		heap_place(s, at, s->heap[child]);
		at = child;
	}
	heap_place(s, at, t);
}

static void heap_insert(struct timer_set *s, struct loop_timer *t)
{
	if (s->n == s->cap) {
		size_t cap = s->cap ? s->cap * 2 : 64;
		struct loop_timer **heap = reallocarray(s->heap, cap, sizeof(*heap));

		if (!heap)
			loop_die("out of memory for a timer");
		s->heap = heap;
		s->cap = cap;
	}
	heap_up(s, s->n++, t);
}

static void heap_remove(struct timer_set *s, struct loop_timer *t)
{
	size_t at = t->heap_at;
	struct loop_timer *last = s->heap[--s->n];

	t->heap_at = NOT_IN_HEAP;
	if (last == t)
		return;
	if (at > 0 && last->due < s->heap[(at - 1) / 2]->due)
		heap_up(s, at, last);
	else
		heap_down(s, at, last);
}

static usec_t heap_first(const struct timer_set *s)
{
	return s->n > 0 ? s->heap[0]->due : USEC_NEVER;
}

/* ---- one timer ---- */

static void queued_timer_run(void *user)
{
	struct loop_timer *t = user;

	t->due = USEC_NEVER;
	t->fn(t->user);
}

void loop_timer_init(struct loop_timer *t, enum loop_class cls, void (*fn)(void *user), void *user)
{
	*t = (struct loop_timer){ .fn = fn, .user = user, .due = USEC_NEVER, .cls = cls, .heap_at = NOT_IN_HEAP };
	loop_item_init(&t->item, queued_timer_run, t);
}

void loop_timer_stop(struct loop *l, struct loop_timer *t)
{
	if (t->heap_at != NOT_IN_HEAP)
		heap_remove(&l->timers[t->cls], t);
	loop_item_cancel(l, &t->item);
	t->due = USEC_NEVER;
}

void loop_timer_set(struct loop *l, struct loop_timer *t, usec_t due)
{
	loop_timer_stop(l, t);
	if (due == USEC_NEVER)
		return;
	t->due = due;
	/* A deadline set in the past is not the loop's lateness. */
	t->late_from = t->cls == LOOP_URGENT ? usec_max(due, mono_now()) : due;
	heap_insert(&l->timers[t->cls], t);
}

/* ---- all of a class ---- */

static void account_late(struct loop *l, usec_t late)
{
	late_add(&l->stats.urgent_late, late);
	l->stats.urgent_fired++;
}

bool timers_run_urgent(struct loop *l, usec_t now)
{
	struct timer_set *s = &l->timers[LOOP_URGENT];
	size_t budget = s->n; /* one that always sets itself into the past must not keep us here */
	bool ran = false;

	while (budget-- > 0 && heap_first(s) <= now) {
		struct loop_timer *t = s->heap[0];

		heap_remove(s, t);
		t->due = USEC_NEVER;
		account_late(l, mono_now() - t->late_from);
		t->fn(t->user);
		ran = true;
	}
	return ran;
}

usec_t timers_next_urgent(const struct loop *l)
{
	return heap_first(&l->timers[LOOP_URGENT]);
}

void timers_post_due(struct loop *l, usec_t now)
{
	struct timer_set *s = &l->timers[LOOP_QUEUED];

	for (int i = 0; i < POST_AT_ONCE && heap_first(s) <= now; i++) {
		struct loop_timer *t = s->heap[0];

		heap_remove(s, t);
		loop_item_post(l, &t->item);
	}
}

/* ---- the descriptors ---- */

static void set_arm(struct timer_set *s)
{
	usec_t due = usec_max(heap_first(s), s->rested);
	struct itimerspec at = { 0 };

	if (due == s->armed)
		return;
	if (due != USEC_NEVER) {
		usec_t us = usec_max(due, 1); /* zero would disarm it */

		at.it_value.tv_sec = (time_t)(us / USEC_PER_SEC);
		at.it_value.tv_nsec = (long)(us % USEC_PER_SEC) * 1000;
	}
	if (timerfd_settime(s->fd, TFD_TIMER_ABSTIME, &at, NULL) != 0)
		loop_die("timerfd_settime failed");
	s->armed = due;
}

void timers_arm(struct loop *l)
{
	set_arm(&l->timers[LOOP_URGENT]);
	set_arm(&l->timers[LOOP_QUEUED]);
}

static void on_urgent_wake(struct ev_loop *ev, ev_io *w, int revents)
{
	struct timer_set *s = w->data;

	(void)ev;
	(void)revents;
	s->armed = -1;
	timers_run_urgent(s->loop, mono_now());
}

static void on_queued_wake(struct ev_loop *ev, ev_io *w, int revents)
{
	struct timer_set *s = w->data;

	(void)ev;
	(void)revents;
	s->armed = -1; /* the pass itself posts what is due */
	s->rested = mono_now() + QUEUED_WAKE_EVERY;
}

static int set_open(struct loop *l, struct timer_set *s, void (*wake)(struct ev_loop *, ev_io *, int), int priority)
{
	s->loop = l;
	s->armed = USEC_NEVER;
	s->fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (s->fd < 0)
		return errno;
	ev_io_init(&s->wake, wake, s->fd, EV_READ);
	s->wake.data = s;
	ev_set_priority(&s->wake, priority);
	ev_io_start(l->ev, &s->wake);
	return 0;
}

int timers_open(struct loop *l)
{
	int err = set_open(l, &l->timers[LOOP_URGENT], on_urgent_wake, EV_MAXPRI);

	return err ? err : set_open(l, &l->timers[LOOP_QUEUED], on_queued_wake, 0);
}

void timers_close(struct loop *l)
{
	for (int i = 0; i < 2; i++) {
		struct timer_set *s = &l->timers[i];

		if (s->fd >= 0) {
			ev_io_stop(l->ev, &s->wake);
			close(s->fd);
		}
		free(s->heap);
	}
}
