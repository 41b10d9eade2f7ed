/*
 * Transactions of operators' settings from the agent (snmpset, regentctl): weights, drains, disabled servers.
 *
 * A transaction is all or nothing: every setting is checked, handed to core/ipvs, committed; when the kernel refuses one, or
 * answers past the deadline, all are put back. It becomes an override, kept on disk, only then. How to undo it is remembered
 * until the agent says FORGET, since SNMP may still take it back. Several may be about one server at a time: the newest has the
 * say, and taking one back never takes back what another one has set. What is kept is in settings.c.
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
	enum override_kind kind;
	struct override_part before, after; /* `before` is known once it is kept */
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
static const struct change *find_change(const struct set_undo *u, const struct server_key *k, enum override_kind kind)
{
	for (uint32_t i = u->n; i > 0; i--)
		if (u->changes[i - 1].kind == kind && server_key_cmp(&u->changes[i - 1].key, k) == 0)
			return &u->changes[i - 1];
	return NULL;
}

const struct override_part *weights_under_way(const struct runtime *rt, const struct server_key *k, enum override_kind kind)
{
	for (const struct set_undo *u = rt->undo; u; u = u->next) {
		const struct change *c = u->answered ? NULL : find_change(u, k, kind);

		if (c)
			return &c->after;
	}
	return NULL;
}

/* ---- checks ---- */

static bool value_ok(const struct wire_setting *w)
{
	switch ((enum wire_what)w->what) {
	case WIRE_WHAT_WEIGHT:
		return w->value >= -1 && w->value <= IPVS_WEIGHT_MAX;
	case WIRE_WHAT_DRAIN:
	case WIRE_WHAT_DISABLE:
		return w->value == 0 || w->value == 1;
	case WIRE_WHAT_ALL:
		return w->value == -1;
	}
	return false;
}

static enum wire_set_error check_settings(struct runtime *rt, const struct wire_set *s, const struct wire_setting *w, uint32_t n,
                                          uint32_t *failed)
{
	if (s->snmp && rt->conf->global.snmp_write == CONF_NO)
		return WIRE_SET_REFUSED;
	if (!s->snmp && s->who_uid != 0)
		return WIRE_SET_REFUSED;
	if (mono_now() > s->deadline)
		return WIRE_SET_LATE;
	for (*failed = 0; *failed < n; (*failed)++) {
		if (!value_ok(&w[*failed]))
			return WIRE_SET_RANGE;
		if (!runtime_server(rt, &w[*failed].key))
			return WIRE_SET_NO_ROW;
	}
	return WIRE_SET_OK;
}

static void add_change(struct set_undo *u, const struct wire_setting *w, enum override_kind kind)
{
	struct change *c = &u->changes[u->n++];
	struct override_part *p = &c->after;
	usec_t deadline = w->deadline ? w->deadline : u->rt->conf->global.drain_timeout;

	c->key = w->key;
	c->kind = kind;
	p->on = kind == OVERRIDE_WEIGHT ? w->value >= 0 : w->value == 1;
	p->wall = wall_now();
	p->ours = true;
	if (!p->on)
		return;
	p->value = kind == OVERRIDE_WEIGHT ? w->value : 0;
	p->until = w->span ? usec_add(p->wall, w->span) : 0;
	p->deadline = kind == OVERRIDE_DRAIN && deadline ? usec_add(p->wall, deadline) : 0;
	text_copy(p->by, sizeof(p->by), u->by);
}

static struct set_undo *undo_new(struct runtime *rt, uint64_t number, const struct wire_set *s, const struct wire_setting *w,
                                 uint32_t n)
{
	struct set_undo *u = calloc(1, sizeof(*u) + n * OVERRIDE_KINDS * sizeof(u->changes[0]));

	if (!u)
		return NULL;
	u->rt = rt;
	u->number = number;
	u->deadline = s->deadline;
	if (s->snmp)
		text_copy(u->by, sizeof(u->by), "snmp");
	else
		snprintf(u->by, sizeof(u->by), "uid %u", s->who_uid);
	for (uint32_t i = 0; i < n; i++)
		for (enum override_kind k = 0; k < OVERRIDE_KINDS; k++)
			if (w[i].what == WIRE_WHAT_ALL || w[i].what == (uint32_t)k)
				add_change(u, &w[i], k);
	return u;
}

