/*
 * The ring of events: numbering, storage, and the telling of subscribers.
 *
 * Owns the last RING_SIZE events by value; subscribers are their owners'. An event with number n lies in slot n
 * modulo RING_SIZE, so nothing but the last number has to be kept.
 */
#include "config.h"

#include "core/notify/ring.h"

#include <stdlib.h>

struct ring {
	uint64_t boot;
	uint64_t last; /* the newest event's number; 0: none yet */
	uint64_t mails; /* published so far */
	struct ring_subscriber *subscribers;
	struct event events[RING_SIZE];
};

struct ring *ring_new(uint64_t boot)
{
	struct ring *r = calloc(1, sizeof(*r));

	if (r)
		r->boot = boot;
	return r;
}

void ring_free(struct ring *r)
{
	free(r);
}

/* At the end: subscribers are told in the order in which they came. */
void ring_subscribe(struct ring *r, struct ring_subscriber *s)
{
	struct ring_subscriber **at = &r->subscribers;

	while (*at)
		at = &(*at)->next;
	s->next = NULL;
	*at = s;
}

void ring_publish(struct ring *r, struct event *e)
{
	e->seq = ++r->last;
	e->boot = r->boot;
	r->mails += e->mail != 0;
	e->mails = r->mails;
	r->events[e->seq % RING_SIZE] = *e;
	for (struct ring_subscriber *s = r->subscribers; s; s = s->next)
		s->event(s->user, e);
}

const struct event *ring_after(const struct ring *r, uint64_t after, uint64_t *lost)
{
	uint64_t first = r->last < RING_SIZE ? 1 : r->last - RING_SIZE + 1; /* the oldest kept */
	uint64_t next = after + 1 < first ? first : after + 1;

	*lost = 0;
	if (after >= r->last)
		return NULL;
	*lost = next - (after + 1);
	return &r->events[next % RING_SIZE];
}

uint64_t ring_before_mail(const struct ring *r, uint64_t mails)
{
	uint64_t seq = r->last < RING_SIZE ? 1 : r->last - RING_SIZE + 1;

	while (seq <= r->last && (!r->events[seq % RING_SIZE].mail || r->events[seq % RING_SIZE].mails <= mails))
		seq++;
	return seq - 1;
}

uint64_t ring_last(const struct ring *r)
{
	return r->last;
}
