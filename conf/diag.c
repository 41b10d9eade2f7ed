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
	struct diag_finding pub;
	struct diag_note *last_note;
	unsigned file_order; /* files in the order in which they were first spoken of */
	size_t serial;
};

struct diag {
	struct arena *arena;
	struct finding *found;
	size_t n, cap;
	size_t count[2], kept[2];
	bool note_last; /* the finding added last was kept */
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

/* About the same bytes: of the file, or of what was written once and is used here and there. */
static bool same_place(const struct finding *a, const struct finding *b)
{
	const struct conf_place *p = &a->pub.at, *q = &b->pub.at;

	if (p->from_file && q->from_file)
		return p->from_line == q->from_line && p->from_column == q->from_column && strcmp(p->from_file, q->from_file) == 0;
	return a->file_order == b->file_order && p->line == q->line && p->column == q->column && !p->from_file &&
	       !q->from_file;
}

static bool is_known(const struct diag *d, const struct finding *f, const char *text)
{
	for (size_t i = 0; i < d->n; i++) {
		const struct finding *g = &d->found[i];

		if (g->pub.severity == f->pub.severity && same_place(f, g) && strcmp(g->pub.text, text) == 0)
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

bool diag_addv(struct diag *d, enum diag_severity s, const struct conf_place *at, const char *source, const char *hint,
               const char *fmt, va_list ap)
{
	struct finding f = { .pub = { .severity = s, .at = *at } };
	char text[TEXT_MAX];

	d->note_last = false;
	if (diag_is_full(d, s)) {
		d->count[s]++;
		return false;
	}
	vsnprintf(text, sizeof(text), fmt, ap);
	make_harmless(text);
	f.file_order = file_order(d, at->file ? at->file : "");
	if (is_known(d, &f, text))
		return false;
	f.pub.at.file = d->files[f.file_order];
	f.pub.at.from_file = arena_text(d->arena, at->from_file);
	f.serial = d->n;
	f.pub.text = arena_text(d->arena, text);
	f.pub.hint = arena_text(d->arena, hint);
	if (source)
		f.pub.source = arena_copy(d->arena, source, strnlen(source, SOURCE_MAX));
	*push(d) = f;
	d->count[s]++;
	d->kept[s]++;
	d->note_last = true;
	return true;
}

bool diag_add(struct diag *d, enum diag_severity s, const struct conf_place *at, const char *source, const char *hint,
              const char *fmt, ...)
{
	va_list ap;
	bool kept;

	va_start(ap, fmt);
	kept = diag_addv(d, s, at, source, hint, fmt, ap);
	va_end(ap);
	return kept;
}

void diag_note(struct diag *d, const struct conf_place *at, const char *source, const char *text)
{
	struct diag_note *note;
	struct finding *f;

	if (!d->note_last)
		return;
	f = &d->found[d->n - 1];
	note = arena_alloc(d->arena, sizeof(*note));
	note->at = *at;
	note->at.file = arena_text(d->arena, at->file);
	note->text = arena_text(d->arena, text);
	if (source)
		note->source = arena_copy(d->arena, source, strnlen(source, SOURCE_MAX));
	if (f->last_note)
		f->last_note->next = note;
	else
		f->pub.notes = note;
	f->last_note = note;
}

static int finding_cmp(const void *pa, const void *pb)
{
	const struct finding *a = pa, *b = pb;
	const struct conf_place *p = &a->pub.at, *q = &b->pub.at;

	if (a->file_order != b->file_order)
		return a->file_order < b->file_order ? -1 : 1;
	if (p->line != q->line)
		return p->line < q->line ? -1 : 1;
	if (p->column != q->column)
		return p->column < q->column ? -1 : 1;
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

const char *diag_severity_name(enum diag_severity s)
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

void diag_visit(const struct diag *d, void (*fn)(void *user, const struct diag_finding *f), void *user)
{
	struct finding *list = sorted(d);

	for (size_t i = 0; i < d->n; i++)
		fn(user, &list[i].pub);
	free(list);
}

struct lines {
	void (*fn)(void *user, enum diag_severity s, const char *line);
	void *user;
};

static void one_line(void *user, const struct diag_finding *f)
{
	const struct lines *to = user;
	char line[TEXT_MAX * 6] = "";
	size_t len = 0;

	place_append(line, sizeof(line), &len, &f->at);
	text_append(line, sizeof(line), &len, "%s: %s", diag_severity_name(f->severity), f->text);
	if (f->hint)
		text_append(line, sizeof(line), &len, " (%s)", f->hint);
	for (const struct diag_note *n = f->notes; n; n = n->next) {
		text_append(line, sizeof(line), &len, "; ");
		place_append(line, sizeof(line), &len, &n->at);
		text_append(line, sizeof(line), &len, "%s", n->text);
	}
	to->fn(to->user, f->severity, line);
}

void diag_each(const struct diag *d, void (*fn)(void *user, enum diag_severity s, const char *line), void *user)
{
	struct lines to = { fn, user };

	diag_visit(d, one_line, &to);
}

/* The line and below it a caret, both with the line's own tabs so that they stay aligned. */
static void source_print(const char *source, const struct conf_place *at, FILE *out, bool colour)
{
	size_t len = strlen(source), column = at->column ? at->column - 1 : 0;

	if (column > len)
		return;
	fputs("  ", out);
	for (size_t i = 0; i < len; i++) { /* what a terminal would obey is shown as a question mark */
		unsigned char c = (unsigned char)source[i];

		fputc((c < 0x20 && c != '\t') || c == 0x7f ? '?' : c, out);
	}
	fputs("\n  ", out);
	for (size_t i = 0; i < column; i++) {
		unsigned char c = (unsigned char)source[i];

		if ((c & 0xc0) != 0x80) /* a UTF-8 continuation byte takes no room */
			fputc(c == '\t' ? '\t' : ' ', out);
	}
	fprintf(out, "%s^%s\n", colour ? "\033[32m" : "", colour ? "\033[0m" : "");
}

static void head_print(const struct conf_place *at, const char *kind, const char *paint, const char *text, FILE *out)
{
	char place[TEXT_MAX] = "";
	size_t len = 0;

	place_append(place, sizeof(place), &len, at);
	fprintf(out, "%s%s%s:%s %s\n", place, paint, kind, *paint ? "\033[0m" : "", text);
}

struct terminal {
	FILE *out;
	bool colour;
};

static void finding_print(void *user, const struct diag_finding *f)
{
	const struct terminal *t = user;
	const char *paint = !t->colour ? "" : f->severity == DIAG_ERROR ? "\033[1;31m" : "\033[1;33m";

	head_print(&f->at, diag_severity_name(f->severity), paint, f->text, t->out);
	if (f->source)
		source_print(f->source, &f->at, t->out, t->colour);
	if (f->hint)
		fprintf(t->out, "  hint: %s\n", f->hint);
	for (const struct diag_note *n = f->notes; n; n = n->next) {
		head_print(&n->at, "note", t->colour ? "\033[1;36m" : "", n->text, t->out);
		if (n->source)
			source_print(n->source, &n->at, t->out, t->colour);
	}
}

void diag_print(const struct diag *d, FILE *out, bool colour)
{
	struct terminal t = { out, colour };

	diag_visit(d, finding_print, &t);
	for (int s = 0; s < 2; s++)
		if (d->count[s] > d->kept[s])
			fprintf(out, "and %zu more %ss\n", d->count[s] - d->kept[s], diag_severity_name((enum diag_severity)s));
}
