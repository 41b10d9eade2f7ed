/*
 * Servers whose state is another than before: noted when core/ipvs says so, told as events when the service's weights are derived, since
 * an event names the weight. What a server's event costs does not depend on how many servers the service has.
 */
#ifndef REGENT_MOVED_H
#define REGENT_MOVED_H

#include "core/runtime.h"

void moved_note(struct rt_server *s, enum ipvs_server_state from);
/* It goes, and what it has to tell with it. */
void moved_forget(struct rt_server *s);
/* Events of those that were noted, in that order. */
void moved_tell(struct rt_service *s);
/* The daemon ends: those that are not down are said to be. */
void moved_tell_end(struct rt_service *s);
/* Of the services that a group stands for one tells what is the same for all: what checks say, and the quorum. */
bool moved_speaks(const struct conf_vs *c);

#endif
