/*
 * Restarting in place (restart.h): the steps, one after another, each of which may fail and leaves everything as it was.
 */
#include "config.h"

#include "core/restart.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/log.h"
#include "core/base/text.h"
#include "core/bfds.h"
#include "core/handover.h"
#include "core/runtime.h"
#include "core/sdnotify.h"

#define PATIENCE (5 * USEC_PER_SEC)
#define AGENT_PATIENCE (3 * USEC_PER_SEC)
#define LOOK_EVERY (10 * USEC_PER_MS)

enum restart_step { RESTART_IDLE, RESTART_PROGRAM, RESTART_CHECK, RESTART_HELPER, RESTART_AGENT };

struct restart {
	struct runtime *rt;
	char *const *argv;
	int fd;
	struct loop_io io, client_io;
	struct loop_timer timer;
	int client;             /* -1: nobody asks */
	enum restart_step step;
	struct helper_client answers;
	uint32_t id;            /* of the request to the helper */
	int program;            /* -1 */
	int ends[2];            /* ours, to the successor of the helper; -1 */
	usec_t since;
	struct restart_job *job;
};

struct restart_job {
	struct loop_work work; /* first */
	struct restart *r;     /* NULL: it has gone */
	struct helper *helper;
	int program;
	char *const *argv;
	bool able;
	char *form;
	char text[RESTART_TEXT];
};

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void forget_client(struct restart *r)
{
	loop_io_stop(r->rt->loop, &r->client_io);
	close_fd(&r->client);
}

static void answer(struct restart *r, const char *text)
{
	if (r->client >= 0)
		(void)!send(r->client, text, strlen(text), MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void give_up(struct restart *r, const char *why)
{
	log_err("main", "no restart: %s; this program goes on as it was", why);
	answer(r, why);
	forget_client(r);
	loop_timer_stop(r->rt->loop, &r->timer);
	close_fd(&r->program);
	close_fd(&r->ends[0]);
	close_fd(&r->ends[1]);
	r->step = RESTART_IDLE;
}

/* ---- the last step ---- */

static void take_over(struct restart *r)
{
	struct runtime *rt = r->rt;
	struct handover h = { .helper_fd = r->ends[0], .wait_fd = r->ends[1], .lock_fd = rt->dirs->lock_fd,
		.pid_fd = rt->dirs->pid_fd, .control_fd = rt->dirs->control_fd, .plan_fd = rt->dirs->plan_fd,
		.restart_fd = rt->dirs->restart_fd, .state_fd = state_fd(rt->state) };
	char state[64], why[128];
	int err;

	bfds_keep(rt);
	snprintf(state, sizeof(state), "RELOADING=1\nMONOTONIC_USEC=%lld", (long long)mono_now());
	sdnotify(state);
	err = handover_exec(&h, r->program, r->argv);
	sdnotify("READY=1");
	snprintf(why, sizeof(why), "the program cannot be executed: %s", strerror(err));
	give_up(r, why);
	agent_proc_resume(rt->proc);
}

/* What operators set is on the disk, and the agent is gone: snmpd does not take two of them. */
static void look_whether_ready(void *user)
{
	struct restart *r = user;
	bool ready = overrides_written(r->rt->overrides) && agent_proc_is_gone(r->rt->proc);

	if (ready || mono_now() - r->since > AGENT_PATIENCE)
		take_over(r);
	else
		loop_timer_set(r->rt->loop, &r->timer, mono_now() + LOOK_EVERY);
}

static void end_agent(struct restart *r)
{
	r->step = RESTART_AGENT;
	r->since = mono_now();
	loop_timer_stop(r->rt->loop, &r->rt->agent_start); /* one that still waits for its first start */
	agent_proc_pause(r->rt->proc);
	loop_timer_init(&r->timer, LOOP_QUEUED, look_whether_ready, r);
	loop_timer_set(r->rt->loop, &r->timer, mono_now() + LOOK_EVERY);
}

/* ---- the steps before ---- */

static bool ask_helper(struct restart *r, enum helper_op op, const int *fds, size_t n_fds)
{
	struct helper_request q;

	memset(&q, 0, sizeof(q));
	q.op = op;
	q.id = r->id = helper_port_id(r->rt->helper_port);
	return helper_request(r->rt->helper, &q, fds, n_fds);
}

static void renew_helper(struct restart *r)
{
	int loop_pair[2] = { -1, -1 }, wait_pair[2] = { -1, -1 };
	bool asked = false;

	r->step = RESTART_HELPER;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, loop_pair) == 0 &&
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, wait_pair) == 0 && fcntl(loop_pair[0], F_SETFL, O_NONBLOCK) == 0) {
		const int theirs[2] = { loop_pair[1], wait_pair[1] };

		asked = ask_helper(r, HELPER_RENEW, theirs, 2);
	}
	r->ends[0] = loop_pair[0];
	r->ends[1] = wait_pair[0];
	close_fd(&loop_pair[1]);
	close_fd(&wait_pair[1]);
	if (!asked)
		give_up(r, "the root helper cannot be asked for its successor");
}

static void check_run(struct loop_work *w)
{
	struct restart_job *j = (struct restart_job *)w;

	j->able = restart_ask_program(j->helper, j->program, j->form, j->argv, j->text, sizeof(j->text));
}

