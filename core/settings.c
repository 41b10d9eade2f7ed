/*
 * What operators have set and is kept: told to core/ipvs, in words for the log and for readers, forgotten when its time has come or
 * the configuration's override_memory says so. Transactions that set it are in weights.c.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/base/log.h"
#include "core/base/text.h"
#include "core/runtime.h"

/* A host may sleep: what is to be forgotten is looked at no less often. */
#define WATCH_MOST (60 * USEC_PER_SEC)

/* The newest transaction under way has the say, then what is kept. NULL: nothing is set. */
static const struct override_part *wanted(const struct runtime *rt, const struct server_key *k, enum override_kind kind)
{
	const struct override_part *p = weights_under_way(rt, k, kind);

	if (!p)
		p = overrides_part(rt->overrides, k, kind);
	return p && p->on ? p : NULL;
}

static usec_t mono_of(int64_t wall)
{
	return wall ? mono_now() + (wall - wall_now()) : USEC_NEVER;
}

void settings_tell(struct runtime *rt, const struct server_key *k)
{
	const struct override_part *weight = wanted(rt, k, OVERRIDE_WEIGHT);
	const struct override_part *drain = wanted(rt, k, OVERRIDE_DRAIN);
	struct ipvs_setting s = {
		.weight = weight ? weight->value : -1,
		.drain = drain != NULL,
		.drain_until = drain ? mono_of(drain->deadline) : USEC_NEVER,
		.drained = drain && drain->value == 1,
		.disable = wanted(rt, k, OVERRIDE_DISABLE) != NULL,
	};
	struct rt_service *service = runtime_service(rt, &k->service);

	ipvs_server_set(rt->ipvs, k, &s);
	if (service)
		publish_service(service);
}

/* ---- words ---- */

static const char *format_time(int64_t wall, char *buf, size_t size)
{
	time_t seconds = (time_t)(wall / USEC_PER_SEC);
	struct tm tm;

	if (!gmtime_r(&seconds, &tm) || !strftime(buf, size, "%Y-%m-%d %H:%M:%S UTC", &tm))
		text_copy(buf, size, "?");
	return buf;
}

/* ", until TIME; out at TIME at the latest" */
static const char *limits(const struct override_part *p, char *buf, size_t size)
{
	char at[40];
	size_t len = 0;

	text_append(buf, size, &len, "until %s", p->until ? format_time(p->until, at, sizeof(at)) : "it is cleared");
	if (p->deadline)
		text_append(buf, size, &len, "; out of the kernel at %s at the latest", format_time(p->deadline, at, sizeof(at)));
	return buf;
}

void settings_log(const struct runtime *rt, const struct server_key *k, enum override_kind kind, const struct override_part *p,
                  const char *by)
{
	char server[KEY_STRLEN], service[KEY_STRLEN], end[160];

	(void)rt;
	server_key_format(k, server);
	service_key_format(&k->service, service);
	limits(p, end, sizeof(end));
	switch (kind) {
	case OVERRIDE_WEIGHT:
		if (p->on)
			log_notice("ipvs", "weight of %s in %s set to %d by %s; it stays %s", server, service, p->value, by, end);
		else
			log_notice("ipvs", "weight of %s in %s follows the file again (%s)", server, service, by);
		break;
	case OVERRIDE_DRAIN:
		if (p->on)
			log_notice("ipvs", "%s in %s is drained by %s, %s: no new connections", server, service, by, end);
		else
			log_notice("ipvs", "%s in %s is no longer drained (%s)", server, service, by);
		break;
	case OVERRIDE_DISABLE:
		if (p->on)
			log_notice("ipvs", "%s in %s is disabled by %s, %s: out of the kernel", server, service, by, end);
		else
			log_notice("ipvs", "%s in %s is enabled again (%s)", server, service, by);
		break;
	}
}

static int32_t event_value(enum override_kind kind, const struct override_part *p)
{
	if (kind == OVERRIDE_WEIGHT)
		return p->on ? p->value : -1;
	return p->on ? 1 + p->value : 0;
}

