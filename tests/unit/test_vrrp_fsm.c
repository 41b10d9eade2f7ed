/*
 * The VRRP state machine: every state with every event, the RFCs' timing, reasons, and the additions (preempt_delay,
 * adoption, FAULT, the grid, rebasing on reload).
 */
#include "config.h"

#include "tests/unit/test.h"

#include <string.h>

#include "core/vrrp/fsm.h"
#include "core/vrrp/prio.h"
#include "core/vrrp/router.h"

#define NOW (100 * USEC_PER_SEC)
#define SECOND USEC_PER_SEC

static struct vrrp_fsm_conf conf_v2(void)
{
	return (struct vrrp_fsm_conf){ .version = 2, .priority = 100, .adver_int = SECOND, .preempt = true,
		.down_adverts = 3, .source = addr_v4(10, 0, 0, 5) };
}

static struct vrrp_heard heard(uint8_t priority, uint8_t host)
{
	return (struct vrrp_heard){ .priority = priority, .adver_int = SECOND, .source = addr_v4(10, 0, 0, host) };
}

/* Bring a machine into a state by legal steps at NOW. */
static void put(struct vrrp_fsm *f, const struct vrrp_fsm_conf *c, enum vrrp_state s)
{
	vrrp_fsm_init(f, c);
	if (s == VRRP_BACKUP)
		vrrp_fsm_step(f, VRRP_EV_START, NULL, NOW);
	if (s == VRRP_MASTER)
		vrrp_fsm_step(f, VRRP_EV_ADOPT, NULL, NOW);
	if (s == VRRP_FAULT)
		vrrp_fsm_step(f, VRRP_EV_FAULT, NULL, NOW);
	assert_int_equal(f->state, s);
}

enum { S = VRRP_ACT_STATE, ADV = VRRP_ACT_SEND_ADVERT, P0 = VRRP_ACT_SEND_PRIO0, BM = VRRP_ACT_BECOME_MASTER,
	LM = VRRP_ACT_LEAVE_MASTER, HM = VRRP_ACT_HEARD_MASTER, LP = VRRP_ACT_LOWER_PRIO, P0H = VRRP_ACT_PRIO0_HEARD };

struct row {
	enum vrrp_state state;
	enum vrrp_event event;
	int priority, host; /* of the advert */
	unsigned actions;
	enum vrrp_state next;
	enum vrrp_reason why; /* 0 where nothing changes */
	usec_t wait;          /* deadline - now afterwards; -1: unchanged; USEC_NEVER */
};