static void check_drop(struct loop_work *w)
{
	struct restart_job *j = (struct restart_job *)w;

	free(j->form);
	free(j);
}

static void check_done(struct loop_work *w)
{
	struct restart_job *j = (struct restart_job *)w;
	struct restart *r = j->r;

	if (r) {
		r->job = NULL;
		scripts_conf_read(r->rt->script_runs, false); /* what the child read is not in force */
		if (j->able) {
			log_notice("main", "Restarting in place: version %s takes over from version %s", j->text, PACKAGE_VERSION);
			renew_helper(r);
		} else {
			give_up(r, j->text);
		}
	}
	check_drop(w);
}

static void check_program(struct restart *r)
{
	struct restart_job *j = calloc(1, sizeof(*j));

	if (!j || !(j->form = restart_form(&r->rt->conf->global))) {
		free(j);
		give_up(r, "no memory");
		return;
	}
	r->step = RESTART_CHECK;
	j->work = (struct loop_work){ .run = check_run, .done = check_done, .drop = check_drop };
	j->r = r;
	j->helper = r->rt->helper;
	j->program = r->program;
	j->argv = r->argv;
	r->job = j;
	loop_work_submit(r->rt->loop, &j->work);
}

static void take_answer(void *user, const struct helper_answer *a, int fd)
{
	struct restart *r = user;
	char why[128];

	if (a->id == r->id && a->err == 0 && a->op == HELPER_PROGRAM && r->step == RESTART_PROGRAM) {
		r->program = fd;
		check_program(r);
		return;
	}
	if (fd >= 0)
		close(fd);
	if (a->id != r->id || (r->step != RESTART_PROGRAM && r->step != RESTART_HELPER))
		return;
	if (a->err) {
		snprintf(why, sizeof(why), "the root helper cannot find or start the program: %s", strerror(a->err));
		give_up(r, why);
		return;
	}
	answer(r, RESTART_YES "the new program takes over");
	end_agent(r);
}

static void begin(struct restart *r)
{
	if (!r->rt->begun || r->rt->stop_wanted || r->rt->reloading || r->rt->apply) {
		give_up(r, "the daemon is starting, stopping or reading its configuration; try again");
		return;
	}
	log_notice("main", "A restart was asked for: asking the program on the disk whether it can take over");
	r->step = RESTART_PROGRAM;
	if (!ask_helper(r, HELPER_PROGRAM, NULL, 0))
		give_up(r, "the root helper cannot be asked");
}

/* ---- who asks ---- */

static bool is_root(int fd)
{
	struct ucred who;
	socklen_t len = sizeof(who);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) == 0 && who.uid == 0;
}

static void on_client(void *user, unsigned events)
{
	struct restart *r = user;
	char text[sizeof(RESTART_ASK)];
	ssize_t n = recv(r->client, text, sizeof(text), MSG_DONTWAIT);

	(void)events;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	loop_io_stop(r->rt->loop, &r->client_io);
	loop_timer_stop(r->rt->loop, &r->timer);
	if (n == (ssize_t)sizeof(RESTART_ASK) - 1 && memcmp(text, RESTART_ASK, (size_t)n) == 0)
		begin(r);
	else
		forget_client(r);
}

static void on_patience(void *user)
{
	forget_client(user);
}

static void on_listen(void *user, unsigned events)
{
	struct restart *r = user;
	int fd = accept4(r->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	(void)events;
	if (fd < 0)
		return;
	if (r->client >= 0 || r->step != RESTART_IDLE || !is_root(fd)) {
		close(fd);
		return;
	}
	r->client = fd;
	loop_timer_init(&r->timer, LOOP_QUEUED, on_patience, r);
	loop_timer_set(r->rt->loop, &r->timer, mono_now() + PATIENCE);
	loop_io_set(r->rt->loop, &r->client_io, fd, LOOP_READ);
}

struct restart *restart_new(struct runtime *rt, int fd, char *const *argv)
{
	struct restart *r = fd >= 0 ? calloc(1, sizeof(*r)) : NULL;

	if (!r)
		return NULL;
	r->rt = rt;
	r->fd = fd;
	r->argv = argv;
	r->client = r->program = r->ends[0] = r->ends[1] = -1;
	r->answers = (struct helper_client){ .answer = take_answer, .user = r };
	helper_port_attach(rt->helper_port, HELPER_PROGRAM, &r->answers);
	helper_port_attach(rt->helper_port, HELPER_RENEW, &r->answers);
	loop_timer_init(&r->timer, LOOP_QUEUED, on_patience, r);
	loop_io_init(&r->client_io, LOOP_QUEUED, on_client, r);
	loop_io_init(&r->io, LOOP_QUEUED, on_listen, r);
	loop_io_set(rt->loop, &r->io, fd, LOOP_READ);
	return r;
}

void restart_free(struct restart *r)
{
	if (!r)
		return;
	if (r->job)
		r->job->r = NULL;
	helper_port_attach(r->rt->helper_port, HELPER_PROGRAM, NULL);
	helper_port_attach(r->rt->helper_port, HELPER_RENEW, NULL);
	forget_client(r);
	loop_timer_stop(r->rt->loop, &r->timer);
	loop_io_stop(r->rt->loop, &r->io);
	close_fd(&r->program);
	close_fd(&r->ends[0]);
	close_fd(&r->ends[1]);
	free(r);
}
