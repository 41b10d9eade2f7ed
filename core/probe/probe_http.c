/*
 * HTTP_GET: each URL in turn over a connection of its own; a status in the accepted ranges and, where configured, the
 * MD5 of the body. RFC 9110 and 9112 as a client; requests as keepalived makes them (HTTP/1.0), or HTTP/1.1 with
 * Connection: close.
 *
 * The answer has the same time again as the connection had, however slowly it drips. Without a digest the header
 * decides and the body is never read; with one at most HTTP_BODY_MAX of it.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/probe/digest.h"
#include "core/probe/http_parse.h"
#include "core/probe/recipe.h"
#include "core/probe/run.h"

#define HTTP_BODY_MAX (8u * 1024u * 1024u)
#define HTTP_PORT 80u

struct http_run {
	struct probe_run *run;
	const struct probe_url *url;
	struct conn *conn;
	struct digest *md5;
	bool answered; /* the header is in */
	bool accepted; /* and its status is one of the expected */
	struct http_parse parse;
	char where[24]; /* " (url 2)" where there are several */
};

static void http_event(void *user, struct conn *c, enum conn_event ev, const void *data, size_t len, int err);

/* ---- the answer ---- */

static bool http_on_header(void *user, unsigned status)
{
	struct http_run *h = user;

	h->answered = true;
	h->accepted = recipe_status_accepted(h->url, status);
	return h->accepted && h->url->has_digest;
}

static void http_on_body(void *user, const uint8_t *data, size_t len)
{
	struct http_run *h = user;

	digest_update(h->md5, data, len);
}

/* ---- one URL ---- */

static void http_close(struct http_run *h)
{
	if (h->conn)
		conn_close(h->conn);
	h->conn = NULL;
	digest_free(h->md5);
	h->md5 = NULL;
}

/* Begin on a URL, or end the run. */
static void http_open(struct http_run *h, const struct probe_url *url)
{
	const struct http_reader reader = {
		.header = http_on_header, .body = http_on_body, .user = h, .body_max = HTTP_BODY_MAX
	};
	const struct probe_conf *conf = h->run->conf;
	struct conn *c;
	size_t n = 0;

	h->url = url;
	h->answered = h->accepted = false;
	http_parse_init(&h->parse, &reader);
	if (conf->http.n_urls > 1)
		text_append(h->where, sizeof(h->where), &n, " (url %zu)", (size_t)(url - conf->http.urls) + 1);
	if (url->has_digest) {
		h->md5 = digest_md5_new();
		if (!h->md5) {
			probe_done(h->run, PROBE_R_LOCAL, "this host has no MD5 (FIPS mode?)%s", h->where);
			return;
		}
	}
	c = probe_connect(h->run, http_event, h);
	if (c) /* else the run has ended, and h with it */
		h->conn = c;
}

static void http_host(const struct http_run *h, char *out, size_t size)
{
	const struct endpoint *to = &h->run->conf->target;
	char addr[ADDR_STRLEN];
	size_t n = 0;

	if (h->url->virtualhost[0]) {
		text_copy(out, size, h->url->virtualhost);
		return;
	}
	addr_format(&to->addr, addr);
	text_append(out, size, &n, to->addr.family == AF_INET6 ? "[%s]" : "%s", addr);
	if (to->port != HTTP_PORT)
		text_append(out, size, &n, ":%u", to->port);
}

static void http_request(struct http_run *h)
{
	char host[sizeof(h->url->virtualhost)], request[1024];
	const struct probe_conf *conf = h->run->conf;
	size_t n = 0;

	http_host(h, host, sizeof(host));
	text_append(request, sizeof(request), &n, "GET %s HTTP/1.%c\r\n", h->url->path[0] ? h->url->path : "/",
	            (conf->http.version == PROBE_HTTP_11) ? '1' : '0');
	text_append(request, sizeof(request), &n, "User-Agent: Regent\r\n%sHost: %s\r\n\r\n",
	            (conf->http.version == PROBE_HTTP_11) ? "Connection: close\r\n" : "", host);
	conn_set_deadline(h->conn, usec_add(mono_now(), conf->timeout));
	if (!conn_send(h->conn, request, n))
		probe_done(h->run, PROBE_R_LOCAL, "this host cannot send the request");
}

