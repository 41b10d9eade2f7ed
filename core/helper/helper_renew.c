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
static int become_successor(const struct helper_policy *p, pid_t parent, const int *fds, size_t n_fds, int *report)
{
	const char *argv[ARGS_MAX + 2] = { "regentd", HELPER_ARGUMENT };
	int program, err = helper_do_program(p, &program);
	size_t n = 2;

	(void)parent; /* which ends, and is not to take it along */
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

int helper_spawn_successor(const struct helper_policy *p, const int *fds, size_t n_fds, const struct fifos *f, const struct netns *n)
{
	int all[HELPER_FDS_MAX + HELPER_LEGACY_MAX] = { fds[0], fds[1], -1, n->own, n->ipvs }, err;
	pid_t pid;

	if (n_fds != 2 || !p->argv)
		return EINVAL;
	err = legacy_write(f, n, &all[2]);
	if (err)
		return err;
	err = helper_spawn(become_successor, p, all, n->ipvs >= 0 ? 5 : 3, &pid);
	close(all[2]);
	return err;
}
