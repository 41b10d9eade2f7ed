/*
 * Cross-checks, each a small function over the tree. Doubles are found by sorting: ten thousand services cost little.
 */
#include "config.h"

#include "conf/check.h"

#include <net/if.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"

typedef int compare_fn(const void *a, const void *b);

/* Pointers to `n` objects of `size` bytes, sorted, equal ones by their address: file order. Freed by the caller. */
static const void **sorted(const void *objects, size_t n, size_t size, compare_fn *cmp)
{
	const void **list = calloc(n ? n : 1, sizeof(*list));

	if (!list)
		abort();
	for (size_t i = 0; i < n; i++)
		list[i] = (const char *)objects + i * size;
	qsort(list, n, sizeof(*list), cmp);
	return list;
}

static int by_address(const void *a, const void *b)
{
	return a < b ? -1 : a > b;
}

/* Calls fn for each object that equals one before it, with the first of those. `cmp` gets pointers to pointers and ends by by_address(). */
static void each_double(struct build *b, const void *objects, size_t n, size_t size, compare_fn *cmp,
                        bool (*same)(const void *a, const void *b),
                        void (*fn)(struct build *b, const void *first, const void *again))
{
	const void **list = sorted(objects, n, size, cmp);

	for (size_t i = 1, first = 0; i < n; i++) {
		if (same(list[first], list[i]))
			fn(b, list[first], list[i]);
		else
			first = i;
	}
	free(list);
}

static void said_before(struct build *b, const struct conf_place *again, const struct conf_place *first,
                        const char *what)
{
	build_error(b, again, NULL, "%s", what);
	source_note(b->diag, b->sources, first, "the first is here");
}

static bool vrrp_same_key(const void *a, const void *b)
{
	const struct conf_vrrp *x = a, *y = b;

	return x->interface && y->interface && x->vrid && vr_key_cmp(&x->key, &y->key) == 0;
}

static int vrrp_by_key(const void *pa, const void *pb)
{
	const struct conf_vrrp *a = *(const struct conf_vrrp *const *)pa, *b = *(const struct conf_vrrp *const *)pb;
	int c = vr_key_cmp(&a->key, &b->key);

	return c ? c : by_address(a, b);
}

static bool has_peer(const struct conf_vrrp *v, const struct addr *a)
{
	for (size_t i = 0; i < v->n_peers; i++)
		if (addr_cmp(&v->peers[i], a) == 0)
			return true;
	return false;
}

/* Unicast instances whose peers are all others do not hear each other. */
static bool vrrp_apart(const struct conf_vrrp *v, const struct conf_vrrp *w)
{
	for (size_t i = 0; i < v->n_peers; i++)
		if (has_peer(w, &v->peers[i]))
			return false;
	return v->n_peers && w->n_peers;
}

static void vrrp_double_key(struct build *b, const void *first, const void *again)
{
	const struct conf_vrrp *v = again, *w = first;
	char text[160];

	if (vrrp_apart(v, w)) { /* what tells them apart is whom they talk to */
		struct addr *where = &b->vrrp[v - b->conf->vrrp].key.where;

		*where = v->peers[0];
		for (size_t i = 1; i < v->n_peers; i++)
			if (addr_cmp(&v->peers[i], where) < 0)
				*where = v->peers[i];
		return;
	}
	if (check_ids_unread(b)) {
		check_leave_out(b, v, w);
		return;
	}
	snprintf(text, sizeof(text), "virtual_router_id %u is already taken on interface '%s'", v->vrid, v->interface);
	said_before(b, &v->place, &w->place, text);
}

static bool vrrp_same_name(const void *a, const void *b)
{
	const struct conf_vrrp *x = a, *y = b;

	return *x->name && strcmp(x->name, y->name) == 0;
}

