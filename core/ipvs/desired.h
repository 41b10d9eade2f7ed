/*
 * What the kernel's table should be (DESIGN.md section 7): from what is configured, what probes say, the role of the virtual
 * router, the operator's weights and which servers are on this host. Pure; derived afresh each time, nothing is patched.
 */
#ifndef REGENT_IPVS_DESIRED_H
#define REGENT_IPVS_DESIRED_H

#include "core/ipvs/table.h"

enum ipvs_verdict { IPVS_VERDICT_NONE = 0, IPVS_VERDICT_UP = 1, IPVS_VERDICT_DOWN = 2 };

/* One configured server: what goes in, and below it what was derived. */
struct ipvs_member {
	struct ipvs_server_conf conf;
	enum ipvs_verdict verdict;
	int32_t set_weight; /* -1: none */
	bool local;

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
};

/* Does it take part: probes say so, or have said nothing yet and it need not wait for them, or it has none. */
bool ipvs_member_is_live(const struct ipvs_member *m);
enum ipvs_server_state ipvs_member_state(const struct ipvs_member *m);
/* Override if set, else the file's. */
int32_t ipvs_member_base_weight(const struct ipvs_member *m);

/* The sum that quorum is measured by: base weights of live servers, whatever the role. */
uint64_t ipvs_pool_weight(const struct ipvs_pool *p);
/* What quorum_up should be now: gained at quorum + hysteresis, lost below quorum - hysteresis or with nothing live. */
bool ipvs_pool_quorum(const struct ipvs_pool *p, uint64_t weight);
bool ipvs_pool_sorry_active(const struct ipvs_pool *p);
/* Derive `wanted`, `effective` and `source` of each server, the sorry server too, from the rest (quorum_up included). */
void ipvs_pool_decide(struct ipvs_pool *p);
/* The kernel's entry that follows from ipvs_pool_decide(). */
struct ipvs_entry *ipvs_pool_entry(const struct ipvs_pool *p);

#endif
