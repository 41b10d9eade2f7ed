/*
 * The queue between the loop and the kernel thread: a lock, a condition and four lists (see queue.h).
 */
#include "config.h"

#include "core/nl/queue.h"

#include <stddef.h>

#include "core/base/thread.h"

static void fifo_push(struct nl_fifo *f, struct nl_job *job)
{
	job->next = NULL;
	if (f->tail)
		f->tail->next = job;
	else
		f->head = job;
	f->tail = job;
}

static struct nl_job *fifo_pop(struct nl_fifo *f)
{
	struct nl_job *job = f->head;

	if (!job)
		return NULL;
	f->head = job->next;
	if (!f->head)
		f->tail = NULL;
	job->next = NULL;
	return job;
}

static struct nl_job *fifos_pop(struct nl_fifo f[2])
{
	struct nl_job *job = fifo_pop(&f[LOOP_URGENT]);

	return job ? job : fifo_pop(&f[LOOP_QUEUED]);
}

void nl_queue_init(struct nl_queue *q)
{
	*q = (struct nl_queue){ 0 };
	thread_mutex_init(&q->lock);
	pthread_cond_init(&q->wake, NULL);
}

void nl_queue_destroy(struct nl_queue *q)
{
	pthread_cond_destroy(&q->wake);
	pthread_mutex_destroy(&q->lock);
}

void nl_queue_push(struct nl_queue *q, struct nl_job *job)
{
	pthread_mutex_lock(&q->lock);
	fifo_push(&q->todo[job->cls], job);
	q->unfinished++;
	pthread_mutex_unlock(&q->lock);
	pthread_cond_signal(&q->wake);
}

struct nl_job *nl_queue_take(struct nl_queue *q)
{
	struct nl_job *job = NULL;

	pthread_mutex_lock(&q->lock);
	while (!q->closed && !(job = fifos_pop(q->todo)))
		pthread_cond_wait(&q->wake, &q->lock);
	q->running = job;
	pthread_mutex_unlock(&q->lock);
	return job;
}

void nl_queue_finish(struct nl_queue *q, struct nl_job *job)
{
	pthread_mutex_lock(&q->lock);
	fifo_push(&q->done[job->cls], job);
	q->running = NULL;
	q->unfinished--;
	pthread_mutex_unlock(&q->lock);
}

struct nl_job *nl_queue_collect(struct nl_queue *q, bool *more)
{
	struct nl_job *job;

	pthread_mutex_lock(&q->lock);
	job = fifos_pop(q->done);
	*more = q->done[LOOP_URGENT].head || q->done[LOOP_QUEUED].head;
	pthread_mutex_unlock(&q->lock);
	return job;
}

void nl_queue_close(struct nl_queue *q)
{
	pthread_mutex_lock(&q->lock);
	q->closed = true;
	pthread_mutex_unlock(&q->lock);
	pthread_cond_signal(&q->wake);
}

struct nl_job *nl_queue_drop(struct nl_queue *q)
{
	struct nl_job *job;

	pthread_mutex_lock(&q->lock);
	job = fifos_pop(q->done);
	if (!job)
		job = fifos_pop(q->todo);
	pthread_mutex_unlock(&q->lock);
	return job;
}

static usec_t job_submitted(const struct nl_job *job)
{
	return job ? job->submitted : USEC_NEVER;
}

unsigned nl_queue_unfinished(struct nl_queue *q, usec_t *oldest)
{
	unsigned n;

	pthread_mutex_lock(&q->lock);
	n = q->unfinished;
	*oldest = usec_min(job_submitted(q->running), usec_min(job_submitted(q->todo[LOOP_URGENT].head),
	                                                       job_submitted(q->todo[LOOP_QUEUED].head)));
	pthread_mutex_unlock(&q->lock);
	return n;
}
