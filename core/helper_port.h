/*
 * The helper's socket on the loop: answers are handed to whoever does that kind of errand (the agent's life, scripts).
 */
#ifndef REGENT_HELPER_PORT_H
#define REGENT_HELPER_PORT_H

#include "core/helper/helper.h"
#include "core/loop/loop.h"

struct helper_port;

/* An errand's owner. Embedded in it; one for each kind of request. */
struct helper_client {
	/* `fd` is -1 or his from now on. */
	void (*answer)(void *user, const struct helper_answer *a, int fd);
	void (*gone)(void *user); /* the helper has died: no answer will come any more; NULL: he need not know */
	void *user;
};

/* NULL: no memory. */
struct helper_port *helper_port_new(struct loop *l, struct helper *h);
void helper_port_free(struct helper_port *p);
/* Answers to requests `op` go to `c`, which outlives the port or is taken off with NULL. */
void helper_port_attach(struct helper_port *p, enum helper_op op, struct helper_client *c);
/* A number for a request that no other request of this process has. */
uint32_t helper_port_id(struct helper_port *p);
struct helper *helper_port_helper(const struct helper_port *p);

#endif
