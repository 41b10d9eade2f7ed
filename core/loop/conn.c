/*
 * Non-blocking TCP connections for probes.
 *
 * Owns the socket, its deadline and the bytes not yet sent. All callbacks come from the run queue. The owner may
 * close the connection in any of them: each goes through tell(), which says whether it is still there. close()
 * never lingers: SO_LINGER is left alone and the socket is non-blocking.
 */
#include "config.h"

#include "core/loop/conn.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RECV_MAX (16u * 1024)
#define SEND_MAX (64u * 1024)

struct conn {
	struct loop *loop;
	conn_fn *fn;
	void *user;
	int fd;
	enum conn_phase phase;
	bool over;             /* ERROR or TIMEOUT was told: nothing more comes */
	bool read_over;        /* EOF was told */
	bool held;
	int start_err;         /* what `start` tells; 0: connected */
	int send_err;          /* sending is over; what was received before still counts */
	struct loop_io io;
	struct loop_timer deadline;
	struct loop_item start; /* tells what a call decided at once */
	uint8_t *out;          /* what the socket did not take; SEND_MAX once there was some */
	size_t out_len;
	bool *closed;          /* set by conn_close() while a callback runs */
};

/* False: the owner has closed it, and it is gone. */
static bool tell(struct conn *c, enum conn_event ev, const void *data, size_t len, int err)
{
	bool closed = false, *outer = c->closed;

	c->closed = &closed;
	c->fn(c->user, c, ev, data, len, err);
	if (closed) {
		if (outer)
			*outer = true;
		return false;
	}
	c->closed = outer;
	return true;
}

static void quiesce(struct conn *c)
{
	c->over = true;
	loop_io_stop(c->loop, &c->io);
	loop_timer_stop(c->loop, &c->deadline);
	loop_item_cancel(c->loop, &c->start);
}

static void fail(struct conn *c, int err)
{
	quiesce(c);
	tell(c, CONN_ERROR, NULL, 0, err);
}

static void on_deadline(void *user)
{
	struct conn *c = user;

	quiesce(c);
	tell(c, CONN_TIMEOUT, NULL, 0, ETIMEDOUT);
}

/* Watch for what can still happen. */
static void rewatch(struct conn *c)
{
	unsigned want = (c->read_over || c->held ? 0u : LOOP_READ) | (c->out_len > 0 ? LOOP_WRITE : 0u);

	loop_io_set(c->loop, &c->io, c->fd, want);
}

/* Whoever only wanted to know closes it at once: what to watch for is seen afterwards. */
static void connected(struct conn *c)
{
	c->phase = CONN_OPEN;
	if (tell(c, CONN_CONNECTED, NULL, 0, 0) && !c->over)
		rewatch(c);
}

static void on_start(void *user)
{
	struct conn *c = user;

	if (c->start_err)
		fail(c, c->start_err);
	else
		connected(c);
}

static bool is_transient(int err)
{
	return err == EAGAIN || err == EINTR;
}

/* Give the socket what it takes of that. An error only ends the sending: an answer may have come before the reset. */
static size_t send_now(struct conn *c, const void *data, size_t len)
{
	ssize_t n = send(c->fd, data, len, MSG_NOSIGNAL);

	if (n < 0 && !is_transient(errno)) {
		c->send_err = errno;
		c->out_len = 0;
	}
	return n > 0 ? (size_t)n : 0;
}

static void flush(struct conn *c)
{
	size_t n = send_now(c, c->out, c->out_len);

	if (n == 0)
		return;
	c->out_len -= n;
	memmove(c->out, c->out + n, c->out_len);
}

/* What the socket did not take waits here. */
static bool keep(struct conn *c, const uint8_t *data, size_t len)
{
	if (!c->out)
		c->out = malloc(SEND_MAX);
	if (!c->out)
		return false;
	memcpy(c->out + c->out_len, data, len);
	c->out_len += len;
	return true;
}

static void receive(struct conn *c)
{
	uint8_t bytes[RECV_MAX];
	ssize_t n = recv(c->fd, bytes, sizeof(bytes), 0);

	if (n > 0) {
		tell(c, CONN_DATA, bytes, (size_t)n, 0);
	} else if (n < 0) {
		if (!is_transient(errno))
			fail(c, errno);
	} else if (c->send_err) {
		fail(c, c->send_err);
	} else {
		c->read_over = true;
		rewatch(c);
		tell(c, CONN_EOF, NULL, 0, 0);
	}
}

static void on_connect_ready(struct conn *c, unsigned events)
{
	socklen_t len = sizeof(int);
	int err = 0;

	if ((events & LOOP_FAULT) && getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &err, &len) != 0)
		err = errno;
	if (err)
		fail(c, err);
	else
		connected(c);
}

