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
	static const char *const names[] = { "flag", "bits", "bool", "on|off", "number", "seconds", "address",
		                             "word", "choice", "words", "special", "block", "any" };

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
	place_smtp,   place_smtp_host,     place_dns,        place_misc,        place_udp,        place_ping,
	place_file,   place_bfd_check,
};

#define N_PLACES (sizeof(place_fns) / sizeof(place_fns[0]))

static bool row_is(const struct kw_row *row, const char *keyword)
{
	return strcmp(row->name, keyword) == 0 || (row->alias[0] && strcmp(row->alias[0], keyword) == 0) ||
	       (row->alias[1] && strcmp(row->alias[1], keyword) == 0);
}

const struct kw_row *schema_find(const struct kw_place *place, const char *keyword, const struct kw_part **part)
{
	for (size_t p = 0; p < KW_PARTS_MAX; p++) {
		for (size_t i = 0; i < place->parts[p].n; i++) {
			if (row_is(&place->parts[p].rows[i], keyword)) {
				*part = &place->parts[p];
				return &place->parts[p].rows[i];
			}
		}
	}
	return NULL;
}

static void store(void *member, size_t size, int64_t v)
{
	switch (size) {
	case 1:
		*(uint8_t *)member = (uint8_t)v;
		break;
	case 2:
		*(uint16_t *)member = (uint16_t)v;
		break;
	case 4:
		*(uint32_t *)member = (uint32_t)v;
		break;
	default:
		*(int64_t *)member = v;
		break;
	}
}

static void row_default(const struct kw_row *row, char *target)
{
	void *member = target + row->off;

	if (row->type == KW_NUMBER || row->type == KW_TIME || row->type == KW_ENUM)
		store(member, row->size, row->def);
	else if (row->type == KW_BOOL && row->def)
		*(bool *)member = true;
	else if (row->type == KW_WORD && row->def_text)
		*(const char **)member = row->def_text;
	else if (row->type == KW_ADDR && row->def_text)
		addr_parse(row->def_text, member);
}

void schema_defaults(const struct kw_place *place, void *target)
{
	for (size_t p = 0; p < KW_PARTS_MAX; p++)
		for (size_t i = 0; i < place->parts[p].n; i++)
			row_default(&place->parts[p].rows[i], (char *)target + place->parts[p].base);
}

static void set_words(struct build *b, const struct kw_row *row, const struct conf_stmt *st, char *target)
{
	size_t n = stmt_count_words(st->child), at = 0;
	const char **words = arena_array(b->arena, n, sizeof(*words));

	if (!st->has_block || n == 0)
		build_warn(b, &st->words[0].at, NULL, "'%s' is empty", row->name);
	for (const struct conf_stmt *line = st->child; line; line = line->next)
		for (size_t i = 0; i < line->n_words; i++)
			words[at++] = arena_text(b->arena, line->words[i].text);
	*(const char ***)(target + row->off) = words;
	*(size_t *)(target + row->off2) = n;
}

static void set_word(struct build *b, const struct kw_row *row, const struct conf_word *w, char *target)
{
	if (row->max && strlen(w->text) > (size_t)row->max) {
		build_error(b, &w->at, NULL, "'%s' takes at most %d characters", row->name, (int)row->max);
		return;
	}
	*(const char **)(target + row->off) = arena_text(b->arena, w->text);
}

static void set_bool(struct build *b, const struct kw_row *row, const struct conf_word *w, char *target)
{
	bool on = true;

	if (w->text && !value_bool(w->text, &on)) {
		build_error(b, &w->at, "on, off, true, false, yes or no", "'%s' is neither on nor off", w->text);
		return;
	}
	if (row->type == KW_TRISTATE)
		*(enum conf_tristate *)(target + row->off) = on ? CONF_YES : CONF_NO;
	else
		*(bool *)(target + row->off) = on;
}

static void set_flag(const struct kw_row *row, char *target)
{
	if (row->type == KW_BITS)
		*(uint32_t *)(target + row->off) |= (uint32_t)row->set_to;
	else
		*(bool *)(target + row->off) = row->set_to != 0;
}

/* Types that are one word, which must be there. */
static void set_value(struct build *b, const struct kw_row *row, const struct conf_word *w, char *target)
{
	void *member = target + row->off;
	int64_t v;

	switch (row->type) {
	case KW_NUMBER:
		if (build_number(b, w, row->name, row->min, row->max, &v))
			store(member, row->size, v);
		break;
	case KW_TIME:
		build_time(b, w, row->name, row->min, row->max, member);
		break;
	case KW_ADDR:
		build_addr(b, w, row->name, member);
		break;
	case KW_ENUM:
		if (build_enum(b, w, row->name, row->values, &v))
			store(member, row->size, v);
		break;
	default:
		set_word(b, row, w, target);
		break;
	}
}

static void set_simple(struct build *b, const struct kw_row *row, const struct conf_stmt *st, char *target)
{
	struct conf_word w = build_word(st, 1);

	if (st->has_block) {
		build_error(b, &st->open, NULL, "'%s' takes no block", row->name);
		return;
	}
	if (row->type == KW_FLAG || row->type == KW_BITS) {
		set_flag(row, target);
		build_no_more(b, st, 1);
		return;
	}
	build_no_more(b, st, 2);
	if (row->type == KW_BOOL || row->type == KW_TRISTATE)
		set_bool(b, row, &w, target);
	else if (!w.text)
		build_error(b, &st->words[0].at, row->help, "'%s' needs a value", row->name);
	else
		set_value(b, row, &w, target);
}

