/*
 * Leaving descriptors and capabilities to another program (handover.h). Relies on libcap-ng for nothing: ambient capabilities are
 * prctl's.
 */
#include "config.h"

#include "core/handover.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define VARIABLE "REGENT_HANDOVER"
#define FDS 8

static const int kept[] = { CAP_NET_ADMIN, CAP_NET_RAW };

static void list_fds(const struct handover *h, int out[FDS])
{
	const int all[FDS] = { h->helper_fd, h->wait_fd, h->lock_fd, h->pid_fd, h->control_fd, h->plan_fd, h->restart_fd, h->state_fd };

	memcpy(out, all, sizeof(all));
}

static void set_close_on_exec(const int fds[FDS], bool on)
{
	for (int i = 0; i < FDS; i++)
		if (fds[i] >= 0)
			fcntl(fds[i], F_SETFD, on ? FD_CLOEXEC : 0);
}

/* ---- taking ---- */

static bool are_open(const int fds[FDS])
{
	struct stat st;

	for (int i = 0; i < FDS; i++)
		if (fds[i] >= 0 && fstat(fds[i], &st) != 0)
			return false;
	return fds[0] >= 0 && fds[1] >= 0 && fds[2] >= 0;
}

bool handover_take(struct handover *h)
{
	const char *text = getenv(VARIABLE);
	int version, fds[FDS], end = 0;

	if (!text)
		return false;
	if (sscanf(text, "%d:%d:%d:%d:%d:%d:%d:%d:%d%n", &version, &fds[0], &fds[1], &fds[2], &fds[3], &fds[4], &fds[5], &fds[6],
	           &fds[7], &end) != FDS + 1 || text[end] != '\0' || version != HANDOVER_VERSION || !are_open(fds))
		return false;
	unsetenv(VARIABLE);
	set_close_on_exec(fds, true);
	*h = (struct handover){ .helper_fd = fds[0], .wait_fd = fds[1], .lock_fd = fds[2], .pid_fd = fds[3], .control_fd = fds[4],
		.plan_fd = fds[5], .restart_fd = fds[6], .state_fd = fds[7] };
	return true;
}

/* ---- leaving ---- */

static int set_inheritable(bool on)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &head, data) != 0)
		return errno;
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		uint32_t bit = 1u << (kept[i] % 32);

		data[kept[i] / 32].inheritable = on ? data[kept[i] / 32].inheritable | bit : data[kept[i] / 32].inheritable & ~bit;
	}
	return syscall(SYS_capset, &head, data) == 0 ? 0 : errno;
}

static int raise_ambient(void)
{
	int err = set_inheritable(true);

	for (size_t i = 0; !err && i < sizeof(kept) / sizeof(kept[0]); i++)
		if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, kept[i], 0, 0) != 0)
			err = errno;
	return err;
}

static void lower_ambient(void)
{
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	set_inheritable(false);
}

/* What would end a process that does not listen yet waits until the new program does. */
static void hold_signals(int how)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(how, &set, NULL);
}

int handover_exec(const struct handover *h, int program, char *const *argv)
{
	char text[160];
	int fds[FDS], err;

	list_fds(h, fds);
	snprintf(text, sizeof(text), "%d:%d:%d:%d:%d:%d:%d:%d:%d", HANDOVER_VERSION, fds[0], fds[1], fds[2], fds[3], fds[4], fds[5],
	         fds[6], fds[7]);
	err = raise_ambient();
	if (!err && setenv(VARIABLE, text, 1) != 0)
		err = errno;
	if (!err) {
		hold_signals(SIG_BLOCK);
		set_close_on_exec(fds, false);
		execveat(program, "", argv, environ, AT_EMPTY_PATH);
		err = errno;
		set_close_on_exec(fds, true);
		hold_signals(SIG_UNBLOCK);
	}
	unsetenv(VARIABLE);
	lower_ambient();
	return err;
}
