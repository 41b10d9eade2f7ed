/*
 * An engine of core/ipvs in the world of ipvs_world.h, and short words to configure and to question it.
 */
#ifndef REGENT_TESTS_IPVS_FIXTURE_H
#define REGENT_TESTS_IPVS_FIXTURE_H

#include "core/ipvs/services.h"
#include "tests/unit/ipvs_world.h"

#define PERIOD (30 * USEC_PER_SEC)

extern struct ipvs *engine;
/* What the observer was told. */
struct seen {
	unsigned server, quorum, changed, made, unmade;
	enum ipvs_availability availability;
	unsigned service_stats, server_stats, stats_done;
	uint64_t conns; /* of all these together */
	int stats_err;
};
extern struct seen seen;

struct service_key vs(uint16_t port);
struct endpoint rs(uint16_t n);
struct server_key srv(uint16_t port, uint16_t n);

/* Cmocka's: an empty world, and an engine in it. */
int setup(void **state);
int teardown(void **state);
void start(const struct service_key *made, size_t n_made);

/* Servers first .. first + n - 1, weight 1, DR, sorry server 999, quorum 1. */
void put(uint16_t port, uint16_t first, uint16_t n, bool role_aware);
void verdict(uint16_t port, uint16_t n, bool up);
/* The operator's weight alone. */
bool set_only_weight(const struct server_key *k, int32_t weight);
void commit(void);
/* A done() for ipvs_commit_then(): stores err in the int that `user` points to. */
void on_done(void *user, int err);

/* The kernel's weight of a server, -1 where it has none. */
int32_t weight(uint16_t port, uint16_t n);
struct ipvs_totals totals(void);
struct ipvs_server_report server_report(uint16_t port, uint16_t n);
struct ipvs_service_report service_report(uint16_t port);

#endif
