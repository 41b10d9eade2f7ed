/*
 * `regentctl restart`: the program that is on the disk now takes the place of the one that runs, in the same process, without a
 * hole. RUN/restart.sock is a SOCK_SEQPACKET socket that root alone can connect to: one message asks, one or more answer.
 *
 * Order: the new program, started as a child without any right, reads the configuration and says whether it can take over; a
 * successor of the root helper is started; the agent is ended; then exec. Until that last step everything goes on as it was, and
 * a step that fails leaves it so. What the new program adopts is in core/state.h.
 */
#ifndef REGENT_RESTART_H
#define REGENT_RESTART_H

#include "conf/conf.h"
#include "core/helper/helper.h"
#include "core/options.h"

#define RESTART_ASK "restart"
#define RESTART_YES "yes " /* how an answer begins that it is under way; anything else is a refusal */
#define RESTART_TEXT 512

/* The argument of the child; its descriptor 3 is the workers' socket to the helper, and 1 the one that it speaks to. */
#define RESTART_CHECK_ARGUMENT "--can-take-over"

struct restart;
struct runtime;
/* `fd` is the listening socket, which stays the caller's; -1: nobody can ask, and the result is NULL. `argv` as main() has it. */
struct restart *restart_new(struct runtime *rt, int fd, char *const *argv);
void restart_free(struct restart *r);

/* ---- restart_check.c ---- */
/* The form of what is handed over, and what cannot change in a process that goes on; the caller's to free. NULL: no memory. */
char *restart_form(const struct conf_global *g);
/* In a worker: does the program (a descriptor) say that it can take over? Else *why says why not. */
bool restart_ask_program(struct helper *h, int program, const char *form, char *const *argv, char *why, size_t size);
/* The child itself; its exit status. `form` is the running program's. */
int restart_check(const struct options *o, const char *form);

#endif
