/*
 * `include` and its strict variants: what of a pattern must be there, and the patterns that braces stand for.
 */
#ifndef REGENT_CONF_INCLUDE_H
#define REGENT_CONF_INCLUDE_H

#include "conf/lex.h"

/* What is an error instead of a warning. */
struct include_check {
	bool readable; /* a file that is there and cannot be read */
	bool match;    /* a name without wildcards that is not there */
	bool wildcard; /* a pattern that matches nothing */
	bool brace;    /* one of the names in braces that is not there */
};

/* Is this keyword an include? What it wants, beside what include_check asked for before. */
bool include_find(const struct conf_word *w, const struct include_check *standing, struct include_check *out);
/* One word of include_check: "match", "+match", "-match". False where there is no such thing. */
bool include_check_word(struct include_check *c, const char *word);
/* What the braces of a pattern stand for, in order; at most so many. */
#define INCLUDE_NAMES_MAX 256
const char *const *include_names(struct arena *a, const char *pattern, size_t *n);

#endif
