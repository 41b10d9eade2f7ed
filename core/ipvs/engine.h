/*
 * Inside of the room's loop side, shared by services.c and put.c (the model), commit.c (deriving and handing over), results.c (what
 * came of it) and report.c (what readers see).
 *
 * A change marks its service dirty. A commit derives dirty services, a slice at a time, into words for the mirror (mirror.h), which
 * lives on the kernel thread; a job carries them there and brings the news back.
 */
#ifndef REGENT_IPVS_ENGINE_H
#define REGENT_IPVS_ENGINE_H

#include <uthash.h>

#include "core/base/log.h"
#include "core/ipvs/desired.h"
#include "core/ipvs/mirror.h"
#include "core/ipvs/stats.h"
#include "core/ipvs/syncd.h"

/* What a server's row has beside its struct ipvs_member. */
struct vs_row {
	enum ipvs_server_state state;
	bool in_kernel;
	int kernel_error;
	usec_t changed_at;
	uint32_t failures;
	struct ipvs_conns conns; /* while it drains */
	usec_t idle_since;       /* no look since then has found a connection; 0: the last one did */
};

struct vs {
	struct service_key key;
	struct ipvs_pool pool;
	struct vs_row *rows; /* beside pool.members */
	struct vs_row sorry_row;
	uint64_t gen;        /* of the last word about it */
	bool dirty;
	bool locals_stale;   /* members' `local` is to be looked up again */
	bool in_kernel;
	int kernel_error;
	usec_t changed_at;
	usec_t due;          /* time alone changes something then; USEC_NEVER */
	bool drains;         /* a server's connections are waited for */
	bool timed;          /* is in the list of those that wait for time */
	struct vs *tprev, *tnext;
	struct vs *prev, *next; /* among the dirty */
	UT_hash_handle hh;
};

/* A service that is no longer configured and of which the mirror does not know yet. */
struct vs_gone {
	struct service_key key;
	UT_hash_handle hh;
};

enum ipvs_job_kind { IPVS_JOB_SAY, IPVS_JOB_LOOK, IPVS_JOB_WITHDRAW, IPVS_JOB_SYNCD, IPVS_JOB_COUNT, IPVS_JOB_CONFIG, IPVS_JOB_STATS };

struct ipvs_job {
	struct nl_job nl; /* first: a job is found from it */
	struct ipvs *engine;
	enum ipvs_job_kind kind;
	uint64_t seq;
	/* in */
	struct ipvs_mirror *mirror;
	struct ipvs_word *words;
	size_t n_words, cap_words;
	bool complete;
	enum ipvs_look look;
	uint64_t floor;
	struct ipvs_syncd *syncd;
	struct ipvs_sync_conf sync_conf;
	enum ipvs_role sync_half;
	struct ipvs_settings settings;
	/* out */
	struct ipvs_outcome out;
	int syncd_err, config_err;
	bool reuse;        /* in: see reuse.h */
	int reuse_err;
	struct ipvs_stats stats;
	size_t stats_read; /* rows told of so far */
	int stats_err;
	bool finished; /* back on the loop, its news being read */
	struct ipvs_job *prev, *next;
};

/* Someone who wants to know when the kernel has answered to all that was changed before. */
struct ipvs_waiter {
	void (*done)(void *user, int err);
	void (*withdrawn)(void *user);
	void *user;
	uint64_t first, last; /* jobs that it waits for; last 0: not all handed over yet */
	int err;
	struct ipvs_waiter *prev, *next;
};

