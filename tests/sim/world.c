/*
 * The virtual LAN of world.h. Owns time, packets and the random numbers; relies on core/vrrp/fsm.c alone.
 */
#include "config.h"

#include "tests/sim/world.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* splitmix64: small, and any seed is a good one */
static uint64_t next_random(struct world *w)
{
	uint64_t z = (w->random += 0x9e3779b97f4a7c15u);

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

uint64_t world_random(struct world *w, uint64_t n)
{
	return next_random(w) % n;
}

static void trace(const struct world *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void trace(const struct world *w, const char *fmt, ...)
{
	va_list ap;

	if (!w->trace)
		return;
	printf("%12.6f ", (double)w->now / 1e6);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
}

void world_fail(struct world *w, const char *fmt, ...)
{
	va_list ap;

	if (w->failed)
		return;
	w->failed = true;
	fprintf(stderr, "at %.6f s: ", (double)w->now / 1e6);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

void world_init(struct world *w, uint64_t seed, bool tracing)
{
	*w = (struct world){ .random = seed, .trace = tracing, .now = USEC_PER_SEC };
	world_make_clean(w);
}

void world_free(struct world *w)
{
	free(w->heap);
}

void world_make_clean(struct world *w)
{
	w->lan = (struct lan){ .delay = WORLD_DELAY };
	for (unsigned i = 0; i < WORLD_MAX; i++)
		for (unsigned j = 0; j < WORLD_MAX; j++)
			w->cut[i][j] = false;
}

void world_add(struct world *w, const struct vrrp_fsm_conf *conf)
{
	struct machine *m = &w->machine[w->n];

	m->conf = *conf;
	m->conf.source = addr_v4(10, 0, 0, (uint8_t)(w->n + 1));
	m->fire_at = m->fire_deadline = USEC_NEVER;
	vrrp_fsm_init(&m->fsm, &m->conf);
	w->n++;
}

/* ---- packets: a binary heap by time of arrival ---- */

static bool earlier(const struct packet *a, const struct packet *b)
{
	return a->at != b->at ? a->at < b->at : a->order < b->order;
}

static void heap_swap(struct world *w, size_t i, size_t j)
{
	struct packet t = w->heap[i];

	w->heap[i] = w->heap[j];
	w->heap[j] = t;
}

static void heap_push(struct world *w, const struct packet *p)
{
	if (w->n_packets == w->cap_packets) {
		w->cap_packets = w->cap_packets ? w->cap_packets * 2 : 64;
		w->heap = realloc(w->heap, w->cap_packets * sizeof(*w->heap));
		if (!w->heap)
			abort();
	}
	size_t i = w->n_packets++;
	w->heap[i] = *p;
	while (i > 0 && earlier(&w->heap[i], &w->heap[(i - 1) / 2])) {
		heap_swap(w, i, (i - 1) / 2);
		i = (i - 1) / 2;
	}
}

static struct packet heap_pop(struct world *w)
{
	struct packet top = w->heap[0];

	w->heap[0] = w->heap[--w->n_packets];
	for (size_t i = 0;;) {
		size_t least = i;
		for (size_t c = 2 * i + 1; c <= 2 * i + 2 && c < w->n_packets; c++)
			if (earlier(&w->heap[c], &w->heap[least]))
				least = c;
		if (least == i)
			return top;
		heap_swap(w, i, least);
		i = least;
	}
}

static void post(struct world *w, unsigned from, unsigned to, const struct vrrp_heard *advert)
{
	struct packet p = { .from = from, .to = to, .advert = *advert, .order = w->order++ };

	p.at = w->now + (usec_t)world_random(w, (uint64_t)w->lan.delay + 1);
	if (w->lan.delay <= WORLD_DELAY) /* a healthy LAN does not reorder what one host sends */
		p.at = usec_max(p.at, usec_min(w->last_arrival[from][to], w->now + w->lan.delay));
	w->overtaken += p.at < w->last_arrival[from][to];
	w->last_arrival[from][to] = p.at;
	heap_push(w, &p);
}

static void multicast(struct world *w, unsigned from, uint8_t priority)
{
	const struct machine *m = &w->machine[from];
	struct vrrp_heard advert = { .priority = priority, .adver_int = m->conf.adver_int, .source = m->conf.source };

	for (unsigned to = 0; to < w->n; to++) {
		if (to == from || w->cut[from][to])
			continue;
		if (world_random(w, 100) < w->lan.loss) {
			w->lost++;
			continue;
		}
		post(w, from, to, &advert);
		if (world_random(w, 100) >= w->lan.duplicate)
			continue;
		post(w, from, to, &advert);
		w->duplicated++;
	}
}

/* ---- machines ---- */

static void count_masters(struct world *w)
{
	unsigned before = w->masters;

	w->masters = 0;
	for (unsigned i = 0; i < w->n; i++)
		w->masters += w->machine[i].alive && w->machine[i].fsm.state == VRRP_MASTER;
	if (before < 2 && w->masters >= 2)
		w->spells++;
	if (before >= 2 && w->masters == 1)
		w->heals++;
}

static void note_transition(struct world *w, unsigned i)
{
	struct machine *m = &w->machine[i];

	w->transitions++;
	w->moved_at = w->now;
	trace(w, "%u: %s -> %s (%s), priority %u", i, vrrp_state_name(m->fsm.previous), vrrp_state_name(m->fsm.state),
	      vrrp_reason_text(m->fsm.reason), m->fsm.priority);
	if (m->fsm.previous == VRRP_BACKUP && m->fsm.state == VRRP_MASTER) {
		w->takeovers++;
		w->taker = i;
		w->taken_at = w->now;
	}
	count_masters(w);
	if (w->moved)
		w->moved(w->user, i, m->fsm.previous, m->fsm.state);
}

/* Adverts lie on a grid: one that the timer sent may be late by what the host was late, never by the sum of
 * latenesses. */
static void check_grid(struct world *w, unsigned i, enum vrrp_event ev, unsigned actions)
{
	struct machine *m = &w->machine[i];

	if (ev != VRRP_EV_TIMER || (actions & VRRP_ACT_STATE)) {
		if (!(actions & VRRP_ACT_LOWER_PRIO))
			m->grid_origin = w->now;
		return;
	}
	usec_t off = (w->now - m->grid_origin) % m->conf.adver_int;
	if (off > WORLD_LATE && !m->woke_late)
		world_fail(w, "machine %u sends %lld us off its grid", i, (long long)off);
	m->woke_late = false;
}

static void rearm(struct world *w, struct machine *m)
{
	usec_t deadline = vrrp_fsm_deadline(&m->fsm);

	if (deadline == m->fire_deadline)
		return;
	m->fire_deadline = deadline;
	m->fire_at = usec_add(deadline, (usec_t)world_random(w, WORLD_LATE));
}

static void step(struct world *w, unsigned i, enum vrrp_event ev, const struct vrrp_heard *heard)
{
	struct machine *m = &w->machine[i];
	unsigned actions = vrrp_fsm_step(&m->fsm, ev, heard, w->now);

	if (actions & VRRP_ACT_STATE)
		note_transition(w, i);
	if (actions & VRRP_ACT_SEND_ADVERT) {
		check_grid(w, i, ev, actions);
		m->advert_at = w->now;
		multicast(w, i, m->fsm.priority);
	}
	if (actions & VRRP_ACT_SEND_PRIO0)
		multicast(w, i, 0);
	rearm(w, m);
}

void world_boot(struct world *w, unsigned i, enum vrrp_event how)
{
	struct machine *m = &w->machine[i];

	trace(w, "%u: boots (%s)", i, vrrp_event_name(how));
	int tracked = m->fsm.priority; /* trackers outlive the daemon */
	vrrp_fsm_init(&m->fsm, &m->conf);
	vrrp_fsm_set_priority(&m->fsm, tracked);
	m->alive = true;
	m->asleep_until = 0;
	m->woke_late = false;
	m->fire_deadline = m->fire_at = USEC_NEVER;
	step(w, i, how, NULL);
}

void world_event(struct world *w, unsigned i, enum vrrp_event ev)
{
	trace(w, "%u: %s", i, vrrp_event_name(ev));
	w->machine[i].master_at_death = false;
	step(w, i, ev, NULL);
	if (ev == VRRP_EV_STOP)
		w->machine[i].alive = false;
}

void world_reconf(struct world *w, unsigned i, const struct vrrp_fsm_conf *conf)
{
	struct machine *m = &w->machine[i];
	struct addr source = m->conf.source;

	trace(w, "%u: reloads, priority %u", i, conf->priority);
	m->conf = *conf;
	m->conf.source = source;
	vrrp_fsm_reconf(&m->fsm, &m->conf, w->now);
	step(w, i, VRRP_EV_PRIORITY, NULL);
}

void world_crash(struct world *w, unsigned i)
{
	trace(w, "%u: crashes", i);
	w->machine[i].master_at_death = w->machine[i].fsm.state == VRRP_MASTER;
	w->machine[i].alive = false;
	count_masters(w);
}

/* What arrives meanwhile waits in the socket; waking up, the daemon reads it before it believes its timer. */
void world_sleep(struct world *w, unsigned i, usec_t until)
{
	struct machine *m = &w->machine[i];

	trace(w, "%u: sleeps until %.6f", i, (double)until / 1e6);
	m->asleep_until = until;
	if (m->fire_at < until) {
		m->fire_at = until + WORLD_LATE / 2;
		m->woke_late = true;
	}
}

/* ---- time ---- */

static void deliver(struct world *w)
{
	struct packet p = heap_pop(w);
	struct machine *m = &w->machine[p.to];

	w->now = usec_max(w->now, p.at);
	if (!m->alive)
		return;
	if (w->now < m->asleep_until) {
		p.at = m->asleep_until;
		heap_push(w, &p);
		return;
	}
	if (w->machine[p.from].conf.version != m->conf.version) {
		w->version_errors++;
		return;
	}
	w->packets++;
	if (w->heard)
		w->heard(w->user, p.to, &p.advert);
	step(w, p.to, VRRP_EV_ADVERT, &p.advert);
}

static int next_timer(const struct world *w)
{
	int best = -1;

	for (unsigned i = 0; i < w->n; i++) {
		const struct machine *m = &w->machine[i];
		if (m->alive && m->fire_at != USEC_NEVER && (best < 0 || m->fire_at < w->machine[best].fire_at))
			best = (int)i;
	}
	return best;
}

static void fire(struct world *w, unsigned i)
{
	struct machine *m = &w->machine[i];

	w->now = usec_max(w->now, m->fire_at);
	m->fire_deadline = m->fire_at = USEC_NEVER;
	step(w, i, VRRP_EV_TIMER, NULL);
}

/* One thing happens, if it does so by `until`. */
static bool happen(struct world *w, usec_t until)
{
	int i = next_timer(w);
	usec_t timer_at = i < 0 ? USEC_NEVER : w->machine[i].fire_at;
	usec_t packet_at = w->n_packets ? w->heap[0].at : USEC_NEVER;

	if (usec_min(timer_at, packet_at) > until) {
		w->now = usec_max(w->now, until);
		return false;
	}
	if (packet_at <= timer_at)
		deliver(w);
	else
		fire(w, (unsigned)i);
	return true;
}

usec_t world_next(const struct world *w)
{
	int i = next_timer(w);
	usec_t timer_at = i < 0 ? USEC_NEVER : w->machine[i].fire_at;

	return usec_min(timer_at, w->n_packets ? w->heap[0].at : USEC_NEVER);
}

void world_happen(struct world *w)
{
	happen(w, USEC_NEVER - 1);
}

void world_run(struct world *w, usec_t until)
{
	while (!w->failed && happen(w, until))
		;
}

bool world_run_to_takeover(struct world *w, usec_t until)
{
	uint64_t before = w->takeovers;

	while (!w->failed && w->takeovers == before && happen(w, until))
		;
	return w->takeovers != before;
}

usec_t world_quiet_at(const struct world *w)
{
	usec_t at = w->now;

	for (size_t i = 0; i < w->n_packets; i++)
		at = usec_max(at, w->heap[i].at);
	for (unsigned i = 0; i < w->n; i++)
		if (w->machine[i].alive)
			at = usec_max(at, w->machine[i].asleep_until);
	return at;
}

usec_t world_longest_wait(const struct world *w)
{
	usec_t interval = 0, longest = 0;

	for (unsigned i = 0; i < w->n; i++)
		interval = usec_max(interval, w->machine[i].conf.adver_int);
	for (unsigned i = 0; i < w->n; i++) {
		const struct machine *m = &w->machine[i];
		usec_t unit = m->conf.version == 2 ? USEC_PER_SEC : interval;
		usec_t skew = m->fsm.damped ? 2 * unit : unit; /* of priority 0, so of any */
		longest = usec_max(longest, m->conf.down_adverts * interval + skew);
	}
	return longest;
}

int world_only_master(const struct world *w)
{
	int found = -1;

	for (unsigned i = 0; i < w->n; i++) {
		if (!w->machine[i].alive || w->machine[i].fsm.state != VRRP_MASTER)
			continue;
		if (found >= 0)
			return -1;
		found = (int)i;
	}
	return found;
}
