/*
 * How the daemon reads its configuration, at start and at every reload alike: by descriptors from the root helper.
 */
#ifndef REGENT_CONF_READ_H
#define REGENT_CONF_READ_H

#include "conf/load.h"
#include "core/helper/helper.h"
#include "core/options.h"

/* NULL where `diag` holds errors. Waits for the helper: before the loop runs, or on a worker. `before` (may be NULL): the trace that
 * conf_read_again() was asked about, and `old` (may be NULL) the tree of that reading (load.h says what is done with it). *trace (may be
 * NULL) gets what conf_read_again() asks for, to be freed. */
const struct conf *conf_read(const struct options *o, struct helper *h, struct diag *diag, struct conf_trace *before,
                             const struct conf *old, struct conf_trace **trace);
/* Would it come to the same tree as when `trace` was made? CONF_OTHER where that is NULL. Waits likewise. */
enum conf_again conf_read_again(const struct options *o, struct helper *h, struct conf_trace *trace);
/* What was said of the file is to be said again at each reload, and what it depends on may be mended: frees the trace of a reading
 * that found anything, and returns NULL. */
struct conf_trace *conf_read_unless_found(struct conf_trace *t, const struct diag *d);

#endif
