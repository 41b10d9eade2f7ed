/*
 * Names that lead from one block to another: of scripts, files, processes, BFD sessions and groups; and names of things
 * of the host, where its facts are known.
 */
#include "config.h"

#include "conf/check.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"

/* Names of one kind of block, sorted; equal ones in file order. */
struct names {
	struct name {
		const char *text;
		const struct conf_place *place;
		size_t serial;
	} *list;
	size_t n;
	const char *kind;
};

static int name_cmp(const void *pa, const void *pb)
{
	const struct name *a = pa, *b = pb;
	int c = strcmp(a->text, b->text);

	return c ? c : a->serial < b->serial ? -1 : a->serial > b->serial;
}

/* The objects begin with their struct conf_place, and the name lies at `off`. */
static struct names names_of(const char *kind, const void *objects, size_t n, size_t size, size_t off)
{
	struct names out = { .list = calloc(n ? n : 1, sizeof(*out.list)), .n = n, .kind = kind };

	if (!out.list)
		abort();
	for (size_t i = 0; i < n; i++) {
		const char *object = (const char *)objects + i * size;

		out.list[i] = (struct name){ *(const char *const *)(object + off), (const struct conf_place *)object, i };
	}
	qsort(out.list, n, sizeof(*out.list), name_cmp);
	return out;
}

