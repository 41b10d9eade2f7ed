/*
 * Mails about events, as text: RFC 5322, plain. Pure.
 *
 * Whatever stands in a name or a reason, it makes neither a header nor an address: control characters become `?`.
 */
#ifndef REGENT_AGENT_MAIL_TEXT_H
#define REGENT_AGENT_MAIL_TEXT_H

#include "core/view_wire.h"

#define MAIL_TEXT_MAX 8192

/* Is there somebody to send to, and a server? */
bool mail_is_on(const struct wire_mail *m);
/* A whole message in `out`; returns its length, 0: there are no words for this kind of event. `now`: microseconds since 1970. */
size_t mail_compose(char out[static MAIL_TEXT_MAX], const struct wire_mail *m, const struct event *e);

#endif
