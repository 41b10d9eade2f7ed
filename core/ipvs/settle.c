/*
 * The mirror's work: fetch what must be known, plan, apply, and draw the conclusions. See mirror.h; runs on the kernel thread.
 */
#include "config.h"

#include "core/ipvs/mirror.h"

#include <errno.h>
#include <stdio.h>

#include "core/ipvs/alloc.h"
#include "core/ipvs/mirror_int.h"

/* So many changes are written one by one, and so many a second; the rest is counted: a large table is not read line by line. */
#define LINES_BURST 32
#define LINES_EVERY (20 * USEC_PER_MS)

/* One entry's part of the plan, and the answers by server. */
struct part {
	struct mirror_entry *e;
	size_t first, n;
	int err;          /* first operation refused */
	bool service_err; /* the service itself was refused */
};

/* ---- before ---- */

/* Learn the servers of an entry that is to be compared. Queued as failed where the kernel would not say. */
static void fetch(struct ipvs_mirror *m, struct nl_ctx *ctx, struct mirror_entry *e, struct ipvs_outcome *out)
{
	char vs[KEY_STRLEN], why[96];
	int err;

	if (e->level != LEVEL_HEAD || !e->want)
		return;
	err = ipvs_nl_list_dests(ctx, e->have);
	if (!err) {
		e->level = LEVEL_WHOLE;
		return;
	}
	if (err != e->last_err)
		log_warn("ipvs", "VS %s: the kernel does not list its servers: %s; trying again",
		         service_key_format(&e->key, vs), strerror_r(err, why, sizeof(why)));
	e->last_err = err;
	mirror_forget_state(e);
	mirror_enqueue(m, e, QUEUE_FAILED);
	out->retry = true;
	if (!out->err)
		out->err = err;
}

/* Plan those with (`wanted`) or without a wanted state. */
static size_t plan_some(const struct mirror_set *set, bool wanted, struct ipvs_plan *plan, struct part *parts)
{
	size_t n = 0;

	for (size_t i = 0; i < set->n; i++) {
		struct mirror_entry *e = set->entries[i];

		if (e->queue == QUEUE_FAILED || !e->want == wanted)
			continue;
		parts[n] = (struct part){ .e = e, .first = plan->n };
		ipvs_plan_service(plan, e->want, e->have, e->made || e->tried);
		parts[n].n = plan->n - parts[n].first;
		n++;
	}
	return n;
}

/* ---- after: what is in the kernel now ---- */

/* Operations of a part refer to servers by pointer: into `want` where they come or change, into `have` where they go. */
static struct ipvs_news *begin_news(const struct part *p)
{
	const struct ipvs_entry *want = p->e->want, *have = p->e->have;
	size_t max = (want ? want->n : 0) + (have ? have->n : 0);
	struct ipvs_news *n = ipvs_zalloc(1, sizeof(*n) + max * sizeof(n->dests[0]));

	n->key = p->e->key;
	n->gen = p->e->gen;
	n->err = p->err;
	for (size_t i = 0; want && i < want->n; i++)
		n->dests[n->n++] = (struct ipvs_dest_news){ .server = want->dests[i].server, .in_kernel = true };
	return n;
}

static int news_cmp(const void *a, const void *b)
{
	const struct ipvs_dest_news *na = a, *nb = b;

	return endpoint_cmp(&na->server, &nb->server);
}

static void tell_refused(struct ipvs_news *n, const struct mirror_entry *e, const struct ipvs_op *op, int err)
{
	struct ipvs_dest_news *d;

	switch (op->kind) {
	case IPVS_OP_NEW_DEST:
	case IPVS_OP_EDIT_DEST:
		d = &n->dests[op->dest - e->want->dests];
		d->err = err;
		d->in_kernel = op->kind == IPVS_OP_EDIT_DEST;
		break;
	case IPVS_OP_DEL_DEST:
		n->dests[n->n++] = (struct ipvs_dest_news){ .server = op->dest->server, .in_kernel = true, .err = err };
		break;
	case IPVS_OP_NEW_SERVICE:
		n->in_kernel = false;
		break;
	case IPVS_OP_DEL_SERVICE:
		n->in_kernel = true;
		break;
	case IPVS_OP_EDIT_SERVICE:
		break;
	}
}

static struct ipvs_news *tell(const struct part *p, const struct ipvs_plan *plan, const int *errs)
{
	struct ipvs_news *n = begin_news(p);

	n->in_kernel = p->e->want || (p->e->have && !p->e->made && !p->e->tried);
	for (size_t i = p->first; i < p->first + p->n; i++)
		if (errs[i])
			tell_refused(n, p->e, &plan->ops[i], errs[i]);
	if (p->err)
		qsort(n->dests, n->n, sizeof(n->dests[0]), news_cmp);
	return n;
}

