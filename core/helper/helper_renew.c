/*
 * The successor of the helper, for a core that re-executes itself: the daemon's program as it is on the disk now, started with the
 * helper's rights and with what the helper itself was started with, so that a core in strange hands can choose nothing of it.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/helper/helper_priv.h"

#define ARGS_MAX 64

int helper_do_program(const struct helper_policy *p, int *out)
{
	*out = open(p->program, O_PATH | O_CLOEXEC);
	return *out < 0 ? errno : 0;
}

/* In the child, up to exec. Returns only where something failed. */
static int become_successor(const struct helper_policy *p, const int *fds, size_t n_fds, int *report)
{
	const char *argv[ARGS_MAX + 2] = { "regentd", HELPER_ARGUMENT };
	int program, err = helper_do_program(p, &program);
	size_t n = 2;

	for (size_t i = 1; p->argv[i] && n < ARGS_MAX; i++)
		argv[n++] = p->argv[i];
	argv[n] = NULL;
	if (!err)
		err = helper_place_program(fds, n_fds, report, &program);
	if (err)
		return err;
	helper_reset_signals();
	execveat(program, "", (char *const *)argv, environ, AT_EMPTY_PATH);
	return errno;
}

static int spawn(const struct helper_policy *p, const int *fds, size_t n_fds)
{
	int ends[2], err;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) != 0)
		return errno;
	pid = fork();
	if (pid < 0) {
		err = errno;
		helper_close_fds(ends, 2);
		return err;
	}
	if (pid == 0) {
		err = become_successor(p, fds, n_fds, &ends[1]);
		if (write(ends[1], &err, sizeof(err)) < 0)
			_exit(126);
		_exit(127);
	}
	close(ends[1]);
	err = helper_exec_result(ends[0]);
	close(ends[0]);
	return err;
}

int helper_spawn_successor(const struct helper_policy *p, const int *fds, size_t n_fds, const struct fifos *f, const struct netns *n)
{
	int all[HELPER_FDS_MAX + HELPER_LEGACY_MAX] = { fds[0], fds[1], -1, n->own, n->ipvs }, err;

	if (n_fds != 2 || !p->argv)
		return EINVAL;
	err = legacy_write(f, n, &all[2]);
	if (err)
		return err;
	err = spawn(p, all, n->ipvs >= 0 ? 5 : 3);
	close(all[2]);
	return err;
}
