/*
 * The HTTP answer reader: a table of answers, each fed whole, and cut in two at every byte, and byte by byte.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "core/probe/http_parse.h"

#define BODY_MAX 64u

struct seen {
	bool want_body;
	unsigned headers, status;
	size_t len;
	char body[BODY_MAX + 1];
};

static bool on_header(void *user, unsigned status)
{
	struct seen *s = user;

	s->headers++;
	s->status = status;
	return s->want_body;
}

static void on_body(void *user, const uint8_t *data, size_t len)
{
	struct seen *s = user;

	assert_true(s->want_body && s->len + len <= BODY_MAX);
	memcpy(s->body + s->len, data, len);
	s->len += len;
}

struct answer {
	const char *bytes;
	size_t len;
	enum http_result result;
	unsigned status; /* as told to header(), 0: never told */
	const char *body;
	const char *why;
};

#define A(bytes) bytes, sizeof(bytes) - 1
#define OK10 "HTTP/1.0 200 OK\r\n"
#define OK11 "HTTP/1.1 200 OK\r\n"
#define CHUNKED OK11 "Transfer-Encoding: chunked\r\n\r\n"
#define X16 "xxxxxxxxxxxxxxxx"
#define X256 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16

static const struct answer answers[] = {
	/* how a body ends */
	{ A(OK10 "\r\nhello"), HTTP_DONE, 200, "hello", "" },
	{ A(OK11 "Content-Length: 5\r\n\r\nhello, what follows is ignored"), HTTP_DONE, 200, "hello", "" },
	{ A(OK11 "content-LENGTH:\t5 \t\r\n\r\nhello"), HTTP_DONE, 200, "hello", "" },
	{ A(OK11 "Content-Length: 5\r\nContent-Length: 005\r\n\r\nhello"), HTTP_DONE, 200, "hello", "" },
	{ A(OK11 "Content-Length: 0\r\n\r\n"), HTTP_DONE, 200, "", "" },
	{ A(CHUNKED "5\r\nhello\r\n0\r\n\r\n"), HTTP_DONE, 200, "hello", "" },
	{ A(CHUNKED "2;a=b\r\nhe\r\n03 \r\nllo\r\n000\r\nTrailer: x\r\n\r\n"), HTTP_DONE, 200, "hello", "" },
	{ A(CHUNKED "A\r\n0123456789\r\n1a\r\nabcdefghijklmnopqrstuvwxyz\r\n0\r\n\r\n"), HTTP_DONE, 200,
	  "0123456789abcdefghijklmnopqrstuvwxyz", "" },
	{ A(OK11 "Content-Length: 3\r\nTransfer-Encoding: Chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"), HTTP_DONE, 200,
	  "hello", "" },
	{ A("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n"), HTTP_DONE, 204, "", "" },
	{ A("HTTP/1.1 304 Same\r\n\r\n"), HTTP_DONE, 304, "", "" },
	{ A("HTTP/1.1 101 Switch\r\n\r\n"), HTTP_DONE, 101, "", "" },
	/* forms of the header */
	{ A("HTTP/1.1 503\r\n\r\n"), HTTP_DONE, 503, "", "" },
	{ A("HTTP/1.1 503 \n\nhi"), HTTP_DONE, 503, "hi", "" },
	{ A("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nContent-Length: 9\r\n\r\n" OK11 "\r\nhi"),
	  HTTP_DONE, 200, "hi", "" },
	{ A(OK11 "A: " X256 "\r\n B: folded\r\nContent-Length: 1\r\n\r\nx"), HTTP_DONE, 200, "x", "" },
	/* not the protocol */
	{ A("SSH-2.0-OpenSSH_9.2\r\n"), HTTP_BAD, 0, "", "no HTTP status line" },
	{ A("\r\n" OK11 "\r\n"), HTTP_BAD, 0, "", "no HTTP status line" },
	{ A("HTTP/2.0 200 OK\r\n\r\n"), HTTP_BAD, 0, "", "no HTTP status line" },
	{ A("HTTP/1.1 2000 OK\r\n\r\n"), HTTP_BAD, 0, "", "no HTTP status line" },
	{ A("HTTP/1.1 20 OK\r\n\r\n"), HTTP_BAD, 0, "", "no HTTP status line" },
	{ A("HTTP/1.1 -20 OK\r\n\r\n"), HTTP_BAD, 0, "", "no status code" },
	{ A("HTTP/1.1 099 OK\r\n\r\n"), HTTP_BAD, 0, "", "no status code" },
	{ A("\x7f" "ELF\x02\x01\x01\x00\x00"), HTTP_BAD, 0, "", "a NUL in a header" },
	{ A(OK11 "A: b\0c\r\n\r\n"), HTTP_BAD, 0, "", "a NUL in a header" },
	{ A(OK11 "A: b\rc\r\n\r\n"), HTTP_BAD, 0, "", "a bare CR in a header" },
	{ A(OK11 "nothing here\r\n\r\n"), HTTP_BAD, 0, "", "a header line without a name" },
	{ A(OK11 "Name : x\r\n\r\n"), HTTP_BAD, 0, "", "a header line without a name" },
	{ A(OK11 ": x\r\n\r\n"), HTTP_BAD, 0, "", "a header line without a name" },
	{ A(OK11 X256 ": x\r\n\r\n"), HTTP_BAD, 0, "", "a header line without a name" },
	{ A(OK11 "Content-Length: -1\r\n\r\n"), HTTP_BAD, 0, "", "Content-Length is not a number" },
	{ A(OK11 "Content-Length: +1\r\n\r\nx"), HTTP_BAD, 0, "", "Content-Length is not a number" },
	{ A(OK11 "Content-Length: 0x5\r\n\r\n"), HTTP_BAD, 0, "", "Content-Length is not a number" },
	{ A(OK11 "Content-Length:\r\n\r\n"), HTTP_BAD, 0, "", "Content-Length is not a number" },
	{ A(OK11 "Content-Length: 18446744073709551617\r\n\r\nx"), HTTP_BAD, 0, "", "Content-Length is not a number" },
	{ A(OK11 "Content-Length: 1\r\nContent-Length: 2\r\n\r\nxy"), HTTP_BAD, 0, "", "two different Content-Length" },
	{ A(OK11 "Content-Length:\r\n 5\r\n\r\nhello"), HTTP_BAD, 0, "", "Content-Length is not a number" },
	{ A(OK11 "Content-Length: 5\r\n 5\r\n\r\nhello"), HTTP_BAD, 0, "",
	  "a folded Content-Length or Transfer-Encoding" },
	{ A(OK11 "Content-Length: 5 " X256 "\r\n\r\nhello"), HTTP_BAD, 0, "",
	  "an overlong Content-Length or Transfer-Encoding" },
	{ A(OK11 "Transfer-Encoding: gzip, chunked\r\n\r\n"), HTTP_BAD, 0, "", "transfer coding is not chunked" },
	{ A(CHUNKED "\r\nhello\r\n"), HTTP_BAD, 200, "", "no chunk size" },
	{ A(CHUNKED "-5\r\nhello\r\n"), HTTP_BAD, 200, "", "no chunk size" },
	{ A(CHUNKED "5g\r\nhello\r\n"), HTTP_BAD, 200, "", "no chunk size" },
	{ A(CHUNKED "fffffffffffffffff\r\n"), HTTP_BAD, 200, "", "a chunk size that does not fit" },
	{ A(CHUNKED "4\r\nhello\r\n"), HTTP_BAD, 200, "hell", "a chunk longer than its size" },
	/* too much */
	{ A(OK11 "Content-Length: 65\r\n\r\n"), HTTP_TOO_LARGE, 200, "", "body too large" },
	{ A(OK11 "Content-Length: 1073741824\r\n\r\n"), HTTP_TOO_LARGE, 200, "", "body too large" },
	{ A(CHUNKED "ffffffffffffffff\r\n"), HTTP_TOO_LARGE, 200, "", "body too large" },
	{ A(CHUNKED "40\r\n" X16 X16 X16 X16 "\r\n1\r\nx"), HTTP_TOO_LARGE, 200, X16 X16 X16 X16, "body too large" },
	{ A(OK10 "\r\n" X256), HTTP_TOO_LARGE, 200, X16 X16 X16 X16, "body too large" },
	/* closed early */
	{ A(""), HTTP_EARLY, 0, "", "closed without an answer" },
	{ A("HTTP/1.1 2"), HTTP_EARLY, 0, "", "closed before the header ended" },
	{ A(OK11), HTTP_EARLY, 0, "", "closed before the header ended" },
	{ A(OK11 "A: b\r\n\r"), HTTP_EARLY, 0, "", "closed before the header ended" },
	{ A("HTTP/1.1 100 Continue\r\n\r\n"), HTTP_EARLY, 0, "", "closed before the header ended" },
	{ A(OK11 "Content-Length: 5\r\n\r\nhell"), HTTP_EARLY, 200, "hell", "closed before the body ended" },
	{ A(CHUNKED "5\r\nhell"), HTTP_EARLY, 200, "hell", "closed before the body ended" },
	{ A(CHUNKED "5\r\nhello\r\n"), HTTP_EARLY, 200, "hello", "closed before the body ended" },
	{ A(CHUNKED "5\r\nhello\r\n0\r\n"), HTTP_EARLY, 200, "hello", "closed before the body ended" },
};

