/*
 * HTTP_GET and SSL_GET: each URL in turn over a connection of its own; a status in the accepted ranges and, where
 * configured, the MD5 of the body and a pattern in it. RFC 9110 and 9112 as a client; versions as keepalived has them.
 *
 * The answer has a time of its own, however slowly it drips. Without digest and pattern the header decides and the body is
 * never read; else at most HTTP_BODY_MAX of it is, and the pattern sees the first HTTP_REGEX_MAX.
 *
 * With `keep` the connection stays for the next URL and the next run, where the server lets it and the answer was read to its
 * end. A server may close such a connection at any time (RFC 9112 section 9.5): one that ends without a word is no failure,
 * the URL is asked for again over a new one.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/text.h"
#include "core/probe/digest.h"
#include "core/probe/http_parse.h"
#include "core/probe/link.h"
#include "core/probe/recipe.h"
#include "core/probe/regex.h"

#define HTTP_BODY_MAX (8u * 1024u * 1024u)
#define HTTP_REGEX_MAX (256u * 1024u)
/* Read only so that the connection can be kept; behind a longer body it is closed. */
#define HTTP_DRAIN_MAX (64u * 1024u)
#define HTTP_PORT 80u
#define HTTPS_PORT 443u
/* The lines that are ours. */
#define HTTP_OWN_LINES 1024u

struct http_run {
	struct probe_run *run;
	const struct probe_url *url;
	struct probe_link *link;
	struct digest *md5;
	struct regex_job *matching;
	uint8_t *seen;  /* of the body, for the pattern */
	size_t n_seen, room;
	bool answered;  /* the header is in */
	bool accepted;  /* and its status is one of the expected */
	bool draining;  /* all is known; what still comes is read for the connection's sake */
	bool no_memory;
	struct http_parse parse;
	char where[24]; /* " (url 2)" where there are several */
};

static void http_event(void *user, enum conn_event ev, const void *data, size_t len, int err);

/* ---- the answer ---- */

/* A POST is not sent twice, so it gets a new connection. */
static bool http_may_keep(const struct http_run *h)
{
	return h->run->conf->http.keep && h->url->method != PROBE_POST;
}

static bool http_on_header(void *user, unsigned status)
{
	struct http_run *h = user;

	h->answered = true;
	h->accepted = recipe_status_accepted(h->url, status);
	if (!h->accepted || h->url->method == PROBE_HEAD)
		return false;
	if (h->url->has_digest || h->url->regex.pattern)
		return true;
	h->draining = http_may_keep(h) && h->parse.has_length && !h->parse.chunked && h->parse.length <= HTTP_DRAIN_MAX;
	return h->draining;
}

static void http_keep(struct http_run *h, const uint8_t *data, size_t len)
{
	size_t take = len < HTTP_REGEX_MAX - h->n_seen ? len : HTTP_REGEX_MAX - h->n_seen, room;
	uint8_t *more;

	if (h->n_seen + take > h->room) {
		room = 2 * (h->n_seen + take);
		more = realloc(h->seen, room);
		if (!more) {
			h->no_memory = true;
			return;
		}
		h->seen = more;
		h->room = room;
	}
	if (take > 0)
		memcpy(h->seen + h->n_seen, data, take);
	h->n_seen += take;
}

static void http_on_body(void *user, const uint8_t *data, size_t len)
{
	struct http_run *h = user;

	if (h->md5)
		digest_update(h->md5, data, len);
	if (h->url->regex.pattern)
		http_keep(h, data, len);
}

/* ---- one URL ---- */

/* The peer's part is over. */
static void http_leave(struct http_run *h)
{
	if (!h->link)
		return;
	if (http_may_keep(h) && http_parse_reusable(&h->parse, h->url->method == PROBE_HEAD))
		link_keep(h->link);
	else
		link_close(h->link);
	h->link = NULL;
}

static void http_close(struct http_run *h)
{
	link_close(h->link);
	h->link = NULL;
	digest_free(h->md5);
	h->md5 = NULL;
	regex_cancel(h->matching);
	h->matching = NULL;
	free(h->seen);
	h->seen = NULL;
	h->n_seen = h->room = 0;
}

