/*
 * The room's own view of a batch: requests laid end to end, each where the kernel expects it (four-byte aligned),
 * ready to be sent in slices.
 */
#ifndef REGENT_NL_BATCH_H
#define REGENT_NL_BATCH_H

#include <linux/netlink.h>

#include "core/nl/nl.h"

struct nl_batch {
	enum nl_family family;
	uint8_t *bytes;
	size_t len, cap;
	size_t *at; /* where each request begins */
	size_t n, n_cap;
};

static inline struct nlmsghdr *nl_batch_request(const struct nl_batch *b, size_t i)
{
	return (struct nlmsghdr *)(void *)(b->bytes + b->at[i]);
}

/* Where request i ends, its padding included. */
static inline size_t nl_batch_end(const struct nl_batch *b, size_t i)
{
	return i + 1 < b->n ? b->at[i + 1] : b->len;
}

#endif
