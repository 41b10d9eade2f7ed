/*
 * A network namespace of the test program's own, with commands run in it.
 */
#ifndef REGENT_TESTS_UNIT_NETNS_H
#define REGENT_TESTS_UNIT_NETNS_H

#include <sched.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test.h"

/* Exit status of a test program that automake counts as skipped. */
#define NETNS_SKIP 77

/* The exit status of a shell command, or -1. */
static inline int netns_shell(const char *line)
{
	char *argv[] = { (char *)"sh", (char *)"-c", (char *)line, NULL };
	int status;
	pid_t pid;

	if (posix_spawn(&pid, "/bin/sh", NULL, NULL, argv, environ) != 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Run a shell command here; it must succeed. */
static inline void netns_run(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static inline void netns_run(const char *fmt, ...)
{
	char line[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (netns_shell(line) != 0)
		fail_msg("failed: %s", line);
}

/* Call first in main(), while there is one thread. Leaves the program where it is not root. */
static inline void netns_enter(void)
{
	if (unshare(CLONE_NEWNET) < 0) {
		perror("a network namespace is needed (run as root)");
		exit(NETNS_SKIP);
	}
	if (netns_shell("ip link set lo up") != 0)
		exit(1);
}

/* The same where it can be had: a port that nobody listens on stays so, whatever other programs do meanwhile. */
static inline void netns_try(void)
{
	if (unshare(CLONE_NEWNET) == 0 && netns_shell("ip link set lo up") != 0)
		exit(1);
}

/* In a network of its own: the kernel chooses only this port from now on, so that who connects to it meets itself. False: none. */
static inline bool netns_only_port(uint16_t port)
{
	char line[160];

	snprintf(line, sizeof(line), "[ \"$(readlink /proc/self/ns/net)\" != \"$(readlink /proc/1/ns/net)\" ] && "
		 "echo %u %u >/proc/sys/net/ipv4/ip_local_port_range", port, port);
	return netns_shell(line) == 0;
}

#endif
