/*
 * SMTP_CHECK: a greeting (220), HELO (250) and QUIT (221, RFC 5321), each answer in its time. With `starttls`: EHLO, whose
 * reply must offer it, STARTTLS (220, RFC 3207), the handshake, and EHLO again within TLS.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/text.h"
#include "core/probe/link.h"
#include "core/probe/smtp_parse.h"

enum smtp_stage { SMTP_GREETING, SMTP_HELO, SMTP_STARTTLS, SMTP_HANDSHAKE, SMTP_HELO_AGAIN, SMTP_QUIT };

struct smtp_run {
	struct probe_run *run;
	struct probe_link *link;
	enum smtp_stage stage;
	struct smtp_parse parse;
};

static const char *smtp_stage_name(enum smtp_stage s)
{
	switch (s) {
	case SMTP_GREETING: return "greeting";
	case SMTP_HELO: return "reply to HELO";
	case SMTP_STARTTLS: return "reply to STARTTLS";
	case SMTP_HANDSHAKE: return "TLS handshake";
	case SMTP_HELO_AGAIN: return "reply to HELO within TLS";
	case SMTP_QUIT: return "reply to QUIT";
	}
	return "reply";
}

static unsigned smtp_expected(enum smtp_stage s)
{
	return s == SMTP_GREETING || s == SMTP_STARTTLS ? 220 : s == SMTP_QUIT ? 221 : 250;
}

/* False: the run is over. */
static bool smtp_say(struct smtp_run *m, enum smtp_stage stage, const char *command, const char *what)
{
	char line[320];
	size_t n = 0;

	m->stage = stage;
	link_set_deadline(m->link, probe_answer_timeout(m->run->conf));
	text_append(line, sizeof(line), &n, "%s%s%s\r\n", command, what ? " " : "", what ? what : "");
	return link_send(m->link, line, n);
}

static bool smtp_say_hello(struct smtp_run *m, enum smtp_stage stage)
{
	const struct probe_smtp *c = &m->run->conf->smtp;
	char own[256] = "";

	if (!c->helo && (gethostname(own, sizeof(own) - 1) < 0 || !own[0]))
		text_copy(own, sizeof(own), "localhost");
	return smtp_say(m, stage, c->starttls ? "EHLO" : "HELO", c->helo ? c->helo : own);
}

static void smtp_reply_good(struct smtp_run *m)
{
	switch (m->stage) {
	case SMTP_GREETING:
		smtp_say_hello(m, SMTP_HELO);
		break;
	case SMTP_HELO:
		if (!m->run->conf->smtp.starttls)
			smtp_say(m, SMTP_QUIT, "QUIT", NULL);
		else if (m->parse.starttls)
			smtp_say(m, SMTP_STARTTLS, "STARTTLS", NULL);
		else
			probe_done(m->run, PROBE_R_MISMATCH, "STARTTLS is not offered");
		break;
	case SMTP_STARTTLS:
		m->stage = SMTP_HANDSHAKE;
		link_start_tls(m->link);
		break;
	case SMTP_HANDSHAKE:
		break;
	case SMTP_HELO_AGAIN:
		smtp_say(m, SMTP_QUIT, "QUIT", NULL);
		break;
	case SMTP_QUIT:
		probe_done(m->run, PROBE_R_OK, m->run->conf->smtp.starttls ? "mail server answers, with TLS" : "mail server answers");
		break;
	}
}

/* What comes behind a reply that we have not yet answered was said out of turn (and could be smuggled past STARTTLS). */
static void smtp_received(struct smtp_run *m, const void *data, size_t len)
{
	size_t used = 0;
	unsigned expected = smtp_expected(m->stage);

	switch (smtp_parse_feed(&m->parse, data, len, &used)) {
	case SMTP_MORE:
		break;
	case SMTP_BAD:
		probe_done(m->run, PROBE_R_BAD_RESPONSE, "not SMTP: %s", m->parse.why);
		break;
	case SMTP_REPLY:
		if (m->parse.code != expected)
			probe_done(m->run, PROBE_R_REPLY_CODE, "%s %u, expected %u: %s", smtp_stage_name(m->stage), m->parse.code,
			           expected, m->parse.line);
		else if (used < len)
			probe_done(m->run, PROBE_R_BAD_RESPONSE, "not SMTP: it speaks out of turn");
		else
			smtp_reply_good(m);
		break;
	}
}

static void smtp_event(void *user, enum conn_event ev, const void *data, size_t len, int err)
{
	struct smtp_run *m = user;

	switch (ev) {
	case CONN_CONNECTED:
		if (m->stage == SMTP_HANDSHAKE)
			smtp_say_hello(m, SMTP_HELO_AGAIN);
		else
			link_set_deadline(m->link, probe_answer_timeout(m->run->conf));
		break;
	case CONN_DATA:
		smtp_received(m, data, len);
		break;
	case CONN_EOF:
		probe_done(m->run, PROBE_R_CLOSED_EARLY, "closed before the %s", smtp_stage_name(m->stage));
		break;
	case CONN_ERROR:
		link_failed(m->link, ev, err);
		break;
	case CONN_TIMEOUT:
		if (link_is_connecting(m->link))
			link_failed(m->link, ev, err);
		else
			probe_done(m->run, PROBE_R_RESPONSE_TIMEOUT, "no %s within %.1f s", smtp_stage_name(m->stage),
			           probe_seconds(probe_answer_timeout(m->run->conf)));
		break;
	}
}

static void smtp_start(struct probe_run *run)
{
	struct smtp_run *m = calloc(1, sizeof(*m));
	struct probe_link *k;

	if (!m) {
		probe_done(run, PROBE_R_LOCAL, "this host has no memory");
		return;
	}
	m->run = run;
	run->state = m;
	smtp_parse_init(&m->parse);
	k = link_open(run, NULL, run->conf->smtp.starttls, smtp_event, m);
	if (k) /* else the run has ended, and m with it */
		m->link = k;
}

static void smtp_cancel(struct probe_run *run)
{
	struct smtp_run *m = run->state;

	if (!m)
		return;
	run->state = NULL;
	link_close(m->link);
	free(m);
}

/* A connection, a handshake, and at most five replies. */
static usec_t smtp_patience(const struct probe_conf *c)
{
	return usec_add(c->timeout, 6 * usec_min(probe_answer_timeout(c), 3600 * USEC_PER_SEC));
}

const struct probe_ops *probe_smtp_ops(void)
{
	static const struct probe_ops ops = {
		.kind = PROBE_SMTP,
		.log_kind = "SMTP_CHECK",
		.log_up = { "Remote SMTP server", "succeed on service." },
		.start = smtp_start,
		.cancel = smtp_cancel,
		.patience = smtp_patience,
	};

	return &ops;
}
