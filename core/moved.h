/*
 * Servers whose state is another than before: noted when core/ipvs says so, told as events when the service's weights are derived, since
 * an event names the weight. What a server's event costs does not depend on how many servers the service has. Of many at once some
 * are told at once and the others soon, some at a time; what is said of their service's quorum comes behind those that made it so.
 */
#ifndef REGENT_MOVED_H
#define REGENT_MOVED_H

#include "core/runtime.h"

void moved_init(struct runtime *rt);
void moved_end(struct runtime *rt);
void moved_note(struct rt_server *s, enum ipvs_server_state from);
/* It goes, and what it has to tell with it. */
void moved_forget(struct rt_server *s);
/* Events of those that were noted, in that order. */
void moved_tell(struct rt_service *s);
/* An event of the service itself, behind those of the servers noted by now. */
void moved_quorum(struct rt_service *s, const struct event *e);
/* All that waits is told now. */
void moved_flush(struct rt_service *s);
/* The service goes, and its servers are gone. */
void moved_drop(struct rt_service *s);
/* The daemon ends: those that are not down are said to be. */
void moved_tell_end(struct rt_service *s);
/* Of the services that a group stands for one tells what is the same for all: what checks say, and the quorum. */
bool moved_speaks(const struct conf_vs *c);

#endif
