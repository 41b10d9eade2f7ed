/*
 * Batches of address requests, for the tests of the kernel room.
 */
#ifndef REGENT_TESTS_UNIT_NL_REQUESTS_H
#define REGENT_TESTS_UNIT_NL_REQUESTS_H

#include <arpa/inet.h>

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>

#include "core/nl/nl.h"
#include "test.h"

enum { LO = 1, MANY = 1000 };

static inline void add_request(struct nl_batch *b, int type, int ifindex, uint32_t host)
{
	struct ifaddrmsg info = { .ifa_family = AF_INET, .ifa_prefixlen = 32, .ifa_index = (unsigned)ifindex };
	struct nl_msg *msg = nlmsg_alloc_simple(type, type == RTM_NEWADDR ? NLM_F_CREATE | NLM_F_EXCL : 0);
	uint32_t be = htonl(host);

	assert_non_null(msg);
	nlmsg_append(msg, &info, sizeof(info), NLMSG_ALIGNTO);
	nla_put(msg, IFA_LOCAL, sizeof(be), &be);
	assert_int_equal(nl_batch_add(b, msg), 0);
	nlmsg_free(msg);
}

static inline struct nl_batch *many_requests(int type, size_t n)
{
	struct nl_batch *b = nl_batch_new(NL_ROUTE);

	assert_non_null(b);
	for (size_t i = 0; i < n; i++)
		add_request(b, type, LO, 0x0a010000u + (uint32_t)i);
	assert_int_equal(nl_batch_count(b), n);
	return b;
}

#endif
