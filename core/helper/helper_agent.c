/*
 * Starting the agent: from root with everything to an unprivileged process with two descriptors and no way back.
 *
 * Owns nothing; the process that it makes belongs to helper.c. Order matters: the bounding set needs CAP_SETPCAP,
 * groups need root, and the parent-death signal is cleared by a change of user, so it comes after.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/helper/helper_priv.h"

#define ENV_MAX 10

/* An agent inherits a name and a value only where they are named here. */
static const char *const kept_env[] = { "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS", "TZ", "JOURNAL_STREAM" };

void helper_reset_signals(void)
{
	struct sigaction dfl = { .sa_handler = SIG_DFL };
	sigset_t none;

	for (int sig = 1; sig < NSIG; sig++)
		sigaction(sig, &dfl, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static int drop_bounding_set(void)
{
	for (int cap = 0; prctl(PR_CAPBSET_READ, cap) >= 0; cap++)
		if (prctl(PR_CAPBSET_DROP, cap) != 0)
			return errno;
	return 0;
}

int helper_drop_capabilities(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[2] = { 0 };

	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0)
		return errno;
	return syscall(SYS_capset, &head, none) == 0 ? 0 : errno;
}

static int drop_privileges(const struct helper_policy *p)
{
	int err = drop_bounding_set();

	if (err)
		return err;
	if (setgroups(0, NULL) != 0 || setresgid(p->gid, p->gid, p->gid) != 0 || setresuid(p->uid, p->uid, p->uid) != 0)
		return errno;
	err = helper_drop_capabilities();
	if (err)
		return err;
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 ? 0 : errno;
}

int helper_plain_scheduling(void)
{
	struct sched_param none = { 0 };

	return sched_setscheduler(0, SCHED_OTHER, &none) == 0 ? 0 : errno;
}

/* The texts live in the environment that we were started with. */
static void make_env(const char *env[static ENV_MAX])
{
	size_t n = 0;

	env[n++] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
	env[n++] = "MIBS=";
	env[n++] = "MIBDIRS=";
	for (size_t i = 0; i < sizeof(kept_env) / sizeof(kept_env[0]); i++) {
		const char *value = getenv(kept_env[i]);

		if (value)
			env[n++] = value - strlen(kept_env[i]) - 1; /* "NAME=" stands before it */
	}
	env[n] = NULL;
}

static int exec_agent(int program, bool control)
{
	const char *argv[] = { "regent-agent", "--fd=3", control ? "--control-fd=4" : NULL, NULL };
	const char *env[ENV_MAX];

	make_env(env);
	execveat(program, "", (char *const *)argv, (char *const *)env, AT_EMPTY_PATH);
	return errno;
}

/* The descriptors to their numbers, and behind them, until exec closes them, the pipe's end for bad news and the
 * program. */
int helper_place_program(const int *fds, size_t n_fds, int *report, int *program)
{
	int all[HELPER_PLACE_MAX], err;

	memcpy(all, fds, n_fds * sizeof(all[0]));
	all[n_fds] = *report;
	all[n_fds + 1] = *program;
	err = helper_place_fds(all, n_fds + 2);
	if (err)
		return err;
	*report = 3 + (int)n_fds;
	*program = *report + 1;
	return fcntl(*report, F_SETFD, FD_CLOEXEC) == 0 && fcntl(*program, F_SETFD, FD_CLOEXEC) == 0 ? 0 : errno;
}

/* In the child, up to exec. Returns only where something failed. */
static int become_agent(const struct helper_policy *p, pid_t parent, const int *fds, size_t n_fds, int *report)
{
	/* Found as root: the agent's user may not look into the folders above it, such as a build below /root. */
	int program = open(p->agent_path, O_PATH | O_CLOEXEC);
	int err = program < 0 ? errno : helper_plain_scheduling();

	if (!err)
		err = drop_privileges(p);
	if (!err && prctl(PR_SET_PDEATHSIG, SIGTERM) != 0)
		err = errno;
	if (!err && getppid() != parent)
		err = ESRCH; /* the helper went away before it could be watched */
	if (!err)
		err = helper_place_program(fds, n_fds, report, &program);
	if (err)
		return err;
	umask(077);
	helper_reset_signals();
	return exec_agent(program, n_fds > 1);
}

/* What the child says when exec did not happen; nothing but the end of the pipe when it did. */
static int exec_result(int pipe_end)
{
	int err = 0;
	ssize_t n;

	do {
		n = read(pipe_end, &err, sizeof(err));
	} while (n < 0 && errno == EINTR);
	return n == (ssize_t)sizeof(err) ? err : 0;
}

int helper_spawn(helper_become *become, const struct helper_policy *p, const int *fds, size_t n_fds, pid_t *out)
{
	pid_t parent = getpid();
	int ends[2], err;

	if (pipe2(ends, O_CLOEXEC) != 0)
		return errno;
	*out = fork();
	if (*out < 0) {
		err = errno;
		helper_close_fds(ends, 2);
		return err;
	}
	if (*out == 0) {
		err = become(p, parent, fds, n_fds, &ends[1]);
		if (write(ends[1], &err, sizeof(err)) < 0)
			_exit(126);
		_exit(127);
	}
	close(ends[1]);
	err = exec_result(ends[0]);
	close(ends[0]);
	return err;
}

int helper_spawn_agent(const struct helper_policy *p, const int *fds, size_t n_fds, pid_t *out)
{
	pid_t pid = -1;
	int err = helper_spawn(become_agent, p, fds, n_fds, &pid);

	if (!err)
		*out = pid;
	else if (pid > 0)
		waitpid(pid, NULL, 0);
	return err;
}