static int vrrp_by_name(const void *pa, const void *pb)
{
	const struct conf_vrrp *a = *(const struct conf_vrrp *const *)pa, *b = *(const struct conf_vrrp *const *)pb;
	int c = strcmp(a->name, b->name);

	return c ? c : by_address(a, b);
}

static void vrrp_double_name(struct build *b, const void *first, const void *again)
{
	const struct conf_vrrp *v = again, *w = first;

	said_before(b, &v->place, &w->place, "two instances have this name");
}

static bool service_same(const void *a, const void *b)
{
	const struct conf_vs *x = a, *y = b;

	return service_key_cmp(&x->key, &y->key) == 0;
}

static int service_by_key(const void *pa, const void *pb)
{
	const struct conf_vs *a = *(const struct conf_vs *const *)pa, *b = *(const struct conf_vs *const *)pb;
	int c = service_key_cmp(&a->key, &b->key);

	return c ? c : by_address(a, b);
}

static bool has_server(const struct conf_vs *s, const struct endpoint *e)
{
	for (size_t i = 0; i < s->n_servers; i++)
		if (endpoint_cmp(&s->servers[i].server, e) == 0)
			return true;
	return false;
}

/* The kernel has one service of a key: in keepalived, too, the second's real servers end up behind the first. */
static void service_double(struct build *b, const void *first, const void *again)
{
	struct conf_vs *s = &b->services[(const struct conf_vs *)again - b->services];
	struct conf_vs *t = &b->services[(const struct conf_vs *)first - b->services];
	struct conf_rs *all = arena_array(b->arena, t->n_servers + s->n_servers, sizeof(*all));

	build_warn(b, &s->place, NULL,
	           "this virtual server is given twice: its real servers join the first, whose other settings count");
	source_note(b->diag, b->sources, &t->place, "the first is here");
	if (t->n_servers)
		memcpy(all, t->servers, t->n_servers * sizeof(*all));
	t->servers = all;
	for (size_t i = 0; i < s->n_servers; i++)
		if (!has_server(t, &s->servers[i].server))
			all[t->n_servers++] = s->servers[i];
	s->key.family = 0; /* no service: drop_doubles() */
}

static void drop_doubles(struct build *b)
{
	size_t n = 0;

	for (size_t i = 0; i < b->conf->n_services; i++)
		if (b->services[i].key.family)
			b->services[n++] = b->services[i];
	b->conf->n_services = n;
}

static bool server_same(const void *a, const void *b)
{
	const struct conf_rs *x = a, *y = b;

	return endpoint_cmp(&x->server, &y->server) == 0;
}

static int server_by_key(const void *pa, const void *pb)
{
	const struct conf_rs *a = *(const struct conf_rs *const *)pa, *b = *(const struct conf_rs *const *)pb;
	int c = endpoint_cmp(&a->server, &b->server);

	return c ? c : by_address(a, b);
}

static void server_double(struct build *b, const void *first, const void *again)
{
	const struct conf_rs *r = again, *q = first;

	said_before(b, &r->place, &q->place, "this real server is given twice in its service");
}

/* Instances by name, for those who refer to them. */
struct names {
	const void **list;
	size_t n;
};

static int name_of(const void *key, const void *p)
{
	return strcmp(key, (*(const struct conf_vrrp *const *)p)->name);
}

static bool instance_exists(const struct names *names, const char *name)
{
	return names->n && bsearch(name, names->list, names->n, sizeof(*names->list), name_of) != NULL;
}

/* Where a word stands among the values of these statements and of those below them. */
static const struct conf_place *word_below(const struct conf_stmt *list, const char *word)
{
	const struct conf_place *found = NULL;

	for (; list && !found; list = list->next) {
		for (size_t i = 0; i < list->n_words && !found; i++)
			if (strcmp(list->words[i].text, word) == 0)
				found = &list->words[i].at;
		if (!found)
			found = word_below(list->child, word);
	}
	return found;
}

