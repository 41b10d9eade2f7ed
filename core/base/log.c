/*
 * The log: from a caller's line to the ring, and from the ring, on a thread of its own, to the targets (log_out.h).
 *
 * Owns the ring and the thread. A caller only formats and copies under a mutex that inherits priority and is never
 * held over a system call; the targets are touched by one thread at a time, guarded by `out_mutex` where both
 * could.
 */
#include "config.h"

#include "core/base/log.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "core/base/log_out.h"
#include "core/base/text.h"
#include "core/base/thread.h"

#define RING_LINES 512

static struct {
	_Atomic int max;
	_Atomic uint64_t dropped;
	pthread_mutex_t out_mutex; /* direct writes, while there is no thread */
	pthread_mutex_t mutex;     /* everything below */
	pthread_cond_t some;
	struct log_line *ring;     /* RING_LINES; NULL: no thread, lines are written directly */
	unsigned head, used;
	uint64_t overrun;          /* lines that found the ring full, not yet told */
	bool closing;
	pthread_t thread;
	int done_fd;               /* the thread says that it is through */
} log_state = {
	.max = LOG_LVL_INFO,
	.out_mutex = PTHREAD_MUTEX_INITIALIZER,
	.mutex = PTHREAD_MUTEX_INITIALIZER,
	.some = PTHREAD_COND_INITIALIZER,
	.done_fd = -1,
};

void log_open(const struct log_target *t)
{
	log_out_open(t);
	log_set_max(t->max);
}

int log_file_error(void)
{
	return log_out_file_error();
}

void log_set_max(enum log_level max)
{
	atomic_store_explicit(&log_state.max, (int)max, memory_order_relaxed);
}

bool log_enabled(enum log_level level)
{
	return (int)level <= atomic_load_explicit(&log_state.max, memory_order_relaxed);
}

uint64_t log_dropped(void)
{
	return atomic_load_explicit(&log_state.dropped, memory_order_relaxed);
}

static void count_dropped(uint64_t n)
{
	atomic_fetch_add_explicit(&log_state.dropped, n, memory_order_relaxed);
}

/* ---- the caller's side ---- */

/* Control bytes may come from a peer or a file: one event stays one line, and no escape reaches a terminal. */
static void make_printable(char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			*s = '?';
}

static void write_direct(const struct log_line *line)
{
	pthread_mutex_lock(&log_state.out_mutex);
	count_dropped(log_out_write(line, true));
	pthread_mutex_unlock(&log_state.out_mutex);
}

/* False: there is no thread to take it. */
static bool ring_put(const struct log_line *line)
{
	bool threaded;

	pthread_mutex_lock(&log_state.mutex);
	threaded = log_state.ring != NULL;
	if (threaded && log_state.used < RING_LINES) {
		struct log_line *slot = &log_state.ring[(log_state.head + log_state.used) % RING_LINES];

		slot->wall = line->wall;
		slot->level = line->level;
		memcpy(slot->text, line->text, strlen(line->text) + 1);
		if (log_state.used++ == 0)
			pthread_cond_signal(&log_state.some);
	} else if (threaded) {
		log_state.overrun++;
		count_dropped(1);
	}
	pthread_mutex_unlock(&log_state.mutex);
	return threaded;
}

void log_write(enum log_level level, const char *who, const char *fmt, ...)
{
	int saved_errno = errno;
	struct log_line line;
	struct timespec now;
	size_t n = 0;
	va_list ap;

	if (!log_enabled(level))
		return;
	timespec_get(&now, TIME_UTC);
	line.wall = now.tv_sec * USEC_PER_SEC + now.tv_nsec / 1000;
	line.level = level;
	line.text[0] = '\0';
	if (level == LOG_LVL_DEBUG)
		text_append(line.text, sizeof(line.text), &n, "%s: ", who);
	va_start(ap, fmt);
	vsnprintf(line.text + n, sizeof(line.text) - n, fmt, ap);
	va_end(ap);
	make_printable(line.text);
	if (!ring_put(&line))
		write_direct(&line);
	errno = saved_errno;
}

/* ---- the thread ---- */

/* Wait for a line. False: closing, and none is left. *overrun gets how many found the ring full since last asked. */
static bool ring_take(struct log_line *line, uint64_t *overrun, bool *closing)
{
	bool got;

	pthread_mutex_lock(&log_state.mutex);
	while (log_state.used == 0 && !log_state.closing)
		pthread_cond_wait(&log_state.some, &log_state.mutex);
	got = log_state.used > 0;
	if (got) {
		const struct log_line *slot = &log_state.ring[log_state.head];

		line->wall = slot->wall;
		line->level = slot->level;
		text_copy(line->text, sizeof(line->text), slot->text);
		log_state.head = (log_state.head + 1) % RING_LINES;
		log_state.used--;
	}
	*overrun = log_state.overrun;
	log_state.overrun = 0;
	*closing = log_state.closing;
	pthread_mutex_unlock(&log_state.mutex);
	return got;
}

static void *writer_main(void *arg)
{
	struct log_line line;
	uint64_t overrun;
	bool closing;

	while (ring_take(&line, &overrun, &closing)) {
		count_dropped(log_out_write(&line, !closing));
		log_out_note_lost(overrun);
	}
	log_out_report_lost();
	eventfd_write(log_state.done_fd, 1);
	return arg;
}

int log_thread_start(void)
{
	struct log_line *ring;
	int err;

	if (log_state.ring)
		return EALREADY;
	ring = malloc(RING_LINES * sizeof(*ring));
	if (!ring)
		return ENOMEM;
	memset(ring, 0, RING_LINES * sizeof(*ring)); /* touch every page now, not in a caller later */
	log_state.done_fd = eventfd(0, EFD_CLOEXEC);
	if (log_state.done_fd < 0) {
		err = errno;
		free(ring);
		return err;
	}
	thread_mutex_init(&log_state.mutex);
	log_state.head = log_state.used = 0;
	log_state.closing = false;
	log_state.ring = ring;
	err = thread_create(&log_state.thread, "regent-log", writer_main, NULL);
	if (err) {
		log_state.ring = NULL;
		close(log_state.done_fd);
		free(ring);
	}
	return err;
}

/* True where the thread has gone within `max` microseconds. */
static bool writer_join(usec_t max)
{
	struct pollfd done = { .fd = log_state.done_fd, .events = POLLIN };
	int max_ms = (int)usec_min(max / USEC_PER_MS, INT_MAX);

	pthread_mutex_lock(&log_state.mutex);
	log_state.closing = true;
	pthread_cond_signal(&log_state.some);
	pthread_mutex_unlock(&log_state.mutex);
	if (poll(&done, 1, max_ms) != 1)
		return false;
	pthread_join(log_state.thread, NULL);
	return true;
}

void log_close(usec_t max)
{
	if (log_state.ring) {
		/* A writer stuck in the kernel keeps its memory and targets; the process is about to end. */
		if (!writer_join(max))
			return;
		free(log_state.ring);
		log_state.ring = NULL;
		close(log_state.done_fd);
	}
	log_out_close();
}

/* ---- limits ---- */

bool log_limit_pass(struct log_limit *l, usec_t now, uint32_t burst, usec_t every, uint32_t *suppressed)
{
	while (l->spent > 0 && now >= l->refill_at) {
		l->spent--;
		l->refill_at = usec_add(l->refill_at, every);
	}
	if (l->spent >= burst) {
		l->suppressed++;
		return false;
	}
	if (l->spent++ == 0)
		l->refill_at = usec_add(now, every);
	if (suppressed)
		*suppressed = l->suppressed;
	l->suppressed = 0;
	return true;
}
