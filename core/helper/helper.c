/*
 * The helper process: takes typed requests from the core, checks them, does them as root, answers.
 *
 * Owns the agent process, and scripts by helper_runs.c. It has no loop of the core's: it may block, for a second at most,
 * in a connect, and for as long as a file system does in an open: a script's time limit comes that much later. Time comes
 * from alarm(2) and timerfd, so that no clock is read. When both of the core's ends are closed, however that came about, it
 * ends the agent, the scripts and itself. Requests come from a process that parses what strangers send and are checked
 * like a stranger's.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/helper/helper_priv.h"

#define KILL_AFTER_SEC 1u
#define LAST_KILL_AFTER_MS 2000

/* Where the core's ends stand in the helper. */
enum { LOOP_FD = 3, WAIT_FD = 4 };

struct server {
	const struct helper_policy *policy;
	int signal_fd; /* SIGCHLD; SIGALRM: a SIGTERM was not enough */
	pid_t agent;   /* 0: none */
	struct runs runs;
	struct fifos fifos;
	struct netns netns;
	bool succeeded; /* another helper has taken our place: what the daemon uses must stay */
	bool asked;     /* something has come from the core: we are in our predecessor's place, if there was one */
};

/* What the core may send: told apart by the first member. */
union request {
	uint32_t op;
	struct helper_request any;
	struct helper_run run;
	struct helper_fifo fifo;
};

/* ---- the agent ---- */

static void tell_agent_ended(struct server *s, int status)
{
	struct helper_answer a = { .op = HELPER_AGENT, .pid = s->agent, .status = status };

	s->agent = 0;
	alarm(0);
	helper_send(LOOP_FD, &a, sizeof(a), NULL, 0, 0);
}

/* What the helper does not know is reaped too: an agent that never came to be, for one. */
static void reap(struct server *s)
{
	siginfo_t info = { .si_pid = 0 };

	while (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid > 0) {
		pid_t pid = info.si_pid;
		int status;

		info.si_pid = 0;
		if (!runs_take_end(&s->runs, pid) && waitpid(pid, &status, 0) == pid && pid == s->agent)
			tell_agent_ended(s, status);
	}
}

static void take_signal(struct server *s)
{
	struct signalfd_siginfo info;

	if (read(s->signal_fd, &info, sizeof(info)) != (ssize_t)sizeof(info))
		return;
	reap(s);
	if (info.ssi_signo == SIGALRM && s->agent)
		kill(s->agent, SIGKILL);
}

static int start_agent(struct server *s, const int *fds, size_t n_fds)
{
	if (s->agent)
		return EBUSY;
	s->netns.fixed = true;
	return helper_spawn_agent(s->policy, fds, n_fds, &s->agent);
}

static int kill_agent(struct server *s)
{
	if (!s->agent)
		return ESRCH;
	kill(s->agent, SIGTERM);
	alarm(KILL_AFTER_SEC);
	return 0;
}

/* ---- requests ---- */

static bool is_well_formed(const struct helper_request *r, ssize_t len, size_t n_fds, bool from_worker)
{
	if (len != (ssize_t)sizeof(*r) || r->id == 0 || !memchr(r->path, '\0', sizeof(r->path)))
		return false;
	switch (r->op) {
	case HELPER_OPEN:
		return n_fds == 0;
	case HELPER_MARK_MAKE:
	case HELPER_MARK_REMOVE:
	case HELPER_TIME_REMOVE:
	case HELPER_IPVS_SOCKET:
	case HELPER_LOG:
		return n_fds == 0 && from_worker;
	case HELPER_ENTER:
		return n_fds > 0 && from_worker;
	case HELPER_AGENT:
	case HELPER_RENEW:
		return n_fds > 0 && !from_worker;
	case HELPER_PROGRAM:
	case HELPER_CONNECT:
	case HELPER_KILL_AGENT:
	case HELPER_KILL_RUN:
	case HELPER_CONF_TAKEN:
	case HELPER_CONF_REFUSED:
		return n_fds == 0 && !from_worker;
	default:
		return false;
	}
}

/* The main file, or one that an include line names; and the core could neither have written it nor put it there. */
static bool is_conf(const struct server *s, const char *path, int fd)
{
	struct stat st;

	return (strcmp(path, s->policy->conf_file) == 0 || conf_bytes_include(s->runs.conf, path)) && fstat(fd, &st) == 0 &&
	       !helper_core_may_change(s->policy, &st) && !helper_core_may_turn(s->policy, path);
}

/* Looked through for commands in the state in which the core gets it. */
static int open_conf(struct server *s, const char *path, int *result)
{
	int err = helper_do_open(s->policy, path, result);

	if (!err && is_conf(s, path, *result))
		conf_bytes_add(s->runs.conf, *result, path);
	return err;
}

