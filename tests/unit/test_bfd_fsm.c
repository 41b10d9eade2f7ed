/*
 * BFD: the codec and its checks (RFC 5880 section 6.8.6), the state table, the intervals with poll and final, and two
 * machines that talk over a wire that loses and delays.
 */
#include "config.h"

#include "tests/unit/test.h"

#include <string.h>

#include "core/probe/bfd_fsm.h"

#define NOW (100 * USEC_PER_SEC)
#define MS USEC_PER_MS
#define SECOND USEC_PER_SEC

static const struct bfd_fsm_conf conf_std = { .min_rx = 50 * MS, .min_tx = 50 * MS, .idle_tx = SECOND, .mult = 3 };

static struct bfd_packet said(enum bfd_state state, uint32_t your_disc)
{
	return (struct bfd_packet){
		.state = state, .mult = 3, .my_disc = 77, .your_disc = your_disc, .desired_tx = 50 * MS, .required_rx = 50 * MS,
	};
}

static unsigned hear(struct bfd_fsm *f, enum bfd_state state, usec_t now)
{
	struct bfd_packet p = said(state, f->your_disc ? f->my_disc : state == BFD_DOWN || state == BFD_ADMIN_DOWN ? 0 : f->my_disc);
	unsigned actions;

	assert_true(bfd_fsm_receive(f, &p, now, &actions));
	return actions;
}

/* ---- the wire ---- */

static void packets_survive_the_wire(void **state)
{
	struct bfd_packet p = said(BFD_UP, 5), q;
	uint8_t wire[BFD_WIRE_LEN];

	(void)state;
	p.poll = p.demand = true;
	p.diag = BFD_DIAG_TIME_EXPIRED;
	p.required_echo_rx = 9;
	bfd_packet_write(&p, wire);
	assert_int_equal(bfd_packet_read(wire, sizeof(wire), &q), BFD_ACCEPTED);
	assert_memory_equal(&p, &q, sizeof(p));
	static const uint8_t expected[] = "\x21\xe2\x03\x18\0\0\0\x4d\0\0\0\x05\0\0\xc3\x50\0\0\xc3\x50\0\0\0\x09";

	assert_memory_equal(wire, expected, sizeof(wire));
}

struct reject_case {
	size_t at;
	uint8_t value;
	enum bfd_reject why;
};

static void bad_packets_have_their_reason(void **state)
{
	static const struct reject_case cases[] = {
		{ 0, 0x41, BFD_REJECT_VERSION }, { 3, 23, BFD_REJECT_LENGTH },    { 3, 25, BFD_REJECT_LENGTH },
		{ 2, 0, BFD_REJECT_MULT },       { 1, 0xc1, BFD_REJECT_MULTIPOINT }, { 7, 0, BFD_REJECT_MY_DISC },
		{ 11, 0, BFD_REJECT_YOUR_DISC }, { 1, 0xc4, BFD_REJECT_LENGTH },
	};
	struct bfd_packet p = said(BFD_UP, 5), q;
	uint8_t wire[32] = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		bfd_packet_write(&p, wire);
		wire[cases[i].at] = cases[i].value;
		assert_int_equal(bfd_packet_read(wire, BFD_WIRE_LEN, &q), cases[i].why);
	}
	bfd_packet_write(&p, wire);
	for (size_t len = 0; len < BFD_WIRE_LEN; len++)
		assert_int_equal(bfd_packet_read(wire, len, &q), BFD_REJECT_SHORT);
	wire[1] |= 0x04;
	wire[3] = 28;
	assert_int_equal(bfd_packet_read(wire, 28, &q), BFD_REJECT_AUTH);
	p = said(BFD_DOWN, 0);
	bfd_packet_write(&p, wire);
	assert_int_equal(bfd_packet_read(wire, BFD_WIRE_LEN, &q), BFD_ACCEPTED);
}

/* ---- states ---- */

struct state_case {
	enum bfd_state ours, theirs, next;
	uint8_t diag;
};

static void put(struct bfd_fsm *f, enum bfd_state s)
{
	bfd_fsm_init(f, &conf_std, 42, NOW);
	if (s == BFD_INIT || s == BFD_UP)
		hear(f, BFD_DOWN, NOW);
	if (s == BFD_UP)
		hear(f, BFD_INIT, NOW);
	if (s == BFD_ADMIN_DOWN)
		bfd_fsm_admin_down(f);
	assert_int_equal(f->state, s);
}

