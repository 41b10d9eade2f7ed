/*
 * The event loop: the only room that knows libev, clocks and epoll.
 *
 * Two classes of work:
 *   URGENT  VRRP timers and receive, BFD. Runs as soon as it is due; its timers share one absolute timerfd.
 *   QUEUED  everything else. Readiness only puts an item on the run queue; items run one at a time, and between two of
 *           them due urgent work goes first. A drain lasts at most 1 ms, then the loop looks at everything again.
 *           An item must not take over 0.5 ms; the longest is measured.
 *
 * All objects below are embedded in their owner's structs, are inactive when initialised, and must be stopped before
 * they are freed. Callbacks may stop, restart or free any object, their own included. Single-threaded but for
 * loop_work_submit's run() and loop_mailbox_ring().
 */
#ifndef REGENT_LOOP_LOOP_H
#define REGENT_LOOP_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/late.h"
#include "core/base/mono.h"

struct loop;

enum loop_class { LOOP_URGENT, LOOP_QUEUED };

struct loop *loop_new(void); /* NULL: errno says why */
/* Waits for work that runs now; work not yet done is dropped (its done() is not called). */
void loop_free(struct loop *l);
/* Run until loop_stop(), which ends the pass after the callback that calls it. */
void loop_run(struct loop *l);
void loop_stop(struct loop *l);

/* CLOCK_MONOTONIC now, read afresh. */
usec_t mono_now(void);
/* CLOCK_BOOTTIME now: goes on through suspend; for the state page. */
usec_t boot_now(void);
/* Microseconds since 1970, for rows and log lines only; never in a timer. */
int64_t wall_now(void);

/* ---- deferred items on the run queue ---- */
struct loop_item {
	void (*fn)(void *user);
	void *user;
	struct loop_item *next, *prev; /* the loop's own, as is `queued` */
	bool queued;
};
void loop_item_init(struct loop_item *it, void (*fn)(void *user), void *user);
/* Queue once; already queued = no change. Long work re-posts itself in slices. */
void loop_item_post(struct loop *l, struct loop_item *it);
void loop_item_cancel(struct loop *l, struct loop_item *it);

/* ---- timers ---- */
struct loop_timer {
	void (*fn)(void *user);
	void *user;
	usec_t due; /* USEC_NEVER: inactive */
	enum loop_class cls;
	size_t heap_at; /* the loop's own, as all below */
	usec_t late_from;
	struct loop_item item;
};
void loop_timer_init(struct loop_timer *t, enum loop_class cls, void (*fn)(void *user), void *user);
/* Absolute deadline on CLOCK_MONOTONIC; in the past = as soon as possible; USEC_NEVER = stop. Re-arms. */
void loop_timer_set(struct loop *l, struct loop_timer *t, usec_t due);
void loop_timer_stop(struct loop *l, struct loop_timer *t);
static inline bool loop_timer_active(const struct loop_timer *t)
{
	return t->due != USEC_NEVER;
}
/* When the one that is being served was due. */
static inline usec_t loop_timer_was_due(const struct loop_timer *t)
{
	return t->late_from;
}

/* ---- descriptors ---- */
/* FAULT comes beside the others and is not asked for: an error, or both directions are shut. */
enum { LOOP_READ = 1, LOOP_WRITE = 2, LOOP_FAULT = 4 };
struct loop_io {
	void (*fn)(void *user, unsigned events);
	void *user;
	int fd;
	unsigned want;
	enum loop_class cls;
	void *priv; /* the loop's own */
};
void loop_io_init(struct loop_io *io, enum loop_class cls, void (*fn)(void *user, unsigned events), void *user);
/* Watch `fd` (non-blocking, owned by the caller) for `want`; replaces what was watched. want 0 = stop. */
void loop_io_set(struct loop *l, struct loop_io *io, int fd, unsigned want);
/* Before close(fd). */
void loop_io_stop(struct loop *l, struct loop_io *io);
/* Both at once, cheaper, where nobody else holds the descriptor; watched or not. */
void loop_io_close(struct loop *l, struct loop_io *io, int fd);

/* ---- signals, as queued items ---- */
int loop_signal(struct loop *l, int signo, void (*fn)(void *user), void *user);

/* ---- workers: what may take longer than 0.5 ms or touch a file ---- */
struct loop_work {
	void (*run)(struct loop_work *w);  /* on a worker thread; no loop calls but mono_now() */
	void (*done)(struct loop_work *w); /* on the loop, as a queued item; may free w */
	void (*drop)(struct loop_work *w); /* instead of done() where the loop ends first, run() or not; may free w; NULL: none */
	struct loop_work *next;
};
/* Start `n` worker threads; they carry no real-time class. 0 or a positive errno. */
int loop_workers_start(struct loop *l, unsigned n);
void loop_work_submit(struct loop *l, struct loop_work *w);

/* ---- mailbox: another thread wakes the loop ---- */
struct loop_mailbox;
struct loop_mailbox *loop_mailbox_new(struct loop *l, enum loop_class cls, void (*fn)(void *user), void *user);
void loop_mailbox_ring(struct loop_mailbox *m); /* any thread; rings coalesce */
/* Not before the last loop_mailbox_ring() has returned: join its thread first. */
void loop_mailbox_free(struct loop_mailbox *m);

/* ---- doubt about time ---- */
enum loop_doubt { LOOP_NO_DOUBT, LOOP_STEPPED, LOOP_SLEPT }; /* the wall clock was set; the host was suspended */
struct loop_clocks;
/* `stepped`: how far the wall clock was set. NULL: errno. */
struct loop_clocks *loop_clocks_new(struct loop *l, void (*fn)(void *user, enum loop_doubt why, int64_t stepped), void *user);
/* Now, before what is due by the wall clock is done. NULL is fine. */
void loop_clocks_look(struct loop_clocks *c);
void loop_clocks_free(struct loop_clocks *c);
/* What it means that CLOCK_BOOTTIME moved so far against CLOCK_MONOTONIC, and the wall clock against CLOCK_BOOTTIME. Pure. */
enum loop_doubt loop_clocks_compare(usec_t boot_moved, int64_t wall_moved);

/* ---- self-measurement ---- */
struct loop_stats {
	struct late urgent_late; /* of urgent timers */
	uint64_t urgent_fired;
	usec_t item_longest;
	uint64_t items_run;
	uint64_t items_over; /* items that took over 0.5 ms */
};
void loop_get_stats(const struct loop *l, struct loop_stats *out);

#endif
