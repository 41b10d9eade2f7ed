/*
 * What the passing of time does to servers: a ramp's next step, the end of a suppression, and drains, whose connections are counted
 * once a second until none is left or the deadline has come.
 *
 * One timer for all; each service knows when it is next due. Decisions are the pure ones of desired.c.
 */
#include "config.h"

#include "core/ipvs/services.h"

#include <netinet/in.h>
#include <utlist.h>

#include "core/base/log.h"
#include "core/ipvs/alloc.h"
#include "core/ipvs/engine.h"

#define COUNT_EVERY USEC_PER_SEC
#define COUNT_MOST 64   /* services whose connections are asked for at a time */
#define TICK_MOST 256   /* services gone over in one item */
/* Steps of many ramps are taken together. */
#define TICK_GRAIN (100 * USEC_PER_MS)
/* A connection that is being set up is not yet counted as active: none is seen for so long before the server goes. */
#define IDLE_FOR USEC_PER_SEC

static bool waits_for_end(const struct ipvs_member *m)
{
	return m->set.drain && !m->drained;
}

static void set_tick(struct ipvs *i, usec_t due)
{
	if (due == USEC_NEVER || i->withdrawn)
		return;
	due = usec_max(due, mono_now() + TICK_GRAIN);
	if (!loop_timer_active(&i->tick) || due < i->tick.due)
		loop_timer_set(i->loop, &i->tick, due);
}

static void put_in_list(struct ipvs *i, struct vs *v, bool wanted)
{
	if (v->timed)
		DL_DELETE2(i->timed, v, tprev, tnext);
	v->timed = wanted;
	if (wanted)
		DL_APPEND2(i->timed, v, tprev, tnext);
}

void ipvs_timed_forget(struct ipvs *i, struct vs *v)
{
	put_in_list(i, v, false);
}

void ipvs_timed_note(struct ipvs *i, struct vs *v, usec_t now)
{
	v->due = ipvs_pool_next(&v->pool, now);
	v->drains = false;
	for (size_t k = 0; k < v->pool.n; k++) {
		const struct ipvs_member *m = &v->pool.members[k];

		if (!waits_for_end(m))
			continue;
		v->drains = true;
		v->due = usec_min(v->due, m->set.drain_until);
	}
	put_in_list(i, v, v->drains || v->due != USEC_NEVER);
	set_tick(i, v->drains ? usec_min(v->due, usec_add(i->counted, COUNT_EVERY)) : v->due);
}

/* ---- the end of a drain ---- */

static void end_drain(struct ipvs *i, struct vs *v, struct ipvs_member *m, const char *why)
{
	const struct vs_row *row = &v->rows[m - v->pool.members];
	struct server_key key = { .service = v->key, .server = m->conf.server };
	char rs[KEY_STRLEN], vs[KEY_STRLEN];

	m->drained = true;
	vs_mark_dirty(i, v);
	log_notice("ipvs", "%s of VS %s is drained, %s: removed (%u active and %u inactive connections, %u clients bound to it)",
	           server_key_format(&key, rs), service_key_format(&v->key, vs), why, row->conns.active, row->conns.inactive,
	           row->conns.persistent);
	if (i->obs.drained)
		i->obs.drained(i->obs.user, &key, &row->conns);
}

/* UDP has no end of a connection: the kernel counts all as inactive until they time out. A mark may stand for UDP as well. */
static bool is_idle(const struct vs *v, const struct ipvs_conns *c)
{
	bool ends = v->key.protocol == IPPROTO_TCP || v->key.protocol == IPPROTO_SCTP;

	return c->active == 0 && (ends || c->inactive == 0);
}

static void count_server(struct ipvs *i, struct vs *v, struct ipvs_member *m, const struct ipvs_entry *now)
{
	struct vs_row *row = &v->rows[m - v->pool.members];
	const struct ipvs_dest *d = ipvs_entry_find(now, &m->conf.server);
	bool idle;

	row->conns = d ? d->conns : (struct ipvs_conns){ .known = true };
	idle = is_idle(v, &row->conns);
	if (!idle)
		row->idle_since = 0;
	else if (!row->idle_since)
		row->idle_since = i->counted;
	if (!d || (idle && i->counted - row->idle_since >= IDLE_FOR))
		end_drain(i, v, m, "its connections have ended");
}

void ipvs_timed_counted(struct ipvs *i, const struct ipvs_job *job)
{
	i->counting = false;
	for (size_t k = 0; k < job->n_words; k++) {
		struct vs *v = vs_find(i, &job->words[k].key);

		if (!v || v->dirty || v->gen != job->words[k].gen || !job->words[k].want) /* the count is of another state than this one */
			continue;
		for (size_t n = 0; n < v->pool.n; n++)
			if (waits_for_end(&v->pool.members[n]))
				count_server(i, v, &v->pool.members[n], job->words[k].want);
		ipvs_put_touched(i, v, NULL);
		vs_tell_changed(i, &v->key);
	}
	ipvs_commit(i, LOOP_QUEUED);
}

/* ---- ticks ---- */

static void count_drains(struct ipvs *i)
{
	struct ipvs_word *words = ipvs_zalloc(COUNT_MOST, sizeof(*words));
	struct vs *v, *tmp;
	size_t n = 0;

	DL_FOREACH_SAFE2(i->timed, v, tmp, tnext) {
		if (n == COUNT_MOST)
			break;
		if (v->drains && !v->dirty)
			words[n++] = (struct ipvs_word){ .key = v->key, .gen = v->gen };
	}
	for (size_t k = 0; k < n; k++) /* those that were not asked about come first the next time */
		put_in_list(i, vs_find(i, &words[k].key), true);
	i->more_drains = n == COUNT_MOST;
	i->counting = n > 0;
	if (n)
		ipvs_submit_count(i, words, n);
	else
		free(words);
}

static void change_member(struct ipvs *i, struct vs *v, struct ipvs_member *m, usec_t now)
{
	if (penalty_update(&m->flaps, &v->pool.conf.flaps, now)) {
		m->ramp_from = m->conf.slow_start > 0 && ipvs_member_is_live(m) ? now : 0;
		vs_update_state(i, v, m);
	}
	if (m->ramp_from && now - m->ramp_from >= m->conf.slow_start)
		m->ramp_from = 0;
	if (waits_for_end(m) && m->set.drain_until <= now)
		end_drain(i, v, m, "its deadline has come");
}

static void tick(void *user)
{
	struct ipvs *i = user;
	usec_t now = mono_now(), next = USEC_NEVER;
	struct vs *v, *tmp;
	size_t n = 0;
	bool drains = false;

	DL_FOREACH_SAFE2(i->timed, v, tmp, tnext) {
		drains |= v->drains;
		if (v->due > now) {
			next = usec_min(next, v->due);
			continue;
		}
		if (++n > TICK_MOST) {
			next = now;
			continue;
		}
		vs_mark_dirty(i, v); /* deriving it asks again when it is due */
		for (size_t k = 0; k < v->pool.n; k++)
			change_member(i, v, &v->pool.members[k], now);
		ipvs_put_touched(i, v, NULL);
	}
	if (drains && !i->counting && (now >= usec_add(i->counted, COUNT_EVERY) || i->more_drains)) {
		i->counted = now;
		count_drains(i);
	}
	set_tick(i, drains ? usec_min(next, usec_add(now, i->more_drains ? 0 : COUNT_EVERY)) : next);
	ipvs_commit(i, LOOP_QUEUED);
}

void ipvs_timed_init(struct ipvs *i)
{
	loop_timer_init(&i->tick, LOOP_QUEUED, tick, i);
}