static const struct row table[] = {
	{ VRRP_INIT, VRRP_EV_START, 0, 0, S, VRRP_BACKUP, VRRP_WHY_STARTED, 3609375 },
	{ VRRP_INIT, VRRP_EV_ADOPT, 0, 0, S | ADV | BM, VRRP_MASTER, VRRP_WHY_ADOPTED, SECOND },
	{ VRRP_INIT, VRRP_EV_STOP, 0, 0, 0, VRRP_INIT, 0, -1 },
	{ VRRP_INIT, VRRP_EV_ADVERT, 200, 6, 0, VRRP_INIT, 0, -1 },
	{ VRRP_INIT, VRRP_EV_TIMER, 0, 0, 0, VRRP_INIT, 0, -1 },
	{ VRRP_INIT, VRRP_EV_FAULT, 0, 0, S, VRRP_FAULT, VRRP_WHY_FAULT, USEC_NEVER },
	{ VRRP_INIT, VRRP_EV_CLEAR, 0, 0, 0, VRRP_INIT, 0, -1 },
	{ VRRP_INIT, VRRP_EV_PRIORITY, 0, 0, 0, VRRP_INIT, 0, -1 },
	{ VRRP_INIT, VRRP_EV_GROUP_MASTER, 0, 0, 0, VRRP_INIT, 0, -1 },
	{ VRRP_INIT, VRRP_EV_GROUP_BACKUP, 0, 0, 0, VRRP_INIT, 0, -1 },

	{ VRRP_BACKUP, VRRP_EV_START, 0, 0, 0, VRRP_BACKUP, 0, -1 },
	{ VRRP_BACKUP, VRRP_EV_ADOPT, 0, 0, 0, VRRP_BACKUP, 0, -1 },
	{ VRRP_BACKUP, VRRP_EV_STOP, 0, 0, S, VRRP_INIT, VRRP_WHY_STOPPED, USEC_NEVER },
	{ VRRP_BACKUP, VRRP_EV_ADVERT, 200, 6, HM, VRRP_BACKUP, 0, 3609375 },
	{ VRRP_BACKUP, VRRP_EV_ADVERT, 100, 4, HM, VRRP_BACKUP, 0, 3609375 }, /* equal never preempts */
	{ VRRP_BACKUP, VRRP_EV_ADVERT, 99, 6, HM | LP, VRRP_BACKUP, 0, -1 },
	{ VRRP_BACKUP, VRRP_EV_ADVERT, 0, 6, P0H, VRRP_BACKUP, 0, 609375 },
	{ VRRP_BACKUP, VRRP_EV_TIMER, 0, 0, 0, VRRP_BACKUP, 0, -1 }, /* not due */
	{ VRRP_BACKUP, VRRP_EV_FAULT, 0, 0, S, VRRP_FAULT, VRRP_WHY_FAULT, USEC_NEVER },
	{ VRRP_BACKUP, VRRP_EV_CLEAR, 0, 0, 0, VRRP_BACKUP, 0, -1 },
	{ VRRP_BACKUP, VRRP_EV_PRIORITY, 0, 0, 0, VRRP_BACKUP, 0, -1 },
	{ VRRP_BACKUP, VRRP_EV_GROUP_MASTER, 0, 0, S | ADV | BM, VRRP_MASTER, VRRP_WHY_GROUP, SECOND },
	{ VRRP_BACKUP, VRRP_EV_GROUP_BACKUP, 0, 0, 0, VRRP_BACKUP, 0, -1 },

	{ VRRP_MASTER, VRRP_EV_START, 0, 0, 0, VRRP_MASTER, 0, -1 },
	{ VRRP_MASTER, VRRP_EV_ADOPT, 0, 0, 0, VRRP_MASTER, 0, -1 },
	{ VRRP_MASTER, VRRP_EV_STOP, 0, 0, S | P0 | LM, VRRP_INIT, VRRP_WHY_STOPPED, USEC_NEVER },
	{ VRRP_MASTER, VRRP_EV_ADVERT, 101, 4, S | LM | HM, VRRP_BACKUP, VRRP_WHY_HIGHER_PRIORITY, 3609375 },
	{ VRRP_MASTER, VRRP_EV_ADVERT, 100, 6, S | LM | HM, VRRP_BACKUP, VRRP_WHY_HIGHER_ADDRESS, 3609375 },
	{ VRRP_MASTER, VRRP_EV_ADVERT, 100, 4, ADV | LP, VRRP_MASTER, 0, -1 },
	{ VRRP_MASTER, VRRP_EV_ADVERT, 100, 5, 0, VRRP_MASTER, 0, -1 }, /* our own, come back */
	{ VRRP_MASTER, VRRP_EV_ADVERT, 99, 6, ADV | LP, VRRP_MASTER, 0, -1 },
	{ VRRP_MASTER, VRRP_EV_ADVERT, 0, 6, ADV, VRRP_MASTER, 0, SECOND },
	{ VRRP_MASTER, VRRP_EV_TIMER, 0, 0, 0, VRRP_MASTER, 0, -1 },
	{ VRRP_MASTER, VRRP_EV_FAULT, 0, 0, S | P0 | LM, VRRP_FAULT, VRRP_WHY_FAULT, USEC_NEVER },
	{ VRRP_MASTER, VRRP_EV_CLEAR, 0, 0, 0, VRRP_MASTER, 0, -1 },
	{ VRRP_MASTER, VRRP_EV_PRIORITY, 0, 0, 0, VRRP_MASTER, 0, -1 },
	{ VRRP_MASTER, VRRP_EV_GROUP_MASTER, 0, 0, 0, VRRP_MASTER, 0, -1 },
	{ VRRP_MASTER, VRRP_EV_GROUP_BACKUP, 0, 0, S | P0 | LM, VRRP_BACKUP, VRRP_WHY_GROUP, 3609375 },

	{ VRRP_FAULT, VRRP_EV_START, 0, 0, 0, VRRP_FAULT, 0, -1 },
	{ VRRP_FAULT, VRRP_EV_ADOPT, 0, 0, 0, VRRP_FAULT, 0, -1 },
	{ VRRP_FAULT, VRRP_EV_STOP, 0, 0, S, VRRP_INIT, VRRP_WHY_STOPPED, USEC_NEVER },
	{ VRRP_FAULT, VRRP_EV_ADVERT, 1, 6, 0, VRRP_FAULT, 0, -1 },
	{ VRRP_FAULT, VRRP_EV_TIMER, 0, 0, 0, VRRP_FAULT, 0, -1 },
	{ VRRP_FAULT, VRRP_EV_FAULT, 0, 0, 0, VRRP_FAULT, 0, -1 },
	{ VRRP_FAULT, VRRP_EV_CLEAR, 0, 0, S, VRRP_BACKUP, VRRP_WHY_FAULT_CLEARED, 3609375 },
	{ VRRP_FAULT, VRRP_EV_PRIORITY, 0, 0, 0, VRRP_FAULT, 0, -1 },
	{ VRRP_FAULT, VRRP_EV_GROUP_MASTER, 0, 0, 0, VRRP_FAULT, 0, -1 },
	{ VRRP_FAULT, VRRP_EV_GROUP_BACKUP, 0, 0, 0, VRRP_FAULT, 0, -1 },
};

