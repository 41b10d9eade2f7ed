/*
 * TCP_CHECK: a connection that comes about is a success; with TLS, the handshake too; with `send` and `expect`, what is
 * said and what must come back. The connection is closed at once then.
 *
 * What came so far is matched whenever more has come, one match at a time, until TCP_SEEN_MAX or the end.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/probe/link.h"
#include "core/probe/regex.h"

#define TCP_SEEN_MAX (16u * 1024u)

struct tcp_run {
	struct probe_run *run;
	struct probe_link *link;
	struct regex_job *matching;
	size_t n_seen, n_matched; /* of which the match that runs, or ran, knows */
	bool closed;
	uint8_t seen[];           /* TCP_SEEN_MAX where something is expected */
};

static void tcp_match(struct tcp_run *t);

/* ---- what is expected ---- */

static void tcp_matched(void *user, enum regex_result r, const char *why)
{
	struct tcp_run *t = user;

	t->matching = NULL;
	switch (r) {
	case REGEX_MATCH:
		probe_done(t->run, PROBE_R_OK, "answered as expected");
		break;
	case REGEX_NO_MATCH:
		if (t->n_seen > t->n_matched)
			tcp_match(t);
		else if (t->n_seen == TCP_SEEN_MAX)
			probe_done(t->run, PROBE_R_MISMATCH, "not what is expected in the first %u KiB", TCP_SEEN_MAX / 1024u);
		else if (t->closed)
			probe_done(t->run, PROBE_R_MISMATCH, "closed after %zu bytes that are not what is expected", t->n_seen);
		break;
	case REGEX_GAVE_UP:
		probe_done(t->run, PROBE_R_MISMATCH, "the pattern gave up on the answer: %s", why);
		break;
	case REGEX_BAD:
		probe_done(t->run, PROBE_R_LOCAL, "the pattern is wrong: %s", why);
		break;
	}
}

static void tcp_match(struct tcp_run *t)
{
	if (t->matching)
		return;
	t->n_matched = t->n_seen;
	t->matching = regex_start(t->run->loop, &t->run->conf->tcp.expect, t->seen, t->n_seen, tcp_matched, t);
	if (!t->matching)
		probe_done(t->run, PROBE_R_LOCAL, "this host has no memory");
}

static void tcp_received(struct tcp_run *t, const void *data, size_t len)
{
	size_t take = len < TCP_SEEN_MAX - t->n_seen ? len : TCP_SEEN_MAX - t->n_seen;

	if (take == 0 || !t->run->conf->tcp.expect.pattern)
		return;
	memcpy(t->seen + t->n_seen, data, take);
	t->n_seen += take;
	tcp_match(t);
}

/* ---- the connection ---- */

/* Nothing more is wanted. */
static void tcp_good(void *user)
{
	struct tcp_run *t = user;

	probe_done(t->run, PROBE_R_OK, t->run->conf->tls.on ? "connected, TLS handshake done" : "connected");
}

static void tcp_connected(struct tcp_run *t)
{
	const struct probe_conf *c = t->run->conf;

	if (c->tcp.send.len > 0 && !link_send(t->link, c->tcp.send.data, c->tcp.send.len))
		return;
	if (c->tcp.expect.pattern || c->tcp.send.len > 0)
		link_set_deadline(t->link, probe_answer_timeout(c));
	if (c->tcp.expect.pattern)
		return;
	if (c->tcp.send.len > 0)
		link_when_sent(t->link, tcp_good);
	else
		tcp_good(t);
}

static void tcp_timeout(struct tcp_run *t)
{
	if (link_is_connecting(t->link))
		link_failed(t->link, CONN_TIMEOUT, 0);
	else
		probe_done(t->run, t->n_seen ? PROBE_R_MISMATCH : PROBE_R_RESPONSE_TIMEOUT, "%s within %.1f s",
		           t->n_seen ? "not what is expected" : "no answer", probe_seconds(probe_answer_timeout(t->run->conf)));
}

static void tcp_closed(struct tcp_run *t)
{
	t->closed = true;
	if (!t->run->conf->tcp.expect.pattern)
		probe_done(t->run, PROBE_R_OK, "connected");
	else if (t->n_seen == 0)
		probe_done(t->run, PROBE_R_CLOSED_EARLY, "closed without an answer");
	else if (!t->matching)
		tcp_match(t);
}

static void tcp_event(void *user, enum conn_event ev, const void *data, size_t len, int err)
{
	struct tcp_run *t = user;

	switch (ev) {
	case CONN_CONNECTED:
		tcp_connected(t);
		break;
	case CONN_DATA:
		tcp_received(t, data, len);
		break;
	case CONN_EOF:
		tcp_closed(t);
		break;
	case CONN_ERROR:
		link_failed(t->link, ev, err);
		break;
	case CONN_TIMEOUT:
		tcp_timeout(t);
		break;
	}
}

static void tcp_start(struct probe_run *run)
{
	struct tcp_run *t = calloc(1, sizeof(*t) + (run->conf->tcp.expect.pattern ? TCP_SEEN_MAX : 0));
	struct probe_link *k;

	if (!t) {
		probe_done(run, PROBE_R_LOCAL, "this host has no memory");
		return;
	}
	t->run = run;
	run->state = t;
	/* It never calls back before it returns; where it ends the run, t is gone. */
	k = link_open(run, NULL, false, tcp_event, t);
	if (k)
		t->link = k;
}

static void tcp_cancel(struct probe_run *run)
{
	struct tcp_run *t = run->state;

	if (!t)
		return;
	run->state = NULL;
	regex_cancel(t->matching);
	link_close(t->link);
	free(t);
}

/* To connect, to shake hands, to answer. */
static usec_t tcp_patience(const struct probe_conf *c)
{
	return usec_add(c->timeout, usec_add(probe_answer_timeout(c), c->tls.on ? probe_answer_timeout(c) : 0));
}

const struct probe_ops *probe_tcp_ops(void)
{
	static const struct probe_ops ops = {
		.kind = PROBE_TCP,
		.log_kind = "TCP_CHECK",
		.log_up = { "TCP connection to", "success." },
		.start = tcp_start,
		.cancel = tcp_cancel,
		.patience = tcp_patience,
	};

	return &ops;
}
