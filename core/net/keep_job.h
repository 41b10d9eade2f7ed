/*
 * Keep operations on the kernel thread: names of tables looked up, one batch, each with its own result.
 */
#ifndef REGENT_NET_KEEP_JOB_H
#define REGENT_NET_KEEP_JOB_H

#include "core/net/keep_plan.h"
#include "core/nl/nl.h"

struct keep_job {
	struct nl_job job; /* first */
	struct keep_ops ops;
	struct rt_dirs dirs;
	void (*done)(void *user, struct keep_job *j); /* on the loop, before the job frees itself; NULL: nobody asks */
	void *user;
	unsigned stamp; /* the submitter's own */
};

/* Takes over ops->list. A removal of what is not there is a success. 0 or a positive errno. */
int keep_job_submit(struct nl *nl, enum loop_class cls, struct keep_ops *ops, const struct rt_dirs *dirs,
                    void (*done)(void *user, struct keep_job *j), void *user);

/* Are these rules there? Each op's error becomes 0, ENOENT, or why the kernel could not be asked. Takes over ops->list. 0 or a positive
 * errno. */
int keep_job_find(struct nl *nl, enum loop_class cls, struct keep_ops *ops, const struct rt_dirs *dirs,
                  void (*done)(void *user, struct keep_job *j), void *user, unsigned stamp);

/* Remove every route and rule that bears our protocol's number and is not among `wanted` (copied): a former life left them.
 * Rules without a priority go even where they are wanted, so it has to come before the first of them is added. */
int keep_job_sweep(struct nl *nl, const struct keep_item *wanted, size_t n, const struct rt_dirs *dirs);

#endif
