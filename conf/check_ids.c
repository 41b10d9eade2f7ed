/*
 * What a file that is written for several hosts means on one that it does not know.
 *
 * Its @ID lines tell the hosts apart. Read without -i on a host whose name is none of the IDs, instances that no host would have
 * side by side may all be there, with one virtual_router_id on one interface. That is no mistake of the file: the later instance
 * is left out, and whoever names it goes without it; each is a warning that says how to read the file as it was meant.
 */
#include "config.h"

#include "conf/check.h"

#include <string.h>

#define HINT "name the host: -i ID"

bool check_ids_unread(const struct build *b)
{
	return b->ids && *b->ids;
}

bool check_left_out(const struct build *b, const char *name)
{
	for (size_t i = 0; i < b->n_left_out; i++)
		if (strcmp(b->left_out[i], name) == 0)
			return true;
	return false;
}

void check_leave_out(struct build *b, const struct conf_vrrp *again, const struct conf_vrrp *first)
{
	struct conf_word keyword = { .at = again->place, .text = "vrrp_instance" };

	build_warn(b, &again->place, HINT,
	           "virtual_router_id %u is already taken on interface '%s': instance '%.63s' is left out; no -i was given, and the "
	           "file has lines for the ids %s",
	           again->vrid, again->interface, again->name, b->ids);
	source_note(b->diag, b->sources, &first->place, "the first is here");
	build_tell(b, CONF_TOLD_DIFFERS, &keyword,
	           "left out, as its virtual_router_id is taken and no -i says which of the file's @id lines count");
	if (!b->left_out)
		b->left_out = arena_array(b->arena, b->conf->n_vrrp, sizeof(*b->left_out));
	b->left_out[b->n_left_out++] = again->name;
	b->vrrp[again - b->conf->vrrp].vrid = 0; /* no instance: drop_instances() */
}

static void drop_instances(struct build *b)
{
	size_t n = 0;

	for (size_t i = 0; i < b->conf->n_vrrp; i++)
		if (b->vrrp[i].vrid || !check_left_out(b, b->vrrp[i].name))
			b->vrrp[n++] = b->vrrp[i];
	b->conf->n_vrrp = n;
}

static void say_without(struct build *b, const struct conf_place *block, const char *who, const char *name)
{
	build_warn(b, check_word_place(b, block, name), HINT, "%s goes without instance '%.63s', which is left out", who, name);
}

static void thin_group(struct build *b, struct conf_group *g)
{
	const char **members = arena_array(b->arena, g->n_members, sizeof(*members));
	size_t n = 0;

	for (size_t i = 0; i < g->n_members; i++) {
		if (check_left_out(b, g->members[i]))
			say_without(b, &g->place, "this group", g->members[i]);
		else
			members[n++] = g->members[i];
	}
	g->members = members;
	g->n_members = n;
}

/* A group that has lost all of its members is none; one that never had any is for others to complain about. */
static size_t thin_groups(struct build *b, struct conf_group *groups, size_t n_groups)
{
	size_t n = 0;

	for (size_t i = 0; i < n_groups; i++) {
		bool any = groups[i].n_members > 0;

		if (any)
			thin_group(b, &groups[i]);
		if (!any || groups[i].n_members)
			groups[n++] = groups[i];
	}
	return n;
}

static void thin_service(struct build *b, struct conf_vs *s)
{
	if (!s->ha_instance || !check_left_out(b, s->ha_instance))
		return;
	say_without(b, &s->place, "ha_instance", s->ha_instance);
	s->ha_instance = NULL;
}

void check_drop_left_out(struct build *b)
{
	if (!b->n_left_out)
		return;
	drop_instances(b);
	b->conf->n_groups = thin_groups(b, b->groups, b->conf->n_groups);
	b->conf->n_track_groups = thin_groups(b, b->track_groups, b->conf->n_track_groups);
	for (size_t i = 0; i < b->conf->n_services; i++)
		thin_service(b, &b->services[i]);
	for (size_t i = 0; i < b->conf->n_grouped; i++)
		thin_service(b, &b->grouped[i].service);
}