static void on_ready(void *user, unsigned events)
{
	struct conn *c = user;

	if (c->phase == CONN_CONNECTING) {
		on_connect_ready(c, events);
		return;
	}
	if ((events & LOOP_WRITE) && c->out_len > 0) {
		flush(c);
		if (c->send_err && c->read_over) {
			fail(c, c->send_err);
			return;
		}
		rewatch(c);
	}
	if ((events & LOOP_READ) && !c->read_over && !c->held)
		receive(c);
}

static int set_int(int fd, int level, int name, int value)
{
	return setsockopt(fd, level, name, &value, sizeof(value)) == 0 ? 0 : errno;
}

static int bind_source(int fd, const struct endpoint *e)
{
	struct sockaddr_storage ss;
	socklen_t len = addr_to_sockaddr(e, &ss);
	int err;

	if (e->port == 0) /* so that ten thousand probes may share source ports */
		err = set_int(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
	else
		err = set_int(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	if (err)
		return err;
	return bind(fd, (const struct sockaddr *)&ss, len) == 0 ? 0 : errno;
}

static int prepare(int fd, const struct conn_opts *o)
{
	size_t len = strnlen(o->bind_if, sizeof(o->bind_if));
	int err = 0;

	if (o->fwmark)
		err = set_int(fd, SOL_SOCKET, SO_MARK, (int)o->fwmark);
	if (!err && len > 0 && setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, o->bind_if, (socklen_t)len) != 0)
		err = errno;
	if (!err && addr_is_set(&o->bind.addr))
		err = bind_source(fd, &o->bind);
	return err;
}

/* Below this the kernel gives no port of its own choice, and below are most services: nothing is asked there. */
#define PORT_CHOSEN_FROM 1024

bool conn_meets_itself(int fd, const struct endpoint *to)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	struct endpoint own;

	if (to->port < PORT_CHOSEN_FROM || getsockname(fd, (struct sockaddr *)&ss, &len) != 0)
		return false;
	return addr_from_sockaddr((const struct sockaddr *)&ss, &own) && endpoint_cmp(&own, to) == 0;
}

/* 0, EINPROGRESS, or what went wrong. */
static int start_connect(int fd, const struct conn_opts *o)
{
	struct sockaddr_storage to;
	socklen_t len = addr_to_sockaddr(&o->to, &to);
	int err = prepare(fd, o);

	if (err)
		return err;
	err = connect(fd, (const struct sockaddr *)&to, len) == 0 ? 0 : errno;
	return (err == 0 || err == EINPROGRESS) && conn_meets_itself(fd, &o->to) ? ECONNREFUSED : err;
}

struct conn *conn_open(struct loop *l, const struct conn_opts *o, conn_fn *fn, void *user)
{
	struct conn *c = calloc(1, sizeof(*c));
	int err;

	if (!c)
		return NULL;
	c->fd = socket(o->to.addr.family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (c->fd < 0) {
		err = errno;
		free(c);
		errno = err;
		return NULL;
	}
	c->loop = l;
	c->fn = fn;
	c->user = user;
	loop_io_init(&c->io, LOOP_QUEUED, on_ready, c);
	loop_timer_init(&c->deadline, LOOP_QUEUED, on_deadline, c);
	loop_item_init(&c->start, on_start, c);
	loop_timer_set(l, &c->deadline, o->deadline);
	c->start_err = start_connect(c->fd, o);
	if (c->start_err == EINPROGRESS)
		loop_io_set(l, &c->io, c->fd, LOOP_WRITE);
	else
		loop_item_post(l, &c->start);
	return c;
}

void conn_set_deadline(struct conn *c, usec_t deadline)
{
	if (!c->over)
		loop_timer_set(c->loop, &c->deadline, deadline);
}

bool conn_send(struct conn *c, const void *data, size_t len)
{
	size_t n = 0;

	if (len > SEND_MAX - c->out_len)
		return false;
	if (len == 0 || c->send_err || c->over)
		return true; /* an error of sending is told where the receiving ends */
	if (c->phase == CONN_OPEN && c->out_len == 0)
		n = send_now(c, data, len);
	if (n < len && !c->send_err && !keep(c, (const uint8_t *)data + n, len - n))
		return false;
	if (c->phase == CONN_OPEN)
		rewatch(c);
	if (c->send_err && c->read_over) {
		c->start_err = c->send_err;
		loop_item_post(c->loop, &c->start);
	}
	return true;
}

void conn_hold(struct conn *c, bool hold)
{
	if (c->held == hold)
		return;
	c->held = hold;
	if (c->phase == CONN_OPEN && !c->over)
		rewatch(c);
}

enum conn_phase conn_phase(const struct conn *c)
{
	return c->phase;
}

void conn_close(struct conn *c)
{
	if (!c)
		return;
	loop_io_close(c->loop, &c->io, c->fd);
	quiesce(c);
	if (c->closed)
		*c->closed = true;
	free(c->out);
	free(c);
}
