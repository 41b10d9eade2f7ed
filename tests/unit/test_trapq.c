/*
 * The queue of notifications, with a fake clock and a played snmpd: a stream that takes what is sent in order, hangs,
 * and dies.
 */
#include "config.h"

#include "agent/trapq.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "tests/unit/view_make.h"

static struct event event_rs(uint64_t seq, uint8_t server)
{
	struct event e = { .seq = seq, .wall = (int64_t)seq, .kind = EVENT_RS_STATE, .from = 1, .to = 2 };

	e.key.rs.service.family = AF_INET;
	e.key.rs.service.fwmark = 1;
	e.key.rs.server.addr = addr_v4(10, 0, 0, server);
	return e;
}

static struct event event_vr(uint64_t seq, bool master)
{
	struct event e = { .seq = seq, .wall = (int64_t)seq, .kind = EVENT_VR_STATE, .version = 2, .ifindex = 2 };

	text_copy(e.key.vr.ifname, sizeof(e.key.vr.ifname), "ens33");
	e.key.vr.vrid = 51;
	e.key.vr.family = AF_INET;
	e.from = master ? VIEW_VR_BACKUP : VIEW_VR_MASTER;
	e.to = master ? VIEW_VR_MASTER : VIEW_VR_BACKUP;
	return e;
}

static void push(struct trapq *q, struct event e)
{
	trapq_push(q, &e);
}

static void order_and_parts(void **state)
{
	struct trapq *q = trapq_new();
	struct trapq_send s;

	(void)state;
	push(q, event_rs(1, 1));
	push(q, event_vr(2, true));
	push(q, event_vr(2, true)); /* again: ignored */
	push(q, event_rs(3, 2));
	assert_true(trapq_next(q, 0, &s) && s.event.seq == 2 && s.part == TRAPQ_STATE);
	trapq_answered(q, s.id);
	assert_true(trapq_next(q, 0, &s) && s.event.seq == 2 && s.part == TRAPQ_NEW_MASTER);
	assert_int_equal(trapq_acked(q), 0); /* 1 is not done */
	trapq_answered(q, s.id);
	assert_true(trapq_next(q, 0, &s) && s.event.seq == 1);
	trapq_answered(q, s.id);
	assert_int_equal(trapq_acked(q), 2);
	assert_true(trapq_next(q, 0, &s) && s.event.seq == 3);
	assert_int_equal(trapq_acked(q), 2);
	trapq_answered(q, s.id);
	trapq_answered(q, s.id); /* twice does no harm */
	assert_int_equal(trapq_acked(q), 3);
	assert_false(trapq_next(q, 0, &s));
	assert_int_equal(trapq_sent(q), 4);
	trapq_free(q);
}

static void window_and_rate(void **state)
{
	struct trapq *q = trapq_new();
	struct trapq_send s;
	uint64_t ids[TRAPQ_WINDOW];
	usec_t now = USEC_PER_SEC;
	unsigned n = 0;

	(void)state;
	for (uint64_t i = 1; i <= 1000; i++)
		push(q, event_rs(i, 1));
	while (trapq_next(q, now, &s))
		ids[n++] = s.id;
	assert_int_equal(n, TRAPQ_WINDOW);
	assert_int_equal(trapq_deadline(q, now), USEC_NEVER); /* an answer will wake us */
	for (unsigned i = 0; i < n; i++)
		trapq_answered(q, ids[i]);
	for (n = TRAPQ_WINDOW; trapq_next(q, now, &s); n++)
		trapq_answered(q, s.id);
	assert_int_equal(n, TRAPQ_BURST);
	assert_true(trapq_deadline(q, now) <= now + USEC_PER_SEC / TRAPQ_RATE + 1);
	for (int i = 0; i < 10 * (int)TRAPQ_RATE; i++) {
		now = trapq_deadline(q, now);
		assert_true(trapq_next(q, now, &s));
		trapq_answered(q, s.id);
		assert_false(trapq_next(q, now, &s));
	}
	assert_true(now >= 11 * USEC_PER_SEC - 1000 && now <= 11 * USEC_PER_SEC + 1000);
	trapq_free(q);
}

