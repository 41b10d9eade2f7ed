/*
 * The difference of two table entries as an ordered list of operations. Pure.
 *
 * Order within a service: its own attributes; servers that come; weights that rise; other edits; servers that go. So a service that had
 * and will have a server with weight has one at every moment between.
 */
#ifndef REGENT_IPVS_PLAN_H
#define REGENT_IPVS_PLAN_H

#include "core/ipvs/table.h"

enum ipvs_op_kind {
	IPVS_OP_NEW_SERVICE = 1,
	IPVS_OP_EDIT_SERVICE,
	IPVS_OP_DEL_SERVICE,
	IPVS_OP_NEW_DEST,
	IPVS_OP_EDIT_DEST,
	IPVS_OP_DEL_DEST,
};
const char *ipvs_op_name(enum ipvs_op_kind k);

/* Points into the entries that it was planned from. */
struct ipvs_op {
	enum ipvs_op_kind kind;
	const struct ipvs_entry *service; /* as wanted; as the kernel has it where it goes away */
	const struct ipvs_entry *had;     /* edit of a service: what the kernel has */
	const struct ipvs_dest *dest;     /* as wanted; as the kernel has it where it goes away */
	const struct ipvs_dest *was;      /* edit of a server: what the kernel has */
};

struct ipvs_plan {
	struct ipvs_op *ops;
	size_t n, cap;
};

/* Append what turns `have` into `want`. want NULL: delete it where it is `ours`, else leave it alone. have NULL: the kernel has none. */
void ipvs_plan_service(struct ipvs_plan *p, const struct ipvs_entry *want, const struct ipvs_entry *have, bool ours);
void ipvs_plan_clear(struct ipvs_plan *p);

#define IPVS_OP_STRLEN 512
/* The log line of an operation that was done, in the words that keepalived's users grep for. */
const char *ipvs_op_format(const struct ipvs_op *op, char buf[static IPVS_OP_STRLEN]);
/* What another hand must have done, for this operation to be needed to repair it. */
const char *ipvs_op_format_drift(const struct ipvs_op *op, char buf[static IPVS_OP_STRLEN]);

#endif
