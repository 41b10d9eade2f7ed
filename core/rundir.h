/*
 * The folders of a running daemon: run-dir (lives as long as the boot) and state-dir (outlives it), the lock that refuses
 * a second daemon, the process id file, the control socket.
 */
#ifndef REGENT_RUNDIR_H
#define REGENT_RUNDIR_H

#include <stdbool.h>
#include <stddef.h>

#include "core/handover.h"
#include "core/privs.h"

#define RUNDIR_PATH 256

struct rundir {
	char run[RUNDIR_PATH];
	char state[RUNDIR_PATH];
	char pid_file[RUNDIR_PATH];
	int lock_fd;
	int pid_fd;
	int control_fd; /* listening socket RUN/control.sock */
	int plan_fd;    /* listening socket RUN/plan.sock, root's alone; -1: could not be made */
	int restart_fd; /* listening socket RUN/restart.sock, likewise */
};
#define RESTART_SOCKET "restart.sock"

/* Make and lock the folders; `instance` (may be NULL) gives subfolders, `pid_file` may be NULL. As root, before privs_drop().
 * False after a log line. */
bool rundir_open(struct rundir *d, const char *run, const char *state, const char *instance, const char *pid_file,
                 const struct privs_user *owner);
/* The same over what a former life of the process opened. */
bool rundir_adopt(struct rundir *d, const char *run, const char *state, const char *instance, const char *pid_file,
                  const struct handover *from);
/* Make the control socket. As the folders' owner: root would chmod and chown what that owner may have put in its place. */
bool rundir_listen(struct rundir *d);
/* Removes the pid file and the socket where this process made them: those of a daemon that holds the lock stay. The pid file
 * is emptied where the folder does not let an unprivileged process remove it. */
void rundir_close(struct rundir *d);
/* "DIR/NAME" into buf; false where it does not fit. */
bool rundir_join(char *buf, size_t size, const char *dir, const char *name);

#endif
