/*
 * A request socket: what the kernel thread says to the kernel and hears back. Blocking, with a limit of two
 * seconds.
 *
 * Knows neither threads nor the loop. All errors are positive errno values. After a lost answer the socket is
 * replaced by a fresh one, so no late answer can be taken for that of another request.
 */
#ifndef REGENT_NL_SOCK_H
#define REGENT_NL_SOCK_H

#include <stdint.h>

#include <linux/netlink.h>

#include "core/nl/nl.h"

struct nl_sock {
	int fd; /* -1: could not be opened again yet */
	int protocol;
	uint32_t seq; /* the next request's */
	uint8_t *buf; /* one datagram */
	struct nl_buffer buffer;
	struct nl_opener opener;
};

typedef int nl_each_fn(struct nlmsghdr *h, void *arg);

/* `opener` may be NULL. 0 or a positive errno. */
int nl_sock_open(struct nl_sock *s, int protocol, const struct nl_opener *opener);
void nl_sock_close(struct nl_sock *s);

void nl_sock_set_buffer(struct nl_sock *s, const struct nl_buffer *b);

/* A socket's receive buffer; where neither is given, `usual` bytes. */
void nl_apply_buffer(int fd, const struct nl_buffer *b, int usual);

/* See nl_ctx_transact(). */
int nl_sock_transact(struct nl_sock *s, struct nl_batch *b, int *errs);
/* See nl_ctx_commit(). */
int nl_sock_commit(struct nl_sock *s, struct nl_batch *b, int *errs);
/* Its address; 0: it has none yet. */
uint32_t nl_sock_port(const struct nl_sock *s);
/* One request that is answered by messages and an acknowledgement, or by a dump where `flags` has NLM_F_DUMP.
 * *interrupted is set where the kernel says that the dump is not of one moment. */
int nl_sock_ask(struct nl_sock *s, struct nlmsghdr *request, uint16_t flags, nl_each_fn *each, void *arg,
                bool *interrupted);

#endif
