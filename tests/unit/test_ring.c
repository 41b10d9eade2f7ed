/* The ring of events: numbers without gaps, the last 1 024 kept, what is lost counted. */
#include "config.h"

#include "tests/unit/test.h"

#include <string.h>

#include "core/notify/ring.h"

static int setup(void **state)
{
	*state = ring_new(77);
	return *state ? 0 : -1;
}

static int teardown(void **state)
{
	ring_free(*state);
	return 0;
}

static void publish(struct ring *r, unsigned n)
{
	while (n-- > 0) {
		struct event e = { .kind = EVENT_RS_STATE };

		e.to = (int32_t)ring_last(r) + 1;
		ring_publish(r, &e);
	}
}

static void test_empty(void **state)
{
	uint64_t lost = 9;

	assert_int_equal(ring_last(*state), 0);
	assert_null(ring_after(*state, 0, &lost));
	assert_int_equal(lost, 0);
	assert_null(ring_after(*state, UINT64_MAX, &lost));
}

static void test_after(void **state)
{
	static const struct {
		unsigned published;
		uint64_t after, want, lost; /* want 0: NULL */
	} cases[] = {
		{ 1, 0, 1, 0 },
		{ 1, 1, 0, 0 },
		{ 1, 2, 0, 0 }, /* a reader with another's numbers */
		{ RING_SIZE, 0, 1, 0 },
		{ RING_SIZE + 1, 0, 2, 1 },
		{ RING_SIZE + 1, 1, 2, 0 },
		{ RING_SIZE + 1, RING_SIZE, RING_SIZE + 1, 0 },
		{ 3 * RING_SIZE, 5, 2 * RING_SIZE + 1, 2 * RING_SIZE - 5 },
	};

	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		struct ring *r = ring_new(77);
		const struct event *e;
		uint64_t lost = 0;

		assert_non_null(r);
		publish(r, cases[i].published);
		e = ring_after(r, cases[i].after, &lost);
		if (!e != !cases[i].want || (e && e->seq != cases[i].want) || lost != cases[i].lost)
			fail_msg("case %zu: seq %llu, lost %llu", i, e ? (unsigned long long)e->seq : 0,
			         (unsigned long long)lost);
		if (e) {
			assert_int_equal(e->boot, 77);
			assert_int_equal(e->to, (int32_t)e->seq); /* the right content in the right slot */
		}
		ring_free(r);
	}
}

/* A reader that goes on from what it got sees each event once. */
static void test_walk(void **state)
{
	struct ring *r = *state;
	const struct event *e;
	uint64_t at = 0, lost, seen = 0;

	publish(r, RING_SIZE / 2);
	for (; (e = ring_after(r, at, &lost)); at = e->seq)
		seen++;
	publish(r, 10);
	for (; (e = ring_after(r, at, &lost)); at = e->seq)
		seen++;
	assert_int_equal(seen, RING_SIZE / 2 + 10);
}

struct told {
	struct ring_subscriber s;
	struct told *before;
	uint64_t seq;
};

static void note(void *user, const struct event *e)
{
	struct told *t = user;

	assert_int_equal(e->seq, t->seq + 1);
	t->seq = e->seq;
	if (t->before) /* the one that came first was told first */
		assert_int_equal(t->before->seq, e->seq);
}

static void test_subscribers(void **state)
{
	struct told a = { .s = { .event = note } }, b = { .s = { .event = note }, .before = &a };

	a.s.user = &a;
	b.s.user = &b;
	ring_subscribe(*state, &a.s);
	ring_subscribe(*state, &b.s);
	publish(*state, 3);
	assert_int_equal(a.seq, 3);
	assert_int_equal(b.seq, 3);
}

static void test_names(void **state)
{
	(void)state;
	for (int i = EVENT_NONE; i <= EVENT_TRACKER; i++)
		for (int j = EVENT_NONE; j < i; j++)
			assert_string_not_equal(event_kind_name(i), event_kind_name(j));
	assert_string_equal(event_kind_name(99), "unknown");
}

/* From where events have to be sent again for the sake of mails. */
static void test_mails(void **state)
{
	struct ring *r = *state;
	struct event e;
	uint64_t lost;

	assert_int_equal(ring_before_mail(r, 0), 0);
	for (int i = 1; i <= 10; i++) { /* mails 1, 2, 3 are events 3, 6, 9 */
		e = (struct event){ .kind = EVENT_RS_STATE, .mail = i % 3 == 0 };
		ring_publish(r, &e);
		assert_int_equal(e.mails, i / 3);
	}
	assert_int_equal(ring_before_mail(r, 0), 2);
	assert_int_equal(ring_before_mail(r, 1), 5);
	assert_int_equal(ring_before_mail(r, 2), 8);
	assert_int_equal(ring_before_mail(r, 3), 10);
	assert_int_equal(ring_before_mail(r, 99), 10);
	publish(r, RING_SIZE - 5); /* the first that is kept is event 6 */
	assert_int_equal(ring_before_mail(r, 0), 5);
	assert_int_equal(ring_after(r, 0, &lost)->mails, 2);
	publish(r, 4);
	assert_int_equal(ring_before_mail(r, 0), ring_last(r));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_empty, setup, teardown),
		cmocka_unit_test(test_after),
		cmocka_unit_test_setup_teardown(test_walk, setup, teardown),
		cmocka_unit_test_setup_teardown(test_subscribers, setup, teardown),
		cmocka_unit_test(test_names),
		cmocka_unit_test_setup_teardown(test_mails, setup, teardown),
	};

	return cmocka_run_group_tests_name("ring", tests, NULL, NULL);
}
