/*
 * Findings as JSON (RFC 8259).
 */
#include "config.h"

#include "core/diag_json.h"

#include "core/json_text.h"

static void set_place(json_t *to, const char *file, uint32_t line, uint32_t column)
{
	json_object_set_new(to, "file", json_text(file ? file : ""));
	if (!line)
		return;
	json_object_set_new(to, "line", json_integer(line));
	json_object_set_new(to, "column", json_integer(column));
}

static void set_text(json_t *to, const char *key, const char *value)
{
	if (value)
		json_object_set_new(to, key, json_text(value));
}

static json_t *notes(const struct diag_note *n)
{
	json_t *list = json_array();

	for (; n; n = n->next) {
		json_t *j = json_object();

		set_place(j, n->at.file, n->at.line, n->at.column);
		set_text(j, "text", n->text);
		set_text(j, "source", n->source);
		json_array_append_new(list, j);
	}
	return list;
}

static void add(void *user, const struct diag_finding *f)
{
	json_t *j = json_object();

	json_object_set_new(j, "severity", json_string(diag_severity_name(f->severity)));
	set_place(j, f->at.file, f->at.line, f->at.column);
	set_text(j, "text", f->text);
	set_text(j, "hint", f->hint);
	set_text(j, "source", f->source);
	if (f->at.from_file) {
		json_t *from = json_object();

		set_place(from, f->at.from_file, f->at.from_line, f->at.from_column);
		json_object_set_new(j, "from", from);
	}
	json_object_set_new(j, "notes", notes(f->notes));
	json_array_append_new(user, j);
}

void diag_json_print(const struct diag *d, const char *status, FILE *out)
{
	json_t *all = json_object(), *list = json_array();

	diag_visit(d, add, list);
	json_object_set_new(all, "status", json_string(status));
	json_object_set_new(all, "errors", json_integer((json_int_t)diag_errors(d)));
	json_object_set_new(all, "warnings", json_integer((json_int_t)diag_warnings(d)));
	json_object_set_new(all, "findings", list);
	json_dumpf(all, out, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
	fputc('\n', out);
	json_decref(all);
}
