/*
 * The inside of announce.h, shared by announce.c and announce_fifo.c only.
 */
#ifndef REGENT_ANNOUNCE_PRIV_H
#define REGENT_ANNOUNCE_PRIV_H

#include "core/announce.h"
#include "core/notify/fifo.h"
#include "core/notify/queue.h"
#include "core/notify/ring.h"

/* A FIFO of the file's, and the program that the file wants to read it. */
struct announce_fifo {
	struct announce *a;
	const char *keyword;
	struct fifo fifo;
	char path[HELPER_PATH]; /* "": none */
	uid_t uid;
	gid_t gid;
	uint32_t asked;         /* the helper's request; 0: none under way */
	char early[8192];       /* lines until it is open */
	size_t n_early;
	char *reader;           /* command and user, to see that it changed; NULL: none */
	uint64_t run;
	usec_t backoff, started;
	struct loop_timer again;
};

enum announce_kind { ANNOUNCE_VRRP = 1, ANNOUNCE_LVS = 2 };

struct announce {
	struct runtime *rt;
	struct ring_subscriber subscriber;
	struct loop_item turn;
	uint64_t seen;
	uint64_t told; /* how often a script or a FIFO was meant */
	struct script_queues *queues;
	struct helper_client helper;
	struct announce_fifo fifos[SCRIPT_BOOK_FIFOS];
};

/* announce.c: tell now what the ring still has. */
void announce_all(struct announce *a);

/* announce_fifo.c */
void announce_fifos_init(struct announce *a);
void announce_fifos_free(struct announce *a);
/* To the FIFO of all events, and to that of this kind. */
void announce_write(struct announce *a, enum announce_kind kind, const char *line, size_t len);

#endif
