/*
 * Who subscribes to which probe: the public face of the room (probe.h).
 *
 * Probes are found by their key, so that one recipe on one endpoint runs once however many services want it.
 */
#include "config.h"

#include "core/probe/probe.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/probe/link.h"
#include "core/probe/pool.h"
#include "core/probe/recipe.h"
#include "core/probe/spread.h"

/* Observers called in one item of the run queue; a probe behind a thousand services is told in slices. */
#define POOL_TELL_SLICE 8

struct probe_pool *probe_pool_new(const struct probe_env *env, const struct probe_observer *o)
{
	struct probe_pool *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->loop = env->loop;
	p->env = *env;
	p->observer = *o;
	p->tls = tls_store_new(&p->env);
	if (!p->tls) {
		free(p);
		return NULL;
	}
	runner_init(p);
	return p;
}

/* ---- one probe ---- */

/* Of a kind that looks at something and asks nobody? */
static bool probe_looks(const struct probe_conf *c)
{
	return c->kind == PROBE_FILE || c->kind == PROBE_BFD;
}

static void pool_tell(void *user);

static void probe_free(struct probe *probe)
{
	struct probe_sub *s;

	loop_item_cancel(probe->pool->loop, &probe->tell);
	TAILQ_CONCAT(&probe->told, &probe->untold, entry);
	while ((s = TAILQ_FIRST(&probe->told))) {
		TAILQ_REMOVE(&probe->told, s, entry);
		free(s);
	}
	recipe_clear(&probe->conf);
	free(probe);
}

static struct probe *probe_new(struct probe_pool *p, const struct probe_key *key, const struct probe_conf *conf)
{
	struct probe *probe = calloc(1, sizeof(*probe));

	if (!probe || !recipe_copy(conf, &probe->conf)) {
		free(probe);
		return NULL;
	}
	if (probe->conf.down_interval == 0)
		probe->conf.down_interval = conf->interval;
	probe->pool = p;
	probe->key = *key;
	probe->hash = spread_hash(key);
	TAILQ_INIT(&probe->told);
	TAILQ_INIT(&probe->untold);
	loop_item_init(&probe->tell, pool_tell, probe);
	HASH_ADD(hh, p->probes, key, sizeof(probe->key), probe);
	if (!probe->hh.tbl) {
		probe_free(probe);
		return NULL;
	}
	return probe;
}

/* Out of the pool: it neither runs nor is found; its memory stays for whoever is in the midst of telling. */
static void probe_retire(struct probe *probe)
{
	runner_remove(probe);
	if (probe_looks(&probe->conf))
		LIST_REMOVE(probe, looking);
	HASH_DELETE(hh, probe->pool->probes, probe);
	probe->dead = true;
	if (!probe->telling)
		probe_free(probe);
}

void probe_pool_free(struct probe_pool *p)
{
	struct probe *probe, *next;

	if (!p)
		return;
	HASH_ITER(hh, p->probes, probe, next)
		probe_retire(probe);
	runner_free(p);
	tls_store_free(p->tls);
	free(p);
}

const struct late *probe_pool_lateness(const struct probe_pool *p)
{
	return &p->late;
}

void probe_pool_renew_files(struct probe_pool *p)
{
	struct probe *probe, *next;

	tls_store_renew(p->tls);
	HASH_ITER(hh, p->probes, probe, next)
		link_forget(&probe->run);
}

/* ---- telling ---- */

static void pool_tell_one(struct probe *probe, struct probe_sub *s)
{
	const struct probe_observer *o = &probe->pool->observer;
	struct probe_report report;

	TAILQ_REMOVE(&probe->untold, s, entry);
	TAILQ_INSERT_TAIL(&probe->told, s, entry);
	if (s->told == probe->health.verdict && s->told_weight.how == probe->weight.how &&
	    s->told_weight.value == probe->weight.value)
		return;
	s->told = probe->health.verdict;
	s->told_weight = probe->weight;
	probe_get_report(probe, &report);
	o->verdict(o->user, s->subscription, &report);
}

static void pool_tell(void *user)
{
	struct probe *probe = user;
	struct probe_sub *s;

	probe->telling = true;
	for (int i = 0; i < POOL_TELL_SLICE && (s = TAILQ_FIRST(&probe->untold)); i++)
		pool_tell_one(probe, s);
	probe->telling = false;
	if (probe->dead)
		probe_free(probe);
	else if (!TAILQ_EMPTY(&probe->untold))
		loop_item_post(probe->pool->loop, &probe->tell);
}

void pool_verdict_changed(struct probe *probe)
{
	TAILQ_CONCAT(&probe->untold, &probe->told, entry);
	loop_item_post(probe->pool->loop, &probe->tell);
}

/* ---- subscriptions ---- */

static void pool_fold_sub(struct probe_conf *c, const struct probe_sub *s)
{
	c->interval = usec_min(c->interval, s->interval);
	c->down_interval = usec_min(c->down_interval, s->down_interval);
	c->log_all_failures |= s->log_all;
}

