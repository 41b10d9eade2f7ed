/*
 * The core's end of the pair against a fake agent in the same process: whatever happens (a stalled reader, a full pair, a restart),
 * the replica ends up equal to the view, and every event arrives in order from the one after the last acknowledged.
 */
#include "config.h"

#include "tests/unit/test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/agent_link.h"
#include "tests/unit/view_make.h"

#define SETTLED 30 /* turns of a millisecond */

struct fixture {
	struct loop *loop;
	struct view *view, *replica, *incoming;
	struct ring *ring;
	struct agent_link *link;
	int agent_fd;
	uint64_t last_event, events, lost, next_ack;
	uint32_t mailed; /* as HELLO has it */
	unsigned hello, sets, downs, results, counts, batches;
	bool full, in_batch;
	struct loop_timer turn;
	unsigned idle_turns;
};

static _Alignas(16) uint8_t packet[WIRE_MAX];

static void on_row(void *user, enum view_kind k, const void *key, const void *row)
{
	struct fixture *f = user;

	(void)row;
	agent_link_row(f->link, k, key);
}

static void on_event(void *user, const struct event *e)
{
	struct fixture *f = user;

	(void)e;
	agent_link_event(f->link);
}

static void on_set(void *user, uint64_t number, const struct wire_set *s, const struct wire_setting *w, uint32_t n)
{
	struct fixture *f = user;

	assert_int_equal(n, 1);
	assert_int_equal(w[0].value, 7);
	assert_int_equal(s->snmp, 1);
	f->sets++;
	agent_link_set_result(f->link, number, WIRE_SET_OK, 0);
}

static void on_number(void *user, uint64_t number)
{
	(void)user;
	(void)number;
}

/* A count comes to an end: its rows first, then the word. */
static void on_ask_stats(void *user)
{
	struct fixture *f = user;
	struct view_vs_stats row = { .traffic.conns = 42 };

	row.key = (struct service_key){ .family = AF_INET, .fwmark = 9 };
	view_put(f->view, VIEW_VS_STATS, &row);

	agent_link_stats(f->link, 2500 * USEC_PER_MS);
}

static void on_ask(void *user)
{
	(void)user;
}

static void on_down(void *user, const char *why)
{
	struct fixture *f = user;

	assert_non_null(why);
	f->downs++;
}

static void agent_say(struct fixture *f, enum wire_type t, uint64_t number, uint32_t count, const void *body, size_t len)
{
	_Alignas(16) uint8_t buf[4096];
	size_t n = wire_build(buf, sizeof(buf), t, number, 0, count, 0, body, len);

	assert_true(n > 0);
	assert_int_equal(send(f->agent_fd, buf, n, MSG_DONTWAIT | MSG_NOSIGNAL), n);
}

static unsigned agent_read(struct fixture *f, unsigned max);

static void agent_connect(struct fixture *f)
{
	int pair[2], small = (int)WIRE_MAX; /* the kernel doubles it: two packets fill the pair */

	if (f->agent_fd >= 0)
		close(f->agent_fd);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair), 0);
	setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
	f->agent_fd = pair[1];
	view_free(f->replica);
	f->replica = view_new(NULL, NULL);
	f->in_batch = false;
	agent_link_up(f->link, pair[0]);
	f->hello = 0;
	agent_read(f, 1);
	assert_int_equal(f->hello, 1); /* the core speaks first */
	agent_say(f, WIRE_READY, 0, 0, NULL, 0);
}

static void replica_begin(struct fixture *f, const struct wire_head *h)
{
	assert_false(f->in_batch);
	f->in_batch = true;
	f->batches++;
	if (!h->extra)
		return;
	view_free(f->replica);
	f->replica = view_new(NULL, NULL);
}

static void take_event(struct fixture *f, const struct event *e)
{
	if (e->kind == EVENT_LOST) {
		f->lost += (uint64_t)e->to;
		f->last_event = e->seq;
		return;
	}
	assert_int_equal(e->seq, f->last_event + 1);
	f->last_event = e->seq;
	f->events++;
}

