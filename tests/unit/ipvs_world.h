/*
 * A world for the engine of core/ipvs without a kernel: a loop in virtual time, a kernel thread that runs jobs when told to, and an
 * IPVS table that refuses what the real one refuses, and more on demand.
 */
#ifndef REGENT_TESTS_IPVS_WORLD_H
#define REGENT_TESTS_IPVS_WORLD_H

#include "core/ipvs/ipvs_nl.h"

/* Requests are numbered as they come; those from `first` on, `n` of them, are answered with `err`. */
struct world_fault {
	unsigned first, n;
	int err;
	bool done; /* and yet the kernel did them: the answer was lost */
};

struct world {
	struct world_fault fault;
	unsigned requests;
	usec_t now;
	usec_t op_takes;           /* so long is a kernel about one operation */
	bool absent;               /* no IPVS */
	int refuse_err;            /* operations on this server or scheduler are refused with it */
	struct endpoint refuse;
	char refuse_scheduler[16];
	int list_err;
	unsigned ops, lists, dest_lists, daemon_ops, stat_lists;
	unsigned reuse;            /* times that the engine asked for ports to be used again */
	struct ipvs_table kernel;
	struct ipvs_nl_daemon daemons[IPVS_NL_DAEMONS];
	size_t n_daemons;
	struct addr local;
	uint32_t timeouts[3];      /* tcp, tcpfin, udp */
	int timeouts_err;
};

extern struct world world;

void world_reset(void);
/* Run one job, urgent ones first; false: there is none. Its done() is not yet delivered. */
bool world_run_job(void);
/* Deliver done() of the jobs that ran, and run queued items until there are none. */
void world_run_loop(void);
/* Jobs, items and timers due within `dur`, in virtual time. */
void world_run(usec_t dur);
size_t world_jobs(void);
/* As nl_stop() does with what was not delivered. */
void world_drop_jobs(void);

struct ipvs_entry *world_service(const struct service_key *key);
/* The weight of a server in the kernel, -1 where it has none. */
int32_t world_weight(const struct service_key *key, const struct endpoint *server);

#endif