/* Begin on a URL, or end the run. */
static void http_open(struct http_run *h, const struct probe_url *url)
{
	const struct http_reader reader = {
		.header = http_on_header, .body = http_on_body, .user = h, .body_max = HTTP_BODY_MAX
	};
	const struct probe_conf *conf = h->run->conf;
	struct probe_link *k;
	size_t n = 0;

	h->url = url;
	h->answered = h->accepted = h->draining = false;
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
	k = http_may_keep(h) ? link_resume(h->run, url->virtualhost, http_event, h) : NULL;
	if (!k)
		k = link_open(h->run, url->virtualhost, false, http_event, h);
	if (k) /* else the run has ended, and h with it */
		h->link = k;
}

static void http_host(const struct http_run *h, char *out, size_t size)
{
	const struct probe_conf *conf = h->run->conf;
	const struct endpoint *to = &conf->target;
	char addr[ADDR_STRLEN];
	size_t n = 0;

	if (h->url->virtualhost[0]) {
		text_copy(out, size, h->url->virtualhost);
		return;
	}
	addr_format(&to->addr, addr);
	text_append(out, size, &n, to->addr.family == AF_INET6 ? "[%s]" : "%s", addr);
	if (to->port != (conf->tls.on ? HTTPS_PORT : HTTP_PORT))
		text_append(out, size, &n, ":%u", to->port);
}

/* Does the configuration have a header line of this name? */
static bool http_has_header(const struct probe_url *url, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < url->headers.n; i++)
		if (strncasecmp(url->headers.text[i], name, len) == 0 && url->headers.text[i][len] == ':')
			return true;
	return false;
}

static const char *http_connection_line(const struct http_run *h)
{
	switch (h->run->conf->http.version) {
	case PROBE_HTTP_11:
		return http_may_keep(h) ? "" : "Connection: close\r\n";
	case PROBE_HTTP_10C:
		return "Connection: close\r\n";
	case PROBE_HTTP_10K:
		return "Connection: keep-alive\r\n";
	default:
		return "";
	}
}

static size_t http_write_request(const struct http_run *h, char *out, size_t size)
{
	static const char *const methods[] = { [PROBE_GET] = "GET", [PROBE_HEAD] = "HEAD", [PROBE_POST] = "POST" };
	const struct probe_conf *conf = h->run->conf;
	const struct probe_url *url = h->url;
	char host[sizeof(url->virtualhost)];
	size_t n = 0;

	http_host(h, host, sizeof(host));
	text_add(out, size, &n, methods[url->method <= PROBE_POST ? url->method : 0]);
	text_add(out, size, &n, " ");
	text_add(out, size, &n, url->path[0] ? url->path : "/");
	text_add(out, size, &n, conf->http.version == PROBE_HTTP_11 ? " HTTP/1.1\r\n" : " HTTP/1.0\r\n");
	if (!http_has_header(url, "User-Agent"))
		text_add(out, size, &n, "User-Agent: Regent\r\n");
	if (!http_has_header(url, "Connection"))
		text_add(out, size, &n, http_connection_line(h));
	if (!http_has_header(url, "Host")) {
		text_add(out, size, &n, "Host: ");
		text_add(out, size, &n, host);
		text_add(out, size, &n, "\r\n");
	}
	for (size_t i = 0; i < url->headers.n; i++) {
		text_add(out, size, &n, url->headers.text[i]);
		text_add(out, size, &n, "\r\n");
	}
	if (url->method == PROBE_POST)
		text_append(out, size, &n, "Content-Length: %zu\r\n", url->body.len);
	text_add(out, size, &n, "\r\n");
	return n;
}

