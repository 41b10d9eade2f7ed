/*
 * Which probes judge a server: subscriptions made, renewed and dropped as the configuration's checkers come and go.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/log.h"
#include "core/bind.h"
#include "core/runtime.h"

#define WEIGHT_MAX 65535

static struct rt_use *use_find(struct rt_server *s, const struct probe_key *k)
{
	for (struct rt_use *u = s->uses; u; u = u->next)
		if (probe_key_cmp(&u->key, k) == 0)
			return u;
	return NULL;
}

static struct rt_use *use_make(struct rt_server *s, const struct probe_conf *pc, const struct probe_key *key)
{
	struct runtime *rt = s->service->rt;
	const struct probe_past past = state_probe_get(rt->state, key);
	struct rt_use *u = calloc(1, sizeof(*u));
	struct probe_report rep;

	if (!u)
		return NULL;
	u->server = s;
	u->key = *key;
	u->interval = pc->interval;
	u->down_interval = pc->down_interval;
	u->log_all = pc->log_all_failures;
	u->probe = probe_subscribe(rt->probes, pc, u, &past);
	if (!u->probe) {
		free(u);
		return NULL;
	}
	probe_get_report(u->probe, &rep);
	u->weight = rep.weight; /* stands until it is told another one; its verdict is told */
	u->next = s->uses;
	s->uses = u;
	return u;
}

/* The intervals are no part of a probe's identity: the subscription is renewed with the new ones, the verdict stays. */
static void use_renew(struct rt_use *u, const struct probe_conf *pc)
{
	struct runtime *rt = u->server->service->rt;

	if (u->interval == pc->interval && u->down_interval == pc->down_interval && u->log_all == pc->log_all_failures)
		return;
	if (!probe_subscribe(rt->probes, pc, u, NULL))
		return;
	probe_unsubscribe(rt->probes, u->probe, u);
	u->interval = pc->interval;
	u->down_interval = pc->down_interval;
	u->log_all = pc->log_all_failures;
}

static bool bind_use(const struct runtime *rt, const struct conf_checker *c, struct probe_conf *pc)
{
	bool misc = c->kind == PROBE_MISC;
	struct script_spec spec;

	return bind_probe(rt->conf, misc && runtime_script(rt, &c->command, 0, &spec) ? &spec : NULL, c, pc);
}

static void use_add(struct rt_server *s, const struct conf_checker *c)
{
	struct probe_conf pc;
	struct probe_key key;

	if (!bind_use(s->service->rt, c, &pc))
		return;
	probe_key_of(&pc, &key);
	struct rt_use *u = use_find(s, &key);

	if (u)
		use_renew(u, &pc);
	else
		u = use_make(s, &pc, &key);
	if (u) {
		u->stale = false;
		u->alpha = c->alpha == CONF_YES;
	} else {
		log_warn("probe", "%s:%u: %s cannot be run: %s", c->place.file, c->place.line, probe_kind_name(c->kind), strerror(errno));
	}
	bind_probe_free(&pc);
}

static void use_drop(struct rt_server *s, struct rt_use **at)
{
	struct rt_use *gone = *at;
	struct runtime *rt = s->service->rt;
	struct probe_report rep;

	struct view_probe_use_key key;

	*at = gone->next;
	probe_get_report(gone->probe, &rep);
	probe_unsubscribe(rt->probes, gone->probe, gone);
	if (rep.subscribers <= 1) { /* it was the last: the probe has no row any more, and no verdict that one of later could adopt */
		view_del(rt->view, VIEW_PROBE, &gone->key);
		if (!rt->stop_wanted)
			state_probe(rt->state, &gone->key, &(struct probe_past){ .down = false });
	}
	memset(&key, 0, sizeof(key));
	key.server = s->key;
	key.probe = gone->key;
	view_del(rt->view, VIEW_PROBE_USE, &key);
	free(gone);
}

/* ---- what they say together ---- */

