/*
 * Queues of scripts (queue.h). Owns copies of commands until they are run.
 */
#include "config.h"

#include "core/notify/queue.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "core/base/log.h"
#include "core/base/text.h"

#define OBJECT_LEN 160
#define RETRY (100 * USEC_PER_MS) /* where too many scripts run */

struct waiting {
	struct script_spec spec; /* argv is ours: one block */
	struct waiting *next;
};

struct object {
	char name[OBJECT_LEN]; /* hashed */
	struct script_queues *all;
	struct waiting *first, *last; /* the first is the one that runs, if `run` */
	unsigned n;
	uint64_t run, left_out;
	UT_hash_handle hh;
};

struct script_queues {
	struct loop *loop;
	const struct script_runner *runner;
	struct object *objects;
	struct loop_timer retry;
	struct script_queues_stats stats;
	void (*idle)(void *user);
	void *user;
};

static void go_on(struct object *o);

/* ---- commands ---- */

static struct waiting *copy_spec(const struct script_spec *spec)
{
	size_t n = 0, bytes = 0;
	struct waiting *w;
	const char **argv;
	char *text;

	for (; spec->argv[n]; n++)
		bytes += strlen(spec->argv[n]) + 1;
	w = calloc(1, sizeof(*w) + (n + 1) * sizeof(*argv) + bytes);
	if (!w)
		return NULL;
	argv = (const char **)(w + 1);
	text = (char *)(argv + n + 1);
	w->spec = *spec;
	w->spec.argv = argv;
	for (size_t i = 0; i < n; i++) {
		size_t len = strlen(spec->argv[i]) + 1;

		memcpy(text, spec->argv[i], len);
		argv[i] = text;
		text += len;
	}
	return w;
}

static void drop_first(struct object *o)
{
	struct waiting *w = o->first;

	o->first = w->next;
	if (!o->first)
		o->last = NULL;
	o->n--;
	free(w);
}

static void free_object(struct object *o)
{
	HASH_DEL(o->all->objects, o);
	if (o->run)
		o->all->runner->cancel(o->all->runner->self, o->run);
	while (o->first)
		drop_first(o);
	free(o);
}

/* ---- running ---- */

static void say_end(struct object *o, const char *program, const struct script_end *end)
{
	o->all->stats.run++;
	if (end->outcome == SCRIPT_EXITED && end->code == 0)
		return;
	o->all->stats.failed++;
	if (end->outcome == SCRIPT_EXITED)
		log_warn("notify", "%s: %s exited with status %d", o->name, program, end->code);
	else if (end->outcome == SCRIPT_KILLED)
		log_warn("notify", "%s: %s was killed by signal %d", o->name, program, end->code);
	else if (end->outcome == SCRIPT_TIMED_OUT)
		log_warn("notify", "%s: %s did not end within %.1f s and was ended; what waited behind it is told now", o->name, program,
		         (double)end->took / 1e6);
	else
		log_err("notify", "%s: %s could not be run: %s", o->name, program, strerror(end->code));
}

static void tell_idle(struct script_queues *q)
{
	void (*idle)(void *user) = q->idle;

	if (q->objects || !idle)
		return;
	q->idle = NULL;
	idle(q->user);
}

static void has_ended(void *user, const struct script_end *end)
{
	struct object *o = user;
	struct script_queues *q = o->all;

	say_end(o, o->first->spec.argv[0], end);
	o->run = 0;
	drop_first(o);
	if (o->left_out > 0)
		log_warn("notify", "%s: %llu transitions were not told by a script, since the one before took too long", o->name,
		         (unsigned long long)o->left_out);
	o->left_out = 0;
	go_on(o);
	tell_idle(q);
}

/* Start the first that can be started; without one the object goes. */
static void go_on(struct object *o)
{
	struct script_queues *q = o->all;

	while (o->first && !o->run) {
		o->run = q->runner->start(q->runner->self, &o->first->spec, has_ended, o);
		if (o->run)
			return;
		if (errno == EAGAIN) {
			if (!loop_timer_active(&q->retry))
				loop_timer_set(q->loop, &q->retry, mono_now() + RETRY);
			return;
		}
		const struct script_end end = { .outcome = SCRIPT_NOT_RUN, .code = errno };

		say_end(o, o->first->spec.argv[0], &end);
		drop_first(o);
	}
	if (!o->first)
		free_object(o);
}

static void try_again(void *user)
{
	struct script_queues *q = user;
	struct object *o, *tmp;

	HASH_ITER(hh, q->objects, o, tmp)
		if (!o->run)
			go_on(o);
	tell_idle(q);
}

/* ---- the owner's calls ---- */

/* The oldest that does not run yet. */
static void leave_one_out(struct object *o)
{
	struct waiting *at = o->run ? o->first : NULL, *gone = at ? at->next : o->first;

	if (!gone)
		return;
	if (at)
		at->next = gone->next;
	else
		o->first = gone->next;
	if (o->last == gone)
		o->last = at;
	o->n--;
	o->left_out++;
	o->all->stats.left_out++;
	free(gone);
}

static struct object *find_object(struct script_queues *q, const char *name)
{
	char key[OBJECT_LEN];
	struct object *o;

	text_copy(key, sizeof(key), name);
	HASH_FIND_STR(q->objects, key, o);
	if (o)
		return o;
	o = calloc(1, sizeof(*o));
	if (!o)
		return NULL;
	text_copy(o->name, sizeof(o->name), name);
	o->all = q;
	HASH_ADD_STR(q->objects, name, o);
	return o;
}

void script_queues_push(struct script_queues *q, const char *object, const struct script_spec *spec)
{
	struct waiting *w = copy_spec(spec);
	struct object *o = w ? find_object(q, object) : NULL;

	if (!o) {
		free(w);
		log_err("notify", "%s: no memory to run a script", object);
		return;
	}
	if (o->n >= QUEUE_WAITING_MAX)
		leave_one_out(o);
	if (o->last)
		o->last->next = w;
	else
		o->first = w;
	o->last = w;
	o->n++;
	go_on(o);
}

void script_queues_when_idle(struct script_queues *q, void (*done)(void *user), void *user)
{
	q->idle = done;
	q->user = user;
	tell_idle(q);
}

void script_queues_get_stats(const struct script_queues *q, struct script_queues_stats *out)
{
	*out = q->stats;
	out->objects = HASH_COUNT(q->objects);
}

struct script_queues *script_queues_new(struct loop *l, const struct script_runner *runner)
{
	struct script_queues *q = calloc(1, sizeof(*q));

	if (!q)
		return NULL;
	q->loop = l;
	q->runner = runner;
	loop_timer_init(&q->retry, LOOP_QUEUED, try_again, q);
	return q;
}

void script_queues_free(struct script_queues *q)
{
	struct object *o, *tmp;

	if (!q)
		return;
	loop_timer_stop(q->loop, &q->retry);
	HASH_ITER(hh, q->objects, o, tmp)
		free_object(o);
	free(q);
}
