/*
 * The state machine of one virtual router: RFC 3768 section 6 (v2), RFC 9568 section 6 (v3).
 *
 * Pure: events and the time go in, a set of actions and the next deadline come out. No socket, no timer, no clock,
 * no allocation. The table in fsm.c is the whole of it: state, event, action, next state. One setter changes the
 * state.
 *
 * Regent's additions to the RFCs, each named where it is: FAULT (interface down, tracker failed, ...),
 * preempt_delay, adoption at start (VRRP_EV_ADOPT), sync groups, flap damping, and "an equal priority never
 * preempts a sitting MASTER; of two MASTERs of equal priority the lower address yields".
 */
#ifndef REGENT_VRRP_FSM_H
#define REGENT_VRRP_FSM_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/addr.h"
#include "core/base/mono.h"

enum vrrp_state { VRRP_INIT = 1, VRRP_BACKUP = 2, VRRP_MASTER = 3, VRRP_FAULT = 4 };

enum vrrp_event {
	VRRP_EV_START,    /* configured and able to run */
	VRRP_EV_ADOPT,    /* the same, but we were MASTER less than Master_Down_Interval - one interval ago */
	VRRP_EV_STOP,     /* orderly shutdown or removal */
	VRRP_EV_ADVERT,   /* a valid advert of this virtual router */
	VRRP_EV_TIMER,    /* the deadline passed */
	VRRP_EV_FAULT,    /* cannot run: see enum vrrp_fault in router.h */
	VRRP_EV_CLEAR,    /* can run again */
	VRRP_EV_PRIORITY, /* fsm->priority was changed by vrrp_fsm_set_priority() */
	VRRP_EV_GROUP_MASTER, /* the sync group (group.h) makes every member MASTER */
	VRRP_EV_GROUP_BACKUP, /* ... or BACKUP */
};

/* Why a state was entered; logged, shown in rows, sent in notifications. Append only. */
enum vrrp_reason {
	VRRP_WHY_NONE = 0,
	VRRP_WHY_STARTED = 1,
	VRRP_WHY_OWNER = 2,            /* priority 255 at start */
	VRRP_WHY_ADOPTED = 3,          /* was MASTER a moment ago, went on */
	VRRP_WHY_MASTER_DOWN = 4,      /* Master_Down_Interval passed without an advert */
	VRRP_WHY_MASTER_RELEASED = 5,  /* the master sent priority 0 */
	VRRP_WHY_PREEMPTED_LOWER = 6,  /* we outrank the master that we hear */
	VRRP_WHY_HIGHER_PRIORITY = 7,  /* a better advert was heard while MASTER */
	VRRP_WHY_HIGHER_ADDRESS = 8,   /* equal priority, the other's address is higher */
	VRRP_WHY_FAULT = 9,
	VRRP_WHY_FAULT_CLEARED = 10,
	VRRP_WHY_STOPPED = 11,
	VRRP_WHY_GROUP = 12,           /* the sync group forced it */
	VRRP_WHY_LATE = 13,            /* MASTER, but its timer was so late that another may have taken over */
};

/* Actions, a bit set; carried out in this order when entering MASTER: SEND_ADVERT, BECOME_MASTER; when leaving:
 * SEND_PRIO0, LEAVE_MASTER. */
enum {
	VRRP_ACT_SEND_ADVERT = 1 << 0,
	VRRP_ACT_SEND_PRIO0 = 1 << 1,
	VRRP_ACT_BECOME_MASTER = 1 << 2, /* weights, addresses, announcements */
	VRRP_ACT_LEAVE_MASTER = 1 << 3,  /* remove addresses, then weights */
	VRRP_ACT_STATE = 1 << 4,         /* the state changed: log, rows, notification */
	VRRP_ACT_HEARD_MASTER = 1 << 5,  /* BACKUP: a master is heard (adopted addresses may go; masterIpAddr) */
	VRRP_ACT_LOWER_PRIO = 1 << 6,    /* a lower-priority advert was heard. MASTER: announce addresses again;
	                                  * BACKUP: it was discarded, our Master_Down_Timer runs on */
	VRRP_ACT_PRIO0_HEARD = 1 << 7,   /* BACKUP: the master resigned; the wait is the skew time now */
	VRRP_ACT_WANTS = 1 << 8,         /* of a group: it would be MASTER now, if all the others would */
};

