/*
 * The state machine of fsm.h. Owns the state of one virtual router and its two timers (as deadlines); relies on
 * nothing.
 *
 * RFC 3768 section 6.4 and RFC 9568 section 6.4. Where both speak, RFC 9568's additions (an advert at once in answer
 * to a lower one) are used for version 2 too, as keepalived does, but never more than one an interval, so that two
 * routers that disagree about who is higher (NAT between unicast peers) cannot drive each other into a storm.
 */
#include "config.h"

#include "core/vrrp/fsm.h"

#include "core/vrrp/prio.h"

const char *vrrp_state_name(enum vrrp_state s)
{
	switch (s) {
	case VRRP_INIT: return "INIT";
	case VRRP_BACKUP: return "BACKUP";
	case VRRP_MASTER: return "MASTER";
	case VRRP_FAULT: return "FAULT";
	}
	return "?";
}

const char *vrrp_event_name(enum vrrp_event e)
{
	switch (e) {
	case VRRP_EV_START: return "START";
	case VRRP_EV_ADOPT: return "ADOPT";
	case VRRP_EV_STOP: return "STOP";
	case VRRP_EV_ADVERT: return "ADVERT";
	case VRRP_EV_TIMER: return "TIMER";
	case VRRP_EV_FAULT: return "FAULT";
	case VRRP_EV_CLEAR: return "CLEAR";
	case VRRP_EV_PRIORITY: return "PRIORITY";
	case VRRP_EV_GROUP_MASTER: return "GROUP_MASTER";
	case VRRP_EV_GROUP_BACKUP: return "GROUP_BACKUP";
	}
	return "?";
}

const char *vrrp_reason_text(enum vrrp_reason r)
{
	switch (r) {
	case VRRP_WHY_NONE: return "";
	case VRRP_WHY_STARTED: return "started";
	case VRRP_WHY_OWNER: return "owner of the addresses (priority 255)";
	case VRRP_WHY_ADOPTED: return "was MASTER a moment ago and goes on";
	case VRRP_WHY_MASTER_DOWN: return "no advert within the Master_Down_Interval";
	case VRRP_WHY_MASTER_RELEASED: return "the master resigned (priority 0)";
	case VRRP_WHY_PREEMPTED_LOWER: return "the master that was heard has a lower priority";
	case VRRP_WHY_HIGHER_PRIORITY: return "an advert with a higher priority was heard";
	case VRRP_WHY_HIGHER_ADDRESS: return "an advert with the same priority and a higher address was heard";
	case VRRP_WHY_FAULT: return "cannot run";
	case VRRP_WHY_FAULT_CLEARED: return "can run again";
	case VRRP_WHY_STOPPED: return "stopped";
	case VRRP_WHY_GROUP: return "the sync group moves together";
	case VRRP_WHY_LATE: return "its timer was so late that another may have taken over";
	}
	return "?";
}

/* ---- intervals ---- */

usec_t vrrp_skew_time(const struct vrrp_fsm *f)
{
	usec_t unit = f->conf.version == 2 ? USEC_PER_SEC : f->master_adver_int;

	/* A damped router waits longer than any other, so that each that is well goes first. */
	if (f->damped)
		return 2 * unit;
	return (256 - f->priority) * unit / 256;
}

usec_t vrrp_master_down_interval(const struct vrrp_fsm *f)
{
	return f->conf.down_adverts * f->master_adver_int + vrrp_skew_time(f);
}

/* ---- conditions ---- */

static bool is_owner(const struct vrrp_fsm *f, const struct vrrp_heard *h, usec_t now)
{
	(void)h;
	(void)now;
	return f->conf.priority == 255;
}

static bool is_due(const struct vrrp_fsm *f, const struct vrrp_heard *h, usec_t now)
{
	(void)h;
	return now >= f->deadline;
}

static bool is_due_released(const struct vrrp_fsm *f, const struct vrrp_heard *h, usec_t now)
{
	return is_due(f, h, now) && f->master_released;
}

static bool is_due_grouped(const struct vrrp_fsm *f, const struct vrrp_heard *h, usec_t now)
{
	return is_due(f, h, now) && f->conf.grouped;
}

