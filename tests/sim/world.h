/*
 * A virtual LAN in virtual time, for tests of the VRRP state machine: machines that run core/vrrp/fsm.c, packets
 * with loss, delay and duplication, links that can be cut one way, machines that pause, crash, reload and come back.
 * Everything comes from one seed. Time is the monotonic clock, which no step of the wall clock moves.
 * It knows how machines behave, not what is right: judging is the caller's.
 */
#ifndef REGENT_SIM_WORLD_H
#define REGENT_SIM_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/vrrp/fsm.h"

#define WORLD_MAX 7
/* On a clean LAN a packet takes at most this long, and a timer fires at most this late. */
#define WORLD_DELAY USEC_PER_MS
#define WORLD_LATE USEC_PER_MS

struct machine {
	struct vrrp_fsm fsm;
	struct vrrp_fsm_conf conf;
	bool alive;
	usec_t asleep_until;   /* stopped by its kernel or hypervisor: neither timers nor packets before */
	bool woke_late;        /* its next advert may be off the grid */
	usec_t fire_at;        /* the deadline, plus how late this host is this time */
	usec_t fire_deadline;  /* the deadline that fire_at was made from */
	usec_t advert_at;      /* last advert sent as MASTER */
	usec_t grid_origin;    /* adverts are due at this plus multiples of the interval */
	bool master_at_death;
};

struct lan {
	unsigned loss, duplicate; /* per cent */
	usec_t delay;             /* at most */
};

struct packet {
	usec_t at;
	uint64_t order; /* ties: first sent, first delivered */
	unsigned from, to;
	struct vrrp_heard advert;
};

struct world {
	uint64_t random;
	usec_t now;
	struct machine machine[WORLD_MAX];
	unsigned n;
	struct lan lan;
	bool cut[WORLD_MAX][WORLD_MAX]; /* [from][to] */
	usec_t last_arrival[WORLD_MAX][WORLD_MAX];
	/* Of groups: a machine has heard an advert; before its state machine has. */
	void (*heard)(void *user, unsigned machine, const struct vrrp_heard *advert);
	/* A machine went from one state to another. */
	void (*moved)(void *user, unsigned machine, enum vrrp_state from, enum vrrp_state to);
	void *user;
	struct packet *heap;
	size_t n_packets, cap_packets;
	uint64_t order;
	bool trace;
	bool failed;
	/* what happened */
	uint64_t transitions, takeovers, spells, heals, packets;
	uint64_t version_errors; /* adverts of the other version, dropped */
	uint64_t lost, duplicated, overtaken;
	unsigned masters; /* now, sleeping ones included */
	unsigned taker;   /* who took over last, and when */
	usec_t taken_at;
	usec_t moved_at;  /* the last transition of anybody */
	usec_t slowest;   /* of all that settled: thousandths of the bound that it took */
};

void world_init(struct world *w, uint64_t seed, bool trace);
void world_free(struct world *w);
/* Uniform in 0..n-1. */
uint64_t world_random(struct world *w, uint64_t n);
void world_add(struct world *w, const struct vrrp_fsm_conf *conf);
/* START or ADOPT. */
void world_boot(struct world *w, unsigned i, enum vrrp_event how);
/* STOP, FAULT, CLEAR, PRIORITY by hand. */
void world_event(struct world *w, unsigned i, enum vrrp_event ev);
/* Without a word: power cut. */
void world_crash(struct world *w, unsigned i);
/* New parameters, the source aside. */
void world_reconf(struct world *w, unsigned i, const struct vrrp_fsm_conf *conf);
/* The whole host stands still until then. */
void world_sleep(struct world *w, unsigned i, usec_t until);
void world_run(struct world *w, usec_t until);
/* When the next thing happens; USEC_NEVER: never. And let it. */
usec_t world_next(const struct world *w);
void world_happen(struct world *w);
/* Up to `until`, but stop after the next takeover; true where there was one. */
bool world_run_to_takeover(struct world *w, usec_t until);
/* Nothing cut, no loss, no duplicates, short delays. */
void world_make_clean(struct world *w);
/* When the last of what is past has arrived: packets under way, and hosts that stand still. */
usec_t world_quiet_at(const struct world *w);
/* The longest that anybody waits for a master that is silent: Master_Down_Interval with the slowest's interval. */
usec_t world_longest_wait(const struct world *w);
/* The only MASTER; -1 where there is none or more than one. */
int world_only_master(const struct world *w);
/* Something is wrong: say what, once. */
void world_fail(struct world *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
