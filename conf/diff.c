/*
 * Two trees, list by list: pairs of one key are compared, what has no counterpart is new or gone. Lists that hold the same keys
 * in the same order, as after most edits, are paired by going along them; others are sorted.
 */
#include "config.h"

#include "conf/diff.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/arena.h"
#include "conf/equal.h"
#include "core/base/text.h"

#define WHAT_MAX 512
#define NAME_MAX_LEN (KEY_STRLEN + 64)

typedef int key_cmp_fn(const void *a, const void *b);

struct span {
	const void *list;
	size_t n;
};

/* How objects of one kind are told apart, named and compared. */
struct kind {
	enum conf_object object;
	size_t size;
	equal_notes_fn *same;
	size_t name_at; /* its member `name`, by which it is known where it has none of the next two */
	key_cmp_fn *cmp;
	void (*name)(const void *o, char *buf, size_t size);
	/* what is listed inside of it; NULL: nothing */
	const struct kind *child;
	struct span (*children)(const void *o);
	equal_list_fn *children_same;
	const char *order; /* what it means that they stand in another order; NULL: nothing */
};

struct differ {
	struct conf_diff *out;
	struct arena *arena;
	struct conf_change *changes;
	size_t n, cap;
};

const char *conf_object_name(enum conf_object o)
{
	static const char *const names[] = {
		"global_defs",     "other",       "vrrp_instance", "virtual_ipaddress", "vrrp_sync_group",
		"virtual_server",  "real_server", "virtual_server_group", "vrrp_script", "vrrp_track_process",
		"vrrp_track_file", "bfd_instance", "track_group",  "garp_group",
	};

	return (size_t)o < sizeof(names) / sizeof(names[0]) ? names[o] : "?";
}

const char *conf_change_name(enum conf_change_kind k)
{
	static const char *const names[] = { "added", "removed", "changed" };

	return (size_t)k < sizeof(names) / sizeof(names[0]) ? names[k] : "?";
}

static void *must(void *p)
{
	if (!p)
		abort();
	return p;
}

/* ---- what is told ---- */

static void add_change(struct differ *d, enum conf_change_kind kind, enum conf_object object, const char *in, const char *name,
                       const char *what)
{
	if (d->n == d->cap) {
		d->cap = d->cap ? d->cap * 2 : 64;
		d->changes = must(realloc(d->changes, d->cap * sizeof(*d->changes)));
	}
	d->changes[d->n++] = (struct conf_change){ kind, object, in, arena_text(d->arena, name), *what ? arena_text(d->arena, what) : "" };
	d->out->count[object][kind]++;
}

struct what {
	char text[WHAT_MAX];
	size_t len;
};

static void on_note(void *user, const char *keyword, const char *how)
{
	struct what *w = user;

	text_append(w->text, sizeof(w->text), &w->len, "%s%s%s%s", w->len ? ", " : "", keyword, *how ? " " : "", how);
}

static const char *plain_name(const struct kind *k, const void *o)
{
	const char *name = *(const char *const *)(const void *)((const char *)o + k->name_at);

	return name ? name : "";
}

static void name_of(const struct kind *k, const void *o, char buf[static NAME_MAX_LEN])
{
	if (k->name)
		k->name(o, buf, NAME_MAX_LEN);
	else
		text_copy(buf, NAME_MAX_LEN, plain_name(k, o));
}

/* ---- pairs ---- */

static int key_cmp(const struct kind *k, const void *a, const void *b)
{
	return k->cmp ? k->cmp(a, b) : strcmp(plain_name(k, a), plain_name(k, b));
}

static int by_key(const void *a, const void *b, void *kind)
{
	const void *x = *(const void *const *)a, *y = *(const void *const *)b;
	int c = key_cmp(kind, x, y);

	return c ? c : x < y ? -1 : x > y; /* of several with one key the first of both lists belong together */
}

static const void *item(const struct span *s, const struct kind *k, size_t i)
{
	return (const char *)s->list + i * k->size;
}

static const void **sorted(const struct span *s, const struct kind *k)
{
	const void **list = must(calloc(s->n ? s->n : 1, sizeof(*list)));

	for (size_t i = 0; i < s->n; i++)
		list[i] = item(s, k, i);
	qsort_r(list, s->n, sizeof(*list), by_key, (void *)k);
	return list;
}

struct pairs {
	struct conf_match *match; /* one for each of the new list */
	const void **gone;
	size_t n_gone;
};

static bool pair_along(struct pairs *p, const struct kind *k, const struct span *old, const struct span *new)
{
	if (old->n != new->n)
		return false;
	for (size_t i = 0; i < old->n; i++) {
		if (key_cmp(k, item(old, k, i), item(new, k, i)) != 0)
			return false;
		p->match[i].old = item(old, k, i);
	}
	return true;
}

