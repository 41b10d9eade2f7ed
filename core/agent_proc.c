/*
 * Starting the agent, again and again. One agent at a time: a new one is started only after the helper has told that the old
 * one is gone, since snmpd refuses a second registration of the same objects and net-snmp never tries that again.
 */
#include "config.h"

#include "core/agent_proc.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/log.h"
#include "core/base/text.h"

#define BACKOFF_MIN (100 * USEC_PER_MS)
#define BACKOFF_MAX (10 * USEC_PER_SEC)
#define STEADY (30 * USEC_PER_SEC) /* lived this long: the next start is quick again */

enum proc_state { PROC_WAITING, PROC_STARTING, PROC_RUNNING, PROC_ENDING };

struct agent_proc {
	struct loop *loop;
	struct helper_port *port;
	struct helper *helper;
	struct helper_client client;
	struct agent_link *link;
	struct loop_timer timer;
	enum proc_state state;
	bool paused;
	usec_t backoff, started;
	int control_fd;
	int our_end; /* of the pair, until the helper has started the agent */
	uint32_t snmpd_id;
	char agentx[HELPER_PATH];
	const char *program; /* for the log */
	int told;            /* the error that the log already has */
};

static void proc_retry(struct agent_proc *p)
{
	if (p->started != 0 && mono_now() - p->started > STEADY)
		p->backoff = BACKOFF_MIN;
	p->state = PROC_WAITING;
	p->started = 0;
	if (p->paused)
		return;
	loop_timer_set(p->loop, &p->timer, mono_now() + p->backoff);
	p->backoff = usec_min(p->backoff * 2, BACKOFF_MAX);
}

static void proc_start(void *user)
{
	struct agent_proc *p = user;
	struct helper_request r;
	int pair[2];

	memset(&r, 0, sizeof(r));
	r.op = HELPER_AGENT;
	r.id = helper_port_id(p->port);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) != 0) {
		log_err("main", "socketpair for the agent: %s", strerror(errno));
		proc_retry(p);
		return;
	}
	int fds[2] = { pair[1], p->control_fd };

	if (helper_request(p->helper, &r, fds, 2)) {
		p->our_end = pair[0];
		p->state = PROC_STARTING;
	} else {
		close(pair[0]);
		proc_retry(p);
	}
	close(pair[1]);
}

static void drop_our_end(struct agent_proc *p)
{
	if (p->our_end >= 0)
		close(p->our_end);
	p->our_end = -1;
}

static void take_started(struct agent_proc *p, const struct helper_answer *a)
{
	if (p->state != PROC_STARTING)
		return;
	if (a->err != 0) {
		if (a->err != p->told)
			log_err("main", "cannot start the agent %s: %s; SNMP and regentctl are without answers, the service addresses are "
			        "not touched; trying again", p->program, strerror(a->err));
		p->told = a->err;
		drop_our_end(p);
		proc_retry(p);
		return;
	}
	log_info("main", "agent started, pid %d", (int)a->pid);
	p->told = 0;
	p->state = PROC_RUNNING;
	p->started = mono_now();
	agent_link_up(p->link, p->our_end);
	p->our_end = -1;
}

static void take_ended(struct agent_proc *p, const struct helper_answer *a)
{
	const char *how = WIFSIGNALED(a->status) ? "by signal" : "with status";
	int what = WIFSIGNALED(a->status) ? WTERMSIG(a->status) : WEXITSTATUS(a->status);

	if (!p->paused)
		log_warn("main", "the agent ended %s %d; it is started again, the service addresses are not touched", how, what);
	agent_link_down(p->link);
	drop_our_end(p);
	proc_retry(p);
}

static void take_answer(void *user, const struct helper_answer *a, int fd)
{
	struct agent_proc *p = user;

	if (a->op == HELPER_CONNECT && a->id == p->snmpd_id) {
		p->snmpd_id = 0;
		agent_link_snmpd(p->link, fd, a->err);
		return;
	}
	if (fd >= 0)
		close(fd);
	if (a->op == HELPER_AGENT && a->id == 0)
		take_ended(p, a);
	else if (a->op == HELPER_AGENT)
		take_started(p, a);
}

static void helper_gone(void *user)
{
	struct agent_proc *p = user;

	loop_timer_stop(p->loop, &p->timer);
}

static void attach(struct agent_proc *p, struct helper_client *c)
{
	helper_port_attach(p->port, HELPER_AGENT, c);
	helper_port_attach(p->port, HELPER_KILL_AGENT, c);
	helper_port_attach(p->port, HELPER_CONNECT, c);
}

struct agent_proc *agent_proc_new(struct loop *l, struct helper_port *port, struct agent_link *link, int control_fd,
                                  const char *program)
{
	struct agent_proc *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->loop = l;
	p->port = port;
	p->helper = helper_port_helper(port);
	p->link = link;
	p->control_fd = control_fd;
	p->program = program;
	p->our_end = -1;
	p->backoff = BACKOFF_MIN;
	p->client = (struct helper_client){ .answer = take_answer, .gone = helper_gone, .user = p };
	loop_timer_init(&p->timer, LOOP_QUEUED, proc_start, p);
	p->paused = true;
	attach(p, &p->client);
	return p;
}

void agent_proc_free(struct agent_proc *p)
{
	if (!p)
		return;
	attach(p, NULL);
	loop_timer_stop(p->loop, &p->timer);
	drop_our_end(p);
	free(p);
}

void agent_proc_set_agentx(struct agent_proc *p, const char *address)
{
	text_copy(p->agentx, sizeof(p->agentx), address);
}

void agent_proc_ask_snmpd(struct agent_proc *p)
{
	struct helper_request r;

	memset(&r, 0, sizeof(r));
	r.op = HELPER_CONNECT;
	r.id = helper_port_id(p->port);
	text_copy(r.path, sizeof(r.path), p->agentx);
	if (helper_request(p->helper, &r, NULL, 0))
		p->snmpd_id = r.id;
	else
		agent_link_snmpd(p->link, -1, EAGAIN);
}

void agent_proc_link_down(struct agent_proc *p)
{
	struct helper_request r;

	if (p->state != PROC_RUNNING)
		return;
	memset(&r, 0, sizeof(r));
	r.op = HELPER_KILL_AGENT;
	r.id = helper_port_id(p->port);
	p->state = PROC_ENDING;
	if (!helper_request(p->helper, &r, NULL, 0))
		log_err("main", "cannot ask the helper to end the agent: %s", strerror(errno));
}

void agent_proc_pause(struct agent_proc *p)
{
	p->paused = true;
	loop_timer_stop(p->loop, &p->timer);
	agent_proc_link_down(p);
}

bool agent_proc_is_gone(const struct agent_proc *p)
{
	return p->state == PROC_WAITING;
}

void agent_proc_resume(struct agent_proc *p)
{
	p->paused = false;
	if (p->state == PROC_WAITING)
		loop_timer_set(p->loop, &p->timer, mono_now());
}