const struct rt_use *uses_deciding(const struct rt_server *s)
{
	for (const struct rt_use *u = s->uses; u; u = u->next)
		if (u->known && !u->up)
			return u;
	return s->uses;
}

/* Down where one says so. Up where all do, or where all do that the server has to wait for (alpha). */
static void fold_verdict(struct rt_server *s)
{
	struct ipvs *ipvs = s->service->rt->ipvs;
	const struct rt_use *u = uses_deciding(s);
	bool all_known = true, alpha = false, alpha_known = true;

	for (const struct rt_use *each = s->uses; each; each = each->next) {
		all_known = all_known && each->known;
		alpha = alpha || each->alpha;
		alpha_known = alpha_known && (each->known || !each->alpha);
	}
	if (u->known && !u->up)
		ipvs_server_verdict(ipvs, &s->key, false);
	else if (all_known || (alpha && alpha_known))
		ipvs_server_verdict(ipvs, &s->key, true);
}

static int64_t fold_one(int64_t weight, int32_t configured, const struct probe_weight *w)
{
	int64_t part;

	switch (w->how) {
	case PROBE_WEIGHT_NONE:
		break;
	case PROBE_WEIGHT_SET:
		return weight + w->value - configured; /* of several each moves it by as much as it would alone */
	case PROBE_WEIGHT_ADD:
		return weight + w->value;
	case PROBE_WEIGHT_PERCENT:
		part = weight * w->value / 100;
		return part == 0 && weight > 0 && w->value > 0 ? 1 : part;
	}
	return weight;
}

/* None that gives weights has answered yet, nor has one of a former life: it is new, or was suspended. */
static bool awaits_weight(const struct rt_server *s)
{
	bool any = false;

	for (const struct rt_use *u = s->uses; u; u = u->next) {
		if (u->key.kind != PROBE_MISC && u->key.kind != PROBE_FILE && u->key.kind != PROBE_AGENT)
			continue;
		if (u->known || u->weight.how != PROBE_WEIGHT_NONE)
			return false;
		any = true;
	}
	return any;
}

/* In this order: what stands for the configured weight, what is added, what part of it all is left. */
static void fold_weight(struct rt_server *s)
{
	static const enum probe_weight_how order[] = { PROBE_WEIGHT_SET, PROBE_WEIGHT_ADD, PROBE_WEIGHT_PERCENT };
	struct ipvs *ipvs = s->service->rt->ipvs;
	struct ipvs_server_report r;
	bool given = false;
	int64_t weight;

	if (awaits_weight(s) || !ipvs_server_report(ipvs, &s->key, &r))
		return; /* what was given last stands */
	weight = r.conf_weight;
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		for (const struct rt_use *u = s->uses; u; u = u->next) {
			if (u->weight.how != order[i])
				continue;
			weight = fold_one(weight, r.conf_weight, &u->weight);
			given = true;
		}
	}
	weight = weight < 0 ? 0 : weight > WEIGHT_MAX ? WEIGHT_MAX : weight;
	ipvs_server_probe_weight(ipvs, &s->key, given ? (int32_t)weight : -1);
}

void uses_fold(struct rt_server *s)
{
	if (s->uses)
		fold_verdict(s);
	fold_weight(s);
}

void uses_sync(struct rt_server *s, const struct conf_rs *c)
{
	for (struct rt_use *u = s->uses; u; u = u->next)
		u->stale = true;
	for (size_t i = 0; i < c->n_checkers && !s->service->suspended; i++)
		use_add(s, &c->checkers[i]);
	for (struct rt_use **p = &s->uses; *p;) {
		if ((*p)->stale)
			use_drop(s, p);
		else
			p = &(*p)->next;
	}
	if (!s->service->suspended || c->n_checkers == 0)
		uses_fold(s);
	publish_uses(s);
}

void uses_drop(struct rt_server *s)
{
	while (s->uses)
		use_drop(s, &s->uses);
}
