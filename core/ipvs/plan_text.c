/*
 * Operations in words: the well-known lines that monitoring greps for, and what another hand has changed. Pure.
 */
#include "config.h"

#include "core/ipvs/plan.h"

#include <stdio.h>

#include "core/base/text.h"

const char *ipvs_method_name(enum ipvs_method m)
{
	switch (m) {
	case IPVS_NAT:
		return "NAT";
	case IPVS_TUN:
		return "TUN";
	case IPVS_DR:
		return "DR";
	}
	return "?";
}

const char *ipvs_op_name(enum ipvs_op_kind k)
{
	static const char *const names[] = {
		[IPVS_OP_NEW_SERVICE] = "new service", [IPVS_OP_EDIT_SERVICE] = "edit service",
		[IPVS_OP_DEL_SERVICE] = "delete service", [IPVS_OP_NEW_DEST] = "new server",
		[IPVS_OP_EDIT_DEST] = "edit server", [IPVS_OP_DEL_DEST] = "delete server",
	};

	return k >= IPVS_OP_NEW_SERVICE && k <= IPVS_OP_DEL_DEST ? names[k] : "?";
}

static bool is_sorry(const struct ipvs_op *op)
{
	return op->service->sorry.addr.family && endpoint_cmp(&op->service->sorry, &op->dest->server) == 0;
}

/* Names of the service and of the server, as keepalived writes them. */
struct op_names {
	char vs[KEY_STRLEN];
	char rs[KEY_STRLEN];
};

static void op_names(const struct ipvs_op *op, struct op_names *n)
{
	struct server_key key = { .service = op->service->key };

	service_key_format(&op->service->key, n->vs);
	n->rs[0] = '\0';
	if (op->dest) {
		key.server = op->dest->server;
		server_key_format(&key, n->rs);
	}
}

static void format_edit(const struct ipvs_op *op, const struct op_names *n, char buf[static IPVS_OP_STRLEN])
{
	if (op->was->weight != op->dest->weight)
		snprintf(buf, IPVS_OP_STRLEN, "Changing weight from %d to %d for %s service %s of VS %s", op->was->weight,
		         op->dest->weight, is_sorry(op) ? "sorry" : "active", n->rs, n->vs);
	else
		snprintf(buf, IPVS_OP_STRLEN, "Changing method or thresholds for active service %s of VS %s", n->rs, n->vs);
}

const char *ipvs_op_format(const struct ipvs_op *op, char buf[static IPVS_OP_STRLEN])
{
	struct op_names n;

	op_names(op, &n);
	switch (op->kind) {
	case IPVS_OP_NEW_SERVICE:
		snprintf(buf, IPVS_OP_STRLEN, "Adding VS %s (scheduler %s)", n.vs, op->service->scheduler);
		break;
	case IPVS_OP_EDIT_SERVICE:
		snprintf(buf, IPVS_OP_STRLEN, "Changing VS %s (scheduler %s, was %s)", n.vs, op->service->scheduler,
		         op->had->scheduler);
		break;
	case IPVS_OP_DEL_SERVICE:
		snprintf(buf, IPVS_OP_STRLEN, "Removing VS %s", n.vs);
		break;
	case IPVS_OP_NEW_DEST:
		snprintf(buf, IPVS_OP_STRLEN, "Adding %s %s to VS %s", is_sorry(op) ? "sorry server" : "service", n.rs, n.vs);
		break;
	case IPVS_OP_DEL_DEST:
		snprintf(buf, IPVS_OP_STRLEN, "Removing %s %s from VS %s", is_sorry(op) ? "sorry server" : "service", n.rs,
		         n.vs);
		break;
	case IPVS_OP_EDIT_DEST:
		format_edit(op, &n, buf);
		break;
	}
	return buf;
}

static const char *drift_words(const struct ipvs_op *op)
{
	switch (op->kind) {
	case IPVS_OP_NEW_SERVICE:
		return "the service was removed";
	case IPVS_OP_EDIT_SERVICE:
		return "the service was changed";
	case IPVS_OP_DEL_SERVICE:
		return "the service was added again";
	case IPVS_OP_NEW_DEST:
		return "removed server";
	case IPVS_OP_DEL_DEST:
		return "added server";
	case IPVS_OP_EDIT_DEST:
		return "changed server";
	}
	return "?";
}

const char *ipvs_op_format_drift(const struct ipvs_op *op, char buf[static IPVS_OP_STRLEN])
{
	struct op_names n;
	size_t len = 0;

	op_names(op, &n);
	text_append(buf, IPVS_OP_STRLEN, &len, "VS %s: another hand: %s", n.vs, drift_words(op));
	if (op->dest)
		text_append(buf, IPVS_OP_STRLEN, &len, " %s", n.rs);
	if (op->kind == IPVS_OP_EDIT_DEST && op->was->weight != op->dest->weight)
		text_append(buf, IPVS_OP_STRLEN, &len, " (weight %d, not %d)", op->was->weight, op->dest->weight);
	text_append(buf, IPVS_OP_STRLEN, &len, "; repaired");
	return buf;
}
