/*
 * Announcements of addresses, as far as they are the whole daemon's: garp_group, and doubt about time.
 */
#ifndef REGENT_DOUBT_H
#define REGENT_DOUBT_H

#include "core/runtime.h"

/* False: errno. */
bool doubt_init(struct runtime *rt);
/* What rt->conf says of garp_group. */
void doubt_apply(struct runtime *rt);
/* After the routers. */
void doubt_free(struct runtime *rt);

#endif