const struct conf_place *check_word_place(const struct build *b, const struct conf_place *block, const char *word)
{
	const struct conf_stmt *st = b->list;
	const struct conf_place *found = NULL;

	while (st && (st->words[0].at.file != block->file || st->words[0].at.line != block->line ||
	              st->words[0].at.column != block->column))
		st = st->next;
	if (st && word)
		found = word_below(st->child, word);
	return found ? found : block;
}

static const char *nearest_instance(const struct build *b, const char *name)
{
	const char *near = NULL;
	unsigned best = strlen(name) < 5 ? 2 : 3;

	for (size_t i = 0; i < b->conf->n_vrrp; i++) {
		unsigned d = text_distance(name, b->conf->vrrp[i].name);

		if (d < best) {
			best = d;
			near = b->conf->vrrp[i].name;
		}
	}
	return near;
}

/* `block` is NULL where only the file is known. */
static void missing_instance(struct build *b, enum diag_severity s, const struct conf_place *block, const char *who,
                             const char *name)
{
	const struct conf_place whole = { .file = b->sources_first };
	const struct conf_place *at;
	const char *near;
	char hint[120];

	if (diag_is_full(b->diag, s))
		return;
	at = block ? check_word_place(b, block, name) : word_below(b->list, name);
	near = nearest_instance(b, name);
	snprintf(hint, sizeof(hint), "did you mean '%s'?", near ? near : "");
	if (s == DIAG_ERROR)
		build_error(b, at ? at : &whole, near ? hint : NULL, "%s names '%.80s', which is no vrrp_instance of this file",
		            who, name);
	else
		build_warn(b, at ? at : &whole, near ? hint : NULL, "%s names '%.80s', which is no vrrp_instance of this file", who,
		           name);
}

static void check_groups(struct build *b, const struct names *names)
{
	for (size_t i = 0; i < b->conf->n_groups; i++) {
		const struct conf_group *g = &b->conf->groups[i];

		if (g->n_members == 0)
			build_error(b, &g->place, "group { ... }", "sync group '%s' has no members", g->name);
		else if (g->n_members == 1)
			build_warn(b, &g->place, NULL, "sync group '%s' has only one member", g->name);
		for (size_t m = 0; m < g->n_members; m++)
			if (!instance_exists(names, g->members[m]))
				missing_instance(b, DIAG_ERROR, &g->place, "this group", g->members[m]);
	}
}

/* Who is in two groups: sorted, so that it shows beside itself. */
struct membership {
	const char *name;
	const struct conf_group *group;
};

static int membership_cmp(const void *pa, const void *pb)
{
	const struct membership *a = pa, *b = pb;
	int c = strcmp(a->name, b->name);

	return c ? c : by_address(a->group, b->group);
}

static void check_memberships(struct build *b)
{
	size_t n = 0, at = 0;
	struct membership *all;

	for (size_t i = 0; i < b->conf->n_groups; i++)
		n += b->conf->groups[i].n_members;
	all = calloc(n ? n : 1, sizeof(*all));
	if (!all)
		abort();
	for (size_t i = 0; i < b->conf->n_groups; i++)
		for (size_t m = 0; m < b->conf->groups[i].n_members; m++)
			all[at++] = (struct membership){ b->conf->groups[i].members[m], &b->conf->groups[i] };
	qsort(all, n, sizeof(*all), membership_cmp);
	for (size_t i = 1; i < n; i++)
		if (strcmp(all[i - 1].name, all[i].name) == 0)
			build_error(b, &all[i].group->place, "an instance is in one group, once",
			            "instance '%.63s' is a member twice: also of group '%s'",
			            all[i].name, all[i - 1].group->name);
	free(all);
}

