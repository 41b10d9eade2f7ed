/*
 * Trackers and those who look at them (track.h). Owns the trackers, found by kind and name, and each router's list of looks.
 *
 * A verdict that changes marks its tracker and posts one item, which folds anew for every router that looks at it; a router's
 * priority is always the fold of all that it looks at, so the order of news does not matter.
 */
#include "config.h"

#include "core/track.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/log.h"
#include "core/base/text.h"
#include "core/track_priv.h"

struct tracks {
	struct tracker *all; /* uthash */
	struct loop_item fold;
};

/* ---- verdicts ---- */

struct tracker *tracker_find(struct runtime *rt, enum track_kind kind, const char *name)
{
	struct tracker_key k;
	struct tracker *t;

	memset(&k, 0, sizeof(k));
	k.kind = kind;
	text_copy(k.name, sizeof(k.name), name);
	HASH_FIND(hh, rt->tracks->all, &k, sizeof(k), t);
	return t;
}

static void keep_verdict(const struct tracker *t)
{
	struct state_track s;

	memset(&s, 0, sizeof(s));
	s.kind = t->key.kind;
	text_copy(s.name, sizeof(s.name), t->key.name);
	s.verdict = (uint32_t)t->said.verdict;
	s.value = t->said.value;
	state_track(t->rt->state, &s);
}

static void mark(struct tracker *t)
{
	t->dirty = true;
	loop_item_post(t->rt->loop, &t->rt->tracks->fold);
}

void tracker_say(struct tracker *t, const char *text)
{
	if (strcmp(t->text, text) == 0)
		return;
	text_copy(t->text, sizeof(t->text), text);
	mark(t);
}

void tracker_set(struct tracker *t, enum track_verdict v, int32_t value, const char *text)
{
	enum track_verdict before = t->said.verdict;

	tracker_say(t, text);
	if (t->key.kind == TRACK_FILE && (t->adopted || before != v || t->said.value != value))
		probe_looked_changed(t->rt->probes, PROBE_FILE, t->key.name); /* it looks later, from the run queue */
	t->adopted = false;
	if (before == v && t->said.value == value)
		return;
	t->said = (struct track_said){ v, value };
	t->since = mono_now();
	track_tell_change(t);
	keep_verdict(t);
	mark(t);
}

/* ---- folds ---- */

static const char *explain(const struct track_look *l, char *buf, size_t size)
{
	snprintf(buf, size, "%s %s: %s", track_kind_name(l->use.kind), l->t->key.name,
	         l->t->text[0] ? l->t->text : track_verdict_name(l->t->said.verdict));
	return buf;
}

/* A fault is explained by one that faults, any other change by the one whose share is another than before. */
static const struct track_look *who_explains(const struct track_looks *looks, const struct track_look *changed)
{
	for (size_t i = 0; !(changed && changed->share.fault) && i < looks->n; i++)
		if (looks->list[i].share.fault)
			return &looks->list[i];
	return changed;
}

static bool same_share(const struct track_share *a, const struct track_share *b)
{
	return a->add == b->add && a->fault == b->fault && a->wait == b->wait;
}

static void fold_router(struct rt_router *r)
{
	const struct track_look *changed = NULL;
	struct track_share sum = { .add = 0 };
	char why[VIEW_TRACKER_NAME + VIEW_TRACKER_TEXT + 32] = "";

	for (size_t i = 0; i < r->looks->n; i++) {
		struct track_look *l = &r->looks->list[i];
		struct track_share now = track_share_of(&l->use, &l->t->said);

		if (!same_share(&now, &l->share) && !(changed && changed->share.fault))
			changed = l;
		l->share = now;
		sum = track_share_sum(sum, now);
	}
	changed = who_explains(r->looks, changed);
	if (changed)
		explain(changed, why, sizeof(why));
	vrrp_router_track(r->vr, sum, why);
	track_rows_put(r);
}

static bool looks_at_dirty(const struct rt_router *r)
{
	for (size_t i = 0; r->looks && i < r->looks->n; i++)
		if (r->looks->list[i].t->dirty)
			return true;
	return false;
}

static void fold_dirty(void *user)
{
	struct runtime *rt = user;
	struct rt_router *r, *rtmp;
	struct tracker *t, *ttmp;

	HASH_ITER(hh, rt->routers, r, rtmp)
		if (looks_at_dirty(r))
			fold_router(r);
	HASH_ITER(hh, rt->tracks->all, t, ttmp)
		t->dirty = false;
}

