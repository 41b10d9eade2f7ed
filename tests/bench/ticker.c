/*
 * The control of every lateness test: bare loops over one absolute timerfd each, of the scheduling class that the daemon takes
 * (SCHED_FIFO 1, memory locked), one on every CPU that we may use, so that a CPU that stands still does not do so unseen. What they
 * are late by is the machine's doing, not ours.
 *
 *   ticker INTERVAL_US SECONDS [PRIORITY]     PRIORITY: another than the daemon's 1, so that its own work is not the control's lateness
 *   ticks=N p50=US p99=US stalled=US worst=US     lateness against the grid, when the time is over or SIGTERM comes; stalled: for how long
 *                                                 one of them was not run in all, in stalls of a millisecond and more
 */
#include "config.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { CPUS_MAX = 64 };

struct ticker {
	pthread_t thread;
	int cpu;
	int64_t interval; /* ns */
	int priority;
	size_t max, n;
	int64_t *late;    /* ns, a place for each tick */
};

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

static void *tick(void *arg)
{
	struct ticker *t = arg;
	struct sched_param fifo = {.sched_priority = t->priority};
	int64_t due = now_ns() + t->interval;
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	cpu_set_t here;

	CPU_ZERO(&here);
	CPU_SET(t->cpu, &here);
	if (fd < 0 || sched_setaffinity(0, sizeof(here), &here) || sched_setscheduler(0, SCHED_FIFO, &fifo))
		perror("ticker: not as the daemon runs");
	while (t->n < t->max && !stopped) {
		struct itimerspec at = {.it_value = {due / 1000000000, due % 1000000000}};
		uint64_t expired;

		if (timerfd_settime(fd, TFD_TIMER_ABSTIME, &at, NULL) ||
		    (read(fd, &expired, sizeof(expired)) != (ssize_t)sizeof(expired) && errno != EINTR))
			break;
		t->late[t->n++] = now_ns() - due;
		due += t->interval;
	}
	close(fd);
	return NULL;
}

/* How long it was not run though it was due, in stalls of a millisecond and more. A tick that follows a late one at once is no stall. */
static int64_t stalled(const struct ticker *t)
{
	int64_t sum = 0;

	for (size_t i = 0; i < t->n; i++) {
		int64_t from = i > 0 && t->late[i - 1] > t->interval ? t->late[i - 1] - t->interval : 0;

		if (t->late[i] - from >= 1000000)
			sum += t->late[i] - from;
	}
	return sum;
}

/* Run one on each of the CPUs of `ours`; all their ticks end up in `all`, sorted, and the most that one was stalled in `stalls`. */
static size_t run(const cpu_set_t *ours, int64_t interval, int priority, size_t max, int64_t *all, int64_t *stalls)
{
	static struct ticker tickers[CPUS_MAX];
	size_t n = 0;

	for (int i = 0; i < CPUS_MAX; i++) {
		if (!CPU_ISSET(i, ours))
			continue;
		tickers[i] = (struct ticker){
			.cpu = i, .interval = interval, .priority = priority, .max = max, .late = calloc(max, sizeof(int64_t)),
		};
		if (!tickers[i].late || pthread_create(&tickers[i].thread, NULL, tick, &tickers[i]))
			return 0;
	}
	for (int i = 0; i < CPUS_MAX; i++) {
		if (!tickers[i].late)
			continue;
		pthread_join(tickers[i].thread, NULL);
		int64_t away = stalled(&tickers[i]);

		*stalls = away > *stalls ? away : *stalls;
		for (size_t j = 0; j < tickers[i].n; j++)
			all[n++] = tickers[i].late[j];
		free(tickers[i].late);
	}
	qsort(all, n, sizeof(*all), compare);
	return n;
}

int main(int argc, char **argv)
{
	struct sigaction term = {.sa_handler = on_term};
	int64_t interval, *all, stalls = 0;
	cpu_set_t ours;
	size_t max, n;

	if (argc < 3 || argc > 4 || atol(argv[1]) <= 0 || atol(argv[2]) <= 0) {
		fprintf(stderr, "usage: ticker INTERVAL_US SECONDS [PRIORITY]\n");
		return 2;
	}
	interval = atol(argv[1]) * 1000L;
	max = (size_t)(atol(argv[2]) * 1000000000L / interval) + 1;
	all = sched_getaffinity(0, sizeof(ours), &ours) ? NULL : calloc(max * (size_t)CPU_COUNT(&ours), sizeof(*all));
	if (!all) {
		perror("ticker");
		return 1;
	}
	sigaction(SIGTERM, &term, NULL);
	if (mlockall(MCL_CURRENT | MCL_FUTURE))
		perror("ticker: not as the daemon runs");
	n = run(&ours, interval, argc > 3 ? atoi(argv[3]) : 1, max, all, &stalls);
	if (n > 0)
		printf("ticks=%zu p50=%ld p99=%ld stalled=%ld worst=%ld\n", n, (long)(all[n / 2] / 1000), (long)(all[n * 99 / 100] / 1000),
		       (long)(stalls / 1000), (long)(all[n - 1] / 1000));
	free(all);
	return n == 0;
}
