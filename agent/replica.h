/*
 * The agent's copy of the core's rows: applies checked messages (core/view_wire.h) and makes a snapshot at the end of
 * each batch. Pure: what to publish and what to ask for is its result.
 */
#ifndef REGENT_AGENT_REPLICA_H
#define REGENT_AGENT_REPLICA_H

#include "agent/snapshot.h"
#include "core/view_wire.h"

/* Rows of all kinds together that are kept, and that a batch may bring; more is refused (a hostile or mistaken core costs bounded
 * memory). */
#define REPLICA_ROWS_MAX 400000u

enum replica_result {
	REPLICA_OK,      /* taken, nothing to publish yet */
	REPLICA_PUBLISH, /* replica_snapshot() is new */
	REPLICA_RESYNC,  /* the order of messages was broken, or memory ran out: ask for all rows again */
	REPLICA_REFUSED, /* too many rows */
};

struct replica;

struct replica *replica_new(void); /* with an empty snapshot; NULL: no memory */
void replica_free(struct replica *r);
/* A message of type ROWS_BEGIN, ROW_PUT, ROW_DEL or ROWS_END that wire_check() accepted. After RESYNC everything up to
 * the next full BEGIN is ignored. */
enum replica_result replica_apply(struct replica *r, const struct wire_head *h);
/* The last one published; the replica keeps its own reference. */
struct snapshot *replica_snapshot(const struct replica *r);

#endif
