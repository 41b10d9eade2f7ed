/*
 * One run of a probe, and the vtable behind which each kind of probe is one file.
 *
 * A kind's start() begins to ask and returns at once; sooner or later the kind calls probe_done(), its one exit,
 * exactly once, from start() itself or from a callback, and touches the run no more. What a run holds (descriptors,
 * memory) hangs on run->state and is let go in one place, cancel(), which probe_done() calls too. Timeouts are the
 * kind's own; a run that outlives them all is ended by the pool as PROBE_R_OVERDUE.
 */
#ifndef REGENT_PROBE_RUN_H
#define REGENT_PROBE_RUN_H

#include "core/loop/conn.h"
#include "core/probe/probe.h"

struct probe_run {
	const struct probe_ops *ops;
	const struct probe_conf *conf;
	struct loop *loop;
	struct probe *probe;
	void *state;    /* the kind's; NULL where it holds nothing */
	usec_t started; /* USEC_NEVER: not running */
};

struct probe_ops {
	enum probe_kind kind;
	const char *log_kind;  /* as keepalived's log lines name it */
	const char *log_up[2]; /* around the server's name, when it comes up */
	void (*start)(struct probe_run *run);
	void (*cancel)(struct probe_run *run); /* let go of all; harmless where there is nothing */
};

const struct probe_ops *probe_tcp_ops(void);
const struct probe_ops *probe_http_ops(void);

/* The one exit. The words are for people and for rows: what happened, what was expected. */
void probe_done(struct probe_run *run, enum probe_reason reason, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* ---- for the kinds that ask over a stream connection ---- */

/* Connect to the target as the configuration says, with the connect timeout. NULL: the run has been ended as LOCAL. */
struct conn *probe_connect(struct probe_run *run, conn_fn *fn, void *user);
/* End the run for CONN_ERROR, or for CONN_TIMEOUT while connecting. */
void probe_connect_failed(struct probe_run *run, enum conn_event ev, int err);

static inline double probe_seconds(usec_t t)
{
	return (double)t / (double)USEC_PER_SEC;
}

#endif
