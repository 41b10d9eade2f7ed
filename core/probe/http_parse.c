/*
 * The reader of http_parse.h: a small state machine over lines and counted bytes.
 *
 *   STATUS -> HEADER -> (1xx: STATUS again) -> body by length, by chunks, or until the peer closes
 *   CHUNK_SIZE -> CHUNK_DATA -> CHUNK_END -> CHUNK_SIZE ... -> TRAILER
 *
 * Lines are gathered by http_take_line(), whose caller decides what a whole line means. All ends go through http_end().
 */
#include "config.h"

#include "core/probe/http_parse.h"

#include <string.h>
#include <strings.h>

enum http_state {
	HTTP_S_STATUS,
	HTTP_S_HEADER,
	HTTP_S_LENGTH,
	HTTP_S_UNTIL_CLOSE,
	HTTP_S_CHUNK_SIZE,
	HTTP_S_CHUNK_DATA,
	HTTP_S_CHUNK_END,
	HTTP_S_TRAILER,
};

/* Chunk framing is bounded by the body's own limit and this much for the short answers. */
#define HTTP_FRAME_SLACK 65536u

struct http_input {
	const uint8_t *p;
	size_t left;
};

const char *http_result_name(enum http_result r)
{
	switch (r) {
	case HTTP_MORE: return "more";
	case HTTP_DONE: return "done";
	case HTTP_BAD: return "bad";
	case HTTP_TOO_LARGE: return "too large";
	case HTTP_EARLY: return "closed early";
	}
	return "?";
}

static void http_end(struct http_parse *p, enum http_result r, const char *why)
{
	p->result = r;
	p->why = why;
}

static void http_enter(struct http_parse *p, enum http_state s)
{
	p->state = (uint8_t)s;
	p->line_len = 0;
	p->saw_cr = false;
}

void http_parse_init(struct http_parse *p, const struct http_reader *r)
{
	*p = (struct http_parse){ .reader = *r, .result = HTTP_MORE, .why = "" };
	http_enter(p, HTTP_S_STATUS);
}

/* ---- lines ---- */

/* Count a byte of framing against its limit: headers and trailers against one, chunk sizes against another. */
static bool http_count_byte(struct http_parse *p)
{
	if (p->state == HTTP_S_CHUNK_SIZE || p->state == HTTP_S_CHUNK_END) {
		if (++p->frame_len > p->reader.body_max + HTTP_FRAME_SLACK)
			http_end(p, HTTP_TOO_LARGE, "endless chunk framing");
	} else if (++p->header_len > HTTP_HEADER_MAX) {
		http_end(p, HTTP_TOO_LARGE, "header over 16 KiB");
	}
	return p->result == HTTP_MORE;
}

/* True where a whole line is in p->line (its first HTTP_LINE_KEPT bytes; line_len is its true length). */
static bool http_take_line(struct http_parse *p, struct http_input *in)
{
	while (in->left > 0) {
		uint8_t c = *in->p++;

		in->left--;
		if (!http_count_byte(p))
			return false;
		if (c == '\n') {
			p->saw_cr = false;
			return true;
		}
		if (p->saw_cr || c == '\0') {
			http_end(p, HTTP_BAD, p->saw_cr ? "a bare CR in a header" : "a NUL in a header");
			return false;
		}
		p->saw_cr = c == '\r';
		if (p->saw_cr)
			continue;
		if (p->line_len < HTTP_LINE_KEPT)
			p->line[p->line_len] = c;
		p->line_len++;
	}
	return false;
}

static inline bool http_is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static inline bool http_is_blank(uint8_t c)
{
	return c == ' ' || c == '\t';
}

/* ---- status line ---- */

static void http_status_line(struct http_parse *p)
{
	const uint8_t *l = p->line;

	/* HTTP/1.x SP 3DIGIT [SP reason] */
	if (p->line_len < 12 || memcmp(l, "HTTP/1.", 7) != 0 || !http_is_digit(l[7]) || l[8] != ' ' ||
	    (p->line_len > 12 && l[12] != ' ')) {
		http_end(p, HTTP_BAD, "no HTTP status line");
		return;
	}
	if (l[9] < '1' || l[9] > '9' || !http_is_digit(l[10]) || !http_is_digit(l[11])) {
		http_end(p, HTTP_BAD, "no status code");
		return;
	}
	p->status = (uint16_t)((l[9] - '0') * 100 + (l[10] - '0') * 10 + (l[11] - '0'));
	p->has_length = p->chunked = p->framing_line = false;
	p->persistent = l[7] != '0';
	http_enter(p, HTTP_S_HEADER);
}

/* ---- header fields ---- */

static bool http_is_token(uint8_t c)
{
	if (http_is_digit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'))
		return true;
	return c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL;
}

/* Decimal digits only; false where it is none or does not fit. */
static bool http_decimal(const uint8_t *s, size_t n, uint64_t *out)
{
	uint64_t v = 0;

	if (n == 0)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!http_is_digit(s[i]) || v > (UINT64_MAX - 9) / 10)
			return false;
		v = v * 10 + (uint64_t)(s[i] - '0');
	}
	*out = v;
	return true;
}

