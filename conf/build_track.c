/*
 * Groups, trackers and the other small named blocks.
 */
#include "config.h"

#include "conf/build.h"

#include <stdio.h>
#include <string.h>

#include "conf/value.h"

const char *conf_track_kind_name(enum conf_track_kind k)
{
	static const char *const names[] = { "track_interface", "track_script", "track_process", "track_file", "track_bfd",
	                                   "track_service" };

	return (size_t)k < sizeof(names) / sizeof(names[0]) ? names[k] : "?";
}

/* The target begins with a struct conf_group, as that of track_group does. */
void build_set_members(struct build *b, const struct kw_row *row, const struct conf_stmt *st, void *target)
{
	struct build_group *bg = target;

	if (!st->has_block)
		build_error(b, &st->words[0].at, NULL, "'%s' needs a block: its '{' is missing", row->name);
	for (const struct conf_stmt *line = st->child; line; line = line->next)
		for (size_t i = 0; i < line->n_words; i++)
			bg->members[bg->g.n_members++] = arena_text(b->arena, line->words[i].text);
}

static struct conf_group take_group(struct build *b, const struct conf_stmt *st, const struct kw_place *place)
{
	struct build_group bg = { .g = { .place = st->words[0].at } };

	bg.members = arena_array(b->arena, stmt_count_values(st->child, "group"), sizeof(*bg.members));
	bg.g.members = bg.members;
	bg.g.name = build_name(b, st);
	schema_defaults(place, &bg);
	schema_apply(b, place, st->child, &bg);
	return bg.g;
}

void build_set_group(struct build *b, const struct kw_row *row, const struct conf_stmt *st, void *target)
{
	(void)row, (void)target;
	b->groups[b->conf->n_groups++] = take_group(b, st, place_group());
}

void build_set_track_group(struct build *b, const struct kw_row *row, const struct conf_stmt *st, void *target)
{
	(void)row, (void)target;
	b->track_groups[b->conf->n_track_groups++] = take_group(b, st, place_track_group());
}

static const struct kw_row track_rows[] = {
	KW_HEFT("weight", struct conf_track, weight, reverse, -0x7fffffff, 0x7fffffff, 0, "what it adds to the priority"),
};

const struct kw_place *place_track(void)
{
	static const struct kw_place place = {
		.name = "track_*", .args = "NAME", .size = sizeof(struct conf_track), .is_line = true,
		.parts = { KW_PART(track_rows, 0) },
	};

	return &place;
}

/* The words that name a service by what it is, "192.0.2.1 80" or "fwmark 5", are one name. */
static const char *take_track_name(struct build *b, const struct conf_stmt *line, enum conf_track_kind kind, size_t *i)
{
	const char *first = line->words[*i].text, *second = build_word(line, *i + 1).text;
	struct addr addr;
	char both[96];

	if (kind != CONF_TRACK_SERVICE || !second || (strcmp(first, "fwmark") != 0 && !addr_parse(first, &addr)))
		return arena_text(b->arena, first);
	(*i)++;
	snprintf(both, sizeof(both), "%s %s", first, second);
	return arena_text(b->arena, both);
}

/* NAME [weight N [reverse|noreverse]]; several may follow each other on a line. */
static size_t take_tracks(struct build *b, const struct conf_stmt *line, enum conf_track_kind kind, struct conf_track *out)
{
	int64_t most = kind == CONF_TRACK_FILE || kind == CONF_TRACK_PROCESS ? 254 : 253;
	struct kw_row weight = track_rows[0];
	size_t n = 0;

	weight.min = -most;
	weight.max = most;
	for (size_t i = 0; i < line->n_words; i++) {
		const struct conf_word *w = &line->words[i];
		struct conf_stmt option = { .words = w, .n_words = line->n_words - i < 2 ? line->n_words - i : 2 };
		struct conf_word after = build_word(line, i + 2);

		if (strcmp(w->text, "weight") != 0 || n == 0) {
			out[n] = (struct conf_track){ .place = w->at, .kind = kind };
			out[n++].name = take_track_name(b, line, kind, &i);
			continue;
		}
		if (after.text && (strcmp(after.text, "reverse") == 0 || strcmp(after.text, "noreverse") == 0))
			option.n_words = 3;
		schema_set(b, &weight, &option, (char *)&out[n - 1]);
		out[n - 1].weight_set = true;
		i += option.n_words - 1;
	}
	return n;
}

void build_set_tracks(struct build *b, const struct kw_row *row, const struct conf_stmt *st, void *target)
{
	struct conf_tracks *tracks = target;
	struct conf_track *list = build_extend(b, tracks->list, tracks->n, stmt_count_words(st->child), sizeof(*list));

	if (!st->has_block)
		build_error(b, &st->words[0].at, NULL, "'%s' needs a block: its '{' is missing", row->name);
	for (const struct conf_stmt *line = st->child; line; line = line->next)
		tracks->n += take_tracks(b, line, (enum conf_track_kind)row->set_to, &list[tracks->n]);
	tracks->list = list;
}

void build_set_deleted(struct build *b, const struct kw_row *row, const struct conf_stmt *st, void *target)
{
	struct conf_notify *n = target;

	(void)row;
	n->deleted_set = true;
	if (st->n_words > 1)
		build_script(b, st, false, &n->deleted);
}

/* The member is a struct conf_script, whose command may be said before or after. */
void build_set_user(struct build *b, const struct kw_row *row, const struct conf_stmt *st, void *target)
{
	struct conf_script *script = (struct conf_script *)((char *)target + row->off);
	struct conf_word user = build_word(st, 1);

	if (!user.text || !*user.text) {
		build_error(b, &user.at, row->help, "'%s' needs a user", row->name);
		return;
	}
	script->user = arena_text(b->arena, user.text);
	script->group = arena_text(b->arena, build_word(st, 2).text);
	build_no_more(b, st, 3);
}