static void say_idle(struct build *b, const struct kw_row *row, const struct conf_stmt *st)
{
	build_warn(b, &st->words[0].at, NULL, "'%s' is accepted without effect: %s", st->words[0].text,
	           kw_state_name(row->state));
}

static bool keeps(const struct kw_row *row)
{
	return row->set || (row->type != KW_ANY && row->type != KW_BLOCK);
}

static void apply_row(struct build *b, const struct kw_row *row, const struct conf_stmt *st, char *target)
{
	if (row->type == KW_BLOCK && !st->has_block) {
		build_error(b, &st->words[0].at, NULL, "'%s' needs a block: its '{' is missing", row->name);
		return;
	}
	if (row->state != KW_WORKS && target)
		say_idle(b, row, st);
	if (!target || !keeps(row)) { /* nothing is kept: only the names of a block's keywords are looked at */
		if (row->inside)
			schema_apply(b, row->inside(), st->child, NULL);
		return;
	}
	if (row->set)
		row->set(b, row, st, target);
	else if (row->type == KW_WORDS)
		set_words(b, row, st, target);
	else
		set_simple(b, row, st, target);
}

/* The keyword of this place that was probably meant. */
static const char *nearest(const struct kw_place *place, const char *keyword)
{
	unsigned best = strlen(keyword) < 5 ? 1 : 2 + (unsigned)strlen(keyword) / 8;
	const char *found = NULL;

	for (size_t p = 0; p < KW_PARTS_MAX; p++) {
		for (size_t i = 0; i < place->parts[p].n; i++) {
			unsigned d = text_distance(keyword, place->parts[p].rows[i].name);

			if (d <= best && (!found || d < best)) {
				best = d;
				found = place->parts[p].rows[i].name;
			}
		}
	}
	return found;
}

static const char *in_block(const struct kw_place *place)
{
	return *place->name ? "in " : "outside of all blocks";
}

static void unknown_hint(const struct kw_place *place, const char *keyword, char *hint, size_t size)
{
	const char *near = nearest(place, keyword);
	const struct kw_part *part;
	size_t len = 0;

	hint[0] = '\0';
	for (size_t i = 0; i < N_PLACES && len == 0; i++)
		if (schema_find(place_fns[i](), keyword, &part))
			text_append(hint, size, &len, "it belongs %s%s: is a '}' missing above, or one too many?",
			            in_block(place_fns[i]()), place_fns[i]()->name);
	if (strstr(keyword, "\xc2\xa0"))
		text_append(hint, size, &len, "there is a no-break space in it");
	else if (near && len == 0)
		text_append(hint, size, &len, "did you mean '%s'?", near);
}

static void unknown(struct build *b, const struct kw_place *place, const struct conf_stmt *st)
{
	const struct conf_word *w = &st->words[0];
	char hint[160] = "";

	if (!diag_is_full(b->diag, b->lenient ? DIAG_WARNING : DIAG_ERROR))
		unknown_hint(place, w->text, hint, sizeof(hint));
	if (b->lenient)
		build_warn(b, &w->at, *hint ? hint : NULL, "unknown keyword '%.80s' %s%s is ignored", w->text,
		           in_block(place), place->name);
	else
		build_error(b, &w->at, *hint ? hint : NULL, "unknown keyword '%.80s' %s%s", w->text, in_block(place),
		            place->name);
}

/* Values, of which only the last counts; blocks and odd keywords may come again. */
static bool counts_once(const struct kw_row *row)
{
	return keeps(row) && !row->set && row->type != KW_FLAG && row->type != KW_BITS;
}

/* Blocks come after the values around them, which they take over wherever these stand. */
void schema_apply(struct build *b, const struct kw_place *place, const struct conf_stmt *list, void *target)
{
	bool seen[KW_PARTS_MAX][KW_ROWS_MAX] = { { false } };
	size_t n_blocks = 0;

	for (const struct conf_stmt *st = list; st; st = st->next) {
		const struct kw_part *part = NULL;
		const struct kw_row *row = schema_find(place, st->words[0].text, &part);
		bool *before;

		if (!row) {
			unknown(b, place, st);
			continue;
		}
		before = &seen[part - place->parts][row - part->rows];
		if (*before && counts_once(row))
			build_warn(b, &st->words[0].at, NULL, "'%s' is given again in this block: the last one counts", row->name);
		*before = true;
		if (row->type == KW_BLOCK)
			n_blocks++;
		else
			apply_row(b, row, st, target ? (char *)target + part->base : NULL);
	}
	for (const struct conf_stmt *st = n_blocks ? list : NULL; st; st = st->next) {
		const struct kw_part *part = NULL;
		const struct kw_row *row = schema_find(place, st->words[0].text, &part);

		if (row && row->type == KW_BLOCK)
			apply_row(b, row, st, target ? (char *)target + part->base : NULL);
	}
}

const struct kw_place *schema_place(size_t i)
{
	return i < N_PLACES ? place_fns[i]() : NULL;
}
