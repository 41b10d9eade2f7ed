/*
 * Process events (procmon.h). Owns the socket.
 */
#include "config.h"

#include "core/nl/procmon.h"

#include <errno.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/nl/sock.h"

_Static_assert(offsetof(struct proc_event, what) == 0, "is_news() reads it there");

#define READS_MAX 64 /* of one item: a host that forks all the time must not fill the loop */

struct procmon {
	struct loop *loop;
	struct loop_io io;
	int fd;
	void (*fn)(void *user);
	void *user;
};

/* Threads, ids and signals are nobody's business here. */
static bool is_news(const void *buf, size_t len)
{
	const struct nlmsghdr *h = buf;
	const struct cn_msg *c;
	uint32_t what; /* the first of struct proc_event, which lies on no boundary of its own here */

	if (len < NLMSG_LENGTH(sizeof(*c) + sizeof(struct proc_event)) || h->nlmsg_len > len)
		return true;
	c = NLMSG_DATA(h);
	memcpy(&what, c->data, sizeof(what));
	return what == PROC_EVENT_EXEC || what == PROC_EVENT_EXIT || what == PROC_EVENT_COMM;
}

static void on_readable(void *user, unsigned events)
{
	struct procmon *m = user;
	char buf[1024] __attribute__((aligned(8)));
	bool news = false;

	(void)events;
	for (int i = 0; i < READS_MAX; i++) {
		ssize_t n = recv(m->fd, buf, sizeof(buf), MSG_DONTWAIT);

		if (n < 0 && errno != ENOBUFS)
			break;
		news = news || n < 0 || is_news(buf, (size_t)n);
	}
	if (news)
		m->fn(m->user);
}

static int listen_for_events(int fd)
{
	struct {
		struct nlmsghdr head;
		struct cn_msg msg;
		enum proc_cn_mcast_op op;
	} __attribute__((packed, aligned(4))) request;

	memset(&request, 0, sizeof(request));
	request.head.nlmsg_len = sizeof(request);
	request.head.nlmsg_type = NLMSG_DONE;
	request.msg.id.idx = CN_IDX_PROC;
	request.msg.id.val = CN_VAL_PROC;
	request.msg.len = sizeof(request.op);
	request.op = PROC_CN_MCAST_LISTEN;
	return send(fd, &request, sizeof(request), MSG_DONTWAIT) == (ssize_t)sizeof(request) ? 0 : errno;
}

static int open_socket(int *fd)
{
	struct sockaddr_nl sa = { .nl_family = AF_NETLINK, .nl_groups = CN_IDX_PROC };
	int err;

	*fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_CONNECTOR);
	if (*fd < 0)
		return errno;
	err = bind(*fd, (const struct sockaddr *)&sa, sizeof(sa)) == 0 ? listen_for_events(*fd) : errno;
	if (err)
		close(*fd);
	return err;
}

struct procmon *procmon_new(struct loop *l, void (*fn)(void *user), void *user)
{
	struct procmon *m = calloc(1, sizeof(*m));
	int err = m ? open_socket(&m->fd) : ENOMEM;

	if (err) {
		free(m);
		errno = err;
		return NULL;
	}
	m->loop = l;
	m->fn = fn;
	m->user = user;
	loop_io_init(&m->io, LOOP_QUEUED, on_readable, m);
	loop_io_set(l, &m->io, m->fd, LOOP_READ);
	return m;
}

void procmon_set_buffer(struct procmon *m, const struct nl_buffer *b)
{
	if (b->bytes)
		nl_apply_buffer(m->fd, b, 0);
}

void procmon_free(struct procmon *m)
{
	if (!m)
		return;
	loop_io_stop(m->loop, &m->io);
	close(m->fd);
	free(m);
}