static void every_state_hears_every_state(void **state)
{
	static const struct state_case cases[] = {
		{ BFD_DOWN, BFD_ADMIN_DOWN, BFD_DOWN, 0 }, { BFD_DOWN, BFD_DOWN, BFD_INIT, 0 },
		{ BFD_DOWN, BFD_INIT, BFD_UP, 0 },         { BFD_DOWN, BFD_UP, BFD_DOWN, 0 },
		{ BFD_INIT, BFD_ADMIN_DOWN, BFD_DOWN, 3 }, { BFD_INIT, BFD_DOWN, BFD_INIT, 0 },
		{ BFD_INIT, BFD_INIT, BFD_UP, 0 },         { BFD_INIT, BFD_UP, BFD_UP, 0 },
		{ BFD_UP, BFD_ADMIN_DOWN, BFD_DOWN, 3 },   { BFD_UP, BFD_DOWN, BFD_DOWN, 3 },
		{ BFD_UP, BFD_INIT, BFD_UP, 0 },           { BFD_UP, BFD_UP, BFD_UP, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct state_case *c = &cases[i];
		struct bfd_fsm f;
		unsigned actions;

		put(&f, c->ours);
		actions = hear(&f, c->theirs, NOW + MS);
		assert_int_equal(f.state, c->next);
		assert_int_equal(f.diag, c->diag);
		assert_int_equal(!!(actions & BFD_ACT_STATE), c->next != c->ours);
		assert_int_equal(f.detect_at, NOW + MS + 150 * MS);
	}
}

static void silence_is_down(void **state)
{
	struct bfd_fsm f;

	(void)state;
	put(&f, BFD_UP);
	bfd_fsm_sent(&f, NOW, 0);
	assert_int_equal(bfd_fsm_timer(&f, NOW + 149 * MS) & BFD_ACT_STATE, 0);
	bfd_fsm_sent(&f, NOW + 149 * MS, 0);
	assert_int_equal(bfd_fsm_timer(&f, NOW + 150 * MS), BFD_ACT_STATE | BFD_ACT_SEND);
	assert_int_equal(f.state, BFD_DOWN);
	assert_int_equal(f.diag, BFD_DIAG_TIME_EXPIRED);
	assert_int_equal(f.your_disc, 0);
	assert_int_equal(f.desired_tx, SECOND);
	assert_int_equal(f.detect_at, USEC_NEVER);
}

static void goodbye_is_said_once(void **state)
{
	struct bfd_packet p;
	struct bfd_fsm f;
	unsigned actions;

	(void)state;
	put(&f, BFD_UP);
	assert_int_equal(bfd_fsm_admin_down(&f), BFD_ACT_STATE | BFD_ACT_SEND);
	bfd_fsm_packet(&f, false, &p);
	assert_int_equal(p.state, BFD_ADMIN_DOWN);
	assert_int_equal(p.diag, BFD_DIAG_ADMIN_DOWN);
	assert_int_equal(bfd_fsm_deadline(&f), USEC_NEVER);
	p = said(BFD_UP, f.my_disc);
	assert_false(bfd_fsm_receive(&f, &p, NOW, &actions));
	put(&f, BFD_DOWN); /* nobody is there to hear it */
	assert_int_equal(bfd_fsm_admin_down(&f), BFD_ACT_STATE);
}

static void strict_wants_our_discriminator(void **state)
{
	struct bfd_fsm_conf c = conf_std;
	struct bfd_packet p = said(BFD_DOWN, 0);
	struct bfd_fsm f;
	unsigned actions;

	(void)state;
	for (int strict = 0; strict <= 1; strict++) {
		c.strict = strict;
		bfd_fsm_init(&f, &c, 42, NOW);
		hear(&f, BFD_DOWN, NOW);
		hear(&f, BFD_INIT, NOW);
		assert_int_equal(bfd_fsm_receive(&f, &p, NOW, &actions), !strict);
		assert_int_equal(f.state, strict ? BFD_UP : BFD_DOWN);
	}
}

static void passive_waits(void **state)
{
	struct bfd_fsm_conf c = conf_std;
	struct bfd_fsm f;

	(void)state;
	c.passive = true;
	bfd_fsm_init(&f, &c, 42, NOW);
	assert_int_equal(bfd_fsm_deadline(&f), USEC_NEVER);
	assert_int_equal(hear(&f, BFD_DOWN, NOW), BFD_ACT_STATE | BFD_ACT_SEND);
	assert_int_equal(bfd_fsm_timer(&f, NOW + 150 * MS) & BFD_ACT_SEND, 0); /* silent again: so are we */
	assert_int_equal(bfd_fsm_deadline(&f), USEC_NEVER);
}

/* ---- intervals ---- */

static void up_polls_for_its_interval(void **state)
{
	struct bfd_packet p;
	struct bfd_fsm f;
	unsigned actions;

	(void)state;
	put(&f, BFD_UP);
	bfd_fsm_packet(&f, false, &p);
	assert_true(p.poll);
	assert_int_equal(p.desired_tx, 50 * MS);
	assert_int_equal(bfd_fsm_tx_interval(&f), 50 * MS); /* quicker sending need not wait */
	bfd_fsm_packet(&f, true, &p);
	assert_true(p.final && !p.poll);
	p = said(BFD_UP, f.my_disc);
	p.final = true;
	assert_true(bfd_fsm_receive(&f, &p, NOW, &actions));
	bfd_fsm_packet(&f, false, &p);
	assert_false(p.poll);
}

static void a_poll_is_answered(void **state)
{
	struct bfd_packet p;
	struct bfd_fsm f;
	unsigned actions;

	(void)state;
	put(&f, BFD_UP);
	p = said(BFD_UP, f.my_disc);
	p.poll = true;
	assert_true(bfd_fsm_receive(&f, &p, NOW, &actions));
	assert_int_equal(actions, BFD_ACT_SEND_FINAL);
}

/* Slower sending and quicker detection take effect when the other end has answered, not before. */
static void changes_wait_for_the_answer(void **state)
{
	struct bfd_fsm_conf c = conf_std;
	struct bfd_packet p;
	struct bfd_fsm f;
	unsigned actions;

	(void)state;
	put(&f, BFD_UP);
	c.min_tx = 200 * MS;
	c.min_rx = 20 * MS;
	bfd_fsm_reconf(&f, &c, NOW);
	bfd_fsm_packet(&f, false, &p);
	assert_true(p.poll && p.desired_tx == 200 * MS && p.required_rx == 20 * MS);
	assert_int_equal(bfd_fsm_tx_interval(&f), 50 * MS);
	p = said(BFD_UP, f.my_disc);
	p.desired_tx = 10 * MS;
	assert_true(bfd_fsm_receive(&f, &p, NOW, &actions));
	assert_int_equal(bfd_fsm_detect_time(&f), 150 * MS);
	p.final = true;
	assert_true(bfd_fsm_receive(&f, &p, NOW, &actions));
	assert_int_equal(bfd_fsm_tx_interval(&f), 200 * MS);
	assert_int_equal(bfd_fsm_detect_time(&f), 60 * MS);
	assert_int_equal(f.state, BFD_UP);
}

static void the_slower_end_decides(void **state)
{
	struct bfd_packet p;
	struct bfd_fsm f;
	unsigned actions;

	(void)state;
	put(&f, BFD_UP);
	p = said(BFD_UP, f.my_disc);
	p.required_rx = 300 * MS;
	p.desired_tx = 400 * MS;
	p.mult = 5;
	assert_true(bfd_fsm_receive(&f, &p, NOW, &actions));
	assert_int_equal(bfd_fsm_tx_interval(&f), 300 * MS);
	assert_int_equal(bfd_fsm_detect_time(&f), 2000 * MS);
	p.required_rx = 0; /* it wants none */
	p.final = true;
	assert_true(bfd_fsm_receive(&f, &p, NOW, &actions));
	assert_int_equal(f.next_tx, USEC_NEVER);
	p.required_rx = 50 * MS;
	assert_true(bfd_fsm_receive(&f, &p, NOW + SECOND, &actions));
	assert_true(f.next_tx <= NOW + SECOND);
}

static void demand_mode_of_the_other_end_is_kept(void **state)
{
	struct bfd_packet p;
	struct bfd_fsm f;
	unsigned actions;

	(void)state;
	put(&f, BFD_UP);
	p = said(BFD_UP, f.my_disc);
	p.demand = true;
	assert_true(bfd_fsm_receive(&f, &p, NOW, &actions));
	assert_true(f.next_tx != USEC_NEVER); /* our poll is not answered yet */
	p.final = true;
	assert_true(bfd_fsm_receive(&f, &p, NOW, &actions));
	assert_int_equal(f.next_tx, USEC_NEVER);
}

static void jitter_only_shortens(void **state)
{
	struct bfd_fsm f;

	(void)state;
	put(&f, BFD_UP);
	for (uint32_t r = 0; r < 100; r++) {
		f.conf.mult = r & 1 ? 1 : 3;
		bfd_fsm_sent(&f, NOW, r * 2654435761u);
		assert_in_range(f.next_tx - NOW, 37500, r & 1 ? 45000 : 50000);
	}
}

/* ---- two ends ---- */

struct flying {
	usec_t at; /* 0: none */
	struct bfd_packet p;
};

struct end {
	struct bfd_fsm f;
	struct flying in[64];
	usec_t last; /* arrival: nothing overtakes */
	unsigned changes;
};

struct world {
	struct end e[2];
	uint32_t seed;
	unsigned loss; /* percent */
	usec_t now;
};

static uint32_t roll(struct world *w)
{
	w->seed = w->seed * 1664525u + 1013904223u;
	return w->seed >> 8;
}

static void fly(struct world *w, int from, bool final)
{
	struct end *to = &w->e[!from];
	struct bfd_packet p;

	bfd_fsm_packet(&w->e[from].f, final, &p);
	if (!final)
		bfd_fsm_sent(&w->e[from].f, w->now, roll(w));
	if (roll(w) % 100 < w->loss)
		return;
	for (size_t i = 0; i < 64; i++) {
		if (to->in[i].at)
			continue;
		to->last = usec_max(to->last + 1, w->now + 1 + roll(w) % (2 * MS));
		to->in[i] = (struct flying){ to->last, p };
		return;
	}
	fail_msg("an end sends without measure");
}

static void carry_out(struct world *w, int who, unsigned actions)
{
	w->e[who].changes += !!(actions & BFD_ACT_STATE);
	if (actions & BFD_ACT_SEND_FINAL)
		fly(w, who, true);
	if (actions & BFD_ACT_SEND)
		fly(w, who, false);
}

static void deliver(struct world *w, int who)
{
	for (size_t i = 0; i < 64; i++) {
		struct flying *p = &w->e[who].in[i];
		unsigned actions = 0;

		if (!p->at || p->at > w->now)
			continue;
		p->at = 0;
		if (p->p.your_disc == 0 || p->p.your_disc == w->e[who].f.my_disc)
			bfd_fsm_receive(&w->e[who].f, &p->p, w->now, &actions);
		carry_out(w, who, actions);
	}
}

static void play(struct world *w, usec_t for_how_long)
{
	usec_t end = w->now + for_how_long;

	while (w->now < end) {
		usec_t next = end;

		for (int i = 0; i < 2; i++) {
			next = usec_min(next, bfd_fsm_deadline(&w->e[i].f));
			for (size_t j = 0; j < 64; j++)
				if (w->e[i].in[j].at)
					next = usec_min(next, w->e[i].in[j].at);
		}
		w->now = usec_max(w->now + 1, next);
		for (int i = 0; i < 2; i++) {
			deliver(w, i);
			if (bfd_fsm_deadline(&w->e[i].f) <= w->now)
				carry_out(w, i, bfd_fsm_timer(&w->e[i].f, w->now));
		}
	}
}

static void both_up(const struct world *w)
{
	assert_int_equal(w->e[0].f.state, BFD_UP);
	assert_int_equal(w->e[1].f.state, BFD_UP);
}

/* From any seed: up soon, stay up over single losses, the poll sequences end, silence is noticed within detection time. */
static void two_ends_agree(void **state)
{
	(void)state;
	for (uint32_t seed = 1; seed <= 200; seed++) {
		struct bfd_fsm_conf slow = conf_std;
		struct world w = { .seed = seed, .now = NOW };

		slow.min_tx = (20 + seed) * MS;
		slow.mult = 5;
		slow.passive = seed & 1;
		bfd_fsm_init(&w.e[0].f, &conf_std, 1, NOW);
		bfd_fsm_init(&w.e[1].f, &slow, 2, NOW);
		play(&w, 5 * SECOND);
		both_up(&w);
		assert_false(w.e[0].f.polling || w.e[1].f.polling);
		assert_in_range(w.e[0].changes + w.e[1].changes, 3, 4); /* by way of Init, one of them or both */
		assert_int_equal(bfd_fsm_detect_time(&w.e[0].f), 5 * usec_max(50 * MS, slow.min_tx));
		w.loss = 1;
		play(&w, 2 * SECOND);
		w.loss = 100;
		usec_t before = w.now;

		play(&w, 5 * usec_max(50 * MS, slow.min_tx) + 5 * MS);
		assert_int_equal(w.e[0].f.state, BFD_DOWN);
		assert_true(w.now - before < 2 * SECOND);
		w.loss = 0;
		play(&w, 6 * SECOND);
		both_up(&w);
	}
}

/* An end that starts anew, with another discriminator, is taken for what it is. */
static void a_restart_is_noticed(void **state)
{
	struct world w = { .seed = 5, .now = NOW };

	(void)state;
	bfd_fsm_init(&w.e[0].f, &conf_std, 1, NOW);
	bfd_fsm_init(&w.e[1].f, &conf_std, 2, NOW);
	play(&w, 4 * SECOND);
	both_up(&w);
	memset(w.e[1].in, 0, sizeof(w.e[1].in));
	bfd_fsm_init(&w.e[1].f, &conf_std, 3, w.now);
	play(&w, 100 * MS);
	assert_true(w.e[0].f.state != BFD_UP || w.e[0].f.your_disc == 3);
	play(&w, 4 * SECOND);
	both_up(&w);
	assert_int_equal(w.e[0].f.your_disc, 3);
}

/* A life that goes on with what the one before kept is not noticed, unless it has slept longer than silence may last. */
static void another_life_goes_on(void **state)
{
	struct bfd_fsm_conf slower = conf_std;
	struct world w = { .seed = 6, .now = NOW };
	struct bfd_life life;

	(void)state;
	slower.min_tx = slower.min_rx = 80 * MS;
	bfd_fsm_init(&w.e[0].f, &conf_std, 1, NOW);
	bfd_fsm_init(&w.e[1].f, &conf_std, 2, NOW);
	assert_false(bfd_fsm_life(&w.e[1].f, &life));
	play(&w, 4 * SECOND);
	both_up(&w);
	assert_true(bfd_fsm_life(&w.e[1].f, &life));
	bfd_fsm_resume(&w.e[1].f, &slower, &life, w.now);
	assert_true(w.e[1].f.polling);
	assert_int_equal(bfd_fsm_tx_interval(&w.e[1].f), 50 * MS); /* until the poll is answered */
	assert_int_equal(w.e[1].f.detect_at, w.now + 240 * MS); /* slower hearing need not wait */
	assert_true(bfd_fsm_deadline(&w.e[1].f) <= w.now); /* it has sent nothing yet */
	w.e[0].changes = w.e[1].changes = 0;
	play(&w, 4 * SECOND);
	both_up(&w);
	assert_int_equal(w.e[0].changes + w.e[1].changes, 0);
	assert_int_equal(bfd_fsm_tx_interval(&w.e[1].f), 80 * MS);
	assert_true(bfd_fsm_life(&w.e[1].f, &life));
	w.loss = 100;
	play(&w, 300 * MS);
	assert_int_equal(w.e[0].f.state, BFD_DOWN);
	w.loss = 0;
	life.polling = true; /* nobody has answered yet */
	bfd_fsm_resume(&w.e[1].f, &slower, &life, w.now);
	assert_true(w.e[1].f.polling);
	assert_int_equal(w.e[1].f.your_disc, 1);
	play(&w, 4 * SECOND);
	both_up(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packets_survive_the_wire),
		cmocka_unit_test(bad_packets_have_their_reason),
		cmocka_unit_test(every_state_hears_every_state),
		cmocka_unit_test(silence_is_down),
		cmocka_unit_test(goodbye_is_said_once),
		cmocka_unit_test(strict_wants_our_discriminator),
		cmocka_unit_test(passive_waits),
		cmocka_unit_test(up_polls_for_its_interval),
		cmocka_unit_test(a_poll_is_answered),
		cmocka_unit_test(changes_wait_for_the_answer),
		cmocka_unit_test(the_slower_end_decides),
		cmocka_unit_test(demand_mode_of_the_other_end_is_kept),
		cmocka_unit_test(jitter_only_shortens),
		cmocka_unit_test(two_ends_agree),
		cmocka_unit_test(a_restart_is_noticed),
		cmocka_unit_test(another_life_goes_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