static void overdue_is_settled_by_the_next_answer(void **state)
{
	struct trapq *q = trapq_new();
	struct trapq_send a, b, s;

	(void)state;
	for (uint64_t i = 1; i <= 4; i++)
		push(q, event_rs(i, 1));
	assert_true(trapq_next(q, 0, &a));
	trapq_overdue(q, a.id, 5);
	assert_true(trapq_next(q, 10, &b)); /* one goes, to find out */
	assert_int_equal(b.event.seq, 2);
	assert_false(trapq_next(q, 10, &s));
	trapq_answered(q, b.id);
	assert_int_equal(trapq_acked(q), 2); /* 1 was served before 2 */
	assert_true(trapq_next(q, 10, &s));
	assert_int_equal(s.event.seq, 3);
	trapq_free(q);
}

static void overdue_is_settled_by_a_living_session(void **state)
{
	struct trapq *q = trapq_new();
	struct trapq_send s;

	(void)state;
	push(q, event_rs(1, 1));
	assert_true(trapq_next(q, 0, &s));
	trapq_overdue(q, s.id, 5);
	assert_int_equal(trapq_deadline(q, 5), 5 + TRAPQ_SETTLE);
	assert_false(trapq_next(q, 4 + TRAPQ_SETTLE, &s));
	assert_int_equal(trapq_acked(q), 0);
	assert_false(trapq_next(q, 5 + TRAPQ_SETTLE, &s));
	assert_int_equal(trapq_acked(q), 1);
	trapq_free(q);
}

static void session_loss_sends_again(void **state)
{
	struct trapq *q = trapq_new();
	struct trapq_send s;
	uint64_t old;

	(void)state;
	push(q, event_rs(1, 1));
	assert_true(trapq_next(q, 0, &s));
	old = s.id;
	trapq_session_down(q, false);
	assert_true(trapq_next(q, 0, &s));
	assert_int_equal(s.event.seq, 1);
	trapq_answered(q, old); /* of the session before: means nothing */
	assert_int_equal(trapq_acked(q), 0);
	trapq_failed(q, s.id);
	assert_true(trapq_next(q, 0, &s));
	trapq_answered(q, s.id);
	assert_int_equal(trapq_acked(q), 1);
	trapq_free(q);
}

static void full_queue_keeps_transitions(void **state)
{
	struct trapq *q = trapq_new();
	struct trapq_send s;
	unsigned vr = 0, rs = 0, lost = 0;
	uint64_t last_rs[5] = { 0 };

	(void)state;
	for (uint64_t i = 1; i <= 5000; i++)
		push(q, i % 10 == 0 && i <= 500 ? event_vr(i, i % 20 == 0) : event_rs(i, (uint8_t)(i % 5)));
	assert_int_equal(trapq_waiting(q), TRAPQ_MAX);
	for (usec_t now = 0; now < 120 * USEC_PER_SEC; now += USEC_PER_SEC / TRAPQ_RATE)
		while (trapq_next(q, now, &s)) {
			if (s.part == TRAPQ_LOST)
				lost += s.missed;
			else if (s.event.kind == EVENT_VR_STATE && s.part == TRAPQ_STATE)
				vr++;
			else if (s.event.kind == EVENT_RS_STATE)
				rs++, last_rs[s.event.seq % 5] = s.event.seq;
			trapq_answered(q, s.id);
		}
	assert_int_equal(vr, 50);
	assert_int_equal(vr + rs, TRAPQ_MAX);
	assert_int_equal(lost, 5000 - TRAPQ_MAX);
	assert_int_equal(trapq_dropped(q), lost);
	for (uint64_t i = 0; i < 5; i++)
		assert_true(last_rs[i] > 4995); /* the last word about each server is told */
	assert_int_equal(trapq_acked(q), 5000);
	trapq_free(q);
}

