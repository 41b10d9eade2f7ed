/*
 * Weights set by operators: transactions from the agent (snmpset, regentctl) and those kept from before.
 *
 * A transaction is all or nothing: every weight is checked, handed to core/ipvs, committed; when the kernel refuses one, or
 * answers past the deadline, all are put back. It becomes an override, kept on disk, only then. How to undo it is remembered
 * until the agent says FORGET, since SNMP may still take it back. Several may be about one server at a time: the newest has the
 * say, and taking one back never takes back what another one has set.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/log.h"
#include "core/base/text.h"
#include "core/runtime.h"

#define UNDO_MAX 64 /* transactions remembered */
#define SAY_BURST 256
#define SAY_EVERY (100 * USEC_PER_MS)

struct change {
	struct server_key key;
	int32_t before, after; /* -1: the file's; `before` and what follows are known once it is kept */
	char by_before[32];
	int64_t wall_before, wall;
};

struct set_undo {
	struct runtime *rt;
	uint64_t number;
	usec_t deadline;
	char by[32];
	uint32_t n;
	bool answered, undo_wanted;
	struct set_undo *next;
	struct change changes[];
};

static struct set_undo **undo_find(struct runtime *rt, uint64_t number)
{
	struct set_undo **p = &rt->undo;

	while (*p && (*p)->number != number)
		p = &(*p)->next;
	return p;
}

static void undo_drop(struct runtime *rt, uint64_t number)
{
	struct set_undo **p = undo_find(rt, number), *gone = *p;

	if (!gone)
		return;
	*p = gone->next;
	free(gone);
}

/* Old transactions that were never forgotten (an agent that died) make room. False: too many still wait for the kernel. */
static bool undo_make_room(struct runtime *rt)
{
	struct set_undo *oldest = NULL;
	unsigned n = 0;

	for (struct set_undo *u = rt->undo; u; u = u->next, n++)
		if (u->answered)
			oldest = u;
	if (n < UNDO_MAX)
		return true;
	if (oldest)
		undo_drop(rt, oldest->number);
	return oldest != NULL;
}

/* What a transaction under way says of a server, its last word first; NULL: nothing. */
static const struct change *find_change(const struct set_undo *u, const struct server_key *k)
{
	for (uint32_t i = u->n; i > 0; i--)
		if (server_key_cmp(&u->changes[i - 1].key, k) == 0)
			return &u->changes[i - 1];
	return NULL;
}

/* The weight that a server is to have now: the newest transaction under way has the say, then what is kept; -1: the file. */
static int32_t wanted_weight(const struct runtime *rt, const struct server_key *k)
{
	const struct override *v = overrides_get(rt->overrides, k);

	for (const struct set_undo *u = rt->undo; u; u = u->next) {
		const struct change *c = u->answered ? NULL : find_change(u, k);

		if (c)
			return c->after;
	}
	return v ? v->weight : -1;
}

static void tell_ipvs(struct runtime *rt, const struct server_key *k, int32_t weight)
{
	struct ipvs_setting s = { .weight = weight, .drain_until = USEC_NEVER };

	ipvs_server_set(rt->ipvs, k, &s);
}

/* ---- checks ---- */

static enum wire_set_error check_weights(struct runtime *rt, const struct wire_set *s, const struct wire_weight *w, uint32_t n,
                                         uint32_t *failed)
{
	if (s->snmp && rt->conf->global.snmp_write == CONF_NO)
		return WIRE_SET_REFUSED;
	if (!s->snmp && s->who_uid != 0)
		return WIRE_SET_REFUSED;
	if (mono_now() > s->deadline)
		return WIRE_SET_LATE;
	for (*failed = 0; *failed < n; (*failed)++) {
		if (w[*failed].weight < -1 || w[*failed].weight > 65535)
			return WIRE_SET_RANGE;
		if (!runtime_server(rt, &w[*failed].key))
			return WIRE_SET_NO_ROW;
	}
	return WIRE_SET_OK;
}

