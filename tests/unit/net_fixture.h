/*
 * What tests of routes begin with.
 */
#ifndef REGENT_TESTS_UNIT_NET_FIXTURE_H
#define REGENT_TESTS_UNIT_NET_FIXTURE_H

#include "tests/unit/test.h"

#include <string.h>

#include <linux/rtnetlink.h>

#include "core/net/route_nl.h"

/* A unicast route to there, and nothing else said of it. */
static inline struct net_route route_to(const char *dst)
{
	struct net_route r;

	memset(&r, 0, sizeof(r));
	assert_true(prefix_parse(dst, &r.dst));
	r.family = r.dst.addr.family;
	r.type = RTN_UNICAST;
	return r;
}

#endif
