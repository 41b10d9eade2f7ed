/*
 * Notifications as values: which OID, which variables. Pure: made of an event, sent by somebody else.
 */
#ifndef REGENT_AGENT_NOTIFICATION_H
#define REGENT_AGENT_NOTIFICATION_H

#include "agent/table.h"
#include "agent/trapq.h"

#define NOTIFICATION_VARS 12

struct notification {
	struct oid_name trap;
	struct {
		struct oid_name name;
		struct value value;
	} vars[NOTIFICATION_VARS];
	size_t n;
};

/* False: no notification is defined for it. */
bool notification_make(const struct trapq_send *s, struct notification *out);

#endif
