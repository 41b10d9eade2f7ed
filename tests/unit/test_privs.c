/*
 * A core that computes without end loses its real-time class, and neither its life nor the word of it.
 */
#include "config.h"

#include "tests/unit/test.h"

#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <time.h>

#include "core/privs.h"

static void test_overrun(void **state)
{
	const struct rlimit soon = { .rlim_cur = 50000, .rlim_max = 4000000 };
	time_t end = time(NULL) + 30;

	(void)state;
	privs_take_realtime(0, false, &(struct privs_process){ .nice = 0 });
	assert_false(privs_overran());
	if ((sched_getscheduler(0) & ~SCHED_RESET_ON_FORK) == SCHED_FIFO) {
		assert_int_equal(setrlimit(RLIMIT_RTTIME, &soon), 0);
		while ((sched_getscheduler(0) & ~SCHED_RESET_ON_FORK) == SCHED_FIFO && time(NULL) < end)
			;
	} else {
		raise(SIGXCPU); /* not allowed here: what follows from it, at least */
	}
	assert_int_equal(sched_getscheduler(0) & ~SCHED_RESET_ON_FORK, SCHED_OTHER);
	assert_true(privs_overran());
	assert_false(privs_overran());
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_overrun) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
