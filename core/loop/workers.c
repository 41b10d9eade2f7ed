/*
 * Worker threads: what may take long, or touch a file, off the loop's thread.
 *
 * Owns the threads and two lists: work to do and work done. The mutex inherits priority and is held for a few
 * stores only; each done() is an item of its own on the run queue.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>

#include "core/base/thread.h"
#include "core/loop/loop_priv.h"

struct work_list {
	struct loop_work *first, **last;
};

struct workers {
	struct loop *loop;
	pthread_mutex_t mutex; /* the lists and `quit` */
	pthread_cond_t some;
	struct work_list todo, done;
	bool quit;
	struct loop_mailbox *bell;
	struct loop_item finish;
	unsigned n;
	pthread_t threads[];
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
static struct loop_work *wait_for_work(struct workers *ws)
{
	struct loop_work *w;

	pthread_mutex_lock(&ws->mutex);
	while (!ws->quit && !ws->todo.first)
		pthread_cond_wait(&ws->some, &ws->mutex);
	w = ws->quit ? NULL : list_take(&ws->todo);
	pthread_mutex_unlock(&ws->mutex);
	return w;
}

static void *worker_main(void *arg)
{
	struct workers *ws = arg;
	struct loop_work *w;

	while ((w = wait_for_work(ws))) {
		w->run(w);
		pthread_mutex_lock(&ws->mutex);
		list_add(&ws->done, w);
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
	pthread_cond_init(&ws->some, NULL);
	list_init(&ws->todo);
	list_init(&ws->done);
	loop_item_init(&ws->finish, finish_one, ws);
	l->workers = ws;
	while (ws->n < n && !err) {
		err = thread_create(&ws->threads[ws->n], "regent-worker", worker_main, ws);
		ws->n += err == 0;
	}
	if (err)
		workers_stop(l);
	return err;
}

void loop_work_submit(struct loop *l, struct loop_work *w)
{
	struct workers *ws = l->workers;

	pthread_mutex_lock(&ws->mutex);
	list_add(&ws->todo, w);
	pthread_mutex_unlock(&ws->mutex);
	pthread_cond_signal(&ws->some);
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
	pthread_cond_broadcast(&ws->some);
	for (unsigned i = 0; i < ws->n; i++)
		pthread_join(ws->threads[i], NULL);
	loop_mailbox_free(ws->bell);
	loop_item_cancel(l, &ws->finish);
	list_drop(&ws->todo);
	list_drop(&ws->done);
	pthread_cond_destroy(&ws->some);
	pthread_mutex_destroy(&ws->mutex);
	free(ws);
	l->workers = NULL;
}