static struct set_undo *undo_new(struct runtime *rt, uint64_t number, const struct wire_set *s, const struct wire_weight *w,
                                 uint32_t n)
{
	struct set_undo *u = calloc(1, sizeof(*u) + n * sizeof(u->changes[0]));

	if (!u)
		return NULL;
	u->rt = rt;
	u->number = number;
	u->deadline = s->deadline;
	u->n = n;
	if (s->snmp)
		text_copy(u->by, sizeof(u->by), "snmp");
	else
		snprintf(u->by, sizeof(u->by), "uid %u", s->who_uid);
	for (uint32_t i = 0; i < n; i++) {
		u->changes[i].key = w[i].key;
		u->changes[i].after = w[i].weight;
	}
	return u;
}

/* ---- carrying out ---- */

static void publish_change(struct runtime *rt, const struct change *c)
{
	struct rt_service *s = runtime_service(rt, &c->key.service);

	if (s)
		publish_service(s);
}

/* Its servers get the weight that they are to have without it, or with it. */
static void apply_wanted(struct set_undo *u)
{
	for (uint32_t i = 0; i < u->n; i++) {
		const struct server_key *k = &u->changes[i].key;

		tell_ipvs(u->rt, k, wanted_weight(u->rt, k));
		publish_change(u->rt, &u->changes[i]);
	}
	ipvs_commit(u->rt->ipvs, LOOP_QUEUED);
}

/* Has nobody set this server since? */
static bool still_ours(const struct set_undo *u, const struct change *c)
{
	const struct override *v = overrides_get(u->rt->overrides, &c->key);

	return v ? v->weight == c->after && v->wall == c->wall : c->after < 0;
}

/* Take back what was kept. */
static void put_back(struct set_undo *u)
{
	for (uint32_t i = u->n; i > 0; i--) {
		const struct change *c = &u->changes[i - 1];

		if (still_ours(u, c))
			overrides_set(u->rt->overrides, &c->key, c->before, c->by_before, c->wall_before);
	}
	apply_wanted(u);
}

static void event_override(struct set_undo *u, const struct change *c)
{
	const struct rt_service *service = runtime_service(u->rt, &c->key.service);
	char name[KEY_STRLEN];
	struct event e;

	memset(&e, 0, sizeof(e));
	e.wall = wall_now();
	e.kind = EVENT_OVERRIDE;
	e.from = c->before;
	e.to = c->after;
	e.key.rs = c->key;
	text_copy(e.name, sizeof(e.name), server_key_format(&c->key, name));
	text_copy(e.object, sizeof(e.object), service ? service->conf->name : "");
	snprintf(e.text, sizeof(e.text), "set by %s", u->by);
	ring_publish(u->rt->ring, &e);
}

/* Who sets weights without end does not fill the log. */
static bool may_say(struct runtime *rt)
{
	uint32_t suppressed;

	if (!log_limit_pass(&rt->weights_said, mono_now(), SAY_BURST, SAY_EVERY, &suppressed))
		return false;
	if (suppressed > 0)
		log_warn("ipvs", "%u lines about weights were left out: somebody sets them very often", suppressed);
	return true;
}

static void say_kept(struct set_undo *u, const struct change *c)
{
	char server[KEY_STRLEN], service[KEY_STRLEN];

	if (!may_say(u->rt))
		return;
	server_key_format(&c->key, server);
	service_key_format(&c->key.service, service);
	if (c->after >= 0)
		log_notice("ipvs", "weight of %s in %s set to %d by %s; it stays until it is set to -1", server, service, c->after, u->by);
	else
		log_notice("ipvs", "weight of %s in %s follows the file again (%s)", server, service, u->by);
}

