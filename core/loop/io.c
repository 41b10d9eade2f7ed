/*
 * Descriptors: an epoll set for each class, which libev watches as one descriptor. Urgent readiness is served at
 * once, also between two items of the run queue; queued readiness only posts an item.
 *
 * Owns a struct io_watch for each watched loop_io, from its first loop_io_set() to its loop_io_stop(). All is
 * level-triggered: an event that an owner leaves unserved comes again. (The sets are not libev's own because it
 * cannot be asked for one class alone, and because it aborts the process where a descriptor turns out to be
 * closed.)
 *
 * The kernel hands back a descriptor and the turn of its watch, never a pointer: a watch that is gone is not found, however
 * late its event comes. So loop_io_close() may leave it to close() to take a descriptor out of its set, which a child between
 * fork() and exec() delays.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/log.h"
#include "core/loop/loop_priv.h"

struct io_watch {
	struct loop *loop;
	struct loop_io *io;
	struct loop_item item; /* queued: serves `ready` */
	unsigned ready;
	uint32_t turn; /* no other watch had it */
};

void loop_io_init(struct loop_io *io, enum loop_class cls, void (*fn)(void *user, unsigned events), void *user)
{
	*io = (struct loop_io){ .fn = fn, .user = user, .fd = -1, .cls = cls };
}

/* The owner may stop the io, and so free the watch, inside fn. */
static void serve(void *user)
{
	struct io_watch *w = user;
	unsigned events = w->ready & (w->io->want | LOOP_FAULT);

	w->ready = 0;
	if (events)
		w->io->fn(w->io->user, events);
}

static unsigned from_epoll(uint32_t events)
{
	return (events & (EPOLLIN | EPOLLERR | EPOLLHUP) ? LOOP_READ : 0u) |
	       (events & (EPOLLOUT | EPOLLERR | EPOLLHUP) ? LOOP_WRITE : 0u) |
	       (events & (EPOLLERR | EPOLLHUP) ? LOOP_FAULT : 0u);
}

static inline uint64_t watch_name(const struct io_watch *w, int fd)
{
	return (uint64_t)w->turn << 32 | (uint32_t)fd;
}

/* NULL: it is not watched any more. */
static struct io_watch *watch_find(const struct loop *l, uint64_t name)
{
	uint32_t fd = (uint32_t)name;
	struct io_watch *w = fd < l->n_watches ? l->watches[fd] : NULL;

	return w && w->turn == name >> 32 ? w : NULL;
}

/* Ask a set, without waiting, and hand each ready watch on. A deadline that passes while urgent ones are served is not
 * left waiting for the last of them. */
static void set_ask(struct io_set *s)
{
	struct epoll_event events[IO_EVENTS];
	int n = epoll_wait(s->epoll, events, IO_EVENTS, 0);

	for (int i = 0; i < n; i++) {
		struct io_watch *w = watch_find(s->loop, events[i].data.u64);

		if (!w)
			continue;
		w->ready |= from_epoll(events[i].events);
		if (w->io->cls == LOOP_QUEUED) {
			loop_item_post(w->loop, &w->item);
			continue;
		}
		serve(w);
		timers_run_urgent(s->loop, mono_now());
	}
}

void io_run_urgent(struct loop *l)
{
	set_ask(&l->ios[LOOP_URGENT]);
	l->urgent_polled = mono_now();
}

static void on_ready(struct ev_loop *ev, ev_io *evio, int revents)
{
	(void)ev;
	(void)revents;
	set_ask(evio->data);
}

/* Register what is wanted. A descriptor that cannot be watched is our own fault; its owner is called once, and
 * finds out from read() or write(). */
static void watch_set(struct io_watch *w, int fd, unsigned want)
{
	struct loop_io *io = w->io;
	struct epoll_event e = {
		.events = (want & LOOP_READ ? EPOLLIN : 0u) | (want & LOOP_WRITE ? EPOLLOUT : 0u),
		.data.u64 = watch_name(w, fd),
	};
	int epoll = w->loop->ios[io->cls].epoll;
	int op = fd == io->fd ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;

	if (epoll_ctl(epoll, op, fd, &e) == 0)
		return;
	log_err("loop", "cannot watch descriptor %d (our fault): %s", fd, strerror(errno));
	w->ready = want | LOOP_FAULT;
	loop_item_post(w->loop, &w->item);
}

/* A place in the table for this descriptor. */
static void watch_room(struct loop *l, int fd)
{
	size_t n = (size_t)fd + 1 > 2 * l->n_watches ? (size_t)fd + 64 : 2 * l->n_watches;
	struct io_watch **more;

	if ((size_t)fd < l->n_watches)
		return;
	more = reallocarray(l->watches, n, sizeof(struct io_watch *));
	if (!more)
		loop_die("out of memory for a descriptor");
	memset(more + l->n_watches, 0, (n - l->n_watches) * sizeof(struct io_watch *));
	l->watches = more;
	l->n_watches = n;
}

static struct io_watch *watch_new(struct loop *l, struct loop_io *io, int fd)
{
	struct io_watch *w = calloc(1, sizeof(*w));

	if (!w)
		loop_die("out of memory for a descriptor");
	watch_room(l, fd);
	w->loop = l;
	w->io = io;
	w->turn = ++l->last_turn;
	loop_item_init(&w->item, serve, w);
	l->watches[fd] = w;
	l->ios[io->cls].n++;
	return w;
}

void loop_io_set(struct loop *l, struct loop_io *io, int fd, unsigned want)
{
	if (want == 0 || fd < 0 || (io->priv && fd != io->fd))
		loop_io_stop(l, io);
	if (want == 0 || fd < 0 || (io->fd == fd && io->want == want))
		return;
	if (!io->priv)
		io->priv = watch_new(l, io, fd);
	((struct io_watch *)io->priv)->ready = 0;
	watch_set(io->priv, fd, want);
	io->fd = fd;
	io->want = want;
}

static void watch_end(struct loop *l, struct loop_io *io)
{
	struct io_watch *w = io->priv;

	if (w) {
		loop_item_cancel(l, &w->item);
		if (l->watches[io->fd] == w)
			l->watches[io->fd] = NULL;
		l->ios[io->cls].n--;
		free(w);
	}
	io->priv = NULL;
	io->fd = -1;
	io->want = 0;
}

void loop_io_stop(struct loop *l, struct loop_io *io)
{
	if (io->priv)
		epoll_ctl(l->ios[io->cls].epoll, EPOLL_CTL_DEL, io->fd, NULL);
	watch_end(l, io);
}

void loop_io_close(struct loop *l, struct loop_io *io, int fd)
{
	watch_end(l, io);
	close(fd);
}

static int set_open(struct loop *l, struct io_set *s, int priority)
{
	s->loop = l;
	s->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (s->epoll < 0)
		return errno;
	ev_io_init(&s->wake, on_ready, s->epoll, EV_READ);
	s->wake.data = s;
	ev_set_priority(&s->wake, priority);
	ev_io_start(l->ev, &s->wake);
	return 0;
}

int io_open(struct loop *l)
{
	int err = set_open(l, &l->ios[LOOP_URGENT], EV_MAXPRI);

	return err ? err : set_open(l, &l->ios[LOOP_QUEUED], 0);
}

void io_close(struct loop *l)
{
	for (int i = 0; i < 2; i++) {
		struct io_set *s = &l->ios[i];

		if (s->epoll < 0)
			continue;
		ev_io_stop(l->ev, &s->wake);
		close(s->epoll);
	}
	free(l->watches);
}
