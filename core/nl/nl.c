/*
 * The kernel thread: takes jobs from the queue, runs them, and rings the loop.
 *
 * It blocks every signal (they are the loop's), carries no real-time class and keeps off the loop's processor (a slow
 * kernel must not take it from the adverts), and owns the request sockets. Results are handed out one done() per item of the run
 * queue, whatever their number, so that a burst of them holds up no advert.
 */
#include "config.h"

#include "core/nl/nl.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/base/thread.h"
#include "core/nl/ctx.h"
#include "core/nl/place.h"
#include "core/nl/queue.h"

struct nl {
	struct loop *loop;
	struct loop_mailbox *mail;
	struct loop_item deliver; /* more results wait */
	struct nl_queue *queue;
	struct nl_ctx ctx; /* the thread's, as is `place` */
	struct nl_place place;
	_Atomic int loop_cpu; /* where the loop was last seen */
	struct nl_buffer route, ipvs;
	pthread_t thread;
};

static void *nl_thread(void *arg)
{
	struct nl *nl = arg;
	struct nl_job *job;

	while ((job = nl_queue_take(nl->queue))) {
		job->run(&nl->ctx, job);
		job->finished = mono_now();
		nl_queue_finish(nl->queue, job);
		loop_mailbox_ring(nl->mail);
		nl_place_look(&nl->place, atomic_load(&nl->loop_cpu)); /* not before the first: that has haste */
	}
	return NULL;
}

/* done() comes last: it may stop the room. */
static void nl_deliver(void *user)
{
	struct nl *nl = user;
	bool more;
	struct nl_job *job = nl_queue_collect(nl->queue, &more);

	atomic_store(&nl->loop_cpu, sched_getcpu());
	if (more)
		loop_item_post(nl->loop, &nl->deliver);
	if (job && job->done)
		job->done(job);
}

/* All that the thread needs, in order; undoes its own half-made work. */
static int nl_prepare(struct nl *nl, const struct nl_opener *ipvs)
{
	int err = nl_ctx_init(&nl->ctx, ipvs);

	if (err)
		return err;
	nl->mail = loop_mailbox_new(nl->loop, LOOP_QUEUED, nl_deliver, nl);
	if (!nl->mail) {
		err = errno ? errno : ENOMEM;
		nl_ctx_fini(&nl->ctx);
		return err;
	}
	nl_queue_init(nl->queue);
	err = thread_create(&nl->thread, "regent-kernel", nl_thread, nl);
	if (!err)
		return 0;
	nl_queue_destroy(nl->queue);
	loop_mailbox_free(nl->mail);
	nl_ctx_fini(&nl->ctx);
	return err;
}

struct nl *nl_start(struct loop *l)
{
	return nl_start_with(l, NULL);
}

struct nl *nl_start_with(struct loop *l, const struct nl_opener *ipvs)
{
	struct nl *nl = calloc(1, sizeof(*nl));
	struct nl_queue *queue = calloc(1, sizeof(*queue));
	int err = ENOMEM;

	if (nl && queue) {
		nl->loop = l;
		nl->queue = queue;
		nl->place = (struct nl_place){ .loop = gettid(), .avoided = -1 };
		nl->loop_cpu = -1;
		loop_item_init(&nl->deliver, nl_deliver, nl);
		err = nl_prepare(nl, ipvs);
	}
	if (!err)
		return nl;
	free(queue);
	free(nl);
	errno = err;
	return NULL;
}

static void nl_clear(struct nl *nl)
{
	struct nl_job *job;

	loop_mailbox_free(nl->mail);
	loop_item_cancel(nl->loop, &nl->deliver);
	while ((job = nl_queue_drop(nl->queue))) {
		if (job->drop)
			job->drop(job);
	}
	nl_queue_destroy(nl->queue);
	nl_ctx_fini(&nl->ctx);
	free(nl->queue);
	free(nl);
}

void nl_stop(struct nl *nl)
{
	if (!nl)
		return;
	nl_queue_close(nl->queue);
	pthread_join(nl->thread, NULL);
	nl_clear(nl);
}

bool nl_stop_within(struct nl *nl, usec_t patience)
{
	usec_t until = mono_now() + patience;
	const struct timespec at = { .tv_sec = until / USEC_PER_SEC, .tv_nsec = (until % USEC_PER_SEC) * 1000 };

	if (!nl)
		return true;
	nl_queue_close(nl->queue);
	if (pthread_clockjoin_np(nl->thread, NULL, CLOCK_MONOTONIC, &at) != 0)
		return false;
	nl_clear(nl);
	return true;
}

void nl_submit(struct nl *nl, struct nl_job *job)
{
	job->submitted = mono_now();
	job->finished = 0;
	atomic_store(&nl->loop_cpu, sched_getcpu());
	nl_queue_push(nl->queue, job);
}

struct buffer_job {
	struct nl_job job; /* first */
	struct nl_buffer route, ipvs;
};

static void buffers_run(struct nl_ctx *ctx, struct nl_job *job)
{
	struct buffer_job *b = (struct buffer_job *)job;

	nl_sock_set_buffer(&ctx->route, &b->route);
	nl_sock_set_buffer(&ctx->genl, &b->ipvs);
}

static void buffers_done(struct nl_job *job)
{
	free(job);
}

void nl_set_buffers(struct nl *nl, const struct nl_buffer *route, const struct nl_buffer *ipvs)
{
	struct buffer_job *b;

	if (nl_buffer_same(route, &nl->route) && nl_buffer_same(ipvs, &nl->ipvs))
		return;
	b = calloc(1, sizeof(*b));
	if (!b)
		return; /* what is there serves */
	nl->route = *route;
	nl->ipvs = *ipvs;
	b->job.run = buffers_run;
	b->job.done = b->job.drop = buffers_done;
	b->job.cls = LOOP_QUEUED;
	b->route = *route;
	b->ipvs = *ipvs;
	nl_submit(nl, &b->job);
}

unsigned nl_backlog(const struct nl *nl, usec_t now, usec_t *oldest)
{
	usec_t since;
	unsigned n = nl_queue_unfinished(nl->queue, &since);

	if (oldest)
		*oldest = since < now ? now - since : 0;
	return n;
}

struct loop *nl_loop(const struct nl *nl)
{
	return nl->loop;
}
