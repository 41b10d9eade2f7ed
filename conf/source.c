/*
 * Sources and mapped texts. The first piece of a mapped text begins at 0; pieces are found by bisection.
 */
#include "config.h"

#include "conf/source.h"

#include <stdlib.h>
#include <string.h>

#define NOTES_MAX 8 /* of includes */

const char *source_line(const struct conf_source *src, uint32_t line, char *buf, size_t size)
{
	const char *p = src->text, *end = src->text + src->len;
	size_t n;

	for (uint32_t i = 1; i < line && p; i++) {
		p = memchr(p, '\n', (size_t)(end - p));
		p = p ? p + 1 : NULL;
	}
	if (!p)
		return NULL;
	n = strcspn(p, "\r\n");
	n = n < size ? n : size - 1;
	memcpy(buf, p, n);
	buf[n] = '\0';
	return buf;
}

static const struct conf_source *source_find(const struct conf_source *list, const char *name)
{
	while (list && list->name != name)
		list = list->next;
	return list;
}

void source_note(struct diag *d, const struct conf_source *list, const struct conf_place *at, const char *text)
{
	const struct conf_source *src = source_find(list, at->file);
	char line[512];

	diag_note(d, at, src ? source_line(src, at->line, line, sizeof(line)) : NULL, text);
}

void source_report(struct diag *d, const struct conf_source *list, enum diag_severity s, const struct conf_place *at,
                   const char *hint, const char *fmt, va_list ap)
{
	const struct conf_source *src = diag_is_full(d, s) ? NULL : source_find(list, at->file);
	char line[512];

	if (!diag_addv(d, s, at, src ? source_line(src, at->line, line, sizeof(line)) : NULL, hint, fmt, ap))
		return;
	if (at->from_file) {
		const struct conf_place from = { .file = at->from_file, .line = at->from_line, .column = at->from_column };

		source_note(d, list, &from, "the text was written here");
	}
	for (int i = 0; src && src->included.file && i < NOTES_MAX && strcmp(src->included.file, src->name) != 0; i++) {
		diag_note(d, &src->included, NULL, "included from here");
		src = source_find(list, src->included.file);
	}
}

static void *grow(void *p, size_t *cap, size_t need, size_t size)
{
	if (need <= *cap)
		return p;
	while (*cap < need)
		*cap = *cap ? *cap * 2 : 64;
	p = realloc(p, *cap * size);
	if (!p)
		abort();
	return p;
}

void mapped_add(struct mapped *m, const char *text, size_t len, const struct conf_place *at, bool literal)
{
	m->pieces = grow(m->pieces, &m->n_cap, m->n + 1, sizeof(*m->pieces));
	m->text = grow(m->text, &m->cap, m->len + len + 1, 1);
	if (m->n && m->pieces[m->n - 1].off == m->len) /* the piece before has no bytes */
		m->n--;
	m->pieces[m->n++] = (struct map_piece){ m->len, *at, literal };
	if (len)
		memcpy(m->text + m->len, text, len);
	m->len += len;
	m->text[m->len] = '\0';
}

static size_t piece_at(const struct mapped *m, size_t off)
{
	size_t low = 0, high = m->n;

	while (high - low > 1) {
		size_t mid = low + (high - low) / 2;

		if (m->pieces[mid].off <= off)
			low = mid;
		else
			high = mid;
	}
	return low;
}

static struct conf_place place_in(const struct map_piece *p, size_t off)
{
	struct conf_place at = p->at;

	if (at.from_file)
		at.from_column += (uint32_t)(off - p->off);
	else
		at.column += (uint32_t)(off - p->off);
	return at;
}

struct conf_place mapped_place(const struct mapped *m, size_t off)
{
	return place_in(&m->pieces[piece_at(m, off)], off);
}

bool mapped_is_literal(const struct mapped *m, size_t off)
{
	return m->pieces[piece_at(m, off)].literal;
}

/* The place of bytes used elsewhere: there they stand, and what they were is where they come from. */
static struct conf_place used_at(const struct conf_place *was, const struct conf_place *use)
{
	return (struct conf_place){
		.file = use->file,
		.line = use->line,
		.column = use->column,
		.from_file = was->from_file ? was->from_file : was->file,
		.from_line = was->from_file ? was->from_line : was->line,
		.from_column = was->from_file ? was->from_column : was->column,
	};
}

void mapped_slice(struct mapped *m, const struct mapped *in, size_t from, size_t to, const struct conf_place *use)
{
	for (size_t i = piece_at(in, from); i < in->n && from < to; i++) {
		size_t end = i + 1 < in->n && in->pieces[i + 1].off < to ? in->pieces[i + 1].off : to;
		struct conf_place at = place_in(&in->pieces[i], from);

		if (use)
			at = used_at(&at, use);
		mapped_add(m, in->text + from, end - from, &at, in->pieces[i].literal);
		from = end;
	}
}

void mapped_free(struct mapped *m)
{
	free(m->text);
	free(m->pieces);
	*m = (struct mapped){ NULL, 0, 0, NULL, 0, 0 };
}
