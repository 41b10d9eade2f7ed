/*
 * What is configured of a service, into the model: a part at a time, since a service may have ten thousand servers.
 *
 * Owns struct ipvs_put. Its servers are taken as the file has them, sorted, and carried into new arrays together with what is known of
 * those that stay; all this while the service is there as it was, so that readers see it as it was or as it is put, and nothing between.
 * What changes meanwhile about a server that is carried already (a verdict, an override) is carried once more: ipvs_put_touched().
 */
#include "config.h"

#include "core/ipvs/services.h"

#include "core/ipvs/alloc.h"
#include "core/ipvs/engine.h"

/* One step, some ten microseconds each: servers carried, servers moved while sorting. */
#define STEP_CARRY 64
#define STEP_SORT 512

/* Merge sort from below, which can be left anywhere. Of equals the first stays first. */
struct put_sort {
	uint32_t *order, *spare; /* places in `confs`; runs of `width` are sorted */
	size_t width;
	size_t to;               /* the next place in `spare` */
	size_t a, b;             /* the next of the left run and of the right one, where `to` is between runs: 0 */
};

enum put_phase { PUT_TAKES, PUT_SORTS, PUT_CARRIES, PUT_CLEARS };

struct ipvs_put {
	enum put_phase phase;
	struct ipvs_service_conf conf;
	usec_t now;
	struct ipvs_server_conf *confs; /* as they came */
	size_t n_confs;
	bool sorted;
	struct put_sort sort;
	size_t next;                    /* in the order of the sort */
	size_t old_at;                  /* in the members that are there */
	struct ipvs_member *members;
	struct vs_row *rows;
	size_t n;
};

/* ---- sorting ---- */

static int conf_cmp(const struct ipvs_put *p, size_t a, size_t b)
{
	return endpoint_cmp(&p->confs[p->sort.order[a]].server, &p->confs[p->sort.order[b]].server);
}

static void next_pass(struct put_sort *s)
{
	uint32_t *sorted = s->spare;

	s->spare = s->order;
	s->order = sorted;
	s->width *= 2;
	s->to = 0;
}

static void merge_one(struct ipvs_put *p)
{
	struct put_sort *s = &p->sort;
	size_t lo = s->to / (2 * s->width) * (2 * s->width);
	size_t mid = lo + s->width < p->n_confs ? lo + s->width : p->n_confs;
	size_t hi = lo + 2 * s->width < p->n_confs ? lo + 2 * s->width : p->n_confs;

	if (s->to == lo) {
		s->a = lo;
		s->b = mid;
	}
	bool left = s->a < mid && (s->b == hi || conf_cmp(p, s->a, s->b) <= 0);

	s->spare[s->to++] = s->order[left ? s->a++ : s->b++];
}

/* False: it is sorted. */
static bool sort_some(struct ipvs_put *p)
{
	for (int k = 0; k < STEP_SORT; k++) {
		if (p->sorted || p->sort.width >= p->n_confs)
			return false;
		merge_one(p);
		if (p->sort.to == p->n_confs)
			next_pass(&p->sort);
	}
	return true;
}

/* ---- carrying ---- */

/* What is not configuration comes from the server that was there, if one was. */
static void carry(const struct vs *v, const struct ipvs_member *old, const struct ipvs_server_conf *conf, usec_t now,
                  struct ipvs_member *m, struct vs_row *row)
{
	if (old) {
		*m = *old;
		*row = v->rows[old - v->pool.members];
	} else {
		*m = (struct ipvs_member){ .set = ipvs_setting_none(), .probe_weight = -1 };
		*row = (struct vs_row){ 0 };
	}
	m->conf = *conf;
	if (!old && v && v->gen > 0)
		ipvs_member_ramp(m, now); /* comes to a service that runs */
	if (!old || row->state != ipvs_member_state(m))
		row->changed_at = now;
	row->state = ipvs_member_state(m);
}

/* Of several with one endpoint one stays. Old and new are sorted alike: `old_at` goes along. */
static void carry_one(struct ipvs_put *p, const struct vs *v)
{
	const struct ipvs_member *old = NULL;
	const struct ipvs_member want = { .conf = p->confs[p->sort.order[p->next++]] };

	if (p->n && ipvs_member_cmp(&p->members[p->n - 1], &want) == 0)
		return;
	while (v && p->old_at < v->pool.n && ipvs_member_cmp(&v->pool.members[p->old_at], &want) < 0)
		p->old_at++;
	if (v && p->old_at < v->pool.n && ipvs_member_cmp(&v->pool.members[p->old_at], &want) == 0)
		old = &v->pool.members[p->old_at];
	carry(v, old, &want.conf, p->now, &p->members[p->n], &p->rows[p->n]);
	p->n++;
}

/* False: all are. */
static bool carry_some(struct ipvs_put *p, const struct vs *v)
{
	for (int k = 0; k < STEP_CARRY && p->next < p->n_confs; k++)
		carry_one(p, v);
	return p->next < p->n_confs;
}

static struct ipvs_put *put_of(const struct ipvs *i, const struct vs *v)
{
	return i->put && i->put->phase != PUT_CLEARS && service_key_cmp(&i->put->conf.key, &v->key) == 0 ? i->put : NULL;
}

