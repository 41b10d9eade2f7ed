/*
 * From configuration, verdicts, role and overrides to the wanted table entry: see desired.h. Pure.
 */
#include "config.h"

#include "core/ipvs/desired.h"

#include <string.h>

#include "core/base/text.h"

struct ipvs_setting ipvs_setting_none(void)
{
	return (struct ipvs_setting){ .weight = -1, .drain_until = USEC_NEVER };
}

bool ipvs_setting_equal(const struct ipvs_setting *a, const struct ipvs_setting *b)
{
	return a->weight == b->weight && a->drain == b->drain && a->disable == b->disable &&
	       (!a->drain || (a->drain_until == b->drain_until && a->drained == b->drained));
}

static bool is_healthy(const struct ipvs_member *m)
{
	if (!m->conf.probed || m->verdict == IPVS_VERDICT_UP)
		return true;
	return m->verdict == IPVS_VERDICT_NONE && !m->conf.alpha;
}

bool ipvs_member_is_live(const struct ipvs_member *m)
{
	return is_healthy(m) && !m->flaps.suppressed;
}

int32_t ipvs_member_base_weight(const struct ipvs_member *m)
{
	if (m->set.weight >= 0)
		return m->set.weight;
	return m->probe_weight >= 0 ? m->probe_weight : m->conf.weight;
}

/* Taken out of use by the operator's hand while it is well. */
static bool is_drained(const struct ipvs_member *m)
{
	return m->set.drain || m->set.weight == 0;
}

enum ipvs_server_state ipvs_member_state(const struct ipvs_member *m)
{
	if (m->set.disable)
		return IPVS_RS_DISABLED;
	if (!ipvs_member_is_live(m))
		return IPVS_RS_DOWN;
	if (is_drained(m))
		return IPVS_RS_DRAINED;
	return m->conf.probed && m->verdict == IPVS_VERDICT_NONE ? IPVS_RS_UNKNOWN : IPVS_RS_UP;
}

/* ---- panic ---- */

bool ipvs_member_serves(const struct ipvs_pool *p, const struct ipvs_member *m)
{
	if (p->panic)
		return p->conf.panic_all || m->kept || ipvs_member_is_live(m);
	return ipvs_member_is_live(m);
}

/* Nothing is known yet of one that waits for its first check: that is no sign of illness. */
static bool counts_as_ill(const struct ipvs_member *m)
{
	bool waits = m->conf.probed && m->conf.alpha && m->verdict == IPVS_VERDICT_NONE;

	return !waits && !ipvs_member_is_live(m);
}

bool ipvs_pool_update_panic(struct ipvs_pool *p)
{
	bool was = p->panic;
	size_t n = 0, ill = 0;

	for (size_t i = 0; i < p->n; i++) {
		if (p->members[i].set.disable)
			continue;
		n++;
		ill += counts_as_ill(&p->members[i]);
	}
	p->panic = n && (n - ill) * 100 < p->conf.panic_percent * n;
	for (size_t i = 0; i < p->n && !p->panic; i++)
		p->members[i].kept = ipvs_member_is_live(&p->members[i]);
	return p->panic != was;
}

/* ---- ramp ---- */

/* A ramp has at most so many steps, so that a table of large weights does not change all the time. */
#define RAMP_STEPS 50

/* The step that a ramp has reached, 0 to RAMP_STEPS. */
static int64_t ramp_step(usec_t window, usec_t from, usec_t now)
{
	usec_t passed = now - from;

	if (window <= 0 || passed >= window)
		return RAMP_STEPS;
	return passed <= 0 ? 0 : passed * RAMP_STEPS / window;
}

static int32_t ramp_weight(int32_t base, int64_t step)
{
	int32_t w = (int32_t)(base * step / RAMP_STEPS);

	return base > 0 && w < 1 ? 1 : w;
}

int32_t ipvs_ramp(int32_t base, usec_t window, usec_t from, usec_t now)
{
	return ramp_weight(base, ramp_step(window, from, now));
}

usec_t ipvs_ramp_next(int32_t base, usec_t window, usec_t from, usec_t now)
{
	int64_t step = ramp_step(window, from, now), next = step + 1;

	if (step == RAMP_STEPS)
		return USEC_NEVER;
	while (next < RAMP_STEPS && ramp_weight(base, next) == ramp_weight(base, step))
		next++;
	return usec_add(from, (next * window + RAMP_STEPS - 1) / RAMP_STEPS);
}

/* ---- quorum ---- */

uint64_t ipvs_pool_weight(const struct ipvs_pool *p)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < p->n; i++) {
		const struct ipvs_member *m = &p->members[i];
		int32_t base = ipvs_member_base_weight(m);

		if (base > 0 && !m->set.drain && !m->set.disable && ipvs_member_serves(p, m))
			sum += (uint64_t)base;
	}
	return sum;
}

bool ipvs_pool_quorum(const struct ipvs_pool *p, uint64_t weight)
{
	uint64_t quorum = p->conf.quorum, hysteresis = p->conf.hysteresis;
	bool up = p->quorum_up;

	if (!up)
		up = weight >= quorum + hysteresis;
	else
		up = weight + hysteresis >= quorum;
	return up && weight > 0;
}

bool ipvs_pool_sorry_active(const struct ipvs_pool *p)
{
	return p->conf.has_sorry && !p->quorum_up;
}

