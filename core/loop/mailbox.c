/*
 * A bell that another thread rings. Owns an eventfd; rings that come before the loop has heard the first cost no
 * system call.
 */
#include "config.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "core/loop/loop_priv.h"

struct loop_mailbox {
	struct loop *loop;
	void (*fn)(void *user);
	void *user;
	int fd;
	_Atomic bool rung;
	struct loop_io io;
};

/* `rung` is cleared before fn looks at what was left for it, so that a ring after that look is heard again. */
static void on_rung(void *user, unsigned events)
{
	struct loop_mailbox *m = user;
	eventfd_t count;

	(void)events;
	eventfd_read(m->fd, &count);
	atomic_store(&m->rung, false);
	m->fn(m->user);
}

struct loop_mailbox *loop_mailbox_new(struct loop *l, enum loop_class cls, void (*fn)(void *user), void *user)
{
	struct loop_mailbox *m = calloc(1, sizeof(*m));
	int err;

	if (!m)
		return NULL;
	m->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (m->fd < 0) {
		err = errno;
		free(m);
		errno = err;
		return NULL;
	}
	m->loop = l;
	m->fn = fn;
	m->user = user;
	loop_io_init(&m->io, cls, on_rung, m);
	loop_io_set(l, &m->io, m->fd, LOOP_READ);
	return m;
}

void loop_mailbox_ring(struct loop_mailbox *m)
{
	if (!atomic_exchange(&m->rung, true))
		eventfd_write(m->fd, 1);
}

void loop_mailbox_free(struct loop_mailbox *m)
{
	if (!m)
		return;
	loop_io_stop(m->loop, &m->io);
	close(m->fd);
	free(m);
}
