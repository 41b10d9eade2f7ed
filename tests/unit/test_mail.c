/* Which events become mails: each once, whatever comes twice; what is missing is counted; what is done with, the core may forget. */
#include "config.h"

#include <stdatomic.h>
#include <string.h>

#include "agent/mail.h"
#include "core/base/text.h"
#include "tests/unit/test.h"

static atomic_uint told;

static void on_done(void *user)
{
	(void)user;
	told++;
}

static void put(struct mail *m, uint64_t mails, bool mail)
{
	const struct event e = { .seq = mails * 10, .kind = EVENT_VR_STATE, .to = 3, .mail = mail, .mails = mails, .name = "V" };

	mail_put_event(m, &e);
}

static struct mail_stats stats_of(struct mail *m)
{
	struct mail_stats s;

	mail_get_stats(m, &s);
	return s;
}

/* A server that nobody has: the first one waits to be tried again. */
static void turn_on(struct mail *m)
{
	struct wire_mail s = { .n_to = 1, .timeout_ms = 100, .port = 1 };

	text_copy(s.server, sizeof(s.server), "127.0.0.1");
	text_copy(s.to[0], sizeof(s.to[0]), "a@example.org");
	text_copy(s.from, sizeof(s.from), "b@example.org");
	text_copy(s.host, sizeof(s.host), "example.org");
	mail_put_settings(m, &s);
}

static void test_each_once(void **state)
{
	struct mail *m = mail_new(on_done, NULL);

	(void)state;
	assert_non_null(m);
	turn_on(m);
	mail_start_after(m, 5);
	assert_int_equal(mail_done(m), 5);
	put(m, 4, true); /* the agent before this one has sent these */
	put(m, 5, true);
	put(m, 5, false);
	assert_int_equal(stats_of(m).waiting, 0);
	put(m, 6, true);
	put(m, 6, true);
	put(m, 6, false);
	put(m, 7, true);
	assert_int_equal(stats_of(m).waiting, 2);
	assert_int_equal(stats_of(m).dropped, 0);
	assert_int_equal(mail_done(m), 5); /* no server has them */
	mail_free(m);
}

static void test_missing(void **state)
{
	struct mail *m = mail_new(on_done, NULL);

	(void)state;
	turn_on(m);
	put(m, 4, true); /* 1 to 3 are in no ring any more */
	assert_int_equal(stats_of(m).dropped, 3);
	assert_int_equal(stats_of(m).waiting, 1);
	assert_int_equal(mail_done(m), 3);
	put(m, 6, false); /* and what is not mailed tells of 5 and 6 */
	assert_int_equal(stats_of(m).dropped, 5);
	put(m, 7, true);
	assert_int_equal(stats_of(m).dropped, 5);
	assert_int_equal(stats_of(m).waiting, 2);
	mail_free(m);
}

/* Where no mail is wanted, the core is told so; it would keep them for ever else. */
static void test_off(void **state)
{
	struct mail *m = mail_new(on_done, NULL);
	unsigned before = told;

	(void)state;
	put(m, 1, true);
	put(m, 2, true);
	assert_int_equal(stats_of(m).waiting, 0);
	assert_int_equal(stats_of(m).dropped, 0);
	assert_int_equal(mail_done(m), 2);
	assert_int_equal(told - before, 2);
	mail_free(m);
}

static void test_full(void **state)
{
	struct mail *m = mail_new(on_done, NULL);

	(void)state;
	turn_on(m);
	for (uint64_t i = 1; i <= MAIL_WAITING_MAX + 3; i++)
		put(m, i, true);
	assert_int_equal(stats_of(m).waiting, MAIL_WAITING_MAX);
	assert_int_equal(stats_of(m).dropped, 3);
	assert_int_equal(mail_done(m), 0);
	mail_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_once),
		cmocka_unit_test(test_missing),
		cmocka_unit_test(test_off),
		cmocka_unit_test(test_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
