/*
 * One datagram socket with one deadline, connected to the target as the probe's configuration says: for the kinds that
 * ask without a stream.
 *
 * The kernel takes only what comes from the target, and brings its ICMP errors to the socket (IP_RECVERR), also those
 * that it would otherwise keep to itself. Embedded in the kind's own state.
 */
#ifndef REGENT_PROBE_DGRAM_H
#define REGENT_PROBE_DGRAM_H

#include "core/probe/run.h"

struct dgram {
	struct loop *loop;
	struct loop_io io;
	struct loop_timer timer;
	int fd; /* -1: none */
};

/* `readable` and `late` get `user`; both come from the run queue. */
void dgram_init(struct dgram *d, struct loop *l, void (*readable)(void *user, unsigned events), void (*late)(void *user),
                void *user);
/* A connected socket of this type and protocol, watched. 0 or a positive errno. */
int dgram_open(struct dgram *d, const struct probe_conf *c, int type, int protocol);
void dgram_set_deadline(struct dgram *d, usec_t deadline);
/* Harmless where nothing is open. */
void dgram_close(struct dgram *d);

/* End the run for what the socket says: an ICMP error, or this host's fault. `what` says what was being done. */
void dgram_failed(struct probe_run *run, int err, const char *what);
/* 16 bits, or n bytes, that nobody can guess. False: the kernel has none yet. */
bool dgram_random(void *out, size_t n);

#endif
