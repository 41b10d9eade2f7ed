/*
 * Servers that say who they are, and a client that asks many services in one process and says who answered each time. No process a
 * request, none a scenario: where a fork is dear (user-mode Linux) hundreds of scenarios cost little.
 *
 *   talk serve NAME SCTP-ADDRESS   TCP (HTTP) on 80, 81 and 8080, UDP on 53 and 5060, SCTP on 5000 of that address; both families
 *   talk ask                       does what the lines on standard input say, one after the other:
 *
 *     LABEL tcp|udp|sctp ADDRESS PORT COUNT [OPTION...]
 *       from=ADDRESS     our own address
 *       from=ADDRESS-N   and the next ones up to N in its last octet, one for each request
 *       hold             the connections stay open until the line "LABEL drop" or the end
 *       keep             one connection, or one socket, for all requests
 *       call=ID          UDP: the request is a SIP one with this Call-ID
 *       gap=MS           requests begin so far apart; who is late catches up
 *       wait=MS          patience with a connection and with an answer (default 2000)
 *
 * A line an answer: LABEL, the server's name or "error:why", and when it was asked and answered, in milliseconds.
 */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tests/bench/patience.h"

#define MOST_FDS 1024
#define ON (&(int){ 1 })

static long long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

static void pause_until(long long ms)
{
	long long left = ms - now_ms();
	struct timespec nap = { left / 1000, left % 1000 * 1000000 };

	if (left > 0)
		nanosleep(&nap, NULL);
}

/* ---- the server ---- */

struct server {
	struct pollfd fds[MOST_FDS];
	nfds_t n, listeners; /* listening sockets come first, then those of UDP, then connections */
	nfds_t datagrams;
	const char *name;
};

static int listen_on(int type, int protocol, const struct sockaddr *a, socklen_t len)
{
	int fd = socket(a->sa_family, type | SOCK_CLOEXEC, protocol);

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, ON, sizeof(int));
	if (type == SOCK_DGRAM)
		setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, ON, sizeof(int));
	if (bind(fd, a, len) == 0 && (type == SOCK_DGRAM || listen(fd, 128) == 0))
		return fd;
	close(fd);
	return -1;
}

static void server_add(struct server *s, int fd)
{
	if (fd < 0)
		return;
	if (s->n == MOST_FDS)
		close(fd);
	else
		s->fds[s->n++] = (struct pollfd){ .fd = fd, .events = POLLIN };
}

/* The answer goes out from the address that was asked, which is a virtual one. */
static void answer_datagram(const struct server *s, int fd)
{
	struct sockaddr_in6 who;
	char buf[1500], control[256];
	struct iovec io = { buf, sizeof(buf) };
	struct msghdr m = { .msg_name = &who, .msg_namelen = sizeof(who), .msg_iov = &io, .msg_iovlen = 1,
		            .msg_control = control, .msg_controllen = sizeof(control) };

	if (recvmsg(fd, &m, 0) < 0)
		return;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c))
		if (c->cmsg_type == IPV6_PKTINFO)
			((struct in6_pktinfo *)(void *)CMSG_DATA(c))->ipi6_ifindex = 0;
	io = (struct iovec){ (void *)s->name, strlen(s->name) };
	m.msg_iovlen = 1;
	sendmsg(fd, &m, 0);
}

/* False: the connection is over. */
static bool answer_stream(const struct server *s, int fd)
{
	char buf[1024], page[128];
	ssize_t n = recv(fd, buf, sizeof(buf) - 1, 0);
	int len;

	if (n <= 0)
		return false;
	buf[n] = '\0';
	len = snprintf(page, sizeof(page), "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s\n", strlen(s->name) + 1, s->name);
	return send(fd, page, (size_t)len, MSG_NOSIGNAL) == len && !strstr(buf, "close");
}

static void serve_one(struct server *s, nfds_t i)
{
	int fd = s->fds[i].fd;

	if (!s->fds[i].revents)
		return;
	if (i < s->listeners) {
		server_add(s, accept(fd, NULL, NULL));
	} else if (i < s->datagrams) {
		answer_datagram(s, fd);
	} else if (!answer_stream(s, fd)) {
		close(fd);
		s->fds[i] = s->fds[--s->n];
	}
}

