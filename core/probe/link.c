/*
 * Connections of probes with or without TLS in them: link.h.
 *
 * Owns the conn and the TLS session over it. The context of a handshake may have to be made first (tls_store.h): the
 * deadline runs meanwhile.
 */
#include "config.h"

#include "core/probe/link.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/loop/tls.h"
#include "core/probe/tls_store.h"

struct probe_link {
	struct probe_run *run;
	struct conn *conn;
	struct tls *tls;
	struct tls_wait wait;
	link_fn *fn;
	void *user;
	void (*sent)(void *user); /* link_when_sent() */
	char host[256];
	bool later_tls, shaking;
	bool idle, resumed, heard; /* between runs; taken over from another run; in this run */
	usec_t opened;
	struct loop_item again;    /* tells who resumes it that it is connected */
};

/* ---- between runs ---- */

void link_forget(struct probe_run *run)
{
	struct probe_link *k = run->kept;

	if (!k)
		return;
	run->kept = NULL;
	probe_count_kept(run, -1);
	link_close(k);
}

/* The peer closes, or speaks though nobody asked: the next run makes a connection of its own. */
static void link_idle(struct probe_link *k, enum conn_event ev, const void *data, size_t len)
{
	/* Tickets and other matters of TLS alone may still come. */
	if (ev == CONN_DATA && k->tls && tls_feed(k->tls, data, len) && !tls_full(k->tls))
		return;
	link_forget(k->run);
}

static void link_idle_tls(struct probe_link *k, enum tls_event ev, const void *data, size_t len)
{
	if (ev == TLS_SEND && conn_send(k->conn, data, len))
		return;
	link_forget(k->run);
}

void link_keep(struct probe_link *k)
{
	if (mono_now() - k->opened >= LINK_AGE_MAX || !probe_count_kept(k->run, 1)) {
		link_close(k);
		return;
	}
	k->idle = true;
	k->run->kept = k;
	conn_set_deadline(k->conn, USEC_NEVER);
}

static void link_again(void *user)
{
	struct probe_link *k = user;

	k->fn(k->user, CONN_CONNECTED, NULL, 0, 0);
}

struct probe_link *link_resume(struct probe_run *run, const char *host, link_fn *fn, void *user)
{
	struct probe_link *k = run->kept;

	if (!k)
		return NULL;
	if (k->tls && strcmp(k->host, host) != 0) { /* another name was asked for, and its certificate looked at */
		link_forget(run);
		return NULL;
	}
	run->kept = NULL;
	probe_count_kept(run, -1);
	k->fn = fn;
	k->user = user;
	k->idle = k->heard = false;
	k->resumed = true;
	link_set_deadline(k, run->conf->timeout);
	loop_item_post(run->loop, &k->again);
	return k;
}

bool link_is_stale(const struct probe_link *k)
{
	return k->resumed && !k->heard;
}

/* ---- TLS ---- */

static enum probe_reason link_reason(enum tls_error e)
{
	switch (e) {
	case TLS_E_PROTOCOL:
		return PROBE_R_TLS;
	case TLS_E_EARLY:
		return PROBE_R_CLOSED_EARLY;
	case TLS_E_TOO_LARGE:
		return PROBE_R_TOO_LARGE;
	case TLS_E_LOCAL:
		return PROBE_R_LOCAL;
	case TLS_E_CERT_EXPIRED:
		return PROBE_R_CERT_EXPIRED;
	case TLS_E_CERT_NOT_YET:
		return PROBE_R_CERT_NOT_YET;
	case TLS_E_CERT_NAME:
		return PROBE_R_CERT_NAME;
	case TLS_E_CERT_UNTRUSTED:
		return PROBE_R_CERT_UNTRUSTED;
	case TLS_E_CERT_SELF_SIGNED:
		return PROBE_R_CERT_SELF_SIGNED;
	case TLS_E_CERT_ENDS_SOON:
		return PROBE_R_CERT_ENDS_SOON;
	}
	return PROBE_R_TLS;
}

static void link_tls_sent(struct probe_link *k, const void *data, size_t len)
{
	void (*sent)(void *user) = k->sent;

	k->sent = NULL;
	if (!conn_send(k->conn, data, len))
		probe_done(k->run, PROBE_R_TLS, "the peer takes nothing, and asks for more");
	else if (sent)
		sent(k->user);
}

static void link_tls_event(void *user, enum tls_event ev, const void *data, size_t len, enum tls_error err)
{
	struct probe_link *k = user;

	if (k->idle) {
		link_idle_tls(k, ev, data, len);
		return;
	}
	switch (ev) {
	case TLS_SEND:
		link_tls_sent(k, data, len);
		break;
	case TLS_MORE:
		conn_hold(k->conn, false);
		break;
	case TLS_READY:
		k->shaking = false;
		k->fn(k->user, CONN_CONNECTED, NULL, 0, 0);
		break;
	case TLS_DATA:
		k->heard = true;
		k->fn(k->user, CONN_DATA, data, len, 0);
		break;
	case TLS_EOF:
		k->fn(k->user, CONN_EOF, NULL, 0, 0);
		break;
	case TLS_FAILED:
		if (link_is_stale(k)) {
			k->fn(k->user, CONN_ERROR, NULL, 0, ECONNRESET);
			break;
		}
		probe_done(k->run, link_reason(err), "%.*s", (int)len, (const char *)data);
		break;
	}
}

static const char *link_name(const char *s)
{
	return s && *s ? s : NULL;
}