/* ---- carrying out ---- */

/* Its servers get what they are to have without it, or with it. */
static void apply_wanted(struct set_undo *u)
{
	for (uint32_t i = 0; i < u->n; i++)
		settings_tell(u->rt, &u->changes[i].key);
	ipvs_commit(u->rt->ipvs, LOOP_QUEUED);
}

static bool part_same(const struct override_part *a, const struct override_part *b)
{
	return a->on == b->on && (!a->on || (a->value == b->value && a->wall == b->wall));
}

/* Has nobody set this of the server since? */
static bool still_ours(const struct set_undo *u, const struct change *c)
{
	static const struct override_part none;
	const struct override_part *p = overrides_part(u->rt->overrides, &c->key, c->kind);

	return part_same(p ? p : &none, &c->after);
}

/* Take back what was kept. */
static void put_back(struct set_undo *u)
{
	for (uint32_t i = u->n; i > 0; i--) {
		const struct change *c = &u->changes[i - 1];

		if (still_ours(u, c))
			overrides_set(u->rt->overrides, &c->key, c->kind, &c->before);
	}
	apply_wanted(u);
}

/* Who sets weights without end does not fill the log. */
static bool may_say(struct runtime *rt)
{
	uint32_t suppressed;

	if (!log_limit_pass(&rt->weights_said, mono_now(), SAY_BURST, SAY_EVERY, &suppressed))
		return false;
	if (suppressed > 0)
		log_warn("ipvs", "%u lines about operators' settings were left out: somebody sets them very often", suppressed);
	return true;
}

static void keep_change(struct set_undo *u, struct change *c)
{
	const struct override_part *p = overrides_part(u->rt->overrides, &c->key, c->kind);

	if (p)
		c->before = *p;
	if (!c->before.on && !c->after.on)
		return;
	overrides_set(u->rt->overrides, &c->key, c->kind, &c->after);
	if (may_say(u->rt))
		settings_log(u->rt, &c->key, c->kind, &c->after, u->by);
	settings_event(u->rt, &c->key, c->kind, &c->before, &c->after, u->by);
}

static void set_done(void *user, int err)
{
	struct set_undo *u = user;
	bool late = mono_now() > u->deadline;

	u->answered = true;
	if (err != 0 || late || u->undo_wanted) {
		if (may_say(u->rt))
			log_warn("ipvs", "what %s wants set is not set, all stay as they were: %s", u->by,
			         err ? strerror(err) : late ? "the kernel answered past the deadline" : "the SNMP master wants it so");
		apply_wanted(u);
		agent_link_set_result(u->rt->link, u->number, err ? WIRE_SET_KERNEL : WIRE_SET_LATE, 0);
		undo_drop(u->rt, u->number);
		return;
	}
	for (uint32_t i = 0; i < u->n; i++)
		keep_change(u, &u->changes[i]);
	apply_wanted(u);
	settings_watch(u->rt);
	agent_link_set_result(u->rt->link, u->number, WIRE_SET_OK, 0);
}

static void on_forget(void *user, uint64_t number)
{
	struct runtime *rt = user;
	struct set_undo *u = *undo_find(rt, number);

	if (u && u->answered)
		undo_drop(rt, number);
}

static void on_set(void *user, uint64_t number, const struct wire_set *s, const struct wire_setting *w, uint32_t n)
{
	struct runtime *rt = user;
	uint32_t failed = 0;
	enum wire_set_error e = check_settings(rt, s, w, n, &failed);

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
		settings_tell(rt, &w[i].key);
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
		log_notice("ipvs", "what %s has set is taken back by the SNMP master", u->by);
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
	*o = (struct agent_link_owner){ on_set, on_undo, on_forget, on_ask_snmpd, NULL, on_link_down, rt };
}

void weights_free(struct runtime *rt)
{
	while (rt->undo) {
		struct set_undo *u = rt->undo;

		rt->undo = u->next;
		free(u);
	}
}
