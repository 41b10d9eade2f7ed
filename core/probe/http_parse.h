/*
 * An incremental reader of HTTP/1.0 and 1.1 answers, for probes: RFC 9112 (message syntax), as a client that sends
 * one request and then closes, or asks again where the connection persists (section 9.3).
 *
 * Pure, and of fixed size whatever the peer sends: a line is kept to HTTP_LINE_KEPT bytes, all header bytes (interim
 * answers and trailers counted) end at HTTP_HEADER_MAX, the body at the caller's limit, chunk framing at the same
 * limit again. Any split of the stream into feeds gives the same result. Strict where leniency hides a broken server:
 * NUL or a bare CR in a header, a line without a name, a Content-Length that is no number or is told twice in two
 * ways, a transfer coding other than chunked are all "not the protocol". A bare LF ends a line.
 */
#ifndef REGENT_PROBE_HTTP_PARSE_H
#define REGENT_PROBE_HTTP_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HTTP_HEADER_MAX (16u * 1024u)
#define HTTP_LINE_KEPT 256u

enum http_result {
	HTTP_MORE,      /* feed on */
	HTTP_DONE,      /* the answer is whole, or the caller wanted no body */
	HTTP_BAD,       /* not HTTP; `why` says what */
	HTTP_TOO_LARGE, /* beyond what is read; `why` says what */
	HTTP_EARLY,     /* the peer closed before the answer was whole; `why` says where */
};
const char *http_result_name(enum http_result r);

struct http_reader {
	/* The final header is in: read the body too? */
	bool (*header)(void *user, unsigned status);
	/* Body bytes in order, transfer coding removed; never more at once than were fed. */
	void (*body)(void *user, const uint8_t *data, size_t len);
	void *user;
	uint64_t body_max;
};

struct http_parse {
	struct http_reader reader;
	enum http_result result;
	const char *why; /* static text; "" while there is nothing to say */
	uint8_t state;   /* enum http_state of http_parse.c */
	uint16_t status;
	bool has_length, chunked, framing_line;
	bool persistent, closing; /* as version and Connection say */
	bool skipped, excess;     /* a body that was not wanted; bytes behind the answer */
	uint64_t length;    /* of Content-Length */
	uint64_t left;      /* of the body or of the chunk */
	uint64_t body_len;  /* handed over so far */
	uint64_t frame_len; /* spent on chunk framing */
	size_t header_len;
	size_t line_len;    /* the whole line so far; only HTTP_LINE_KEPT of it are in `line` */
	bool saw_cr;
	uint8_t line[HTTP_LINE_KEPT];
};

void http_parse_init(struct http_parse *p, const struct http_reader *r);
/* Take the next bytes. Once the result is not HTTP_MORE it stays and what follows is ignored. */
enum http_result http_parse_feed(struct http_parse *p, const void *data, size_t len);
/* The peer closed. */
enum http_result http_parse_eof(struct http_parse *p);
/* After HTTP_DONE: may the next request go over the same connection? `head`: this one was a HEAD, whose answer has no body. */
bool http_parse_reusable(const struct http_parse *p, bool head);

#endif
