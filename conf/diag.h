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
/* `source`, the text of the line, and `hint` may be NULL. All copied. Same place and text twice counts once. */
void diag_add(struct diag *d, enum diag_severity s, const struct conf_place *at, const char *source, const char *hint,
              const char *fmt, ...) __attribute__((format(printf, 6, 7)));
void diag_addv(struct diag *d, enum diag_severity s, const struct conf_place *at, const char *source, const char *hint,
               const char *fmt, va_list ap) __attribute__((format(printf, 6, 0)));
/* No more findings of this severity are kept: they are only counted, and their texts need not be made. */
bool diag_is_full(const struct diag *d, enum diag_severity s);
/* Calls fn for each finding, in file order, with one line: "file:line:col: error: text (hint)". */
void diag_each(const struct diag *d, void (*fn)(void *user, enum diag_severity s, const char *line), void *user);
/* With source line, caret and hint, for a terminal; colour where asked. */
void diag_print(const struct diag *d, FILE *out, bool colour);

#endif