/* ---- definitions ---- */

/* Each begins with its place, behind which its name stands. */
struct definition {
	struct conf_place place;
	const char *name;
};

static const void *find_definition(const void *list, size_t n, size_t size, const char *name)
{
	for (size_t i = 0; i < n; i++) {
		const struct definition *d = (const void *)((const char *)list + i * size);

		if (strcmp(d->name, name) == 0)
			return d;
	}
	return NULL;
}

static const void *definition_of(const struct conf *c, enum track_kind kind, const char *name)
{
	switch (kind) {
	case TRACK_SCRIPT:
		return find_definition(c->scripts, c->n_scripts, sizeof(*c->scripts), name);
	case TRACK_PROCESS:
		return find_definition(c->processes, c->n_processes, sizeof(*c->processes), name);
	case TRACK_FILE:
		return find_definition(c->files, c->n_files, sizeof(*c->files), name);
	case TRACK_BFD:
		return find_definition(c->bfds, c->n_bfds, sizeof(*c->bfds), name);
	case TRACK_INTERFACE:
	case TRACK_SERVICE:
	case TRACK_HEALTH:
		break;
	}
	return NULL;
}

/* What core/bfd.c says comes by track_set_bfd(). */
static bool bfd_start(struct tracker *t, const void *conf)
{
	(void)conf;
	tracker_say(t, "the session has not said anything yet");
	return true;
}

static void bfd_renew(struct tracker *t, const void *conf)
{
	(void)t, (void)conf;
}

static void bfd_stop(struct tracker *t)
{
	(void)t;
}

static const struct tracker_ops *ops_of(enum track_kind kind)
{
	static const struct tracker_ops bfd = { bfd_start, bfd_renew, bfd_stop };

	switch (kind) {
	case TRACK_INTERFACE:
		return track_interface_ops();
	case TRACK_SCRIPT:
		return track_script_ops();
	case TRACK_PROCESS:
		return track_process_ops();
	case TRACK_FILE:
		return track_file_ops();
	case TRACK_SERVICE:
		return track_service_ops();
	case TRACK_HEALTH:
		return track_health_ops();
	case TRACK_BFD:
		break;
	}
	return &bfd;
}

/* ---- trackers ---- */

/* What a former life knew holds until the first result of this one. */
static void adopt_verdict(struct tracker *t)
{
	struct state_track s;

	memset(&s, 0, sizeof(s));
	s.kind = t->key.kind;
	text_copy(s.name, sizeof(s.name), t->key.name);
	if (!state_track_get(t->rt->state, &s))
		return;
	t->said = (struct track_said){ (enum track_verdict)s.verdict, s.value };
	t->adopted = true;
	text_copy(t->text, sizeof(t->text), "as a former life of the daemon knew it");
}

static struct tracker *tracker_make(struct runtime *rt, enum track_kind kind, const char *name, const void *conf)
{
	struct tracker *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->key.kind = kind;
	text_copy(t->key.name, sizeof(t->key.name), name);
	t->rt = rt;
	t->ops = ops_of(kind);
	t->since = mono_now();
	HASH_ADD(hh, rt->tracks->all, key, sizeof(t->key), t);
	adopt_verdict(t);
	track_tell_begin(t);
	if (t->ops->start(t, conf))
		return t;
	track_tell_end(t);
	HASH_DEL(rt->tracks->all, t);
	free(t);
	return NULL;
}

static void tracker_free(struct tracker *t)
{
	struct state_track s;

	memset(&s, 0, sizeof(s));
	s.kind = t->key.kind;
	text_copy(s.name, sizeof(s.name), t->key.name);
	if (!t->rt->stop_wanted)
		state_track(t->rt->state, &s); /* unknown: forgotten */
	t->ops->stop(t);
	track_tell_end(t);
	HASH_DEL(t->rt->tracks->all, t);
	free(t);
}

static struct tracker *tracker_get(struct runtime *rt, enum track_kind kind, const char *name)
{
	const void *conf = definition_of(rt->conf, kind, name);
	struct tracker *t = tracker_find(rt, kind, name);

	if (!t)
		t = tracker_make(rt, kind, name, conf);
	else if (t->stale)
		t->ops->renew(t, conf);
	if (t)
		t->stale = false;
	return t;
}

/* ---- who looks at what ---- */

