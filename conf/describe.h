/*
 * Rows of the schema in words: for --explain, --report --schema and the manual.
 */
#ifndef REGENT_CONF_DESCRIBE_H
#define REGENT_CONF_DESCRIBE_H

#include <stdio.h>

#include "conf/schema.h"

/* "SECONDS", "0.01 to 255", "[1]": what follows the keyword, what it may be, and what it is without; may be empty. */
struct description {
	char value[96], range[96], standard[96];
};

void describe_row(const struct kw_row *row, struct description *out);
/* All about one keyword, in every place that has it; how many places that was. */
size_t describe_print(const char *keyword, FILE *out);
/* The keyword of any place that is nearest to this word, or NULL. */
const char *describe_nearest(const char *keyword);
/* How many rows there are of each state, and which are not yet at work. */
void describe_states(FILE *out);

#endif