static void agent_take(struct fixture *f, const struct wire_head *h)
{
	const uint8_t *body = wire_body(h);
	size_t size = h->type == WIRE_ROW_DEL ? view_key_size(h->kind) : view_row_size(h->kind);

	f->hello += h->type == WIRE_HELLO;
	f->mailed = h->type == WIRE_HELLO ? h->extra : f->mailed;
	if (h->type == WIRE_ROWS_BEGIN)
		replica_begin(f, h);
	for (uint32_t i = 0; h->type == WIRE_ROW_PUT && i < h->count; i++)
		view_put(f->replica, h->kind, body + i * size);
	for (uint32_t i = 0; h->type == WIRE_ROW_DEL && i < h->count; i++)
		view_del(f->replica, h->kind, body + i * size);
	if (h->type == WIRE_ROWS_END) {
		assert_true(f->in_batch);
		f->in_batch = false;
	}
	if (h->type == WIRE_EVENT)
		take_event(f, (const struct event *)(const void *)body);
	if (h->type == WIRE_STATS) {
		const struct service_key key = { .family = AF_INET, .fwmark = 9 };

		assert_false(f->in_batch);
		assert_int_equal(h->extra, 2500);
		assert_non_null(view_get(f->replica, VIEW_VS_STATS, &key));
		f->counts++;
	}
	if (h->type == WIRE_SET_RESULT)
		f->results++;
}

/* Read at most `max` packets; how many there were. */
static unsigned agent_read(struct fixture *f, unsigned max)
{
	unsigned n = 0;

	for (; n < max; n++) {
		const char *why = "";
		ssize_t len = recv(f->agent_fd, packet, sizeof(packet), MSG_DONTWAIT);

		if (len <= 0)
			break;
		const struct wire_head *h = wire_check(packet, (size_t)len, &why);

		if (!h)
			fail_msg("the core sent nonsense: %s", why);
		agent_take(f, h);
	}
	return n;
}

/* Run the loop until nothing has come for longer than rows are gathered. */
static void turn(void *user)
{
	struct fixture *f = user;

	f->idle_turns = agent_read(f, 100) ? 0 : f->idle_turns + 1;
	if (f->idle_turns > SETTLED)
		loop_stop(f->loop);
	else
		loop_timer_set(f->loop, &f->turn, mono_now() + USEC_PER_MS);
}

static void settle(struct fixture *f)
{
	f->idle_turns = 0;
	loop_timer_set(f->loop, &f->turn, mono_now());
	loop_run(f->loop);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct agent_link_owner o = { on_set, on_number, on_number, on_ask, on_ask_stats, on_down, f };
	static struct ring_subscriber sub;

	f->loop = loop_new();
	f->agent_fd = -1;
	f->ring = ring_new(1);
	f->view = view_new(on_row, f);
	f->link = agent_link_new(f->loop, f->view, f->ring, &o);
	sub = (struct ring_subscriber){ .event = on_event, .user = f };
	ring_subscribe(f->ring, &sub);
	loop_timer_init(&f->turn, LOOP_QUEUED, turn, f);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	agent_link_free(f->link);
	view_free(f->view);
	view_free(f->replica);
	ring_free(f->ring);
	if (f->agent_fd >= 0)
		close(f->agent_fd);
	loop_free(f->loop);
	free(f);
	return 0;
}

static bool same(const struct view *a, const struct view *b)
{
	for (unsigned k = 1; k < VIEW_KINDS; k++) {
		const void *x = NULL, *y = NULL;

		if (view_count(a, k) != view_count(b, k))
			return false;
		while ((x = view_next(a, k, x))) {
			y = view_get(b, k, x);
			if (!y || memcmp(x, y, view_row_size(k)) != 0)
				return false;
		}
	}
	return true;
}

/* Rows that nobody waits for come within half a second. */
static void settle_same(struct fixture *f)
{
	usec_t until = mono_now() + 20 * USEC_PER_SEC;

	do
		settle(f);
	while ((f->in_batch || !same(f->view, f->replica)) && mono_now() < until);
	assert_true(same(f->view, f->replica));
}

