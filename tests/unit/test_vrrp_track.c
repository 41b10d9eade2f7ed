/*
 * What trackers' verdicts mean, how results become verdicts, what a file and a process say, and the daemon's own health. All with
 * a clock of the test's own.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/vrrp/health.h"
#include "core/vrrp/prio.h"
#include "core/vrrp/told.h"
#include "core/vrrp/track.h"

#define N_ELEMENTS(a) (sizeof(a) / sizeof((a)[0]))
#define S USEC_PER_SEC

static void shares(void **state)
{
	static const struct {
		struct track_use use;
		struct track_said said;
		struct track_share want;
	} cases[] = {
		/* weight 0: down is a fault, unknown waits */
		{ { TRACK_SCRIPT, 0, false, false }, { TRACK_UP, 0 }, { 0, false, false } },
		{ { TRACK_SCRIPT, 0, false, false }, { TRACK_DOWN, 0 }, { 0, true, false } },
		{ { TRACK_SCRIPT, 0, false, false }, { TRACK_UNKNOWN, 0 }, { 0, false, true } },
		{ { TRACK_SCRIPT, 0, true, false }, { TRACK_UP, 0 }, { 0, true, false } },
		/* weights: a positive one while up, a negative one while down; unknown is as good as up */
		{ { TRACK_SCRIPT, 20, false, false }, { TRACK_UP, 0 }, { 20, false, false } },
		{ { TRACK_SCRIPT, 20, false, false }, { TRACK_DOWN, 0 }, { 0, false, false } },
		{ { TRACK_SCRIPT, 20, false, false }, { TRACK_UNKNOWN, 0 }, { 20, false, false } },
		{ { TRACK_SCRIPT, -20, false, false }, { TRACK_UP, 0 }, { 0, false, false } },
		{ { TRACK_SCRIPT, -20, false, false }, { TRACK_DOWN, 0 }, { -20, false, false } },
		{ { TRACK_SCRIPT, -20, true, false }, { TRACK_UP, 0 }, { -20, false, false } },
		/* in a sync group it does not count */
		{ { TRACK_SCRIPT, -20, false, true }, { TRACK_DOWN, 0 }, { 0, false, false } },
		/* files: the number times the weight */
		{ { TRACK_FILE, 3, false, false }, { TRACK_UP, 7 }, { 21, false, false } },
		{ { TRACK_FILE, 3, true, false }, { TRACK_UP, 7 }, { -21, false, false } },
		{ { TRACK_FILE, 1, false, false }, { TRACK_UP, -253 }, { -253, false, false } },
		{ { TRACK_FILE, 1, false, false }, { TRACK_UP, -254 }, { -254, true, false } },
		{ { TRACK_FILE, 254, false, false }, { TRACK_UP, INT32_MAX }, { 254, false, false } },
		{ { TRACK_FILE, 254, false, false }, { TRACK_UP, INT32_MIN }, { -254, true, false } },
		{ { TRACK_FILE, 0, false, false }, { TRACK_UP, 0 }, { 0, false, false } },
		{ { TRACK_FILE, 0, false, false }, { TRACK_UP, 1 }, { 0, true, false } },
		{ { TRACK_FILE, 0, true, false }, { TRACK_UP, 0 }, { 0, true, false } },
		{ { TRACK_FILE, 0, false, false }, { TRACK_UNKNOWN, 0 }, { 0, false, true } },
		{ { TRACK_FILE, 5, false, false }, { TRACK_UNKNOWN, 9 }, { 0, false, false } },
	};

	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		struct track_share got = track_share_of(&cases[i].use, &cases[i].said);

		if (got.add != cases[i].want.add || got.fault != cases[i].want.fault || got.wait != cases[i].want.wait)
			fail_msg("case %zu: adds %d, fault %d, wait %d", i, got.add, got.fault, got.wait);
	}
}

