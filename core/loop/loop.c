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
#include <sys/resource.h>
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

/* How often this thread has waited for anything, as the kernel counts. */
static long thread_waits(void)
{
	struct rusage used;

	return getrusage(RUSAGE_THREAD, &used) == 0 ? used.ru_nvcsw : 0;
}

/*
 * A real-time thread that computes for RLIMIT_RTTIME without once waiting loses its scheduling (core/privs.c). That is for what never
 * comes back to the loop, not for packets that a stranger sends as fast as they can be refused: under such a flood the loop waits
 * for an instant now and then, which is less than anything is late by.
 *
 * Only the kernel's count tells. The processor time that was used does not, since a host that takes the processor away from its guest
 * counts against the limit all the same; and a nap is no wait where its timer, slow to set on such a host, was over before the sleep.
 * So the next nap is longer; over the next deadline it only lasts where it was in vain for long, else a later pass begins again.
 */
static void breathe(struct loop *l, usec_t now)
{
	struct timespec nap = { .tv_nsec = BREATH_NS };
	long waits;

	if (now - l->breath_at < BREATH_EVERY)
		return;
	while ((waits = thread_waits()) == l->waits && nap.tv_nsec <= BREATH_NS_MAX) {
		if (nap.tv_nsec > BREATH_NS && now - l->breath_at < BREATH_LATEST &&
		    mono_now() + nap.tv_nsec / 1000 > timers_next_urgent(l))
			return;
		nanosleep(&nap, NULL);
		nap.tv_nsec *= 2;
	}
	l->breath_at = now;
	l->waits = waits;
}

void loop_run(struct loop *l)
{
	l->breath_at = mono_now();
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