static void random_change(struct fixture *f, struct make_rand *r)
{
	enum view_kind k = 1 + make_random(r, VIEW_KINDS - 1);
	union view_any row;

	make_row(r, k, &row);
	if (make_random(r, 4) == 0)
		view_del(f->view, k, &row);
	else
		view_put(f->view, k, &row);
}

static void test_replica_converges(void **state)
{
	struct fixture *f = *state;

	for (uint64_t seed = 1; seed <= 30; seed++) {
		struct make_rand r = { seed };

		agent_connect(f);
		for (int i = 0; i < 200; i++) {
			random_change(f, &r);
			if (make_random(&r, 50) == 0)
				settle(f);
			if (make_random(&r, 60) == 0)
				agent_say(f, WIRE_RESYNC, 0, 0, NULL, 0);
		}
		settle_same(f);
	}
	assert_int_equal(f->downs, 0);
}

/* More changes than are remembered while the agent does not read: everything is sent again. */
static void test_stalled_reader(void **state)
{
	struct fixture *f = *state;
	struct make_rand r = { 99 };

	agent_connect(f);
	settle(f);
	for (int i = 0; i < 12000; i++)
		random_change(f, &r);
	settle_same(f);
}

/* One row changes each millisecond for a while: so many batches. */
static unsigned batches_of(struct fixture *f, enum view_kind k, usec_t *took)
{
	struct make_rand r = { 3 };
	unsigned before;
	union view_any row;

	make_row(&r, k, &row);
	settle_same(f);
	before = f->batches;
	*took = mono_now();
	for (int i = 0; i < 200; i++) {
		if (k == VIEW_PROBE)
			row.probe.runs++;
		else
			row.rs.failures++;
		view_put(f->view, k, &row);
		f->idle_turns = SETTLED; /* a millisecond and what is there */
		loop_timer_set(f->loop, &f->turn, mono_now() + USEC_PER_MS);
		loop_run(f->loop);
	}
	*took = mono_now() - *took;
	settle_same(f);
	return f->batches - before;
}

static void test_rows_are_gathered(void **state)
{
	struct fixture *f = *state;
	usec_t took;
	unsigned n;

	agent_connect(f);
	n = batches_of(f, VIEW_RS, &took);
	assert_in_range(n, 2, took / (20 * USEC_PER_MS) + 2);
	n = batches_of(f, VIEW_PROBE, &took);
	assert_in_range(n, 1, took / (500 * USEC_PER_MS) + 2);
}

/* Rows that would wait do not, where an event tells of them: the agent has them first. */
static void test_events_follow_their_rows(void **state)
{
	struct fixture *f = *state;
	struct make_rand r = { 4 };
	union view_any row;

	agent_connect(f);
	settle_same(f);
	make_row(&r, VIEW_RS, &row);
	for (unsigned i = 1; i <= 20; i++) {
		struct event e = { .kind = EVENT_RELOAD, .to = 1 };
		const struct view_rs *seen;

		row.rs.failures = i;
		view_put(f->view, VIEW_RS, &row);
		ring_publish(f->ring, &e);
		while (f->events < i)
			settle(f);
		seen = view_get(f->replica, VIEW_RS, &row);
		assert_non_null(seen);
		assert_int_equal(seen->failures, i);
		assert_false(f->in_batch);
	}
}

static void publish(struct fixture *f, unsigned n)
{
	while (n-- > 0) {
		struct event e;

		memset(&e, 0, sizeof(e));
		e.kind = EVENT_RELOAD;
		e.to = 1;
		ring_publish(f->ring, &e);
	}
}

static void test_events_from_the_acknowledged(void **state)
{
	struct fixture *f = *state;

	publish(f, 10);
	agent_connect(f);
	settle(f);
	assert_int_equal(f->events, 10);
	agent_say(f, WIRE_ACK, 4, 0, NULL, 0);
	settle(f);

	agent_connect(f); /* the agent died with 5..10 not acknowledged */
	f->last_event = 4;
	f->events = 0;
	settle(f);
	assert_int_equal(f->events, 6);
	assert_int_equal(f->last_event, 10);

	agent_say(f, WIRE_ACK, 99, 0, NULL, 0); /* never sent: not believed */
	settle(f);
	uint64_t lost;

	assert_int_equal(agent_link_acked(f->link, &lost), 4);
}

