/*
 * Two texts of a file: do they differ only in lines that say nothing, blank ones and comments? Then they are the same configuration,
 * and nothing needs to be parsed to know it. Pure.
 */
#ifndef REGENT_CONF_QUIET_H
#define REGENT_CONF_QUIET_H

#include <stdbool.h>
#include <stddef.h>

/* True where that is certain: it looks at the lines between what both begin with and what both end with. */
bool quiet_change(const char *a, size_t a_len, const char *b, size_t b_len);

#endif