/* The sum is the same in whatever order, and after whatever went before: a property over random trackers. */
static void order_leaves_nothing_behind(void **state)
{
	struct track_use use[6];
	struct track_said said[6];

	(void)state;
	srand(42);
	for (int round = 0; round < 2000; round++) {
		struct track_share there = { .add = 0 }, back = { .add = 0 };
		uint8_t p;

		for (size_t i = 0; i < 6; i++) {
			use[i] = (struct track_use){ .kind = (enum track_kind)(1 + rand() % 7), .weight = rand() % 507 - 253,
				.reverse = rand() % 2, .ignored = rand() % 4 == 0 };
			said[i] = (struct track_said){ (enum track_verdict)(rand() % 3), rand() % 600 - 300 };
			there = track_share_sum(there, track_share_of(&use[i], &said[i]));
		}
		for (size_t i = 6; i-- > 0;)
			back = track_share_sum(back, track_share_of(&use[i], &said[i]));
		assert_int_equal(there.add, back.add);
		assert_int_equal(there.fault, back.fault);
		p = vrrp_prio_effective((uint8_t)(1 + rand() % 254), there.add);
		assert_in_range(p, 1, 254);
		assert_int_equal(vrrp_prio_effective(255, there.add), 255);
	}
}

static void rise_and_fall(void **state)
{
	struct track_count c = { .verdict = TRACK_UNKNOWN };

	(void)state;
	assert_true(track_count_result(&c, 3, 2, true)); /* the first decides */
	assert_int_equal(c.verdict, TRACK_UP);
	assert_false(track_count_result(&c, 3, 2, false));
	assert_false(track_count_result(&c, 3, 2, true)); /* not in a row */
	assert_false(track_count_result(&c, 3, 2, false));
	assert_true(track_count_result(&c, 3, 2, false));
	assert_int_equal(c.verdict, TRACK_DOWN);
	assert_false(track_count_result(&c, 3, 2, true));
	assert_false(track_count_result(&c, 3, 2, true));
	assert_int_equal(c.verdict, TRACK_DOWN);
	assert_true(track_count_result(&c, 3, 2, true));
	assert_int_equal(c.verdict, TRACK_UP);
}

static void settling(void **state)
{
	struct track_settle s;

	(void)state;
	track_settle_init(&s);
	assert_true(track_settle_see(&s, false, 5 * S, 2 * S, 0)); /* the first sight counts */
	assert_int_equal(s.settled, TRACK_DOWN);
	assert_false(track_settle_see(&s, true, 5 * S, 2 * S, 1 * S));
	assert_int_equal(s.due, 6 * S);
	assert_false(track_settle_see(&s, true, 5 * S, 2 * S, 3 * S)); /* seen again: no new delay */
	assert_int_equal(s.due, 6 * S);
	assert_false(track_settle_due(&s, 6 * S - 1));
	assert_true(track_settle_due(&s, 6 * S));
	assert_int_equal(s.settled, TRACK_UP);
	assert_false(track_settle_see(&s, false, 5 * S, 2 * S, 7 * S));
	assert_false(track_settle_see(&s, true, 5 * S, 2 * S, 8 * S)); /* it was back in time */
	assert_int_equal(s.due, USEC_NEVER);
	assert_false(track_settle_due(&s, 100 * S));
	assert_true(track_settle_see(&s, false, 5 * S, 0, 9 * S)); /* no delay */
}

static void numbers_in_files(void **state)
{
	static const struct {
		const char *text;
		bool ok;
		int32_t value;
	} cases[] = {
		{ "", true, 0 }, { "\n", true, 0 }, { "5", true, 5 }, { " -12 \n", true, -12 }, { "+3\n\n", true, 3 }, { "007", true, 7 },
		{ "2147483648", true, INT32_MAX }, { "-99999999999999999999999999", true, -INT32_MAX }, { "-", false, 0 },
		{ "5 6", false, 0 }, { "5x", false, 0 }, { "0x10", false, 0 }, { "1.5", false, 0 },
	};
	int32_t n;

	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		assert_int_equal(track_file_number(cases[i].text, strlen(cases[i].text), &n), cases[i].ok);
		if (cases[i].ok)
			assert_int_equal(n, cases[i].value);
	}
	assert_false(track_file_number("5\0006", 3, &n)); /* a NUL is no end */
}