static void check_row(const struct row *r, size_t i)
{
	struct vrrp_fsm_conf c = conf_v2();
	struct vrrp_fsm f;
	usec_t now = NOW + 300 * USEC_PER_MS;

	put(&f, &c, r->state);
	usec_t before = f.deadline;
	enum vrrp_reason why = f.reason;
	struct vrrp_heard h = heard((uint8_t)r->priority, (uint8_t)r->host);
	unsigned actions = vrrp_fsm_step(&f, r->event, r->event == VRRP_EV_ADVERT ? &h : NULL, now);
	usec_t want = r->wait < 0 ? before : usec_add(now, r->wait);
	if (actions != r->actions || f.state != r->next || f.reason != (r->why ? r->why : why) || f.deadline != want)
		fail_msg("row %zu (%s, %s): actions %x, %s, %s, deadline %lld", i, vrrp_state_name(r->state),
			 vrrp_event_name(r->event), actions, vrrp_state_name(f.state), vrrp_reason_text(f.reason),
			 (long long)f.deadline);
	if (actions & S)
		assert_int_equal(f.previous, r->state);
}

static void every_state_with_every_event(void **state)
{
	(void)state;
	bool seen[5][10] = { { false } };

	for (size_t i = 0; i < N_ELEMENTS(table); i++) {
		check_row(&table[i], i);
		seen[table[i].state][table[i].event] = true;
	}
	for (int s = VRRP_INIT; s <= VRRP_FAULT; s++)
		for (int e = VRRP_EV_START; e <= VRRP_EV_GROUP_BACKUP; e++)
			assert_true(seen[s][e]);
}

static void timing_of_the_rfcs(void **state)
{
	(void)state;
	static const struct {
		uint8_t version, priority, down;
		usec_t interval, skew, master_down;
	} cases[] = {
		{ 2, 100, 3, SECOND, 609375, 3609375 },
		{ 2, 254, 3, SECOND, 7812, 3007812 },
		{ 2, 1, 3, SECOND, 996093, 3996093 },
		{ 2, 100, 3, 2 * SECOND, 609375, 6609375 }, /* version 2's skew is in seconds, not intervals */
		{ 3, 100, 3, SECOND, 609375, 3609375 },
		{ 3, 100, 3, 100 * USEC_PER_MS, 60937, 360937 },
		{ 3, 255, 3, SECOND, 3906, 3003906 },
		{ 3, 100, 2, SECOND, 609375, 2609375 },
	};

	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		struct vrrp_fsm_conf c = conf_v2();
		struct vrrp_fsm f;
		c.version = cases[i].version;
		c.priority = cases[i].priority;
		c.adver_int = cases[i].interval;
		c.down_adverts = cases[i].down;
		vrrp_fsm_init(&f, &c);
		assert_int_equal(vrrp_skew_time(&f), cases[i].skew);
		assert_int_equal(vrrp_master_down_interval(&f), cases[i].master_down);
	}
}

