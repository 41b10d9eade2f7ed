/*
 * Scripts that tell of things, one after the other for each object: two scripts of one object never run at once, and they run in
 * the order of what they tell. Each object has a queue of its own, so one that hangs holds up nobody else.
 */
#ifndef REGENT_NOTIFY_QUEUE_H
#define REGENT_NOTIFY_QUEUE_H

#include "core/base/script.h"
#include "core/loop/loop.h"

/* Waiting scripts of one object; where more come, the oldest are left out, since what they tell is long past. */
#define QUEUE_WAITING_MAX 16

struct script_queues;

struct script_queues_stats {
	unsigned objects; /* with something to run */
	uint64_t run, failed, left_out;
};

/* `runner` outlives it. NULL: no memory. */
struct script_queues *script_queues_new(struct loop *l, const struct script_runner *runner);
/* What waits is dropped, what runs is ended. */
void script_queues_free(struct script_queues *q);
/* Copies all. `object` is what the log calls it. */
void script_queues_push(struct script_queues *q, const char *object, const struct script_spec *spec);
void script_queues_get_stats(const struct script_queues *q, struct script_queues_stats *out);
/* done(), once, when nothing waits or runs: from within where that is so already. */
void script_queues_when_idle(struct script_queues *q, void (*done)(void *user), void *user);

#endif
