/*
 * The helper process: takes typed requests from the core, checks them, does them as root, answers.
 *
 * Owns the agent process. It has no loop of the core's: it may block, for a second at most, in a connect, and for
 * as long as a file system does in an open. Time comes from a timerfd, so that no clock is read. When both of the
 * core's ends are closed, however that came about, it ends the agent and itself. Requests come from a process
 * that parses what strangers send and are checked like a stranger's.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/helper/helper_priv.h"

#define KILL_AFTER_SEC 1
#define LAST_KILL_AFTER_MS 2000

/* Where the core's ends stand in the helper. */
enum { LOOP_FD = 3, WAIT_FD = 4 };

struct server {
	const struct helper_policy *policy;
	int child_fd; /* signalfd: SIGCHLD */
	int kill_fd;  /* timerfd: a SIGTERM was not enough */
	pid_t agent;  /* 0: none */
};

/* ---- the agent ---- */

static void set_kill_timer(const struct server *s, time_t seconds)
{
	struct itimerspec in = { .it_value.tv_sec = seconds };

	timerfd_settime(s->kill_fd, 0, &in, NULL);
}

static void tell_agent_ended(struct server *s, int status)
{
	struct helper_answer a = { .op = HELPER_AGENT, .pid = s->agent, .status = status };

	s->agent = 0;
	set_kill_timer(s, 0);
	helper_send(LOOP_FD, &a, sizeof(a), NULL, 0, 0);
}

/* The helper adopts nobody, but what it does not know is reaped too. */
static void reap(struct server *s)
{
	struct signalfd_siginfo info;
	int status;
	pid_t pid;

	if (read(s->child_fd, &info, sizeof(info)) < 0 && errno != EAGAIN)
		return;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		if (pid == s->agent)
			tell_agent_ended(s, status);
}

static int start_agent(struct server *s, const int *fds, size_t n_fds)
{
	if (s->agent)
		return EBUSY;
	return helper_spawn_agent(s->policy, fds, n_fds, &s->agent);
}

static int kill_agent(struct server *s)
{
	if (!s->agent)
		return ESRCH;
	kill(s->agent, SIGTERM);
	set_kill_timer(s, KILL_AFTER_SEC);
	return 0;
}

static void kill_for_good(struct server *s)
{
	set_kill_timer(s, 0);
	if (s->agent)
		kill(s->agent, SIGKILL);
}

/* ---- requests ---- */

static bool is_well_formed(const struct helper_request *r, ssize_t len, size_t n_fds, bool from_worker)
{
	if (len != (ssize_t)sizeof(*r) || r->id == 0 || !memchr(r->path, '\0', sizeof(r->path)))
		return false;
	switch (r->op) {
	case HELPER_OPEN:
		return n_fds == 0;
	case HELPER_AGENT:
		return n_fds > 0 && !from_worker;
	case HELPER_CONNECT:
	case HELPER_KILL_AGENT:
		return n_fds == 0 && !from_worker;
	default:
		return false;
	}
}

static int perform(struct server *s, const struct helper_request *r, const int *fds, size_t n_fds, int *result)
{
	switch (r->op) {
	case HELPER_OPEN:
		return helper_do_open(s->policy, r->path, result);
	case HELPER_AGENT:
		return start_agent(s, fds, n_fds);
	case HELPER_CONNECT:
		return helper_do_connect(s->policy, r->path, result);
	default:
		return kill_agent(s);
	}
}

/* One request. False: the core has closed this end. */
static bool serve_one(struct server *s, int sock)
{
	struct helper_request r = { 0 };
	struct helper_answer a = { 0 };
	int fds[HELPER_FDS_MAX], result = -1;
	size_t n_fds;
	ssize_t len = helper_recv(sock, &r, sizeof(r), fds, &n_fds, 0);

	if (len == 0 || (len < 0 && errno != EPROTO))
		return false;
	a.op = r.id ? r.op : 0; /* an AGENT answer without id would say that the agent ended */
	a.id = r.id;
	if (is_well_formed(&r, len, n_fds, sock == WAIT_FD))
		a.err = perform(s, &r, fds, n_fds, &result);
	else
		a.err = EINVAL;
	if (a.op == HELPER_AGENT && a.err == 0)
		a.pid = s->agent;
	helper_close_fds(fds, n_fds);
	helper_send(sock, &a, sizeof(a), &result, result >= 0, 0);
	if (result >= 0)
		close(result);
	return true;
}

/* ---- the process ---- */

/* The agent must not outlive the core: a last SIGTERM, two seconds, SIGKILL. */
static void end_agent(struct server *s)
{
	struct pollfd child = { .fd = s->child_fd, .events = POLLIN };

	if (!s->agent)
		return;
	kill(s->agent, SIGTERM);
	while (s->agent && poll(&child, 1, LAST_KILL_AFTER_MS) == 1)
		reap(s);
	if (s->agent) {
		kill(s->agent, SIGKILL);
		waitpid(s->agent, NULL, 0);
	}
}

static void serve_all(struct server *s)
{
	struct pollfd p[] = {
		{ .fd = LOOP_FD, .events = POLLIN },
		{ .fd = WAIT_FD, .events = POLLIN },
		{ .fd = s->child_fd, .events = POLLIN },
		{ .fd = s->kill_fd, .events = POLLIN },
	};

	while (p[0].fd >= 0 || p[1].fd >= 0) {
		if (poll(p, sizeof(p) / sizeof(p[0]), -1) < 0) {
			if (errno == EINTR)
				continue;
			return;
		}
		if (p[2].revents)
			reap(s);
		if (p[3].revents)
			kill_for_good(s);
		for (int i = 0; i < 2; i++)
			if (p[i].fd >= 0 && p[i].revents && !serve_one(s, p[i].fd))
				p[i].fd = -1; /* poll() leaves it out; the other end will follow */
	}
}

/* When to stop is the core's decision, which we hear by its sockets: a terminal's or service manager's signals
 * are not for us. */
static void ignore_signals(void)
{
	static const int ignored[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGPIPE, SIGALRM };
	struct sigaction ign = { .sa_handler = SIG_IGN }, dfl = { .sa_handler = SIG_DFL };

	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		sigaction(ignored[i], &ign, NULL);
	sigaction(SIGCHLD, &dfl, NULL);
}

static int open_own_fds(struct server *s)
{
	sigset_t child;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	if (sigprocmask(SIG_SETMASK, &child, NULL) != 0)
		return errno;
	s->child_fd = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
	s->kill_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	return s->child_fd < 0 || s->kill_fd < 0 ? errno : 0;
}

void helper_serve(const struct helper_policy *p, int loop_fd, int wait_fd)
{
	struct server s = { .policy = p };
	const int fds[] = { loop_fd, wait_fd };

	prctl(PR_SET_NAME, "regent-helper");
	prctl(PR_SET_DUMPABLE, 0);
	setsid();
	ignore_signals();
	if (helper_place_fds(fds, 2) != 0 || open_own_fds(&s) != 0)
		_exit(1);
	fcntl(LOOP_FD, F_SETFD, FD_CLOEXEC);
	fcntl(WAIT_FD, F_SETFD, FD_CLOEXEC);
	serve_all(&s);
	end_agent(&s);
	_exit(0);
}
