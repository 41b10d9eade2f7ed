/*
 * Differences of table entries: see plan.h. Pure; linear in the number of servers, as both lists are sorted.
 */
#include "config.h"

#include "core/ipvs/plan.h"

#include <stdlib.h>
#include <string.h>

#include "core/ipvs/alloc.h"

/* Passes over a service's servers, in the order that keeps it served. */
enum pass { PASS_NEW, PASS_RAISE, PASS_EDIT, PASS_DELETE };

static struct ipvs_op *add_op(struct ipvs_plan *p, enum ipvs_op_kind kind, const struct ipvs_entry *service)
{
	struct ipvs_op *op;

	p->ops = ipvs_grow(p->ops, p->n, &p->cap, sizeof(*p->ops));
	op = &p->ops[p->n++];
	memset(op, 0, sizeof(*op));
	op->kind = kind;
	op->service = service;
	return op;
}

static void add_dest_op(struct ipvs_plan *p, enum ipvs_op_kind kind, const struct ipvs_entry *service,
                        const struct ipvs_dest *dest, const struct ipvs_dest *was)
{
	struct ipvs_op *op = add_op(p, kind, service);

	op->dest = dest;
	op->was = was;
}

/* One server, of which the wanted list, the kernel's, or both have an entry. */
static void plan_dest(struct ipvs_plan *p, enum pass pass, const struct ipvs_entry *want, const struct ipvs_dest *w,
                      const struct ipvs_dest *h)
{
	if (!h) {
		if (pass == PASS_NEW)
			add_dest_op(p, IPVS_OP_NEW_DEST, want, w, NULL);
	} else if (!w) {
		if (pass == PASS_DELETE)
			add_dest_op(p, IPVS_OP_DEL_DEST, want, h, NULL);
	} else if (!ipvs_dest_same(w, h)) {
		if (pass == (w->weight > h->weight ? PASS_RAISE : PASS_EDIT))
			add_dest_op(p, IPVS_OP_EDIT_DEST, want, w, h);
	}
}

static void walk_dests(struct ipvs_plan *p, enum pass pass, const struct ipvs_entry *want, const struct ipvs_entry *have)
{
	size_t w = 0, h = 0, n_have = have ? have->n : 0;

	while (w < want->n || h < n_have) {
		int order;

		if (w == want->n)
			order = 1;
		else if (h == n_have)
			order = -1;
		else
			order = endpoint_cmp(&want->dests[w].server, &have->dests[h].server);
		plan_dest(p, pass, want, order <= 0 ? &want->dests[w] : NULL, order >= 0 ? &have->dests[h] : NULL);
		w += order <= 0;
		h += order >= 0;
	}
}

void ipvs_plan_service(struct ipvs_plan *p, const struct ipvs_entry *want, const struct ipvs_entry *have, bool ours)
{
	if (!want) {
		if (have && ours)
			add_op(p, IPVS_OP_DEL_SERVICE, have);
		return;
	}
	if (!have)
		add_op(p, IPVS_OP_NEW_SERVICE, want);
	else if (!ipvs_entry_same_head(want, have))
		add_op(p, IPVS_OP_EDIT_SERVICE, want)->had = have;
	for (enum pass pass = PASS_NEW; pass <= PASS_DELETE; pass++)
		walk_dests(p, pass, want, have);
}

void ipvs_plan_clear(struct ipvs_plan *p)
{
	free(p->ops);
	memset(p, 0, sizeof(*p));
}