static int serve(const char *name, const char *sctp)
{
	static const uint16_t streams[] = { 80, 81, 8080 }, datagrams[] = { 53, 5060 };
	static struct server s;
	struct sockaddr_in6 any = { .sin6_family = AF_INET6 };
	struct sockaddr_in own = { .sin_family = AF_INET, .sin_port = htons(5000) };

	s.name = name;
	for (size_t i = 0; i < 3; i++) {
		any.sin6_port = htons(streams[i]);
		server_add(&s, listen_on(SOCK_STREAM, 0, (struct sockaddr *)&any, sizeof(any)));
	}
	inet_pton(AF_INET, sctp, &own.sin_addr);
	server_add(&s, listen_on(SOCK_STREAM, IPPROTO_SCTP, (struct sockaddr *)&own, sizeof(own)));
	s.listeners = s.n;
	for (size_t i = 0; i < 2; i++) {
		any.sin6_port = htons(datagrams[i]);
		server_add(&s, listen_on(SOCK_DGRAM, 0, (struct sockaddr *)&any, sizeof(any)));
	}
	s.datagrams = s.n;
	while (poll(s.fds, s.n, -1) >= 0)
		for (nfds_t i = s.n; i > 0; i--)
			serve_one(&s, i - 1);
	return 1;
}

/* ---- the client ---- */

struct ask {
	char label[64], protocol[8];
	struct sockaddr_storage to, from;
	int count, sources; /* own addresses from `from` on; 0: the kernel's choice */
	bool hold, keep;
	char call[64];
	long gap_ms, wait_ms;
	int fd; /* of `keep`; -1 */
};

static struct held { char label[64]; int fd; } held[MOST_FDS];
static size_t n_held;

static bool parse_address(const char *text, long port, struct sockaddr_storage *out)
{
	struct sockaddr_in *a4 = (struct sockaddr_in *)out;
	struct sockaddr_in6 *a6 = (struct sockaddr_in6 *)out;

	memset(out, 0, sizeof(*out));
	if (inet_pton(AF_INET, text, &a4->sin_addr) == 1) {
		out->ss_family = AF_INET;
		a4->sin_port = htons((uint16_t)port);
	} else if (inet_pton(AF_INET6, text, &a6->sin6_addr) == 1) {
		out->ss_family = AF_INET6;
		a6->sin6_port = htons((uint16_t)port);
	}
	return out->ss_family != 0;
}

static uint8_t *last_octet(struct sockaddr_storage *a)
{
	return a->ss_family == AF_INET ? (uint8_t *)&((struct sockaddr_in *)a)->sin_addr + 3
	                               : &((struct sockaddr_in6 *)a)->sin6_addr.s6_addr[15];
}

static bool parse_option(struct ask *q, char *word)
{
	char *value = strchr(word, '='), *dash;

	if (strcmp(word, "hold") == 0 || strcmp(word, "keep") == 0) {
		q->hold |= *word == 'h';
		q->keep |= *word == 'k';
		return true;
	}
	if (!value)
		return false;
	*value++ = '\0';
	if (strcmp(word, "gap") == 0) {
		q->gap_ms = atol(value);
	} else if (strcmp(word, "wait") == 0) {
		q->wait_ms = atol(value);
	} else if (strcmp(word, "call") == 0) {
		snprintf(q->call, sizeof(q->call), "%s", value);
	} else if (strcmp(word, "from") == 0) {
		dash = strchr(value, '-');
		if (dash)
			*dash++ = '\0';
		if (!parse_address(value, 0, &q->from))
			return false;
		q->sources = dash ? atoi(dash) - *last_octet(&q->from) + 1 : 1;
	} else {
		return false;
	}
	return true;
}

static bool parse_ask(char *line, struct ask *q)
{
	char *at, *address, *port, *count, *word;

	*q = (struct ask){ .wait_ms = 2000, .fd = -1 };
	snprintf(q->label, sizeof(q->label), "%s", strtok_r(line, " ", &at));
	word = strtok_r(NULL, " ", &at);
	address = strtok_r(NULL, " ", &at);
	port = strtok_r(NULL, " ", &at);
	count = strtok_r(NULL, " ", &at);
	if (!word || !count || !parse_address(address, atol(port), &q->to))
		return false;
	snprintf(q->protocol, sizeof(q->protocol), "%s", word);
	q->count = atoi(count);
	while ((word = strtok_r(NULL, " ", &at)))
		if (!parse_option(q, word))
			return false;
	return true;
}

/*
 * A port that no other connection has, and that none had a while ago: two services with NAT would else meet at a server as one and the
 * same, and a director may send who uses a port again to the server of before.
 */
