/*
 * The last 1 024 events, numbered; subscribers on the loop are told of each, and a reader that comes back (the
 * agent) asks for what it has not acknowledged. Pure storage: no I/O.
 */
#ifndef REGENT_NOTIFY_RING_H
#define REGENT_NOTIFY_RING_H

#include <stddef.h>

#include "core/notify/event.h"

#define RING_SIZE 1024

struct ring;

struct ring_subscriber {
	void (*event)(void *user, const struct event *e);
	void *user;
	struct ring_subscriber *next;
};

struct ring *ring_new(uint64_t boot);
void ring_free(struct ring *r);
void ring_subscribe(struct ring *r, struct ring_subscriber *s);
/* Numbers `e` (seq, boot, mails), keeps it, tells the subscribers. */
void ring_publish(struct ring *r, struct event *e);
/* The first kept event with seq > after, or NULL. *lost gets how many in between are no longer kept. */
const struct event *ring_after(const struct ring *r, uint64_t after, uint64_t *lost);
/* The event before the first kept one that is to be mailed and is not among the first `mails` of those. */
uint64_t ring_before_mail(const struct ring *r, uint64_t mails);
uint64_t ring_last(const struct ring *r);

#endif
