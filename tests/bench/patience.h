/*
 * How long a client waits for a server. Turns are counted, not the time: a machine that is away for seconds comes back with every timer
 * run out and no answer yet, and uses up one of eight turns.
 */
#ifndef REGENT_TESTS_BENCH_PATIENCE_H
#define REGENT_TESTS_BENCH_PATIENCE_H

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/socket.h>

enum { PATIENCE_TURNS = 8 };

/* False: nothing came; errno says so. */
static inline bool patience_for(int fd, short events, long ms)
{
	struct pollfd p = { .fd = fd, .events = events };

	for (int i = 0; i < PATIENCE_TURNS; i++)
		if (poll(&p, 1, (int)(ms / PATIENCE_TURNS)) > 0)
			return true;
	errno = ETIMEDOUT;
	return false;
}

/* On a socket that does not block. */
static inline bool patience_connect(int fd, const struct sockaddr *to, socklen_t len, long ms)
{
	int err;

	if (connect(fd, to, len) == 0)
		return true;
	if (errno != EINPROGRESS || !patience_for(fd, POLLOUT, ms))
		return false;
	len = sizeof(err);
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len) == 0)
		errno = err;
	return errno == 0;
}

#endif
