/*
 * Do the patterns of a configuration's checks compile? What PCRE2 says of them, at the place of the check.
 */
#ifndef REGENT_CHECK_PATTERNS_H
#define REGENT_CHECK_PATTERNS_H

#include "conf/conf.h"
#include "conf/diag.h"

/* False where one does not; `d` says which and why. */
bool check_patterns(const struct conf *c, struct diag *d);

#endif
