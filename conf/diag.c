/*
 * Findings about a file: kept, sorted, printed. Owns copies of all its texts.
 *
 * What a hostile file can make is bounded: so many findings of each severity are kept, all are counted.
 */
#include "config.h"

#include "conf/diag.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "conf/arena.h"
#include "core/base/text.h"

#define KEPT_MAX 1000 /* of each severity */
#define TEXT_MAX 512
#define SOURCE_MAX 400
#define FILES_MAX 4096

struct finding {
	enum diag_severity severity;
	struct conf_place at;
	unsigned file_order; /* files in the order in which they were first spoken of */
	size_t serial;
	const char *text, *source, *hint;
};

struct diag {
	struct arena *arena;
	struct finding *found;
	size_t n, cap;
	size_t count[2], kept[2];
	const char *files[FILES_MAX];
	unsigned n_files;
};

struct diag *diag_new(void)
{
	struct diag *d = calloc(1, sizeof(*d));

	if (!d)
		abort();
	d->arena = arena_new();
	return d;
}

void diag_free(struct diag *d)
{
	if (!d)
		return;
	arena_free(d->arena);
	free(d->found);
	free(d);
}

size_t diag_errors(const struct diag *d)
{
	return d->count[DIAG_ERROR];
}

size_t diag_warnings(const struct diag *d)
{
	return d->count[DIAG_WARNING];
}

bool diag_is_full(const struct diag *d, enum diag_severity s)
{
	return d->kept[s] == KEPT_MAX;
}

static unsigned file_order(struct diag *d, const char *file)
{
	unsigned i;

	for (i = 0; i < d->n_files; i++)
		if (strcmp(d->files[i], file) == 0)
			return i;
	if (i < FILES_MAX)
		d->files[d->n_files++] = arena_text(d->arena, file);
	return i < FILES_MAX ? i : FILES_MAX - 1;
}

static bool is_known(const struct diag *d, const struct finding *f, const char *text)
{
	for (size_t i = 0; i < d->n; i++) {
		const struct finding *g = &d->found[i];

		if (g->at.line == f->at.line && g->at.column == f->at.column && g->severity == f->severity &&
		    g->file_order == f->file_order && strcmp(g->text, text) == 0)
			return true;
	}
	return false;
}

static struct finding *push(struct diag *d)
{
	if (d->n == d->cap) {
		size_t cap = d->cap ? d->cap * 2 : 16;
		struct finding *p = realloc(d->found, cap * sizeof(*p));

		if (!p)
			abort();
		d->found = p;
		d->cap = cap;
	}
	return &d->found[d->n++];
}

/* What a file's words say goes to terminals and logs: no control characters. */
static void make_harmless(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			*text = '?';
}

void diag_addv(struct diag *d, enum diag_severity s, const struct conf_place *at, const char *source, const char *hint,
               const char *fmt, va_list ap)
{
	struct finding f = { .severity = s, .at = *at };
	char text[TEXT_MAX];

	if (diag_is_full(d, s)) {
		d->count[s]++;
		return;
	}
	vsnprintf(text, sizeof(text), fmt, ap);
	make_harmless(text);
	f.file_order = file_order(d, at->file ? at->file : "");
	if (is_known(d, &f, text))
		return;
	f.at.file = d->files[f.file_order];
	f.serial = d->n;
	f.text = arena_text(d->arena, text);
	f.hint = arena_text(d->arena, hint);
	if (source)
		f.source = arena_copy(d->arena, source, strnlen(source, SOURCE_MAX));
	*push(d) = f;
	d->count[s]++;
	d->kept[s]++;
}

void diag_add(struct diag *d, enum diag_severity s, const struct conf_place *at, const char *source, const char *hint,
              const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	diag_addv(d, s, at, source, hint, fmt, ap);
	va_end(ap);
}

static int finding_cmp(const void *pa, const void *pb)
{
	const struct finding *a = pa, *b = pb;

	if (a->file_order != b->file_order)
		return a->file_order < b->file_order ? -1 : 1;
	if (a->at.line != b->at.line)
		return a->at.line < b->at.line ? -1 : 1;
	if (a->at.column != b->at.column)
		return a->at.column < b->at.column ? -1 : 1;
	return a->serial < b->serial ? -1 : a->serial > b->serial;
}

static struct finding *sorted(const struct diag *d)
{
	struct finding *copy = calloc(d->n ? d->n : 1, sizeof(*copy));

	if (!copy)
		abort();
	if (d->n)
		memcpy(copy, d->found, d->n * sizeof(*copy));
	qsort(copy, d->n, sizeof(*copy), finding_cmp);
	return copy;
}

static const char *severity_name(enum diag_severity s)
{
	return s == DIAG_ERROR ? "error" : "warning";
}

/* "file:12:3: ", without the numbers where the whole file is meant. */
static void place_append(char *line, size_t size, size_t *len, const struct conf_place *at)
{
	text_append(line, size, len, "%s:", at->file);
	if (at->line)
		text_append(line, size, len, "%u:%u:", at->line, at->column);
	text_append(line, size, len, " ");
}

void diag_each(const struct diag *d, void (*fn)(void *user, enum diag_severity s, const char *line), void *user)
{
	struct finding *list = sorted(d);

	for (size_t i = 0; i < d->n; i++) {
		const struct finding *f = &list[i];
		char line[TEXT_MAX * 4] = "";
		size_t len = 0;

		place_append(line, sizeof(line), &len, &f->at);
		text_append(line, sizeof(line), &len, "%s: %s", severity_name(f->severity), f->text);
		if (f->hint)
			text_append(line, sizeof(line), &len, " (%s)", f->hint);
		fn(user, f->severity, line);
	}
	free(list);
}

/* The line and below it a caret, both with the line's own tabs so that they stay aligned. */
static void source_print(const struct finding *f, FILE *out, bool colour)
{
	size_t len = strlen(f->source), column = f->at.column ? f->at.column - 1 : 0;

	if (column > len)
		return;
	fputs("  ", out);
	for (size_t i = 0; i < len; i++) { /* what a terminal would obey is shown as a question mark */
		unsigned char c = (unsigned char)f->source[i];

		fputc((c < 0x20 && c != '\t') || c == 0x7f ? '?' : c, out);
	}
	fputs("\n  ", out);
	for (size_t i = 0; i < column; i++) {
		unsigned char c = (unsigned char)f->source[i];

		if ((c & 0xc0) != 0x80) /* a UTF-8 continuation byte takes no room */
			fputc(c == '\t' ? '\t' : ' ', out);
	}
	fprintf(out, "%s^%s\n", colour ? "\033[32m" : "", colour ? "\033[0m" : "");
}

void diag_print(const struct diag *d, FILE *out, bool colour)
{
	struct finding *list = sorted(d);

	for (size_t i = 0; i < d->n; i++) {
		const struct finding *f = &list[i];
		const char *paint = f->severity == DIAG_ERROR ? "\033[1;31m" : "\033[1;33m";
		char place[TEXT_MAX] = "";
		size_t len = 0;

		place_append(place, sizeof(place), &len, &f->at);
		fprintf(out, "%s%s%s:%s %s\n", place, colour ? paint : "", severity_name(f->severity), colour ? "\033[0m" : "",
		        f->text);
		if (f->source)
			source_print(f, out, colour);
		if (f->hint)
			fprintf(out, "  hint: %s\n", f->hint);
	}
	free(list);
	for (int s = 0; s < 2; s++)
		if (d->count[s] > d->kept[s])
			fprintf(out, "and %zu more %ss\n", d->count[s] - d->kept[s], severity_name((enum diag_severity)s));
}
