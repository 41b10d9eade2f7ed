/*
 * DNS_CHECK: one question (RFC 1035), over UDP and, where the answer is cut short or the configuration says so, over
 * TCP (RFC 7766). The response code must be the expected one and, where an address or a text is expected, a record of
 * the type in question must say it.
 *
 * Id and source port are random; what is no answer to our question is passed over and the wait goes on.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "core/base/buf.h"
#include "core/base/text.h"
#include "core/probe/dgram.h"
#include "core/probe/dns_msg.h"

/* Datagrams passed over in one item of the run queue. */
#define DNS_SLICE 8

struct dns_run {
	struct probe_run *run;
	struct dns_question question;
	struct dns_want want;
	struct dgram sock;
	struct conn *conn; /* over TCP */
	uint8_t *reply;    /* what came over TCP: length, message */
	size_t reply_len;
};

/* ---- the verdict ---- */

static void dns_judge(struct dns_run *d, const struct dns_answer *a)
{
	const struct dns_want *w = &d->want;
	char got[16], wanted[16], addr[ADDR_STRLEN];

	if (w->rcode != DNS_RCODE_ANY && a->rcode != w->rcode) {
		probe_done(d->run, PROBE_R_REPLY_CODE, "%s, expected %s", dns_rcode_name(a->rcode, got),
		           dns_rcode_name((unsigned)w->rcode, wanted));
		return;
	}
	if (a->matched) {
		probe_done(d->run, PROBE_R_OK, "%s, %u record%s", dns_rcode_name(a->rcode, got), a->records,
		           a->records == 1 ? "" : "s");
		return;
	}
	probe_done(d->run, PROBE_R_MISMATCH, "no record says %.40s; %u there, the first %.40s",
	           w->text[0] ? w->text : addr_format(&w->address, addr), a->records, a->seen[0] ? a->seen : "-");
}

static void dns_over_tcp(struct dns_run *d);

/* True: the run is over, or goes on over TCP. */
static bool dns_take(struct dns_run *d, const uint8_t *data, size_t len)
{
	struct dns_answer a;

	switch (dns_answer_read(&d->question, &d->want, data, len, &a)) {
	case DNS_STRAY:
		return false;
	case DNS_BAD:
		probe_done(d->run, PROBE_R_BAD_RESPONSE, "not DNS: %s", a.why);
		break;
	case DNS_TRUNCATED:
		if (d->conn)
			probe_done(d->run, PROBE_R_BAD_RESPONSE, "not DNS: an answer cut short over TCP");
		else
			dns_over_tcp(d);
		break;
	case DNS_READ:
		dns_judge(d, &a);
		break;
	}
	return true;
}

static void dns_no_answer(struct dns_run *d)
{
	probe_done(d->run, PROBE_R_RESPONSE_TIMEOUT, "no answer within %.1f s",
	           probe_seconds(probe_answer_timeout(d->run->conf)));
}

/* ---- UDP ---- */

static void dns_readable(void *user, unsigned events)
{
	struct dns_run *d = user;

	(void)events;
	for (int i = 0; i < DNS_SLICE; i++) {
		uint8_t data[DNS_UDP_MAX];
		ssize_t n = recv(d->sock.fd, data, sizeof(data), 0);

		if (n < 0) {
			if (errno != EAGAIN && errno != EINTR)
				dgram_failed(d->run, errno, "receive");
			return;
		}
		if (dns_take(d, data, (size_t)n))
			return;
	}
}

static void dns_late(void *user)
{
	dns_no_answer(user);
}

static void dns_over_udp(struct dns_run *d)
{
	uint8_t query[DNS_QUERY_MAX];
	size_t len = dns_query_write(&d->question, query);
	int err = dgram_open(&d->sock, d->run->conf, SOCK_DGRAM, 0);

	if (err) {
		dgram_failed(d->run, err, "connect");
		return;
	}
	dgram_set_deadline(&d->sock, usec_add(mono_now(), probe_answer_timeout(d->run->conf)));
	if (send(d->sock.fd, query, len, MSG_NOSIGNAL) < 0)
		dgram_failed(d->run, errno, "send");
}

/* ---- TCP ---- */

static void dns_tcp_ask(struct dns_run *d)
{
	uint8_t query[2 + DNS_QUERY_MAX];
	size_t len = dns_query_write(&d->question, query + 2);

	query[0] = (uint8_t)(len >> 8);
	query[1] = (uint8_t)len;
	conn_set_deadline(d->conn, usec_add(mono_now(), probe_answer_timeout(d->run->conf)));
	if (!conn_send(d->conn, query, len + 2))
		probe_done(d->run, PROBE_R_LOCAL, "this host cannot send the question");
}