static const struct name *find(const struct names *names, const char *text)
{
	size_t low = 0, high = names->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (strcmp(names->list[mid].text, text) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low < names->n && strcmp(names->list[low].text, text) == 0 ? &names->list[low] : NULL;
}

static const char *nearest(const struct names *names, const char *text)
{
	unsigned best = strlen(text) < 5 ? 2 : 3;
	const char *found = NULL;

	for (size_t i = 0; i < names->n; i++) {
		unsigned d = text_distance(text, names->list[i].text);

		if (d < best) {
			best = d;
			found = names->list[i].text;
		}
	}
	return found;
}

static void check_doubles(struct build *b, const struct names *names)
{
	for (size_t i = 1, first = 0; i < names->n; i++) {
		if (strcmp(names->list[first].text, names->list[i].text) != 0) {
			first = i;
			continue;
		}
		build_warn(b, names->list[i].place, NULL, "%s '%s' is given again: the first one counts", names->kind,
		           names->list[i].text);
		source_note(b->diag, b->sources, names->list[first].place, "the first is here");
	}
}

/* A name of something that this file does not have: an error where what is meant would silently not happen. */
static void check_name(struct build *b, enum diag_severity s, const struct conf_place *at, const struct names *names,
                       const char *text, const char *who)
{
	char hint[120];
	const char *near;

	if (find(names, text) || diag_is_full(b->diag, s))
		return;
	near = nearest(names, text);
	if (!near && strlen(text) > 4 && text_distance(text, "weight") <= 2)
		near = "weight"; /* an option behind a name */
	snprintf(hint, sizeof(hint), "did you mean '%.63s'?", near ? near : "");
	if (s == DIAG_ERROR)
		build_error(b, at, near ? hint : NULL, "%s names '%.80s', which is no %s of this file", who, text, names->kind);
	else
		build_warn(b, at, near ? hint : NULL, "%s names '%.80s', which is no %s of this file", who, text, names->kind);
}

/* All kinds of names that others refer to. */
struct all_names {
	struct names scripts, processes, files, bfds, vs_groups, track_groups, vrrp, groups;
};

static void all_names_make(const struct conf *c, struct all_names *n)
{
	n->scripts = names_of("vrrp_script", c->scripts, c->n_scripts, sizeof(*c->scripts),
	                      offsetof(struct conf_vrrp_script, name));
	n->processes = names_of("vrrp_track_process", c->processes, c->n_processes, sizeof(*c->processes),
	                        offsetof(struct conf_process, name));
	n->files = names_of("track_file", c->files, c->n_files, sizeof(*c->files), offsetof(struct conf_file, name));
	n->bfds = names_of("bfd_instance", c->bfds, c->n_bfds, sizeof(*c->bfds), offsetof(struct conf_bfd, name));
	n->vs_groups = names_of("virtual_server_group", c->vs_groups, c->n_vs_groups, sizeof(*c->vs_groups),
	                        offsetof(struct conf_vsg, name));
	n->track_groups = names_of("track_group", c->track_groups, c->n_track_groups, sizeof(*c->track_groups),
	                           offsetof(struct conf_group, name));
	n->vrrp = names_of("vrrp_instance", c->vrrp, c->n_vrrp, sizeof(*c->vrrp), offsetof(struct conf_vrrp, name));
	n->groups = names_of("vrrp_sync_group", c->groups, c->n_groups, sizeof(*c->groups), offsetof(struct conf_group, name));
}

static void all_names_free(struct all_names *n)
{
	struct names *all[] = { &n->scripts, &n->processes,    &n->files, &n->bfds,
		                    &n->vs_groups, &n->track_groups, &n->vrrp,  &n->groups };

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		free(all[i]->list);
}

static void check_tracked_service(struct build *b, const struct conf_track *t)
{
	for (size_t i = 0; i < b->conf->n_services; i++)
		if (conf_service_is(&b->conf->services[i], t->name))
			return;
	for (size_t i = 0; i < b->conf->n_grouped; i++)
		if (conf_service_is(&b->conf->grouped[i].service, t->name) || strcmp(b->conf->grouped[i].group, t->name) == 0)
			return;
	build_error(b, &t->place, "write its snmp_name, its ADDR PORT as virtual_server has them, or fwmark N",
	            "track_service names '%.80s', which is no virtual_server of this file", t->name);
}

static void check_tracks(struct build *b, const struct all_names *n, const struct conf_tracks *tracks)
{
	for (size_t i = 0; i < tracks->n; i++) {
		const struct conf_track *t = &tracks->list[i];
		const struct names *of[] = { NULL, &n->scripts, &n->processes, &n->files, &n->bfds, NULL };

		if (t->kind == CONF_TRACK_SERVICE)
			check_tracked_service(b, t);
		else if (of[t->kind])
			check_name(b, DIAG_ERROR, &t->place, of[t->kind], t->name, conf_track_kind_name(t->kind));
	}
}

static void check_checkers(struct build *b, const struct all_names *n, const struct conf_vs *s)
{
	for (size_t r = 0; r < s->n_servers; r++) {
		for (size_t i = 0; i < s->servers[r].n_checkers; i++) {
			const struct conf_checker *c = &s->servers[r].checkers[i];

			if (c->object && (c->kind == PROBE_FILE || c->kind == PROBE_BFD))
				check_name(b, DIAG_ERROR, &c->place, c->kind == PROBE_FILE ? &n->files : &n->bfds, c->object, "this check");
		}
	}
}

static void check_static(struct build *b, const struct all_names *n)
{
	const struct conf *c = b->conf;

	for (size_t i = 0; i < c->n_track_groups; i++)
		for (size_t m = 0; m < c->track_groups[i].n_members; m++)
			check_name(b, DIAG_ERROR, &c->track_groups[i].place, &n->vrrp, c->track_groups[i].members[m], "this group");
	for (size_t i = 0; i < c->n_addresses; i++)
		if (c->addresses[i].track_group)
			check_name(b, DIAG_ERROR, &c->addresses[i].place, &n->track_groups, c->addresses[i].track_group, "this address");
	for (size_t i = 0; i < c->routes.n; i++)
		if (c->routes.list[i].track_group)
			check_name(b, DIAG_ERROR, &c->routes.list[i].place, &n->track_groups, c->routes.list[i].track_group, "this route");
	for (size_t i = 0; i < c->rules.n; i++)
		if (c->rules.list[i].track_group)
			check_name(b, DIAG_ERROR, &c->rules.list[i].place, &n->track_groups, c->rules.list[i].track_group, "this rule");
}

/* ---- the host ---- */

static bool host_has(const struct host_facts *f, const char *name)
{
	for (size_t i = 0; i < f->n_interfaces; i++)
		if (strcmp(f->interfaces[i], name) == 0)
			return true;
	return false;
}

/* An interface may come later, so this is no error. */
static void check_interface(struct build *b, const struct conf_place *at, const char *name)
{
	const struct host_facts *f = b->facts;
	const char *near = NULL;
	unsigned best = 3;
	char hint[64];

	if (!name || host_has(f, name))
		return;
	for (size_t i = 0; i < f->n_interfaces; i++) {
		unsigned d = text_distance(name, f->interfaces[i]);

		if (d < best && strcmp(f->interfaces[i], "lo") != 0) {
			best = d;
			near = f->interfaces[i];
		}
	}
	snprintf(hint, sizeof(hint), "did you mean '%s'?", near ? near : "");
	build_warn(b, at, near ? hint : NULL, "this host has no interface '%s' now", name);
}

static void check_host(struct build *b)
{
	const struct conf *c = b->conf;
	const struct conf_place whole = { .file = b->sources_first };

	if (!b->facts)
		return;
	for (size_t i = 0; i < c->n_vrrp && !c->global.net_namespace; i++) {
		const struct conf_vrrp *v = &c->vrrp[i];

		check_interface(b, check_word_place(b, &v->place, v->interface), v->interface);
		for (size_t a = 0; a < v->n_vips; a++)
			check_interface(b, &v->vips[a].place, v->vips[a].dev);
		for (size_t t = 0; t < v->tracks.n; t++)
			if (v->tracks.list[t].kind == CONF_TRACK_INTERFACE)
				check_interface(b, &v->tracks.list[t].place, v->tracks.list[t].name);
	}
	if (c->global.script_user && b->facts->user_exists && !b->facts->user_exists(c->global.script_user))
		build_warn(b, &whole, NULL, "this host has no user '%.63s', who is script_user", c->global.script_user);
}

void check_all_names(struct build *b)
{
	const struct conf *c = b->conf;
	struct all_names n;

	all_names_make(c, &n);
	check_doubles(b, &n.scripts);
	check_doubles(b, &n.processes);
	check_doubles(b, &n.files);
	check_doubles(b, &n.bfds);
	check_doubles(b, &n.vs_groups);
	check_doubles(b, &n.track_groups);
	check_doubles(b, &n.groups);
	for (size_t i = 0; i < c->n_vrrp; i++)
		check_tracks(b, &n, &c->vrrp[i].tracks);
	for (size_t i = 0; i < c->n_groups; i++)
		check_tracks(b, &n, &c->groups[i].tracks);
	for (size_t i = 0; i < c->n_services; i++)
		check_checkers(b, &n, &c->services[i]);
	for (size_t i = 0; i < c->n_grouped; i++) {
		check_checkers(b, &n, &c->grouped[i].service);
		check_name(b, DIAG_WARNING, &c->grouped[i].service.place, &n.vs_groups, c->grouped[i].group, "this service");
	}
	check_static(b, &n);
	check_host(b);
	all_names_free(&n);
}
