/*
 * A client that says what became of each request: one line an answer, the page's first line or "error: why". No fork a request, so
 * that 200 of them are quick where a fork is dear (user-mode Linux).
 *
 *   hget [-k] [-i MS] [-t MS] [-p PORT] ADDRESS PORT COUNT
 *     -k     all requests over one connection, which must therefore live
 *     -i MS  pause between requests (default 0)
 *     -t MS  patience with a connection and with an answer (default 2000)
 *     -p PORT  the first request's own port, one more for each (default: the kernel's choice)
 */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tests/bench/patience.h"

struct client {
	struct sockaddr_in to;
	long patience_ms;
	bool keep;
	uint16_t port; /* our own; 0: the kernel's choice */
	int fd;        /* -1: not connected */
};

static bool client_bind(struct client *c)
{
	struct sockaddr_in own = {.sin_family = AF_INET, .sin_port = htons(c->port++)};
	int on = 1;

	setsockopt(c->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	return bind(c->fd, (struct sockaddr *)&own, sizeof(own)) == 0;
}

static bool client_connect(struct client *c)
{
	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (c->fd < 0)
		return false;
	if (c->port != 0 && !client_bind(c))
		return false;
	return patience_connect(c->fd, (struct sockaddr *)&c->to, sizeof(c->to), c->patience_ms);
}

/* Whose port is to be used again waits for the server to close first: TIME_WAIT is then the server's. */
static void client_close(struct client *c)
{
	char rest[64];

	if (c->port != 0 && c->fd >= 0)
		while (patience_for(c->fd, POLLIN, c->patience_ms) && recv(c->fd, rest, sizeof(rest), 0) > 0)
			;
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
}

/* A whole answer: its header and as many octets of body as Content-Length says. NULL: errno, or 0 where the peer hung up. */
static const char *client_read(struct client *c, char *buf, size_t cap)
{
	size_t n = 0;

	errno = 0;
	while (n + 1 < cap) {
		ssize_t got = patience_for(c->fd, POLLIN, c->patience_ms) ? recv(c->fd, buf + n, cap - 1 - n, 0) : -1;
		const char *length, *body;

		if (got <= 0)
			return NULL;
		n += (size_t)got;
		buf[n] = '\0';
		body = strstr(buf, "\r\n\r\n");
		length = strstr(buf, "Content-Length: ");
		if (body && length && n >= (size_t)(body + 4 - buf) + strtoul(length + 16, NULL, 10))
			return body + 4;
	}
	errno = EMSGSIZE;
	return NULL;
}

static void client_get(struct client *c)
{
	char ask[128], buf[4096];
	const char *body = NULL;
	int n = snprintf(ask, sizeof(ask), "GET /index.html HTTP/1.1\r\nHost: vip\r\nConnection: %s\r\n\r\n",
	                 c->keep ? "keep-alive" : "close");

	errno = 0;
	if ((c->fd >= 0 || client_connect(c)) && send(c->fd, ask, (size_t)n, MSG_NOSIGNAL) == n)
		body = client_read(c, buf, sizeof(buf));
	if (body)
		printf("%.*s\n", (int)strcspn(body, "\r\n"), body);
	else
		printf("error: %s\n", errno ? strerror(errno) : "the peer hung up");
	if (!c->keep || !body)
		client_close(c);
}

int main(int argc, char **argv)
{
	struct client c = {.to = {.sin_family = AF_INET}, .patience_ms = 2000, .fd = -1};
	long pause_ms = 0;
	int o;

	while ((o = getopt(argc, argv, "ki:t:p:")) != -1) {
		if (o == 'k')
			c.keep = true;
		else if (o == 'i')
			pause_ms = atol(optarg);
		else if (o == 't')
			c.patience_ms = atol(optarg);
		else if (o == 'p')
			c.port = (uint16_t)atoi(optarg);
		else
			return 2;
	}
	if (argc - optind != 3 || inet_pton(AF_INET, argv[optind], &c.to.sin_addr) != 1) {
		fprintf(stderr, "usage: hget [-k] [-i MS] [-t MS] [-p PORT] ADDRESS PORT COUNT\n");
		return 2;
	}
	c.to.sin_port = htons((uint16_t)atoi(argv[optind + 1]));
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (int i = 0; i < atoi(argv[optind + 2]); i++) {
		struct timespec nap = {pause_ms / 1000, pause_ms % 1000 * 1000000};

		client_get(&c);
		if (pause_ms)
			nanosleep(&nap, NULL);
	}
	return 0;
}
