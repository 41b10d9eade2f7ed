/*
 * The schema at work: find a keyword's row, and let the row's type do what the file says.
 */
#include "config.h"

#include "conf/schema.h"

#include <string.h>

#include "conf/build.h"
#include "conf/value.h"
#include "core/base/text.h"

const char *kw_type_name(enum kw_type t)
{
	static const char *const names[] = { "flag", "bits", "bool", "on|off", "number", "seconds", "milliseconds",
		                             "address", "word", "choice", "block of words", "words", "script", "weight", "special",
		                             "block", "any" };

	return (size_t)t < sizeof(names) / sizeof(names[0]) ? names[t] : "?";
}

const char *kw_state_name(enum kw_state s)
{
	static const char *const names[] = { "works", "not yet", "obsolete in keepalived too", "for debugging only",
		                             "belongs to another build" };

	return (size_t)s < sizeof(names) / sizeof(names[0]) ? names[s] : "?";
}

typedef const struct kw_place *place_fn(void);

static place_fn *const place_fns[] = {
	place_root,   place_global,        place_vrrp,       place_auth,        place_auth_hmac,  place_group,
	place_script, place_track_process, place_track_file, place_track_group, place_garp_group, place_bfd,
	place_ssl,    place_service,       place_server,     place_tcp,         place_http,       place_url,
	place_smtp,   place_smtp_host,     place_agent,      place_dns,         place_misc,       place_udp,
	place_ping,   place_file,          place_bfd_check,  place_address,     place_peer,       place_route,
	place_rule,   place_track,
};

#define N_PLACES (sizeof(place_fns) / sizeof(place_fns[0]))

static bool is_named(const char *name, const char *keyword)
{
	return name[0] == keyword[0] && strcmp(name, keyword) == 0;
}

static bool row_is(const struct kw_row *row, const char *keyword)
{
	return is_named(row->name, keyword) || (row->alias[0] && is_named(row->alias[0], keyword)) ||
	       (row->alias[1] && is_named(row->alias[1], keyword));
}

const struct kw_part *schema_part(const struct kw_place *place, size_t i)
{
	size_t n = 0;

	while (n < KW_PARTS_MAX && place->parts[n].rows)
		n++;
	if (i < n)
		return &place->parts[i];
	i -= n;
	return i < KW_ALSO_MAX && place->also[i] ? place->also[i]() : NULL;
}

const struct kw_row *schema_find(const struct kw_place *place, const char *keyword, const struct kw_part **part)
{
	for (size_t p = 0; (*part = schema_part(place, p)); p++)
		for (size_t i = 0; i < (*part)->n; i++)
			if (row_is(&(*part)->rows[i], keyword))
				return &(*part)->rows[i];
	return NULL;
}

/* Once a keyword and run, and not inside of what has no effect as a whole; the report has every line of it. */
static void say_idle(struct build *b, const struct kw_row *row, const struct conf_stmt *st)
{
	build_tell(b, CONF_TOLD_IDLE, &st->words[0], kw_state_name(row->state));
	for (size_t i = 0; i < b->n_said; i++)
		if (b->said[i] == row)
			return;
	if (b->idle_depth || b->n_said == BUILD_SAID_MAX)
		return;
	b->said[b->n_said++] = row;
	build_warn(b, &st->words[0].at, NULL, "'%s' is accepted without effect: %s", st->words[0].text,
	           kw_state_name(row->state));
}

static void apply_row(struct build *b, const struct kw_row *row, const struct conf_stmt *st, char *target)
{
	if (row->type == KW_BLOCK && !st->has_block) {
		build_error(b, &st->words[0].at, NULL, "'%s' needs a block: its '{' is missing", row->name);
		return;
	}
	if (row->state != KW_WORKS)
		say_idle(b, row, st);
	if (row->differs)
		build_tell(b, CONF_TOLD_DIFFERS, &st->words[0], row->differs);
	if (row->type == KW_ANY)
		return;
	b->idle_depth += row->state != KW_WORKS;
	if (row->set)
		row->set(b, row, st, target);
	else
		schema_set(b, row, st, target);
	b->idle_depth -= row->state != KW_WORKS;
}

/* The keyword of this place that was probably meant. */
static const char *nearest(const struct kw_place *place, const char *keyword)
{
	unsigned best = strlen(keyword) < 5 ? 1 : 2 + (unsigned)strlen(keyword) / 8;
	const struct kw_part *part;
	const char *found = NULL;

	for (size_t p = 0; (part = schema_part(place, p)); p++) {
		for (size_t i = 0; i < part->n; i++) {
			unsigned d = text_distance(keyword, part->rows[i].name);

			if (d <= best && (!found || d < best)) {
				best = d;
				found = part->rows[i].name;
			}
		}
	}
	return found;
}

static const char *in_block(const struct kw_place *place)
{
	return *place->name ? "in " : "outside of all blocks";
}

void schema_no_option(struct build *b, const struct kw_place *place, const struct conf_word *w, const char *what,
                      const char *otherwise)
{
	const char *near = nearest(place, w->text);
	char hint[80];

	snprintf(hint, sizeof(hint), "did you mean '%s'?", near ? near : "");
	build_error(b, &w->at, near ? hint : otherwise, "%s has no option '%.80s'", what, w->text);
}

