/*
 * What can only be seen when the whole tree is there: names that lead nowhere, things given twice, sums.
 */
#ifndef REGENT_CONF_CHECK_H
#define REGENT_CONF_CHECK_H

#include "conf/build.h"

void check_all(struct build *b);
/* check_ids.c: nobody said which of the file's @ID lines count. */
bool check_ids_unread(const struct build *b);
/* Then an instance whose virtual_router_id is taken is left out; check_drop_left_out() takes all of those out of the tree. */
void check_leave_out(struct build *b, const struct conf_vrrp *again, const struct conf_vrrp *first);
void check_drop_left_out(struct build *b);
bool check_left_out(const struct build *b, const char *name);
/* check_names.c */
void check_all_names(struct build *b);
/* expand.c: the tree is complete; fills conf.expanded. */
void expand_groups(struct build *b);
/* Where a word stands in the outermost block that began at `block`; that place itself where it is not found. */
const struct conf_place *check_word_place(const struct build *b, const struct conf_place *block, const char *word);

#endif
