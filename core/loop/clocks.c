/*
 * Doubt about time: the wall clock was stepped, or the host slept (CLOCK_BOOTTIME went on where CLOCK_MONOTONIC stood).
 *
 * A timer on the wall clock, far away, is cancelled by the kernel when the clock is set, and on resume. Both are looked at every second
 * too, where a kernel tells neither.
 */
#include "config.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "core/loop/loop_priv.h"

#define LOOK_EVERY USEC_PER_SEC
#define FAR_AWAY (INT64_C(1) << 40) /* seconds */

struct loop_clocks {
	struct loop *loop;
	void (*fn)(void *user, enum loop_doubt why, int64_t stepped);
	void *user;
	struct loop_io io;
	struct loop_timer look;
	int fd;
	usec_t boot_ahead;  /* CLOCK_BOOTTIME - CLOCK_MONOTONIC */
	int64_t wall_ahead; /* wall clock - CLOCK_BOOTTIME */
};

static void arm(struct loop_clocks *c)
{
	const struct itimerspec at = { .it_value.tv_sec = (time_t)FAR_AWAY };

	(void)timerfd_settime(c->fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &at, NULL);
}

static void look(struct loop_clocks *c, bool cancelled)
{
	usec_t boot = boot_now(), boot_ahead = boot - mono_now();
	int64_t wall_ahead = wall_now() - boot, stepped = wall_ahead - c->wall_ahead;
	enum loop_doubt why = loop_clocks_compare(boot_ahead - c->boot_ahead, stepped);

	c->boot_ahead = boot_ahead;
	c->wall_ahead = wall_ahead;
	if (why == LOOP_NO_DOUBT && cancelled)
		why = LOOP_STEPPED;
	if (why != LOOP_NO_DOUBT)
		c->fn(c->user, why, stepped);
}

void loop_clocks_look(struct loop_clocks *c)
{
	if (c)
		look(c, false);
}

static void on_timer(void *user)
{
	struct loop_clocks *c = user;

	loop_timer_set(c->loop, &c->look, mono_now() + LOOK_EVERY);
	look(c, false);
}

static void on_cancel(void *user, unsigned events)
{
	struct loop_clocks *c = user;
	uint64_t expired;

	(void)events;
	if (read(c->fd, &expired, sizeof(expired)) >= 0 || errno != ECANCELED)
		return;
	arm(c);
	look(c, true);
}

struct loop_clocks *loop_clocks_new(struct loop *l, void (*fn)(void *user, enum loop_doubt why, int64_t stepped), void *user)
{
	struct loop_clocks *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->fd = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);
	if (c->fd < 0) {
		free(c);
		return NULL;
	}
	c->loop = l;
	c->fn = fn;
	c->user = user;
	c->boot_ahead = boot_now() - mono_now();
	c->wall_ahead = wall_now() - boot_now();
	loop_io_init(&c->io, LOOP_QUEUED, on_cancel, c);
	loop_timer_init(&c->look, LOOP_QUEUED, on_timer, c);
	arm(c);
	loop_io_set(l, &c->io, c->fd, LOOP_READ);
	loop_timer_set(l, &c->look, mono_now() + LOOK_EVERY);
	return c;
}

void loop_clocks_free(struct loop_clocks *c)
{
	if (!c)
		return;
	loop_io_stop(c->loop, &c->io);
	loop_timer_stop(c->loop, &c->look);
	close(c->fd);
	free(c);
}
