/*
 * Options of routes into values (route.h), with the meanings that ip-route(8) gives them. Pure.
 */
#include "config.h"

#include "core/net/route.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/rtnetlink.h>

#include "core/base/text.h"

#define IP6_METRIC 1024

int route_type_of(const char *word)
{
	static const struct {
		const char *name;
		int type;
	} types[] = {
		{ "unicast", RTN_UNICAST },     { "local", RTN_LOCAL },       { "broadcast", RTN_BROADCAST },
		{ "anycast", RTN_ANYCAST },     { "multicast", RTN_MULTICAST }, { "throw", RTN_THROW },
		{ "unreachable", RTN_UNREACHABLE }, { "prohibit", RTN_PROHIBIT }, { "blackhole", RTN_BLACKHOLE },
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(types[i].name, word) == 0)
			return types[i].type;
	return -1;
}

/* ---- metrics ---- */

struct metric {
	const char *name;
	int id;
	uint32_t scale; /* of a time in ms; 0: a number */
};

static const struct metric metrics[] = {
	{ "mtu", RTAX_MTU, 0 },           { "window", RTAX_WINDOW, 0 },     { "rtt", RTAX_RTT, 8 },
	{ "rttvar", RTAX_RTTVAR, 4 },     { "ssthresh", RTAX_SSTHRESH, 0 }, { "cwnd", RTAX_CWND, 0 },
	{ "advmss", RTAX_ADVMSS, 0 },     { "reordering", RTAX_REORDERING, 0 }, { "hoplimit", RTAX_HOPLIMIT, 0 },
	{ "initcwnd", RTAX_INITCWND, 0 }, { "rto_min", RTAX_RTO_MIN, 1 },   { "initrwnd", RTAX_INITRWND, 0 },
	{ "quickack", RTAX_QUICKACK, 0 }, { "fastopen_no_cookie", RTAX_FASTOPEN_NO_COOKIE, 0 },
};

/* A time: milliseconds, or with s, ms, us or ns behind it; the kernel wants ms, multiplied. */
static bool parse_time(const char *text, uint32_t scale, uint32_t *out)
{
	static const struct {
		const char *unit;
		double ms;
	} units[] = { { "", 1 }, { "ms", 1 }, { "msec", 1 }, { "s", 1000 }, { "sec", 1000 }, { "us", 1e-3 }, { "ns", 1e-6 } };
	char *end;
	double n = strtod(text, &end);

	for (size_t i = 0; end != text && i < sizeof(units) / sizeof(units[0]); i++) {
		double value = n * units[i].ms * scale;

		if (strcmp(units[i].unit, end) != 0)
			continue;
		if (!(value >= 0 && value <= UINT32_MAX))
			return false;
		*out = (uint32_t)value;
		return true;
	}
	return false;
}

static bool set_metric(struct net_route *r, const char *name, const char *value, bool lock, const char **bad)
{
	for (size_t i = 0; i < sizeof(metrics) / sizeof(metrics[0]); i++) {
		const struct metric *m = &metrics[i];

		if (strcmp(m->name, name) != 0)
			continue;
		if (!(m->scale ? parse_time(value, m->scale, &r->metrics[m->id])
		               : rt_number(value, UINT32_MAX, &r->metrics[m->id])))
			*bad = m->scale ? "a time in ms" : "a number";
		r->metrics_set |= 1u << m->id;
		r->metrics_locked |= lock ? 1u << m->id : 0;
		return true;
	}
	return false;
}

/* ---- the others ---- */

static const char *set_realms(struct net_route *r, const char *value)
{
	const char *slash = strchr(value, '/');
	char from[32] = "";

	r->has_realms = true;
	if (slash) {
		if ((size_t)(slash - value) >= sizeof(from))
			return "[SOURCE/]DESTINATION";
		memcpy(from, value, (size_t)(slash - value));
	}
	if ((slash && !rt_name_set(RT_REALM, from, &r->realm_from)) ||
	    !rt_name_set(RT_REALM, slash ? slash + 1 : value, &r->realm_to))
		return "[SOURCE/]DESTINATION";
	return NULL;
}