static void pair_sorted(struct pairs *p, const struct kind *k, const struct span *old, const struct span *new)
{
	const void **a = sorted(old, k), **b = sorted(new, k);
	size_t i = 0, j = 0;

	while (i < old->n || j < new->n) {
		int c = i == old->n ? 1 : j == new->n ? -1 : key_cmp(k, a[i], b[j]);

		if (c == 0)
			p->match[((size_t)((const char *)b[j] - (const char *)new->list)) / k->size].old = a[i];
		else if (c < 0)
			p->gone[p->n_gone++] = a[i];
		i += c <= 0;
		j += c >= 0;
	}
	free(a);
	free(b);
}

static struct pairs pair(struct arena *arena, const struct kind *k, const struct span *old, const struct span *new)
{
	struct pairs p = { .match = arena_array(arena, new->n, sizeof(*p.match)) };

	if (pair_along(&p, k, old, new))
		return p;
	for (size_t i = 0; i < new->n; i++)
		p.match[i].old = NULL;
	p.gone = arena_array(arena, old->n, sizeof(*p.gone));
	pair_sorted(&p, k, old, new);
	return p;
}

/* ---- lists ---- */

static struct pairs walk(struct differ *d, const struct kind *k, struct span old, struct span new, const char *in);

static void walk_children(struct differ *d, const struct kind *k, const void *old, const void *new, const char *name)
{
	static const struct span none = { NULL, 0 };

	if (k->child)
		walk(d, k->child, old ? k->children(old) : none, new ? k->children(new) : none, arena_text(d->arena, name));
}

static void one_sided(struct differ *d, const struct kind *k, enum conf_change_kind kind, const void *o, const char *in)
{
	char name[NAME_MAX_LEN];

	name_of(k, o, name);
	add_change(d, kind, k->object, in, name, "");
	walk_children(d, k, kind == CONF_REMOVED ? o : NULL, kind == CONF_ADDED ? o : NULL, name);
}

/* Both have it. True: it is the same with all that it holds. */
static bool compare(struct differ *d, const struct kind *k, const void *old, const void *new, const char *in)
{
	bool same_within = !k->children_same || k->children_same(old, new);
	struct what w = { .len = 0 };
	struct equal_notes notes = { on_note, &w, false };
	char name[NAME_MAX_LEN];
	size_t before, at;

	if (same_within && k->same(old, new, NULL))
		return true;
	name_of(k, new, name);
	k->same(old, new, &notes);
	at = d->n;
	if (notes.differ)
		add_change(d, CONF_CHANGED, k->object, in, name, w.text);
	before = d->n;
	if (!same_within)
		walk_children(d, k, old, new, name);
	if (d->n == before && !same_within && k->order) {
		on_note(&w, k->order, "");
		if (notes.differ)
			d->changes[at].what = arena_text(d->arena, w.text);
		else
			add_change(d, CONF_CHANGED, k->object, in, name, w.text);
	}
	return false;
}

static struct pairs walk(struct differ *d, const struct kind *k, struct span old, struct span new, const char *in)
{
	struct pairs p = pair(d->arena, k, &old, &new);

	for (size_t i = 0; i < p.n_gone; i++)
		one_sided(d, k, CONF_REMOVED, p.gone[i], in);
	for (size_t i = 0; i < new.n; i++) {
		if (p.match[i].old)
			p.match[i].same = compare(d, k, p.match[i].old, item(&new, k, i), in);
		else
			one_sided(d, k, CONF_ADDED, item(&new, k, i), in);
	}
	return p;
}

/* ---- kinds ---- */

static int text_cmp(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "");
}

static int address_cmp(const void *a, const void *b)
{
	const struct conf_vip *x = a, *y = b;
	int c = prefix_cmp(&x->prefix, &y->prefix);

	return c ? c : text_cmp(x->dev, y->dev);
}

static void address_name(const void *o, char *buf, size_t size)
{
	const struct conf_vip *v = o;
	char text[ADDR_STRLEN];

	snprintf(buf, size, "%s%s%s", prefix_format(&v->prefix, text), v->dev ? " dev " : "", v->dev ? v->dev : "");
}

static int instance_cmp(const void *a, const void *b)
{
	return vr_key_cmp(&((const struct conf_vrrp *)a)->key, &((const struct conf_vrrp *)b)->key);
}

static void instance_name(const void *o, char *buf, size_t size)
{
	const struct conf_vrrp *v = o;
	char key[KEY_STRLEN];

	snprintf(buf, size, "%s (%s)", v->name, vr_key_format(&v->key, key));
}

static struct span instance_addresses(const void *o)
{
	const struct conf_vrrp *v = o;

