/*
 * What the kernel's table should be: from what is configured, what probes say, the role of the virtual
 * router, what operators have set and which servers are on this host. Pure; derived afresh each time, nothing is patched.
 *
 * The weight of a server: what the operator has set, else what a probe gives, else what is configured; then the ramp of one that has
 * just come up; then what takes it out: health, drain, sorry server, role.
 */
#ifndef REGENT_IPVS_DESIRED_H
#define REGENT_IPVS_DESIRED_H

#include "core/ipvs/table.h"

enum ipvs_verdict { IPVS_VERDICT_NONE = 0, IPVS_VERDICT_UP = 1, IPVS_VERDICT_DOWN = 2 };

/* One configured server: what goes in, and below it what was derived. */
struct ipvs_member {
	struct ipvs_server_conf conf;
	enum ipvs_verdict verdict;
	struct ipvs_setting set;
	int32_t probe_weight; /* -1: none */
	bool local;
	bool drained;       /* its drain has come to its end */
	struct penalty flaps;
	usec_t ramp_from;   /* its weight rises since then; 0: no ramp */
	bool kept;          /* served when checks were last believed: what panic keeps */

	bool wanted;        /* belongs into the kernel's table */
	int32_t effective;
	enum ipvs_weight_source source;
};

/* A service with its servers. `conf`'s own server list is not looked at. */
struct ipvs_pool {
	struct ipvs_service_conf conf;
	enum ipvs_role role;
	struct ipvs_member *members; /* sorted by endpoint */
	size_t n;
	struct ipvs_member sorry;    /* where conf.has_sorry */
	bool quorum_up;              /* remembered: hysteresis needs it */
	bool panic;                  /* too few are healthy: checks are not believed */
};

/* Nothing is set. */
struct ipvs_setting ipvs_setting_none(void);
bool ipvs_setting_equal(const struct ipvs_setting *a, const struct ipvs_setting *b);

/* Does it take part: probes say so, or have said nothing yet and it need not wait for them, or it has none. */
bool ipvs_member_is_live(const struct ipvs_member *m);
enum ipvs_server_state ipvs_member_state(const struct ipvs_member *m);
/* Override if set, else a probe's, else the file's. */
int32_t ipvs_member_base_weight(const struct ipvs_member *m);
/* Does it serve: it is live, or panic says that it shall. */
bool ipvs_member_serves(const struct ipvs_pool *p, const struct ipvs_member *m);

/* The weight of one that came up at `from`: rises in a straight line over `window` to `base`, at least 1 where base > 0. */
int32_t ipvs_ramp(int32_t base, usec_t window, usec_t from, usec_t now);
/* When that is another weight than at `now`; USEC_NEVER when it has come to its end. */
usec_t ipvs_ramp_next(int32_t base, usec_t window, usec_t from, usec_t now);

/* The one setter of `panic`: fewer than its percentage are well or, with alpha, not yet judged. Remembers who served where checks are
 * believed. True: it changed. */
bool ipvs_pool_update_panic(struct ipvs_pool *p);

/* The sum that quorum is measured by: base weights of live servers, whatever the role. */
uint64_t ipvs_pool_weight(const struct ipvs_pool *p);
/* What quorum_up should be now: gained at quorum + hysteresis, lost below quorum - hysteresis or with nothing live. */
bool ipvs_pool_quorum(const struct ipvs_pool *p, uint64_t weight);
bool ipvs_pool_sorry_active(const struct ipvs_pool *p);
/* Derive `wanted`, `effective` and `source` of each server, the sorry server too, from the rest (quorum_up and panic included). */
void ipvs_pool_decide(struct ipvs_pool *p, usec_t now);
/* When a decision will be another one by the passing of time alone: a ramp's next step, the end of a suppression. USEC_NEVER: never. */
usec_t ipvs_pool_next(const struct ipvs_pool *p, usec_t now);
/* The kernel's entry that follows from ipvs_pool_decide(). */
struct ipvs_entry *ipvs_pool_entry(const struct ipvs_pool *p);

#endif