struct vrrp_fsm_conf {
	uint8_t version;          /* 2 or 3 */
	uint8_t priority;         /* base priority 1..255; 255 = owner */
	usec_t adver_int;         /* v2: whole seconds; v3: centiseconds, 1..4095 */
	bool preempt;
	usec_t preempt_delay;     /* 0..1000 s */
	uint8_t down_adverts;     /* adverts missed before takeover, default 3 */
	struct addr source;       /* our primary address: the tie-breaker */
	bool grouped;             /* member of a sync group: VRRP_ACT_WANTS where it would become MASTER */
	bool silent_to_lower;     /* MASTER: no advert at once in answer to one of lower priority */
	bool answer_higher;       /* MASTER: a last advert before it yields to one of higher priority */
	uint8_t late_priority;    /* timer_expired_backup: BACKUP where a peer of this priority would have taken over
	                           * before our late timer; 0: go on */
};

/* What the machine needs of a received advert. */
struct vrrp_heard {
	uint8_t priority;
	usec_t adver_int;
	struct addr source;
};

struct vrrp_fsm {
	struct vrrp_fsm_conf conf;
	enum vrrp_state state;
	enum vrrp_reason reason;      /* why `state` was entered */
	enum vrrp_state previous;
	uint8_t priority;             /* effective, 1..255 */
	usec_t deadline;              /* Adver_Timer (MASTER) or Master_Down_Timer (BACKUP); USEC_NEVER */
	usec_t master_adver_int;      /* v3: adopted from the master */
	struct vrrp_heard master;     /* last master heard; source family 0: none */
	usec_t master_heard_at;
	usec_t preempt_not_before;    /* preempt_delay in force until; USEC_NEVER: no lower master heard yet */
	usec_t assert_not_before;     /* MASTER: adverts out of the grid are sent at most once an interval */
	bool master_released;         /* priority 0 heard: the running Master_Down_Timer is a skew wait */
	bool wants;                   /* grouped BACKUP: its Master_Down_Timer ran out */
	bool damped;                  /* flaps too much (damp.h): it preempts nobody and lets others go first */
};

void vrrp_fsm_init(struct vrrp_fsm *f, const struct vrrp_fsm_conf *conf);
/* `heard` only with VRRP_EV_ADVERT. Returns the VRRP_ACT_ set. After VRRP_EV_TIMER in MASTER the next deadline is the
 * last one plus one interval (the grid), skipping what is wholly past. */
unsigned vrrp_fsm_step(struct vrrp_fsm *f, enum vrrp_event ev, const struct vrrp_heard *heard, usec_t now);
static inline usec_t vrrp_fsm_deadline(const struct vrrp_fsm *f)
{
	return f->deadline;
}
/* Effective priority; clamped to 1..254 where the base is not 255. Follow with VRRP_EV_PRIORITY. */
void vrrp_fsm_set_priority(struct vrrp_fsm *f, int priority);
/* Set by the flap damping; a running Master_Down_Timer is re-based. */
void vrrp_fsm_set_damped(struct vrrp_fsm *f, bool damped);
/* New parameters without a transition (reload): timers that run are re-based, never reset. */
void vrrp_fsm_reconf(struct vrrp_fsm *f, const struct vrrp_fsm_conf *conf, usec_t now);
/* MASTER: the next advert is due at `due` already, and the grid goes on from there. */
void vrrp_fsm_bring_forward(struct vrrp_fsm *f, usec_t due);

usec_t vrrp_skew_time(const struct vrrp_fsm *f);
usec_t vrrp_master_down_interval(const struct vrrp_fsm *f);

const char *vrrp_state_name(enum vrrp_state s);   /* "INIT", "BACKUP", "MASTER", "FAULT" */
const char *vrrp_event_name(enum vrrp_event e);
const char *vrrp_reason_text(enum vrrp_reason r); /* words for people */

#endif
