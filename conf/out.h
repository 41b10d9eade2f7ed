/*
 * Words of the language on paper: what print.c, schema_print.c and their like share.
 */
#ifndef REGENT_CONF_OUT_H
#define REGENT_CONF_OUT_H

#include <stdio.h>

#include "conf/conf.h"

/* A word that reads back as itself, in quotes where it has to be. */
void out_word(FILE *out, const char *text);
void out_quoted(FILE *out, const char *text);
/* What begins and ends a line of a block; as a depth OUT_INLINE makes it an option on a line that goes on. */
#define OUT_INLINE (-1)
void out_indent(FILE *out, int depth);
void out_end(FILE *out, int depth);
/* "keyword word\n"; nothing where the text is NULL, as for all that is not set. */
void out_text(FILE *out, int depth, const char *keyword, const char *text);
void out_number(FILE *out, int depth, const char *keyword, int64_t n);
void out_time(FILE *out, int depth, const char *keyword, usec_t t);
void out_addr(FILE *out, int depth, const char *keyword, const struct addr *a);
void out_flag(FILE *out, int depth, const char *keyword, bool on);
/* A block of words, one a line. */
void out_words(FILE *out, int depth, const char *keyword, const char *const *words, size_t n);
/* "keyword word word\n" where it was given. */
void out_args(FILE *out, int depth, const char *keyword, const struct conf_words *w);
/* user_apart: who runs it is a line of its own. */
void out_script(FILE *out, int depth, const char *keyword, bool user_apart, const struct conf_script *s);

/* The same for two values. */
bool same_text(const char *a, const char *b);
bool same_words(const char *const *a, size_t na, const char *const *b, size_t nb);
bool same_args(const struct conf_words *a, const struct conf_words *b);
bool same_script(const struct conf_script *a, const struct conf_script *b);

#endif
