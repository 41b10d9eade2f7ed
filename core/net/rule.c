/*
 * Options of rules into values (rule.h), with the meanings that ip-rule(8) gives them. Pure.
 */
#include "config.h"

#include "core/net/rule.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>

#include "core/base/text.h"

int rule_action_of(const char *word)
{
	static const struct {
		const char *name;
		int action;
	} actions[] = {
		{ "unicast", FR_ACT_TO_TBL }, { "blackhole", FR_ACT_BLACKHOLE }, { "unreachable", FR_ACT_UNREACHABLE },
		{ "prohibit", FR_ACT_PROHIBIT }, { "nop", FR_ACT_NOP },
	};

	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
		if (strcmp(actions[i].name, word) == 0)
			return actions[i].action;
	return -1;
}

/* "A<sep>B" into two numbers; without the separator the second is the first, or left alone. */
static bool split_numbers(const char *value, char sep, uint32_t max, uint32_t out[2], bool *both)
{
	const char *at = strchr(value, sep);
	char first[16] = "";

	*both = at != NULL;
	if (!at) {
		out[1] = 0;
		return rt_number(value, max, &out[0]);
	}
	if ((size_t)(at - value) >= sizeof(first))
		return false;
	memcpy(first, value, (size_t)(at - value));
	return rt_number(first, max, &out[0]) && rt_number(at + 1, max, &out[1]);
}

static const char *set_mark(struct net_rule *r, const char *value)
{
	uint32_t n[2];

	if (!split_numbers(value, '/', UINT32_MAX, n, &r->has_mask))
		return "MARK[/MASK]";
	r->has_mark = true;
	r->mark = n[0];
	r->mask = n[1];
	return NULL;
}

static const char *set_uids(struct net_rule *r, const char *value)
{
	uint32_t n[2];
	bool both;

	if (!split_numbers(value, '-', UINT32_MAX, n, &both) || !both || n[0] > n[1])
		return "FIRST-LAST";
	r->has_uids = true;
	r->uid_first = n[0];
	r->uid_last = n[1];
	return NULL;
}

static const char *set_ports(uint16_t out[2], const char *value)
{
	uint32_t n[2];
	bool both;

	if (!split_numbers(value, '-', UINT16_MAX, n, &both) || n[0] == 0 || (both && n[0] > n[1]))
		return "PORT[-LAST]";
	out[0] = (uint16_t)n[0];
	out[1] = (uint16_t)(both ? n[1] : n[0]);
	return NULL;
}

static const char *set_realms(struct net_rule *r, const char *value)
{
	const char *slash = strchr(value, '/');
	char from[32] = "";

	r->has_realms = true;
	if (slash && (size_t)(slash - value) < sizeof(from))
		memcpy(from, value, (size_t)(slash - value));
	if ((slash && !rt_name_set(RT_REALM, from, &r->realm_from)) ||
	    !rt_name_set(RT_REALM, slash ? slash + 1 : value, &r->realm_to))
		return "[SOURCE/]DESTINATION";
	return NULL;
}

/* By number, or one of the few names that people write. */
static const char *set_ip_proto(struct net_rule *r, const char *value)
{
	static const struct {
		const char *name;
		uint8_t number;
	} names[] = { { "tcp", IPPROTO_TCP }, { "udp", IPPROTO_UDP }, { "sctp", IPPROTO_SCTP }, { "icmp", IPPROTO_ICMP },
		      { "ipv6-icmp", IPPROTO_ICMPV6 }, { "gre", IPPROTO_GRE }, { "esp", IPPROTO_ESP }, { "ah", IPPROTO_AH },
		      { "udplite", IPPROTO_UDPLITE }, { "dccp", IPPROTO_DCCP } };
	uint32_t n;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(names[i].name, value) != 0)
			continue;
		r->ip_proto = names[i].number;
		return NULL;
	}
	if (!rt_number(value, UINT8_MAX, &n))
		return "a protocol's name or number";
	r->ip_proto = (uint8_t)n;
	return NULL;
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

static const char *set_interface(char out[IFNAMSIZ], const char *value)
{
	return *value && text_copy(out, IFNAMSIZ, value) ? NULL : "the name of an interface";
}

static const char *set_goto(struct net_rule *r, const char *value)
{
	r->action = FR_ACT_GOTO;
	return rt_number(value, UINT32_MAX, &r->goto_priority) ? NULL : "a number";
}

