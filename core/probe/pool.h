/*
 * Inside the room: what the pool (who subscribes to what) and the runner (who runs when) share.
 *
 * A probe lives as long as it has subscriptions. Verdicts reach subscribers from an item on the run queue, never from
 * inside the call or the run that made them, so that an observer may subscribe and unsubscribe at will.
 */
#ifndef REGENT_PROBE_POOL_H
#define REGENT_PROBE_POOL_H

#include <sys/queue.h>
/* Out of memory is an answer, not an exit. */
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#include "core/base/log.h"
#include "core/probe/health.h"
#include "core/probe/run.h"
#include "core/probe/tls_store.h"

struct probe_sub {
	TAILQ_ENTRY(probe_sub) entry;
	void *subscription;
	usec_t interval, down_interval;
	bool log_all;
	enum health_verdict told;
	struct probe_weight told_weight;
};
TAILQ_HEAD(probe_subs, probe_sub);

struct probe {
	UT_hash_handle hh;
	struct probe_key key;
	struct probe_pool *pool;
	struct probe_conf conf; /* its intervals are the subscribers' shortest */
	uint64_t hash;

	/* Subscriptions move from `told` to `untold` when the verdict changes, and back when they have been told. */
	struct probe_subs told, untold;
	uint32_t n_subs;
	struct loop_item tell;
	bool telling, dead;
	LIST_ENTRY(probe) looking; /* of the kinds that look */

	struct probe_run run;
	struct loop_timer due, watchdog;
	TAILQ_ENTRY(probe) waiting;
	bool is_waiting;

	struct health health;
	enum probe_reason reason;
	struct probe_weight weight, weight_judged; /* given by runs; as of the last outcome */
	char text[128];
	usec_t last_run, latency;
	uint64_t runs, failures, overdue;
	bool newly_overdue;
};
TAILQ_HEAD(probe_queue, probe);

struct probe_pool {
	struct loop *loop;
	struct probe_env env;
	struct tls_store *tls;
	struct probe_observer observer;
	struct probe *probes;
	LIST_HEAD(, probe) looking;
	struct probe_queue waiting; /* due, but in_flight is at its bound; first come, first served */
	struct loop_item pump;
	uint32_t in_flight, in_flight_max;
	struct late late; /* of starts */
	uint32_t kept, kept_max; /* connections between runs */
	struct log_limit local_limit;
};

/* What is asked by a kind that has no endpoint, "" for all others. */
const char *probe_what(const struct probe_conf *c); /* kinds.c */

/* ---- run.c ---- */
void runner_init(struct probe_pool *p);
void runner_free(struct probe_pool *p);
/* A new probe: its first run lies within its warmup. */
void runner_add(struct probe *probe);
/* No run of it any more, nor a start. */
void runner_remove(struct probe *probe);
/* The interval that holds now. */
usec_t runner_interval(const struct probe *probe);
/* Run now; one that runs or waits in line does already. */
void runner_now(struct probe *probe);
/* The interval became shorter: the next start is no later than it would be by it. */
void runner_hasten(struct probe *probe);

/* ---- pool.c ---- */
/* The verdict or the weight changed: tell all subscribers, soon. */
void pool_verdict_changed(struct probe *probe);

#endif