/* MASTER: since the last advert that was due, a peer of late_priority has seen its Master_Down_Timer out. */
static bool is_due_late(const struct vrrp_fsm *f, const struct vrrp_heard *h, usec_t now)
{
	usec_t unit = f->conf.version == 2 ? USEC_PER_SEC : f->conf.adver_int;
	usec_t silent = now - (f->deadline - f->conf.adver_int);

	return is_due(f, h, now) && f->conf.late_priority > 0 &&
		silent > f->conf.down_adverts * f->conf.adver_int + (256 - f->conf.late_priority) * unit / 256;
}

/* Nobody is MASTER of a group alone: its members wait for one another, the owner of the addresses too. */
static bool is_owner_alone(const struct vrrp_fsm *f, const struct vrrp_heard *h, usec_t now)
{
	return is_owner(f, h, now) && !f->conf.grouped;
}

static bool is_owner_grouped(const struct vrrp_fsm *f, const struct vrrp_heard *h, usec_t now)
{
	return is_owner(f, h, now) && f->conf.grouped;
}

/* The timer ran out although a master was heard all the while: its adverts were discarded. */
static bool is_due_preempting(const struct vrrp_fsm *f, const struct vrrp_heard *h, usec_t now)
{
	return is_due(f, h, now) && addr_is_set(&f->master.source) && f->master.priority < f->priority &&
		now - f->master_heard_at < vrrp_master_down_interval(f);
}

static bool heard_resignation(const struct vrrp_fsm *f, const struct vrrp_heard *h, usec_t now)
{
	(void)f;
	(void)now;
	return h->priority == 0;
}

static bool heard_higher_priority(const struct vrrp_fsm *f, const struct vrrp_heard *h, usec_t now)
{
	(void)now;
	return h->priority > f->priority;
}

static bool answers_higher_priority(const struct vrrp_fsm *f, const struct vrrp_heard *h, usec_t now)
{
	return f->conf.answer_higher && heard_higher_priority(f, h, now);
}

static bool heard_higher_address(const struct vrrp_fsm *f, const struct vrrp_heard *h, usec_t now)
{
	(void)now;
	return h->priority == f->priority && addr_cmp(&h->source, &f->conf.source) > 0;
}

static bool may_assert(const struct vrrp_fsm *f, const struct vrrp_heard *h, usec_t now)
{
	bool ourselves = h->priority == f->priority && addr_cmp(&h->source, &f->conf.source) == 0;

	return !ourselves && now >= f->assert_not_before;
}

static bool is_silent_to_lower(const struct vrrp_fsm *f, const struct vrrp_heard *h, usec_t now)
{
	(void)h;
	(void)now;
	return f->conf.silent_to_lower;
}

static bool may_answer_resignation(const struct vrrp_fsm *f, const struct vrrp_heard *h, usec_t now)
{
	return heard_resignation(f, h, now) && may_assert(f, h, now);
}

/* A BACKUP follows the master that it hears unless it may preempt it; the owner always preempts (RFC 9568
 * section 6.1). */
static bool follows(const struct vrrp_fsm *f, const struct vrrp_heard *h, usec_t now)
{
	bool preempts = (f->conf.preempt && !f->damped) || f->conf.priority == 255;

	if (!preempts || h->priority >= f->priority)
		return true;
	return f->conf.preempt_delay > 0 && now < f->preempt_not_before;
}

/* ---- what a transition does to timers and memory ---- */

static void remember_master(struct vrrp_fsm *f, const struct vrrp_heard *h, usec_t now)
{
	f->master = *h;
	f->master_heard_at = now;
}

/* preempt_delay counts from the first advert of a lower master, and is over with the first of a better one. */
static void watch_preempt_delay(struct vrrp_fsm *f, const struct vrrp_heard *h, usec_t now)
{
	if (h->priority >= f->priority)
		f->preempt_not_before = USEC_NEVER;
	else if (f->preempt_not_before == USEC_NEVER)
		f->preempt_not_before = usec_add(now, f->conf.preempt_delay);
}

static void begin_backup(struct vrrp_fsm *f, const struct vrrp_heard *h, usec_t now)
{
	(void)h;
	f->master_adver_int = f->conf.adver_int;
	f->master.source = (struct addr){ 0 };
	f->deadline = usec_add(now, vrrp_master_down_interval(f));
}

static void begin_grid(struct vrrp_fsm *f, const struct vrrp_heard *h, usec_t now)
{
	(void)h;
	f->master_adver_int = f->conf.adver_int;
	f->assert_not_before = now;
	f->deadline = usec_add(now, f->conf.adver_int);
}