void ipvs_put_touched(struct ipvs *i, const struct vs *v, const struct ipvs_member *m)
{
	struct ipvs_put *p = put_of(i, v);
	struct ipvs_member *again;

	if (!p || p->n == 0)
		return;
	if (!m) {
		p->n = p->next = p->old_at = 0;
		p->phase = PUT_CARRIES;
		return;
	}
	again = bsearch(m, p->members, p->n, sizeof(*m), ipvs_member_cmp);
	if (again) {
		struct ipvs_server_conf conf = again->conf;

		carry(v, m, &conf, p->now, again, &p->rows[again - p->members]);
	}
}

/* ---- the whole ---- */

static void take_sorry(struct vs *v, const struct ipvs_service_conf *conf, usec_t now)
{
	struct endpoint at = ipvs_endpoint(&conf->sorry.server);
	struct ipvs_member *m = &v->pool.sorry;

	if (!conf->has_sorry || endpoint_cmp(&at, &m->conf.server) != 0)
		v->sorry_row = (struct vs_row){ .state = IPVS_RS_UP, .changed_at = now };
	m->conf = conf->sorry;
	m->conf.server = at;
	m->conf.probed = false;
	m->set = ipvs_setting_none();
	m->probe_weight = -1;
}

/* The service is as it is configured. The put is left with the arrays that were there before. */
static void take_effect(struct ipvs *i, struct ipvs_put *p)
{
	struct vs *v = vs_find(i, &p->conf.key);
	struct ipvs_member *members = p->members;
	struct vs_row *rows = p->rows;

	if (!v)
		v = vs_add(i, &p->conf.key, p->now);
	p->members = v->pool.members;
	p->rows = v->rows;
	v->pool.members = members;
	v->pool.n = p->n;
	v->rows = rows;
	take_sorry(v, &p->conf, p->now);
	v->pool.conf = p->conf;
	v->pool.conf.servers = NULL;
	v->pool.conf.n_servers = 0;
	v->locals_stale = true;
	i->reuse_wanted = i->reuse_wanted || p->conf.role_aware;
	vs_mark_dirty(i, v);
}

/* Pages go back to the kernel, which takes its time: one array a step. False: nothing is left. */
static bool clear_one(struct ipvs_put *p)
{
	void **const all[] = {
		(void **)&p->members, (void **)&p->rows, (void **)&p->confs, (void **)&p->sort.order, (void **)&p->sort.spare,
	};

	for (size_t k = 0; k < sizeof(all) / sizeof(*all); k++) {
		if (!*all[k])
			continue;
		free(*all[k]);
		*all[k] = NULL;
		return true;
	}
	return false;
}

void ipvs_put_drop(struct ipvs *i)
{
	if (!i->put)
		return;
	while (clear_one(i->put))
		;
	free(i->put);
	i->put = NULL;
}

void ipvs_put_removed(struct ipvs *i, const struct service_key *k)
{
	struct service_key key = ipvs_key(k);

	if (i->put && i->put->phase != PUT_CLEARS && service_key_cmp(&i->put->conf.key, &key) == 0)
		ipvs_put_drop(i);
}

void ipvs_put_begin(struct ipvs *i, const struct ipvs_service_conf *conf, usec_t now)
{
	struct ipvs_put *p = ipvs_zalloc(1, sizeof(*p));
	size_t n = conf->n_servers;

	ipvs_put_drop(i);
	i->put = p;
	p->conf = *conf;
	p->conf.key = ipvs_key(&conf->key);
	p->now = now;
	p->sorted = true;
	p->sort.width = 1;
	p->confs = ipvs_alloc(n, sizeof(*p->confs));
	p->sort.order = ipvs_alloc(n, sizeof(*p->sort.order));
	p->sort.spare = ipvs_alloc(n, sizeof(*p->sort.spare));
	p->members = ipvs_alloc(n, sizeof(*p->members));
	p->rows = ipvs_alloc(n, sizeof(*p->rows));
}

void ipvs_put_server(struct ipvs *i, const struct ipvs_server_conf *c)
{
	struct ipvs_put *p = i->put;

	if (!p || p->phase != PUT_TAKES || p->n_confs == p->conf.n_servers)
		return;
	p->confs[p->n_confs] = *c;
	p->confs[p->n_confs].server = ipvs_endpoint(&c->server);
	p->sort.order[p->n_confs] = (uint32_t)p->n_confs;
	p->n_confs++;
	p->sorted = p->sorted && (p->n_confs == 1 || conf_cmp(p, p->n_confs - 2, p->n_confs - 1) < 0);
}

static bool step(struct ipvs *i)
{
	struct ipvs_put *p = i->put;

	switch (p->phase) {
	case PUT_TAKES:
	case PUT_SORTS:
		p->phase = sort_some(p) ? PUT_SORTS : PUT_CARRIES;
		return true;
	case PUT_CARRIES:
		if (carry_some(p, vs_find(i, &p->conf.key)))
			return true;
		take_effect(i, p);
		p->phase = PUT_CLEARS;
		return true;
	case PUT_CLEARS:
		if (clear_one(p))
			return true;
		ipvs_put_drop(i);
		break;
	}
	return false;
}

/* Most services have a few servers: all of it is one step. */
bool ipvs_put_step(struct ipvs *i)
{
	bool more = i->put != NULL;

	while (more && (more = step(i)) && i->put->n_confs <= STEP_CARRY)
		;
	return more;
}

void ipvs_service_put(struct ipvs *i, const struct ipvs_service_conf *conf, usec_t now)
{
	ipvs_put_begin(i, conf, now);
	for (size_t k = 0; k < conf->n_servers; k++)
		ipvs_put_server(i, &conf->servers[k]);
	while (ipvs_put_step(i))
		;
}