static void http_content_length(struct http_parse *p, const uint8_t *value, size_t n)
{
	uint64_t v = 0;

	if (!http_decimal(value, n, &v))
		http_end(p, HTTP_BAD, "Content-Length is not a number");
	else if (p->has_length && p->length != v)
		http_end(p, HTTP_BAD, "two different Content-Length");
	p->has_length = true;
	p->length = p->result == HTTP_MORE ? v : 0;
}

static void http_transfer_encoding(struct http_parse *p, const uint8_t *value, size_t n)
{
	if (p->chunked || n != 7 || strncasecmp((const char *)value, "chunked", 7) != 0)
		http_end(p, HTTP_BAD, "transfer coding is not chunked");
	p->chunked = true;
}

/* A list of options, of which two say what becomes of the connection; "close" has the last word. */
static void http_connection(struct http_parse *p, const uint8_t *value, size_t n)
{
	const char *at = (const char *)value, *end = at + n;

	while (at < end) {
		const char *comma = memchr(at, ',', (size_t)(end - at)), *stop = comma ? comma : end, *next = comma ? comma + 1 : end;

		while (at < stop && http_is_blank((uint8_t)*at))
			at++;
		while (stop > at && http_is_blank((uint8_t)stop[-1]))
			stop--;
		if (stop - at == 5 && strncasecmp(at, "close", 5) == 0)
			p->closing = true;
		else if (stop - at == 10 && strncasecmp(at, "keep-alive", 10) == 0)
			p->persistent = true;
		at = next;
	}
}

static bool http_name_is(const struct http_parse *p, size_t n, const char *name)
{
	return n == strlen(name) && strncasecmp((const char *)p->line, name, n) == 0;
}

/* One whole field line: only the two that frame the body matter, and those must be whole; and what becomes of the connection. */
static void http_field_line(struct http_parse *p)
{
	size_t kept = p->line_len < HTTP_LINE_KEPT ? p->line_len : HTTP_LINE_KEPT;
	size_t name = 0, from, to = kept;
	bool length, coding, connection;

	if (http_is_blank(p->line[0])) { /* RFC 9112 5.2: the old folding */
		p->closing = true; /* of which line, nobody knows here */
		if (p->framing_line)
			http_end(p, HTTP_BAD, "a folded Content-Length or Transfer-Encoding");
		return;
	}
	while (name < kept && http_is_token(p->line[name]))
		name++;
	if (name == 0 || name == kept || p->line[name] != ':') {
		http_end(p, HTTP_BAD, "a header line without a name");
		return;
	}
	length = http_name_is(p, name, "Content-Length");
	coding = http_name_is(p, name, "Transfer-Encoding");
	connection = http_name_is(p, name, "Connection");
	p->framing_line = length || coding;
	if (!p->framing_line && !connection)
		return;
	for (from = name + 1; from < to && http_is_blank(p->line[from]); from++)
		;
	while (to > from && http_is_blank(p->line[to - 1]))
		to--;
	if (connection && kept < p->line_len)
		p->closing = true; /* the rest of it is not known */
	else if (connection)
		http_connection(p, p->line + from, to - from);
	else if (kept < p->line_len)
		http_end(p, HTTP_BAD, "an overlong Content-Length or Transfer-Encoding");
	else if (length)
		http_content_length(p, p->line + from, to - from);
	else
		http_transfer_encoding(p, p->line + from, to - from);
}

/* The empty line: choose how the body ends (RFC 9112 6.3). */
static void http_header_end(struct http_parse *p)
{
	bool bodiless = p->status == 204 || p->status == 304 || p->status == 101;

	if (p->status < 200 && p->status != 101) {
		http_enter(p, HTTP_S_STATUS); /* an interim answer; the header limit counts on */
		return;
	}
	if (!p->reader.header(p->reader.user, p->status) || bodiless) {
		p->skipped = !bodiless;
		http_end(p, HTTP_DONE, "");
		return;
	}
	if (p->chunked) {
		http_enter(p, HTTP_S_CHUNK_SIZE);
		return;
	}
	if (!p->has_length) {
		http_enter(p, HTTP_S_UNTIL_CLOSE);
		return;
	}
	p->left = p->length;
	http_enter(p, HTTP_S_LENGTH);
	if (p->left > p->reader.body_max)
		http_end(p, HTTP_TOO_LARGE, "body too large");
	else if (p->left == 0)
		http_end(p, HTTP_DONE, "");
}

static void http_header_line(struct http_parse *p)
{
	if (p->line_len == 0) {
		http_header_end(p);
		return;
	}
	http_field_line(p);
	p->line_len = 0;
}

static void http_trailer_line(struct http_parse *p)
{
	if (p->line_len == 0)
		http_end(p, HTTP_DONE, "");
	p->line_len = 0;
}

/* ---- body ---- */

