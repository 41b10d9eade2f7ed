/*
 * The event loop itself: its making, its passes, its end; and the clocks.
 *
 * Owns struct loop. libev does the sleeping and catches signals; order among what is ready is ours (runq.c), since
 * libev would finish every ready callback before it looks at a deadline again.
 */
#include "config.h"

#include "core/loop/loop.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "core/base/log.h"
#include "core/loop/loop_priv.h"

static usec_t clock_read(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (usec_t)ts.tv_sec * USEC_PER_SEC + ts.tv_nsec / 1000;
}

usec_t mono_now(void)
{
	return clock_read(CLOCK_MONOTONIC);
}

usec_t boot_now(void)
{
	return clock_read(CLOCK_BOOTTIME);
}

int64_t wall_now(void)
{
	return clock_read(CLOCK_REALTIME);
}

void loop_die(const char *what)
{
	log_err("loop", "event loop: %s: giving up", what);
	log_close(USEC_PER_SEC);
	abort();
}

struct loop *loop_new(void)
{
	struct loop *l = calloc(1, sizeof(*l));
	int err;

	if (!l)
		return NULL;
	runq_init(l);
	l->ev = ev_loop_new(EVBACKEND_EPOLL | EVFLAG_NOENV | EVFLAG_NOINOTIFY);
	if (!l->ev) {
		err = errno ? errno : ENOMEM;
		free(l);
		errno = err;
		return NULL;
	}
	l->timers[LOOP_URGENT].fd = l->timers[LOOP_QUEUED].fd = -1;
	l->ios[LOOP_URGENT].epoll = l->ios[LOOP_QUEUED].epoll = -1;
	err = timers_open(l);
	if (!err)
		err = io_open(l);
	if (err) {
		loop_free(l);
		errno = err;
		return NULL;
	}
	return l;
}

void loop_free(struct loop *l)
{
	if (!l)
		return;
	workers_stop(l);
	signals_stop(l);
	io_close(l);
	timers_close(l);
	ev_loop_destroy(l->ev);
	free(l);
}

/*
 * A real-time thread that computes for RLIMIT_RTTIME without once waiting loses its scheduling (core/privs.c). That is for what never
 * comes back to the loop, not for packets that a stranger sends as fast as they can be refused: under such a flood the loop waits
 * for an instant now and then, which is less than anything is late by.
 */
static void breathe(struct loop *l, usec_t now)
{
	const struct timespec instant = { .tv_nsec = 20000 };

	if (now - l->breath_at < BREATH_EVERY)
		return;
	usec_t used = clock_read(CLOCK_THREAD_CPUTIME_ID);
	if (2 * (used - l->breath_used) > now - l->breath_at)
		nanosleep(&instant, NULL);
	l->breath_at = now;
	l->breath_used = used;
}

void loop_run(struct loop *l)
{
	while (!l->stopping) {
		timers_arm(l);
		ev_run(l->ev, runq_empty(l) ? EVRUN_ONCE : EVRUN_NOWAIT);
		usec_t now = mono_now();
		breathe(l, now);
		timers_post_due(l, now);
		runq_drain(l);
	}
	l->stopping = false;
}

void loop_stop(struct loop *l)
{
	l->stopping = true;
}

void loop_get_stats(const struct loop *l, struct loop_stats *out)
{
	*out = l->stats;
}