static struct http_parse start(struct seen *s, bool want_body)
{
	struct http_reader r = { .header = on_header, .body = on_body, .user = s, .body_max = BODY_MAX };
	struct http_parse p;

	*s = (struct seen){ .want_body = want_body };
	http_parse_init(&p, &r);
	return p;
}

static void expect(const struct answer *a, const struct http_parse *p, const struct seen *s, size_t cut)
{
	if (p->result != a->result || strcmp(p->why, a->why))
		fail_msg("cut at %zu of \"%s\": %s, %s", cut, a->bytes, http_result_name(p->result), p->why);
	assert_int_equal(s->status, a->status);
	assert_int_equal(s->headers, a->status ? 1 : 0);
	assert_string_equal(s->body, a->body);
}

static void test_whole_and_cut_in_two(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		const struct answer *a = &answers[i];

		for (size_t cut = 0; cut <= a->len; cut++) {
			struct seen s;
			struct http_parse p = start(&s, true);

			http_parse_feed(&p, a->bytes, cut);
			http_parse_feed(&p, a->bytes + cut, a->len - cut);
			http_parse_eof(&p);
			expect(a, &p, &s, cut);
		}
	}
}

static void test_byte_by_byte(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		const struct answer *a = &answers[i];
		struct seen s;
		struct http_parse p = start(&s, true);

		for (size_t at = 0; at < a->len; at++)
			http_parse_feed(&p, a->bytes + at, 1);
		http_parse_eof(&p);
		expect(a, &p, &s, a->len);
	}
}

