/*
 * Probes: asking a real server whether it serves.
 *
 * A probe is shared by all who want the same recipe on the same endpoint: it runs once, its verdict goes to every
 * subscriber. Starts are spread over the interval, with jitter that only shortens it (spread.h). Each kind is one
 * file behind `struct probe_ops` (run.h) and ends by the one exit probe_done(). Verdicts (retry, delay_before_retry)
 * are the pure machine of health.h. Backends are hostile input: a probe costs one descriptor, a fixed buffer and its
 * timeout.
 *
 * The watchdog: a run that has not ended when all its own timeouts have passed, and a second more, is ended as OVERDUE.
 * Its kind has not kept its timeouts, or workers or helper are stuck: that says nothing of the server, so it moves no
 * verdict, as LOCAL does not; a farm must not go down because this host is ill. It is no silence either: the run counts
 * as failed and as overdue, the row says so, the first of a series is an event, and the next run comes at its time.
 */
#ifndef REGENT_PROBE_PROBE_H
#define REGENT_PROBE_PROBE_H

#include "core/base/late.h"
#include "core/base/script.h"
#include "core/loop/loop.h"
#include "core/probe/conf.h"

/* The outcome of one run; also what a row and a notification say. Append only. */
enum probe_reason {
	PROBE_R_NONE = 0, /* not run yet */
	PROBE_R_OK = 1,
	PROBE_R_CONNECT_REFUSED = 2,
	PROBE_R_CONNECT_TIMEOUT = 3,
	PROBE_R_UNREACHABLE = 4,
	PROBE_R_RESET = 5,
	PROBE_R_RESPONSE_TIMEOUT = 6,
	PROBE_R_CLOSED_EARLY = 7,
	PROBE_R_BAD_RESPONSE = 8,   /* not the protocol */
	PROBE_R_TOO_LARGE = 9,      /* a header or a body beyond what is read */
	PROBE_R_STATUS = 10,        /* an unexpected status code */
	PROBE_R_DIGEST = 11,
	PROBE_R_LOCAL = 12,         /* this host's fault: no descriptor, no such source, ...; moves no verdict */
	PROBE_R_OVERDUE = 13,       /* the run never ended: our own fault too, and moves no verdict */
	PROBE_R_TLS = 14,           /* the handshake failed */
	PROBE_R_CERT_EXPIRED = 15,
	PROBE_R_CERT_NOT_YET = 16,  /* not valid yet */
	PROBE_R_CERT_NAME = 17,     /* for another name */
	PROBE_R_CERT_UNTRUSTED = 18,
	PROBE_R_CERT_SELF_SIGNED = 19,
	PROBE_R_CERT_ENDS_SOON = 20, /* good, but not for the days that are wanted */
	PROBE_R_MISMATCH = 21,      /* the answer is not what is expected */
	PROBE_R_REPLY_CODE = 22,    /* an unexpected reply code (SMTP, DNS) */
	PROBE_R_SAYS_DOWN = 23,     /* it says so itself: agent, script, file, BFD */
	PROBE_R_SCRIPT_TIMEOUT = 24,
	PROBE_R_NOT_THERE = 25,     /* what is looked at does not exist */
};
const char *probe_reason_name(enum probe_reason r); /* "connectTimeout", as the MIB spells it */

/* A weight that a probe gives its server, beside the verdict. It stands until a run gives another one or takes it back. */
enum probe_weight_how {
	PROBE_WEIGHT_NONE = 0,
	PROBE_WEIGHT_SET = 1,     /* instead of the configured one */
	PROBE_WEIGHT_PERCENT = 2, /* of the configured one */
	PROBE_WEIGHT_ADD = 3,     /* to the configured one */
};

struct probe_weight {
	enum probe_weight_how how;
	int32_t value;
};

/* What a former life knew of a probe. */
struct probe_past {
	bool down;                  /* else it was up, or nothing is known */
	struct probe_weight weight; /* stands until the first run has ended */
};

struct probe; /* a subscription's shared object */
struct probe_pool;

struct probe_report {
	struct probe_key key;
	char what[64];          /* what it asks, of the kinds that have no endpoint: a command, a file, a session; "" */
	bool known;             /* a verdict exists */
	bool up;                /* the verdict */
	enum probe_reason reason; /* of the last run */
	char text[128];         /* "status 503, expected 200-299" */
	usec_t last_run, last_change, latency /* of the last run */;
	uint64_t runs, failures;
	uint32_t failed_in_row, subscribers;
	usec_t next_run, interval;
	struct probe_weight weight;
	uint64_t overdue;       /* runs that did not end in their time */
	bool newly_overdue;     /* this run did not, and the one before did */
};

struct probe_observer {
	/* The verdict or the weight changed, or the verdict became known: once for each subscription. */
	void (*verdict)(void *user, void *subscription, const struct probe_report *r);
	/* A run ended: rows (once a probe). */
	void (*ran)(void *user, const struct probe_report *r);
	void *user;
};

/* What something says that is looked at beside the probes, and not asked: a tracked file, a BFD session. */
struct probe_look {
	bool there;     /* one of that name exists */
	bool known;     /* and says something already */
	bool up;        /* of a BFD session */
	int64_t value;  /* of a file */
	char text[96];  /* why, in words */
};

/* What probes may use of their owner's. */
struct probe_env {
	struct loop *loop;
	const struct script_runner *scripts; /* NULL: no program can be run */
	/* What FILE_CHECK and BFD_CHECK look at, as it is now. NULL: there is nothing to look at. */
	void (*look)(void *user, enum probe_kind kind, const char *name, struct probe_look *out);
	void *user;
	/* A descriptor of a file with certificates or keys, or -1 with errno; called on workers. */
	int (*open)(void *self, const char *path);
	void *open_self;
};

struct probe_pool *probe_pool_new(const struct probe_env *env, const struct probe_observer *o);
void probe_pool_free(struct probe_pool *p);
/* How long after its time each run began, of all since the beginning. */
const struct late *probe_pool_lateness(const struct probe_pool *p);
/* Files with certificates and keys are read again at their next use. */
void probe_pool_renew_files(struct probe_pool *p);
/* The key of what this configuration would run. */
void probe_key_of(const struct probe_conf *conf, struct probe_key *out);
/* Subscribe. Joins a running probe of the same key (the shorter interval wins), whose known verdict is then told at
 * once (from the run queue). `past`: where a new one starts from; NULL: nothing is known. conf is copied.
 * NULL with errno: ENOTSUP where this build has no such kind, EINVAL for values that cannot run, ENOMEM. A probe
 * lives while it has subscriptions: to keep its verdict over a change of subscribers, subscribe the new before the
 * old go. */
struct probe *probe_subscribe(struct probe_pool *p, const struct probe_conf *conf, void *subscription,
                              const struct probe_past *past);
void probe_unsubscribe(struct probe_pool *p, struct probe *probe, void *subscription);
/* What a FILE_CHECK or BFD_CHECK looks at says something else now: those that look at it run at once. */
void probe_looked_changed(struct probe_pool *p, enum probe_kind kind, const char *name);
void probe_get_report(const struct probe *probe, struct probe_report *out);
void probe_pool_each(const struct probe_pool *p, void (*fn)(void *user, const struct probe_report *r), void *user);

#endif