static void keep_change(struct set_undo *u, struct change *c)
{
	const struct override *v = overrides_get(u->rt->overrides, &c->key);

	c->before = v ? v->weight : -1;
	c->wall_before = v ? v->wall : 0;
	text_copy(c->by_before, sizeof(c->by_before), v ? v->by : "");
	c->wall = wall_now();
	overrides_set(u->rt->overrides, &c->key, c->after, u->by, c->wall);
	say_kept(u, c);
	event_override(u, c);
}

static void set_done(void *user, int err)
{
	struct set_undo *u = user;
	bool late = mono_now() > u->deadline;

	u->answered = true;
	if (err != 0 || late || u->undo_wanted) {
		if (may_say(u->rt))
			log_warn("ipvs", "weights that %s wants are not set, all stay as they were: %s", u->by,
			         err ? strerror(err) : late ? "the kernel answered past the deadline" : "the SNMP master wants it so");
		apply_wanted(u);
		agent_link_set_result(u->rt->link, u->number, err ? WIRE_SET_KERNEL : WIRE_SET_LATE, 0);
		undo_drop(u->rt, u->number);
		return;
	}
	for (uint32_t i = 0; i < u->n; i++)
		keep_change(u, &u->changes[i]);
	apply_wanted(u);
	agent_link_set_result(u->rt->link, u->number, WIRE_SET_OK, 0);
}

static void on_forget(void *user, uint64_t number)
{
	struct runtime *rt = user;
	struct set_undo *u = *undo_find(rt, number);

	if (u && u->answered)
		undo_drop(rt, number);
}

static void on_set(void *user, uint64_t number, const struct wire_set *s, const struct wire_weight *w, uint32_t n)
{
	struct runtime *rt = user;
	uint32_t failed = 0;
	enum wire_set_error e = check_weights(rt, s, w, n, &failed);

	on_forget(rt, number); /* a number that an agent before this one used and never forgot */
	if (e == WIRE_SET_OK && !undo_make_room(rt))
		e = WIRE_SET_LATE; /* the kernel is far behind: this one would be too */
	struct set_undo *u = e == WIRE_SET_OK && !*undo_find(rt, number) ? undo_new(rt, number, s, w, n) : NULL;

	if (!u) {
		agent_link_set_result(rt->link, number, e == WIRE_SET_OK ? WIRE_SET_REFUSED : e, failed);
		return;
	}
	u->next = rt->undo;
	rt->undo = u;
	for (uint32_t i = 0; i < n; i++)
		tell_ipvs(rt, &w[i].key, w[i].weight);
	ipvs_commit_then(rt->ipvs, LOOP_URGENT, set_done, u);
}

static void on_undo(void *user, uint64_t number)
{
	struct runtime *rt = user;
	struct set_undo *u = *undo_find(rt, number);

	if (!u)
		return;
	u->undo_wanted = true;
	if (!u->answered)
		return; /* set_done() does it */
	if (may_say(rt))
		log_notice("ipvs", "weights set by %s are taken back by the SNMP master", u->by);
	put_back(u);
	undo_drop(rt, number);
}

static void on_ask_snmpd(void *user)
{
	struct runtime *rt = user;

	agent_proc_ask_snmpd(rt->proc);
}

static void on_link_down(void *user, const char *why)
{
	struct runtime *rt = user;

	log_warn("main", "the link to the agent is down: %s", why);
	agent_proc_link_down(rt->proc);
}

void weights_init_owner(struct runtime *rt, struct agent_link_owner *o)
{
	*o = (struct agent_link_owner){ on_set, on_undo, on_forget, on_ask_snmpd, on_link_down, rt };
}

void weights_apply_kept(struct runtime *rt, const struct service_key *k)
{
	struct rt_service *s = runtime_service(rt, k);
	struct rt_server *v, *tmp;

	if (!s)
		return;
	HASH_ITER(hh, s->servers, v, tmp)
		tell_ipvs(rt, &v->key, wanted_weight(rt, &v->key));
}

void weights_free(struct runtime *rt)
{
	while (rt->undo) {
		struct set_undo *u = rt->undo;

		rt->undo = u->next;
		free(u);
	}
}