static int renew(struct server *s, const int *fds, size_t n_fds)
{
	int err = helper_spawn_successor(s->policy, fds, n_fds, &s->fifos, &s->netns);

	s->succeeded |= err == 0;
	return err;
}

static int perform(struct server *s, const struct helper_request *r, const int *fds, size_t n_fds, int *result)
{
	switch (r->op) {
	case HELPER_OPEN:
		return open_conf(s, r->path, result);
	case HELPER_AGENT:
		return start_agent(s, fds, n_fds);
	case HELPER_CONNECT:
		return helper_do_connect(s->policy, r->path, result);
	case HELPER_LOG:
		return helper_do_log(s->policy->log_file, result);
	case HELPER_PROGRAM:
		return helper_do_program(s->policy, result);
	case HELPER_RENEW:
		return renew(s, fds, n_fds);
	case HELPER_MARK_MAKE:
	case HELPER_MARK_REMOVE:
	case HELPER_TIME_REMOVE:
		return helper_do_mark(s->runs.conf, r->op, r->path);
	case HELPER_ENTER:
		return netns_enter(&s->netns, fds, n_fds);
	case HELPER_IPVS_SOCKET:
		return netns_ipvs_socket(&s->netns, result);
	default:
		return kill_agent(s);
	}
}

/* Requests that have no answer of their own. */
static bool performed_silently(struct server *s, const struct helper_request *r)
{
	switch (r->op) {
	case HELPER_KILL_RUN:
		runs_kill(&s->runs, r->id);
		return true;
	case HELPER_CONF_TAKEN:
		conf_bytes_taken(s->runs.conf);
		return true;
	case HELPER_CONF_REFUSED:
		conf_bytes_refused(s->runs.conf);
		return true;
	default:
		return false;
	}
}

static void serve_request(struct server *s, int sock, const struct helper_request *r, ssize_t len, const int *fds, size_t n_fds)
{
	struct helper_answer a = { .op = r->id ? r->op : 0, .id = r->id }; /* an AGENT answer without id tells its end */
	int result = -1;

	if (!is_well_formed(r, len, n_fds, sock == WAIT_FD))
		a.err = EINVAL;
	else if (performed_silently(s, r))
		return;
	else
		a.err = perform(s, r, fds, n_fds, &result);
	if (a.op == HELPER_AGENT && a.err == 0)
		a.pid = s->agent;
	helper_send(sock, &a, sizeof(a), &result, result >= 0, 0);
	if (result >= 0)
		close(result);
}

/* Answered when it has ended; now only where it cannot be started. */
static void serve_run(struct server *s, int sock, const struct helper_run *r, ssize_t len, size_t n_fds)
{
	struct helper_answer a = { .op = HELPER_RUN, .id = r->id, .err = EINVAL };

	if (len == (ssize_t)(offsetof(struct helper_run, argv) + r->len) && r->id != 0 && n_fds == 0 && sock == LOOP_FD)
		a.err = runs_start(&s->runs, r, &a.refusal);
	if (a.err != 0)
		helper_send(sock, &a, sizeof(a), NULL, 0, 0);
}

static void serve_fifo(struct server *s, int sock, const struct helper_fifo *r, ssize_t len, size_t n_fds)
{
	struct helper_answer a = { .op = HELPER_FIFO, .id = r->id, .err = EINVAL };
	int result = -1;

	if (len == (ssize_t)sizeof(*r) && r->id != 0 && n_fds == 0 && sock == LOOP_FD)
		a.err = fifos_open(&s->fifos, s->runs.conf, r, &result);
	helper_send(sock, &a, sizeof(a), &result, result >= 0, 0);
	if (result >= 0)
		close(result);
}

/* One request. False: the core has closed this end. */
static bool serve_one(struct server *s, int sock)
{
	static union request r; /* 4 KiB: too much for a stack that this small process shares with its children */
	int fds[HELPER_FDS_MAX];
	size_t n_fds;
	ssize_t len;

	memset(&r, 0, sizeof(r));
	len = helper_recv(sock, &r, sizeof(r), fds, &n_fds, 0);
	if (len == 0 || (len < 0 && errno != EPROTO))
		return false;
	s->asked = true;
	if (r.op == HELPER_RUN)
		serve_run(s, sock, &r.run, len, n_fds);
	else if (r.op == HELPER_FIFO)
		serve_fifo(s, sock, &r.fifo, len, n_fds);
	else
		serve_request(s, sock, &r.any, len, fds, n_fds);
	helper_close_fds(fds, n_fds);
	return true;
}

/* ---- the process ---- */

