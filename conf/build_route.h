/*
 * Routes and rules while their lines are read.
 */
#ifndef REGENT_CONF_BUILD_ROUTE_H
#define REGENT_CONF_BUILD_ROUTE_H

#include "conf/build.h"

struct build_route {
	struct conf_attr *attrs; /* first in both structs: being filled */
	size_t n_attrs;
	bool is_inet, is_inet6;
	struct conf_route r;
	struct conf_hop *hops; /* being filled */
};

struct build_rule {
	struct conf_attr *attrs;
	size_t n_attrs;
	bool is_inet, is_inet6;
	struct conf_rule r;
};

build_set_fn build_route_attr, build_route_to, build_route_via, build_route_dev, build_route_hop, build_route_weight,
	build_route_onlink;
build_set_fn build_rule_prefix, build_rule_l3mdev;

#endif
