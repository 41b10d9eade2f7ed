/*
 * Keep jobs (keep_job.h).
 */
#include "config.h"

#include "core/net/keep_job.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/net/addr_nl.h"
#include "core/net/route_nl.h"

enum { SENT_AT_MOST = 65536 };

static void job_free(struct nl_job *job)
{
	struct keep_job *j = (struct keep_job *)job;

	free(j->ops.list);
	free(j);
}

static void job_done(struct nl_job *job)
{
	struct keep_job *j = (struct keep_job *)job;

	if (j->done)
		j->done(j->user, j);
	job_free(job);
}

/* ENOMSG: a name that no file of iproute2's has. */
static int resolve_route(struct net_route *r, const struct rt_dirs *dirs)
{
	return rt_name_resolve(RT_TABLE, dirs, &r->table) || rt_name_resolve(RT_PROTOCOL, dirs, &r->protocol) ||
	       rt_name_resolve(RT_SCOPE, dirs, &r->scope) || rt_name_resolve(RT_DSFIELD, dirs, &r->tos) ||
	       rt_name_resolve(RT_REALM, dirs, &r->realm_from) || rt_name_resolve(RT_REALM, dirs, &r->realm_to) ? ENOMSG : 0;
}

static int resolve_rule(struct net_rule *r, const struct rt_dirs *dirs)
{
	return rt_name_resolve(RT_TABLE, dirs, &r->table) || rt_name_resolve(RT_PROTOCOL, dirs, &r->protocol) ||
	       rt_name_resolve(RT_DSFIELD, dirs, &r->tos) || rt_name_resolve(RT_GROUP, dirs, &r->suppress_group) ||
	       rt_name_resolve(RT_REALM, dirs, &r->realm_from) || rt_name_resolve(RT_REALM, dirs, &r->realm_to) ? ENOMSG : 0;
}

static int append(struct nl_batch *b, struct keep_op *op, const struct rt_dirs *dirs)
{
	int err;

	switch (op->item.kind) {
	case KEEP_ADDR:
		op->item.addr.kind = op->add ? ADDR_ADD : ADDR_DEL;
		return addr_op_append(b, &op->item.addr);
	case KEEP_ROUTE:
		err = resolve_route(&op->item.route, dirs);
		return err ? err : route_append(b, &op->item.route, op->add);
	case KEEP_RULE:
		err = resolve_rule(&op->item.rule, dirs);
		return err ? err : rule_append(b, &op->item.rule, op->add);
	}
	return EINVAL;
}

static int verdict(const struct keep_op *op, int err)
{
	if (!op->add && (err == ESRCH || err == ENOENT || err == EADDRNOTAVAIL || err == ENODEV))
		return 0;
	return err;
}

static void transact(struct nl_ctx *ctx, struct keep_ops *ops, const struct rt_dirs *dirs)
{
	struct nl_batch *b = nl_batch_new(NL_ROUTE);
	size_t *sent = calloc(ops->n + 1, sizeof(*sent)), n = 0;
	int *errs = calloc(ops->n + 1, sizeof(*errs));

	for (size_t i = 0; i < ops->n; i++) {
		ops->list[i].err = b && sent && errs ? append(b, &ops->list[i], dirs) : ENOMEM;
		if (!ops->list[i].err)
			sent[n++] = i;
	}
	if (n > 0)
		nl_ctx_transact(ctx, b, errs);
	for (size_t i = 0; i < n; i++)
		ops->list[sent[i]].err = verdict(&ops->list[sent[i]], errs[i]);
	free(errs);
	free(sent);
	nl_batch_free(b);
}

static void job_run(struct nl_ctx *ctx, struct nl_job *job)
{
	struct keep_job *j = (struct keep_job *)job;

	transact(ctx, &j->ops, &j->dirs);
}

static struct keep_job *job_make(struct keep_ops *ops, const struct rt_dirs *dirs, enum loop_class cls)
{
	struct keep_job *j = calloc(1, sizeof(*j));

	if (!j)
		return NULL;
	j->job = (struct nl_job){ .run = job_run, .done = job_done, .drop = job_free, .cls = cls };
	j->ops = *ops;
	j->dirs = *dirs;
	*ops = (struct keep_ops){ 0 };
	return j;
}

int keep_job_submit(struct nl *nl, enum loop_class cls, struct keep_ops *ops, const struct rt_dirs *dirs,
                    void (*done)(void *user, struct keep_job *j), void *user)
{
	struct keep_job *j = job_make(ops, dirs, cls);

	if (!j)
		return ENOMEM;
	j->done = done;
	j->user = user;
	nl_submit(nl, &j->job);
	return 0;
}

/* ---- what is there ---- */

