/*
 * The session machine of bfd_fsm.h. One function moves the state: bfd_move().
 */
#include "config.h"

#include "core/probe/bfd_fsm.h"

#include <string.h>

/* What the other end is taken for until it is heard, and again once it has fallen silent (RFC 5880 section 6.8.1). */
static void forget_remote(struct bfd_fsm *f)
{
	f->your_disc = 0;
	f->remote_state = BFD_DOWN;
	f->remote_min_rx = 1;
	f->remote_desired_tx = 0;
	f->remote_mult = 0;
	f->remote_demand = false;
	f->detect_at = USEC_NEVER;
}

/* ---- intervals ---- */

usec_t bfd_fsm_tx_interval(const struct bfd_fsm *f)
{
	return usec_max(f->used_tx, f->remote_min_rx);
}

usec_t bfd_fsm_detect_time(const struct bfd_fsm *f)
{
	return f->remote_mult * usec_max(f->used_rx, f->remote_desired_tx);
}

/* Section 6.8.7: when no periodic packets are sent. */
static bool may_send(const struct bfd_fsm *f)
{
	if (f->state == BFD_ADMIN_DOWN || f->remote_min_rx == 0 || (f->conf.passive && f->your_disc == 0))
		return false;
	return !(f->remote_demand && f->state == BFD_UP && f->remote_state == BFD_UP) || f->polling;
}

/* What was heard or decided may bring the next packet forward, or end the sending; it never puts one off. */
static void reschedule(struct bfd_fsm *f, usec_t now)
{
	if (!may_send(f))
		f->next_tx = USEC_NEVER;
	else if (f->last_tx == 0)
		f->next_tx = now;
	else
		f->next_tx = usec_min(f->next_tx, usec_max(now, f->last_tx + bfd_fsm_tx_interval(f)));
}

/* Section 6.8.3: slower sending and quicker detection wait until the other end has answered the poll. */
static void set_intervals(struct bfd_fsm *f)
{
	bool up = f->state == BFD_UP;
	usec_t tx = up ? f->conf.min_tx : usec_max(f->conf.idle_tx, f->conf.min_tx), rx = f->conf.min_rx;

	f->polling = up && (f->polling || tx != f->desired_tx || rx != f->required_rx);
	f->desired_tx = tx;
	f->required_rx = rx;
	if (!up || tx < f->used_tx)
		f->used_tx = tx;
	if (!up || rx > f->used_rx)
		f->used_rx = rx;
}

static void poll_answered(struct bfd_fsm *f)
{
	f->polling = false;
	f->used_tx = f->desired_tx;
	f->used_rx = f->required_rx;
}

/* ---- state ---- */

static unsigned bfd_move(struct bfd_fsm *f, enum bfd_state to, uint8_t diag)
{
	if (f->state == to)
		return 0;
	f->previous = f->state;
	f->state = to;
	if (to != BFD_INIT) /* of a session that comes up again the reason of its end is still of use to the other end */
		f->diag = diag;
	set_intervals(f);
	return BFD_ACT_STATE | BFD_ACT_SEND;
}

/* Section 6.8.6, the state variable. */
static unsigned take_state(struct bfd_fsm *f, enum bfd_state remote)
{
	switch (f->state) {
	case BFD_ADMIN_DOWN:
		break;
	case BFD_DOWN:
		if (remote == BFD_DOWN)
			return bfd_move(f, BFD_INIT, BFD_DIAG_NONE);
		if (remote == BFD_INIT)
			return bfd_move(f, BFD_UP, BFD_DIAG_NONE);
		break;
	case BFD_INIT:
		if (remote == BFD_INIT || remote == BFD_UP)
			return bfd_move(f, BFD_UP, BFD_DIAG_NONE);
		if (remote == BFD_ADMIN_DOWN)
			return bfd_move(f, BFD_DOWN, BFD_DIAG_NEIGHBOR_DOWN);
		break;
	case BFD_UP:
		if (remote == BFD_DOWN || remote == BFD_ADMIN_DOWN)
			return bfd_move(f, BFD_DOWN, BFD_DIAG_NEIGHBOR_DOWN);
		break;
	}
	return 0;
}

void bfd_fsm_init(struct bfd_fsm *f, const struct bfd_fsm_conf *c, uint32_t my_disc, usec_t now)
{
	memset(f, 0, sizeof(*f));
	f->conf = *c;
	f->my_disc = my_disc;
	f->state = f->previous = BFD_DOWN;
	forget_remote(f);
	set_intervals(f);
	reschedule(f, now);
}

