/*
 * regentd -t: is this file valid? Prints "valid", or everything that is wrong with it, for people.
 */
#ifndef REGENT_CHECK_FILE_H
#define REGENT_CHECK_FILE_H

#include "core/options.h"

/* Exit status: 0 valid (warnings included), 2 errors, 3 cannot be read. */
int check_file(const struct options *o);

#endif
