/*
 * Findings about a file for programs.
 */
#ifndef REGENT_DIAG_JSON_H
#define REGENT_DIAG_JSON_H

#include <stdio.h>

#include "conf/diag.h"

/* {"status": ..., "errors": N, "warnings": N, "findings": [{"severity", "file", "line", "column", "text", ...}]} */
void diag_json_print(const struct diag *d, const char *status, FILE *out);

#endif
