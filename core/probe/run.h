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

struct probe_link;

struct probe_run {
	const struct probe_ops *ops;
	const struct probe_conf *conf;
	struct loop *loop;
	const struct probe_env *env;
	struct probe *probe;
	void *state;    /* the kind's; NULL where it holds nothing */
	struct probe_link *kept; /* between two runs: link_keep() */
	usec_t started; /* USEC_NEVER: not running */
};

struct probe_ops {
	enum probe_kind kind;
	const char *log_kind;  /* as keepalived's log lines name it */
	const char *log_up[2]; /* around the server's name, when it comes up */
	void (*start)(struct probe_run *run);
	void (*cancel)(struct probe_run *run); /* let go of all; harmless where there is nothing */
	/* What a run may take at most by its own timeouts. NULL: to connect and to answer once. */
	usec_t (*patience)(const struct probe_conf *conf);
};

/* NULL: no such kind. */
const struct probe_ops *probe_ops_of(enum probe_kind kind); /* kinds.c */
const struct probe_ops *probe_tcp_ops(void);
const struct probe_ops *probe_http_ops(void);
const struct probe_ops *probe_dns_ops(void);
const struct probe_ops *probe_udp_ops(void);
const struct probe_ops *probe_ping_ops(void);
const struct probe_ops *probe_misc_ops(void);
const struct probe_ops *probe_file_ops(void);
const struct probe_ops *probe_bfd_ops(void);
const struct probe_ops *probe_ssl_ops(void);
const struct probe_ops *probe_smtp_ops(void);
const struct probe_ops *probe_agent_ops(void);

/* The one exit. The words are for people and for rows: what happened, what was expected. */
void probe_done(struct probe_run *run, enum probe_reason reason, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Where TLS contexts come from. */
struct tls_store;
struct tls_store *probe_tls_store(const struct probe_run *run);

/* Another connection is kept between runs (+1) or no more (-1). False: there are enough, and it is not counted. */
bool probe_count_kept(const struct probe_run *run, int change);

/* A weight beside the verdict, before probe_done(). */
void probe_give_weight(struct probe_run *run, enum probe_weight_how how, int32_t value);

/* How long an answer may take. */
static inline usec_t probe_answer_timeout(const struct probe_conf *c)
{
	return c->answer_timeout > 0 ? c->answer_timeout : c->timeout;
}

/* Who is to blame for what a socket says: the peer and the network, or (PROBE_R_LOCAL) this host. */
enum probe_reason probe_errno_reason(int err);
const char *probe_errno_words(int err);

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