/* The name in "name", "name:8443", "192.0.2.1:8443", "[2001:db8::1]:8443": what a Host line may say, and certificates do not. */
static void link_bare_name(const char *host, char *out, size_t size)
{
	const char *from = host[0] == '[' ? host + 1 : host, *colon = strchr(from, ':');
	size_t len = strlen(from), n = 0;

	if (from != host)
		len = strcspn(from, "]");
	else if (colon && !strchr(colon + 1, ':'))
		len = (size_t)(colon - from);
	out[0] = '\0';
	text_append(out, size, &n, "%.*s", (int)len, from);
}

static bool link_is_address(const char *name)
{
	struct addr a;

	return addr_parse(name, &a);
}

static void link_have_ctx(void *user, struct tls_ctx *ctx, const char *err)
{
	struct probe_link *k = user;
	const struct probe_tls *t = &k->run->conf->tls;
	char own[sizeof(k->host)];

	link_bare_name(k->host, own, sizeof(own));
	/* RFC 6066 has no addresses in SNI. */
	const char *sni = !t->sni ? NULL : t->sni_name ? link_name(t->sni_name) : link_is_address(own) ? NULL : link_name(own);
	const struct tls_opts o = {
		.ctx = ctx,
		.sni = sni,
		.verify = t->verify,
		.verify_name = t->verify_name ? t->verify_name : sni ? sni : link_name(own),
		.verify_addr = k->run->conf->target.addr,
		.verify_days = t->verify_days,
		.compliant = t->compliant,
	};

	if (!ctx) {
		probe_done(k->run, PROBE_R_LOCAL, "this host cannot begin TLS: %s", err);
		return;
	}
	k->tls = tls_new(k->run->loop, &o, link_tls_event, k);
	if (!k->tls)
		probe_done(k->run, PROBE_R_LOCAL, "this host has no memory");
}

void link_start_tls(struct probe_link *k)
{
	k->shaking = true;
	link_set_deadline(k, probe_answer_timeout(k->run->conf));
	tls_store_get(probe_tls_store(k->run), &k->run->conf->tls, &k->wait, link_have_ctx, k);
}

/* ---- the connection ---- */

static void link_received(struct probe_link *k, const void *data, size_t len)
{
	if (!k->tls) /* an answer before the handshake has begun */
		probe_done(k->run, PROBE_R_TLS, "the peer speaks before the TLS handshake");
	else if (!tls_feed(k->tls, data, len))
		probe_done(k->run, PROBE_R_TOO_LARGE, "TLS brings nothing in %u KiB", TLS_IDLE_MAX / 1024u);
	else if (tls_full(k->tls))
		conn_hold(k->conn, true);
}

static void link_tls_over_conn(struct probe_link *k, enum conn_event ev, const void *data, size_t len, int err)
{
	switch (ev) {
	case CONN_DATA:
		link_received(k, data, len);
		break;
	case CONN_EOF:
		if (k->tls)
			tls_feed_eof(k->tls);
		else
			probe_done(k->run, PROBE_R_CLOSED_EARLY, "closed before the TLS handshake");
		break;
	case CONN_TIMEOUT:
		if (k->shaking)
			probe_done(k->run, PROBE_R_RESPONSE_TIMEOUT, "no end of the TLS handshake within %.1f s",
			           probe_seconds(probe_answer_timeout(k->run->conf)));
		else
			k->fn(k->user, ev, NULL, 0, err);
		break;
	case CONN_CONNECTED:
	case CONN_ERROR:
		k->fn(k->user, ev, NULL, 0, err);
		break;
	}
}

static void link_conn_event(void *user, struct conn *c, enum conn_event ev, const void *data, size_t len, int err)
{
	struct probe_link *k = user;

	(void)c;
	if (k->idle) {
		link_idle(k, ev, data, len);
		return;
	}
	k->heard = k->heard || (ev == CONN_DATA && !k->tls);
	if (k->tls || k->shaking)
		link_tls_over_conn(k, ev, data, len, err);
	else if (ev == CONN_CONNECTED && k->run->conf->tls.on && !k->later_tls)
		link_start_tls(k);
	else
		k->fn(k->user, ev, data, len, err);
}

struct probe_link *link_open(struct probe_run *run, const char *host, bool later_tls, link_fn *fn, void *user)
{
	struct probe_link *k = calloc(1, sizeof(*k));

	if (!k) {
		probe_done(run, PROBE_R_LOCAL, "this host has no memory");
		return NULL;
	}
	k->run = run;
	k->fn = fn;
	k->user = user;
	k->later_tls = later_tls;
	k->opened = mono_now();
	loop_item_init(&k->again, link_again, k);
	text_copy(k->host, sizeof(k->host), host ? host : "");
	k->conn = probe_connect(run, link_conn_event, k);
	if (!k->conn) {
		free(k);
		return NULL;
	}
	return k;
}

bool link_send(struct probe_link *k, const void *data, size_t len)
{
	bool sent = k->tls ? tls_write(k->tls, data, len) : conn_send(k->conn, data, len);

	if (!sent)
		probe_done(k->run, PROBE_R_LOCAL, "this host cannot send the request");
	return sent;
}

void link_when_sent(struct probe_link *k, void (*fn)(void *user))
{
	if (k->tls)
		k->sent = fn; /* a worker has it, and what that hands out next is this */
	else
		fn(k->user);
}

void link_set_deadline(struct probe_link *k, usec_t timeout)
{
	conn_set_deadline(k->conn, usec_add(mono_now(), timeout));
}

void link_failed(struct probe_link *k, enum conn_event ev, int err)
{
	probe_connect_failed(k->run, ev, err);
}

bool link_is_connecting(const struct probe_link *k)
{
	return conn_phase(k->conn) == CONN_CONNECTING;
}

void link_close(struct probe_link *k)
{
	if (!k)
		return;
	loop_item_cancel(k->run->loop, &k->again);
	tls_store_cancel(&k->wait);
	tls_free(k->tls);
	conn_close(k->conn);
	free(k);
}
