/*
 * What a reload with another file would change: `regentd --plan FILE` asks, the running daemon answers, and changes nothing.
 *
 * RUN/plan.sock is a SOCK_SEQPACKET socket that root alone can connect to. One message each way, each with a descriptor: a sealed
 * memory file. The caller's holds its configuration in canonical form, so that nothing of it is read from the file system by the
 * daemon, nor changes while it is read; the daemon's holds the answer as JSON. A client has a few seconds to ask.
 */
#ifndef REGENT_PLAN_H
#define REGENT_PLAN_H

#include <stdint.h>

#include "conf/diff.h"
#include "core/options.h"

#define PLAN_SOCKET "plan.sock"
#define PLAN_VERSION 1u
#define PLAN_MAX ((int64_t)256 << 20) /* bytes of a configuration in canonical form */

/* Both ways; what else there is stands in the descriptor's file. */
struct plan_message {
	uint32_t version;
};

/* ---- plan_wire.c ---- */
/* A memory file with these bytes, that nobody can change any more; -1 with errno. */
int plan_seal(const char *text, size_t len);
/* The whole of such a file, with a NUL behind it; NULL with errno: it is none, or too large. */
char *plan_unseal(int fd, size_t *len);
/* One message with its descriptor, without waiting; false with errno, EPROTO where it is no such message. */
bool plan_send(int sock, int fd);
bool plan_receive(int sock, int *fd);

/* ---- plan_answer.c ---- */
/* The answer's text, malloc'ed; NULL where there is no memory. `error` instead of a diff where there is none. */
char *plan_answer(const struct conf_diff *d, const char *error);
/* What the answer says, as text or JSON, on standard output; false where it cannot be read. *refused: it is an error. */
bool plan_tell(const char *answer, size_t len, bool json, bool *refused);

/* ---- plan_file.c: the caller ---- */
/* 0: answered, 2: the file has errors, 3: it cannot be read, 4: no answer. */
int plan_file(const struct options *o);

/* ---- plan_serve.c: the daemon ---- */
struct plan_serve;
struct runtime;
/* `fd` is the listening socket, which stays the caller's; -1: nobody can ask, and the result is NULL. */
struct plan_serve *plan_serve_new(struct runtime *rt, int fd);
void plan_serve_free(struct plan_serve *s);

#endif