static void reasons_of_a_takeover(void **state)
{
	(void)state;
	struct vrrp_fsm_conf c = conf_v2();
	struct vrrp_fsm f;
	struct vrrp_heard better = heard(200, 6), lower = heard(50, 6), gone = heard(0, 6);

	put(&f, &c, VRRP_BACKUP);
	vrrp_fsm_step(&f, VRRP_EV_ADVERT, &better, NOW + SECOND);
	assert_int_equal(f.deadline, NOW + SECOND + 3609375);
	assert_int_equal(vrrp_fsm_step(&f, VRRP_EV_TIMER, NULL, f.deadline), S | ADV | BM);
	assert_int_equal(f.reason, VRRP_WHY_MASTER_DOWN);

	put(&f, &c, VRRP_BACKUP);
	vrrp_fsm_step(&f, VRRP_EV_ADVERT, &better, NOW + SECOND);
	vrrp_fsm_step(&f, VRRP_EV_ADVERT, &gone, NOW + 2 * SECOND);
	assert_int_equal(f.deadline, NOW + 2 * SECOND + 609375);
	vrrp_fsm_step(&f, VRRP_EV_ADVERT, &gone, NOW + 2 * SECOND + 500000); /* a second resignation delays nothing */
	assert_int_equal(f.deadline, NOW + 2 * SECOND + 609375);
	vrrp_fsm_step(&f, VRRP_EV_TIMER, NULL, f.deadline);
	assert_int_equal(f.reason, VRRP_WHY_MASTER_RELEASED);
	assert_int_equal(f.state, VRRP_MASTER);

	put(&f, &c, VRRP_BACKUP);
	for (int i = 1; i <= 3; i++)
		vrrp_fsm_step(&f, VRRP_EV_ADVERT, &lower, NOW + i * SECOND);
	assert_int_equal(f.deadline, NOW + 3609375);
	vrrp_fsm_step(&f, VRRP_EV_TIMER, NULL, f.deadline);
	assert_int_equal(f.reason, VRRP_WHY_PREEMPTED_LOWER);
}

static void a_better_advert_cancels_the_skew_wait(void **state)
{
	(void)state;
	struct vrrp_fsm_conf c = conf_v2();
	struct vrrp_fsm f;
	struct vrrp_heard gone = heard(0, 6), better = heard(200, 7);

	put(&f, &c, VRRP_BACKUP);
	vrrp_fsm_step(&f, VRRP_EV_ADVERT, &gone, NOW);
	vrrp_fsm_step(&f, VRRP_EV_ADVERT, &better, NOW + 100000);
	assert_int_equal(f.deadline, NOW + 100000 + 3609375);
	vrrp_fsm_step(&f, VRRP_EV_TIMER, NULL, f.deadline);
	assert_int_equal(f.reason, VRRP_WHY_MASTER_DOWN);
}

static void the_grid(void **state)
{
	(void)state;
	struct vrrp_fsm_conf c = conf_v2();
	struct vrrp_fsm f;

	put(&f, &c, VRRP_MASTER);
	for (int i = 1; i <= 100; i++) {
		assert_int_equal(f.deadline, NOW + i * SECOND);
		assert_int_equal(vrrp_fsm_step(&f, VRRP_EV_TIMER, NULL, f.deadline + 700 * i), ADV);
	}
	/* two and a half intervals late: one advert, then back on the grid */
	usec_t due = f.deadline;
	assert_int_equal(vrrp_fsm_step(&f, VRRP_EV_TIMER, NULL, due + 2500000), ADV);
	assert_int_equal(f.deadline, due + 3 * SECOND);
	due = f.deadline;
	vrrp_fsm_step(&f, VRRP_EV_TIMER, NULL, due + SECOND);
	assert_int_equal(f.deadline, due + 2 * SECOND);
}

