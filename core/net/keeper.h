/*
 * Keeps a list of addresses, routes and rules in the kernel while it is told to: adds them in order, brings back what another hand takes
 * away, and takes them away in the end, backwards.
 */
#ifndef REGENT_NET_KEEPER_H
#define REGENT_NET_KEEPER_H

#include "core/net/keep_plan.h"
#include "core/net/netmon.h"
#include "core/net/routemon.h"

struct keeper;

struct keeper_env {
	struct loop *loop;
	struct nl *nl;
	struct netmon *netmon;
	struct routemon *routemon;
	struct rt_dirs dirs;
	enum loop_class cls;
	bool former_life;        /* what is there already is by our own hand */
	char name[64];           /* for log lines: the instance, or "static" */
	void (*changed)(void *user); /* what is held, or lost, has changed */
	void (*taken)(void *user);   /* one that is tracked was lost and is refused now; NULL: nobody asks */
	void *user;
};

struct keeper_counts {
	size_t wanted, held, lost;
	uint64_t restored, refused;
};

/* NULL: no memory. */
struct keeper *keeper_new(const struct keeper_env *env);
/* Items in order: addresses, routes, rules. Copied; only differences reach the kernel. */
void keeper_set(struct keeper *k, const struct keep_item *items, size_t n);
void keeper_hold(struct keeper *k, bool on);
/* Remove what a former life may have left; not while held. */
void keeper_clear(struct keeper *k);
/* keeper_hold(false), then done() once the kernel has answered everything; from the run queue. */
void keeper_stop(struct keeper *k, void (*done)(void *user), void *user);
/* After done(), or after nl_stop(). */
void keeper_free(struct keeper *k);
void keeper_counts(const struct keeper *k, struct keeper_counts *out);
/* Is the interface of one that is tracked away or down? The kernel takes no route by it. */
bool keeper_is_cut_off(const struct keeper *k);
/* Is one that `group` (NULL: anybody) answers for missing? */
bool keeper_misses(const struct keeper *k, const char *group);

#endif
