/*
 * The monitor: multicast notifications of rtnetlink or of nf_tables, read on the loop.
 *
 * A call reads for a quarter of a millisecond at most and leaves the rest for the next. Where the kernel had to
 * drop messages, those that are still queued are thrown away as well before overrun() is called: they are older
 * than the dump that follows it, and could otherwise overwrite what that finds.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/netlink.h>

#include "core/nl/sock.h"
#include "core/nl/walk.h"

enum {
	MONITOR_RCVBUF = 8 * 1024 * 1024,
	MONITOR_DATAGRAM = 64 * 1024,
};
#define MONITOR_SLICE ((usec_t)250)

struct nl_monitor {
	struct loop *loop;
	struct loop_io io;
	int fd;
	struct nl_buffer buffer;
	bool lost;    /* messages were dropped: drain, then overrun() */
	bool reading; /* inside monitor_read() */
	bool freed;   /* by a callback, while reading */
	void (*each)(struct nlmsghdr *h, void *user);
	void (*overrun)(void *user);
	void *user;
	uint8_t buf[MONITOR_DATAGRAM] __attribute__((aligned(NLMSG_ALIGNTO)));
};

static void monitor_deliver(struct nl_monitor *m, size_t len)
{
	struct nl_walk walk = { m->buf, len };
	struct nlmsghdr *h;

	while (!m->freed && (h = nl_walk_next(&walk)))
		m->each(h, m->user);
}

/* Take one datagram. False: there is none now. */
static bool monitor_take(struct nl_monitor *m)
{
	struct sockaddr_nl from = { 0 };
	struct iovec iov = { .iov_base = m->buf, .iov_len = sizeof(m->buf) };
	struct msghdr msg = {
		.msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &iov, .msg_iovlen = 1,
	};
	ssize_t n = recvmsg(m->fd, &msg, MSG_DONTWAIT);

	if (n < 0 && errno == ENOBUFS)
		m->lost = true;
	if (n < 0)
		return errno == ENOBUFS || errno == EINTR;
	if (msg.msg_namelen < sizeof(from) || from.nl_pid != 0)
		return true;
	if (msg.msg_flags & MSG_TRUNC)
		m->lost = true;
	if (!m->lost)
		monitor_deliver(m, (size_t)n);
	return true;
}

static void monitor_read(void *user, unsigned events)
{
	struct nl_monitor *m = user;
	usec_t end = mono_now() + MONITOR_SLICE;
	bool more = true;

	(void)events;
	m->reading = true;
	while (more && !m->freed && mono_now() < end)
		more = monitor_take(m);
	if (!more && m->lost && !m->freed) {
		m->lost = false;
		m->overrun(m->user);
	}
	m->reading = false;
	if (m->freed)
		free(m);
}

static int protocol_of(enum nl_family family)
{
	return family == NL_ROUTE ? NETLINK_ROUTE : family == NL_FILTER ? NETLINK_NETFILTER : NETLINK_GENERIC;
}

static int monitor_open(struct nl_monitor *m, int protocol, const int *groups)
{
	const struct sockaddr_nl any = { .nl_family = AF_NETLINK };
	const struct nl_buffer ours = { .bytes = 0 };

	m->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
	if (m->fd < 0)
		return errno;
	nl_apply_buffer(m->fd, &ours, MONITOR_RCVBUF);
	if (bind(m->fd, (const struct sockaddr *)&any, sizeof(any)) < 0)
		return errno;
	for (; *groups; groups++) {
		if (setsockopt(m->fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, groups, sizeof(*groups)) < 0)
			return errno;
	}
	return 0;
}

struct nl_monitor *nl_monitor_new_of(struct nl *nl, enum nl_family family, const int *groups,
                                     void (*each)(struct nlmsghdr *h, void *user), void (*overrun)(void *user), void *user)
{
	struct nl_monitor *m = calloc(1, sizeof(*m));
	int err;

	if (!m)
		return NULL;
	m->loop = nl_loop(nl);
	m->each = each;
	m->overrun = overrun;
	m->user = user;
	err = monitor_open(m, protocol_of(family), groups);
	if (err) {
		if (m->fd >= 0)
			close(m->fd);
		free(m);
		errno = err;
		return NULL;
	}
	loop_io_init(&m->io, LOOP_QUEUED, monitor_read, m);
	loop_io_set(m->loop, &m->io, m->fd, LOOP_READ);
	return m;
}

struct nl_monitor *nl_monitor_new(struct nl *nl, const int *groups, void (*each)(struct nlmsghdr *h, void *user),
                                  void (*overrun)(void *user), void *user)
{
	return nl_monitor_new_of(nl, NL_ROUTE, groups, each, overrun, user);
}

void nl_monitor_free(struct nl_monitor *m)
{
	if (!m)
		return;
	loop_io_stop(m->loop, &m->io);
	close(m->fd);
	if (m->reading)
		m->freed = true;
	else
		free(m);
}

void nl_monitor_set_buffer(struct nl_monitor *m, const struct nl_buffer *b)
{
	if (nl_buffer_same(b, &m->buffer))
		return;
	m->buffer = *b;
	nl_apply_buffer(m->fd, b, MONITOR_RCVBUF);
}
