/*
 * From configuration, verdicts, role and overrides to the wanted table entry: see desired.h. Pure.
 */
#include "config.h"

#include "core/ipvs/desired.h"

#include <string.h>

#include "core/base/text.h"

bool ipvs_member_is_live(const struct ipvs_member *m)
{
	if (!m->conf.probed || m->verdict == IPVS_VERDICT_UP)
		return true;
	return m->verdict == IPVS_VERDICT_NONE && !m->conf.alpha;
}

int32_t ipvs_member_base_weight(const struct ipvs_member *m)
{
	return m->set_weight >= 0 ? m->set_weight : m->conf.weight;
}

/* Taken out of use by the operator's hand while it is well. */
static bool is_drained(const struct ipvs_member *m)
{
	return m->set_weight == 0;
}

enum ipvs_server_state ipvs_member_state(const struct ipvs_member *m)
{
	if (!ipvs_member_is_live(m))
		return IPVS_RS_DOWN;
	if (is_drained(m))
		return IPVS_RS_DRAINED;
	return m->conf.probed && m->verdict == IPVS_VERDICT_NONE ? IPVS_RS_UNKNOWN : IPVS_RS_UP;
}

uint64_t ipvs_pool_weight(const struct ipvs_pool *p)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < p->n; i++) {
		int32_t base = ipvs_member_base_weight(&p->members[i]);

		if (base > 0 && ipvs_member_is_live(&p->members[i]))
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

static void decide_member(const struct ipvs_pool *p, struct ipvs_member *m)
{
	int32_t base = ipvs_member_base_weight(m);

	if (!ipvs_member_is_live(m))
		decide(m, m->conf.inhibit_on_failure, 0, IPVS_WS_HEALTH);
	else if (is_drained(m)) /* stays beside an active sorry server too: its connections go on to their end */
		decide(m, true, 0, IPVS_WS_OVERRIDE);
	else if (ipvs_pool_sorry_active(p))
		decide(m, m->conf.inhibit_on_failure, 0, IPVS_WS_SORRY);
	else if (base > 0 && silenced_by_role(p, m))
		decide(m, true, 0, IPVS_WS_ROLE);
	else
		decide(m, true, base, m->set_weight >= 0 ? IPVS_WS_OVERRIDE : IPVS_WS_CONFIG);
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

void ipvs_pool_decide(struct ipvs_pool *p)
{
	for (size_t i = 0; i < p->n; i++)
		decide_member(p, &p->members[i]);
	if (p->conf.has_sorry)
		decide_sorry(p, &p->sorry);
}

static void add_member(struct ipvs_entry *e, const struct ipvs_member *m)
{
	struct ipvs_dest *d;

	if (!m->wanted)
		return;
	d = ipvs_entry_add(e, &m->conf.server);
	d->weight = m->effective;
	d->method = (uint8_t)m->conf.method;
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
