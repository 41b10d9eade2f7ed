/*
 * The model of virtual services: what is configured, what probes and the operator say, roles. See services.h.
 *
 * Owns struct vs. put.c brings what is configured, a part at a time. Changes only mark services dirty; commit.c derives. Keys are
 * content, so a reload that changes nothing about a server keeps its verdict, its override and its history.
 */
#include "config.h"

#include "core/ipvs/services.h"

#include <utlist.h>

#include "core/ipvs/alloc.h"
#include "core/ipvs/engine.h"

struct vs *vs_find(const struct ipvs *i, const struct service_key *key)
{
	struct service_key k = ipvs_key(key);
	struct vs *v;

	HASH_FIND(hh, i->services, &k, IPVS_KEY_BYTES, v);
	return v;
}

void vs_mark_dirty(struct ipvs *i, struct vs *v)
{
	if (v->dirty)
		return;
	v->dirty = true;
	DL_APPEND(i->dirty, v);
}

static void unmark_dirty(struct ipvs *i, struct vs *v)
{
	if (v->dirty)
		DL_DELETE(i->dirty, v);
	v->dirty = false;
}

void vs_tell_changed(struct ipvs *i, const struct service_key *key)
{
	if (i->obs.changed)
		i->obs.changed(i->obs.user, key);
}

static void free_vs(struct vs *v)
{
	free(v->pool.members);
	free(v->rows);
	free(v);
}

/* ---- life ---- */

struct ipvs *ipvs_new(struct loop *l, struct nl *nl, const struct netmon *netmon, const struct ipvs_observer *o,
                      usec_t period, const struct service_key *made_by_us, size_t n_made)
{
	struct ipvs *i = ipvs_zalloc(1, sizeof(*i));

	i->loop = l;
	i->nl = nl;
	i->netmon = netmon;
	if (o)
		i->obs = *o;
	i->period = period;
	i->mirror = ipvs_mirror_new(made_by_us, n_made);
	ipvs_commit_init(i);
	ipvs_results_init(i);
	ipvs_timed_init(i);
	return i;
}

void ipvs_leave_reuse(struct ipvs *i)
{
	i->reuse_done = true;
}

static void free_model(struct ipvs *i)
{
	struct vs *v, *tmp;
	struct vs_gone *g, *gtmp;
	struct ipvs_waiter *w, *wtmp;

	DL_FOREACH_SAFE(i->waiters, w, wtmp)
		free(w);
	HASH_ITER(hh, i->gone, g, gtmp) {
		HASH_DEL(i->gone, g);
		free(g);
	}
	HASH_ITER(hh, i->services, v, tmp) {
		HASH_DEL(i->services, v);
		free_vs(v);
	}
}

void ipvs_free_last(struct ipvs *i)
{
	ipvs_mirror_free(i->mirror);
	free(i);
}

void ipvs_free(struct ipvs *i)
{
	struct ipvs_job *job, *tmp;

	if (!i)
		return;
	loop_item_cancel(i->loop, &i->commit_item);
	loop_item_cancel(i->loop, &i->results_item);
	loop_timer_stop(i->loop, &i->look_timer);
	loop_timer_stop(i->loop, &i->retry_timer);
	loop_timer_stop(i->loop, &i->tick);
	ipvs_put_drop(i);
	free_model(i);
	free(i->stat_keys);
	i->closing = true;
	DL_FOREACH_SAFE(i->jobs, job, tmp) {
		if (!job->finished)
			continue;
		DL_DELETE(i->jobs, job);
		ipvs_job_free(job);
	}
	if (!i->jobs)
		ipvs_free_last(i);
}

/* ---- configuration ---- */

int ipvs_member_cmp(const void *a, const void *b)
{
	const struct ipvs_member *ma = a, *mb = b;

	return endpoint_cmp(&ma->conf.server, &mb->conf.server);
}

struct ipvs_member *vs_find_member(const struct vs *v, const struct endpoint *server)
{
	struct ipvs_member want = { .conf = { .server = *server } };

	if (!v->pool.n)
		return NULL;
	return bsearch(&want, v->pool.members, v->pool.n, sizeof(want), ipvs_member_cmp);
}

void ipvs_member_ramp(struct ipvs_member *m, usec_t now)
{
	m->ramp_from = m->conf.slow_start > 0 ? now : 0;
}

struct vs *vs_add(struct ipvs *i, const struct service_key *key, usec_t now)
{
	struct vs *v = ipvs_zalloc(1, sizeof(*v));
	struct vs_gone *gone;

