/*
 * PING_CHECK: one ICMP or ICMPv6 echo; a reply from the target that carries our nonce is success.
 *
 * A ping socket where the host lets our group have one (net.ipv4.ping_group_range), since the kernel then hands each
 * reply to the socket that asked; else a raw socket, connected to the target and filtered to what can be an answer.
 */
#include "config.h"

#include <errno.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "core/probe/dgram.h"
#include "core/probe/ping_msg.h"

/* Replies to others that a raw socket passes over in one item of the run queue. */
#define PING_SLICE 8
/* linux/icmp.h's: a raw socket takes the types whose bit is not set. */
#define PING_ICMP_FILTER 1

struct ping_run {
	struct probe_run *run;
	struct dgram sock;
	struct ping_echo echo;
	bool raw;
};

/* ---- the socket ---- */

static int ping_filter(int fd, uint8_t family)
{
	const uint32_t replies4 = ~(1u << 0 | 1u << 3 | 1u << 11 | 1u << 12); /* echo reply, and the errors */
	struct icmp6_filter replies6;

	if (family == AF_INET)
		return setsockopt(fd, SOL_RAW, PING_ICMP_FILTER, &replies4, sizeof(replies4));
	ICMP6_FILTER_SETBLOCKALL(&replies6);
	ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &replies6);
	return setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &replies6, sizeof(replies6));
}

static int ping_open(struct ping_run *p)
{
	const struct probe_conf *c = p->run->conf;
	int protocol = p->echo.family == AF_INET ? IPPROTO_ICMP : IPPROTO_ICMPV6;
	int err = dgram_open(&p->sock, c, SOCK_DGRAM, protocol);

	if (err != EACCES && err != EPERM && err != EPROTONOSUPPORT)
		return err;
	p->raw = true;
	err = dgram_open(&p->sock, c, SOCK_RAW, protocol);
	if (!err && ping_filter(p->sock.fd, p->echo.family) != 0)
		err = errno;
	return err;
}

/* ---- the answer ---- */

/* 0: wait on; 1: it is ours; a negative errno: what the kernel says. */
static int ping_read_one(struct ping_run *p)
{
	uint8_t data[512];
	struct sockaddr_storage ss;
	socklen_t ss_len = sizeof(ss);
	struct endpoint from;
	size_t header = 0;
	ssize_t n = recvfrom(p->sock.fd, data, sizeof(data), 0, (struct sockaddr *)&ss, &ss_len);

	if (n < 0)
		return -errno;
	if (!addr_from_sockaddr((const struct sockaddr *)&ss, &from) || addr_cmp(&from.addr, &p->run->conf->target.addr) != 0)
		return 0;
	if (p->raw && p->echo.family == AF_INET && !ping_skip_ip4(data, (size_t)n, &header))
		return 0;
	return ping_is_reply(&p->echo, p->raw, data + header, (size_t)n - header);
}

static void ping_readable(void *user, unsigned events)
{
	struct ping_run *p = user;
	int got = 0;

	(void)events;
	for (int i = 0; i < PING_SLICE && got == 0; i++)
		got = ping_read_one(p);
	if (got > 0)
		probe_done(p->run, PROBE_R_OK, "echo reply after %.1f ms", (double)(mono_now() - p->run->started) / 1000.0);
	else if (got < 0 && got != -EAGAIN && got != -EINTR)
		dgram_failed(p->run, -got, "receive");
}

static void ping_late(void *user)
{
	struct ping_run *p = user;

	probe_done(p->run, PROBE_R_RESPONSE_TIMEOUT, "no echo reply within %.1f s", probe_seconds(probe_answer_timeout(p->run->conf)));
}

static void ping_ask(struct ping_run *p)
{
	const struct probe_conf *c = p->run->conf;
	uint8_t wire[PING_MSG_LEN];
	int err;

	p->echo.family = c->target.addr.family;
	if (!dgram_random(&p->echo.id, sizeof(p->echo.id)) || !dgram_random(&p->echo.seq, sizeof(p->echo.seq)) ||
	    !dgram_random(p->echo.nonce, sizeof(p->echo.nonce))) {
		probe_done(p->run, PROBE_R_LOCAL, "this host has no random numbers yet");
		return;
	}
	err = ping_open(p);
	if (err) {
		dgram_failed(p->run, err, "open an ICMP socket");
		return;
	}
	ping_write(&p->echo, wire);
	dgram_set_deadline(&p->sock, usec_add(mono_now(), probe_answer_timeout(c)));
	if (send(p->sock.fd, wire, sizeof(wire), MSG_NOSIGNAL) < 0)
		dgram_failed(p->run, errno, "send");
}

/* ---- the vtable ---- */

static void ping_start(struct probe_run *run)
{
	struct ping_run *p = calloc(1, sizeof(*p));

	if (!p) {
		probe_done(run, PROBE_R_LOCAL, "this host has no memory");
		return;
	}
	p->run = run;
	run->state = p;
	dgram_init(&p->sock, run->loop, ping_readable, ping_late, p);
	ping_ask(p);
}

static void ping_cancel(struct probe_run *run)
{
	struct ping_run *p = run->state;

	if (!p)
		return;
	run->state = NULL;
	dgram_close(&p->sock);
	free(p);
}

const struct probe_ops *probe_ping_ops(void)
{
	static const struct probe_ops ops = {
		.kind = PROBE_PING,
		.log_kind = "PING_CHECK",
		.log_up = { "ICMP connection to", "success." },
		.start = ping_start,
		.cancel = ping_cancel,
	};

	return &ops;
}