#define LINE(s) (s), sizeof(s)

static void processes(void **state)
{
	static const struct {
		const char *argv[4];
		enum track_match match;
		bool full;
		const char *comm, *line;
		size_t len;
		bool want;
	} cases[] = {
		{ { "haproxy" }, 0, false, "haproxy", LINE("/usr/sbin/haproxy\0-f\0x"), true },
		{ { "haprox" }, 0, false, "haproxy", LINE("/usr/sbin/haproxy"), false },
		{ { "a-very-long-name-of-15" }, 0, false, "a-very-long-nam", LINE("a-very-long-name-of-15"), true },
		{ { "/usr/sbin/haproxy" }, 0, false, "haproxy", LINE("/usr/sbin/haproxy"), true },
		{ { "/usr/sbin/haproxy" }, 0, false, "haproxy", LINE("/opt/haproxy"), false },
		{ { "haproxy" }, 0, true, "haproxy", LINE("/usr/sbin/haproxy"), false },
		{ { "haproxy" }, 0, true, "haproxy", LINE("haproxy"), true },
		{ { "sh", "-c" }, 0, false, "sh", LINE("/bin/sh\0-c"), true },
		{ { "sh", "-c" }, 0, false, "sh", LINE("/bin/sh\0-c\0x"), false },
		{ { "sh", "-c" }, 0, false, "sh", LINE("/bin/sh"), false },
		{ { "sh", "-c" }, 1, false, "sh", LINE("/bin/sh\0-c\0x"), true },
		{ { "sh", "-c" }, 1, false, "sh", LINE("/bin/sh\0-cx\0x"), false },
		{ { "sh", "-c", "sle" }, 2, false, "sh", LINE("/bin/sh\0-c\0sleep 5"), true },
		{ { "sh", "-c", "sle" }, 2, false, "sh", LINE("/bin/sh\0-cc\0sleep 5"), false },
	};

	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		struct track_process p = { .argv = cases[i].argv, .match = cases[i].match, .full_command = cases[i].full };

		while (p.n_argv < 4 && cases[i].argv[p.n_argv])
			p.n_argv++;
		if (track_process_is(&p, cases[i].comm, cases[i].line, cases[i].len) != cases[i].want)
			fail_msg("case %zu", i);
	}
}

/* A command line of /proc need not end in a NUL; what is cut off is no argument. */
static void cut_command_line(void **state)
{
	static const char *const argv[] = { "sh", "-c" };
	struct track_process p = { .argv = argv, .n_argv = 2 };
	char *line = malloc(7);

	(void)state;
	assert_non_null(line);
	memcpy(line, "sh\0-c..", 7);
	assert_false(track_process_is(&p, "sh", line, 5));
	assert_false(track_process_is(&p, "sh", line, 0));
	free(line);
}

