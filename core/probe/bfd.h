/*
 * BFD sessions over UDP: RFC 5881 (single hop, port 3784) and RFC 5883 (multihop, port 4784).
 *
 * Owned by core/, which puts and removes sessions by name and is told of each change of state; trackers and BFD_CHECK
 * hear of it from there. All on the loop, timers and sockets in its urgent class. A packet counts only where it came
 * from the neighbour's address, from no farther than max_hops, and names our discriminator or none.
 */
#ifndef REGENT_PROBE_BFD_H
#define REGENT_PROBE_BFD_H

#include "core/base/addr.h"
#include "core/loop/loop.h"
#include "core/probe/bfd_fsm.h"
#include "core/probe/bfd_sock.h"

#define BFD_NAME_LEN 64

struct bfd_conf {
	char name[BFD_NAME_LEN];
	struct bfd_path path;
	struct bfd_fsm_conf fsm;
	uint8_t max_hops; /* taken off a received hop limit of 255 at most; 255: any */
};

/* A session that is up, for another life of this process. */
struct bfd_kept {
	char name[BFD_NAME_LEN];
	struct bfd_path path;
	struct bfd_life life;
	uint32_t seed; /* of its port */
	usec_t at;     /* when it was kept */
};

struct bfd_report {
	char name[BFD_NAME_LEN];
	struct addr neighbor, source;
	bool multihop, known; /* known: it was up once, or the other end had its time to be heard */
	/* The path, for who depends on it: as the state, but an other end that ends the session on purpose says nothing of the path
	 * (RFC 5882 section 4.2), which is then held to be as it was. */
	bool alive;
	uint8_t state, remote_state, diag, remote_diag; /* enum bfd_state, enum bfd_diag */
	uint8_t multiplier, remote_multiplier;
	uint32_t my_disc, your_disc;
	usec_t tx_interval, rx_interval, detect_time;   /* in force; 0: not known */
	usec_t changed;                                 /* 0: never */
	uint64_t received, sent, dropped, send_errors, ups, downs;
	int error;           /* errno of the last socket that could not be made, 0 */
	char text[96];       /* why the state is what it is */
};

struct bfd_observer {
	/* The state changed, or became known. From inside a receive or a timer of urgent class: be brief; sessions may not be removed here. */
	void (*changed)(void *user, const struct bfd_report *r, enum bfd_state from);
	void *user;
};

struct bfd;

struct bfd *bfd_new(struct loop *l, const struct bfd_observer *o);
/* Every session says goodbye. */
void bfd_free(struct bfd *b);
/* A new session, or other values for the one of this name: intervals change without an end of it, addresses begin it
 * anew. False: no memory. */
bool bfd_put(struct bfd *b, const struct bfd_conf *c);
/* The same for a session that another life kept: it goes on as up where its ends are the same. */
bool bfd_put_kept(struct bfd *b, const struct bfd_conf *c, const struct bfd_kept *k);
/* What is to be kept of a session. False: there is none of this name, or it is not up. */
bool bfd_keep(const struct bfd *b, const char *name, struct bfd_kept *out);
void bfd_remove(struct bfd *b, const char *name);
bool bfd_get(const struct bfd *b, const char *name, struct bfd_report *out);
void bfd_each(const struct bfd *b, void (*fn)(void *user, const struct bfd_report *r), void *user);

#endif
