/*
 * The kernel thread: the only place that opens netlink sockets, and the only one that may wait for the kernel.
 *
 * The loop hands it jobs; the thread runs them one at a time, LOOP_URGENT class jobs (addresses, weights of a role
 * change) before others, in order within a class; done() comes back on the loop. A job's run() builds requests
 * into a batch and transacts: up to 100 requests a sendmsg(), each with its own acknowledgement. Descriptors stay
 * with the thread; the monitor socket (multicast groups, read-only, non-blocking) alone is read on the loop.
 *
 * Errors are positive errno values as the kernel gave them.
 */
#ifndef REGENT_NL_NL_H
#define REGENT_NL_NL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/loop/loop.h"

struct nl_msg;    /* libnl's */
struct nlmsghdr;  /* the kernel's */
struct nl;        /* the room */
struct nl_ctx;    /* what a running job may use; valid on the kernel thread only */

enum nl_family { NL_ROUTE, NL_IPVS, NL_FILTER };

struct nl_job {
	void (*run)(struct nl_ctx *ctx, struct nl_job *job); /* kernel thread: must not touch loop-side state */
	void (*done)(struct nl_job *job);                    /* loop; owns the job again, may free it */
	void (*drop)(struct nl_job *job);                    /* nl_stop, instead of done(): free it; or NULL */
	enum loop_class cls;
	usec_t submitted; /* set by nl_submit */
	usec_t finished;  /* set before done() */
	struct nl_job *next;
};

/* Opens the sockets and starts the thread. A kernel without IPVS is not an error (see nl_ctx_ipvs). NULL: errno.
 * Capabilities belong to a thread: call this after privileges have been dropped to those that stay
 * (CAP_NET_ADMIN), or the kernel thread loses them all when the process changes its user. */
struct nl *nl_start(struct loop *l);
/* Who opens IPVS's request socket, where that is not to be in our network namespace: a descriptor, or -1 with errno. */
struct nl_opener {
	int (*open)(void *user); /* on the kernel thread; NULL: nobody */
	void *user;
};
struct nl *nl_start_with(struct loop *l, const struct nl_opener *ipvs);
/* Waits for the running job, joins the thread, calls drop() where set, not done(), for every job whose done() has
 * not run. Monitors are freed before. */
void nl_stop(struct nl *nl);
/* The same, but false where the thread hangs in the kernel for longer: then all that it may use must stay, jobs too; to be called
 * again, or the process ends. */
bool nl_stop_within(struct nl *nl, usec_t patience);
struct loop *nl_loop(const struct nl *nl);
void nl_submit(struct nl *nl, struct nl_job *job);

/* A receive buffer: bytes, 0 for our own choice; beyond the system's limit where it is forced. */
struct nl_buffer {
	int bytes;
	bool force;
};
static inline bool nl_buffer_same(const struct nl_buffer *a, const struct nl_buffer *b)
{
	return a->bytes == b->bytes && a->force == b->force;
}
/* Of the request sockets, from the next job on, and of those that replace them. */
void nl_set_buffers(struct nl *nl, const struct nl_buffer *route, const struct nl_buffer *ipvs);
/* Jobs not yet finished, and the age of the oldest: a health input. */
unsigned nl_backlog(const struct nl *nl, usec_t now, usec_t *oldest);

/* ---- on the kernel thread ---- */

/* The generic netlink family id of IPVS, or 0 where the kernel has none; asks again (and lets the kernel load the
 * module) at most once in 5 s. */
uint16_t nl_ctx_ipvs(struct nl_ctx *ctx);

struct nl_batch; /* a growing list of requests */
struct nl_batch *nl_batch_new(enum nl_family family);
void nl_batch_free(struct nl_batch *b);
/* Append a finished message (copied); flag NLM_F_REQUEST is added, NLM_F_ACK where it is wanted. */
int nl_batch_add(struct nl_batch *b, struct nl_msg *msg);
size_t nl_batch_count(const struct nl_batch *b);
/* Send all, gather what the kernel says of each: errs[i] is 0 or a positive errno (ETIMEDOUT, EIO where the
 * kernel's answer was lost or broken). Returns 0, or the errno of a failed transport, after which errs is still
 * filled. */
int nl_ctx_transact(struct nl_ctx *ctx, struct nl_batch *b, int *errs);
/* Send all as one transaction of nf_tables (NL_FILTER only): all take effect, or none. errs as above; 0, or the first
 * errno, whatever it came from. */
int nl_ctx_commit(struct nl_ctx *ctx, struct nl_batch *b, int *errs);
/* The address by which the kernel names who asked for a change, in its news of that; 0: not known. */
uint32_t nl_ctx_port(struct nl_ctx *ctx, enum nl_family family);
/* One request that is answered by messages and an acknowledgement (an IPVS_CMD_GET_INFO, RTM_GETLINK of one link);
 * flags are set here. Returns 0, what `each` stopped with, or a positive errno. */
int nl_ctx_ask(struct nl_ctx *ctx, enum nl_family family, struct nl_msg *msg,
               int (*each)(struct nlmsghdr *h, void *arg), void *arg);
/* One dump request (NLM_F_DUMP is added); `each` gets every reply message and returns 0 to go on. Interrupted
 * dumps (NLM_F_DUMP_INTR) are tried again, up to 3 times, after calling `restart` (may be NULL), then given up
 * with EAGAIN. Returns 0, what `each` stopped with, or a positive errno. */
int nl_ctx_dump(struct nl_ctx *ctx, enum nl_family family, struct nl_msg *msg,
                int (*each)(struct nlmsghdr *h, void *arg), void (*restart)(void *arg), void *arg);

/* ---- monitor: on the loop ---- */
struct nl_monitor;
/* Subscribe to rtnetlink groups (RTNLGRP_LINK, ...), 0-terminated. `each` is called for every message on the loop;
 * `overrun` when the kernel dropped some (ENOBUFS): the owner dumps again. NULL: errno. Must be called before
 * privileges drop or with CAP_NET_ADMIN (SO_RCVBUFFORCE). */
struct nl_monitor *nl_monitor_new(struct nl *nl, const int *groups, void (*each)(struct nlmsghdr *h, void *user),
                                  void (*overrun)(void *user), void *user);
/* The same for another family's groups. */
struct nl_monitor *nl_monitor_new_of(struct nl *nl, enum nl_family family, const int *groups,
                                     void (*each)(struct nlmsghdr *h, void *user), void (*overrun)(void *user), void *user);
/* Also from inside its callbacks. */
void nl_monitor_free(struct nl_monitor *m);
void nl_monitor_set_buffer(struct nl_monitor *m, const struct nl_buffer *b);

#endif
