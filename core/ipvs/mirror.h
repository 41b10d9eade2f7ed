/*
 * What the kernel's IPVS table is, what it should be, and the way from one to the other: the half of this room that lives on the
 * kernel thread.
 *
 * The loop says words (this service is to be so); the mirror keeps the last word about each service, what the kernel was last known to
 * have, and which services are ours; it plans, applies and answers with news. As jobs run one at a time it needs no lock and plans
 * against what the kernel has truly acknowledged. An urgent job may overtake an older one: each word carries a generation and an
 * older word never undoes a newer one.
 *
 * All functions that take a struct nl_ctx run inside a job; new and free run when no job is about.
 */
#ifndef REGENT_IPVS_MIRROR_H
#define REGENT_IPVS_MIRROR_H

#include "core/ipvs/ipvs_nl.h"

struct ipvs_mirror;

struct ipvs_word {
	struct service_key key;
	uint64_t gen;
	struct ipvs_entry *want; /* the mirror takes it; NULL: no longer configured */
};

struct ipvs_dest_news {
	struct endpoint server;
	bool in_kernel;
	int err; /* of the operation refused, 0 */
};

/* What became of one service. Its servers are sorted by endpoint. */
struct ipvs_news {
	struct ipvs_news *next;
	struct service_key key;
	uint64_t gen;
	bool in_kernel;
	int8_t made; /* 1: from now on ours; -1: no longer there or no longer ours; 0: as before */
	int err;     /* of the first operation refused, 0 */
	size_t n;
	struct ipvs_dest_news dests[];
};

/* The answer to one job; zeroed by the caller. */
struct ipvs_outcome {
	struct ipvs_news *news, *last;
	enum ipvs_availability availability; /* UNKNOWN: nothing learned */
	int err;        /* of the first operation refused, or of the transport */
	bool retry;     /* something failed: look again later */
	bool more;      /* a look is not yet complete: go on at once */
	uint64_t operations, failures, repaired, dumps;
};

enum ipvs_look {
	IPVS_LOOK_FAILED, /* what failed, with a fresh list of services */
	IPVS_LOOK_ALL,    /* everything, for drift */
	IPVS_LOOK_ON,     /* the next slice of the look that is going on */
};

struct ipvs_mirror *ipvs_mirror_new(const struct service_key *made, size_t n_made);
void ipvs_mirror_free(struct ipvs_mirror *m);
/* Before the first job: services of other hands that the first list shows are taken for ours, and so go where they are not wanted. */
void ipvs_mirror_flush(struct ipvs_mirror *m);

/* Take the words and make the kernel follow. `complete`: every configured service has been spoken of by now, so what is ours and
 * not wanted may go. */
void ipvs_mirror_say(struct ipvs_mirror *m, struct nl_ctx *ctx, struct ipvs_word *words, size_t n, bool complete,
                     struct ipvs_outcome *out);
/* `floor`: no word older than this generation is still to come. */
void ipvs_mirror_look(struct ipvs_mirror *m, struct nl_ctx *ctx, enum ipvs_look look, uint64_t floor,
                      struct ipvs_outcome *out);
/* Delete every service that is ours, or (`all`) every one, but for those that `keep` names; from then on words and looks do nothing. */
void ipvs_mirror_withdraw(struct ipvs_mirror *m, struct nl_ctx *ctx, const struct ipvs_word *keep, size_t n_keep, bool all,
                          struct ipvs_outcome *out);
/* The servers of these services as the kernel has them now, with their connections, in words[].want; NULL where they could not be had. */
void ipvs_mirror_count(struct nl_ctx *ctx, struct ipvs_word *words, size_t n);

#endif
