/*
 * UDP_CHECK: one datagram is sent. What counts, as in keepalived: where no reply is required, silence is success and
 * only an ICMP error is failure; where one is, it must come in time, be of a length within the bounds and match the
 * pattern over the length that both have.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "core/probe/dgram.h"

#define UDP_RANDOM_LEN 32u
#define UDP_DATA_MAX 4096u /* no pattern is longer */

struct udp_run {
	struct probe_run *run;
	struct dgram sock;
};

/* The first byte that is not as the pattern has it; -1: none. */
static long udp_differs(const struct probe_udp *u, const uint8_t *data, size_t len)
{
	for (size_t i = 0; i < len && i < u->reply.len; i++)
		if ((data[i] ^ u->reply.data[i]) & u->reply_mask.data[i])
			return (long)i;
	return -1;
}

/* `len` is the datagram's own length, of which there are UDP_DATA_MAX bytes at most. */
static void udp_reply(struct udp_run *u, const uint8_t *data, size_t len)
{
	const struct probe_udp *c = &u->run->conf->udp;
	long at;

	if (!c->require_reply) {
		probe_done(u->run, PROBE_R_OK, "a reply of %zu bytes", len);
		return;
	}
	if (len < c->min_reply || len > c->max_reply) {
		probe_done(u->run, PROBE_R_MISMATCH, "a reply of %zu bytes, expected %u to %u", len, c->min_reply, c->max_reply);
		return;
	}
	at = udp_differs(c, data, len < UDP_DATA_MAX ? len : UDP_DATA_MAX);
	if (at >= 0)
		probe_done(u->run, PROBE_R_MISMATCH, "byte %ld of the reply is 0x%02x: not as expected", at, data[at]);
	else
		probe_done(u->run, PROBE_R_OK, "a reply of %zu bytes%s", len, c->reply.len ? ", as expected" : "");
}

static void udp_readable(void *user, unsigned events)
{
	struct udp_run *u = user;
	uint8_t data[UDP_DATA_MAX];
	ssize_t n = recv(u->sock.fd, data, sizeof(data), MSG_TRUNC);

	(void)events;
	if (n >= 0)
		udp_reply(u, data, (size_t)n);
	else if (errno != EAGAIN && errno != EINTR)
		dgram_failed(u->run, errno, "receive");
}

static void udp_late(void *user)
{
	struct udp_run *u = user;
	const struct probe_conf *c = u->run->conf;

	if (c->udp.require_reply)
		probe_done(u->run, PROBE_R_RESPONSE_TIMEOUT, "no reply within %.1f s", probe_seconds(probe_answer_timeout(c)));
	else
		probe_done(u->run, PROBE_R_OK, "no error within %.1f s", probe_seconds(probe_answer_timeout(c)));
}

static void udp_ask(struct udp_run *u)
{
	const struct probe_conf *c = u->run->conf;
	uint8_t random[UDP_RANDOM_LEN];
	const void *data = c->udp.payload.data;
	size_t len = c->udp.payload.len;
	int err = dgram_open(&u->sock, c, SOCK_DGRAM, 0);

	if (err) {
		dgram_failed(u->run, err, "connect");
		return;
	}
	if (len == 0) {
		if (!dgram_random(random, sizeof(random)))
			memset(random, 0, sizeof(random));
		data = random;
		len = sizeof(random);
	}
	dgram_set_deadline(&u->sock, usec_add(mono_now(), probe_answer_timeout(c)));
	if (send(u->sock.fd, data, len, MSG_NOSIGNAL) < 0)
		dgram_failed(u->run, errno, "send");
}

/* ---- the vtable ---- */

static void udp_start(struct probe_run *run)
{
	struct udp_run *u = calloc(1, sizeof(*u));

	if (!u) {
		probe_done(run, PROBE_R_LOCAL, "this host has no memory");
		return;
	}
	u->run = run;
	run->state = u;
	dgram_init(&u->sock, run->loop, udp_readable, udp_late, u);
	udp_ask(u);
}

static void udp_cancel(struct probe_run *run)
{
	struct udp_run *u = run->state;

	if (!u)
		return;
	run->state = NULL;
	dgram_close(&u->sock);
	free(u);
}

const struct probe_ops *probe_udp_ops(void)
{
	static const struct probe_ops ops = {
		.kind = PROBE_UDP,
		.log_kind = "UDP_CHECK",
		.log_up = { "UDP connection to", "success." },
		.start = udp_start,
		.cancel = udp_cancel,
	};

	return &ops;
}