	return (struct span){ v->vips, v->n_vips };
}

static int server_cmp(const void *a, const void *b)
{
	return endpoint_cmp(&((const struct conf_rs *)a)->server, &((const struct conf_rs *)b)->server);
}

static void server_name(const void *o, char *buf, size_t size)
{
	char text[ADDR_STRLEN];

	snprintf(buf, size, "%s", endpoint_format(&((const struct conf_rs *)o)->server, text));
}

static int service_cmp(const void *a, const void *b)
{
	return service_key_cmp(&((const struct conf_vs *)a)->key, &((const struct conf_vs *)b)->key);
}

static void service_name(const void *o, char *buf, size_t size)
{
	char key[KEY_STRLEN];

	snprintf(buf, size, "%s", service_key_format(&((const struct conf_vs *)o)->key, key));
}

static struct span service_servers(const void *o)
{
	const struct conf_vs *s = o;

	return (struct span){ s->servers, s->n_servers };
}

static int grouped_cmp(const void *a, const void *b)
{
	const struct conf_grouped *x = a, *y = b;
	int c = strcmp(x->group, y->group);

	return c ? c : service_key_cmp(&x->service.key, &y->service.key);
}

static void grouped_name(const void *o, char *buf, size_t size)
{
	const struct conf_grouped *g = o;

	snprintf(buf, size, "group %s %s", g->group, protocol_name(g->service.key.protocol));
}

static bool grouped_same(const void *a, const void *b, struct equal_notes *n)
{
	return equal_service_apart(&((const struct conf_grouped *)a)->service, &((const struct conf_grouped *)b)->service, n);
}

static struct span grouped_servers(const void *o)
{
	return service_servers(&((const struct conf_grouped *)o)->service);
}

static bool grouped_servers_same(const void *a, const void *b)
{
	return equal_servers(&((const struct conf_grouped *)a)->service, &((const struct conf_grouped *)b)->service);
}

static const struct kind address = {
	.object = CONF_OBJECT_ADDRESS, .size = sizeof(struct conf_vip),
	.cmp = address_cmp, .name = address_name, .same = equal_address,
};
static const struct kind server = {
	.object = CONF_OBJECT_SERVER, .size = sizeof(struct conf_rs),
	.cmp = server_cmp, .name = server_name, .same = equal_server,
};
static const struct kind instance = {
	.object = CONF_OBJECT_INSTANCE, .size = sizeof(struct conf_vrrp),
	.cmp = instance_cmp, .name = instance_name, .same = equal_instance_apart,
	.child = &address, .children = instance_addresses, .children_same = equal_addresses, .order = "order of addresses",
};
static const struct kind service = {
	.object = CONF_OBJECT_SERVICE, .size = sizeof(struct conf_vs),
	.cmp = service_cmp, .name = service_name, .same = equal_service_apart,
	.child = &server, .children = service_servers, .children_same = equal_servers,
};
static const struct kind grouped = {
	.object = CONF_OBJECT_SERVICE, .size = sizeof(struct conf_grouped),
	.cmp = grouped_cmp, .name = grouped_name, .same = grouped_same,
	.child = &server, .children = grouped_servers, .children_same = grouped_servers_same,
};

#define LIST(c, member) { (c)->member, (c)->n_##member }

/* Objects that have a name and hold no others. */
static struct kind plain(enum conf_object object, size_t size, equal_notes_fn *same, size_t name_at)
{
	return (struct kind){ .object = object, .size = size, .same = same, .name_at = name_at };
}

static void walk_plain(struct differ *d, const struct conf *a, const struct conf *b)
{
	const struct {
		struct kind kind;
		struct span old, new;
	} lists[] = {
		{ plain(CONF_OBJECT_SCRIPT, sizeof(*a->scripts), equal_script, offsetof(struct conf_vrrp_script, name)),
		  LIST(a, scripts), LIST(b, scripts) },
		{ plain(CONF_OBJECT_PROCESS, sizeof(*a->processes), equal_process, offsetof(struct conf_process, name)),
		  LIST(a, processes), LIST(b, processes) },
		{ plain(CONF_OBJECT_FILE, sizeof(*a->files), equal_file, offsetof(struct conf_file, name)), LIST(a, files), LIST(b, files) },
		{ plain(CONF_OBJECT_BFD, sizeof(*a->bfds), equal_bfd, offsetof(struct conf_bfd, name)), LIST(a, bfds), LIST(b, bfds) },
		{ plain(CONF_OBJECT_TRACK_GROUP, sizeof(*a->track_groups), equal_group, offsetof(struct conf_group, name)),
		  LIST(a, track_groups), LIST(b, track_groups) },
		{ plain(CONF_OBJECT_GARP_GROUP, sizeof(*a->garp_groups), equal_garp_group, offsetof(struct conf_garp_group, interface)),
		  LIST(a, garp_groups), LIST(b, garp_groups) },
	};

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		walk(d, &lists[i].kind, lists[i].old, lists[i].new, "");
}