const char *rule_set(struct net_rule *r, const char *name, const char *value)
{
	if (strcmp(name, "iif") == 0)
		return set_interface(r->iif, value);
	if (strcmp(name, "oif") == 0)
		return set_interface(r->oif, value);
	if (strcmp(name, "tos") == 0)
		return set_name(RT_DSFIELD, value, &r->tos);
	if (strcmp(name, "fwmark") == 0)
		return set_mark(r, value);
	if (strcmp(name, "priority") == 0)
		return set_number(value, &r->priority, &r->has_priority);
	if (strcmp(name, "realms") == 0)
		return set_realms(r, value);
	if (strcmp(name, "goto") == 0)
		return set_goto(r, value);
	if (strcmp(name, "suppress_prefixlength") == 0)
		return set_number(value, &r->suppress_len, &r->has_suppress_len);
	if (strcmp(name, "suppress_ifgroup") == 0) {
		r->has_suppress_group = true;
		return set_name(RT_GROUP, value, &r->suppress_group);
	}
	if (strcmp(name, "tun_id") == 0)
		return set_number(value, &r->tun_id, &r->has_tun_id);
	if (strcmp(name, "uidrange") == 0)
		return set_uids(r, value);
	if (strcmp(name, "protocol") == 0)
		return set_name(RT_PROTOCOL, value, &r->protocol);
	if (strcmp(name, "ip_proto") == 0)
		return set_ip_proto(r, value);
	if (strcmp(name, "sport") == 0)
		return set_ports(r->sport, value);
	if (strcmp(name, "dport") == 0)
		return set_ports(r->dport, value);
	return "an option that a rule has";
}

void rule_finish(struct net_rule *r)
{
	if (r->action == FR_ACT_UNSPEC)
		r->action = FR_ACT_TO_TBL;
	if (r->protocol.number == 0 && !r->protocol.name[0])
		r->protocol.number = RTPROT_KEEPALIVED;
	if (r->action == FR_ACT_TO_TBL && !r->l3mdev && r->table.number == 0 && !r->table.name[0])
		r->table.number = RT_TABLE_MAIN;
}

/* All bits of a mark count where no mask is given; without a mark, none do. */
static uint32_t mask_of(const struct net_rule *r)
{
	return r->has_mask ? r->mask : r->mark ? UINT32_MAX : 0;
}

/* Of no length: all, whatever the address. */
static bool same_prefix(const struct prefix *a, const struct prefix *b)
{
	return (a->len == 0 && b->len == 0) || prefix_cmp(a, b) == 0;
}

static bool same_selectors(const struct net_rule *a, const struct net_rule *b)
{
	return a->invert == b->invert && same_prefix(&a->from, &b->from) && same_prefix(&a->to, &b->to) &&
	       a->tos.number == b->tos.number && a->mark == b->mark && mask_of(a) == mask_of(b) && strcmp(a->iif, b->iif) == 0 &&
	       strcmp(a->oif, b->oif) == 0 && a->ip_proto == b->ip_proto && a->tun_id == b->tun_id && a->has_uids == b->has_uids &&
	       a->uid_first == b->uid_first && a->uid_last == b->uid_last && memcmp(a->sport, b->sport, sizeof(a->sport)) == 0 &&
	       memcmp(a->dport, b->dport, sizeof(a->dport)) == 0;
}

/* Realms are IPv4's, and there are kernels without them, which tell of none. */
static bool same_realms(const struct net_rule *r, const struct net_rule *seen)
{
	return r->family != AF_INET || !seen->has_realms ||
	       (r->realm_from.number == seen->realm_from.number && r->realm_to.number == seen->realm_to.number);
}

static bool same_effect(const struct net_rule *r, const struct net_rule *seen)
{
	return r->action == seen->action && r->table.number == seen->table.number && r->l3mdev == seen->l3mdev &&
	       r->goto_priority == seen->goto_priority && r->has_suppress_len == seen->has_suppress_len &&
	       r->suppress_len == seen->suppress_len && r->has_suppress_group == seen->has_suppress_group &&
	       r->suppress_group.number == seen->suppress_group.number && same_realms(r, seen);
}

bool rule_is(const struct net_rule *r, const struct net_rule *seen)
{
	return r->family == seen->family && (!r->has_priority || r->priority == seen->priority) &&
	       r->protocol.number == seen->protocol.number && same_selectors(r, seen) && same_effect(r, seen);
}

const char *rule_format(const struct net_rule *r, char buf[static RULE_STRLEN])
{
	char text[ADDR_STRLEN];
	size_t len = 0;

	buf[0] = '\0';
	text_append(buf, RULE_STRLEN, &len, "%sfrom %s", r->invert ? "not " : "",
	            addr_is_set(&r->from.addr) ? prefix_format(&r->from, text) : "all");
	if (addr_is_set(&r->to.addr))
		text_append(buf, RULE_STRLEN, &len, " to %s", prefix_format(&r->to, text));
	if (r->has_mark)
		text_append(buf, RULE_STRLEN, &len, " fwmark 0x%x", r->mark);
	if (r->iif[0])
		text_append(buf, RULE_STRLEN, &len, " iif %s", r->iif);
	if (r->ip_proto)
		text_append(buf, RULE_STRLEN, &len, " ip_proto %u", r->ip_proto);
	if (r->sport[0])
		text_append(buf, RULE_STRLEN, &len, " sport %u-%u", r->sport[0], r->sport[1]);
	if (r->dport[0])
		text_append(buf, RULE_STRLEN, &len, " dport %u-%u", r->dport[0], r->dport[1]);
	if (r->table.name[0])
		text_append(buf, RULE_STRLEN, &len, " table %s", r->table.name);
	else if (r->table.number)
		text_append(buf, RULE_STRLEN, &len, " table %u", r->table.number);
	return buf;
}