/* global_defs sets for all what an instance sets for itself by the name without vrrp_. */
static const struct kw_row *with_prefix(const struct kw_place *place, const char *keyword)
{
	const struct kw_part *part;
	char name[64] = "";
	size_t len = 0;

	text_append(name, sizeof(name), &len, "vrrp_%s", keyword);
	return schema_find(place, name, &part);
}

static void elsewhere_hint(const char *keyword, char *hint, size_t size)
{
	const struct kw_part *part;
	size_t len = 0;

	for (size_t i = 0; i < N_PLACES && len == 0; i++)
		if (!place_fns[i]()->is_line && schema_find(place_fns[i](), keyword, &part))
			text_append(hint, size, &len, "it belongs %s%s: is a '}' missing above, or one too many?",
			            in_block(place_fns[i]()), place_fns[i]()->name);
}

/* What is known of no place is said how to get along with, once. */
static void unknown_hint(struct build *b, const struct kw_place *place, const char *keyword, char *hint, size_t size)
{
	const struct kw_row *prefixed = with_prefix(place, keyword);
	const char *near = nearest(place, keyword);

	hint[0] = '\0';
	if (strstr(keyword, "\xc2\xa0"))
		snprintf(hint, size, "there is a no-break space in it");
	else if (prefixed)
		snprintf(hint, size, "%s%s it is called '%s'", in_block(place), place->name, prefixed->name);
	else
		elsewhere_hint(keyword, hint, size);
	if (!*hint && near) {
		snprintf(hint, size, "did you mean '%s'?", near);
	} else if (!*hint && !b->lenient && !b->said_lenient) {
		snprintf(hint, size, "keepalived goes on without such lines; delete them, or have them ignored by --lenient");
		b->said_lenient = true;
	}
}

static void unknown(struct build *b, const struct kw_place *place, const struct conf_stmt *st)
{
	const struct conf_word *w = &st->words[0];
	char hint[160] = "";

	if (!diag_is_full(b->diag, b->lenient ? DIAG_WARNING : DIAG_ERROR))
		unknown_hint(b, place, w->text, hint, sizeof(hint));
	if (b->lenient)
		build_warn(b, &w->at, *hint ? hint : NULL, "unknown keyword '%.80s' %s%s is ignored", w->text,
		           in_block(place), place->name);
	else
		build_error(b, &w->at, *hint ? hint : NULL, "unknown keyword '%.80s' %s%s", w->text, in_block(place),
		            place->name);
}

/* Values that are kept, of which only the last counts; blocks and odd keywords may come again. */
static bool counts_once(const struct kw_row *row)
{
	return !row->set && row->size && row->type != KW_ANY && row->type != KW_FLAG && row->type != KW_BITS;
}

size_t schema_apply_word(struct build *b, const struct kw_place *place, const struct conf_stmt *line, size_t i,
                         void *target)
{
	const struct kw_part *part;
	const struct kw_row *row = schema_find(place, line->words[i].text, &part);
	struct conf_stmt option = { .words = &line->words[i], .n_words = line->n_words - i };
	size_t most = row && (row->type == KW_FLAG || row->bare) ? 1 : row && row->type == KW_ARGS ? (size_t)row->max + 1 : 2;

	if (!row)
		return 0;
	option.n_words = option.n_words < most ? option.n_words : most;
	apply_row(b, row, &option, (char *)target + part->base);
	return most;
}

/* The rows of a place that were met. */
struct seen {
	uint64_t row[KW_PARTS_MAX + 1][KW_ROWS_MAX / 64];
};

/* True: for the first time. */
static bool see(struct seen *s, size_t part, size_t row)
{
	uint64_t *word = &s->row[part][row / 64], bit = (uint64_t)1 << row % 64;
	bool before = (*word & bit) != 0;

	*word |= bit;
	return !before;
}

static size_t part_number(const struct kw_place *place, const struct kw_part *part)
{
	size_t p = 0;

	while (schema_part(place, p) != part)
		p++;
	return p;
}

/* Blocks come after the values around them, which they take over wherever these stand. */
void schema_apply(struct build *b, const struct kw_place *place, const struct conf_stmt *list, void *target)
{
	struct seen seen = { { { 0 } } };
	size_t n_blocks = 0;

	for (const struct conf_stmt *st = list; st; st = st->next) {
		const struct kw_part *part = NULL;
		const struct kw_row *row = schema_find(place, st->words[0].text, &part);

		if (!row) {
			unknown(b, place, st);
			continue;
		}
		if (!see(&seen, part_number(place, part), (size_t)(row - part->rows)) && counts_once(row))
			build_warn(b, &st->words[0].at, NULL, "'%s' is given again in this block: the last one counts", row->name);
		if (row->type == KW_BLOCK)
			n_blocks++;
		else
			apply_row(b, row, st, (char *)target + part->base);
	}
	for (const struct conf_stmt *st = n_blocks ? list : NULL; st; st = st->next) {
		const struct kw_part *part = NULL;
		const struct kw_row *row = schema_find(place, st->words[0].text, &part);

		if (row && row->type == KW_BLOCK)
			apply_row(b, row, st, (char *)target + part->base);
	}
}

const struct kw_place *schema_place(size_t i)
{
	return i < N_PLACES ? place_fns[i]() : NULL;
}
