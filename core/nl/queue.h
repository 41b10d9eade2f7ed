/*
 * The jobs between the loop and the kernel thread: two classes to do, two classes done, first in first out in
 * each.
 *
 * Any function may be called from either side. The loop may run at a real-time priority and the kernel thread does
 * not, so the lock inherits priority and is held for a few stores only.
 */
#ifndef REGENT_NL_QUEUE_H
#define REGENT_NL_QUEUE_H

#include <pthread.h>

#include "core/nl/nl.h"

struct nl_fifo {
	struct nl_job *head, *tail;
};

struct nl_queue {
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct nl_fifo todo[2], done[2]; /* by enum loop_class */
	const struct nl_job *running;
	unsigned unfinished;
	bool closed;
};

void nl_queue_init(struct nl_queue *q);
/* Only when nobody waits in nl_queue_take(). */
void nl_queue_destroy(struct nl_queue *q);
void nl_queue_push(struct nl_queue *q, struct nl_job *job);
/* The next job to run, urgent ones first; waits for one. NULL: closed. */
struct nl_job *nl_queue_take(struct nl_queue *q);
/* The job that was taken has run. */
void nl_queue_finish(struct nl_queue *q, struct nl_job *job);
/* A job that has run, urgent ones first, or NULL; *more says whether another waits. */
struct nl_job *nl_queue_collect(struct nl_queue *q, bool *more);
/* From now on nl_queue_take() gives NULL. */
void nl_queue_close(struct nl_queue *q);
/* After nl_queue_close(): whatever was not collected, NULL at the end. */
struct nl_job *nl_queue_drop(struct nl_queue *q);
/* Jobs not finished, and when the oldest was submitted (USEC_NEVER: none). */
unsigned nl_queue_unfinished(struct nl_queue *q, usec_t *oldest);

#endif
