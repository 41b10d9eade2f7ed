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
	struct rt_use *u = calloc(1, sizeof(*u));

	if (!u)
		return NULL;
	u->server = s;
	u->key = *key;
	u->interval = pc->interval;
	u->down_interval = pc->down_interval;
	u->log_all = pc->log_all_failures;
	u->probe = probe_subscribe(rt->probes, pc, u, state_probe_is_down(rt->state, key));
	if (!u->probe) {
		free(u);
		return NULL;
	}
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
	if (!probe_subscribe(rt->probes, pc, u, false))
		return;
	probe_unsubscribe(rt->probes, u->probe, u);
	u->interval = pc->interval;
	u->down_interval = pc->down_interval;
	u->log_all = pc->log_all_failures;
}

static void use_add(struct rt_server *s, const struct conf_checker *c)
{
	struct probe_conf pc;
	struct probe_key key;

	if (!bind_probe(c, &pc))
		return;
	probe_key_of(&pc, &key);
	struct rt_use *u = use_find(s, &key);

	if (u)
		use_renew(u, &pc);
	else
		u = use_make(s, &pc, &key);
	if (u)
		u->stale = false;
	else
		log_warn("probe", "%s:%u: %s cannot be run: %s", c->place.file, c->place.line, probe_kind_name(c->kind), strerror(errno));
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
			state_probe_down(rt->state, &gone->key, false);
	}
	memset(&key, 0, sizeof(key));
	key.server = s->key;
	key.probe = gone->key;
	view_del(rt->view, VIEW_PROBE_USE, &key);
	free(gone);
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
	react_fold_server(s);
	publish_uses(s);
}

void uses_drop(struct rt_server *s)
{
	while (s->uses)
		use_drop(s, &s->uses);
}
