/*
 * How the daemon reads its configuration, at start and at every reload alike: by descriptors from the root helper.
 */
#ifndef REGENT_CONF_READ_H
#define REGENT_CONF_READ_H

#include "conf/load.h"
#include "core/helper/helper.h"
#include "core/options.h"

/* NULL where `diag` holds errors. Waits for the helper: before the loop runs, or on a worker. */
const struct conf *conf_read(const struct options *o, struct helper *h, struct diag *diag);

#endif
