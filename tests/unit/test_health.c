/*
 * The verdict machine on a clock of the test's own: keepalived's series, and invariants under random outcomes.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "core/probe/health.h"

#define S USEC_PER_SEC

struct step_case {
	const char *name;
	enum health_verdict start;
	uint32_t retry;
	const char *outcomes; /* s success, f failure, n no evidence */
	const char *verdicts; /* after each: ? unknown, u up, d down */
	const char *nexts;    /* after each: i an interval after the start, d a down_interval, r a retry delay after the end */
	uint32_t rise, fall;
};

static const struct step_case cases[] = {
	{ "first success is known up", HEALTH_UNKNOWN, 3, "s", "u", "i", 0, 0 },
	{ "first failures go through the retries", HEALTH_UNKNOWN, 3, "ffff", "???d", "rrri", 0, 0 },
	{ "no retry: down at once", HEALTH_UP, 0, "sf", "ud", "ii", 0, 0 },
	{ "retry + 1 failures", HEALTH_UP, 3, "ffff", "uuud", "rrri", 0, 0 },
	{ "a success in between starts the series again", HEALTH_UP, 1, "fsfsff", "uuuuud", "ririri", 0, 0 },
	{ "down stays down at the interval", HEALTH_DOWN, 3, "fff", "ddd", "iii", 0, 0 },
	{ "one success brings it up", HEALTH_DOWN, 3, "fsf", "duu", "iir", 0, 0 },
	{ "unknown, failure, then success", HEALTH_UNKNOWN, 2, "fs", "?u", "ri", 0, 0 },
	{ "no evidence moves nothing", HEALTH_UP, 0, "nnsnf", "uuuud", "iiiii", 0, 0 },
	{ "no evidence does not break a series", HEALTH_UP, 1, "fnf", "uud", "rri", 0, 0 },
	{ "no evidence leaves unknown and down alone", HEALTH_UNKNOWN, 0, "nfn", "?dd", "iii", 0, 0 },
	{ "fall instead of retry", HEALTH_UP, 9, "fff", "uud", "rrd", 2, 3 },
	{ "fall of one", HEALTH_UNKNOWN, 9, "f", "d", "d", 2, 1 },
	{ "rise takes successes in a row", HEALTH_DOWN, 0, "ssfsss", "dddddu", "rrdrri", 3, 1 },
	{ "what is not known to be down needs one", HEALTH_UNKNOWN, 0, "s", "u", "i", 3, 1 },
	{ "no evidence does not break a rise", HEALTH_DOWN, 0, "snss", "dddu", "rrri", 3, 1 },
	{ "its own interval while it is down", HEALTH_UP, 0, "sffs", "uddd", "iddr", 2, 1 },
};

static enum health_outcome outcome_of(char c)
{
	return c == 's' ? HEALTH_SUCCESS : c == 'f' ? HEALTH_FAILURE : HEALTH_NO_EVIDENCE;
}

static char letter_of(enum health_verdict v)
{
	return "?ud"[v];
}

static void run_case(const struct step_case *c)
{
	const struct health_conf conf = { .interval = 10 * S, .retry_delay = 3 * S, .retry = c->retry,
		                                .rise = c->rise, .fall = c->fall, .down_interval = c->fall ? 2 * S : 0 };
	usec_t started = 1000 * S;
	struct health h;

	health_init(&h, c->start);
	for (size_t i = 0; c->outcomes[i]; i++) {
		usec_t now = started + S / 2;
		struct health_step step = health_feed(&h, &conf, outcome_of(c->outcomes[i]), started, now);

		if (letter_of(h.verdict) != c->verdicts[i])
			fail_msg("%s: step %zu: verdict %c", c->name, i, letter_of(h.verdict));
		if (step.next != (c->nexts[i] == 'r' ? now + 3 * S : started + (c->nexts[i] == 'd' ? 2 : 10) * S))
			fail_msg("%s: step %zu: next after %lld", c->name, i, (long long)(step.next - started));
		assert_int_equal(step.retrying, c->nexts[i] == 'r');
		assert_int_equal(step.to, h.verdict);
		if (step.from != step.to)
			assert_true(h.changed_at == now);
		started = step.next;
	}
}

static void test_series(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		run_case(&cases[i]);
}

static void test_long_run_skips_starts(void **state)
{
	(void)state;
	assert_true(health_next_regular(100, 50, 149) == 150);
	assert_true(health_next_regular(100, 50, 150) == 200);
	assert_true(health_next_regular(100, 50, 151) == 200);
	assert_true(health_next_regular(100, 50, 100 + 50 * 1000 + 7) == 100 + 50 * 1001);
	assert_true(health_next_regular(100, USEC_NEVER, 200) == USEC_NEVER);
}

static void test_change_only_when_it_changes(void **state)
{
	const struct health_conf conf = { .interval = S, .retry_delay = 0, .retry = 0 };
	struct health h;

	(void)state;
	health_init(&h, HEALTH_DOWN);
	assert_true(h.changed_at == 0);
	health_feed(&h, &conf, HEALTH_FAILURE, 5, 6);
	assert_true(h.changed_at == 0 && h.failed_in_row == 1);
	health_feed(&h, &conf, HEALTH_SUCCESS, 7, 8);
	assert_true(h.changed_at == 8 && h.failed_in_row == 0);
	health_feed(&h, &conf, HEALTH_SUCCESS, 9, 10);
	assert_true(h.changed_at == 8);
}

/* Against a model of its own: the verdict is a function of the last success and the failures after it. */
static void test_random_outcomes(void **state)
{
	struct health_conf conf = { .interval = 6 * S, .retry_delay = S };
	usec_t started = S;
	struct health h;

	(void)state;
	srandom(20240);
	for (int round = 0; round < 200; round++) {
		uint32_t failures = 0;
		bool down = round % 3 == 2;

		conf.retry = (uint32_t)(random() % 5);
		health_init(&h, (enum health_verdict)(round % 3));
		for (int i = 0; i < 200; i++) {
			enum health_outcome o = (enum health_outcome)(random() % 3);
			usec_t now = started + random() % (20 * S);
			struct health_step step = health_feed(&h, &conf, o, started, now);

			failures = o == HEALTH_SUCCESS ? 0 : failures + (o == HEALTH_FAILURE);
			down = o == HEALTH_SUCCESS ? false : down || failures > conf.retry;
			assert_int_equal(h.verdict == HEALTH_DOWN, down);
			assert_int_equal(h.failed_in_row, failures);
			assert_true(step.next > now);
			assert_true(step.next <= usec_max(started, now) + conf.interval);
			started = step.next;
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_series),
		cmocka_unit_test(test_long_run_skips_starts),
		cmocka_unit_test(test_change_only_when_it_changes),
		cmocka_unit_test(test_random_outcomes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