static bool bind_own(int fd, struct sockaddr_storage *own)
{
	enum { FIRST = 32768, N = 28000, TRIES = 1000 };
	static unsigned next;
	in_port_t *port = own->ss_family == AF_INET6 ? &((struct sockaddr_in6 *)own)->sin6_port : &((struct sockaddr_in *)own)->sin_port;

	if (next == 0)
		next = (unsigned)getpid() * 997;
	for (int i = 0; i < TRIES; i++) {
		*port = htons((in_port_t)(FIRST + next++ % N));
		if (bind(fd, (struct sockaddr *)own, sizeof(*own)) == 0)
			return true;
		if (errno != EADDRINUSE)
			return false;
	}
	return false;
}

static int client_open(struct ask *q, int nth)
{
	bool udp = strcmp(q->protocol, "udp") == 0, sctp = strcmp(q->protocol, "sctp") == 0;
	int fd = socket(q->to.ss_family, (udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC | SOCK_NONBLOCK, sctp ? IPPROTO_SCTP : 0);
	struct sockaddr_storage own = q->sources ? q->from : (struct sockaddr_storage){ .ss_family = q->to.ss_family };

	if (fd < 0)
		return -1;
	if (q->sources)
		*last_octet(&own) = (uint8_t)(*last_octet(&own) + nth % q->sources);
	if (!bind_own(fd, &own))
		goto fail;
	if (patience_connect(fd, (struct sockaddr *)&q->to, sizeof(q->to), q->wait_ms))
		return fd;
fail:
	close(fd);
	return -1;
}

/* The last word of the answer is who it is from. NULL: errno. */
static const char *client_ask(const struct ask *q, int fd, char *buf, size_t size)
{
	bool udp = strcmp(q->protocol, "udp") == 0, more = q->hold || q->keep;
	char *end;
	ssize_t n;

	if (udp && q->call[0])
		n = snprintf(buf, size, "INVITE sip:a@example SIP/2.0\r\nCall-ID: %s\r\n\r\n", q->call);
	else
		n = snprintf(buf, size, "GET / HTTP/1.1\r\nHost: vip\r\nConnection: %s\r\n\r\n", more ? "keep-alive" : "close");
	errno = 0;
	if (send(fd, buf, (size_t)n, MSG_NOSIGNAL) != n || !patience_for(fd, POLLIN, q->wait_ms))
		return NULL;
	n = recv(fd, buf, size - 1, 0);
	if (n <= 0)
		return NULL;
	while (n > 0 && buf[n - 1] == '\n')
		n--;
	buf[n] = '\0';
	end = strrchr(buf, '\n');
	return end ? end + 1 : buf;
}

static void put_error(char *out, size_t size, int err)
{
	snprintf(out, size, "error:%s", err ? strerror(err) : "the peer hung up");
	for (; *out; out++)
		if (*out == ' ')
			*out = '_';
}

static void ask_once(struct ask *q, int nth)
{
	char buf[512], why[128];
	long long at = now_ms();
	const char *who = NULL;
	int fd;

	errno = 0;
	fd = q->fd >= 0 ? q->fd : client_open(q, nth);
	if (fd >= 0)
		who = client_ask(q, fd, buf, sizeof(buf));
	if (!who)
		put_error(why, sizeof(why), errno);
	printf("%s %s %lld %lld\n", q->label, who ? who : why, at, now_ms());
	q->fd = q->keep && who ? fd : -1;
	if (q->hold && who && n_held < MOST_FDS) {
		snprintf(held[n_held].label, sizeof(held[n_held].label), "%s", q->label);
		held[n_held++].fd = fd;
	} else if (q->fd < 0 && fd >= 0) {
		close(fd);
	}
}

static void drop(const char *label)
{
	for (size_t i = n_held; i > 0; i--)
		if (strcmp(held[i - 1].label, label) == 0) {
			close(held[i - 1].fd);
			held[i - 1] = held[--n_held];
		}
}

static void do_line(char *line)
{
	char *blank = strchr(line, ' ');
	long long began;
	struct ask q;

	if (blank && strcmp(blank, " drop") == 0) {
		*blank = '\0';
		drop(line);
		return;
	}
	if (!parse_ask(line, &q)) {
		printf("%s error:not_understood 0 0\n", line);
		return;
	}
	began = now_ms();
	for (int i = 0; i < q.count; i++) {
		ask_once(&q, i);
		pause_until(began + (i + 1) * q.gap_ms);
	}
	if (q.fd >= 0)
		close(q.fd);
}

int main(int argc, char **argv)
{
	char line[512];

	if (argc == 4 && strcmp(argv[1], "serve") == 0)
		return serve(argv[2], argv[3]);
	if (argc != 2 || strcmp(argv[1], "ask") != 0) {
		fprintf(stderr, "usage: talk serve NAME SCTP-ADDRESS | talk ask\n");
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		if (line[0])
			do_line(line);
	}
	return 0;
}
