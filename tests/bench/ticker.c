/*
 * The control of every lateness test: a bare loop over one absolute timerfd, of the scheduling class that the daemon takes
 * (SCHED_FIFO 1, memory locked). What it is late by is the machine's doing, not ours.
 *
 *   ticker INTERVAL_US SECONDS
 *   ticks=N p50=US p99=US worst=US        lateness against the grid, when the time is over or SIGTERM comes
 */
#include "config.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t stopped;

static void on_term(int sig)
{
	(void)sig;
	stopped = 1;
}

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static size_t tick(int fd, int64_t interval, int64_t *late, size_t max)
{
	int64_t due = now_ns() + interval;
	size_t n = 0;

	while (n < max && !stopped) {
		struct itimerspec at = {.it_value = {due / 1000000000, due % 1000000000}};
		uint64_t expired;

		timerfd_settime(fd, TFD_TIMER_ABSTIME, &at, NULL);
		if (read(fd, &expired, sizeof(expired)) != (ssize_t)sizeof(expired))
			continue;
		late[n++] = now_ns() - due;
		due += interval;
	}
	return n;
}

int main(int argc, char **argv)
{
	struct sigaction term = {.sa_handler = on_term};
	struct sched_param fifo = {.sched_priority = 1};
	int64_t interval, *late;
	size_t max, n;
	int fd;

	if (argc != 3 || atol(argv[1]) <= 0 || atol(argv[2]) <= 0) {
		fprintf(stderr, "usage: ticker INTERVAL_US SECONDS\n");
		return 2;
	}
	interval = atol(argv[1]) * 1000L;
	max = (size_t)(atol(argv[2]) * 1000000000L / interval) + 1;
	late = calloc(max, sizeof(*late));
	fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	if (!late || fd < 0) {
		perror("ticker");
		return 1;
	}
	sigaction(SIGTERM, &term, NULL);
	if (mlockall(MCL_CURRENT | MCL_FUTURE) || sched_setscheduler(0, SCHED_FIFO, &fifo))
		perror("ticker: not as the daemon runs");
	n = tick(fd, interval, late, max);
	if (n == 0)
		return 1;
	qsort(late, n, sizeof(*late), compare);
	printf("ticks=%zu p50=%ld p99=%ld worst=%ld\n", n, (long)(late[n / 2] / 1000), (long)(late[n * 99 / 100] / 1000),
	       (long)(late[n - 1] / 1000));
	free(late);
	return 0;
}
