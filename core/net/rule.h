/*
 * A policy rule as a value: what `ip rule add` can say of one. Pure.
 *
 * Built in zeroed memory and compared as bytes.
 */
#ifndef REGENT_NET_RULE_H
#define REGENT_NET_RULE_H

#include <net/if.h>

#include "core/base/addr.h"
#include "core/net/rtname.h"

struct net_rule {
	uint8_t family, action;        /* FR_ACT_ */
	bool invert, l3mdev;
	struct prefix from, to;        /* family 0: all */
	struct rt_name table, tos, realm_from, realm_to, protocol, suppress_group;
	char iif[IFNAMSIZ], oif[IFNAMSIZ];
	bool has_mark, has_mask, has_priority, has_realms, has_suppress_len, has_suppress_group, has_uids, has_tun_id;
	uint32_t mark, mask, priority, goto_priority, suppress_len, uid_first, uid_last, tun_id;
	uint8_t ip_proto;
	uint16_t sport[2], dport[2];   /* 0: any */
};

/* FR_ACT_ of a word; -1 for none. */
int rule_action_of(const char *word);
/* One option with its value. NULL, or what is wrong with it. */
const char *rule_set(struct net_rule *r, const char *name, const char *value);
/* What follows from the rest. After the last option. */
void rule_finish(struct net_rule *r);
/* Is `seen`, as the kernel tells of it, the same rule? */
bool rule_is(const struct net_rule *r, const struct net_rule *seen);
/* "from 192.0.2.0/24 table 7" */
#define RULE_STRLEN 192
const char *rule_format(const struct net_rule *r, char buf[static RULE_STRLEN]);

#endif