static const char *set_pref(struct net_route *r, const char *value)
{
	static const char *const words[] = { "medium", "high", "", "low" }; /* ICMPV6_ROUTER_PREF_ */

	for (uint8_t i = 0; i < 4; i++) {
		if (*words[i] == '\0' || strcmp(words[i], value) != 0)
			continue;
		r->has_pref = true;
		r->pref = i;
		return NULL;
	}
	return "low, medium or high";
}

static const char *set_number(const char *value, uint32_t *out, bool *has)
{
	*has = true;
	return rt_number(value, UINT32_MAX, out) ? NULL : "a number";
}

static const char *set_name(enum rt_kind kind, const char *value, struct rt_name *out)
{
	return rt_name_set(kind, value, out) ? NULL : "a number or a name";
}

const char *route_set(struct net_route *r, const char *name, const char *value, bool lock)
{
	const char *bad = NULL;

	if (set_metric(r, name, value, lock, &bad))
		return bad;
	if (strcmp(name, "tos") == 0)
		return set_name(RT_DSFIELD, value, &r->tos);
	if (strcmp(name, "protocol") == 0)
		return set_name(RT_PROTOCOL, value, &r->protocol);
	if (strcmp(name, "scope") == 0) {
		r->has_scope = true;
		return set_name(RT_SCOPE, value, &r->scope);
	}
	if (strcmp(name, "metric") == 0)
		return set_number(value, &r->metric, &r->has_metric);
	if (strcmp(name, "expires") == 0)
		return set_number(value, &r->expires, &r->has_expires);
	if (strcmp(name, "realms") == 0)
		return set_realms(r, value);
	if (strcmp(name, "pref") == 0)
		return set_pref(r, value);
	if (strcmp(name, "vrf") == 0)
		return text_copy(r->vrf, sizeof(r->vrf), value) ? NULL : "the name of an interface";
	if (strcmp(name, "congctl") == 0) {
		r->metrics_locked |= lock ? 1u << RTAX_CC_ALGO : 0;
		return text_copy(r->congctl, sizeof(r->congctl), value) ? NULL : "a name of at most 15 characters";
	}
	if (strcmp(name, "features") == 0) {
		r->metrics[RTAX_FEATURES] |= RTAX_FEATURE_ECN;
		r->metrics_set |= 1u << RTAX_FEATURES;
		return strcmp(value, "ecn") == 0 ? NULL : "ecn";
	}
	if (strcmp(name, "ttl-propagate") == 0) {
		r->has_propagate = true;
		r->propagate = strcmp(value, "enabled") == 0;
		return r->propagate || strcmp(value, "disabled") == 0 ? NULL : "enabled or disabled";
	}
	return "an option that a route has";
}

/* ---- encapsulation ---- */

static const char *set_labels(struct route_encap *e, const char *text)
{
	while (*text) {
		size_t len = strcspn(text, "/");
		char label[16] = "";

		if (e->n_labels == ROUTE_LABELS || len >= sizeof(label))
			return "at most 8 labels";
		memcpy(label, text, len);
		if (!rt_number(label, (1u << 20) - 1, &e->labels[e->n_labels++]))
			return "LABEL[/LABEL...], each below 1048576";
		text += len + (text[len] == '/');
	}
	return e->n_labels ? NULL : "a label";
}

static const char *set_tunnel(struct route_encap *e, const char *name, const char *value)
{
	uint32_t n = 0;

	if (strcmp(name, "dst") == 0 || strcmp(name, "src") == 0)
		return addr_parse(value, *name == 'd' ? &e->dst : &e->src) ? NULL : "an address";
	if (!rt_number(value, UINT32_MAX, &n))
		return "a number";
	if (strcmp(name, "id") == 0) {
		e->has_id = true;
		e->id = n;
	} else if (strcmp(name, "flags") == 0) {
		e->has_flags = true;
		e->flags = (uint16_t)n;
	} else if (strcmp(name, "ttl") == 0 || strcmp(name, "hoplimit") == 0) {
		e->has_ttl = true;
		e->ttl = (uint8_t)n;
	} else {
		e->has_tos = true;
		e->tos = (uint8_t)n;
	}
	return NULL;
}