/* The next due time comes from the last due time, not from now, so lateness never adds up; what is wholly past
 * is skipped. */
static void advance_grid(struct vrrp_fsm *f, const struct vrrp_heard *h, usec_t now)
{
	(void)h;
	usec_t missed = (now - f->deadline) / f->conf.adver_int;
	f->deadline += (missed + 1) * f->conf.adver_int;
}

static void restart_grid(struct vrrp_fsm *f, const struct vrrp_heard *h, usec_t now)
{
	(void)h;
	f->assert_not_before = usec_add(now, f->conf.adver_int);
	f->deadline = usec_add(now, f->conf.adver_int);
}

static void assert_once(struct vrrp_fsm *f, const struct vrrp_heard *h, usec_t now)
{
	(void)h;
	f->assert_not_before = usec_add(now, f->conf.adver_int);
}

static void follow(struct vrrp_fsm *f, const struct vrrp_heard *h, usec_t now)
{
	watch_preempt_delay(f, h, now);
	remember_master(f, h, now);
	f->master_released = false;
	f->wants = false;
	if (f->conf.version == 3)
		f->master_adver_int = h->adver_int;
	f->deadline = usec_add(now, vrrp_master_down_interval(f));
}

static void discard(struct vrrp_fsm *f, const struct vrrp_heard *h, usec_t now)
{
	watch_preempt_delay(f, h, now);
	remember_master(f, h, now);
}

/* Only ever shortens the wait: a second resignation (a duplicate, a second host that stops) must not put off the
 * election. */
static void await_skew(struct vrrp_fsm *f, const struct vrrp_heard *h, usec_t now)
{
	(void)h;
	f->master_released = true;
	f->deadline = usec_min(f->deadline, usec_add(now, vrrp_skew_time(f)));
}

/* The group has been told; it moves us when all want to. */
static void await_group(struct vrrp_fsm *f, const struct vrrp_heard *h, usec_t now)
{
	(void)h;
	(void)now;
	f->wants = true;
	f->deadline = USEC_NEVER;
}

static void begin_backup_wanting(struct vrrp_fsm *f, const struct vrrp_heard *h, usec_t now)
{
	begin_backup(f, h, now);
	await_group(f, h, now);
}

static void stop_timer(struct vrrp_fsm *f, const struct vrrp_heard *h, usec_t now)
{
	(void)h;
	(void)now;
	f->deadline = USEC_NEVER;
}

/* ---- the table ---- */

struct rule {
	enum vrrp_state state;
	enum vrrp_event event;
	bool (*when)(const struct vrrp_fsm *f, const struct vrrp_heard *h, usec_t now); /* NULL: always */
	enum vrrp_state next;
	enum vrrp_reason why; /* where next differs from state */
	unsigned actions;
	void (*then)(struct vrrp_fsm *f, const struct vrrp_heard *h, usec_t now);
};

enum {
	ENTER_MASTER = VRRP_ACT_SEND_ADVERT | VRRP_ACT_BECOME_MASTER,
	RESIGN = VRRP_ACT_SEND_PRIO0 | VRRP_ACT_LEAVE_MASTER,
	YIELD = VRRP_ACT_LEAVE_MASTER | VRRP_ACT_HEARD_MASTER,
};

