/*
 * The effective configuration in canonical form: every value said, in the language itself, so that it reads back to the
 * same tree.
 */
#ifndef REGENT_CONF_PRINT_H
#define REGENT_CONF_PRINT_H

#include <stdbool.h>
#include <stdio.h>

#include "conf/conf.h"

/* Passwords are printed as they are: what is printed is for root. */
void conf_print(const struct conf *c, FILE *out);
/* The same tree, places apart. */
bool conf_equal(const struct conf *a, const struct conf *b);

#endif