	v->key = ipvs_key(key);
	v->changed_at = now;
	HASH_ADD(hh, i->services, key, IPVS_KEY_BYTES, v);
	HASH_FIND(hh, i->gone, &v->key, IPVS_KEY_BYTES, gone);
	if (gone) {
		HASH_DEL(i->gone, gone);
		free(gone);
	}
	return v;
}

void ipvs_service_remove(struct ipvs *i, const struct service_key *k)
{
	struct vs *v = vs_find(i, k);
	struct service_key key;
	struct vs_gone *gone;

	ipvs_put_removed(i, k);
	if (!v)
		return;
	key = v->key;
	gone = ipvs_zalloc(1, sizeof(*gone));
	gone->key = key;
	HASH_ADD(hh, i->gone, key, IPVS_KEY_BYTES, gone);
	unmark_dirty(i, v);
	ipvs_timed_forget(i, v);
	HASH_DEL(i->services, v);
	free_vs(v);
	vs_tell_changed(i, &key);
}

/* ---- events ---- */

void ipvs_service_role(struct ipvs *i, const struct service_key *k, enum ipvs_role role)
{
	struct vs *v = vs_find(i, k);

	if (!v || v->pool.role == role)
		return;
	v->pool.role = role;
	v->changed_at = mono_now();
	vs_mark_dirty(i, v);
}

void vs_update_state(struct ipvs *i, struct vs *v, const struct ipvs_member *m)
{
	struct vs_row *row = &v->rows[m - v->pool.members];
	enum ipvs_server_state from = row->state, to = ipvs_member_state(m);
	struct server_key key = { .service = v->key, .server = m->conf.server };

	if (from == to)
		return;
	row->state = to;
	row->changed_at = mono_now();
	if (to == IPVS_RS_DOWN)
		row->failures++;
	if (i->obs.server)
		i->obs.server(i->obs.user, &key, from, to);
}

/* Would it get connections, if its service did. */
static bool takes_part(const struct ipvs_member *m)
{
	return ipvs_member_is_live(m) && !m->set.drain && !m->set.disable && ipvs_member_base_weight(m) > 0;
}

/* What has changed may end its absence: then its weight rises slowly. */
static void end_change(struct ipvs *i, struct vs *v, struct ipvs_member *m, bool took_part)
{
	if (!takes_part(m))
		m->ramp_from = 0;
	else if (!took_part && i->committed)
		ipvs_member_ramp(m, mono_now());
	vs_mark_dirty(i, v);
	vs_update_state(i, v, m);
	ipvs_put_touched(i, v, m);
}

static struct ipvs_member *find_server(const struct ipvs *i, const struct server_key *k, struct vs **v)
{
	*v = vs_find(i, &k->service);
	return *v ? vs_find_member(*v, &k->server) : NULL;
}

void ipvs_server_verdict(struct ipvs *i, const struct server_key *k, bool up)
{
	enum ipvs_verdict verdict = up ? IPVS_VERDICT_UP : IPVS_VERDICT_DOWN;
	struct vs *v;
	struct ipvs_member *m = find_server(i, k, &v);
	bool took_part;

	if (!m || m->verdict == verdict)
		return;
	took_part = takes_part(m);
	if (!up && m->verdict == IPVS_VERDICT_UP)
		penalty_add(&m->flaps, &v->pool.conf.flaps, mono_now());
	m->verdict = verdict;
	end_change(i, v, m, took_part);
}

bool ipvs_server_probe_weight(struct ipvs *i, const struct server_key *k, int32_t weight)
{
	struct vs *v;
	struct ipvs_member *m = find_server(i, k, &v);
	bool took_part;

	if (!m || weight < -1 || weight > IPVS_WEIGHT_MAX)
		return false;
	if (m->probe_weight == weight)
		return true;
	took_part = takes_part(m);
	m->probe_weight = weight;
	end_change(i, v, m, took_part);
	return true;
}

bool ipvs_server_set(struct ipvs *i, const struct server_key *k, const struct ipvs_setting *s)
{
	struct vs *v;
	struct ipvs_member *m = find_server(i, k, &v);
	bool took_part;

	if (!m || s->weight < -1 || s->weight > IPVS_WEIGHT_MAX)
		return false;
	if (ipvs_setting_equal(&m->set, s))
		return true;
	took_part = takes_part(m);
	m->drained = s->drain && (s->drained || (m->set.drain && m->drained));
	v->rows[m - v->pool.members].idle_since = 0;
	m->set = *s;
	end_change(i, v, m, took_part);
	return true;
}

void ipvs_locals_changed(struct ipvs *i)
{
	struct vs *v, *tmp;

	HASH_ITER(hh, i->services, v, tmp) {
		if (!v->pool.conf.role_aware)
			continue;
		v->locals_stale = true;
		vs_mark_dirty(i, v);
	}
}