/* The first rule that fits is taken; an event that no rule fits changes nothing. */
static const struct rule rules[] = {
	{ VRRP_INIT, VRRP_EV_START, is_owner_alone, VRRP_MASTER, VRRP_WHY_OWNER, ENTER_MASTER, begin_grid },
	{ VRRP_INIT, VRRP_EV_START, is_owner_grouped, VRRP_BACKUP, VRRP_WHY_STARTED, VRRP_ACT_WANTS,
	  begin_backup_wanting },
	{ VRRP_INIT, VRRP_EV_START, NULL, VRRP_BACKUP, VRRP_WHY_STARTED, 0, begin_backup },
	{ VRRP_INIT, VRRP_EV_ADOPT, NULL, VRRP_MASTER, VRRP_WHY_ADOPTED, ENTER_MASTER, begin_grid },
	{ VRRP_INIT, VRRP_EV_FAULT, NULL, VRRP_FAULT, VRRP_WHY_FAULT, 0, stop_timer },

	{ VRRP_BACKUP, VRRP_EV_TIMER, is_due_grouped, VRRP_BACKUP, VRRP_WHY_NONE, VRRP_ACT_WANTS, await_group },
	{ VRRP_BACKUP, VRRP_EV_TIMER, is_due_released, VRRP_MASTER, VRRP_WHY_MASTER_RELEASED,
	  ENTER_MASTER, begin_grid },
	{ VRRP_BACKUP, VRRP_EV_TIMER, is_due_preempting, VRRP_MASTER, VRRP_WHY_PREEMPTED_LOWER,
	  ENTER_MASTER, begin_grid },
	{ VRRP_BACKUP, VRRP_EV_TIMER, is_due, VRRP_MASTER, VRRP_WHY_MASTER_DOWN, ENTER_MASTER, begin_grid },
	{ VRRP_BACKUP, VRRP_EV_ADVERT, heard_resignation, VRRP_BACKUP, VRRP_WHY_NONE,
	  VRRP_ACT_PRIO0_HEARD, await_skew },
	{ VRRP_BACKUP, VRRP_EV_ADVERT, follows, VRRP_BACKUP, VRRP_WHY_NONE, VRRP_ACT_HEARD_MASTER, follow },
	{ VRRP_BACKUP, VRRP_EV_ADVERT, NULL, VRRP_BACKUP, VRRP_WHY_NONE,
	  VRRP_ACT_HEARD_MASTER | VRRP_ACT_LOWER_PRIO, discard },
	{ VRRP_BACKUP, VRRP_EV_GROUP_MASTER, NULL, VRRP_MASTER, VRRP_WHY_GROUP, ENTER_MASTER, begin_grid },
	{ VRRP_BACKUP, VRRP_EV_FAULT, NULL, VRRP_FAULT, VRRP_WHY_FAULT, 0, stop_timer },
	{ VRRP_BACKUP, VRRP_EV_STOP, NULL, VRRP_INIT, VRRP_WHY_STOPPED, 0, stop_timer },

	{ VRRP_MASTER, VRRP_EV_TIMER, is_due_late, VRRP_BACKUP, VRRP_WHY_LATE, VRRP_ACT_LEAVE_MASTER, begin_backup },
	{ VRRP_MASTER, VRRP_EV_TIMER, is_due, VRRP_MASTER, VRRP_WHY_NONE, VRRP_ACT_SEND_ADVERT, advance_grid },
	{ VRRP_MASTER, VRRP_EV_ADVERT, may_answer_resignation, VRRP_MASTER, VRRP_WHY_NONE,
	  VRRP_ACT_SEND_ADVERT, restart_grid },
	{ VRRP_MASTER, VRRP_EV_ADVERT, heard_resignation, VRRP_MASTER, VRRP_WHY_NONE, 0, NULL },
	{ VRRP_MASTER, VRRP_EV_ADVERT, answers_higher_priority, VRRP_BACKUP, VRRP_WHY_HIGHER_PRIORITY,
	  YIELD | VRRP_ACT_SEND_ADVERT, follow },
	{ VRRP_MASTER, VRRP_EV_ADVERT, heard_higher_priority, VRRP_BACKUP, VRRP_WHY_HIGHER_PRIORITY, YIELD, follow },
	{ VRRP_MASTER, VRRP_EV_ADVERT, heard_higher_address, VRRP_BACKUP, VRRP_WHY_HIGHER_ADDRESS, YIELD, follow },
	{ VRRP_MASTER, VRRP_EV_ADVERT, is_silent_to_lower, VRRP_MASTER, VRRP_WHY_NONE, VRRP_ACT_LOWER_PRIO, NULL },
	{ VRRP_MASTER, VRRP_EV_ADVERT, may_assert, VRRP_MASTER, VRRP_WHY_NONE,
	  VRRP_ACT_SEND_ADVERT | VRRP_ACT_LOWER_PRIO, assert_once },
	{ VRRP_MASTER, VRRP_EV_GROUP_BACKUP, NULL, VRRP_BACKUP, VRRP_WHY_GROUP, RESIGN, begin_backup },
	{ VRRP_MASTER, VRRP_EV_FAULT, NULL, VRRP_FAULT, VRRP_WHY_FAULT, RESIGN, stop_timer },
	{ VRRP_MASTER, VRRP_EV_STOP, NULL, VRRP_INIT, VRRP_WHY_STOPPED, RESIGN, stop_timer },

	{ VRRP_FAULT, VRRP_EV_CLEAR, is_owner_alone, VRRP_MASTER, VRRP_WHY_OWNER, ENTER_MASTER, begin_grid },
	{ VRRP_FAULT, VRRP_EV_CLEAR, is_owner_grouped, VRRP_BACKUP, VRRP_WHY_FAULT_CLEARED, VRRP_ACT_WANTS,
	  begin_backup_wanting },
	{ VRRP_FAULT, VRRP_EV_CLEAR, NULL, VRRP_BACKUP, VRRP_WHY_FAULT_CLEARED, 0, begin_backup },
	{ VRRP_FAULT, VRRP_EV_STOP, NULL, VRRP_INIT, VRRP_WHY_STOPPED, 0, stop_timer },
};

