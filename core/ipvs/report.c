/*
 * What readers may see of services and servers. See services.h.
 */
#include "config.h"

#include "core/ipvs/services.h"

#include "core/ipvs/engine.h"

bool ipvs_service_report(const struct ipvs *i, const struct service_key *k, struct ipvs_service_report *out)
{
	const struct vs *v = vs_find(i, k);

	memset(out, 0, sizeof(*out));
	if (!v)
		return false;
	out->key = v->key;
	out->role = v->pool.role;
	out->judged = v->gen != 0;
	out->quorum_up = v->pool.quorum_up;
	out->panic = v->pool.panic;
	out->sorry_active = ipvs_pool_sorry_active(&v->pool);
	out->in_kernel = v->in_kernel;
	out->servers_total = (uint32_t)v->pool.n;
	out->kernel_error = v->kernel_error;
	out->changed_at = v->changed_at;
	for (size_t n = 0; n < v->pool.n; n++)
		out->servers_up += ipvs_member_is_live(&v->pool.members[n]);
	return true;
}

static struct ipvs_server_report report(const struct vs *v, const struct ipvs_member *m, const struct vs_row *row)
{
	struct ipvs_server_report r;

	memset(&r, 0, sizeof(r));
	r.key.service = v->key;
	r.key.server = m->conf.server;
	r.state = row->state;
	r.source = m->source;
	r.method = m->conf.method;
	r.conf_weight = m->conf.weight;
	r.set_weight = m->set.weight;
	r.probe_weight = m->probe_weight;
	r.ramp_weight = m->source == IPVS_WS_RAMP ? m->effective : -1;
	r.effective_weight = m->effective;
	r.draining = m->set.drain;
	r.drained = m->drained;
	r.disabled = m->set.disable;
	r.suppressed = m->flaps.suppressed;
	if (m->set.drain)
		r.conns = row->conns;
	r.in_kernel = row->in_kernel;
	r.kernel_error = row->kernel_error;
	r.local = m->local;
	r.sorry = m == &v->pool.sorry;
	r.changed_at = row->changed_at;
	r.failures = row->failures;
	return r;
}

bool ipvs_server_report(const struct ipvs *i, const struct server_key *k, struct ipvs_server_report *out)
{
	const struct vs *v = vs_find(i, &k->service);
	struct ipvs_member *m = v ? vs_find_member(v, &k->server) : NULL;

	memset(out, 0, sizeof(*out));
	if (m)
		*out = report(v, m, &v->rows[m - v->pool.members]);
	else if (v && v->pool.conf.has_sorry && endpoint_cmp(&v->pool.sorry.conf.server, &k->server) == 0)
		*out = report(v, &v->pool.sorry, &v->sorry_row);
	else
		return false;
	return true;
}

bool ipvs_some_servers(const struct ipvs *i, const struct service_key *k, size_t *at, size_t most,
                       void (*fn)(void *user, const struct ipvs_server_report *r), void *user)
{
	const struct vs *v = vs_find(i, k);
	struct ipvs_server_report r;

	if (!v)
		return false;
	for (; most > 0 && *at < v->pool.n; most--, ++*at) {
		r = report(v, &v->pool.members[*at], &v->rows[*at]);
		fn(user, &r);
	}
	if (*at < v->pool.n)
		return true;
	if (v->pool.conf.has_sorry) {
		r = report(v, &v->pool.sorry, &v->sorry_row);
		fn(user, &r);
	}
	return false;
}

void ipvs_get_totals(const struct ipvs *i, struct ipvs_totals *out)
{
	*out = i->totals;
}