static void answers_are_limited(void **state)
{
	(void)state;
	struct vrrp_fsm_conf c = conf_v2();
	struct vrrp_fsm f;
	struct vrrp_heard lower = heard(50, 6), gone = heard(0, 6);

	put(&f, &c, VRRP_MASTER);
	assert_int_equal(vrrp_fsm_step(&f, VRRP_EV_ADVERT, &lower, NOW + 1000), ADV | LP);
	for (int i = 2; i < 900; i++) {
		assert_int_equal(vrrp_fsm_step(&f, VRRP_EV_ADVERT, i & 1 ? &lower : &gone, NOW + 1000 * i), 0);
		assert_int_equal(f.deadline, NOW + SECOND);
	}
	assert_int_equal(vrrp_fsm_step(&f, VRRP_EV_ADVERT, &lower, NOW + 1001000), ADV | LP);
}

/* Keywords that change what a MASTER says to others. */
static void what_a_master_answers(void **state)
{
	static const struct {
		bool silent_to_lower, answer_higher;
		uint8_t priority, host;
		unsigned actions;
	} cases[] = {
		{ false, false, 50, 6, ADV | LP }, { true, false, 50, 6, LP }, /* lower_prio_no_advert */
		{ true, false, 100, 4, LP },
		{ true, false, 0, 6, ADV }, /* a resignation is answered all the same */
		{ false, false, 200, 4, S | LM | HM }, { false, true, 200, 4, S | ADV | LM | HM }, /* higher_prio_send_advert */
		{ false, true, 100, 6, S | LM | HM }, /* of an equal one nothing is said */
	};

	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		struct vrrp_fsm_conf c = conf_v2();
		struct vrrp_heard h = heard(cases[i].priority, cases[i].host);
		struct vrrp_fsm f;

		c.silent_to_lower = cases[i].silent_to_lower;
		c.answer_higher = cases[i].answer_higher;
		put(&f, &c, VRRP_MASTER);
		unsigned actions = vrrp_fsm_step(&f, VRRP_EV_ADVERT, &h, NOW + 1000);
		if (actions != cases[i].actions)
			fail_msg("case %zu: actions %x, not %x", i, actions, cases[i].actions);
	}
}

/* timer_expired_backup PRIORITY: late, but not so late that a peer of that priority has waited long enough. */
static void a_late_timer(void **state)
{
	static const struct {
		uint8_t version, late_priority;
		usec_t late;
		enum vrrp_state next;
	} cases[] = {
		{ 2, 0, 100 * SECOND, VRRP_MASTER },
		{ 2, 254, 2 * SECOND + 7812, VRRP_MASTER }, { 2, 254, 2 * SECOND + 7813, VRRP_BACKUP },
		{ 2, 1, 2 * SECOND + 996093, VRRP_MASTER }, { 2, 1, 2 * SECOND + 996094, VRRP_BACKUP },
		{ 3, 254, 2 * SECOND + 7812, VRRP_MASTER }, { 3, 254, 2 * SECOND + 7813, VRRP_BACKUP },
	};

	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		struct vrrp_fsm_conf c = conf_v2();
		struct vrrp_fsm f;

		c.version = cases[i].version;
		c.late_priority = cases[i].late_priority;
		put(&f, &c, VRRP_MASTER);
		unsigned actions = vrrp_fsm_step(&f, VRRP_EV_TIMER, NULL, NOW + SECOND + cases[i].late);
		if (f.state != cases[i].next)
			fail_msg("case %zu: %s", i, vrrp_state_name(f.state));
		assert_int_equal(actions, f.state == VRRP_MASTER ? ADV : (S | LM)); /* no resignation: another may be MASTER */
		if (f.state == VRRP_BACKUP)
			assert_int_equal(f.reason, VRRP_WHY_LATE);
	}
}