/* What is no part of the recipe is folded over the subscriptions. */
static void pool_fold_subs(struct probe *probe)
{
	struct probe_conf *c = &probe->conf;
	struct probe_sub *s;

	c->interval = c->down_interval = USEC_NEVER;
	c->log_all_failures = false;
	TAILQ_FOREACH(s, &probe->told, entry)
		pool_fold_sub(c, s);
	TAILQ_FOREACH(s, &probe->untold, entry)
		pool_fold_sub(c, s);
}

static void pool_join(struct probe *probe, struct probe_sub *s)
{
	usec_t before = runner_interval(probe);

	probe->n_subs++;
	pool_fold_sub(&probe->conf, s);
	if (runner_interval(probe) < before)
		runner_hasten(probe);
	if (probe->health.verdict == HEALTH_UNKNOWN) {
		TAILQ_INSERT_TAIL(&probe->told, s, entry);
		return;
	}
	TAILQ_INSERT_TAIL(&probe->untold, s, entry);
	loop_item_post(probe->pool->loop, &probe->tell);
}

static struct probe *pool_find_or_add(struct probe_pool *p, const struct probe_conf *conf, const struct probe_ops *ops,
                                      const struct probe_past *past)
{
	struct probe_key key;
	struct probe *probe;

	if (!recipe_key(conf, &key))
		return NULL;
	HASH_FIND(hh, p->probes, &key, sizeof(key), probe);
	if (probe)
		return probe;
	probe = probe_new(p, &key, conf);
	if (!probe)
		return NULL;
	probe->run.ops = ops;
	health_init(&probe->health, past && past->down ? HEALTH_DOWN : HEALTH_UNKNOWN);
	text_copy(probe->text, sizeof(probe->text), past && past->down ? "was down before the restart" : "");
	if (past)
		probe->weight = probe->weight_judged = past->weight;
	if (probe_looks(&probe->conf))
		LIST_INSERT_HEAD(&p->looking, probe, looking);
	runner_add(probe);
	return probe;
}

struct probe *probe_subscribe(struct probe_pool *p, const struct probe_conf *conf, void *subscription,
                              const struct probe_past *past)
{
	const struct probe_ops *ops = probe_ops_of(conf->kind);
	struct probe_sub *s;
	struct probe *probe;

	if (!ops || !recipe_valid(conf)) {
		errno = ops ? EINVAL : ENOTSUP;
		return NULL;
	}
	s = calloc(1, sizeof(*s));
	probe = s ? pool_find_or_add(p, conf, ops, past) : NULL;
	if (!probe) {
		free(s);
		errno = ENOMEM;
		return NULL;
	}
	s->subscription = subscription;
	s->interval = conf->interval;
	s->down_interval = conf->down_interval > 0 ? conf->down_interval : conf->interval;
	s->log_all = conf->log_all_failures;
	pool_join(probe, s);
	return probe;
}

static struct probe_sub *pool_find_sub(struct probe_subs *list, const void *subscription)
{
	struct probe_sub *s;

	TAILQ_FOREACH(s, list, entry)
		if (s->subscription == subscription)
			return s;
	return NULL;
}

void probe_unsubscribe(struct probe_pool *p, struct probe *probe, void *subscription)
{
	struct probe_subs *list = &probe->told;
	struct probe_sub *s = pool_find_sub(list, subscription);

	(void)p;
	if (!s) {
		list = &probe->untold;
		s = pool_find_sub(list, subscription);
	}
	if (!s)
		return;
	TAILQ_REMOVE(list, s, entry);
	free(s);
	if (--probe->n_subs == 0)
		probe_retire(probe);
	else
		pool_fold_subs(probe);
}

void probe_looked_changed(struct probe_pool *p, enum probe_kind kind, const char *name)
{
	struct probe *probe;

	LIST_FOREACH(probe, &p->looking, looking)
		if (probe->conf.kind == kind && strcmp(kind == PROBE_FILE ? probe->conf.file.name : probe->conf.bfd.name, name) == 0)
			runner_now(probe);
}

/* ---- reports ---- */

void probe_get_report(const struct probe *probe, struct probe_report *out)
{
	*out = (struct probe_report){
		.key = probe->key,
		.known = probe->health.verdict != HEALTH_UNKNOWN,
		.up = probe->health.verdict == HEALTH_UP,
		.reason = probe->reason,
		.last_run = probe->last_run,
		.last_change = probe->health.changed_at,
		.latency = probe->latency,
		.runs = probe->runs,
		.failures = probe->failures,
		.overdue = probe->overdue,
		.newly_overdue = probe->newly_overdue,
		.failed_in_row = probe->health.failed_in_row,
		.subscribers = probe->n_subs,
		.next_run = probe->due.due,
		.interval = probe->conf.interval,
		.weight = probe->weight,
	};
	text_copy(out->what, sizeof(out->what), probe_what(&probe->conf));
	text_copy(out->text, sizeof(out->text), probe->text);
}

void probe_pool_each(const struct probe_pool *p, void (*fn)(void *user, const struct probe_report *r), void *user)
{
	struct probe *probe, *next;
	struct probe_report report;

	HASH_ITER(hh, p->probes, probe, next) {
		probe_get_report(probe, &report);
		fn(user, &report);
	}
}
