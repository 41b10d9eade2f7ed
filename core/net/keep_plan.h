/*
 * What is to be kept in the kernel, what is known of each object, and the operations that follow. Pure.
 *
 * Order: as the list has it (addresses, then routes, then rules: each may need those before it); removals backwards.
 */
#ifndef REGENT_NET_KEEP_PLAN_H
#define REGENT_NET_KEEP_PLAN_H

#include "core/net/addr_job.h"
#include "core/net/route.h"
#include "core/net/rule.h"

enum keep_kind { KEEP_ADDR, KEEP_ROUTE, KEEP_RULE };

/* Built in zeroed memory and compared as bytes. */
struct keep_item {
	enum keep_kind kind;
	char dev[IFNAMSIZ];     /* of an address */
	char track_group[64];   /* whom its loss faults; "": nobody */
	bool no_track;
	union {
		struct addr_op addr;
		struct net_route route;
		struct net_rule rule;
	};
};

enum keep_state {
	KEEP_GONE,   /* not to be there now */
	KEEP_ADDING, /* the kernel was asked, and it was not held */
	KEEP_HELD,
	KEEP_LOST,   /* refused, or taken away */
};
const char *keep_state_name(enum keep_state s);

struct keep {
	struct keep_item item;
	enum keep_state state;
	bool asked;   /* by us, since it was turned on: what is there now is by our hand */
	bool shaken;  /* refused once since it was held */
	bool taken_away; /* a rule without a priority: the kernel said that one like it went */
	bool foreign; /* it was there before we were: not ours to remove */
	int err;      /* of the last refusal; 0: held since */
};

struct keep_op {
	bool add;
	size_t at;      /* in the table */
	unsigned round; /* results of an earlier one are out of date */
	struct keep_item item;
	int err;        /* result: 0 or a positive errno */
};

struct keep_ops {
	struct keep_op *list;
	size_t n, cap;
};

struct keep_table {
	struct keep *list;
	size_t n;
	bool on;
	bool former; /* a former life of ours may have made them: what is there counts as ours */
	unsigned round;
};

enum keep_news {
	KEEP_NO_NEWS,
	KEEP_ADDED,
	KEEP_RESTORED,
	KEEP_REFUSED,
	KEEP_FOUND,
	KEEP_SHAKEN, /* refused, and it was held until another hand, or the kernel, took it away */
	KEEP_TAKEN,  /* refused for the second time since */
	KEEP_STILL_REFUSED, /* for the reason of the time before */
};

/* New wishes: what is in both keeps its state; what is gone is removed. False: no memory, nothing changed. */
bool keep_table_set(struct keep_table *t, const struct keep_item *items, size_t n, struct keep_ops *out);
/* From now on they are to be there, or not; `out` gets what that takes. */
void keep_table_turn(struct keep_table *t, bool on, struct keep_ops *out);
/* Ask for one again, though it may be there. */
void keep_table_ask(struct keep_table *t, size_t i, struct keep_ops *out);
/* Remove all, whoever made them. */
void keep_table_clear(struct keep_table *t, struct keep_ops *out);
/* The kernel's answer to an operation of this table. */
enum keep_news keep_table_result(struct keep_table *t, const struct keep_op *op);
void keep_table_free(struct keep_table *t);
size_t keep_table_count(const struct keep_table *t, enum keep_state s);
/* Is one that this group (NULL: that anybody) is to answer for not there though it should be? */
bool keep_table_misses(const struct keep_table *t, const char *group);

bool keep_ops_put(struct keep_ops *ops, bool add, size_t at, unsigned round, const struct keep_item *item);
/* 192: words for a log line. */
#define KEEP_STRLEN RULE_STRLEN
const char *keep_item_format(const struct keep_item *i, char buf[static KEEP_STRLEN]);

#endif
