/*
 * Mapping of checkers to probes, kind by kind (bind.h).
 */
#include "config.h"

#include "core/bind.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"

static void text_or_empty(char *dst, size_t size, const char *src)
{
	text_copy(dst, size, src ? src : "");
}

/* ---- HTTP_GET, SSL_GET ---- */

static void bind_url(const struct conf_url *c, struct probe_url *out)
{
	memset(out, 0, sizeof(*out));
	text_copy(out->path, sizeof(out->path), c->path);
	text_or_empty(out->virtualhost, sizeof(out->virtualhost), c->virtualhost);
	for (size_t i = 0; i < c->n_status && i < sizeof(out->status_lo) / sizeof(out->status_lo[0]); i++) {
		out->status_lo[i] = c->status[i][0];
		out->status_hi[i] = c->status[i][1];
		out->n_status = (uint8_t)(i + 1);
	}
	out->has_digest = c->has_digest;
	memcpy(out->digest, c->digest, sizeof(out->digest));
}

static bool bind_http(const struct conf_checker *c, struct probe_conf *out)
{
	struct probe_url *urls = calloc(c->n_urls ? c->n_urls : 1, sizeof(*urls));

	for (size_t i = 0; urls && i < c->n_urls; i++)
		bind_url(&c->urls[i], &urls[i]);
	out->owned = urls;
	out->http.urls = urls;
	out->http.n_urls = c->n_urls;
	out->http.version = c->http_version;
	return urls != NULL;
}

/* ---- all kinds ---- */

static bool bind_kind(const struct conf_checker *c, struct probe_conf *out)
{
	switch (c->kind) {
	case PROBE_HTTP:
	case PROBE_SSL:
		return bind_http(c, out);
	default:
		return true;
	}
}

bool bind_probe(const struct conf_checker *c, struct probe_conf *out)
{
	memset(out, 0, sizeof(*out));
	out->kind = c->kind;
	out->target = c->target;
	out->bind = c->bind;
	text_or_empty(out->bind_if, sizeof(out->bind_if), c->bind_if);
	out->fwmark = c->fwmark;
	out->interval = c->interval;
	out->down_interval = c->down_interval;
	out->timeout = c->timeout;
	out->answer_timeout = c->answer_timeout;
	out->warmup = c->warmup;
	out->retry = c->retry;
	out->retry_delay = c->retry_delay;
	out->rise = c->rise;
	out->fall = c->fall;
	return bind_kind(c, out);
}

void bind_probe_free(struct probe_conf *p)
{
	free(p->owned);
	p->owned = NULL;
}
