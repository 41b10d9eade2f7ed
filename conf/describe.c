/*
 * Rows in words. Everything comes from the row itself.
 */
#include "config.h"

#include "conf/describe.h"

#include <string.h>

#include "conf/value.h"
#include "core/base/text.h"

static const char *amount(const struct kw_row *row, int64_t v, char buf[static VALUE_TIME_LEN])
{
	if (row->type == KW_TIME)
		return value_time_format(v, buf);
	if (row->type == KW_MSEC)
		return value_time_format(v * 1000, buf);
	snprintf(buf, VALUE_TIME_LEN, "%lld", (long long)v);
	return buf;
}

static void list_values(const struct kw_row *row, char *buf, size_t size)
{
	size_t len = 0;

	for (const struct kw_value *v = row->values; v->name; v++)
		text_append(buf, size, &len, "%s%s", v == row->values ? "" : " | ", v->name);
}

static const char *value_word(const struct kw_row *row)
{
	switch (row->type) {
	case KW_BOOL:
	case KW_TRISTATE:
		return "[BOOL]";
	case KW_NUMBER:
		return "N";
	case KW_TIME:
		return "SECONDS";
	case KW_MSEC:
		return "MILLISECONDS";
	case KW_ADDR:
		return "ADDRESS";
	case KW_WORD:
		return "WORD";
	case KW_WORDS:
		return "{ WORD ... }";
	case KW_ARGS:
		return row->min ? "WORD ..." : "[WORD ...]";
	case KW_SCRIPT:
		return "COMMAND [USER [GROUP]]";
	case KW_WEIGHT:
		return "N [reverse]";
	case KW_BLOCK:
		return row->inside && row->inside()->args ? row->inside()->args : "";
	case KW_CUSTOM:
		return row->bare ? "" : "...";
	default:
		return "";
	}
}

static bool is_amount(const struct kw_row *row)
{
	return row->type == KW_NUMBER || row->type == KW_TIME || row->type == KW_MSEC || row->type == KW_WEIGHT;
}

void describe_row(const struct kw_row *row, struct description *out)
{
	char low[VALUE_TIME_LEN], high[VALUE_TIME_LEN];
	size_t len = 0;

	memset(out, 0, sizeof(*out));
	if (row->type == KW_ENUM)
		list_values(row, out->value, sizeof(out->value));
	else
		text_append(out->value, sizeof(out->value), &len, "%s%s", value_word(row), row->type == KW_BLOCK ? " { ... }" : "");
	len = 0;
	if (is_amount(row))
		text_append(out->range, sizeof(out->range), &len, "%s to %s%s%s", amount(row, row->min, low),
		            amount(row, row->max, high), row->unit ? " " : "", row->unit ? row->unit : "");
	else if (row->type == KW_WORD && row->max)
		text_append(out->range, sizeof(out->range), &len, "at most %lld characters", (long long)row->max);
	len = 0;
	if (is_amount(row) && row->def >= row->min && row->def <= row->max)
		text_append(out->standard, sizeof(out->standard), &len, "%s", amount(row, row->def, low));
	else if (is_amount(row) && row->def == 0)
		text_append(out->standard, sizeof(out->standard), &len, "none");
	else if (row->def_text)
		text_append(out->standard, sizeof(out->standard), &len, "%s", row->def_text);
	else if (row->type == KW_BOOL)
		text_append(out->standard, sizeof(out->standard), &len, "%s", row->def ? "on" : "off");
	for (const struct kw_value *v = row->type == KW_ENUM ? row->values : NULL; v && v->name; v++)
		if (v->value == row->def && !out->standard[0])
			text_append(out->standard, sizeof(out->standard), &len, "%s", v->name);
}

static void print_one(const struct kw_place *place, const struct kw_row *row, FILE *out)
{
	struct description d;

	describe_row(row, &d);
	fprintf(out, "%s%s%s\n", row->name, d.value[0] ? " " : "", d.value);
	fprintf(out, "    %s\n", row->help);
	fprintf(out, "    place:   %s%s\n", *place->name ? place->name : "outside of all blocks",
	        place->is_line ? ", an option on a line" : "");
	for (size_t i = 0; i < 2 && row->alias[i]; i++)
		fprintf(out, "    also:    %s\n", row->alias[i]);
	fprintf(out, "    type:    %s\n", kw_type_name(row->type));
	if (d.range[0])
		fprintf(out, "    range:   %s\n", d.range);
	if (d.standard[0])
		fprintf(out, "    default: %s\n", d.standard);
	fprintf(out, "    state:   %s%s\n", row->state == KW_WORKS ? "" : "accepted without effect: ", kw_state_name(row->state));
	if (row->own)
		fputs("    keepalived does not have it\n", out);
	if (row->differs)
		fprintf(out, "    unlike keepalived: %s\n", row->differs);
}

static bool is_called(const struct kw_row *row, const char *keyword)
{
	return strcmp(row->name, keyword) == 0 || (row->alias[0] && strcmp(row->alias[0], keyword) == 0) ||
	       (row->alias[1] && strcmp(row->alias[1], keyword) == 0);
}

size_t describe_print(const char *keyword, FILE *out)
{
	const struct kw_place *place;
	const struct kw_part *part;
	size_t n = 0;

	for (size_t i = 0; (place = schema_place(i)); i++) {
		for (size_t p = 0; (part = schema_part(place, p)); p++) {
			for (size_t r = 0; r < part->n; r++) {
				if (!is_called(&part->rows[r], keyword))
					continue;
				if (n++)
					fputc('\n', out);
				print_one(place, &part->rows[r], out);
			}
		}
	}
	return n;
}

const char *describe_nearest(const char *keyword)
{
	const struct kw_place *place;
	const struct kw_part *part;
	const char *found = NULL;
	unsigned best = strlen(keyword) < 5 ? 2 : 4; /* of a short word, hardly anything is left otherwise */

	for (size_t i = 0; (place = schema_place(i)); i++) {
		for (size_t p = 0; (part = schema_part(place, p)); p++) {
			for (size_t r = 0; r < part->n; r++) {
				unsigned d = text_distance(keyword, part->rows[r].name);

				if (d < best) {
					best = d;
					found = part->rows[r].name;
				}
			}
		}
	}
	return found;
}

#define N_STATES (KW_OTHER_BUILD + 1)

void describe_states(FILE *out)
{
	const struct kw_place *place;
	const struct kw_part *part;
	size_t count[N_STATES] = { 0 }, all = 0, differ = 0, own = 0;

	for (size_t i = 0; (place = schema_place(i)); i++) {
		for (size_t p = 0; (part = schema_part(place, p)); p++) {
			for (size_t r = 0; r < part->n; r++) {
				count[part->rows[r].state]++;
				differ += part->rows[r].differs != NULL;
				own += part->rows[r].own;
				all++;
				if (part->rows[r].state == KW_NOT_YET)
					fprintf(out, "not yet: %s%s%s\n", place->name, *place->name ? ": " : "", part->rows[r].name);
			}
		}
	}
	for (size_t s = 0; s < N_STATES; s++)
		fprintf(out, "%5zu %s\n", count[s], kw_state_name((enum kw_state)s));
	fprintf(out, "%5zu keywords in all; %zu are understood otherwise than by keepalived, %zu are Regent's own\n", all, differ,
	        own);
}
