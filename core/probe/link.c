/*
 * Connections of probes with or without TLS in them: link.h.
 *
 * Owns the conn and the TLS session over it. The context of a handshake may have to be made first (tls_store.h): the
 * deadline runs meanwhile.
 */
#include "config.h"

#include "core/probe/link.h"

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
	char host[256];
	bool later_tls, shaking;
};

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

static void link_tls_event(void *user, enum tls_event ev, const void *data, size_t len, enum tls_error err)
{
	struct probe_link *k = user;

	switch (ev) {
	case TLS_SEND:
		if (!conn_send(k->conn, data, len))
			probe_done(k->run, PROBE_R_TLS, "the peer takes nothing, and asks for more");
		break;
	case TLS_MORE:
		conn_hold(k->conn, false);
		break;
	case TLS_READY:
		k->shaking = false;
		k->fn(k->user, CONN_CONNECTED, NULL, 0, 0);
		break;
	case TLS_DATA:
		k->fn(k->user, CONN_DATA, data, len, 0);
		break;
	case TLS_EOF:
		k->fn(k->user, CONN_EOF, NULL, 0, 0);
		break;
	case TLS_FAILED:
		probe_done(k->run, link_reason(err), "%.*s", (int)len, (const char *)data);
		break;
	}
}

static const char *link_name(const char *s)
{
	return s && *s ? s : NULL;
}

static void link_have_ctx(void *user, struct tls_ctx *ctx, const char *err)
{
	struct probe_link *k = user;
	const struct probe_tls *t = &k->run->conf->tls;
	const char *sni = t->sni ? link_name(t->sni_name ? t->sni_name : k->host) : NULL;
	const struct tls_opts o = {
		.ctx = ctx,
		.sni = sni,
		.verify = t->verify,
		.verify_name = t->verify_name ? t->verify_name : sni ? sni : link_name(k->host),
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
	tls_store_cancel(&k->wait);
	tls_free(k->tls);
	conn_close(k->conn);
	free(k);
}