/* Without a body wanted an answer is decided by its header: even 1 GB of length is then no matter. */
static void test_header_decides(void **state)
{
	static const char header[] = OK11 "Content-Length: 1073741824\r\n\r\n";
	struct seen s;
	struct http_parse p = start(&s, false);

	(void)state;
	assert_int_equal(http_parse_feed(&p, header, sizeof(header) - 2), HTTP_MORE);
	assert_int_equal(http_parse_feed(&p, "\n", 1), HTTP_DONE);
	assert_int_equal(http_parse_feed(&p, "more", 4), HTTP_DONE);
	assert_int_equal(s.len, 0);
}

/* Feed `unit` for ever: the result must come, and within `limit` bytes. */
static void endless(const char *head, const char *unit, enum http_result result, const char *why, size_t limit)
{
	struct seen s;
	struct http_parse p = start(&s, true);
	size_t sent = strlen(head), n = strlen(unit);

	http_parse_feed(&p, head, sent);
	while (p.result == HTTP_MORE && sent <= limit) {
		http_parse_feed(&p, unit, n);
		sent += n;
	}
	assert_int_equal(p.result, result);
	assert_string_equal(p.why, why);
}

static void test_endless(void **state)
{
	(void)state;
	endless("", "x", HTTP_TOO_LARGE, "header over 16 KiB", HTTP_HEADER_MAX + 1);
	endless(OK11, "A: b\r\n", HTTP_TOO_LARGE, "header over 16 KiB", HTTP_HEADER_MAX + 6);
	endless(OK11 "A: ", "b", HTTP_TOO_LARGE, "header over 16 KiB", HTTP_HEADER_MAX + 1);
	endless("", "HTTP/1.1 100 Continue\r\n\r\n", HTTP_TOO_LARGE, "header over 16 KiB", HTTP_HEADER_MAX + 25);
	endless(CHUNKED "0\r\n", "T: r\r\n", HTTP_TOO_LARGE, "header over 16 KiB", HTTP_HEADER_MAX + 16);
	endless(CHUNKED "1;", "x", HTTP_TOO_LARGE, "endless chunk framing", 70000);
	endless(CHUNKED, "0", HTTP_TOO_LARGE, "endless chunk framing", 70000);
	endless(CHUNKED "1\r\nx", "x", HTTP_TOO_LARGE, "endless chunk framing", 70000);
	endless(CHUNKED, "1\r\nx\r\n", HTTP_TOO_LARGE, "body too large", 1000);
}