static void the_owner(void **state)
{
	(void)state;
	struct vrrp_fsm_conf c = conf_v2();
	struct vrrp_fsm f;

	c.priority = 255;
	c.preempt = false;
	vrrp_fsm_init(&f, &c);
	assert_int_equal(vrrp_fsm_step(&f, VRRP_EV_START, NULL, NOW), S | ADV | BM);
	assert_int_equal(f.reason, VRRP_WHY_OWNER);
	vrrp_fsm_set_priority(&f, 100);
	assert_int_equal(f.priority, 255);
	vrrp_fsm_step(&f, VRRP_EV_FAULT, NULL, NOW);
	assert_int_equal(vrrp_fsm_step(&f, VRRP_EV_CLEAR, NULL, NOW), S | ADV | BM);
	/* of two owners the lower address yields, and as an owner it does not follow a lower priority */
	struct vrrp_heard other = heard(255, 9), lower = heard(254, 9);
	assert_int_equal(vrrp_fsm_step(&f, VRRP_EV_ADVERT, &other, NOW), S | LM | HM);
	assert_int_equal(vrrp_fsm_step(&f, VRRP_EV_ADVERT, &lower, NOW), HM | LP);
}

static void no_preempt(void **state)
{
	(void)state;
	struct vrrp_fsm_conf c = conf_v2();
	struct vrrp_fsm f;
	struct vrrp_heard lower = heard(50, 4);

	c.preempt = false;
	put(&f, &c, VRRP_BACKUP);
	assert_int_equal(vrrp_fsm_step(&f, VRRP_EV_ADVERT, &lower, NOW + SECOND), HM);
	assert_int_equal(f.deadline, NOW + SECOND + 3609375);
}

static void preempt_delay(void **state)
{
	(void)state;
	struct vrrp_fsm_conf c = conf_v2();
	struct vrrp_fsm f;
	struct vrrp_heard lower = heard(50, 4), better = heard(200, 4);

	c.preempt_delay = 10 * SECOND;
	put(&f, &c, VRRP_BACKUP);
	for (int i = 1; i <= 10; i++)
		assert_int_equal(vrrp_fsm_step(&f, VRRP_EV_ADVERT, &lower, NOW + i * SECOND), HM);
	assert_int_equal(vrrp_fsm_step(&f, VRRP_EV_ADVERT, &lower, NOW + 11 * SECOND), HM | LP);
	assert_int_equal(f.deadline, NOW + 10 * SECOND + 3609375);
	/* a better master ends it: the delay counts anew from the next lower one */
	vrrp_fsm_step(&f, VRRP_EV_ADVERT, &better, NOW + 12 * SECOND);
	assert_int_equal(vrrp_fsm_step(&f, VRRP_EV_ADVERT, &lower, NOW + 13 * SECOND), HM);
}

static void version_3_adopts_the_masters_interval(void **state)
{
	(void)state;
	struct vrrp_fsm_conf c = conf_v2();
	struct vrrp_fsm f;
	struct vrrp_heard slow = heard(200, 6);

	c.version = 3;
	slow.adver_int = 2 * SECOND;
	put(&f, &c, VRRP_BACKUP);
	vrrp_fsm_step(&f, VRRP_EV_ADVERT, &slow, NOW);
	assert_int_equal(f.deadline, NOW + 6 * SECOND + 2 * 609375);
	vrrp_fsm_step(&f, VRRP_EV_TIMER, NULL, f.deadline);
	assert_int_equal(f.master_adver_int, SECOND); /* our own, as MASTER */
	c.version = 2;
	put(&f, &c, VRRP_BACKUP);
	vrrp_fsm_step(&f, VRRP_EV_ADVERT, &slow, NOW);
	assert_int_equal(f.deadline, NOW + 3609375);
}

static void changes_rebase_timers(void **state)
{
	(void)state;
	struct vrrp_fsm_conf c = conf_v2();
	struct vrrp_fsm f;

	put(&f, &c, VRRP_BACKUP);
	vrrp_fsm_set_priority(&f, 228);
	assert_int_equal(vrrp_fsm_step(&f, VRRP_EV_PRIORITY, NULL, NOW + 1), 0);
	assert_int_equal(f.deadline, NOW + 3109375);
	c.adver_int = 2 * SECOND;
	vrrp_fsm_reconf(&f, &c, NOW + SECOND);
	assert_int_equal(f.deadline, NOW + 6109375);
	assert_int_equal(f.priority, 228); /* the trackers' doing, not the file's */
	c.priority = 50;
	vrrp_fsm_reconf(&f, &c, NOW + SECOND);
	assert_int_equal(f.priority, 50);
	assert_int_equal(f.state, VRRP_BACKUP);

	c = conf_v2();
	put(&f, &c, VRRP_MASTER);
	c.adver_int = 3 * SECOND;
	vrrp_fsm_reconf(&f, &c, NOW + 500000);
	assert_int_equal(f.deadline, NOW + 3 * SECOND);
	c.adver_int = SECOND;
	vrrp_fsm_reconf(&f, &c, NOW + 2 * SECOND);
	assert_int_equal(f.deadline, NOW + 2 * SECOND); /* overdue: now, not in the past */
	assert_int_equal(f.state, VRRP_MASTER);
}