static void limbo_holds_until_it_is_known(void **state)
{
	struct trapq *q = trapq_new();
	struct trapq_send s, t;

	(void)state;
	push(q, event_rs(1, 1));
	push(q, event_rs(2, 1));
	assert_true(trapq_next(q, 0, &s));
	trapq_session_down(q, true);
	trapq_answered(q, s.id);
	assert_int_equal(trapq_acked(q), 0);
	assert_true(trapq_next(q, 0, &t) && t.event.seq == 2); /* others go on */
	assert_false(trapq_next(q, 0, &s));
	trapq_limbo_end(q, true);
	assert_int_equal(trapq_acked(q), 1);
	trapq_session_down(q, true); /* 2 in limbo now */
	trapq_limbo_end(q, false);
	assert_true(trapq_next(q, 0, &t) && t.event.seq == 2);
	trapq_session_down(q, true);
	trapq_session_down(q, true); /* the session after it ends too: nobody will tell of the first */
	assert_true(trapq_next(q, 0, &t) && t.event.seq == 2);
	trapq_free(q);
}

static struct event event_other_vr(uint64_t seq)
{
	struct event e = event_vr(seq, false);

	e.key.vr.vrid = (uint8_t)(1 + seq % 255);
	e.key.vr.where = addr_v4(10, 0, 0, (uint8_t)(seq / 255));
	return e;
}

/* No two events of one object: something has to go, a transition last of all. */
static void full_queue_of_strangers(void **state)
{
	struct trapq *q = trapq_new();
	struct event stranger = event_rs(0, 0);
	struct trapq_send s;
	unsigned vr = 0;

	(void)state;
	for (uint64_t i = 1; i <= TRAPQ_MAX; i++) {
		stranger.seq = i;
		stranger.key.rs.service.fwmark = (uint32_t)i;
		push(q, i % 2 ? event_other_vr(i) : stranger);
	}
	for (uint64_t i = TRAPQ_MAX + 1; i <= TRAPQ_MAX + 512; i++)
		push(q, event_other_vr(i));
	stranger.seq = TRAPQ_MAX + 513;
	push(q, stranger); /* all are transitions now: this one is not taken in */
	assert_int_equal(trapq_waiting(q), TRAPQ_MAX);
	assert_int_equal(trapq_dropped(q), 513);
	for (usec_t now = 0; now < 60 * USEC_PER_SEC; now += USEC_PER_SEC / TRAPQ_RATE)
		while (trapq_next(q, now, &s)) {
			vr += s.part != TRAPQ_LOST && s.event.kind == EVENT_VR_STATE;
			trapq_answered(q, s.id);
		}
	assert_int_equal(vr, 1024);
	trapq_free(q);
}

static void switched_off_is_done_at_once(void **state)
{
	struct trapq *q = trapq_new();
	struct trapq_send s;

	(void)state;
	push(q, event_rs(1, 1));
	trapq_enable(q, false);
	assert_int_equal(trapq_acked(q), 1);
	push(q, event_rs(2, 1));
	assert_int_equal(trapq_acked(q), 2);
	assert_false(trapq_next(q, 0, &s));
	trapq_enable(q, true);
	push(q, event_rs(3, 1));
	assert_true(trapq_next(q, 0, &s) && s.event.seq == 3);
	trapq_free(q);
}

static void starts_after_its_predecessor(void **state)
{
	struct trapq *q = trapq_new();
	struct trapq_send s;
	struct event lost = { .seq = 43, .kind = EVENT_LOST, .to = 9 };

	(void)state;
	trapq_start_after(q, 41);
	assert_int_equal(trapq_acked(q), 41);
	push(q, event_rs(41, 1));
	assert_false(trapq_next(q, 0, &s));
	push(q, event_rs(42, 1));
	push(q, lost);
	assert_true(trapq_next(q, 0, &s) && s.part == TRAPQ_LOST && s.missed == 9 && s.event.seq == 43);
	trapq_answered(q, s.id);
	assert_true(trapq_next(q, 0, &s) && s.event.seq == 42);
	trapq_free(q);
}

/* ---- a played snmpd ---- */

#define PLAY_EVENTS 600
#define PIPE 64

