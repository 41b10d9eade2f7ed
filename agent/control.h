/*
 * The control socket: one JSON request a line, one JSON answer a line.
 *
 *   {"cmd":"status"}                                             -> {"ok":true,"status":{...}}
 *   {"cmd":"weight","service":S,"server":R,"weight":N or null}   -> {"ok":true,"changed":n}
 * and what cannot be done is answered by                            {"ok":false,"error":"..."}
 *
 * Anybody who can reach the socket may read; only root and the user that the agent runs as may change state (the core
 * looks again).
 */
#ifndef REGENT_AGENT_CONTROL_H
#define REGENT_AGENT_CONTROL_H

#include "agent/link.h"
#include "agent/mail.h"

struct control;

/* fd: a listening unix stream socket, closed by control_free(). `m`: whose counters are shown, NULL: none.
 * NULL: it is not one, or no memory (said in the log). */
struct control *control_new(struct loop *l, int fd, struct link *k, struct mail *m);
void control_free(struct control *c); /* NULL is fine */
/* The core's answer to a transaction of ours. */
/* Traffic has been counted: those who asked get their answer. */
void control_stats(struct control *c);
void control_result(struct control *c, uint64_t number, const struct wire_set_result *r);

#endif