static void log_refusal(const struct part *p, const struct ipvs_plan *plan, const int *errs)
{
	char vs[KEY_STRLEN], rs[KEY_STRLEN + 1] = "", why[96];
	const struct ipvs_op *op = NULL;
	size_t refused = 0;

	for (size_t i = p->first; i < p->first + p->n; i++) {
		refused += errs[i] != 0;
		if (errs[i] && !op)
			op = &plan->ops[i];
	}
	if (!op || p->err == p->e->last_err)
		return;
	service_key_format(&p->e->key, vs);
	if (op->dest) {
		struct server_key key = { .service = p->e->key, .server = op->dest->server };

		server_key_format(&key, rs);
	}
	log_warn("ipvs", "VS %s: the kernel refused: %s%s%s%s%s: %s; %zu of %zu operations refused, trying again", vs,
	         ipvs_op_name(op->kind), rs[0] ? " " : "", rs, op->dest ? "" : ", scheduler ",
	         op->dest ? "" : op->service->scheduler, strerror_r(p->err, why, sizeof(why)), refused, p->n);
}

/* Remember what the kernel has now: all that was wanted, or, where something was refused, nothing for sure. */
static void remember(struct ipvs_mirror *m, struct part *p, struct ipvs_outcome *out)
{
	struct mirror_entry *e = p->e;

	e->last_err = p->err;
	if (p->err) {
		mirror_forget_state(e);
		mirror_enqueue(m, e, QUEUE_FAILED);
		out->retry = true;
		if (!out->err)
			out->err = p->err;
		return;
	}
	if (e->want || e->made || e->tried) {
		ipvs_entry_free(e->have);
		e->have = e->want ? ipvs_entry_copy(e->want) : NULL;
		e->level = LEVEL_WHOLE;
	}
	e->settled = true;
}

/* An answer may be lost and its operation done; EEXIST alone says that another hand was there first. */
static bool creation_doubtful(const struct part *p, const struct ipvs_plan *plan, const int *errs)
{
	return p->n && plan->ops[p->first].kind == IPVS_OP_NEW_SERVICE && errs[p->first] != EEXIST;
}

static void conclude(struct ipvs_mirror *m, struct part *p, const struct ipvs_plan *plan, const int *errs,
                     struct ipvs_outcome *out)
{
	struct mirror_entry *e = p->e;
	bool made_before = e->made, changed_err, in_kernel;
	struct ipvs_news *n;

	for (size_t i = p->first; i < p->first + p->n && !p->err; i++)
		p->err = errs[i];
	n = tell(p, plan, errs);
	in_kernel = n->in_kernel;
	changed_err = p->err != e->last_err;
	if (p->err)
		log_refusal(p, plan, errs);
	remember(m, p, out);
	e->made = in_kernel && (e->want || e->made);
	if (!p->err || e->want) /* a deletion that was refused leaves it as it was */
		e->tried = p->err && !in_kernel && creation_doubtful(p, plan, errs);
	n->made = (int8_t)((int)e->made - (int)made_before);
	if (!p->n && !changed_err && !n->made && in_kernel == e->told && e->gen == e->told_gen)
		free(n); /* the loop knows it all */
	else
		mirror_add_news(out, n);
	e->told = in_kernel;
	e->told_gen = e->gen;
}

/* ---- lines and counts ---- */

static void log_ops(struct ipvs_mirror *m, const struct part *p, const struct ipvs_plan *plan, const int *errs, bool drift)
{
	char line[IPVS_OP_STRLEN];
	usec_t now = mono_now();
	uint32_t unwritten;

	for (size_t i = p->first; i < p->first + p->n; i++) {
		if (errs[i])
			continue;
		if (!log_limit_pass(&m->lines, now, LINES_BURST, LINES_EVERY, &unwritten)) {
			m->unwritten++;
			continue;
		}
		if (drift)
			log_notice("ipvs", "%s", ipvs_op_format_drift(&plan->ops[i], line));
		else
			log_info("ipvs", "%s", ipvs_op_format(&plan->ops[i], line));
	}
}

static void count_ops(const struct part *p, const int *errs, bool drift, struct ipvs_outcome *out)
{
	for (size_t i = p->first; i < p->first + p->n; i++) {
		out->operations++;
		out->failures += errs[i] != 0;
		out->repaired += drift && !errs[i];
	}
}

static void apply(struct ipvs_mirror *m, struct nl_ctx *ctx, const struct mirror_set *set, struct ipvs_outcome *out)
{
	struct ipvs_plan plan = { 0 };
	struct part *parts = ipvs_zalloc(set->n, sizeof(*parts));
	size_t n = plan_some(set, true, &plan, parts);
	int *errs;

	n += plan_some(set, false, &plan, parts + n);
	errs = ipvs_zalloc(plan.n, sizeof(*errs));
	if (plan.n)
		ipvs_nl_apply(ctx, &plan, errs); /* a failed transport is in errs too */
	for (size_t i = 0; i < n; i++) {
		bool drift = set->drift && parts[i].e->settled;

		log_ops(m, &parts[i], &plan, errs, drift);
		count_ops(&parts[i], errs, drift, out);
		conclude(m, &parts[i], &plan, errs, out);
	}
	if (m->unwritten)
		log_info("ipvs", "... and %u more changes to the IPVS table", m->unwritten);
	m->unwritten = 0;
	free(errs);
	free(parts);
	ipvs_plan_clear(&plan);
}

void mirror_settle(struct ipvs_mirror *m, struct nl_ctx *ctx, struct mirror_set *set, struct ipvs_outcome *out)
{
	for (size_t i = 0; i < set->n; i++)
		fetch(m, ctx, set->entries[i], out);
	apply(m, ctx, set, out);
}
