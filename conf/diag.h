/*
 * What is wrong with a file, for the one who wrote it: place, the line with a caret, a hint.
 */
#ifndef REGENT_CONF_DIAG_H
#define REGENT_CONF_DIAG_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "conf/conf.h"

enum diag_severity { DIAG_WARNING, DIAG_ERROR };

struct diag;

struct diag *diag_new(void);
void diag_free(struct diag *d);
size_t diag_errors(const struct diag *d);
size_t diag_warnings(const struct diag *d);
/* `source`, the text of the line, and `hint` may be NULL. All copied. The same text about the same place, or about what
 * was written at one place and is used at several, counts once: then, and where it is full, false comes back. */
bool diag_add(struct diag *d, enum diag_severity s, const struct conf_place *at, const char *source, const char *hint,
              const char *fmt, ...) __attribute__((format(printf, 6, 7)));
bool diag_addv(struct diag *d, enum diag_severity s, const struct conf_place *at, const char *source, const char *hint,
               const char *fmt, va_list ap) __attribute__((format(printf, 6, 0)));
/* Another place that the finding that was added last is about; nothing where that was not kept. */
void diag_note(struct diag *d, const struct conf_place *at, const char *source, const char *text);
/* No more findings of this severity are kept: they are only counted, and their texts need not be made. */
bool diag_is_full(const struct diag *d, enum diag_severity s);

struct diag_note {
	struct conf_place at;
	const char *text, *source; /* source may be NULL */
	const struct diag_note *next;
};

struct diag_finding {
	enum diag_severity severity;
	struct conf_place at;
	const char *text, *source, *hint; /* the last two may be NULL */
	const struct diag_note *notes;
};

/* Calls fn for each finding, in file order. */
void diag_visit(const struct diag *d, void (*fn)(void *user, const struct diag_finding *f), void *user);
/* The same as one line: "file:line:col: error: text (hint)". */
void diag_each(const struct diag *d, void (*fn)(void *user, enum diag_severity s, const char *line), void *user);
/* With source lines, carets, hints and notes, for a terminal; colour where asked. */
void diag_print(const struct diag *d, FILE *out, bool colour);
const char *diag_severity_name(enum diag_severity s);

#endif