static void http_request(struct http_run *h)
{
	const struct probe_url *url = h->url;
	size_t lines = HTTP_OWN_LINES + url->headers.n * RECIPE_HEADER_MAX, room = lines + url->body.len, n;
	char own[HTTP_OWN_LINES], *request = room > sizeof(own) ? malloc(room) : own;

	if (!request) {
		probe_done(h->run, PROBE_R_LOCAL, "this host has no memory");
		return;
	}
	n = http_write_request(h, request, lines);
	if (url->method == PROBE_POST && url->body.len > 0) {
		memcpy(request + n, url->body.data, url->body.len);
		n += url->body.len;
	}
	link_set_deadline(h->link, probe_answer_timeout(h->run->conf));
	link_send(h->link, request, n);
	if (request != own)
		free(request);
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

/* This URL is good: on to the next, or the end. */
static void http_url_good(struct http_run *h)
{
	const struct probe_conf *conf = h->run->conf;
	const struct probe_url *next = h->url + 1;

	http_leave(h);
	if (next == conf->http.urls + conf->http.n_urls) {
		probe_done(h->run, PROBE_R_OK, "status %u%s%s", h->parse.status,
		           h->url->has_digest ? ", digest as expected" : "",
		           h->url->regex.pattern ? ", pattern as expected" : "");
		return;
	}
	http_close(h);
	http_open(h, next);
}

static void http_matched(void *user, enum regex_result r, const char *why)
{
	struct http_run *h = user;
	bool unwanted = h->url->regex.no_match;

	h->matching = NULL;
	switch (r) {
	case REGEX_MATCH:
	case REGEX_NO_MATCH:
		if ((r == REGEX_MATCH) != unwanted)
			http_url_good(h);
		else
			probe_done(h->run, PROBE_R_MISMATCH, "the body %s the pattern%s%s",
			           unwanted ? "matches" : "does not match",
			           h->n_seen == HTTP_REGEX_MAX ? " in its first 256 KiB" : "", h->where);
		break;
	case REGEX_GAVE_UP:
		probe_done(h->run, PROBE_R_MISMATCH, "the pattern gave up on the body: %s%s", why, h->where);
		break;
	case REGEX_BAD:
		probe_done(h->run, PROBE_R_LOCAL, "the pattern is wrong: %s%s", why, h->where);
		break;
	}
}

static void http_url_answered(struct http_run *h)
{
	char expected[RECIPE_STATUS_STRLEN];

	if (!h->accepted) {
		recipe_status_words(h->url, expected);
		probe_done(h->run, PROBE_R_STATUS, "status %u, expected %s%s", h->parse.status, expected, h->where);
		return;
	}
	if (!http_digest_matches(h))
		return;
	if (!h->url->regex.pattern) {
		http_url_good(h);
		return;
	}
	http_leave(h);
	if (!h->no_memory)
		h->matching = regex_start(h->run->loop, &h->url->regex, h->seen, h->n_seen, http_matched, h);
	if (!h->matching)
		probe_done(h->run, PROBE_R_LOCAL, "this host has no memory");
}

static void http_result(struct http_run *h, enum http_result result)
{
	if (h->draining && result != HTTP_MORE)
		result = HTTP_DONE;
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

/* What was kept has ended, or says nothing any more: the same again over a connection of its own. */
static void http_afresh(struct http_run *h)
{
	const struct probe_url *url = h->url;

	http_close(h);
	http_open(h, url);
}

static void http_timeout(struct http_run *h)
{
	if (link_is_connecting(h->link))
		link_failed(h->link, CONN_TIMEOUT, 0);
	else
		probe_done(h->run, PROBE_R_RESPONSE_TIMEOUT, "%s within %.1f s%s",
		           h->answered ? "no end of the answer" : "no answer",
		           probe_seconds(probe_answer_timeout(h->run->conf)), h->where);
}

static void http_event(void *user, enum conn_event ev, const void *data, size_t len, int err)
{
	struct http_run *h = user;

	if ((ev == CONN_EOF || ev == CONN_ERROR || ev == CONN_TIMEOUT) && link_is_stale(h->link)) {
		http_afresh(h);
		return;
	}
	if ((ev == CONN_ERROR || ev == CONN_TIMEOUT) && h->draining) {
		http_url_answered(h);
		return;
	}
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
		link_failed(h->link, ev, err);
		break;
	case CONN_TIMEOUT:
		http_timeout(h);
		break;
	}
}

/* ---- the vtables ---- */

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

/* Each URL has a connection, with TLS a handshake, and an answer; the answer has that long again for its pattern, and where a
 * kept connection may be stale, for being asked for again. */
static usec_t http_patience(const struct probe_conf *c)
{
	usec_t answer = usec_min(probe_answer_timeout(c), 3600 * USEC_PER_SEC);
	int answers = (c->tls.on ? 3 : 2) + (c->http.keep ? 1 : 0);
	usec_t one = usec_min(c->timeout + answers * answer, 4 * 3600 * USEC_PER_SEC);

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

const struct probe_ops *probe_ssl_ops(void)
{
	static const struct probe_ops ops = {
		.kind = PROBE_SSL,
		.log_kind = "SSL_CHECK",
		.log_up = { "Remote Web server", "succeed on service." },
		.start = http_start,
		.cancel = http_cancel,
		.patience = http_patience,
	};

	return &ops;
}
