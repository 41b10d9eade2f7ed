/*
 * One BFD session's state machine: RFC 5880 sections 6.2, 6.5 (poll sequences), 6.7 is left out (no authentication),
 * 6.8. Asynchronous mode only: neither echo nor demand mode of our own.
 *
 * Pure: packets and the time go in, a set of actions and the next deadline come out. No socket, no timer, no clock, no
 * randomness (it is handed in with what was sent). One setter changes the state.
 *
 * While a session is not up it announces and keeps idle_tx, as section 6.8.3 asks (a second at least); a change of
 * state is told at once, as section 6.8.7 allows.
 */
#ifndef REGENT_PROBE_BFD_FSM_H
#define REGENT_PROBE_BFD_FSM_H

#include "core/probe/bfd_wire.h"

struct bfd_fsm_conf {
	usec_t min_rx, min_tx, idle_tx;
	uint8_t mult;
	bool passive; /* say nothing before the other end does */
	bool strict;  /* what ends a session must name our discriminator */
};

/* Actions, a bit set; carried out in this order. */
enum {
	BFD_ACT_STATE = 1 << 0,      /* the state changed: log, rows, whoever watches */
	BFD_ACT_SEND_FINAL = 1 << 1, /* answer a poll */
	BFD_ACT_SEND = 1 << 2,
};

struct bfd_fsm {
	struct bfd_fsm_conf conf;
	enum bfd_state state, previous, remote_state;
	uint8_t diag, remote_diag;
	uint32_t my_disc, your_disc;
	/* the other end, as it said last */
	usec_t remote_min_rx, remote_desired_tx;
	uint8_t remote_mult;
	bool remote_demand;
	/* ours: what is announced, and what is in force until a poll is answered */
	usec_t desired_tx, required_rx;
	usec_t used_tx, used_rx;
	bool polling;
	usec_t last_tx, next_tx; /* 0: never sent; USEC_NEVER: nothing to send */
	usec_t detect_at;        /* USEC_NEVER: nothing heard that could stop */
};

/* What a session that is up needs to go on in another life of this process, unnoticed by its other end. */
struct bfd_life {
	uint32_t my_disc, your_disc;
	usec_t remote_min_rx, remote_desired_tx;
	usec_t desired_tx, required_rx, used_tx, used_rx;
	uint8_t remote_mult;
	bool polling;
};

/* my_disc is not 0 and nobody else's here. */
void bfd_fsm_init(struct bfd_fsm *f, const struct bfd_fsm_conf *c, uint32_t my_disc, usec_t now);
/* Go on where another life was: up, and the other end has its whole time to be heard again. */
void bfd_fsm_resume(struct bfd_fsm *f, const struct bfd_fsm_conf *c, const struct bfd_life *l, usec_t now);
/* False: it is not up, and there is nothing to go on with. */
bool bfd_fsm_life(const struct bfd_fsm *f, struct bfd_life *out);
/* A packet that bfd_packet_read() accepted, of this session's other end. False: it is to be dropped (strict). */
bool bfd_fsm_receive(struct bfd_fsm *f, const struct bfd_packet *p, usec_t now, unsigned *actions);
/* The deadline passed. */
unsigned bfd_fsm_timer(struct bfd_fsm *f, usec_t now);
usec_t bfd_fsm_deadline(const struct bfd_fsm *f);
/* What to send now; `final`: as answer to a poll. */
void bfd_fsm_packet(const struct bfd_fsm *f, bool final, struct bfd_packet *out);
/* A packet that was no answer to a poll went out (or could not): when the next one is due. */
void bfd_fsm_sent(struct bfd_fsm *f, usec_t now, uint32_t random);
/* Other intervals, without an end of the session. */
void bfd_fsm_reconf(struct bfd_fsm *f, const struct bfd_fsm_conf *c, usec_t now);
/* Say goodbye: the last packet is BFD_ACT_SEND; nothing is sent or judged after it. */
unsigned bfd_fsm_admin_down(struct bfd_fsm *f);

/* In force: how often we send (without jitter), and after how long a silence the other end is down; 0: not known. */
usec_t bfd_fsm_tx_interval(const struct bfd_fsm *f);
usec_t bfd_fsm_detect_time(const struct bfd_fsm *f);

#endif
