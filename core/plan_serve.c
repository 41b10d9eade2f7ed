/*
 * The daemon's side of --plan. A few clients at a time, each with a few seconds to ask; a worker does what a reload does up to
 * the point where that would begin to change something, and the loop sends the answer, which never waits.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "conf/load.h"
#include "core/base/log.h"
#include "core/plan.h"
#include "core/runtime.h"

#define CLIENTS_MAX 4
#define PATIENCE (5 * USEC_PER_SEC)

struct plan_client {
	struct plan_serve *serve; /* NULL: this place is free */
	int fd;
	struct loop_io io;
	struct loop_timer patience;
};

struct plan_serve {
	struct runtime *rt;
	struct loop_io io;
	int fd;
	struct plan_client clients[CLIENTS_MAX];
};

struct plan_job {
	struct loop_work work; /* first */
	struct plan_client *client;
	const struct conf *running;
	int question, answer;
};

static void client_close(struct plan_client *c)
{
	loop_timer_stop(c->serve->rt->loop, &c->patience);
	loop_io_stop(c->serve->rt->loop, &c->io);
	close(c->fd);
	c->serve = NULL;
}

/* ---- the answer ---- */

static void first_error(void *user, const struct diag_finding *f)
{
	char **first = user;

	if (f->severity == DIAG_ERROR && !*first && asprintf(first, "the daemon does not take this file: %s", f->text) < 0)
		*first = NULL;
}

static char *answer_to(const struct conf *running, const char *text, size_t len)
{
	const struct conf_options options = { .lenient = false };
	struct diag *diag = diag_new();
	const struct conf *c = conf_parse("plan", text, len, &options, diag);
	struct conf_diff *d = c ? conf_diff_make(running, c) : NULL;
	char *error = NULL, *answer;

	diag_visit(diag, first_error, &error);
	answer = plan_answer(d, d ? NULL : error ? error : "the daemon does not take this file");
	free(error);
	conf_diff_free(d);
	conf_free(c);
	diag_free(diag);
	return answer;
}

static void job_run(struct loop_work *w)
{
	struct plan_job *j = (struct plan_job *)w;
	size_t len;
	char *text = plan_unseal(j->question, &len);
	char *answer = text ? answer_to(j->running, text, len) : plan_answer(NULL, "the question is not understood");

	if (answer)
		j->answer = plan_seal(answer, strlen(answer));
	free(answer);
	free(text);
}

static void job_drop(struct loop_work *w)
{
	struct plan_job *j = (struct plan_job *)w;

	close(j->question);
	if (j->answer >= 0)
		close(j->answer);
	free(j);
}

static void job_done(struct loop_work *w)
{
	struct plan_job *j = (struct plan_job *)w;

	trees_read_end(j->client->serve->rt);
	if (j->answer >= 0)
		plan_send(j->client->fd, j->answer);
	client_close(j->client);
	job_drop(w);
}

static void job_start(struct plan_client *c, int question)
{
	struct plan_job *j = calloc(1, sizeof(*j));

	if (!j) {
		close(question);
		client_close(c);
		return;
	}
	loop_timer_stop(c->serve->rt->loop, &c->patience);
	loop_io_stop(c->serve->rt->loop, &c->io);
	j->work.run = job_run;
	j->work.done = job_done;
	j->work.drop = job_drop;
	j->client = c;
	j->running = trees_read(c->serve->rt);
	j->question = question;
	j->answer = -1;
	loop_work_submit(c->serve->rt->loop, &j->work);
}

/* ---- clients ---- */

static void on_client(void *user, unsigned events)
{
	struct plan_client *c = user;
	int question;

	(void)events;
	if (plan_receive(c->fd, &question))
		job_start(c, question);
	else if (errno != EAGAIN && errno != EINTR)
		client_close(c);
}

static void on_patience(void *user)
{
	client_close(user);
}

static struct plan_client *free_client(struct plan_serve *s)
{
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		if (!s->clients[i].serve)
			return &s->clients[i];
	return NULL;
}

static bool is_root(int fd)
{
	struct ucred who;
	socklen_t len = sizeof(who);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) != 0)
		return false;
	if (who.uid != 0)
		log_warn("conf", "uid %u asked for a plan: only root may", (unsigned)who.uid);
	return who.uid == 0;
}

static void on_listen(void *user, unsigned events)
{
	struct plan_serve *s = user;
	int fd = accept4(s->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	struct plan_client *c = free_client(s);

	(void)events;
	if (fd < 0)
		return;
	if (!c || !is_root(fd) || !s->rt->begun) {
		close(fd);
		return;
	}
	c->serve = s;
	c->fd = fd;
	loop_io_init(&c->io, LOOP_QUEUED, on_client, c);
	loop_timer_init(&c->patience, LOOP_QUEUED, on_patience, c);
	loop_io_set(s->rt->loop, &c->io, fd, LOOP_READ);
	loop_timer_set(s->rt->loop, &c->patience, mono_now() + PATIENCE);
}

struct plan_serve *plan_serve_new(struct runtime *rt, int fd)
{
	struct plan_serve *s = fd >= 0 ? calloc(1, sizeof(*s)) : NULL;

	if (!s)
		return NULL;
	s->rt = rt;
	s->fd = fd;
	loop_io_init(&s->io, LOOP_QUEUED, on_listen, s);
	loop_io_set(rt->loop, &s->io, fd, LOOP_READ);
	return s;
}

void plan_serve_free(struct plan_serve *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		if (s->clients[i].serve)
			client_close(&s->clients[i]);
	loop_io_stop(s->rt->loop, &s->io);
	free(s);
}
