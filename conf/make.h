/*
 * From a buffer to a checked tree; pure. What reads files (load.c) comes with a reader for `include`.
 */
#ifndef REGENT_CONF_MAKE_H
#define REGENT_CONF_MAKE_H

#include "conf/load.h"
#include "conf/parse.h"

/* NULL where `in->diag` holds errors afterwards. in->arena may go when this returns. */
const struct conf *conf_make(const struct parse_input *in, const struct conf_options *o);

#endif
