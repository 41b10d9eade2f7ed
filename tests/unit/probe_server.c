/*
 * The backends of probe_server.h: blocking sockets, one connection after the other.
 */
#include "config.h"

#include "tests/unit/probe_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

static struct sockaddr_in local_port(uint16_t port)
{
	struct sockaddr_in sa = { .sin_family = AF_INET, .sin_port = htons(port) };

	sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return sa;
}

static int open_listener(uint16_t *port, int backlog)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
	struct sockaddr_in sa = local_port(*port);
	socklen_t len = sizeof(sa);

	assert_true(fd >= 0);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)), 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	assert_int_equal(listen(fd, backlog), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&sa, &len), 0);
	*port = ntohs(sa.sin_port);
	return fd;
}

uint16_t server_free_port(void)
{
	uint16_t port = 0;

	close(open_listener(&port, 1));
	return port;
}

static int send_all(int fd, const char *p, size_t len)
{
	while (len > 0) {
		ssize_t n = send(fd, p, len, MSG_NOSIGNAL);

		if (n <= 0)
			return -1;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

static void read_request(struct server *s, int fd)
{
	size_t n = 0;

	while (n < sizeof(s->request) - 1) {
		ssize_t got = recv(fd, s->request + n, sizeof(s->request) - 1 - n, 0);

		if (got <= 0)
			break;
		n += (size_t)got;
		s->request[n] = '\0';
		if (strstr(s->request, "\r\n\r\n"))
			break;
	}
}

static void read_until_close(int fd)
{
	char bytes[1024];

	while (recv(fd, bytes, sizeof(bytes), 0) > 0)
		;
}

static void serve_drip(const struct server_conf *c, int fd)
{
	const struct timespec pause = { .tv_nsec = 10 * 1000 * 1000 };

	for (size_t at = 0; send_all(fd, c->bytes + at, 1) == 0; at = (at + 1) % c->len)
		nanosleep(&pause, NULL);
}

/* What the peer said goes to s->request, line after line. */
static void serve_dialog(struct server *s, int fd)
{
	const char *at = s->conf.bytes;
	size_t n = 0;

	while (*at) {
		size_t len = strcspn(at, "\x01");

		if (send_all(fd, at, len) < 0)
			return;
		at += len;
		if (*at != '\x01')
			break;
		at++;
		while (n < sizeof(s->request) - 1 && recv(fd, s->request + n, 1, 0) == 1)
			if (s->request[n++] == '\n')
				break;
		s->request[n] = '\0';
	}
	shutdown(fd, SHUT_WR);
}

static void reset(int fd)
{
	const struct linger now = { .l_onoff = 1 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
}

/* True: the connection is to be closed as it is. */
static bool serve_many(struct server *s, int fd)
{
	const struct server_conf *c = &s->conf;

	for (unsigned i = 0; i < s->answers; i++) {
		s->request[0] = '\0';
		read_request(s, fd);
		if (!s->request[0] || send_all(fd, c->bytes, c->len) < 0)
			return true;
	}
	if (s->end == END_CLOSE)
		return true;
	read_request(s, fd);
	if (s->end == END_RESET_ASKED)
		reset(fd);
	return s->end != END_SILENT;
}

static void serve(struct server *s, int fd)
{
	const struct server_conf *c = &s->conf;

	if (c->kind != SERVER_SILENT && c->kind != SERVER_DIALOG && c->kind != SERVER_KEEP)
		read_request(s, fd);
	if (c->head && send_all(fd, c->head, strlen(c->head)) < 0)
		return;
	switch (c->kind) {
	case SERVER_ANSWER:
		if (send_all(fd, c->bytes, c->len) == 0)
			shutdown(fd, SHUT_WR);
		break;
	case SERVER_DRIP:
		serve_drip(c, fd);
		break;
	case SERVER_ENDLESS:
		while (send_all(fd, c->bytes, c->len) == 0)
			;
		break;
	case SERVER_RESET:
		reset(fd);
		return;
	case SERVER_KEEP:
		if (serve_many(s, fd))
			return;
		break;
	case SERVER_DIALOG:
		serve_dialog(s, fd);
		break;
	case SERVER_SILENT:
	case SERVER_BACKLOG:
		break;
	}
	read_until_close(fd);
}

static void *server_main(void *user)
{
	struct server *s = user;
	int fd;

	while ((fd = accept(s->fd, NULL, NULL)) >= 0) {
		atomic_fetch_add(&s->accepted, 1);
		serve(s, fd);
		close(fd);
		atomic_fetch_add(&s->finished, 1);
	}
	return NULL;
}

/* Fill the backlog of 0, which takes one, so that the next SYN is dropped. */
static void fill_backlog(struct server *s)
{
	struct sockaddr_in sa = local_port(s->port);

	for (size_t i = 0; i < sizeof(s->fillers) / sizeof(s->fillers[0]); i++) {
		s->fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		assert_true(s->fillers[i] >= 0);
		if (connect(s->fillers[i], (struct sockaddr *)&sa, sizeof(sa)) < 0)
			assert_int_equal(errno, EINPROGRESS);
	}
}

static void start(struct server *s, const struct server_conf *c, uint16_t port)
{
	s->conf = *c;
	s->port = port;
	if (c->bytes && c->len == 0)
		s->conf.len = strlen(c->bytes);
	s->fd = open_listener(&s->port, c->kind == SERVER_BACKLOG ? 0 : 128);
	if (c->kind == SERVER_BACKLOG)
		fill_backlog(s);
	else
		assert_int_equal(pthread_create(&s->thread, NULL, server_main, s), 0);
}

void server_start(struct server *s, const struct server_conf *c, uint16_t port)
{
	memset(s, 0, sizeof(*s));
	start(s, c, port);
}

void server_start_keep(struct server *s, const char *bytes, unsigned answers, enum server_end end)
{
	const struct server_conf c = { .kind = SERVER_KEEP, .bytes = bytes };

	memset(s, 0, sizeof(*s));
	s->answers = answers;
	s->end = end;
	start(s, &c, 0);
}

void server_stop(struct server *s)
{
	if (s->conf.kind == SERVER_BACKLOG) {
		for (size_t i = 0; i < sizeof(s->fillers) / sizeof(s->fillers[0]); i++)
			close(s->fillers[i]);
	} else {
		shutdown(s->fd, SHUT_RDWR);
		pthread_join(s->thread, NULL);
	}
	close(s->fd);
}
