/*
 * The time in a reload_time_file.
 */
#include "config.h"

#include "tests/unit/test.h"

#include <stdlib.h>
#include <time.h>

#include "core/reload_when.h"

/* 2026-07-15 12:00:00 UTC, a Wednesday; in Berlin it is 14:00. */
#define NOON 1784116800

static void test_utc(void **state)
{
	static const struct {
		const char *line;
		enum reload_when kind;
		int64_t at;
	} cases[] = {
		{ "12:00:01Z", RELOAD_WHEN_DAILY, NOON + 1 },
		{ "12:00:00Z", RELOAD_WHEN_DAILY, NOON + 86400 }, /* now is over */
		{ "00:00:00Z", RELOAD_WHEN_DAILY, NOON + 43200 },
		{ "23:59:59Z", RELOAD_WHEN_DAILY, NOON + 43199 },
		{ "2026-07-15 12:00:01Z", RELOAD_WHEN_ONCE, NOON + 1 },
		{ "26-07-16 12:00:00Z", RELOAD_WHEN_ONCE, NOON + 86400 },
		{ "2026-07-15 12:00:00Z", RELOAD_WHEN_PAST, 0 },
		{ "1999-12-31 23:59:59Z", RELOAD_WHEN_PAST, 0 },
		{ "", RELOAD_WHEN_NONE, 0 },
		{ "12:00", RELOAD_WHEN_NONE, 0 },
		{ " 12:00:01Z", RELOAD_WHEN_NONE, 0 },
		{ "12:00:01Z ", RELOAD_WHEN_NONE, 0 },
		{ "12:00:01ZZ", RELOAD_WHEN_NONE, 0 },
		{ "24:00:00Z", RELOAD_WHEN_NONE, 0 },
		{ "12:60:00Z", RELOAD_WHEN_NONE, 0 },
		{ "12:00:60Z", RELOAD_WHEN_NONE, 0 },
		{ "2026-13-01 12:00:00Z", RELOAD_WHEN_NONE, 0 },
		{ "2026-00-01 12:00:00Z", RELOAD_WHEN_NONE, 0 },
		{ "2026-04-32 12:00:00Z", RELOAD_WHEN_NONE, 0 },
		{ "2026-07-15  12:00:01Z", RELOAD_WHEN_NONE, 0 },
		{ "2026-07-15T12:00:01Z", RELOAD_WHEN_NONE, 0 },
		{ "026-07-15 12:00:01Z", RELOAD_WHEN_NONE, 0 },
	};

	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		int64_t at = 0;

		assert_int_equal(reload_when_parse(cases[i].line, NOON, &at), cases[i].kind);
		if (cases[i].at)
			assert_int_equal(at, cases[i].at);
	}
}

/* Where the clock is put back in the night of October 25th, the next 03:30 is 25 hours after the last. */
static void test_local(void **state)
{
	const int64_t before = 1792895400; /* 2026-10-25 03:30 in Berlin, summer time being over: 02:30 UTC */
	int64_t at = 0;

	(void)state;
	setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
	tzset();
	assert_int_equal(reload_when_parse("14:00:01", NOON, &at), RELOAD_WHEN_DAILY);
	assert_int_equal(at, NOON + 1);
	assert_int_equal(reload_when_parse("2026-07-15 13:59:59", NOON, &at), RELOAD_WHEN_PAST);
	assert_int_equal(reload_when_parse("03:30:00", before - 25 * 3600, &at), RELOAD_WHEN_DAILY);
	assert_int_equal(at, before);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_utc), cmocka_unit_test(test_local) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
