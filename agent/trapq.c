/*
 * The queue of notifications (trapq.h). Events lie in an array by number; it is small enough to be searched from end to
 * end.
 */
#include "config.h"

#include "agent/trapq.h"

#include <stdlib.h>
#include <string.h>

#define PARTS 2

enum flight { WAITING, FLYING, OVERDUE, LIMBO, DONE };

struct part {
	enum flight flight;
	uint64_t id;
	usec_t overdue_at;
};

struct entry {
	struct event event;
	struct part parts[PARTS];
};

struct trapq {
	struct entry *entries[TRAPQ_MAX];
	unsigned n;
	bool on;
	uint64_t seen;          /* highest number pushed */
	int64_t last_wall;
	uint64_t next_id;
	uint32_t missed;        /* not announced yet */
	uint32_t announcing;    /* of them, in the LOST notification on its way */
	struct part lost;       /* that notification; DONE: none */
	uint64_t tokens;        /* in millionths */
	usec_t refilled;
	uint32_t sent, dropped;
};

#define TOKEN 1000000u

struct trapq *trapq_new(void)
{
	struct trapq *q = calloc(1, sizeof(*q));

	if (!q)
		return NULL;
	q->on = true;
	q->tokens = (uint64_t)TRAPQ_BURST * TOKEN;
	q->lost.flight = DONE;
	return q;
}

static void entry_remove(struct trapq *q, unsigned i)
{
	free(q->entries[i]);
	q->n--;
	memmove(&q->entries[i], &q->entries[i + 1], (q->n - i) * sizeof(q->entries[0]));
}

void trapq_free(struct trapq *q)
{
	if (!q)
		return;
	while (q->n)
		entry_remove(q, q->n - 1);
	free(q);
}

static bool is_vr(const struct entry *x)
{
	return x->event.kind == EVENT_VR_STATE;
}

static bool in_air(const struct part *p)
{
	return p->flight == FLYING || p->flight == OVERDUE;
}

static bool entry_untouched(const struct entry *x)
{
	for (unsigned i = 0; i < PARTS; i++)
		if (in_air(&x->parts[i]) || x->parts[i].flight == LIMBO)
			return false;
	return true;
}

static bool entry_done(const struct entry *x)
{
	for (unsigned i = 0; i < PARTS; i++)
		if (x->parts[i].flight != DONE)
			return false;
	return true;
}

void trapq_enable(struct trapq *q, bool on)
{
	q->on = on;
	if (on)
		return;
	for (unsigned i = q->n; i > 0; i--)
		if (entry_untouched(q->entries[i - 1]))
			entry_remove(q, i - 1);
	q->missed = q->lost.flight == DONE ? 0 : q->announcing;
}

void trapq_start_after(struct trapq *q, uint64_t seq)
{
	if (seq > q->seen)
		q->seen = seq;
}

static bool same_object(const struct event *a, const struct event *b)
{
	if (a->kind != b->kind)
		return false;
	if (a->kind == EVENT_VR_STATE)
		return vr_key_cmp(&a->key.vr, &b->key.vr) == 0;
	if (a->kind == EVENT_VS_QUORUM)
		return service_key_cmp(&a->key.rs.service, &b->key.rs.service) == 0;
	if (a->kind == EVENT_PROBE_OVERDUE)
		return probe_key_cmp(&a->key.probe, &b->key.probe) == 0;
	if (a->kind == EVENT_TRACKER && a->reason != b->reason)
		return false;
	if (a->kind == EVENT_TRACKER || a->kind == EVENT_GROUP_STATE || a->kind == EVENT_BFD_STATE)
		return strncmp(a->name, b->name, sizeof(a->name)) == 0;
	return a->kind == EVENT_RELOAD || server_key_cmp(&a->key.rs, &b->key.rs) == 0;
}

/* The oldest that may go: of the same object where `like`, no VRRP transition where `spare_vr`. n: none. */
static unsigned find_victim(const struct trapq *q, const struct event *like, bool spare_vr)
{
	unsigned i;

	for (i = 0; i < q->n; i++) {
		const struct entry *x = q->entries[i];

		if (entry_untouched(x) && !(spare_vr && is_vr(x)) && (!like || same_object(&x->event, like)))
			break;
	}
	return i;
}