/* Mails are acknowledged apart from events: those that no agent is done with come again, whatever snmpd has. */
static void test_events_from_the_mailed(void **state)
{
	struct fixture *f = *state;

	for (int i = 1; i <= 10; i++) { /* mails 1, 2, 3 are events 3, 6, 9 */
		struct event e = { .kind = EVENT_RELOAD, .to = 1, .mail = i % 3 == 0 };

		ring_publish(f->ring, &e);
	}
	agent_connect(f);
	assert_int_equal(f->mailed, 0);
	settle(f);
	assert_int_equal(f->events, 10);
	agent_say(f, WIRE_ACK, 10, 0, NULL, 0);
	agent_say(f, WIRE_MAILED, 1, 0, NULL, 0);
	agent_say(f, WIRE_MAILED, 4, 0, NULL, 0); /* there were not so many: not believed */
	settle(f);

	agent_connect(f);
	assert_int_equal(f->mailed, 1);
	f->last_event = 5;
	f->events = 0;
	settle(f);
	assert_int_equal(f->events, 5); /* 6 to 10 */
	agent_say(f, WIRE_MAILED, 3, 0, NULL, 0);
	settle(f);

	agent_connect(f);
	assert_int_equal(f->mailed, 3);
	f->events = 0;
	settle(f);
	assert_int_equal(f->events, 0);
	assert_int_equal(f->downs, 0);
}

static void test_lost_events_are_told(void **state)
{
	struct fixture *f = *state;

	publish(f, RING_SIZE + 500);
	agent_connect(f);
	settle(f);
	assert_int_equal(f->lost, 500);
	assert_int_equal(f->events, RING_SIZE);
	assert_int_equal(f->last_event, RING_SIZE + 500);
}

static void test_set_is_answered(void **state)
{
	struct fixture *f = *state;
	struct make_rand r = { 5 };
	struct {
		struct wire_set set;
		struct wire_setting weight;
	} body;

	agent_connect(f);
	settle(f);
	memset(&body, 0, sizeof(body));
	body.set.snmp = 1;
	body.set.deadline = mono_now() + 60 * USEC_PER_SEC;
	make_server_key(&r, &body.weight.key);
	body.weight.value = 7;
	agent_say(f, WIRE_SET, 42, 1, &body, sizeof(body.set) + sizeof(body.weight));
	settle(f);
	assert_int_equal(f->sets, 1);
	assert_int_equal(f->results, 1);
}

static void test_count_is_told_behind_its_rows(void **state)
{
	struct fixture *f = *state;

	agent_connect(f);
	settle(f);
	agent_say(f, WIRE_ASK_STATS, 0, 0, NULL, 0);
	settle(f);
	assert_int_equal(f->counts, 1);
	assert_int_equal(f->downs, 0);
}

static void test_nonsense_brings_the_link_down(void **state)
{
	struct fixture *f = *state;

	agent_connect(f);
	settle(f);
	assert_int_equal(send(f->agent_fd, "nonsense", 8, 0), 8);
	settle(f);
	assert_int_equal(f->downs, 1);
	agent_connect(f);
	settle(f);
	agent_say(f, WIRE_ROWS_END, 1, 0, NULL, 0); /* the core's own message */
	settle(f);
	assert_int_equal(f->downs, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_replica_converges, setup, teardown),
		cmocka_unit_test_setup_teardown(test_rows_are_gathered, setup, teardown),
		cmocka_unit_test_setup_teardown(test_events_follow_their_rows, setup, teardown),
		cmocka_unit_test_setup_teardown(test_stalled_reader, setup, teardown),
		cmocka_unit_test_setup_teardown(test_events_from_the_acknowledged, setup, teardown),
		cmocka_unit_test_setup_teardown(test_events_from_the_mailed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_lost_events_are_told, setup, teardown),
		cmocka_unit_test_setup_teardown(test_set_is_answered, setup, teardown),
		cmocka_unit_test_setup_teardown(test_count_is_told_behind_its_rows, setup, teardown),
		cmocka_unit_test_setup_teardown(test_nonsense_brings_the_link_down, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