struct ipvs {
	struct loop *loop;
	struct nl *nl;
	const struct netmon *netmon;
	struct ipvs_observer obs;
	usec_t period;
	struct vs *services;     /* by key */
	struct vs *dirty;        /* in the order of marking */
	struct vs_gone *gone;
	struct ipvs_put *put;    /* a service is being put; NULL: none */
	struct vs *timed;        /* ramps, suppressions, drains; the one looked at longest ago first */
	struct loop_timer tick;
	usec_t counted;          /* when connections of draining servers were last asked for */
	bool counting;
	bool more_drains;        /* than fit into one question: the next comes at once */
	uint64_t next_gen, next_seq;
	bool committed;          /* all of the first commit was handed over */
	bool committing;         /* a commit is being handed over */
	bool held;               /* ... but not yet */
	bool filling;            /* a large part of the table was, and its last answer is not read */
	enum loop_class commit_class;
	struct loop_item commit_item;
	struct log_limit quorum_said;
	struct loop_item results_item;
	struct loop_timer look_timer;  /* drift */
	struct loop_timer retry_timer; /* what failed */
	usec_t backoff;
	bool looking;            /* a look is on the kernel thread */
	bool reuse_wanted;       /* a service follows a role: see reuse.h */
	bool reuse_done;
	bool stat_busy;          /* traffic is being counted */
	struct service_key *stat_keys; /* of services whose servers are ... */
	size_t n_stat_keys, stat_at;   /* ... and how many were asked for */
	bool withdrawn;
	bool closing;            /* freed but for what jobs use */
	struct ipvs_job *jobs;   /* submitted and not wholly read, oldest first */
	struct ipvs_waiter *waiters;
	struct ipvs_totals totals;
	struct ipvs_settings settings;
	bool config_pending;     /* refused, to be tried again */
	int config_err;          /* so that a lasting failure is logged once */
	struct ipvs_sync_conf sync_conf;
	enum ipvs_role sync_half;
	bool sync_said;          /* sync_conf and sync_half were handed over once */
	bool sync_pending;       /* refused, to be tried again */
	/* used by jobs only */
	struct ipvs_mirror *mirror;
	struct ipvs_syncd syncd;
};

/* services.c */
struct vs *vs_find(const struct ipvs *i, const struct service_key *key);
struct vs *vs_add(struct ipvs *i, const struct service_key *key, usec_t now);
/* By endpoint, for qsort() and bsearch(). */
int ipvs_member_cmp(const void *a, const void *b);
struct ipvs_member *vs_find_member(const struct vs *v, const struct endpoint *server);
void vs_mark_dirty(struct ipvs *i, struct vs *v);
void vs_tell_changed(struct ipvs *i, const struct service_key *key);
/* The one setter of a server's state. */
void vs_update_state(struct ipvs *i, struct vs *v, const struct ipvs_member *m);

/* Its weight rises from now on, where the file says so. */
void ipvs_member_ramp(struct ipvs_member *m, usec_t now);

/* put.c */
/* Something else than the configuration has changed of this server, or (NULL) of any of them: what a put has carried of it is stale. */
void ipvs_put_touched(struct ipvs *i, const struct vs *v, const struct ipvs_member *m);
/* The service goes: what is being put of it goes too. */
void ipvs_put_removed(struct ipvs *i, const struct service_key *k);
void ipvs_put_drop(struct ipvs *i);

/* What is left when the last job has gone. */
void ipvs_free_last(struct ipvs *i);

/* commit.c */
void ipvs_commit_init(struct ipvs *i);
void ipvs_submit_look(struct ipvs *i, enum ipvs_look look);
void ipvs_submit_syncd(struct ipvs *i);
void ipvs_job_free(struct ipvs_job *job);

void ipvs_submit_config(struct ipvs *i);
/* Ask for the connections of these services' servers. Takes over the words. */
void ipvs_submit_count(struct ipvs *i, struct ipvs_word *words, size_t n);

void ipvs_submit_stats(struct ipvs *i, struct ipvs_word *words, size_t n);

/* stats.c */
void ipvs_stats_run(struct nl_ctx *ctx, struct ipvs_job *job);
/* Tell of at most `most` more rows; how many it were. */
size_t ipvs_stats_read(struct ipvs *i, struct ipvs_job *job, size_t most);
void ipvs_stats_taken(struct ipvs *i, const struct ipvs_job *job);

/* timed.c */
void ipvs_timed_init(struct ipvs *i);
/* Its servers or their settings have changed: when is time next to change something? */
void ipvs_timed_note(struct ipvs *i, struct vs *v, usec_t now);
void ipvs_timed_forget(struct ipvs *i, struct vs *v);
void ipvs_timed_counted(struct ipvs *i, const struct ipvs_job *job);

/* results.c */
void ipvs_results_init(struct ipvs *i);
void ipvs_job_finished(struct nl_job *nl);
void ipvs_job_dropped(struct nl_job *nl);
/* Those that no longer wait for any job are told, soon. */
void ipvs_check_waiters(struct ipvs *i);

#endif