static void decide(struct ipvs_member *m, bool wanted, int32_t effective, enum ipvs_weight_source source)
{
	m->wanted = wanted;
	m->effective = effective;
	m->source = source;
}

/* On a BACKUP of a role-aware service only what is on this host may get a packet: anything else would throw it back. */
static bool silenced_by_role(const struct ipvs_pool *p, const struct ipvs_member *m)
{
	return p->conf.role_aware && p->role == IPVS_ROLE_BACKUP && !m->local;
}

/* Nothing takes it out: its weight, and what explains it. */
static void decide_weight(const struct ipvs_pool *p, struct ipvs_member *m, usec_t now)
{
	int32_t base = ipvs_member_base_weight(m);
	int32_t ramp = m->ramp_from ? ipvs_ramp(base, m->conf.slow_start, m->ramp_from, now) : base;

	if (base > 0 && silenced_by_role(p, m))
		decide(m, true, 0, IPVS_WS_ROLE);
	else if (!ipvs_member_is_live(m))
		decide(m, true, base, IPVS_WS_PANIC);
	else if (ramp != base)
		decide(m, true, ramp, IPVS_WS_RAMP);
	else if (m->set.weight >= 0)
		decide(m, true, base, IPVS_WS_OVERRIDE);
	else
		decide(m, true, base, m->probe_weight >= 0 ? IPVS_WS_PROBE : IPVS_WS_CONFIG);
}

static void decide_member(const struct ipvs_pool *p, struct ipvs_member *m, usec_t now)
{
	if (m->set.disable)
		decide(m, false, 0, IPVS_WS_OVERRIDE);
	else if (!ipvs_member_serves(p, m))
		decide(m, m->conf.inhibit_on_failure && !m->drained, 0, m->flaps.suppressed && is_healthy(m) ? IPVS_WS_FLAPS : IPVS_WS_HEALTH);
	else if (is_drained(m)) /* stays beside an active sorry server too, as all of weight 0: its connections go on to their end */
		decide(m, !m->drained, 0, IPVS_WS_OVERRIDE);
	else if (ipvs_pool_sorry_active(p) && ipvs_member_base_weight(m) > 0)
		decide(m, m->conf.inhibit_on_failure, 0, IPVS_WS_SORRY);
	else
		decide_weight(p, m, now);
}

static void decide_sorry(const struct ipvs_pool *p, struct ipvs_member *m)
{
	if (!ipvs_pool_sorry_active(p))
		decide(m, p->conf.sorry_inhibit, 0, IPVS_WS_SORRY);
	else if (silenced_by_role(p, m))
		decide(m, true, 0, IPVS_WS_ROLE);
	else
		decide(m, true, m->conf.weight, IPVS_WS_SORRY);
}

void ipvs_pool_decide(struct ipvs_pool *p, usec_t now)
{
	for (size_t i = 0; i < p->n; i++)
		decide_member(p, &p->members[i], now);
	if (p->conf.has_sorry)
		decide_sorry(p, &p->sorry);
}

usec_t ipvs_pool_next(const struct ipvs_pool *p, usec_t now)
{
	usec_t next = USEC_NEVER;

	for (size_t i = 0; i < p->n; i++) {
		const struct ipvs_member *m = &p->members[i];

		if (m->flaps.suppressed)
			next = usec_min(next, penalty_release(&m->flaps, &p->conf.flaps));
		if (m->ramp_from)
			next = usec_min(next, ipvs_ramp_next(ipvs_member_base_weight(m), m->conf.slow_start, m->ramp_from, now));
	}
	return next;
}

static void add_member(struct ipvs_entry *e, const struct ipvs_member *m)
{
	struct ipvs_dest *d;

	if (!m->wanted)
		return;
	d = ipvs_entry_add(e, &m->conf.server);
	d->weight = m->effective;
	d->method = (uint8_t)m->conf.method;
	if (m->conf.method == IPVS_TUN) {
		d->tun_type = m->conf.tunnel.type;
		d->tun_port = m->conf.tunnel.port;
		d->tun_flags = m->conf.tunnel.flags;
	}
	d->upper = m->conf.upper;
	d->lower = m->conf.lower;
}

struct ipvs_entry *ipvs_pool_entry(const struct ipvs_pool *p)
{
	struct ipvs_entry *e = ipvs_entry_new(&p->conf.key);
	bool active = ipvs_pool_sorry_active(p);

	text_copy(e->scheduler, sizeof(e->scheduler), p->conf.scheduler);
	text_copy(e->pe, sizeof(e->pe), p->conf.pe);
	e->flags = p->conf.flags;
	e->persistence = p->conf.persistence;
	e->netmask = p->conf.netmask;
	ipvs_entry_normalise(e);
	ipvs_entry_reserve(e, p->n + 1);
	if (p->conf.has_sorry)
		e->sorry = ipvs_endpoint(&p->sorry.conf.server);
	/* The sorry server may be one of the servers as well: the last added wins, so the one in charge goes last. */
	if (p->conf.has_sorry && !active)
		add_member(e, &p->sorry);
	for (size_t i = 0; i < p->n; i++)
		add_member(e, &p->members[i]);
	if (active)
		add_member(e, &p->sorry);
	ipvs_entry_sort(e);
	return e;
}
