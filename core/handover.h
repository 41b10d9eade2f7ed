/*
 * What a daemon that re-executes itself leaves to the program that takes its place in the same process: descriptors, named in an
 * environment variable, and its two capabilities.
 *
 * The process stays what it was: number, user, real-time class, lock, sockets. Everything else is made anew, as after kill -9, and
 * adopted from the state page.
 */
#ifndef REGENT_HANDOVER_H
#define REGENT_HANDOVER_H

#include <stdbool.h>

#define HANDOVER_VERSION 2 /* of this and of what a helper leaves to its successor */

struct handover {
	int helper_fd, wait_fd; /* to the successor of the helper */
	int lock_fd, pid_fd, control_fd, plan_fd, restart_fd;
	int state_fd;           /* -1: there is none */
};

/* Was this program started so? Then `h` is filled, its descriptors close on exec again, and the variable is gone. */
bool handover_take(struct handover *h);
/* Execute `program` (a descriptor) with these arguments in this process. Returns only where that failed: a positive errno, and
 * everything is as before. Call on the thread that has the capabilities and is the process's first. */
int handover_exec(const struct handover *h, int program, char *const *argv);

#endif