/* The weight of the definition, where the look has none of its own. */
static void default_weight(const struct conf *c, const struct conf_track *t, enum track_kind kind, struct track_use *use)
{
	const void *d = definition_of(c, kind, t->name);

	use->weight = t->weight;
	use->reverse = t->reverse;
	if (t->weight_set || !d)
		return;
	if (kind == TRACK_SCRIPT) {
		use->weight = ((const struct conf_vrrp_script *)d)->weight;
		use->reverse = ((const struct conf_vrrp_script *)d)->reverse;
	} else if (kind == TRACK_PROCESS) {
		use->weight = ((const struct conf_process *)d)->weight;
		use->reverse = ((const struct conf_process *)d)->reverse;
	} else if (kind == TRACK_FILE) {
		use->weight = ((const struct conf_file *)d)->weight;
		use->reverse = ((const struct conf_file *)d)->reverse;
	} else if (kind == TRACK_BFD) {
		use->weight = ((const struct conf_bfd *)d)->weight;
		use->reverse = ((const struct conf_bfd *)d)->reverse;
	}
}

static enum track_kind kind_of(enum conf_track_kind k)
{
	static const enum track_kind kinds[] = {
		[CONF_TRACK_INTERFACE] = TRACK_INTERFACE, [CONF_TRACK_SCRIPT] = TRACK_SCRIPT,
		[CONF_TRACK_PROCESS] = TRACK_PROCESS,     [CONF_TRACK_FILE] = TRACK_FILE,
		[CONF_TRACK_BFD] = TRACK_BFD,             [CONF_TRACK_SERVICE] = TRACK_SERVICE,
	};

	return kinds[k];
}

/* A thing that is named twice counts once: the instance's own look comes first. */
static bool is_seen(const struct track_looks *looks, const struct tracker *t)
{
	for (size_t i = 0; i < looks->n; i++)
		if (looks->list[i].t == t)
			return true;
	return false;
}

/* Weights of its own would let a member leave its group. As keepalived has it, they do not count then, and a file's is 0: a number in
 * it is a fault, of the whole group. */
static void ignore_weight(const struct rt_router *r, const struct conf_group *g, struct track_look *l)
{
	const char *kind = track_kind_name(l->use.kind);

	if (l->use.kind == TRACK_FILE) {
		l->use.weight = 0;
		log_warn("track", "(%s) the weight of %s %s counts as 0, so that any number but 0 is a fault: sync group %s has no "
		         "sync_group_tracking_weight", r->conf->name, kind, l->t->key.name, g->name);
		return;
	}
	l->use.ignored = true;
	log_warn("track", "(%s) %s %s with a weight is ignored: sync group %s has no sync_group_tracking_weight", r->conf->name, kind,
	         l->t->key.name, g->name);
}

static void add_looks(struct rt_router *r, const struct conf_tracks *tracks, const struct conf_group *g, bool of_group)
{
	for (size_t i = 0; i < tracks->n; i++) {
		struct track_look l = { .use = { .kind = kind_of(tracks->list[i].kind) }, .of_group = of_group };

		l.t = tracker_get(r->rt, l.use.kind, tracks->list[i].name);
		if (!l.t || is_seen(r->looks, l.t))
			continue;
		default_weight(r->rt->conf, &tracks->list[i], l.use.kind, &l.use);
		if (g && !of_group && l.use.weight != 0 && !g->tracking_weight)
			ignore_weight(r, g, &l);
		r->looks->list[r->looks->n++] = l;
	}
}

static const struct conf_group *group_of(const struct conf *c, const char *name)
{
	for (size_t i = 0; i < c->n_groups; i++)
		if (strcmp(c->groups[i].name, name) == 0)
			return &c->groups[i];
	return NULL;
}

static bool carries_service(const struct rt_router *r)
{
	const struct rt_service *s, *tmp;

	HASH_ITER(hh, r->rt->services, s, tmp)
		if (s->has_instance && vr_key_cmp(&s->instance, &r->key) == 0)
			return true;
	return false;
}

static void add_health(struct rt_router *r)
{
	const struct conf_global *g = &r->rt->conf->global;
	struct track_look l = { .use = { .kind = TRACK_HEALTH } };

	if (g->health == CONF_HEALTH_OFF || !carries_service(r))
		return;
	l.t = tracker_get(r->rt, TRACK_HEALTH, "daemon");
	l.use.weight = g->health == CONF_HEALTH_FAULT ? 0 : -(int32_t)g->health_weight;
	if (l.t)
		r->looks->list[r->looks->n++] = l;
}

void track_unbind(struct rt_router *r)
{
	if (!r->looks)
		return;
	track_rows_drop(r);
	free(r->looks->list);
	free(r->looks);
	r->looks = NULL;
}

