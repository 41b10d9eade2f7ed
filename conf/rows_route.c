/*
 * Options of routes and rules, by the names of `ip route add` and `ip rule add`.
 */
#include "config.h"

#include "conf/build_route.h"

typedef struct build_route R;
typedef struct build_rule U;

/* Kept under its name; a number in a range, or with max 0 any word. */
#define ATTR(n, lo, hi, h, ...) \
	{ .name = (n), .type = KW_CUSTOM, .set = build_route_attr, .min = (lo), .max = (hi), .help = (h), __VA_ARGS__ }
/* The same for a metric, which may be locked: `mtu lock 1500`. */
#define LOCK(n, h) ATTR(n, 0, UINT32_MAX, h, .set_to = 1)

static const struct kw_row route_rows[] = {
	KW_ODD("to", build_route_to, "PREFIX or default"),
	KW_IP("src", R, r.src, NULL, "address that is used as source"),
	KW_ODD("via", build_route_via, "[inet|inet6] ADDRESS: the next hop", KW_ALIAS("gw")),
	KW_ODD("or", build_route_via, "a second next hop, in the old form `via A or B`"),
	KW_ODD("dev", build_route_dev, "interface", KW_ALIAS("oif")),
	KW_ODD("nexthop", build_route_hop, "one of several ways: via A [dev IF] [weight N] [onlink]", .bare = true),
	KW_ODD("weight", build_route_weight, "share of this way"),
	KW_ODD("onlink", build_route_onlink, "the next hop is on the link", .bare = true),
	KW_STR("table", R, r.table, 63, "name or number of the table; main"),
	KW_STR("track_group", R, r.track_group, 63, "track_group that its loss faults"),
	KW_ON("no_track", R, r.no_track, 1, "its loss is no reason to give up"),
	KW_ON("inet", R, is_inet, 1, "an IPv4 route"),
	KW_ON("inet6", R, is_inet6, 1, "an IPv6 route"),
	ATTR("tos", 0, 0, "type of service", KW_ALIAS("dsfield")),
	ATTR("protocol", 0, 0, "who made the route", KW_ALIAS("proto")),
	ATTR("scope", 0, 0, "global site link host nowhere, or a number"),
	ATTR("metric", 0, UINT32_MAX, "the lower, the better", KW_ALIAS("priority", "preference")),
	ATTR("vrf", 0, 0, "VRF whose table is meant"),
	ATTR("realms", 0, 0, "[SOURCE/]DESTINATION"),
	ATTR("features", 0, 0, "ecn"),
	ATTR("pref", 0, 0, "low medium high"),
	ATTR("expires", 0, UINT32_MAX, "seconds that it lives"),
	ATTR("quickack", 0, 1, "acknowledge at once"),
	ATTR("ttl-propagate", 0, 0, "enabled or disabled", KW_ALIAS("ttl_propagate")),
	ATTR("fastopen_no_cookie", 0, 1, "TCP fast open without a cookie"),
	ATTR("congctl", 0, 0, "[lock] NAME: TCP congestion control", .set_to = 1),
	ATTR("rto_min", 0, 0, "[lock] TIME: least retransmission time-out", .set_to = 1),
	ATTR("rtt", 0, 0, "[lock] TIME: first guess of the round trip", .set_to = 1),
	ATTR("rttvar", 0, 0, "[lock] TIME: its variance", .set_to = 1),
	LOCK("mtu", "[lock] N"), LOCK("advmss", "[lock] N"), LOCK("reordering", "[lock] N"), LOCK("window", "[lock] N"),
	LOCK("cwnd", "[lock] N"), LOCK("ssthresh", "[lock] N"), LOCK("hoplimit", "[lock] N"), LOCK("initcwnd", "[lock] N"),
	LOCK("initrwnd", "[lock] N"),
};

const struct kw_place *place_route(void)
{
	static const struct kw_place place = {
		.name = "virtual_routes", .args = "[TYPE] PREFIX", .is_line = true, .parts = { KW_PART(route_rows, 0) },
	};

	return &place;
}

static const struct kw_row rule_rows[] = {
	KW_ODD("from", build_rule_prefix, "PREFIX or all", KW_FIELD(U, r.from)),
	KW_ODD("to", build_rule_prefix, "PREFIX or all", KW_FIELD(U, r.to)),
	KW_STR("table", U, r.table, 63, "table that is asked", KW_ALIAS("lookup")),
	KW_STR("track_group", U, r.track_group, 63, "track_group that its loss faults"),
	KW_ON("no_track", U, r.no_track, 1, "its loss is no reason to give up"),
	KW_ON("not", U, r.invert, 1, "for what does not match"),
	KW_ON("inet", U, is_inet, 1, "an IPv4 rule"),
	KW_ON("inet6", U, is_inet6, 1, "an IPv6 rule"),
	ATTR("iif", 0, 0, "interface that a packet came by", KW_ALIAS("dev")),
	ATTR("oif", 0, 0, "interface that it is bound to"),
	ATTR("tos", 0, 0, "type of service", KW_ALIAS("dsfield")),
	ATTR("fwmark", 0, 0, "MARK[/MASK]"),
	ATTR("priority", 0, UINT32_MAX, "order of rules", KW_ALIAS("preference", "order")),
	ATTR("realms", 0, 0, "[SOURCE/]DESTINATION", KW_ALIAS("realm")),
	ATTR("goto", 0, UINT32_MAX, "priority of the rule to go on with"),
	ATTR("suppress_prefixlength", 0, 128, "routes of such a length do not count", KW_ALIAS("suppress_pl")),
	ATTR("suppress_ifgroup", 0, 0, "routes by such interfaces do not count", KW_ALIAS("suppress_group")),
	ATTR("tun_id", 0, UINT32_MAX, "tunnel", KW_ALIAS("tunnel-id")),
	ATTR("uidrange", 0, 0, "FIRST-LAST: users"),
	ATTR("protocol", 0, 0, "who made the rule"),
	ATTR("ip_proto", 0, 0, "protocol of the packet", KW_ALIAS("ipproto")),
	ATTR("sport", 0, 0, "PORT[-LAST]"),
	ATTR("dport", 0, 0, "PORT[-LAST]"),
	KW_ODD("l3mdev", build_rule_l3mdev, "the table of the VRF", .bare = true),
};

const struct kw_place *place_rule(void)
{
	static const struct kw_place place = {
		.name = "virtual_rules", .args = "SELECTOR ACTION", .is_line = true, .parts = { KW_PART(rule_rows, 0) },
	};

	return &place;
}
