/*
 * A loop for each test, run until something stops it, with a guard against a test that would hang.
 */
#ifndef REGENT_TESTS_UNIT_LOOP_FIXTURE_H
#define REGENT_TESTS_UNIT_LOOP_FIXTURE_H

#include <sys/eventfd.h>

#include "core/loop/loop.h"
#include "tests/unit/test.h"

static inline void on_guard(void *user)
{
	(void)user;
	fail_msg("nothing happened for 60 s");
}

static inline void stop_loop(void *user)
{
	loop_stop(user);
}

/* Run until something calls loop_stop(), for at most 60 s. */
static inline void run(struct loop *l)
{
	struct loop_timer guard;

	loop_timer_init(&guard, LOOP_QUEUED, on_guard, NULL);
	loop_timer_set(l, &guard, mono_now() + 60 * USEC_PER_SEC);
	loop_run(l);
	loop_timer_stop(l, &guard);
}

static inline void run_for(struct loop *l, usec_t time)
{
	struct loop_timer end;

	loop_timer_init(&end, LOOP_QUEUED, stop_loop, l);
	loop_timer_set(l, &end, mono_now() + time);
	run(l);
	loop_timer_stop(l, &end);
}

static inline int setup(void **state)
{
	*state = loop_new();
	return *state ? 0 : -1;
}

static inline int teardown(void **state)
{
	loop_free(*state);
	return 0;
}

static inline int ready_eventfd(unsigned value)
{
	int fd = eventfd(value, EFD_NONBLOCK | EFD_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static inline void spin(usec_t time)
{
	usec_t until = mono_now() + time;

	while (mono_now() < until)
		;
}

#endif