static const struct rule *find_rule(const struct vrrp_fsm *f, enum vrrp_event ev, const struct vrrp_heard *h,
                                    usec_t now)
{
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		const struct rule *r = &rules[i];
		if (r->state == f->state && r->event == ev && (!r->when || r->when(f, h, now)))
			return r;
	}
	return NULL;
}

/* The one place where the state changes. */
static void set_state(struct vrrp_fsm *f, enum vrrp_state next, enum vrrp_reason why)
{
	f->previous = f->state;
	f->state = next;
	f->reason = why;
	f->master_released = false;
	f->wants = false;
	f->preempt_not_before = USEC_NEVER;
}

unsigned vrrp_fsm_step(struct vrrp_fsm *f, enum vrrp_event ev, const struct vrrp_heard *heard, usec_t now)
{
	const struct rule *r = find_rule(f, ev, heard, now);

	if (!r)
		return 0;
	unsigned actions = r->actions;
	if (r->next != f->state) {
		set_state(f, r->next, r->why);
		actions |= VRRP_ACT_STATE;
	}
	if (r->then)
		r->then(f, heard, now);
	return actions;
}

/* ---- parameters ---- */

void vrrp_fsm_init(struct vrrp_fsm *f, const struct vrrp_fsm_conf *conf)
{
	*f = (struct vrrp_fsm){
		.conf = *conf,
		.state = VRRP_INIT,
		.previous = VRRP_INIT,
		.priority = conf->priority,
		.deadline = USEC_NEVER,
		.master_adver_int = conf->adver_int,
		.preempt_not_before = USEC_NEVER,
	};
}

/* How long a BACKUP waits at most from the moment its timer was set. */
static usec_t backup_wait(const struct vrrp_fsm *f)
{
	return f->master_released ? vrrp_skew_time(f) : vrrp_master_down_interval(f);
}

/* Move a running Master_Down_Timer as if it had been set with today's parameters. */
static void rebase_backup(struct vrrp_fsm *f, usec_t old_wait)
{
	if (f->state == VRRP_BACKUP && f->deadline != USEC_NEVER)
		f->deadline += backup_wait(f) - old_wait;
}

void vrrp_fsm_set_priority(struct vrrp_fsm *f, int priority)
{
	usec_t old_wait = backup_wait(f);

	f->priority = vrrp_prio_effective(f->conf.priority, priority - f->conf.priority);
	rebase_backup(f, old_wait);
}

void vrrp_fsm_set_damped(struct vrrp_fsm *f, bool damped)
{
	usec_t old_wait = backup_wait(f);

	f->damped = damped;
	rebase_backup(f, old_wait);
}

void vrrp_fsm_bring_forward(struct vrrp_fsm *f, usec_t due)
{
	if (f->state == VRRP_MASTER && due < f->deadline)
		f->deadline = due;
}

void vrrp_fsm_reconf(struct vrrp_fsm *f, const struct vrrp_fsm_conf *conf, usec_t now)
{
	usec_t old_wait = backup_wait(f), old_int = f->conf.adver_int;
	bool own_interval = conf->version == 2 || f->state != VRRP_BACKUP || !addr_is_set(&f->master.source);

	if (conf->priority != f->conf.priority)
		f->priority = conf->priority;
	f->conf = *conf;
	if (f->wants && !conf->grouped)
		f->deadline = now; /* nobody else is waited for any more */
	if (own_interval)
		f->master_adver_int = conf->adver_int;
	rebase_backup(f, old_wait);
	if (f->state == VRRP_MASTER && conf->adver_int != old_int)
		f->deadline = usec_max(now, f->deadline - old_int + conf->adver_int);
}
