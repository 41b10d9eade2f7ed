/*
 * The fence in the kernel: messages of nf_tables, on the kernel thread.
 */
#ifndef REGENT_NET_FENCE_NL_H
#define REGENT_NET_FENCE_NL_H

#include "core/net/fence.h"

enum fence_step {
	FENCE_REBUILD, /* the whole table, with these addresses and no other; our tables of other names go */
	FENCE_ADD,
	FENCE_DELETE,
};

struct fence_job {
	struct nl_job job; /* first */
	enum fence_step step;
	struct fence_conf conf;
	struct fence_addr *list;
	size_t n;
	int err;       /* result: 0 or a positive errno; EEXIST: the table is somebody else's */
	uint32_t port; /* result: by which the kernel's news names us */
	void (*done)(void *user, struct fence_job *j); /* on the loop, before the job frees itself */
	void *user;
};

/* Takes over what->list. 0 or ENOMEM. */
int fence_job_submit(struct nl *nl, const struct fence_job *what);
/* The messages of a job, without those for tables of other names. 0 or a positive errno. */
int fence_append(struct nl_batch *b, const struct fence_job *j, bool there);
/* Does this news say that something of `table` was taken away, by another than `port`? */
bool fence_is_loss(const struct nlmsghdr *h, const char *table, uint32_t port);
/* The table that a message of a dump is about: its name, and whether it bears this mark. False: none, or broken. */
bool fence_parse_table(const struct nlmsghdr *h, const char *mark, char name[static FENCE_TABLE], bool *ours);

#endif
