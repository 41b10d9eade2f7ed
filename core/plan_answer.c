/*
 * A diff as JSON, and that JSON as a table for people.
 */
#include "config.h"

#include "core/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/json_text.h"

#define SUMMARY_MAX 512

static json_t *change_json(const struct conf_change *c)
{
	json_t *j = json_object();

	json_object_set_new(j, "change", json_string(conf_change_name(c->kind)));
	json_object_set_new(j, "object", json_string(conf_object_name(c->object)));
	json_object_set_new(j, "name", json_text(c->name));
	json_object_set_new(j, "in", json_text(c->in));
	json_object_set_new(j, "what", json_text(c->what));
	return j;
}

char *plan_answer(const struct conf_diff *d, const char *error)
{
	json_t *all = json_object(), *list = json_array();
	char summary[SUMMARY_MAX], *text;

	if (error)
		json_object_set_new(all, "error", json_text(error));
	for (size_t i = 0; d && i < d->n; i++)
		json_array_append_new(list, change_json(&d->changes[i]));
	if (d)
		json_object_set_new(all, "summary", json_text(conf_diff_summary(d, summary, sizeof(summary))));
	json_object_set_new(all, "changes", list);
	text = json_dumps(all, JSON_COMPACT | JSON_PRESERVE_ORDER);
	json_decref(all);
	return text;
}

/* ---- told to people ---- */

enum { COLUMNS = 5 };
static const char *const columns[COLUMNS] = { "change", "object", "name", "in", "what" };
static const char *const titles[COLUMNS] = { "CHANGE", "OBJECT", "NAME", "IN", "WHAT" };

static const char *cell(const json_t *change, int column)
{
	const char *s = json_string_value(json_object_get(change, columns[column]));

	return s ? s : "";
}

static void print_line(const int width[COLUMNS], const char *const cells[COLUMNS])
{
	int last = COLUMNS - 1;

	while (last > 0 && !*cells[last])
		last--;
	for (int c = 0; c < last; c++)
		printf("%-*s  ", width[c], cells[c]);
	puts(cells[last]);
}

static void print_table(const json_t *changes)
{
	int width[COLUMNS] = { 0 };
	const char *cells[COLUMNS];
	const json_t *change;
	size_t i;

	for (int c = 0; c < COLUMNS; c++)
		width[c] = (int)strlen(titles[c]);
	json_array_foreach(changes, i, change)
		for (int c = 0; c < COLUMNS; c++)
			width[c] = (int)strlen(cell(change, c)) > width[c] ? (int)strlen(cell(change, c)) : width[c];
	print_line(width, titles);
	json_array_foreach(changes, i, change) {
		for (int c = 0; c < COLUMNS; c++)
			cells[c] = cell(change, c);
		print_line(width, cells);
	}
}

static void print_text(const json_t *all)
{
	const json_t *changes = json_object_get(all, "changes");
	const char *summary = json_string_value(json_object_get(all, "summary"));

	if (json_array_size(changes) == 0) {
		puts("nothing would change");
		return;
	}
	print_table(changes);
	printf("%zu change%s: %s\n", json_array_size(changes), json_array_size(changes) == 1 ? "" : "s", summary ? summary : "");
}

bool plan_tell(const char *answer, size_t len, bool json, bool *refused)
{
	json_t *all = json_loadb(answer, len, 0, NULL);
	const char *error = json_string_value(json_object_get(all, "error"));

	if (!json_is_object(all)) {
		json_decref(all);
		return false;
	}
	*refused = error != NULL;
	if (json) {
		json_dumpf(all, stdout, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
		putchar('\n');
	} else if (error) {
		fprintf(stderr, "regentd: %s\n", error);
	} else {
		print_text(all);
	}
	json_decref(all);
	return true;
}
