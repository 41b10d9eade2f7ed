/*
 * Mail about events, by a thread of its own: a mail server that is slow, hangs or is not there is felt by nobody else.
 */
#ifndef REGENT_AGENT_MAIL_H
#define REGENT_AGENT_MAIL_H

#include "core/view_wire.h"

/* Mails that wait; more than that are dropped, which is counted and said. */
#define MAIL_WAITING_MAX 256

struct mail;

struct mail_stats {
	uint64_t sent, failed, dropped;
	unsigned waiting;
};

/* NULL: no memory, no thread. `since`: what happened before (microseconds since 1970) is not mailed again. */
struct mail *mail_new(int64_t since);
/* From any thread; never waits. */
void mail_put_settings(struct mail *m, const struct wire_mail *s);
void mail_put_event(struct mail *m, const struct event *e);
void mail_get_stats(struct mail *m, struct mail_stats *out);
/* Nothing waits and nothing is being sent. */
bool mail_settled(struct mail *m);
/* What is being sent is broken off within a second. */
void mail_free(struct mail *m);

#endif