static int http_hex(uint8_t c)
{
	if (http_is_digit(c))
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void http_chunk_size_line(struct http_parse *p)
{
	size_t kept = p->line_len < HTTP_LINE_KEPT ? p->line_len : HTTP_LINE_KEPT;
	uint64_t v = 0;
	size_t i;

	for (i = 0; i < kept && http_hex(p->line[i]) >= 0; i++) {
		if (v > UINT64_MAX >> 4) {
			http_end(p, HTTP_BAD, "a chunk size that does not fit");
			return;
		}
		v = v << 4 | (uint64_t)http_hex(p->line[i]);
	}
	/* What follows can only be an extension, which is nobody's, or blanks before it. */
	if (i == 0 || i == HTTP_LINE_KEPT || (i < kept && p->line[i] != ';' && !http_is_blank(p->line[i]))) {
		http_end(p, HTTP_BAD, "no chunk size");
		return;
	}
	if (v > p->reader.body_max - p->body_len) {
		http_end(p, HTTP_TOO_LARGE, "body too large");
		return;
	}
	p->left = v;
	http_enter(p, v == 0 ? HTTP_S_TRAILER : HTTP_S_CHUNK_DATA);
}

static void http_chunk_end_line(struct http_parse *p)
{
	if (p->line_len != 0)
		http_end(p, HTTP_BAD, "a chunk longer than its size");
	else
		http_enter(p, HTTP_S_CHUNK_SIZE);
}

static void http_hand_over(struct http_parse *p, struct http_input *in, size_t n)
{
	p->reader.body(p->reader.user, in->p, n);
	p->body_len += n;
	in->p += n;
	in->left -= n;
}

/* Bytes up to a known count; `left` never passes body_max, which the header or chunk line has checked. */
static void http_counted(struct http_parse *p, struct http_input *in)
{
	size_t n = in->left < p->left ? in->left : (size_t)p->left;

	http_hand_over(p, in, n);
	p->left -= n;
	if (p->left > 0)
		return;
	if (p->state == HTTP_S_LENGTH)
		http_end(p, HTTP_DONE, "");
	else
		http_enter(p, HTTP_S_CHUNK_END);
}

static void http_until_close(struct http_parse *p, struct http_input *in)
{
	uint64_t room = p->reader.body_max - p->body_len;

	http_hand_over(p, in, in->left < room ? in->left : (size_t)room);
	if (in->left > 0)
		http_end(p, HTTP_TOO_LARGE, "body too large");
}

/* ---- the machine ---- */

static void http_step(struct http_parse *p, struct http_input *in)
{
	static void (*const on_line[])(struct http_parse *) = {
		[HTTP_S_STATUS] = http_status_line,         [HTTP_S_HEADER] = http_header_line,
		[HTTP_S_CHUNK_SIZE] = http_chunk_size_line, [HTTP_S_CHUNK_END] = http_chunk_end_line,
		[HTTP_S_TRAILER] = http_trailer_line,
	};

	switch ((enum http_state)p->state) {
	case HTTP_S_LENGTH:
	case HTTP_S_CHUNK_DATA:
		http_counted(p, in);
		return;
	case HTTP_S_UNTIL_CLOSE:
		http_until_close(p, in);
		return;
	case HTTP_S_STATUS:
	case HTTP_S_HEADER:
	case HTTP_S_CHUNK_SIZE:
	case HTTP_S_CHUNK_END:
	case HTTP_S_TRAILER:
		if (http_take_line(p, in))
			on_line[p->state](p);
		return;
	}
}

enum http_result http_parse_feed(struct http_parse *p, const void *data, size_t len)
{
	struct http_input in = { .p = data, .left = len };

	while (p->result == HTTP_MORE && in.left > 0)
		http_step(p, &in);
	p->excess = p->excess || in.left > 0;
	return p->result;
}

bool http_parse_reusable(const struct http_parse *p, bool head)
{
	return p->result == HTTP_DONE && p->persistent && !p->closing && !p->excess && p->status != 101 &&
	       p->state != HTTP_S_UNTIL_CLOSE && (!p->skipped || head);
}

enum http_result http_parse_eof(struct http_parse *p)
{
	if (p->result != HTTP_MORE)
		return p->result;
	switch ((enum http_state)p->state) {
	case HTTP_S_STATUS:
		http_end(p, HTTP_EARLY,
		         p->header_len == 0 ? "closed without an answer" : "closed before the header ended");
		break;
	case HTTP_S_HEADER:
		http_end(p, HTTP_EARLY, "closed before the header ended");
		break;
	case HTTP_S_UNTIL_CLOSE:
		http_end(p, HTTP_DONE, "");
		break;
	case HTTP_S_LENGTH:
	case HTTP_S_CHUNK_SIZE:
	case HTTP_S_CHUNK_DATA:
	case HTTP_S_CHUNK_END:
	case HTTP_S_TRAILER:
		http_end(p, HTTP_EARLY, "closed before the body ended");
		break;
	}
	return p->result;
}
