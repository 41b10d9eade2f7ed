/*
 * Telling of transitions by scripts and FIFOs, as the file says: notify_master and its like, quorum_up, notify_up, notify_fifo.
 */
#ifndef REGENT_ANNOUNCE_H
#define REGENT_ANNOUNCE_H

#include "core/runtime.h"

struct announce;

/* Subscribes to the ring. NULL: no memory. */
struct announce *announce_new(struct runtime *rt);
/* After scripts_free(): nobody is called back. */
void announce_free(struct announce *a);
/* A configuration begins to apply: FIFOs, their owners and readers are what it says. */
void announce_conf(struct announce *a);
/* It is applied by a reload: fifo_write_vrrp_states_on_reload. */
void announce_reloaded(struct announce *a);
/* The instance, still in `conf`, is about to end: with the daemon (STOP), or since the file has it no more. */
void announce_router_stops(struct announce *a, const struct rt_router *r);
void announce_router_deleted(struct announce *a, const struct rt_router *r, const struct conf_vrrp *conf);
/* The daemon ends: done() once no script is to be run any more, from within where that is so already. */
void announce_end(struct announce *a, void (*done)(void *user), void *user);
/* Rows changed: was it the priority? */
void announce_priority(struct announce *a, struct rt_router *r);
/* A MASTER has heard an advert of lower priority. */
void announce_lower_heard(struct announce *a, const struct rt_router *r);
/* The first state of a server that nothing was known of (rs_init_notifies). */
void announce_server_first(struct announce *a, const struct rt_server *s);
struct announce_stats {
	uint64_t left_out;  /* transitions that no script told of, since the one before took too long */
	uint64_t fifo_lost; /* lines, of all FIFOs */
};
void announce_get_stats(const struct announce *a, struct announce_stats *out);
/* startup_script or shutdown_script; done() once, from within where there is none. */
void announce_run_global(struct announce *a, const struct conf_script *script, usec_t timeout, const char *what, void (*done)(void *user));

#endif
