/*
 * What the types of the schema do by themselves: a statement's words to a member. A row without a member has its value
 * looked at all the same.
 */
#include "config.h"

#include "conf/schema.h"

#include <stdlib.h>
#include <string.h>

#include "conf/build.h"
#include "conf/value.h"

static void store(void *member, size_t size, int64_t v)
{
	switch (size) {
	case 0:
		break;
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

int64_t schema_number(const struct kw_row *row, const void *member)
{
	bool is_signed = row->min < 0 || row->def < 0;

	switch (row->size) {
	case 1:
		return is_signed ? *(const int8_t *)member : *(const uint8_t *)member;
	case 2:
		return is_signed ? *(const int16_t *)member : *(const uint16_t *)member;
	case 4:
		return is_signed ? (int64_t) * (const int32_t *)member : (int64_t) * (const uint32_t *)member;
	default:
		return *(const int64_t *)member;
	}
}

static void row_default(const struct kw_row *row, char *target)
{
	void *member = target + row->off;

	switch (row->size ? row->type : KW_ANY) {
	case KW_NUMBER:
	case KW_TIME:
	case KW_MSEC:
	case KW_ENUM:
	case KW_WEIGHT:
		store(member, row->size, row->def);
		break;
	case KW_BOOL:
		*(bool *)member |= row->def != 0;
		break;
	case KW_WORD:
		if (row->def_text)
			*(const char **)member = row->def_text;
		break;
	case KW_ADDR:
		if (row->def_text)
			addr_parse(row->def_text, member);
		break;
	default:
		break;
	}
}

void schema_defaults(const struct kw_place *place, void *target)
{
	const struct kw_part *part;

	for (size_t p = 0; (part = schema_part(place, p)); p++)
		for (size_t i = 0; i < part->n; i++)
			row_default(&part->rows[i], (char *)target + part->base);
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
	if (row->size)
		*(const char **)(target + row->off) = arena_text(b->arena, w->text);
}

static void set_bool(struct build *b, const struct kw_row *row, const struct conf_word *w, char *target)
{
	bool on = true;

	if (w->text && !value_bool(w->text, &on)) {
		build_error(b, &w->at, "on, off, true, false, yes or no", "'%s' is neither on nor off", w->text);
		return;
	}
	if (row->size == 0)
		return;
	if (row->type == KW_TRISTATE)
		*(enum conf_tristate *)(target + row->off) = on ? CONF_YES : CONF_NO;
	else
		*(bool *)(target + row->off) = on;
}

static void set_flag(const struct kw_row *row, char *target)
{
	if (row->size == 0)
		return;
	if (row->type == KW_BITS)
		*(uint32_t *)(target + row->off) |= (uint32_t)row->set_to;
	else
		*(bool *)(target + row->off) = row->set_to != 0;
}

static void set_milliseconds(struct build *b, const struct kw_row *row, const struct conf_word *w, void *member)
{
	usec_t t;

	if (build_time(b, w, row->name, row->min * 1000, row->max * 1000, &t))
		store(member, row->size, t / 1000);
}

/* Types that are one word, which must be there. */
static void set_value(struct build *b, const struct kw_row *row, const struct conf_word *w, char *target)
{
	void *member = target + row->off;
	struct addr addr;
	int64_t v;

	switch (row->type) {
	case KW_NUMBER:
		if (build_number(b, w, row->name, row->min, row->max, &v))
			store(member, row->size, v);
		break;
	case KW_TIME:
		if (build_time(b, w, row->name, row->min, row->max, &v))
			store(member, row->size, v);
		break;
	case KW_MSEC:
		set_milliseconds(b, row, w, member);
		break;
	case KW_ADDR:
		if (build_addr(b, w, row->name, &addr) && row->size)
			*(struct addr *)member = addr;
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

static bool is_known(const struct kw_value *values, const char *word)
{
	while (values->name && strcmp(values->name, word) != 0)
		values++;
	return values->name != NULL;
}

static void set_args(struct build *b, const struct kw_row *row, const struct conf_stmt *st, char *target)
{
	size_t n = st->n_words - 1 < (size_t)row->max ? st->n_words - 1 : (size_t)row->max;
	struct conf_words *out = (struct conf_words *)(target + row->off);
	const char **words = arena_array(b->arena, n, sizeof(*words));

	if (n < (size_t)row->min) {
		build_error(b, &st->words[0].at, row->help, "'%s' needs a value", row->name);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		const struct conf_word *w = &st->words[i + 1];

		if (row->values && !is_known(row->values, w->text) && !(w->text[0] >= '0' && w->text[0] <= '9'))
			build_error(b, &w->at, build_names(b, row->values), "'%s' does not know '%.80s'", row->name, w->text);
		words[i] = arena_text(b->arena, w->text);
	}
	build_no_more(b, st, n + 1);
	if (row->size)
		*out = (struct conf_words){ .word = words, .n = n, .given = true, .place = st->words[0].at };
}

static void set_script(struct build *b, const struct kw_row *row, const struct conf_stmt *st, char *target)
{
	struct conf_script script = { .command = NULL }, *member = (struct conf_script *)(target + row->off);

	if (!build_script(b, st, row->user_apart, &script) || !row->size)
		return;
	if (!script.user) { /* `user` may have been said before */
		script.user = member->user;
		script.group = member->group;
	}
	*member = script;
}

/* N [reverse]: 0 that is reversed means something, too. */
static void set_weight(struct build *b, const struct kw_row *row, const struct conf_stmt *st, char *target)
{
	struct conf_word w = build_word(st, 1), reverse = build_word(st, 2);
	int64_t n;

	if (!build_number(b, &w, row->name, row->min, row->max, &n))
		return;
	store(target + row->off, row->size, n);
	if (!reverse.text)
		return;
	if (strcmp(reverse.text, "reverse") != 0 && strcmp(reverse.text, "noreverse") != 0)
		build_error(b, &reverse.at, "reverse or noreverse", "'%s' does not know '%.80s'", row->name, reverse.text);
	*(bool *)(target + row->off2) = strcmp(reverse.text, "reverse") == 0;
	build_no_more(b, st, 3);
}

static void set_simple(struct build *b, const struct kw_row *row, const struct conf_stmt *st, char *target)
{
	struct conf_word w = build_word(st, 1);

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

void schema_set(struct build *b, const struct kw_row *row, const struct conf_stmt *st, char *target)
{
	if (row->type == KW_WORDS) {
		set_words(b, row, st, target);
		return;
	}
	if (st->has_block) {
		build_error(b, &st->open, NULL, "'%s' takes no block", row->name);
		return;
	}
	if (row->type == KW_ARGS)
		set_args(b, row, st, target);
	else if (row->type == KW_SCRIPT)
		set_script(b, row, st, target);
	else if (row->type == KW_WEIGHT)
		set_weight(b, row, st, target);
	else
		set_simple(b, row, st, target);
}
