/*
 * Where the kernel thread runs: on any processor that the loop's thread may use but the one that it is on.
 *
 * While the kernel works off a batch, most kernels give the processor to nobody, whatever his class: the two on one processor would
 * take turns of a millisecond, and the scheduler does put a thread that waited for a kernel lock beside the one that just slept.
 */
#ifndef REGENT_NL_PLACE_H
#define REGENT_NL_PLACE_H

#include <sched.h>
#include <stdbool.h>
#include <sys/types.h>

struct nl_place {
	pid_t loop;  /* its thread */
	int avoided; /* the processor that we keep off; -1: none yet */
};

/* What is left of `allowed` without `cpu`. False: nothing, or no such processor is in it: all of it serves. Pure. */
bool nl_place_beside(const cpu_set_t *allowed, int cpu, cpu_set_t *out);
/* On the kernel thread: the loop was last seen on `cpu`. Where the kernel refuses, we stay. */
void nl_place_look(struct nl_place *p, int cpu);

#endif