/* Compare the digest, where one is wanted. False: the run is over. */
static bool http_digest_matches(struct http_run *h)
{
	char got[2 * DIGEST_MD5_LEN + 1], expected[sizeof(got)];
	uint8_t sum[DIGEST_MD5_LEN];
	struct digest *md5 = h->md5;

	if (!md5)
		return true;
	h->md5 = NULL;
	if (!digest_finish(md5, sum, sizeof(sum))) {
		probe_done(h->run, PROBE_R_LOCAL, "this host cannot make the digest%s", h->where);
		return false;
	}
	if (memcmp(sum, h->url->digest, sizeof(sum)) == 0)
		return true;
	digest_hex(sum, sizeof(sum), got);
	digest_hex(h->url->digest, sizeof(sum), expected);
	probe_done(h->run, PROBE_R_DIGEST, "digest mismatch: got %s, expected %s%s", got, expected, h->where);
	return false;
}

static void http_url_answered(struct http_run *h)
{
	const struct probe_conf *conf = h->run->conf;
	char expected[RECIPE_STATUS_STRLEN];
	const struct probe_url *next = h->url + 1;

	if (!h->accepted) {
		recipe_status_words(h->url, expected);
		probe_done(h->run, PROBE_R_STATUS, "status %u, expected %s%s", h->parse.status, expected, h->where);
		return;
	}
	if (!http_digest_matches(h))
		return;
	if (next == conf->http.urls + conf->http.n_urls) {
		probe_done(h->run, PROBE_R_OK, "status %u%s", h->parse.status,
		           h->url->has_digest ? ", digest as expected" : "");
		return;
	}
	http_close(h);
	http_open(h, next);
}

static void http_result(struct http_run *h, enum http_result result)
{
	switch (result) {
	case HTTP_MORE:
		break;
	case HTTP_DONE:
		http_url_answered(h);
		break;
	case HTTP_BAD:
		probe_done(h->run, PROBE_R_BAD_RESPONSE, "not HTTP: %s%s", h->parse.why, h->where);
		break;
	case HTTP_TOO_LARGE:
		probe_done(h->run, PROBE_R_TOO_LARGE, "%s%s", h->parse.why, h->where);
		break;
	case HTTP_EARLY:
		probe_done(h->run, PROBE_R_CLOSED_EARLY, "%s%s", h->parse.why, h->where);
		break;
	}
}

static void http_timeout(struct http_run *h)
{
	if (conn_phase(h->conn) == CONN_CONNECTING)
		probe_connect_failed(h->run, CONN_TIMEOUT, 0);
	else
		probe_done(h->run, PROBE_R_RESPONSE_TIMEOUT, "%s within %.1f s%s",
		           h->answered ? "no end of the answer" : "no answer",
		           probe_seconds(h->run->conf->timeout), h->where);
}

static void http_event(void *user, struct conn *c, enum conn_event ev, const void *data, size_t len, int err)
{
	struct http_run *h = user;

	(void)c;
	switch (ev) {
	case CONN_CONNECTED:
		http_request(h);
		break;
	case CONN_DATA:
		http_result(h, http_parse_feed(&h->parse, data, len));
		break;
	case CONN_EOF:
		http_result(h, http_parse_eof(&h->parse));
		break;
	case CONN_ERROR:
		probe_connect_failed(h->run, ev, err);
		break;
	case CONN_TIMEOUT:
		http_timeout(h);
		break;
	}
}

/* ---- the vtable ---- */

static void http_start(struct probe_run *run)
{
	struct http_run *h = calloc(1, sizeof(*h));

	if (!h) {
		probe_done(run, PROBE_R_LOCAL, "this host has no memory");
		return;
	}
	h->run = run;
	run->state = h;
	http_open(h, run->conf->http.urls);
}

static void http_cancel(struct probe_run *run)
{
	struct http_run *h = run->state;

	if (!h)
		return;
	run->state = NULL;
	http_close(h);
	free(h);
}

/* Each URL has a connection and an answer. */
static usec_t http_patience(const struct probe_conf *c)
{
	usec_t one = usec_min(usec_add(c->timeout, probe_answer_timeout(c)), 3600 * USEC_PER_SEC);

	return one * (usec_t)c->http.n_urls;
}

const struct probe_ops *probe_http_ops(void)
{
	static const struct probe_ops ops = {
		.kind = PROBE_HTTP,
		.log_kind = "HTTP_CHECK",
		.log_up = { "Remote Web server", "succeed on service." },
		.start = http_start,
		.cancel = http_cancel,
		.patience = http_patience,
	};

	return &ops;
}