static void walk_instances(struct differ *d, const struct conf *a, const struct conf *b)
{
	const struct kind groups = plain(CONF_OBJECT_GROUP, sizeof(struct conf_group), equal_group, offsetof(struct conf_group, name));
	struct pairs p = walk(d, &instance, (struct span)LIST(a, vrrp), (struct span)LIST(b, vrrp), "");

	d->out->vrrp = p.match;
	d->out->vrrp_gone = (const struct conf_vrrp *const *)p.gone;
	d->out->n_vrrp_gone = p.n_gone;
	walk(d, &groups, (struct span)LIST(a, groups), (struct span)LIST(b, groups), "");
}

static void take_expanded(struct differ *d, const struct pairs *p)
{
	d->out->expanded = p->match;
	d->out->expanded_gone = (const struct conf_vs *const *)p->gone;
	d->out->n_expanded_gone = p->n_gone;
}

/* What is applied is what the kernel is to have; what is told of are the objects of the file. */
static void match_expanded(struct differ *d, const struct conf *a, const struct conf *b)
{
	const struct span old = LIST(a, expanded), new = LIST(b, expanded);
	struct pairs p = pair(d->arena, &service, &old, &new);

	for (size_t i = 0; i < new.n; i++) {
		const struct conf_vs *was = p.match[i].old, *is = &b->expanded[i];

		p.match[i].same = was && text_cmp(was->group, is->group) == 0 && was->leads_group == is->leads_group &&
		                  equal_service_apart(was, is, NULL) && equal_servers(was, is);
	}
	take_expanded(d, &p);
}

static void walk_services(struct differ *d, const struct conf *a, const struct conf *b)
{
	const struct kind groups =
		plain(CONF_OBJECT_SERVICE_GROUP, sizeof(struct conf_vsg), equal_service_group, offsetof(struct conf_vsg, name));

	struct pairs p = walk(d, &service, (struct span)LIST(a, services), (struct span)LIST(b, services), "");

	if (a->expanded == a->services && b->expanded == b->services)
		take_expanded(d, &p);
	else
		match_expanded(d, a, b);
	walk(d, &grouped, (struct span)LIST(a, grouped), (struct span)LIST(b, grouped), "");
	walk(d, &groups, (struct span)LIST(a, vs_groups), (struct span)LIST(b, vs_groups), "");
}

static void on_other(void *user, const char *keyword, const char *how)
{
	add_change(user, CONF_CHANGED, CONF_OBJECT_OTHER, "", keyword, how);
}

static void compare_rest(struct differ *d, const struct conf *a, const struct conf *b)
{
	struct equal_notes rest = { on_other, d, false };
	struct what w = { .len = 0 };
	struct equal_notes notes = { on_note, &w, false };

	equal_global(&a->global, &b->global, &notes);
	if (notes.differ)
		add_change(d, CONF_CHANGED, CONF_OBJECT_GLOBAL, "", "", w.text);
	equal_rest(a, b, &rest);
}

struct conf_diff *conf_diff_make(const struct conf *old, const struct conf *new)
{
	struct arena *arena = arena_new();
	struct conf_diff *out = arena_alloc(arena, sizeof(*out));
	struct differ d = { .out = out, .arena = arena };

	out->arena = arena;
	compare_rest(&d, old, new);
	walk_instances(&d, old, new);
	walk_services(&d, old, new);
	walk_plain(&d, old, new);
	out->changes = d.changes;
	out->n = d.n;
	return out;
}

void conf_diff_free(struct conf_diff *d)
{
	if (!d)
		return;
	free((void *)d->changes);
	arena_free(d->arena);
}

const char *conf_diff_summary(const struct conf_diff *d, char *buf, size_t size)
{
	size_t len = 0;

	for (int o = 0; o < CONF_OBJECTS; o++) {
		const unsigned *c = d->count[o];

		if (c[CONF_ADDED] + c[CONF_REMOVED] + c[CONF_CHANGED] == 0)
			continue;
		text_append(buf, size, &len, "%s%s", len ? ", " : "", conf_object_name((enum conf_object)o));
		if (o > CONF_OBJECT_OTHER)
			text_append(buf, size, &len, " +%u -%u ~%u", c[CONF_ADDED], c[CONF_REMOVED], c[CONF_CHANGED]);
	}
	if (len == 0)
		text_append(buf, size, &len, "nothing");
	return buf;
}
