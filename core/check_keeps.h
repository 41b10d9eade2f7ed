/*
 * Do the options of a configuration's routes and rules mean something, and are the names in them known here? At the place of each.
 */
#ifndef REGENT_CHECK_KEEPS_H
#define REGENT_CHECK_KEEPS_H

#include "conf/conf.h"
#include "conf/diag.h"

/* False where one means nothing; `d` says which and why. A name that is in none of iproute2's files is a warning: it may come later.
 * Reads these files, so not on the loop. */
bool check_keeps(const struct conf *c, struct diag *d);

#endif