static void health(void **state)
{
	struct health h = { .causes = 0 };
	struct health_seen ill = { .services = true, .no_ipvs = true }, well = { .services = true };
	char text[96];

	(void)state;
	assert_false(health_look(&h, &ill, 100 * S));
	assert_false(health_look(&h, &ill, 100 * S + HEALTH_BAD_FOR - 1));
	assert_true(health_look(&h, &ill, 100 * S + HEALTH_BAD_FOR));
	assert_int_equal(h.causes, HEALTH_NO_IPVS);
	assert_non_null(strstr(health_text(h.causes, text, sizeof(text)), "IPVS"));
	/* a moment of health is none */
	assert_false(health_look(&h, &well, 110 * S));
	assert_false(health_look(&h, &ill, 111 * S));
	assert_false(health_look(&h, &well, 112 * S));
	assert_false(health_look(&h, &well, 112 * S + HEALTH_GOOD_FOR - 1));
	assert_true(health_look(&h, &well, 112 * S + HEALTH_GOOD_FOR));
	assert_int_equal(h.causes, 0);
	/* without services IPVS is nobody's business; one late look is no illness */
	ill.services = false;
	assert_false(health_look(&h, &ill, 200 * S));
	assert_false(health_look(&h, &ill, 210 * S));
	assert_false(health_look(&h, &(struct health_seen){ .late = 50 * S }, 260 * S));
	assert_false(health_look(&h, &well, 261 * S));
	assert_false(health_look(&h, &(struct health_seen){ .netlink_age = HEALTH_NETLINK_AFTER + 1 }, 270 * S));
	assert_true(health_look(&h, &(struct health_seen){ .netlink_age = 5 * S, .late = 2 * S }, 272 * S));
	assert_true(health_look(&h, &(struct health_seen){ .netlink_age = 5 * S, .late = 2 * S }, 274 * S));
	assert_int_equal(h.causes, HEALTH_LATE | HEALTH_NETLINK);
	assert_non_null(strstr(health_text(h.causes, text, sizeof(text)), "; "));
	assert_int_equal(strlen(health_text(7, text, 10)), 9);
}

/* Ten changes a second for a minute. */
static void a_flap_is_told_now_and_then(void **state)
{
	const struct track_said unknown = { .verdict = TRACK_UNKNOWN }, up = { .verdict = TRACK_UP }, down = { .verdict = TRACK_DOWN };
	struct track_said before, now_says = up;
	uint32_t tells = 0, changes = 0;
	struct track_told t;

	(void)state;
	track_told_init(&t, &unknown);
	assert_false(track_told_see(&t, &up, 5 * S)); /* well at first: no news */
	assert_int_equal(track_told_due(&t), USEC_NEVER);
	for (usec_t now = 10 * S; now < 70 * S; now += S / 10) {
		if (now >= track_told_due(&t)) {
			changes += track_told_take(&t, &now_says, now, &before);
			tells++;
		}
		now_says = now_says.verdict == TRACK_UP ? down : up;
		if (track_told_see(&t, &now_says, now)) {
			assert_int_equal(tells, 0); /* at once, once */
			changes += track_told_take(&t, &now_says, now, &before);
			assert_int_equal(before.verdict, TRACK_UP);
			tells++;
		}
	}
	assert_int_equal(tells, 6);
	assert_int_equal(track_told_due(&t), 70 * S);
	changes += track_told_take(&t, &now_says, 70 * S, &before);
	assert_int_equal(changes, 600);
	assert_int_equal(track_told_due(&t), USEC_NEVER);
	/* Quiet for long enough: at once again. */
	assert_false(track_told_see(&t, &down, 80 * S - 1));
	track_told_take(&t, &down, 80 * S, &before);
	assert_true(track_told_see(&t, &up, 90 * S));

	track_told_init(&t, &unknown);
	assert_true(track_told_see(&t, &down, 0)); /* ill at first: news */
	track_told_init(&t, &down);
	assert_true(track_told_see(&t, &up, 0));   /* what a former life knew */
	track_told_init(&t, &unknown);
	assert_true(track_told_see(&t, &(struct track_said){ TRACK_UP, 3 }, 0));
}

static void names(void **state)
{
	(void)state;
	for (int k = TRACK_INTERFACE; k < TRACK_KINDS; k++)
		assert_string_not_equal(track_kind_name((enum track_kind)k), "?");
	for (int v = TRACK_UNKNOWN; v <= TRACK_DOWN; v++)
		assert_string_not_equal(track_verdict_name((enum track_verdict)v), "?");
	assert_string_equal(track_kind_name((enum track_kind)99), "?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shares), cmocka_unit_test(order_leaves_nothing_behind), cmocka_unit_test(rise_and_fall),
		cmocka_unit_test(settling), cmocka_unit_test(numbers_in_files), cmocka_unit_test(processes),
		cmocka_unit_test(cut_command_line), cmocka_unit_test(health), cmocka_unit_test(names),
		cmocka_unit_test(a_flap_is_told_now_and_then),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
