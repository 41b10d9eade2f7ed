/*
 * Backends for the probe tests: good, bad and hostile, each a thread behind a port of 127.0.0.1.
 */
#ifndef REGENT_TESTS_PROBE_SERVER_H
#define REGENT_TESTS_PROBE_SERVER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

enum server_kind {
	SERVER_ANSWER,   /* read the request, send `bytes`, close */
	SERVER_SILENT,   /* never answer; wait until the peer goes away */
	SERVER_DRIP,     /* send `head`, then `bytes` one at a time, for ever */
	SERVER_ENDLESS,  /* send `head`, then `bytes` as fast as they go, for ever */
	SERVER_RESET,    /* read the request, then reset */
	SERVER_DIALOG,   /* send `bytes` up to a \x01, read a line, go on behind it; in the end, close */
	SERVER_KEEP,     /* answer so many requests over a connection with `bytes`: server_start_keep() */
	SERVER_BACKLOG,  /* listen, with a full backlog: a connect gets no answer */
};

enum server_end {
	END_CLOSE,          /* at once */
	END_CLOSE_ASKED,    /* when the next request is there */
	END_RESET_ASKED,
	END_SILENT,         /* no answer any more */
};

struct server_conf {
	enum server_kind kind;
	const char *head;  /* NULL: nothing */
	const char *bytes;
	size_t len;        /* of bytes; 0: strlen */
};

struct server {
	struct server_conf conf;
	unsigned answers; /* of SERVER_KEEP, and how a connection ends after them */
	enum server_end end;
	uint16_t port;
	atomic_uint accepted, finished; /* connections begun and over */
	char request[2048];             /* the last one; read it after the probe has ended */
	int fd, fillers[8];
	pthread_t thread;
};

/* port 0: any. */
void server_start(struct server *s, const struct server_conf *c, uint16_t port);
void server_start_keep(struct server *s, const char *bytes, unsigned answers, enum server_end end);
void server_stop(struct server *s);
/* A port on which nobody listens. */
uint16_t server_free_port(void);

#endif