const char *route_set_encap(struct route_encap *e, const char *const *words, size_t n)
{
	const char *bad = NULL;

	if (n >= 2 && strcmp(words[0], "mpls") == 0) {
		e->type = ENCAP_MPLS;
		return set_labels(e, words[1]);
	}
	if (n == 0 || (strcmp(words[0], "ip") != 0 && strcmp(words[0], "ip6") != 0))
		return "mpls, ip or ip6";
	e->type = words[0][2] == '6' ? ENCAP_IP6 : ENCAP_IP;
	for (size_t i = 1; i + 1 < n && !bad; i += 2)
		bad = set_tunnel(e, words[i], words[i + 1]);
	return bad;
}

/* ---- the whole ---- */

static bool is_local_type(uint8_t type)
{
	return type == RTN_LOCAL || type == RTN_BROADCAST || type == RTN_ANYCAST || type == RTN_NAT;
}

static uint32_t default_scope(const struct net_route *r)
{
	if (r->type == RTN_LOCAL || r->type == RTN_NAT)
		return RT_SCOPE_HOST;
	if (r->type == RTN_BROADCAST || r->type == RTN_MULTICAST || r->type == RTN_ANYCAST)
		return RT_SCOPE_LINK;
	if (r->type == RTN_UNICAST && r->n_hops == 1 && !addr_is_set(&r->hops[0].via))
		return RT_SCOPE_LINK;
	return RT_SCOPE_UNIVERSE;
}

void route_finish(struct net_route *r)
{
	if (r->family == AF_INET && !r->has_scope)
		r->scope.number = default_scope(r);
	if (r->table.number == 0 && !r->table.name[0])
		r->table.number = is_local_type(r->type) ? RT_TABLE_LOCAL : RT_TABLE_MAIN;
	if (r->protocol.number == 0 && !r->protocol.name[0])
		r->protocol.number = RTPROT_KEEPALIVED;
	if (r->family == AF_INET6 && !r->has_metric)
		r->metric = IP6_METRIC;
	for (size_t i = 0; i < r->n_hops; i++)
		r->hops[i].weight = r->hops[i].weight ? r->hops[i].weight : 1;
}

/* The network of a prefix: the kernel tells of it with the host bits cleared. */
static struct prefix network_of(const struct prefix *p)
{
	struct prefix out = *p;

	for (size_t i = 0; i < addr_len(p->addr.family); i++) {
		size_t bits = p->len > 8 * i ? p->len - 8 * i : 0;

		out.addr.bytes[i] &= bits >= 8 ? 0xff : (uint8_t)(0xff00 >> bits);
	}
	return out;
}

bool route_is(const struct net_route *r, const struct net_route *seen)
{
	struct prefix a = network_of(&r->dst), b = network_of(&seen->dst);

	if (a.len == 0)
		a.addr = (struct addr){ 0 };
	if (b.len == 0)
		b.addr = (struct addr){ 0 };
	return r->family == seen->family && prefix_cmp(&a, &b) == 0 && r->metric == seen->metric &&
	       (r->vrf[0] || r->table.number == seen->table.number) &&
	       (r->family != AF_INET || r->tos.number == seen->tos.number);
}

const char *route_format(const struct net_route *r, char buf[static ROUTE_STRLEN])
{
	char dst[ADDR_STRLEN], via[ADDR_STRLEN];
	size_t len = 0;

	buf[0] = '\0';
	text_append(buf, ROUTE_STRLEN, &len, "%s",
	            addr_is_set(&r->dst.addr) ? prefix_format(&r->dst, dst) : r->family == AF_INET ? "default" : "default (IPv6)");
	if (r->n_hops > 0 && addr_is_set(&r->hops[0].via))
		text_append(buf, ROUTE_STRLEN, &len, " via %s", addr_format(&r->hops[0].via, via));
	if (r->n_hops > 0 && r->hops[0].dev[0])
		text_append(buf, ROUTE_STRLEN, &len, " dev %s", r->hops[0].dev);
	if (r->table.name[0])
		text_append(buf, ROUTE_STRLEN, &len, " table %s", r->table.name);
	else if (r->table.number != RT_TABLE_MAIN)
		text_append(buf, ROUTE_STRLEN, &len, " table %u", r->table.number);
	return buf;
}