void settings_event(struct runtime *rt, const struct server_key *k, enum override_kind kind, const struct override_part *before,
                    const struct override_part *after, const char *by)
{
	const struct rt_service *service = runtime_service(rt, &k->service);
	const struct override_part *weight = overrides_part(rt->overrides, k, OVERRIDE_WEIGHT);
	char name[KEY_STRLEN];
	struct event e;

	memset(&e, 0, sizeof(e));
	e.wall = wall_now();
	e.kind = EVENT_OVERRIDE;
	e.reason = kind;
	e.from = event_value(kind, before);
	e.to = event_value(kind, after);
	e.weight = weight ? weight->value : -1;
	e.key.rs = *k;
	text_copy(e.name, sizeof(e.name), server_key_format(k, name));
	text_copy(e.object, sizeof(e.object), service ? service->conf->name : "");
	snprintf(e.text, sizeof(e.text), "%s %s by %s", override_kind_name(kind), after->on ? "set" : "cleared", by);
	ring_publish(rt->ring, &e);
}

/* ---- the end of a drain, and of a time ---- */

void settings_drained(struct runtime *rt, const struct server_key *k, const struct ipvs_conns *c)
{
	const struct override_part *p = overrides_part(rt->overrides, k, OVERRIDE_DRAIN);
	struct override_part done;

	if (!p || p->value)
		return;
	done = *p;
	done.value = 1;
	settings_event(rt, k, OVERRIDE_DRAIN, p, &done, c->active ? "its deadline" : "the end of its connections");
	overrides_set(rt->overrides, k, OVERRIDE_DRAIN, &done);
}

static void forget(struct runtime *rt, const struct override *v, enum override_kind kind, const char *why)
{
	const struct override_part before = v->part[kind], none = { .on = false };
	struct server_key key = v->key;

	overrides_set(rt->overrides, &key, kind, &none);
	settings_log(rt, &key, kind, &none, why);
	settings_event(rt, &key, kind, &before, &none, why);
	settings_tell(rt, &key);
}

static void watch_fires(void *user)
{
	struct runtime *rt = user;
	const struct override *v;
	enum override_kind kind;

	loop_clocks_look(rt->clocks); /* it may have been set in the last second */
	while ((v = overrides_ended(rt->overrides, wall_now(), &kind)))
		forget(rt, v, kind, "its time has come");
	ipvs_commit(rt->ipvs, LOOP_QUEUED);
	settings_watch(rt);
}

void settings_watch(struct runtime *rt)
{
	int64_t next = overrides_next_end(rt->overrides);

	if (next)
		loop_timer_set(rt->loop, &rt->settings_timer, mono_now() + usec_max(USEC_PER_MS, usec_min(next - wall_now(), WATCH_MOST)));
	else
		loop_timer_stop(rt->loop, &rt->settings_timer);
}

static void tell_shifted(void *user, const struct server_key *k)
{
	settings_tell(user, k);
}

void settings_clock_set(struct runtime *rt, int64_t by)
{
	overrides_shift(rt->overrides, by, tell_shifted, rt);
	ipvs_commit(rt->ipvs, LOOP_QUEUED);
	settings_watch(rt);
}

void settings_init(struct runtime *rt)
{
	loop_timer_init(&rt->settings_timer, LOOP_QUEUED, watch_fires, rt);
}

/* ---- how long it is remembered at all ---- */

static void forgotten(void *user, const struct override *v)
{
	struct runtime *rt = user;
	const struct override_part none = { .on = false };

	for (enum override_kind k = 0; k < OVERRIDE_KINDS; k++) {
		if (!v->part[k].on)
			continue;
		settings_log(rt, &v->key, k, &none, "override_memory");
		settings_event(rt, &v->key, k, &v->part[k], &none, "override_memory");
	}
	settings_tell(rt, &v->key);
}

void settings_new_conf(struct runtime *rt, bool start)
{
	uint8_t memory = rt->conf->global.override_memory;

	if (memory == CONF_MEMORY_RELOAD || (memory == CONF_MEMORY_RESTART && start))
		overrides_clear(rt->overrides, forgotten, rt);
	settings_watch(rt);
}

/* What an operator set stays, also where the file's own weight changes meanwhile; that is said. */
void settings_say_shadowed(const struct rt_service *s, const struct conf_rs *now)
{
	const struct override_part *p;
	struct ipvs_server_report before;
	struct server_key k;
	char name[KEY_STRLEN];

	memset(&k, 0, sizeof(k));
	k.service = s->key;
	k.server = now->server;
	p = overrides_part(s->rt->overrides, &k, OVERRIDE_WEIGHT);
	if (!p || !ipvs_server_report(s->rt->ipvs, &k, &before) || before.sorry || before.conf_weight == now->weight)
		return;
	log_notice("ipvs", "the file's weight of %s changed from %d to %d; the weight %d set by %s stays in force",
	           server_key_format(&k, name), before.conf_weight, now->weight, p->value, p->by);
}