/* Neither agent nor scripts outlive the core: a last SIGTERM, two seconds, SIGKILL. */
static void end_all(struct server *s)
{
	struct pollfd signals = { .fd = s->signal_fd, .events = POLLIN };

	if (s->agent)
		kill(s->agent, SIGTERM);
	runs_end_all(&s->runs, SIGTERM);
	alarm(0);
	while ((s->agent || runs_count(&s->runs)) && poll(&signals, 1, LAST_KILL_AFTER_MS) == 1)
		take_signal(s);
	runs_end_all(&s->runs, SIGKILL);
	if (s->agent) {
		kill(s->agent, SIGKILL);
		waitpid(s->agent, NULL, 0);
	}
}

enum { POLL_LOOP, POLL_WAIT, POLL_SIGNALS, POLL_RUNS };

static void serve_all(struct server *s)
{
	struct pollfd p[POLL_RUNS + HELPER_RUNS] = {
		[POLL_LOOP] = { .fd = LOOP_FD, .events = POLLIN },
		[POLL_WAIT] = { .fd = WAIT_FD, .events = POLLIN },
		[POLL_SIGNALS] = { .fd = s->signal_fd, .events = POLLIN },
	};

	while (p[POLL_LOOP].fd >= 0 || p[POLL_WAIT].fd >= 0) {
		for (size_t i = 0; i < HELPER_RUNS; i++)
			p[POLL_RUNS + i] = (struct pollfd){ .fd = s->runs.run[i].timer_fd, .events = POLLIN };
		if (poll(p, sizeof(p) / sizeof(p[0]), -1) < 0) {
			if (errno == EINTR)
				continue;
			return;
		}
		for (size_t i = 0; i < HELPER_RUNS; i++)
			if (p[POLL_RUNS + i].revents)
				runs_time_out(&s->runs, i);
		if (p[POLL_SIGNALS].revents)
			take_signal(s);
		for (int i = POLL_LOOP; i <= POLL_WAIT; i++)
			if (p[i].fd >= 0 && p[i].revents && !serve_one(s, p[i].fd))
				p[i].fd = -1; /* poll() leaves it out; the other end will follow */
	}
}

/* When to stop is the core's decision, which we hear by its sockets: a terminal's or service manager's signals
 * are not for us. */
static void ignore_signals(void)
{
	static const int ignored[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGPIPE };
	struct sigaction ign = { .sa_handler = SIG_IGN }, dfl = { .sa_handler = SIG_DFL };

	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		sigaction(ignored[i], &ign, NULL);
	sigaction(SIGCHLD, &dfl, NULL);
	sigaction(SIGALRM, &dfl, NULL);
}

/* A daemon in the background must not hold the terminal, or the pipe, of the shell that started it. */
static void detach(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int fd = STDIN_FILENO; null >= 0 && fd <= STDERR_FILENO; fd++)
		dup2(null, fd);
	if (null > STDERR_FILENO)
		close(null);
}

static int open_signal_fd(struct server *s)
{
	sigset_t ours;

	sigemptyset(&ours);
	sigaddset(&ours, SIGCHLD);
	sigaddset(&ours, SIGALRM);
	if (sigprocmask(SIG_SETMASK, &ours, NULL) != 0)
		return errno;
	s->signal_fd = signalfd(-1, &ours, SFD_CLOEXEC | SFD_NONBLOCK);
	return s->signal_fd < 0 ? errno : 0;
}

static _Noreturn void serve(struct server *s, const struct helper_policy *p, int loop_fd, int wait_fd)
{
	const int fds[HELPER_FDS_MAX + 2] = { loop_fd, wait_fd, s->netns.own, s->netns.ipvs };

	s->policy = p;
	prctl(PR_SET_NAME, "regent-helper");
	prctl(PR_SET_DUMPABLE, 0);
	setsid();
	ignore_signals();
	if (p->detached)
		detach();
	if (helper_place_fds(fds, s->netns.ipvs >= 0 ? 4 : 2) != 0 || open_signal_fd(s) != 0)
		_exit(1);
	if (s->netns.ipvs >= 0) {
		s->netns.own = WAIT_FD + 1;
		s->netns.ipvs = WAIT_FD + 2;
	}
	for (int fd = LOOP_FD; fd <= s->netns.ipvs || fd <= WAIT_FD; fd++)
		fcntl(fd, F_SETFD, FD_CLOEXEC);
	runs_init(&s->runs, p, LOOP_FD);
	serve_all(s);
	end_all(s);
	if (!s->succeeded && s->asked)
		fifos_remove(&s->fifos);
	_exit(0);
}

void helper_serve(const struct helper_policy *p, int loop_fd, int wait_fd)
{
	static struct server s = { .netns = { .own = -1, .ipvs = -1 } };

	serve(&s, p, loop_fd, wait_fd);
}

void helper_succeed(const struct helper_policy *p)
{
	static struct server s;

	if (!legacy_take(&s.fifos, &s.netns))
		_exit(1);
	serve(&s, p, LOOP_FD, WAIT_FD);
}