static void priorities(void **state)
{
	(void)state;
	bool fault;
	const struct vrrp_weight w[] = {
		{ .weight = 10, .up = true }, { .weight = 10, .up = false }, { .weight = -20, .up = true },
		{ .weight = -30, .up = false }, { .weight = 5, .up = false, .reverse = true },
		{ .weight = 0, .up = true },
	};
	const struct vrrp_weight down = { .weight = 0, .up = false };

	assert_int_equal(vrrp_prio_sum(w, N_ELEMENTS(w), &fault), 10 - 30 + 5);
	assert_false(fault);
	assert_int_equal(vrrp_prio_sum(&down, 1, &fault), 0);
	assert_true(fault);
	assert_int_equal(vrrp_prio_effective(100, -15), 85);
	assert_int_equal(vrrp_prio_effective(100, -150), 1);
	assert_int_equal(vrrp_prio_effective(200, 100), 254);
	assert_int_equal(vrrp_prio_effective(255, -100), 255);
}

static void words(void **state)
{
	(void)state;

	for (int r = VRRP_WHY_NONE; r <= VRRP_WHY_GROUP; r++)
		assert_string_not_equal(vrrp_reason_text((enum vrrp_reason)r), "?");
	assert_string_equal(vrrp_state_name(VRRP_MASTER), "MASTER");
	assert_string_equal(vrrp_fault_text(0), "");
	assert_non_null(strstr(vrrp_fault_text(VRRP_FAULT_TRACK | VRRP_FAULT_LINK_DOWN), "carrier"));
	for (unsigned bit = 1; bit <= VRRP_FAULT_TRACK; bit <<= 1)
		assert_true(strlen(vrrp_fault_text(bit)) > 0);
}

/* The next advert earlier, never later, and the grid from there; nobody else's deadline moves. */
static void a_grid_brought_forward(void **state)
{
	struct vrrp_fsm_conf c = conf_v2();
	struct vrrp_fsm f;

	(void)state;
	put(&f, &c, VRRP_MASTER);
	vrrp_fsm_bring_forward(&f, NOW + 2 * SECOND);
	assert_true(vrrp_fsm_deadline(&f) == NOW + SECOND);
	vrrp_fsm_bring_forward(&f, NOW + SECOND / 4);
	assert_true(vrrp_fsm_deadline(&f) == NOW + SECOND / 4);
	assert_int_equal(vrrp_fsm_step(&f, VRRP_EV_TIMER, NULL, NOW + SECOND / 4 + 7), VRRP_ACT_SEND_ADVERT);
	assert_true(vrrp_fsm_deadline(&f) == NOW + SECOND / 4 + SECOND);
	put(&f, &c, VRRP_BACKUP);
	vrrp_fsm_bring_forward(&f, NOW);
	assert_true(vrrp_fsm_deadline(&f) == NOW + 3609375);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_state_with_every_event),
		cmocka_unit_test(timing_of_the_rfcs),
		cmocka_unit_test(a_grid_brought_forward),
		cmocka_unit_test(reasons_of_a_takeover),
		cmocka_unit_test(a_better_advert_cancels_the_skew_wait),
		cmocka_unit_test(the_grid),
		cmocka_unit_test(answers_are_limited),
		cmocka_unit_test(what_a_master_answers),
		cmocka_unit_test(a_late_timer),
		cmocka_unit_test(the_owner),
		cmocka_unit_test(no_preempt),
		cmocka_unit_test(preempt_delay),
		cmocka_unit_test(version_3_adopts_the_masters_interval),
		cmocka_unit_test(changes_rebase_timers),
		cmocka_unit_test(priorities),
		cmocka_unit_test(words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
