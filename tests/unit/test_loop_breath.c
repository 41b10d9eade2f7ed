/*
 * A loop that is always busy takes naps, so that the kernel counts it as waiting; none of them may last over a deadline. The kernel here
 * counts none of the first naps, so that they grow; the clock goes on by some microseconds each time that it is looked at.
 */
#include "config.h"

#include "tests/unit/test.h"

#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "tests/unit/loop_fixture.h"

#define EVERY 300 /* us: less than the longest nap */

static struct {
	struct loop *loop;
	struct loop_timer timer;
	usec_t every;
	usec_t now;
	long waits;
	bool counts;        /* the kernel counts a nap that is long enough */
	unsigned naps, over; /* longer than the first; beyond the deadline */
	long longest;
} world;

/* ---- what core/loop calls ---- */

int clock_gettime(clockid_t id, struct timespec *out)
{
	(void)id;
	world.now += 7;
	*out = (struct timespec){ .tv_sec = world.now / USEC_PER_SEC, .tv_nsec = world.now % USEC_PER_SEC * 1000 };
	return 0;
}

int getrusage(__rusage_who_t who, struct rusage *out)
{
	(void)who;
	*out = (struct rusage){ .ru_nvcsw = world.waits };
	return 0;
}

int nanosleep(const struct timespec *nap, struct timespec *left)
{
	(void)left;
	world.longest = nap->tv_nsec > world.longest ? nap->tv_nsec : world.longest;
	if (nap->tv_nsec > 20000) {
		world.naps++;
		world.over += world.now + nap->tv_nsec / 1000 > world.timer.due;
	}
	world.now += nap->tv_nsec / 1000;
	world.waits += world.counts && nap->tv_nsec > 100000;
	return 0;
}

/* ---- a busy loop with a deadline ---- */

static void on_due(void *user)
{
	(void)user;
	loop_timer_set(world.loop, &world.timer, mono_now() + world.every);
}

static void busy(void *user, unsigned events)
{
	(void)user, (void)events;
}

static void run_busy(struct loop *l, usec_t time, usec_t every, bool counts)
{
	struct loop_io io;
	int fd = ready_eventfd(1);

	memset(&world, 0, sizeof(world));
	world.now = USEC_PER_SEC;
	world.loop = l;
	world.every = every;
	world.counts = counts;
	loop_timer_init(&world.timer, LOOP_URGENT, on_due, NULL);
	loop_timer_set(l, &world.timer, mono_now() + world.every);
	loop_io_init(&io, LOOP_QUEUED, busy, NULL);
	loop_io_set(l, &io, fd, LOOP_READ);
	run_for(l, time);
	loop_io_stop(l, &io);
	loop_timer_stop(l, &world.timer);
	close(fd);
}

static void test_no_nap_over_a_deadline(void **state)
{
	run_busy(*state, 90 * USEC_PER_MS, EVERY, false);
	assert_true(world.naps > 0);
	assert_int_equal(world.over, 0);
	assert_true(world.longest <= EVERY * 1000);
}

static void test_a_nap_that_counts_is_the_last(void **state)
{
	run_busy(*state, 90 * USEC_PER_MS, 10 * EVERY, true);
	assert_true(world.waits > 0);
	assert_int_equal(world.longest, 160000);
}

/* Real-time scheduling is worth more than one deadline. */
static void test_in_vain_for_long(void **state)
{
	run_busy(*state, 150 * USEC_PER_MS, EVERY, false);
	assert_in_range(world.over, 1, 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_no_nap_over_a_deadline, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_nap_that_counts_is_the_last, setup, teardown),
		cmocka_unit_test_setup_teardown(test_in_vain_for_long, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
