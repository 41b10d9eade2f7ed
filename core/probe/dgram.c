/*
 * The socket of dgram.h, and whom its errors are to be blamed on.
 */
#include "config.h"

#include "core/probe/dgram.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

void dgram_init(struct dgram *d, struct loop *l, void (*readable)(void *user, unsigned events), void (*late)(void *user),
                void *user)
{
	d->loop = l;
	d->fd = -1;
	loop_io_init(&d->io, LOOP_QUEUED, readable, user);
	loop_timer_init(&d->timer, LOOP_QUEUED, late, user);
}

static int set_int(int fd, int level, int name, int value)
{
	return setsockopt(fd, level, name, &value, sizeof(value)) == 0 ? 0 : errno;
}

static int prepare(int fd, const struct probe_conf *c)
{
	size_t len = strnlen(c->bind_if, sizeof(c->bind_if));
	bool v4 = c->target.addr.family == AF_INET;
	struct sockaddr_storage from;
	socklen_t from_len = addr_to_sockaddr(&c->bind, &from);
	int err = set_int(fd, v4 ? IPPROTO_IP : IPPROTO_IPV6, v4 ? IP_RECVERR : IPV6_RECVERR, 1);

	if (!err && c->fwmark)
		err = set_int(fd, SOL_SOCKET, SO_MARK, (int)c->fwmark);
	if (!err && len > 0 && setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, c->bind_if, (socklen_t)len) != 0)
		err = errno;
	if (!err && c->bind.port)
		err = set_int(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	if (!err && from_len > 0 && bind(fd, (const struct sockaddr *)&from, from_len) != 0)
		err = errno;
	return err;
}

int dgram_open(struct dgram *d, const struct probe_conf *c, int type, int protocol)
{
	struct sockaddr_storage to;
	socklen_t len = addr_to_sockaddr(&c->target, &to);
	int err;

	d->fd = socket(c->target.addr.family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
	if (d->fd < 0)
		return errno;
	err = prepare(d->fd, c);
	if (!err && connect(d->fd, (const struct sockaddr *)&to, len) != 0)
		err = errno;
	if (!err && protocol == 0 && conn_meets_itself(d->fd, &c->target))
		err = ECONNREFUSED;
	if (err)
		dgram_close(d);
	else
		loop_io_set(d->loop, &d->io, d->fd, LOOP_READ);
	return err;
}

void dgram_set_deadline(struct dgram *d, usec_t deadline)
{
	loop_timer_set(d->loop, &d->timer, deadline);
}

void dgram_close(struct dgram *d)
{
	loop_timer_stop(d->loop, &d->timer);
	if (d->fd < 0)
		return;
	loop_io_close(d->loop, &d->io, d->fd);
	d->fd = -1;
}

void dgram_failed(struct probe_run *run, int err, const char *what)
{
	enum probe_reason reason = probe_errno_reason(err);

	if (reason == PROBE_R_CONNECT_REFUSED)
		probe_done(run, reason, "port unreachable: the host says that nobody listens");
	else if (reason == PROBE_R_LOCAL)
		probe_done(run, reason, "this host cannot %s: %s", what, probe_errno_words(err));
	else
		probe_done(run, reason, "%s", probe_errno_words(err));
}

bool dgram_random(void *out, size_t n)
{
	return getrandom(out, n, GRND_NONBLOCK) == (ssize_t)n;
}