/* Of two that look alike, each is found once. */
static int find_take(struct nlmsghdr *h, void *arg)
{
	struct keep_ops *ops = arg;
	struct net_rule seen;

	if (!rule_parse(h, &seen))
		return 0;
	for (size_t i = 0; i < ops->n; i++) {
		if (ops->list[i].err == 0 || !rule_is(&ops->list[i].item.rule, &seen))
			continue;
		ops->list[i].err = 0;
		break;
	}
	return 0;
}

static void find_restart(void *arg)
{
	struct keep_ops *ops = arg;

	for (size_t i = 0; i < ops->n; i++)
		ops->list[i].err = ENOENT;
}

static void find_run(struct nl_ctx *ctx, struct nl_job *job)
{
	struct keep_job *j = (struct keep_job *)job;
	struct nl_msg *msg = route_dump_request(true);
	int err;

	for (size_t i = 0; i < j->ops.n; i++) /* what cannot be resolved is not there */
		(void)resolve_rule(&j->ops.list[i].item.rule, &j->dirs);
	find_restart(&j->ops);
	err = msg ? nl_ctx_dump(ctx, NL_ROUTE, msg, find_take, find_restart, &j->ops) : ENOMEM;
	route_dump_free(msg);
	for (size_t i = 0; err && i < j->ops.n; i++)
		j->ops.list[i].err = err;
}

int keep_job_find(struct nl *nl, enum loop_class cls, struct keep_ops *ops, const struct rt_dirs *dirs,
                  void (*done)(void *user, struct keep_job *j), void *user, unsigned stamp)
{
	struct keep_job *j = job_make(ops, dirs, cls);

	if (!j)
		return ENOMEM;
	j->job.run = find_run;
	j->done = done;
	j->user = user;
	j->stamp = stamp;
	nl_submit(nl, &j->job);
	return 0;
}

/* ---- what a former life left ---- */

struct sweep {
	const struct keep_ops *wanted;
	struct keep_ops *leftover;
};

/* A rule that is wanted without a priority goes, too: the kernel would give the one to come a priority of its own, and have both. */
static bool is_same(const struct keep_item *w, const struct keep_item *seen)
{
	if (w->kind != seen->kind)
		return false;
	return seen->kind == KEEP_ROUTE ? route_is(&w->route, &seen->route)
	                                : w->rule.has_priority && rule_is(&w->rule, &seen->rule);
}

static bool is_wanted(const struct keep_ops *wanted, const struct keep_item *seen)
{
	for (size_t i = 0; i < wanted->n; i++) {
		if (is_same(&wanted->list[i].item, seen))
			return true;
	}
	return false;
}

static int sweep_take(struct nlmsghdr *h, void *arg)
{
	struct sweep *s = arg;
	struct keep_item seen;

	memset(&seen, 0, sizeof(seen));
	if (route_parse(h, &seen.route))
		seen.kind = KEEP_ROUTE;
	else if (rule_parse(h, &seen.rule))
		seen.kind = KEEP_RULE;
	else
		return 0;
	if ((seen.kind == KEEP_ROUTE ? seen.route.protocol.number : seen.rule.protocol.number) != ADDR_JOB_PROTO ||
	    is_wanted(s->wanted, &seen) || s->leftover->n >= SENT_AT_MOST)
		return 0;
	return keep_ops_put(s->leftover, false, 0, 0, &seen) ? 0 : ENOMEM;
}

static void sweep_restart(void *arg)
{
	((struct sweep *)arg)->leftover->n = 0;
}

static void sweep_run(struct nl_ctx *ctx, struct nl_job *job)
{
	struct keep_job *j = (struct keep_job *)job;

	for (size_t i = 0; i < j->ops.n; i++) { /* what cannot be resolved matches nothing */
		struct keep_item *w = &j->ops.list[i].item;

		(void)(w->kind == KEEP_ROUTE ? resolve_route(&w->route, &j->dirs) : resolve_rule(&w->rule, &j->dirs));
	}
	for (int kind = 0; kind < 2; kind++) {
		struct keep_ops leftover = { 0 };
		struct sweep s = { &j->ops, &leftover };
		struct nl_msg *msg = route_dump_request(kind == 1);

		if (msg && nl_ctx_dump(ctx, NL_ROUTE, msg, sweep_take, sweep_restart, &s) == 0 && leftover.n > 0)
			transact(ctx, &leftover, &j->dirs);
		route_dump_free(msg);
		free(leftover.list);
	}
}

int keep_job_sweep(struct nl *nl, const struct keep_item *wanted, size_t n, const struct rt_dirs *dirs)
{
	struct keep_ops ops = { 0 };
	struct keep_job *j;

	for (size_t i = 0; i < n; i++) {
		if (wanted[i].kind != KEEP_ADDR && !keep_ops_put(&ops, true, i, 0, &wanted[i])) {
			free(ops.list);
			return ENOMEM;
		}
	}
	j = job_make(&ops, dirs, LOOP_URGENT);
	if (!j) {
		free(ops.list);
		return ENOMEM;
	}
	j->job.run = sweep_run;
	nl_submit(nl, &j->job);
	return 0;
}
