/*
 * The run queue: everything without a deadline of its own, one item at a time, urgent work first between two of them.
 *
 * Owns the order of work. The queue is a ring of items that belong to their owners, so cancelling one is a few stores
 * wherever it stands, also from the callback of another.
 */
#include "config.h"

#include "core/loop/loop_priv.h"

void runq_init(struct loop *l)
{
	l->runq.next = l->runq.prev = &l->runq;
}

bool runq_empty(const struct loop *l)
{
	return l->runq.next == &l->runq;
}

void loop_item_init(struct loop_item *it, void (*fn)(void *user), void *user)
{
	*it = (struct loop_item){ .fn = fn, .user = user };
}

void loop_item_post(struct loop *l, struct loop_item *it)
{
	if (it->queued)
		return;
	it->queued = true;
	it->next = &l->runq;
	it->prev = l->runq.prev;
	it->prev->next = it;
	l->runq.prev = it;
}

void loop_item_cancel(struct loop *l, struct loop_item *it)
{
	(void)l;
	if (!it->queued)
		return;
	it->prev->next = it->next;
	it->next->prev = it->prev;
	it->next = it->prev = NULL;
	it->queued = false;
}

/* What cannot wait for the end of the drain. Returns the time afterwards. */
static usec_t look_at_urgent(struct loop *l, usec_t now)
{
	bool ran = timers_run_urgent(l, now);

	if (l->ios[LOOP_URGENT].n > 0 && now - l->urgent_polled >= URGENT_POLL_EVERY) {
		io_run_urgent(l);
		ran = true;
	}
	return ran ? mono_now() : now;
}

static void account_item(struct loop *l, usec_t took)
{
	l->stats.items_run++;
	l->stats.items_over += took > ITEM_MAX;
	l->stats.item_longest = usec_max(l->stats.item_longest, took);
}

void runq_drain(struct loop *l)
{
	usec_t start, now;

	if (runq_empty(l))
		return;
	start = mono_now();
	now = look_at_urgent(l, start);
	while (!runq_empty(l) && !l->stopping && now - start < RUNQ_SLICE) {
		struct loop_item *it = l->runq.next;
		usec_t after;

		loop_item_cancel(l, it);
		it->fn(it->user);
		after = mono_now();
		account_item(l, after - now);
		now = look_at_urgent(l, after);
	}
}