void track_bind(struct rt_router *r)
{
	const struct conf_group *g = r->conf ? group_of(r->rt->conf, r->group) : NULL;
	size_t most = r->conf ? r->conf->tracks.n + (g ? g->tracks.n : 0) + 1 : 0;
	struct track_looks *looks = calloc(1, sizeof(*looks));

	track_unbind(r);
	if (looks)
		looks->list = calloc(most ? most : 1, sizeof(*looks->list));
	if (!looks || !looks->list) {
		free(looks);
		return;
	}
	r->looks = looks;
	if (r->conf) {
		add_looks(r, &r->conf->tracks, g, false);
		if (g)
			add_looks(r, &g->tracks, g, true);
		add_health(r);
	}
	fold_router(r);
}

/* ---- reloads ---- */

static void set_delays(struct runtime *rt)
{
	size_t n = rt->conf->n_delays;
	struct net_delay *list = calloc(n ? n : 1, sizeof(*list));

	for (size_t i = 0; list && i < n; i++) {
		text_copy(list[i].ifname, sizeof(list[i].ifname), rt->conf->delays[i].interface);
		list[i].down = rt->conf->delays[i].down;
		list[i].up = rt->conf->delays[i].up;
	}
	if (list)
		netmon_set_delays(rt->netmon, list, n);
	free(list);
}

void track_begin(struct runtime *rt)
{
	struct tracker *t, *tmp;

	set_delays(rt);
	HASH_ITER(hh, rt->tracks->all, t, tmp)
		t->stale = true;
}

void track_end(struct runtime *rt)
{
	struct tracker *t, *tmp;

	HASH_ITER(hh, rt->tracks->all, t, tmp)
		if (t->stale)
			tracker_free(t);
}

/* ---- verdicts from elsewhere ---- */

void track_set_bfd(struct runtime *rt, const char *name, bool up, const char *text)
{
	struct tracker *t = tracker_find(rt, TRACK_BFD, name);

	if (t)
		tracker_set(t, up ? TRACK_UP : TRACK_DOWN, 0, text);
}

static bool is_checked(const struct conf *c, const char *file)
{
	for (size_t i = 0; i < c->n_expanded; i++)
		for (size_t s = 0; s < c->expanded[i].n_servers; s++) {
			const struct conf_rs *r = &c->expanded[i].servers[s];

			for (size_t k = 0; k < r->n_checkers; k++)
				if (r->checkers[k].kind == PROBE_FILE && strcmp(r->checkers[k].object, file) == 0)
					return true;
		}
	return false;
}

void track_hold_files(struct runtime *rt)
{
	const struct conf *c = rt->conf;

	for (size_t i = 0; i < c->n_files; i++)
		if (is_checked(c, c->files[i].name))
			tracker_get(rt, TRACK_FILE, c->files[i].name);
}

void track_look_file(struct runtime *rt, const char *name, struct probe_look *out)
{
	const struct tracker *t = tracker_find(rt, TRACK_FILE, name);

	out->there = find_definition(rt->conf->files, rt->conf->n_files, sizeof(*rt->conf->files), name) != NULL;
	text_copy(out->text, sizeof(out->text), t ? t->text : "the file is not read yet");
	if (!t || t->adopted || t->said.verdict == TRACK_UNKNOWN)
		return;
	out->known = true;
	out->value = t->said.value;
}

void track_service_changed(struct runtime *rt, const struct service_key *k)
{
	const struct rt_service *s = runtime_service(rt, k);
	struct tracker *t, *tmp;

	HASH_ITER(hh, rt->tracks->all, t, tmp)
		if (t->key.kind == TRACK_SERVICE && s && conf_service_is(s->conf, t->key.name))
			track_service_look(t);
}

/* ---- life ---- */

bool track_init(struct runtime *rt)
{
	rt->tracks = calloc(1, sizeof(*rt->tracks));
	if (!rt->tracks)
		return false;
	loop_item_init(&rt->tracks->fold, fold_dirty, rt);
	return true;
}

void track_free(struct runtime *rt)
{
	struct tracker *t, *tmp;

	if (!rt->tracks)
		return;
	loop_item_cancel(rt->loop, &rt->tracks->fold);
	HASH_ITER(hh, rt->tracks->all, t, tmp)
		tracker_free(t);
	track_files_close(rt);
	track_processes_close(rt);
	free(rt->tracks);
	rt->tracks = NULL;
}