/* INTERFACE DOWN [UP]; the delay up is that down where it is not said. */
void build_set_delays(struct build *b, const struct kw_row *row, const struct conf_stmt *st, void *target)
{
	struct conf *c = target;
	struct conf_delay *list = build_extend(b, c->delays, c->n_delays, stmt_count_words(st->child), sizeof(*list));
	const usec_t most = 255 * USEC_PER_SEC;

	if (!st->has_block)
		build_error(b, &st->words[0].at, NULL, "'%s' needs a block: its '{' is missing", row->name);
	for (const struct conf_stmt *line = st->child; line; line = line->next) {
		struct conf_delay *d = &list[c->n_delays];
		struct conf_word down = build_word(line, 1), up = build_word(line, 2);

		*d = (struct conf_delay){ .place = line->words[0].at, .interface = arena_text(b->arena, line->words[0].text) };
		if (!build_time(b, &down, d->interface, 0, most, &d->down))
			continue;
		d->up = d->down;
		if (up.text && !build_time(b, &up, d->interface, 0, most, &d->up))
			continue;
		build_no_more(b, line, 3);
		c->n_delays++;
	}
	c->delays = list;
}

void build_set_script(struct build *b, const struct kw_row *row, const struct conf_stmt *st, void *target)
{
	struct conf_vrrp_script s = { .place = st->words[0].at };

	(void)row, (void)target;
	s.name = build_name(b, st);
	schema_defaults(place_script(), &s);
	schema_apply(b, place_script(), st->child, &s);
	if (!stmt_find(st->child, "script"))
		build_warn(b, &s.place, NULL, "vrrp_script '%s' has no script: it is as if it were not there", s.name);
	b->scripts[b->conf->n_scripts++] = s;
}

void build_set_process(struct build *b, const struct kw_row *row, const struct conf_stmt *st, void *target)
{
	struct conf_process p = { .place = st->words[0].at };

	(void)row, (void)target;
	p.name = build_name(b, st);
	schema_defaults(place_track_process(), &p);
	schema_apply(b, place_track_process(), st->child, &p);
	if (!stmt_find(st->child, "process"))
		build_warn(b, &p.place, NULL, "vrrp_track_process '%s' has no process: it is as if it were not there", p.name);
	if (p.quorum_max != NUMBER_UNSET && p.quorum_max < p.quorum && p.quorum_max > 0)
		build_error(b, build_place_of(st, "quorum_max"), NULL, "'quorum_max' is below the quorum of %u", p.quorum);
	b->processes[b->conf->n_processes++] = p;
}

void build_set_process_delay(struct build *b, const struct kw_row *row, const struct conf_stmt *st, void *target)
{
	struct conf_process *p = target;
	struct conf_word w = build_word(st, 1);

	if (build_time(b, &w, row->name, 0, 3600 * USEC_PER_SEC, &p->fork_delay))
		p->terminate_delay = p->fork_delay;
	build_no_more(b, st, 2);
}

void build_set_file(struct build *b, const struct kw_row *row, const struct conf_stmt *st, void *target)
{
	struct conf_file f = { .place = st->words[0].at };

	(void)row, (void)target;
	f.name = build_name(b, st);
	schema_defaults(place_track_file(), &f);
	schema_apply(b, place_track_file(), st->child, &f);
	if (!stmt_find(st->child, "file"))
		build_warn(b, &f.place, NULL, "track_file '%s' has no file: it is as if it were not there", f.name);
	b->files[b->conf->n_files++] = f;
}

void build_set_bfd(struct build *b, const struct kw_row *row, const struct conf_stmt *st, void *target)
{
	struct conf_bfd f = { .place = st->words[0].at };

	(void)row, (void)target;
	f.name = build_name(b, st);
	schema_defaults(place_bfd(), &f);
	schema_apply(b, place_bfd(), st->child, &f);
	if (!stmt_find(st->child, "neighbor_ip") && !stmt_find(st->child, "neighbour_ip"))
		build_warn(b, &f.place, NULL, "bfd_instance '%s' has no neighbor_ip: it is as if it were not there", f.name);
	if (addr_is_set(&f.source) && addr_is_set(&f.neighbor) && f.source.family != f.neighbor.family)
		build_error(b, build_place_of(st, "source_ip"), NULL, "'source_ip' is of another family than the neighbour");
	if (!f.interface && f.neighbor.family == AF_INET6 && (addr_is_linklocal(&f.neighbor) || addr_is_linklocal(&f.source)))
		build_error(b, &f.place, NULL, "bfd_instance '%s' has a link-local address: it needs 'interface'", f.name);
	b->bfds[b->conf->n_bfds++] = f;
}

void build_set_garp_group(struct build *b, const struct kw_row *row, const struct conf_stmt *st, void *target)
{
	struct conf_garp_group g = { .place = st->words[0].at };

	(void)row, (void)target;
	schema_defaults(place_garp_group(), &g);
	schema_apply(b, place_garp_group(), st->child, &g);
	if (!g.interface && !g.n_interfaces)
		build_warn(b, &g.place, "interface NAME, or interfaces { ... }", "this garp_group has no interface");
	b->garp_groups[b->conf->n_garp_groups++] = g;
}

void build_set_ssl(struct build *b, const struct kw_row *row, const struct conf_stmt *st, void *target)
{
	(void)row;
	schema_apply(b, place_ssl(), st->child, &((struct conf *)target)->ssl);
}