static bool make_room(struct trapq *q, const struct event *e)
{
	unsigned i = find_victim(q, e, e->kind != EVENT_VR_STATE);

	if (i == q->n)
		i = find_victim(q, NULL, true);
	if (i == q->n && e->kind == EVENT_VR_STATE)
		i = find_victim(q, NULL, false);
	if (i == q->n)
		return false;
	entry_remove(q, i);
	return true;
}

static void count_missed(struct trapq *q, uint32_t n)
{
	q->missed += n;
	q->dropped += n;
}

/* VRRP-MIB's notification: VRRPv2 over IPv4, and its row exists. */
static bool makes_new_master(const struct event *e)
{
	return e->kind == EVENT_VR_STATE && e->to == 3 && e->ifindex > 0 &&
		(e->version == 3 || e->key.vr.family == AF_INET);
}

void trapq_push(struct trapq *q, const struct event *e)
{
	struct entry *x;

	if (e->seq <= q->seen)
		return;
	q->seen = e->seq;
	q->last_wall = e->wall;
	if (!q->on)
		return;
	if (e->kind == EVENT_LOST) {
		count_missed(q, (uint32_t)e->to);
		return;
	}
	if (q->n == TRAPQ_MAX) {
		count_missed(q, 1);
		if (!make_room(q, e))
			return;
	}
	x = calloc(1, sizeof(*x));
	if (!x) {
		count_missed(q, 1);
		return;
	}
	x->event = *e;
	x->parts[TRAPQ_STATE].flight = WAITING;
	x->parts[TRAPQ_NEW_MASTER].flight = makes_new_master(e) ? WAITING : DONE;
	q->entries[q->n++] = x;
}

/* Calls fn for every part of the queue; stops at true. */
static bool each_part(struct trapq *q, bool (*fn)(struct trapq *q, struct part *p, void *arg), void *arg)
{
	for (unsigned i = 0; i < q->n; i++)
		for (unsigned p = 0; p < PARTS; p++)
			if (fn(q, &q->entries[i]->parts[p], arg))
				return true;
	return fn(q, &q->lost, arg);
}

struct tally {
	unsigned flying, overdue;
};

static bool tally_part(struct trapq *q, struct part *p, void *arg)
{
	struct tally *t = arg;

	(void)q;
	t->flying += p->flight == FLYING;
	t->overdue += p->flight == OVERDUE;
	return false;
}

static void sweep(struct trapq *q)
{
	for (unsigned i = q->n; i > 0; i--)
		if (entry_done(q->entries[i - 1]))
			entry_remove(q, i - 1);
}

static void part_done(struct trapq *q, struct part *p)
{
	p->flight = DONE;
	q->sent++;
	if (p == &q->lost) {
		q->missed -= q->announcing;
		q->announcing = 0;
	}
}

static bool settle_part(struct trapq *q, struct part *p, void *arg)
{
	if (p->flight == OVERDUE && *(const usec_t *)arg - p->overdue_at >= TRAPQ_SETTLE)
		part_done(q, p);
	return false;
}

static void refill(struct trapq *q, usec_t now)
{
	uint64_t full = (uint64_t)TRAPQ_BURST * TOKEN;
	usec_t span = usec_min(usec_max(now - q->refilled, 0), 60 * USEC_PER_SEC);

	q->tokens += (uint64_t)span * TRAPQ_RATE; /* a microsecond is worth TRAPQ_RATE millionths */
	if (q->tokens > full)
		q->tokens = full;
	q->refilled = now;
}

static bool window_open(struct trapq *q)
{
	struct tally t = { 0, 0 };

	each_part(q, tally_part, &t);
	if (t.overdue)
		return t.flying == 0;
	return t.flying < TRAPQ_WINDOW;
}

static bool start_part(struct trapq *q, struct part *p, enum trapq_part which, struct trapq_send *out)
{
	p->flight = FLYING;
	p->id = ++q->next_id;
	q->tokens -= TOKEN;
	out->id = p->id;
	out->part = which;
	return true;
}

static bool next_event(struct trapq *q, bool vr, struct trapq_send *out)
{
	for (unsigned i = 0; i < q->n; i++) {
		struct entry *x = q->entries[i];

		if (is_vr(x) != vr)
			continue;
		for (unsigned p = 0; p < PARTS; p++)
			if (x->parts[p].flight == WAITING) {
				out->event = x->event;
				return start_part(q, &x->parts[p], (enum trapq_part)p, out);
			}
	}
	return false;
}

