/*
 * Texts that are read, and text that knows where each of its bytes comes from.
 *
 * A mapped text is a list of pieces, each with the place of its first byte; places of later bytes are counted from it.
 */
#ifndef REGENT_CONF_SOURCE_H
#define REGENT_CONF_SOURCE_H

#include <stdarg.h>

#include "conf/arena.h"
#include "conf/conf.h"
#include "conf/diag.h"

/* The text of a file; text[len] is NUL. */
struct conf_source {
	const char *name;
	const char *dir; /* for ${_PWD}; NULL: as the name says */
	const char *text;
	size_t len;
	struct conf_place included; /* file NULL: it was not */
	struct conf_source *next;
};

/* The text of line `line` of a source, copied to buf (cut where it is longer). NULL: it has no such line. */
const char *source_line(const struct conf_source *src, uint32_t line, char *buf, size_t size);
/* A finding with its line, where its text was written, and how its file came to be included. */
void source_report(struct diag *d, const struct conf_source *list, enum diag_severity s, const struct conf_place *at,
                   const char *hint, const char *fmt, va_list ap) __attribute__((format(printf, 6, 0)));
/* Adds a place to the finding that was reported last: "the first is here". */
void source_note(struct diag *d, const struct conf_source *list, const struct conf_place *at, const char *text);

struct map_piece {
	size_t off;
	struct conf_place at;
	bool literal; /* its bytes begin no comment */
};

struct mapped {
	char *text;
	size_t len, cap;
	struct map_piece *pieces;
	size_t n, n_cap;
};

/* Bytes that stand at a place, or that were written there. */
void mapped_add(struct mapped *m, const char *text, size_t len, const struct conf_place *at, bool literal);
/* A part of another text; where `use` is given the bytes stand there and come from where they were. */
void mapped_slice(struct mapped *m, const struct mapped *in, size_t from, size_t to, const struct conf_place *use);
struct conf_place mapped_place(const struct mapped *m, size_t off);
bool mapped_is_literal(const struct mapped *m, size_t off);
void mapped_free(struct mapped *m);

#endif
