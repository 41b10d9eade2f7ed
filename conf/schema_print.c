/*
 * Rows as the printer and the comparer of the tree's objects: all that is held as it was written.
 */
#include "config.h"

#include "conf/schema.h"

#include <stdlib.h>
#include <string.h>

#include "conf/build.h"
#include "conf/out.h"

bool schema_in_tree(const struct kw_place *place, const struct kw_part *part, const struct kw_row *row)
{
	return row->size && row->type != KW_CUSTOM && row->type != KW_BLOCK && row->type != KW_ANY &&
	       part->base + row->off + row->size <= place->size;
}

static const char *value_name(const struct kw_row *row, int64_t v)
{
	for (const struct kw_value *k = row->values; k->name; k++)
		if (k->value == v)
			return k->name;
	return NULL;
}

/* Not said: what is unset, and what has no effect while it is as if it were not there. */
static bool is_silent(const struct kw_row *row, int64_t v)
{
	if (row->state != KW_WORKS)
		return v == row->def;
	return (row->def < 0 && v == row->def) || v < row->min;
}

static void print_weight(const struct kw_row *row, const char *object, FILE *out, int depth)
{
	int64_t n = schema_number(row, object + row->off);
	bool reverse = *(const bool *)(object + row->off2);

	if (n == row->def && !reverse)
		return;
	out_indent(out, depth);
	fprintf(out, "%s %lld%s\n", row->name, (long long)n, reverse ? " reverse" : "");
}

static void print_number(const struct kw_row *row, const char *member, FILE *out, int depth)
{
	int64_t n = schema_number(row, member);

	if (is_silent(row, n))
		return;
	if (row->type == KW_TIME)
		out_time(out, depth, row->name, n);
	else if (row->type == KW_MSEC)
		out_time(out, depth, row->name, n * 1000);
	else
		out_number(out, depth, row->name, n);
}

static void print_choice(const struct kw_row *row, const char *member, FILE *out, int depth)
{
	int64_t n = schema_number(row, member);

	if (row->state == KW_WORKS || n != row->def)
		out_text(out, depth, row->name, value_name(row, n));
}

/* One of several rows that set a member: the one that says what is there; the first of those that do. */
static bool says(const struct kw_part *part, const struct kw_row *row, const char *member)
{
	for (const struct kw_row *r = part->rows; r < row; r++)
		if (r->type == row->type && r->off == row->off && r->set_to == row->set_to)
			return false;
	if (row->type == KW_BITS)
		return (*(const uint32_t *)member & (uint32_t)row->set_to) != 0;
	return *(const bool *)member == (row->set_to != 0);
}

static void print_row(const struct kw_part *part, const struct kw_row *row, const char *object, FILE *out, int depth)
{
	const char *member = object + row->off;

	switch (row->type) {
	case KW_FLAG:
	case KW_BITS:
		out_flag(out, depth, row->name, says(part, row, member));
		break;
	case KW_BOOL:
		if (*(const bool *)member || row->def)
			out_text(out, depth, row->name, *(const bool *)member ? "on" : "off");
		break;
	case KW_TRISTATE:
		if (*(const enum conf_tristate *)member != CONF_UNSET)
			out_text(out, depth, row->name, *(const enum conf_tristate *)member == CONF_YES ? "on" : "off");
		break;
	case KW_ENUM:
		print_choice(row, member, out, depth);
		break;
	case KW_ADDR:
		out_addr(out, depth, row->name, (const struct addr *)member);
		break;
	case KW_WORD:
		if (!row->def_text || row->state == KW_WORKS || !same_text(row->def_text, *(const char *const *)member))
			out_text(out, depth, row->name, *(const char *const *)member);
		break;
	case KW_WORDS:
		out_words(out, depth, row->name, *(const char *const *const *)member, *(const size_t *)(object + row->off2));
		break;
	case KW_ARGS:
		out_args(out, depth, row->name, (const struct conf_words *)member);
		break;
	case KW_SCRIPT:
		out_script(out, depth, row->name, row->user_apart, (const struct conf_script *)member);
		break;
	case KW_WEIGHT:
		print_weight(row, object, out, depth);
		break;
	default:
		print_number(row, member, out, depth);
		break;
	}
}