static void test_overlong_chunk_size(void **state)
{
	static const char head[] = CHUNKED;
	struct seen s;
	struct http_parse p = start(&s, true);

	(void)state;
	http_parse_feed(&p, head, sizeof(head) - 1);
	for (unsigned i = 0; i < HTTP_LINE_KEPT; i++)
		http_parse_feed(&p, "0", 1);
	assert_int_equal(http_parse_feed(&p, "5\r\n", 3), HTTP_BAD);
	assert_string_equal(p.why, "no chunk size");
}

/* Only an answer that says itself where it ends, and was read to there, leaves a connection for another. */
static void test_reusable(void **state)
{
	static const struct {
		const char *bytes;
		bool want_body, head, expect;
	} cases[] = {
		{ OK11 "Content-Length: 5\r\n\r\nhello", true, false, true },
		{ OK11 "Content-Length: 5\r\n\r\nhell", true, false, false },
		{ OK11 "Content-Length: 5\r\n\r\nhello!", true, false, false },
		{ OK11 "Content-Length: 5\r\n\r\n", false, false, false },
		{ OK11 "Content-Length: 5\r\n\r\n", false, true, true },
		{ CHUNKED "5\r\nhello\r\n0\r\n\r\n", true, false, true },
		{ OK11 "\r\nhello", true, false, false }, /* ends where the connection does */
		{ OK10 "Content-Length: 5\r\n\r\nhello", true, false, false },
		{ "HTTP/1.1 101 Switch\r\n\r\n", false, true, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct seen s;
		struct http_parse p = start(&s, cases[i].want_body);

		http_parse_feed(&p, cases[i].bytes, strlen(cases[i].bytes));
		http_parse_eof(&p);
		assert_int_equal(http_parse_reusable(&p, cases[i].head), cases[i].expect);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole_and_cut_in_two), cmocka_unit_test(test_byte_by_byte),
		cmocka_unit_test(test_header_decides),       cmocka_unit_test(test_endless),
		cmocka_unit_test(test_overlong_chunk_size),  cmocka_unit_test(test_reusable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
