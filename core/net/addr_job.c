/*
 * Address jobs: a copy of the operations, sent as one batch on the kernel thread, each with its own result.
 */
#include "config.h"

#include "core/net/addr_job.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/net/addr_nl.h"

static void addr_job_free(struct nl_job *job)
{
	struct addr_job *j = (struct addr_job *)job;

	free(j->ops);
	free(j);
}

static void addr_job_finish(struct nl_job *job)
{
	struct addr_job *j = (struct addr_job *)job;

	if (j->done)
		j->done(j->user, j);
	addr_job_free(job);
}

/* Operations that cannot be sent have their result at once; the others, in their order, are the batch. */
static void addr_job_fill(struct addr_job *j, struct nl_batch *b, size_t *sent)
{
	size_t n = 0;

	for (size_t i = 0; i < j->n_ops; i++) {
		j->ops[i].err = addr_op_append(b, &j->ops[i]);
		if (!j->ops[i].err)
			sent[n++] = i;
	}
}

static void addr_job_fail(struct addr_job *j, int err)
{
	for (size_t i = 0; i < j->n_ops; i++)
		j->ops[i].err = err;
}

static void addr_job_run(struct nl_ctx *ctx, struct nl_job *job)
{
	struct addr_job *j = (struct addr_job *)job;
	struct nl_batch *b = nl_batch_new(NL_ROUTE);
	size_t *sent = calloc(j->n_ops + 1, sizeof(*sent));
	int *errs = calloc(j->n_ops + 1, sizeof(*errs));

	if (b && sent && errs) {
		addr_job_fill(j, b, sent);
		nl_ctx_transact(ctx, b, errs);
		for (size_t i = 0; i < nl_batch_count(b); i++) {
			struct addr_op *op = &j->ops[sent[i]];

			op->err = addr_op_verdict(op->kind, errs[i]);
		}
	} else {
		addr_job_fail(j, ENOMEM);
	}
	free(errs);
	free(sent);
	nl_batch_free(b);
}

int addr_job_submit(struct nl *nl, enum loop_class cls, const struct addr_op *ops, size_t n,
                    void (*done)(void *user, struct addr_job *j), void *user)
{
	struct addr_job *j = calloc(1, sizeof(*j));

	if (!j)
		return ENOMEM;
	j->ops = calloc(n + 1, sizeof(*j->ops));
	if (!j->ops) {
		free(j);
		return ENOMEM;
	}
	if (n)
		memcpy(j->ops, ops, n * sizeof(*ops));
	j->n_ops = n;
	j->done = done;
	j->user = user;
	j->job = (struct nl_job){ .run = addr_job_run, .done = addr_job_finish, .drop = addr_job_free, .cls = cls };
	nl_submit(nl, &j->job);
	return 0;
}
