/*
 * The inside of the loop, shared by the files of this room only.
 *
 * One pass of the loop: arm the timer descriptors, ask libev once (it sleeps only while the run queue is empty), let
 * libev's callbacks run urgent work and post the rest, then drain the run queue for at most a millisecond.
 */
#ifndef REGENT_LOOP_LOOP_PRIV_H
#define REGENT_LOOP_LOOP_PRIV_H

#include <ev.h>
#include <sys/epoll.h>

#include "core/loop/loop.h"

/* A drain of the run queue ends after this, so that libev is asked again. */
#define RUNQ_SLICE USEC_PER_MS
/* Between two items urgent descriptors are asked no more often than this. */
#define URGENT_POLL_EVERY ((usec_t)100)
/* For queued timers the loop does not wake up more often: those that are due close together are served in one pass. */
#define QUEUED_WAKE_EVERY ((usec_t)500)
/* A loop that is always busy lets go of the processor this often: less than any RLIMIT_RTTIME of use. */
#define BREATH_EVERY (4 * USEC_PER_MS)
/* After so long it does so whatever is due. */
#define BREATH_LATEST (100 * USEC_PER_MS)
/* For so long at first, and no longer than that, ns. */
#define BREATH_NS 20000
#define BREATH_NS_MAX 640000
/* An item should not take longer. */
#define ITEM_MAX ((usec_t)500)
/* So many ready descriptors of a class are taken by one look at them. */
#define IO_EVENTS 128

/* Timers of one class: a binary heap by deadline, and the timerfd that wakes the loop for the first of them. */
struct timer_set {
	struct loop *loop;
	struct loop_timer **heap;
	size_t n, cap;
	int fd;
	usec_t rested; /* it is not set to anything earlier */
	usec_t armed; /* what fd was set to; USEC_NEVER: disarmed; -1: it fired, so it must be set again */
	ev_io wake;
};

/* Descriptors of one class: an epoll set of their own, so that urgent ones can be asked for without the others. */
struct io_set {
	struct loop *loop;
	int epoll;
	ev_io wake;
	unsigned n; /* watched */
};

struct io_watch;
struct workers;
struct signal_watch;

struct loop {
	struct ev_loop *ev;
	bool stopping;
	struct loop_item runq; /* head of a ring */
	struct timer_set timers[2]; /* by enum loop_class */

	struct io_set ios[2];       /* by enum loop_class */
	struct io_watch **watches;  /* by descriptor */
	size_t n_watches;
	uint32_t last_turn;
	usec_t urgent_polled;       /* when urgent descriptors were last asked */
	usec_t breath_at;           /* when it was last looked whether the loop is always busy */
	long waits;                 /* how often the thread had waited by then, as the kernel counts */
	struct workers *workers;
	struct signal_watch *signals;
	struct loop_stats stats;
};

/* The loop cannot go on (no memory to keep a deadline): says so and aborts, for the service manager to restart us. */
_Noreturn void loop_die(const char *what);

/* runq.c */
void runq_init(struct loop *l);
bool runq_empty(const struct loop *l);
void runq_drain(struct loop *l);

/* timers.c */
int timers_open(struct loop *l);
void timers_close(struct loop *l);
void timers_arm(struct loop *l);
/* Run urgent timers that are due at `now`. True where there was one. */
bool timers_run_urgent(struct loop *l, usec_t now);
/* When the next of them is due. */
usec_t timers_next_urgent(const struct loop *l);
/* Post queued timers that are due, a bounded number. */
void timers_post_due(struct loop *l, usec_t now);

/* io.c */
int io_open(struct loop *l);
void io_close(struct loop *l);
/* Serve urgent descriptors that are ready, without waiting. */
void io_run_urgent(struct loop *l);

/* workers.c, signals.c */
void workers_stop(struct loop *l);
void signals_stop(struct loop *l);

#endif