static bool next_lost(struct trapq *q, struct trapq_send *out)
{
	if (!q->missed || q->lost.flight != DONE || q->n > TRAPQ_MAX / 2)
		return false;
	q->announcing = q->missed;
	out->missed = q->missed;
	out->event.seq = q->seen;
	out->event.wall = q->last_wall;
	return start_part(q, &q->lost, TRAPQ_LOST, out);
}

bool trapq_next(struct trapq *q, usec_t now, struct trapq_send *out)
{
	memset(out, 0, sizeof(*out));
	refill(q, now);
	each_part(q, settle_part, &now);
	sweep(q);
	if (q->tokens < TOKEN || !window_open(q))
		return false;
	return next_event(q, true, out) || next_lost(q, out) || next_event(q, false, out);
}

static bool part_by_id(struct trapq *q, struct part *p, void *arg)
{
	struct part **found = arg;

	(void)q;
	if (!in_air(p) || p->id != (*found)->id)
		return false;
	*found = p;
	return true;
}

/* NULL: not, or no longer, on its way. */
static struct part *find_part(struct trapq *q, uint64_t id)
{
	struct part key = { .id = id }, *found = &key;

	return each_part(q, part_by_id, &found) ? found : NULL;
}

static bool vouch_part(struct trapq *q, struct part *p, void *arg)
{
	if (p->flight == OVERDUE && p->id < *(const uint64_t *)arg)
		part_done(q, p);
	return false;
}

void trapq_answered(struct trapq *q, uint64_t id)
{
	struct part *p = find_part(q, id);

	if (!p)
		return;
	part_done(q, p);
	each_part(q, vouch_part, &id);
	sweep(q);
}

static void part_again(struct trapq *q, struct part *p)
{
	p->flight = p == &q->lost ? DONE : WAITING;
	if (p == &q->lost)
		q->announcing = 0;
}

void trapq_failed(struct trapq *q, uint64_t id)
{
	struct part *p = find_part(q, id);

	if (p)
		part_again(q, p);
}

void trapq_overdue(struct trapq *q, uint64_t id, usec_t now)
{
	struct part *p = find_part(q, id);

	if (!p || p->flight != FLYING)
		return;
	p->flight = OVERDUE;
	p->overdue_at = now;
}

static bool part_limbo_end(struct trapq *q, struct part *p, void *arg)
{
	if (p->flight != LIMBO)
		return false;
	if (*(const bool *)arg)
		part_done(q, p);
	else
		part_again(q, p);
	return false;
}

void trapq_limbo_end(struct trapq *q, bool served)
{
	each_part(q, part_limbo_end, &served);
	sweep(q);
}

static bool part_down(struct trapq *q, struct part *p, void *arg)
{
	if (!in_air(p))
		return false;
	if (*(const bool *)arg)
		p->flight = LIMBO;
	else
		part_again(q, p);
	return false;
}

void trapq_session_down(struct trapq *q, bool limbo)
{
	trapq_limbo_end(q, false); /* of a session before this one: nobody will tell any more */
	each_part(q, part_down, &limbo);
}

static bool part_settles_at(struct trapq *q, struct part *p, void *arg)
{
	usec_t *at = arg;

	(void)q;
	if (p->flight == OVERDUE)
		*at = usec_min(*at, p->overdue_at + TRAPQ_SETTLE);
	return false;
}

static bool anything_waits(const struct trapq *q)
{
	if (q->missed && q->lost.flight == DONE && q->n <= TRAPQ_MAX / 2)
		return true;
	for (unsigned i = 0; i < q->n; i++)
		for (unsigned p = 0; p < PARTS; p++)
			if (q->entries[i]->parts[p].flight == WAITING)
				return true;
	return false;
}

usec_t trapq_deadline(const struct trapq *q, usec_t now)
{
	usec_t at = USEC_NEVER;

	each_part((struct trapq *)q, part_settles_at, &at); /* only looks */
	if (q->tokens < TOKEN && anything_waits(q))
		at = usec_min(at, now + (usec_t)((TOKEN - q->tokens) / TRAPQ_RATE) + 1);
	return at;
}

uint64_t trapq_acked(const struct trapq *q)
{
	return q->n ? q->entries[0]->event.seq - 1 : q->seen;
}

uint32_t trapq_sent(const struct trapq *q)
{
	return q->sent;
}

uint32_t trapq_dropped(const struct trapq *q)
{
	return q->dropped;
}

unsigned trapq_waiting(const struct trapq *q)
{
	return q->n;
}