/* One message is read, of the length that it says. */
static void dns_tcp_data(struct dns_run *d, const uint8_t *data, size_t len)
{
	size_t room = 2 + DNS_TCP_MAX - d->reply_len, whole;

	memcpy(d->reply + d->reply_len, data, len < room ? len : room);
	d->reply_len += len < room ? len : room;
	if (d->reply_len < 2)
		return;
	whole = (size_t)(d->reply[0] << 8 | d->reply[1]);
	if (whole > DNS_TCP_MAX)
		probe_done(d->run, PROBE_R_TOO_LARGE, "an answer of %zu bytes", whole);
	else if (d->reply_len >= 2 + whole && !dns_take(d, d->reply + 2, whole))
		probe_done(d->run, PROBE_R_BAD_RESPONSE, "not DNS: no answer to our question");
}

static void dns_tcp_event(void *user, struct conn *c, enum conn_event ev, const void *data, size_t len, int err)
{
	struct dns_run *d = user;

	switch (ev) {
	case CONN_CONNECTED:
		dns_tcp_ask(d);
		break;
	case CONN_DATA:
		dns_tcp_data(d, data, len);
		break;
	case CONN_EOF:
		probe_done(d->run, PROBE_R_CLOSED_EARLY, "closed before the answer ended");
		break;
	case CONN_ERROR:
		probe_connect_failed(d->run, ev, err);
		break;
	case CONN_TIMEOUT:
		if (conn_phase(c) == CONN_CONNECTING)
			probe_connect_failed(d->run, ev, err);
		else
			dns_no_answer(d);
		break;
	}
}

static void dns_over_tcp(struct dns_run *d)
{
	struct conn *c;

	dgram_close(&d->sock);
	d->reply = malloc(2 + DNS_TCP_MAX);
	if (!d->reply) {
		probe_done(d->run, PROBE_R_LOCAL, "this host has no memory");
		return;
	}
	c = probe_connect(d->run, dns_tcp_event, d);
	if (c) /* else the run has ended, and d with it */
		d->conn = c;
}

/* ---- the vtable ---- */

/* What the configuration says, checked when it was read. */
static bool dns_prepare(struct dns_run *d)
{
	const struct probe_dns *c = &d->run->conf->dns;

	d->question.type = (uint16_t)c->type;
	d->want.rcode = c->any_rcode ? DNS_RCODE_ANY : (int)c->rcode;
	if (c->address && !addr_parse(c->address, &d->want.address))
		return false;
	if (c->text)
		text_copy(d->want.text, sizeof(d->want.text), c->text);
	return dns_name_parse(c->name ? c->name : ".", &d->question.name);
}

static void dns_start(struct probe_run *run)
{
	struct dns_run *d = calloc(1, sizeof(*d));

	if (!d) {
		probe_done(run, PROBE_R_LOCAL, "this host has no memory");
		return;
	}
	d->run = run;
	run->state = d;
	dgram_init(&d->sock, run->loop, dns_readable, dns_late, d);
	if (!dns_prepare(d) || !dgram_random(&d->question.id, sizeof(d->question.id)))
		probe_done(run, PROBE_R_LOCAL, "this host cannot make the question");
	else if (run->conf->dns.tcp)
		dns_over_tcp(d);
	else
		dns_over_udp(d);
}

static void dns_cancel(struct probe_run *run)
{
	struct dns_run *d = run->state;

	if (!d)
		return;
	run->state = NULL;
	dgram_close(&d->sock);
	if (d->conn)
		conn_close(d->conn);
	free(d->reply);
	free(d);
}

/* Over UDP, then over TCP: to connect, and to answer twice. */
static usec_t dns_patience(const struct probe_conf *c)
{
	return usec_add(c->timeout, 2 * usec_min(probe_answer_timeout(c), 86400 * USEC_PER_SEC));
}

const struct probe_ops *probe_dns_ops(void)
{
	static const struct probe_ops ops = {
		.kind = PROBE_DNS,
		.log_kind = "DNS_CHECK",
		.log_up = { "DNS connection to", "success." },
		.start = dns_start,
		.cancel = dns_cancel,
		.patience = dns_patience,
	};

	return &ops;
}