void schema_print(const struct kw_place *place, const void *object, FILE *out, int depth)
{
	const struct kw_part *part;

	for (size_t p = 0; (part = schema_part(place, p)); p++)
		for (size_t i = 0; i < part->n; i++)
			if (schema_in_tree(place, part, &part->rows[i]))
				print_row(part, &part->rows[i], (const char *)object + part->base, out, depth);
}

static bool row_equal(const struct kw_row *row, const char *a, const char *b)
{
	const char *ma = a + row->off, *mb = b + row->off;

	switch (row->type) {
	case KW_ADDR:
		return addr_cmp((const struct addr *)ma, (const struct addr *)mb) == 0;
	case KW_WORD:
		return same_text(*(const char *const *)ma, *(const char *const *)mb);
	case KW_WORDS:
		return same_words(*(const char *const *const *)ma, *(const size_t *)(a + row->off2),
		                  *(const char *const *const *)mb, *(const size_t *)(b + row->off2));
	case KW_ARGS:
		return same_args((const struct conf_words *)ma, (const struct conf_words *)mb);
	case KW_SCRIPT:
		return same_script((const struct conf_script *)ma, (const struct conf_script *)mb);
	case KW_WEIGHT:
		return memcmp(ma, mb, row->size) == 0 && *(const bool *)(a + row->off2) == *(const bool *)(b + row->off2);
	default:
		return memcmp(ma, mb, row->size) == 0;
	}
}

/* Of bits that share a member each row has its own. */
static bool row_differs(const struct kw_row *row, const char *a, const char *b)
{
	if (row->type == KW_BITS)
		return ((*(const uint32_t *)(a + row->off) ^ *(const uint32_t *)(b + row->off)) & (uint32_t)row->set_to) != 0;
	return !row_equal(row, a, b);
}

bool schema_equal(const struct kw_place *place, const void *a, const void *b)
{
	const struct kw_part *part;

	for (size_t p = 0; (part = schema_part(place, p)); p++)
		for (size_t i = 0; i < part->n; i++)
			if (schema_in_tree(place, part, &part->rows[i]) &&
			    !row_equal(&part->rows[i], (const char *)a + part->base, (const char *)b + part->base))
				return false;
	return true;
}

/* "off", "150", "0.5": a value without its keyword; "" where there is none to say in a word. */
static void value_text(const struct kw_part *part, const struct kw_row *row, const char *object, char *buf, size_t size)
{
	char *text = NULL;
	const char *value;
	size_t len = 0;
	FILE *out;

	buf[0] = '\0';
	if (row->type == KW_ARGS || row->type == KW_WORDS || row->type == KW_SCRIPT)
		return;
	out = open_memstream(&text, &len);
	if (!out)
		return;
	print_row(part, row, object, out, 0);
	fclose(out);
	value = text ? strchr(text, ' ') : NULL;
	if (value)
		snprintf(buf, size, "%.*s", (int)strcspn(value + 1, "\n"), value + 1);
	else
		snprintf(buf, size, "%s", row->type == KW_FLAG || row->type == KW_BITS ? len ? "on" : "off" : "unset");
	free(text);
}

static void tell_difference(const struct kw_part *part, const struct kw_row *row, const char *a, const char *b,
                            schema_note_fn *note, void *user)
{
	char old[128], new[128], how[272] = "";

	value_text(part, row, a, old, sizeof(old));
	value_text(part, row, b, new, sizeof(new));
	if (strcmp(old, new) != 0)
		snprintf(how, sizeof(how), "%s -> %s", old, new);
	note(user, row->name, how);
}

/* One of several rows that set a member: the first tells. */
static bool tells(const struct kw_part *part, const struct kw_row *row)
{
	for (const struct kw_row *r = part->rows; r < row; r++)
		if (r->size && r->type == row->type && r->off == row->off && row->type != KW_BITS)
			return false;
	return true;
}

size_t schema_differences(const struct kw_place *place, const void *a, const void *b, schema_note_fn *note, void *user)
{
	const struct kw_part *part;
	size_t n = 0;

	for (size_t p = 0; (part = schema_part(place, p)); p++) {
		for (size_t i = 0; i < part->n; i++) {
			const struct kw_row *row = &part->rows[i];
			const char *oa = (const char *)a + part->base, *ob = (const char *)b + part->base;

			if (!schema_in_tree(place, part, row) || !tells(part, row) || !row_differs(row, oa, ob))
				continue;
			tell_difference(part, row, oa, ob, note, user);
			n++;
		}
	}
	return n;
}
