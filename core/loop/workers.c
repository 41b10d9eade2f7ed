/*
 * Worker threads: what may take long, or touch a file, off the loop's thread.
 *
 * Owns the threads and two lists: work to do and work done. The mutex inherits priority and is held for a few
 * stores only; each done() is an item of its own on the run queue.
 *
 * Work goes to the first thread that is idle: malloc() gives each thread memory of its own, and what takes much of it (a reload of a
 * large configuration) finds that of the last time.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>

#include "core/base/thread.h"
#include "core/loop/loop_priv.h"

struct work_list {
	struct loop_work *first, **last;
};

struct worker {
	struct workers *all;
	pthread_t thread;
	pthread_cond_t wanted;
	bool idle;
};

struct workers {
	struct loop *loop;
	pthread_mutex_t mutex; /* the lists, `idle` and `quit` */
	struct work_list todo, done;
	bool quit;
	struct loop_mailbox *bell;
	struct loop_item finish;
	unsigned n;
	struct worker threads[];
};

static void list_init(struct work_list *q)
{
	q->first = NULL;
	q->last = &q->first;
}

static void list_add(struct work_list *q, struct loop_work *w)
{
	w->next = NULL;
	*q->last = w;
	q->last = &w->next;
}

static struct loop_work *list_take(struct work_list *q)
{
	struct loop_work *w = q->first;

	if (w) {
		q->first = w->next;
		if (!q->first)
			q->last = &q->first;
	}
	return w;
}

/* NULL: the loop ends. */
static struct loop_work *wait_for_work(struct worker *self)
{
	struct workers *ws = self->all;
	struct loop_work *w;

	pthread_mutex_lock(&ws->mutex);
	while (!ws->quit && !ws->todo.first) {
		self->idle = true;
		pthread_cond_wait(&self->wanted, &ws->mutex);
	}
	self->idle = false;
	w = ws->quit ? NULL : list_take(&ws->todo);
	pthread_mutex_unlock(&ws->mutex);
	return w;
}

static void *worker_main(void *arg)
{
	struct worker *self = arg;
	struct workers *ws = self->all;
	struct loop_work *w;

	while ((w = wait_for_work(self))) {
		w->run(w);
		pthread_mutex_lock(&ws->mutex);
		list_add(&ws->done, w);
		self->idle = !ws->todo.first; /* before the loop hears of it: what it submits then comes here */
		pthread_mutex_unlock(&ws->mutex);
		loop_mailbox_ring(ws->bell);
	}
	return NULL;
}

static void finish_one(void *user)
{
	struct workers *ws = user;
	struct loop_work *w;
	bool more;

	pthread_mutex_lock(&ws->mutex);
	w = list_take(&ws->done);
	more = ws->done.first != NULL;
	pthread_mutex_unlock(&ws->mutex);
	if (more)
		loop_item_post(ws->loop, &ws->finish);
	if (w)
		w->done(w);
}

static void on_bell(void *user)
{
	struct workers *ws = user;

	loop_item_post(ws->loop, &ws->finish);
}

int loop_workers_start(struct loop *l, unsigned n)
{
	struct workers *ws;
	int err = 0;

	if (l->workers)
		return EALREADY;
	ws = calloc(1, sizeof(*ws) + n * sizeof(ws->threads[0]));
	if (!ws)
		return ENOMEM;
	ws->bell = loop_mailbox_new(l, LOOP_QUEUED, on_bell, ws);
	if (!ws->bell) {
		err = errno;
		free(ws);
		return err;
	}
	ws->loop = l;
	thread_mutex_init(&ws->mutex);
	list_init(&ws->todo);
	list_init(&ws->done);
	loop_item_init(&ws->finish, finish_one, ws);
	l->workers = ws;
	while (ws->n < n && !err) {
		struct worker *w = &ws->threads[ws->n];

		w->all = ws;
		pthread_cond_init(&w->wanted, NULL);
		err = thread_create(&w->thread, "regent-worker", worker_main, w);
		ws->n += err == 0;
	}
	if (err)
		workers_stop(l);
	return err;
}

/* One that is called is no longer idle, though it has not looked yet: the next work calls another. NULL: all are at work, and look at
 * the list when they have done it. */
static struct worker *call_one(struct workers *ws)
{
	for (unsigned i = 0; i < ws->n; i++) {
		if (!ws->threads[i].idle)
			continue;
		ws->threads[i].idle = false;
		return &ws->threads[i];
	}
	return NULL;
}

void loop_work_submit(struct loop *l, struct loop_work *w)
{
	struct workers *ws = l->workers;
	struct worker *called;

	pthread_mutex_lock(&ws->mutex);
	list_add(&ws->todo, w);
	called = call_one(ws);
	pthread_mutex_unlock(&ws->mutex);
	if (called)
		pthread_cond_signal(&called->wanted);
}

static void list_drop(struct work_list *q)
{
	struct loop_work *w;

	while ((w = list_take(q)))
		if (w->drop)
			w->drop(w);
}

void workers_stop(struct loop *l)
{
	struct workers *ws = l->workers;

	if (!ws)
		return;
	pthread_mutex_lock(&ws->mutex);
	ws->quit = true;
	pthread_mutex_unlock(&ws->mutex);
	for (unsigned i = 0; i < ws->n; i++)
		pthread_cond_signal(&ws->threads[i].wanted);
	for (unsigned i = 0; i < ws->n; i++) {
		pthread_join(ws->threads[i].thread, NULL);
		pthread_cond_destroy(&ws->threads[i].wanted);
	}
	loop_mailbox_free(ws->bell);
	loop_item_cancel(l, &ws->finish);
	list_drop(&ws->todo);
	list_drop(&ws->done);
	pthread_mutex_destroy(&ws->mutex);
	free(ws);
	l->workers = NULL;
}
