/*
 * Fuzz target of the HTTP answer reader.
 *
 * The first byte chooses how the rest is cut and whether the body is wanted. Beyond memory safety: any cut of a
 * stream gives the result, the status, the words and the body that the uncut stream gives, and no limit is passed.
 */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/probe/http_parse.h"

#define BODY_MAX 4096u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
	bool want_body;
	unsigned headers;
	uint64_t len, sum;
};

static void check(bool holds)
{
	if (!holds)
		abort();
}

static bool on_header(void *user, unsigned status)
{
	struct seen *s = user;

	check(status >= 101 && status <= 999 && ++s->headers == 1);
	return s->want_body;
}

static void on_body(void *user, const uint8_t *data, size_t len)
{
	struct seen *s = user;

	check(s->want_body);
	for (size_t i = 0; i < len; i++)
		s->sum = (s->sum ^ data[i]) * 1099511628211u;
	s->len += len;
	check(s->len <= BODY_MAX);
}

static void run(struct http_parse *p, struct seen *s, const uint8_t *data, size_t size, size_t cut)
{
	struct http_reader r = { .header = on_header, .body = on_body, .user = s, .body_max = BODY_MAX };

	http_parse_init(p, &r);
	for (size_t at = 0, n; at < size && p->result == HTTP_MORE; at += n) {
		n = size - at < cut ? size - at : cut;
		http_parse_feed(p, data + at, n);
	}
	http_parse_eof(p);
	check(p->result != HTTP_MORE && (p->result == HTTP_DONE) == (p->why[0] == '\0'));
	check(p->header_len <= HTTP_HEADER_MAX + 1 && p->body_len == s->len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct http_parse whole, cut;
	struct seen a, b;

	if (size < 1)
		return 0;
	a = b = (struct seen){ .want_body = data[0] & 1 };
	run(&whole, &a, data + 1, size - 1, size);
	run(&cut, &b, data + 1, size - 1, 1 + (data[0] >> 1));
	check(whole.result == cut.result && whole.status == cut.status && !strcmp(whole.why, cut.why));
	check(a.len == b.len && a.sum == b.sum && a.headers == b.headers);
	return 0;
}