/* The name of an interface to be made, where the words behind use_vmac or use_ipvlan begin with one; MACs and addresses have colons. */
static void check_made_name(struct build *b, const struct conf_vrrp *v, const struct conf_words *w)
{
	const char *name = w->n ? w->word[0] : "";

	if (strcmp(name, "name") == 0 && w->n > 1)
		name = w->word[1];
	if (strlen(name) >= IFNAMSIZ && !strpbrk(name, ":/") && strcmp(name, "netlink_notify_msg") != 0)
		build_warn(b, &v->place, "the name of an interface has at most 15 characters",
		           "instance '%s': '%.40s' behind use_vmac or use_ipvlan is ignored", v->name, name);
}

static void check_made_names(struct build *b)
{
	for (size_t i = 0; i < b->conf->n_vrrp; i++) {
		check_made_name(b, &b->conf->vrrp[i], &b->conf->vrrp[i].vmac);
		check_made_name(b, &b->conf->vrrp[i], &b->conf->vrrp[i].ipvlan);
	}
}

static void check_key(struct build *b, const struct conf_vs *s)
{
	if (!s->key.fwmark && s->key.port == 0 && s->persistence == 0)
		build_error(b, &s->place, "give a port, or persistence_timeout", "a service for all ports must be persistent");
}

static void check_ops(struct build *b, const struct conf_vs *s)
{
	if (s->ops && s->key.protocol == IPPROTO_TCP)
		build_error(b, &s->place, "protocol UDP", "'ops' is for services without connections");
}

/* The kernel refuses either while the other is there. */
static void check_family(struct build *b, const struct conf_vs *s, const struct conf_place *at, const struct endpoint *e)
{
	if (b->conf->global.sync.on && e->addr.family != s->key.family)
		build_warn(b, at, NULL, "a server of another family than its service: the kernel has none beside lvs_sync_daemon");
}

static void check_servers(struct build *b, const struct conf_vs *s)
{
	if (s->has_sorry)
		check_family(b, s, &s->place, &s->sorry);
	for (size_t i = 0; i < s->n_servers; i++)
		check_family(b, s, &s->servers[i].place, &s->servers[i].server);
	each_double(b, s->servers, s->n_servers, sizeof(*s->servers), server_by_key, server_same, server_double);
}

/* What holds for one of a group too. */
static void check_service(struct build *b, const struct names *names, const struct conf_vs *s)
{
	check_ops(b, s);
	if (s->n_servers == 0)
		build_warn(b, &s->place, NULL, "this virtual server has no real server");
	check_servers(b, s);
	if (s->ha_instance && !instance_exists(names, s->ha_instance))
		missing_instance(b, DIAG_ERROR, &s->place, "ha_instance", s->ha_instance);
}

static void check_services(struct build *b, const struct names *names)
{
	for (size_t i = 0; i < b->conf->n_services; i++) {
		check_key(b, &b->conf->services[i]);
		check_service(b, names, &b->conf->services[i]);
	}
	for (size_t i = 0; i < b->conf->n_grouped; i++)
		check_service(b, names, &b->conf->grouped[i].service);
	each_double(b, b->conf->services, b->conf->n_services, sizeof(*b->conf->services), service_by_key, service_same,
	            service_double);
	drop_doubles(b);
}

void check_all(struct build *b)
{
	const struct conf *c = b->conf;
	struct names names;

	each_double(b, c->vrrp, c->n_vrrp, sizeof(*c->vrrp), vrrp_by_key, vrrp_same_key, vrrp_double_key);
	check_drop_left_out(b);
	names = (struct names){ sorted(c->vrrp, c->n_vrrp, sizeof(*c->vrrp), vrrp_by_name), c->n_vrrp };
	each_double(b, c->vrrp, c->n_vrrp, sizeof(*c->vrrp), vrrp_by_name, vrrp_same_name, vrrp_double_name);
	check_groups(b, &names);
	check_memberships(b);
	check_made_names(b);
	check_services(b, &names);
	check_all_names(b);
	if (c->global.sync.instance && !instance_exists(&names, c->global.sync.instance))
		missing_instance(b, DIAG_WARNING, NULL, "lvs_sync_daemon", c->global.sync.instance);
	free(names.list);
}
