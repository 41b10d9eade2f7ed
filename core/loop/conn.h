/*
 * Non-blocking stream connections with one deadline: what a probe sees of the network.
 *
 * A conn is made by conn_open(), tells its owner what happened by one callback, and is destroyed by conn_close()
 * (also from inside the callback). It never resolves names and never lingers in close(). Received bytes are handed
 * over as they come, at most 16 KiB a call, so a hostile peer costs a fixed buffer.
 */
#ifndef REGENT_LOOP_CONN_H
#define REGENT_LOOP_CONN_H

#include "core/base/addr.h"
#include "core/loop/loop.h"

struct conn;

enum conn_event {
	CONN_CONNECTED, /* ready to send */
	CONN_DATA,      /* `data`, `len` received */
	CONN_EOF,       /* the peer closed its side */
	CONN_ERROR,     /* `err` is a positive errno: ECONNREFUSED, EHOSTUNREACH, ... */
	CONN_TIMEOUT,   /* the deadline passed; conn_phase() says in which phase */
};

enum conn_phase { CONN_CONNECTING, CONN_OPEN };

struct conn_opts {
	struct endpoint to;
	struct endpoint bind;  /* family 0: any */
	char bind_if[16];      /* "" : any */
	uint32_t fwmark;       /* 0: none */
	usec_t deadline;       /* absolute */
};

typedef void conn_fn(void *user, struct conn *c, enum conn_event ev, const void *data, size_t len, int err);

/* NULL with errno where even the socket could not be made (EMFILE, ...). Otherwise the result always comes by
 * callback. */
struct conn *conn_open(struct loop *l, const struct conn_opts *o, conn_fn *fn, void *user);
void conn_set_deadline(struct conn *c, usec_t deadline);
/* Queue bytes (copied, at most 64 KiB in all); sent as the socket takes them. False: too much. */
bool conn_send(struct conn *c, const void *data, size_t len);
/* Read nothing until it is let go: what the peer sends waits in the kernel. */
void conn_hold(struct conn *c, bool hold);
/* A socket on its way to a port of this host on which nobody listens may be given just that port to come from, and then answers itself.
 * Such a one has reached nobody: it is to be taken for refused. */
bool conn_meets_itself(int fd, const struct endpoint *to);
enum conn_phase conn_phase(const struct conn *c);
void conn_close(struct conn *c);

#endif
