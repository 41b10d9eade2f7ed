/*
 * regentd --report: what Regent does otherwise than keepalived with this file; and --explain.
 */
#ifndef REGENT_REPORT_FILE_H
#define REGENT_REPORT_FILE_H

#include "core/options.h"

/* Exit statuses as check_file()'s: a file that is refused is reported all the same. */
int report_file(const struct options *o);
/* --report --schema: how much of the language works. */
int report_schema(void);
/* 0, or 2 where there is no such keyword. */
int explain_keyword(const char *keyword);

#endif
