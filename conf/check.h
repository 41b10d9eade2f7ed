/*
 * What can only be seen when the whole tree is there: names that lead nowhere, things given twice, sums.
 */
#ifndef REGENT_CONF_CHECK_H
#define REGENT_CONF_CHECK_H

#include "conf/build.h"

void check_all(struct build *b);
/* check_names.c */
void check_all_names(struct build *b);
/* expand.c: the tree is complete; fills conf.expanded. */
void expand_groups(struct build *b);
/* Where a word stands in the outermost block that began at `block`; that place itself where it is not found. */
const struct conf_place *check_word_place(const struct build *b, const struct conf_place *block, const char *word);

#endif