struct play {
	struct trapq *q;
	struct trapq_send pipe[PIPE]; /* sent, not served */
	bool told_overdue[PIPE];
	unsigned n;
	bool up, hung;
	unsigned served[PLAY_EVENTS + 1][3];
	unsigned unheard[PLAY_EVENTS + 1][3]; /* served, but we had given up on the answer */
};

static void play_serve(struct play *p)
{
	struct trapq_send s = p->pipe[0];

	p->served[s.event.seq][s.part]++;
	p->unheard[s.event.seq][s.part] += p->told_overdue[0];
	p->n--;
	memmove(&p->pipe[0], &p->pipe[1], p->n * sizeof(p->pipe[0]));
	if (!p->told_overdue[0])
		trapq_answered(p->q, s.id);
	memmove(&p->told_overdue[0], &p->told_overdue[1], p->n * sizeof(p->told_overdue[0]));
}

static void play_overdue(struct play *p, usec_t now)
{
	for (unsigned i = 0; i < p->n; i++)
		if (!p->told_overdue[i]) {
			p->told_overdue[i] = true;
			trapq_overdue(p->q, p->pipe[i].id, now);
			return;
		}
}

static void play_step(struct play *p, struct make_rand *r, usec_t now)
{
	switch (make_random(r, 12)) {
	case 0:
		p->hung = !p->hung;
		break;
	case 1: /* snmpd is killed: what it has not served is lost with it */
		if (make_random(r, 4))
			break;
		p->up = !p->up;
		p->n = 0;
		if (!p->up)
			trapq_session_down(p->q, false);
		break;
	case 2:
		if (p->hung)
			play_overdue(p, now);
		break;
	default:
		if (p->up && !p->hung && p->n)
			play_serve(p);
	}
	while (p->up && p->n < PIPE && trapq_next(p->q, now, &p->pipe[p->n])) {
		p->told_overdue[p->n] = false;
		p->n++;
		assert_true(p->n <= TRAPQ_WINDOW);
	}
}

static void check_acked(const struct play *p, uint64_t pushed)
{
	uint64_t acked = trapq_acked(p->q);

	assert_true(acked <= pushed);
	for (uint64_t i = 1; i <= acked; i++) {
		assert_true(p->served[i][TRAPQ_STATE] >= 1);
		assert_true(p->served[i][TRAPQ_STATE] <= 1 + p->unheard[i][TRAPQ_STATE]);
	}
}

/* Whatever snmpd does, what is called done was served; and served once, but where snmpd hung, served after our
 * patience, and died before it answered anything else: nobody can know then. */
static void each_once(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 30; seed++) {
		struct make_rand r = { .state = seed };
		struct play p = { .q = trapq_new(), .up = true };
		uint64_t pushed = 0;
		usec_t now = 0;

		for (int step = 0; step < 200000 && trapq_acked(p.q) < PLAY_EVENTS; step++) {
			now += make_random(&r, 10000);
			if (pushed < PLAY_EVENTS && make_random(&r, 5) == 0) {
				pushed++;
				push(p.q, make_random(&r, 4) ? event_rs(pushed, 1) : event_vr(pushed, pushed % 2));
			}
			play_step(&p, &r, now);
			if (step % 500 == 0)
				check_acked(&p, pushed);
		}
		assert_int_equal(trapq_acked(p.q), PLAY_EVENTS);
		check_acked(&p, PLAY_EVENTS);
		assert_int_equal(trapq_dropped(p.q), 0);
		trapq_free(p.q);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(order_and_parts),
		cmocka_unit_test(window_and_rate),
		cmocka_unit_test(overdue_is_settled_by_the_next_answer),
		cmocka_unit_test(overdue_is_settled_by_a_living_session),
		cmocka_unit_test(session_loss_sends_again),
		cmocka_unit_test(full_queue_keeps_transitions),
		cmocka_unit_test(limbo_holds_until_it_is_known),
		cmocka_unit_test(full_queue_of_strangers),
		cmocka_unit_test(switched_off_is_done_at_once),
		cmocka_unit_test(starts_after_its_predecessor),
		cmocka_unit_test(each_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