void bfd_fsm_resume(struct bfd_fsm *f, const struct bfd_fsm_conf *c, const struct bfd_life *l, usec_t now)
{
	bfd_fsm_init(f, c, l->my_disc, now);
	f->state = f->previous = f->remote_state = BFD_UP;
	f->your_disc = l->your_disc;
	f->remote_min_rx = l->remote_min_rx;
	f->remote_desired_tx = l->remote_desired_tx;
	f->remote_mult = l->remote_mult;
	f->desired_tx = l->desired_tx;
	f->required_rx = l->required_rx;
	f->used_tx = l->used_tx;
	f->used_rx = l->used_rx;
	f->polling = l->polling;
	set_intervals(f); /* a poll where the configuration is another one now */
	f->detect_at = usec_add(now, bfd_fsm_detect_time(f));
	reschedule(f, now);
}

bool bfd_fsm_life(const struct bfd_fsm *f, struct bfd_life *out)
{
	memset(out, 0, sizeof(*out));
	out->my_disc = f->my_disc;
	out->your_disc = f->your_disc;
	out->remote_min_rx = f->remote_min_rx;
	out->remote_desired_tx = f->remote_desired_tx;
	out->desired_tx = f->desired_tx;
	out->required_rx = f->required_rx;
	out->used_tx = f->used_tx;
	out->used_rx = f->used_rx;
	out->remote_mult = f->remote_mult;
	out->polling = f->polling;
	return f->state == BFD_UP;
}

bool bfd_fsm_receive(struct bfd_fsm *f, const struct bfd_packet *p, usec_t now, unsigned *actions)
{
	*actions = 0;
	if (f->state == BFD_ADMIN_DOWN || (f->conf.strict && f->state == BFD_UP && p->your_disc != f->my_disc))
		return false;
	f->your_disc = p->my_disc;
	f->remote_state = p->state;
	f->remote_diag = p->diag;
	f->remote_demand = p->demand;
	f->remote_min_rx = p->required_rx;
	f->remote_desired_tx = p->desired_tx;
	f->remote_mult = p->mult;
	if (f->polling && p->final)
		poll_answered(f);
	*actions = take_state(f, p->state) | (p->poll ? BFD_ACT_SEND_FINAL : 0u);
	f->detect_at = usec_add(now, bfd_fsm_detect_time(f));
	reschedule(f, now);
	if (!may_send(f))
		*actions &= ~(unsigned)BFD_ACT_SEND;
	return true;
}

unsigned bfd_fsm_timer(struct bfd_fsm *f, usec_t now)
{
	unsigned actions = 0;

	if (now >= f->detect_at) {
		bool lives = f->state == BFD_UP || f->state == BFD_INIT;

		forget_remote(f);
		if (lives)
			actions = bfd_move(f, BFD_DOWN, BFD_DIAG_TIME_EXPIRED);
		reschedule(f, now);
		if (!may_send(f))
			actions &= ~(unsigned)BFD_ACT_SEND;
	}
	if (now >= f->next_tx)
		actions |= BFD_ACT_SEND;
	return actions;
}

usec_t bfd_fsm_deadline(const struct bfd_fsm *f)
{
	return usec_min(f->next_tx, f->detect_at);
}

void bfd_fsm_packet(const struct bfd_fsm *f, bool final, struct bfd_packet *out)
{
	*out = (struct bfd_packet){
		.diag = f->diag,
		.state = f->state,
		.mult = f->conf.mult,
		.poll = f->polling && !final,
		.final = final,
		.my_disc = f->my_disc,
		.your_disc = f->your_disc,
		.desired_tx = f->desired_tx,
		.required_rx = f->required_rx,
	};
}

/* Section 6.8.7: each interval is shortened by up to a quarter; by a tenth at least where one lost packet is enough. */
void bfd_fsm_sent(struct bfd_fsm *f, usec_t now, uint32_t random)
{
	usec_t interval = bfd_fsm_tx_interval(f), least = f->conf.mult == 1 ? 10 : 0;
	usec_t percent = least + random % (uint32_t)(26 - least);

	f->last_tx = now;
	f->next_tx = may_send(f) ? now + interval - interval * percent / 100 : USEC_NEVER;
}

void bfd_fsm_reconf(struct bfd_fsm *f, const struct bfd_fsm_conf *c, usec_t now)
{
	f->conf = *c;
	set_intervals(f);
	reschedule(f, now);
}

unsigned bfd_fsm_admin_down(struct bfd_fsm *f)
{
	unsigned actions = bfd_move(f, BFD_ADMIN_DOWN, BFD_DIAG_ADMIN_DOWN);

	f->next_tx = f->detect_at = USEC_NEVER;
	return f->your_disc ? actions : actions & ~(unsigned)BFD_ACT_SEND;
}
