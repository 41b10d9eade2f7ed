/*
 * Going over the messages of a datagram, which may end anywhere: only whole messages are seen.
 */
#ifndef REGENT_NL_WALK_H
#define REGENT_NL_WALK_H

#include <stddef.h>
#include <stdint.h>

#include <linux/netlink.h>

struct nl_walk {
	uint8_t *p; /* aligned as the kernel aligns messages */
	size_t left;
};

/* The next message, or NULL where no whole one is left. */
static inline struct nlmsghdr *nl_walk_next(struct nl_walk *w)
{
	struct nlmsghdr *h = (struct nlmsghdr *)(void *)w->p;
	size_t step;

	if (w->left < sizeof(*h) || h->nlmsg_len < sizeof(*h) || h->nlmsg_len > w->left)
		return NULL;
	step = NLMSG_ALIGN(h->nlmsg_len);
	if (step > w->left)
		step = w->left;
	w->p += step;
	w->left -= step;
	return h;
}

#endif
