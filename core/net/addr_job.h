/*
 * Adding and removing addresses: an ordered batch of operations, run by the kernel thread.
 *
 * An address that is already there is a success for ADD (EEXIST), one that is gone is a success for DEL
 * (EADDRNOTAVAIL). Added addresses carry IFA_PROTO = ADDR_JOB_PROTO where the kernel keeps it, so they are
 * recognised after a crash.
 */
#ifndef REGENT_NET_ADDR_JOB_H
#define REGENT_NET_ADDR_JOB_H

#include "core/base/addr.h"
#include "core/nl/nl.h"

/* The value of IFA_PROTO that marks our addresses (RTPROT_KEEPALIVED's number, as ip(8) shows it). */
#define ADDR_JOB_PROTO 18

enum addr_op_kind { ADDR_ADD, ADDR_DEL };

struct addr_op {
	enum addr_op_kind kind;
	int ifindex;
	struct prefix prefix;
	struct addr peer;      /* family 0: none; prefix.len is its length then */
	struct addr broadcast; /* family 0: none */
	char label[16];        /* "" : none */
	uint8_t scope;         /* RT_SCOPE_UNIVERSE, ... */
	uint32_t flags;        /* IFA_F_ */
	bool has_preferred;    /* else: for ever */
	uint32_t preferred_lft; /* seconds; 0: never taken as a source by itself */
	int err;               /* result: 0 or a positive errno */
};

struct addr_job {
	struct nl_job job; /* first */
	struct addr_op *ops;
	size_t n_ops;
	void (*done)(void *user, struct addr_job *j); /* on the loop, before the job frees itself */
	void *user;
};

/* 0, or EINVAL for an operation that no kernel would take: family, prefix length, interface or label. Pure. */
int addr_op_check(const struct addr_op *op);
/* The result of an operation that the kernel answered with `err`. Pure. */
int addr_op_verdict(enum addr_op_kind kind, int err);

/* Takes a copy of `ops`. The job frees itself after done() (done may be NULL). 0 or a positive errno. */
int addr_job_submit(struct nl *nl, enum loop_class cls, const struct addr_op *ops, size_t n,
                    void (*done)(void *user, struct addr_job *j), void *user);

#endif
