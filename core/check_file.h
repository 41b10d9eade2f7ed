/*
 * regentd -t: is this file valid? Prints "valid", or everything that is wrong with it. regentd --print: what it says in
 * effect.
 */
#ifndef REGENT_CHECK_FILE_H
#define REGENT_CHECK_FILE_H

#include "conf/load.h"
#include "core/helper/helper.h"
#include "core/options.h"

/* Exit status: 0 valid, 1 valid with warnings under --strict, 2 errors, 3 cannot be read. */
int check_file(const struct options *o);
/* The same status; *out is the tree, NULL where there is none, and only findings are told, on standard error. */
int check_load(const struct options *o, const struct conf **out);

/* May this file be read, and what it includes, as the daemon reads them? Fills the opener in; false with errno. */
bool check_can_read(const char *path, struct helper_policy *policy, struct conf_options *out);

#endif
