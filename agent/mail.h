/*
 * Mail about events, by a thread of its own: a mail server that is slow, hangs or is not there is felt by nobody else. What an agent
 * that died had not got rid of, the next one gets from the core; a mail is sent twice only where the agent died between the
 * server's word and the core's knowing of it, and has the same Message-ID then.
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

/* NULL: no memory, no thread. done(): some are done with; from the mail's own thread. */
struct mail *mail_new(void (*done)(void *user), void *user);
/* From any thread; never waits. */
void mail_put_settings(struct mail *m, const struct wire_mail *s);
/* The first n events that are to be mailed are done with already. */
void mail_start_after(struct mail *m, uint64_t n);
/* Those that should have come before this one and did not are counted as dropped, and that is said. */
void mail_put_event(struct mail *m, const struct event *e);
/* So many of the events that are to be mailed are done with: the server has them, or has had its chances. */
uint64_t mail_done(struct mail *m);
void mail_get_stats(struct mail *m, struct mail_stats *out);
/* Nothing waits and nothing is being sent. */
bool mail_settled(struct mail *m);
/* What is being sent is broken off within a second. */
void mail_free(struct mail *m);

#endif
