/*
 * Reading the helper's socket. When the helper has died, that is said once, here, with what it changes.
 */
#include "config.h"

#include "core/helper_port.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/base/log.h"

#define OPS (HELPER_OP_LAST + 1)

struct helper_port {
	struct loop *loop;
	struct helper *helper;
	struct loop_io io;
	struct helper_client *client[OPS];
	uint32_t next_id;
};

static void hand_over(struct helper_port *p, const struct helper_answer *a, int fd)
{
	struct helper_client *c = a->op < OPS ? p->client[a->op] : NULL;

	if (c)
		c->answer(c->user, a, fd);
	else if (fd >= 0)
		close(fd);
}

static void tell_gone(struct helper_port *p)
{
	log_err("main", "the root helper is gone: no script is run, the agent cannot be started again and the file cannot be read again; "
	        "restart regentd");
	loop_io_stop(p->loop, &p->io);
	for (size_t i = 0; i < OPS; i++) {
		struct helper_client *c = p->client[i];

		for (size_t k = 0; c && k < i; k++)
			if (p->client[k] == c)
				c = NULL; /* told already */
		if (c && c->gone)
			c->gone(c->user);
	}
}

static void on_readable(void *user, unsigned events)
{
	struct helper_port *p = user;
	struct helper_answer a;
	int fd;

	(void)events;
	errno = 0;
	while (helper_answer(p->helper, &a, &fd)) {
		hand_over(p, &a, fd);
		errno = 0;
	}
	if (errno == 0)
		tell_gone(p);
}

struct helper_port *helper_port_new(struct loop *l, struct helper *h)
{
	struct helper_port *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->loop = l;
	p->helper = h;
	loop_io_init(&p->io, LOOP_QUEUED, on_readable, p);
	loop_io_set(l, &p->io, helper_fd(h), LOOP_READ);
	return p;
}

void helper_port_free(struct helper_port *p)
{
	if (!p)
		return;
	loop_io_stop(p->loop, &p->io);
	free(p);
}

void helper_port_attach(struct helper_port *p, enum helper_op op, struct helper_client *c)
{
	p->client[op] = c;
}

uint32_t helper_port_id(struct helper_port *p)
{
	if (++p->next_id == 0)
		p->next_id = 1;
	return p->next_id;
}

struct helper *helper_port_helper(const struct helper_port *p)
{
	return p->helper;
}
