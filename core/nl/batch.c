/*
 * Batches of requests: one growing buffer and the offset of each request in it.
 *
 * Messages are copied as libnl built them, so a caller may free or reuse its message at once. Sequence numbers are
 * not set here but when a slice is sent (sock.c), so a batch can be sent again.
 */
#include "config.h"

#include "core/nl/batch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <netlink/msg.h>

struct nl_batch *nl_batch_new(enum nl_family family)
{
	struct nl_batch *b = calloc(1, sizeof(*b));

	if (b)
		b->family = family;
	return b;
}

void nl_batch_free(struct nl_batch *b)
{
	if (!b)
		return;
	free(b->bytes);
	free(b->at);
	free(b);
}

static int batch_reserve(struct nl_batch *b, size_t more)
{
	if (b->len + more > b->cap) {
		size_t cap = 2 * b->cap + more + 4096;
		uint8_t *bytes = realloc(b->bytes, cap);

		if (!bytes)
			return ENOMEM;
		b->bytes = bytes;
		b->cap = cap;
	}
	if (b->n == b->n_cap) {
		size_t cap = 2 * b->n_cap + 32;
		size_t *at = realloc(b->at, cap * sizeof(*at));

		if (!at)
			return ENOMEM;
		b->at = at;
		b->n_cap = cap;
	}
	return 0;
}

int nl_batch_add(struct nl_batch *b, struct nl_msg *msg)
{
	const struct nlmsghdr *from = nlmsg_hdr(msg);
	size_t size = NLMSG_ALIGN(from->nlmsg_len);
	struct nlmsghdr *h;
	int err = batch_reserve(b, size);

	if (err)
		return err;
	memset(b->bytes + b->len, 0, size);
	memcpy(b->bytes + b->len, from, from->nlmsg_len);
	b->at[b->n] = b->len;
	b->len += size;
	h = nl_batch_request(b, b->n++);
	h->nlmsg_flags |= NLM_F_REQUEST; /* which ones ask for an answer: sock.c */
	h->nlmsg_pid = 0;
	return 0;
}

size_t nl_batch_count(const struct nl_batch *b)
{
	return b->n;
}
