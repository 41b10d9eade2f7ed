/*
 * Each kind of probe against real sockets: what each good, bad and hostile backend makes of one run, and how long it
 * may take.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "core/base/text.h"
#include "tests/unit/netns.h"
#include "tests/unit/probe_bench.h"
#include "tests/unit/probe_server.h"

#define OK "HTTP/1.0 200 OK\r\n"
#define CHUNKED "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
/* MD5 of "hello" */
#define MD5_HELLO "\x5d\x41\x40\x2a\xbc\x4b\x2a\x76\xb9\x71\x9d\x91\x10\x17\xc5\x92"
#define HEX_HELLO "5d41402abc4b2a76b9719d911017c592"
#define X64 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X1024 X64 X64 X64 X64 X64 X64 X64 X64 X64 X64 X64 X64 X64 X64 X64 X64

enum wanted { STATUS_ONLY, DIGEST_HELLO };

struct answer_case {
	const char *name;
	struct server_conf server;
	enum wanted wanted;
	enum probe_reason reason;
	const char *text;
};

static const struct answer_case cases[] = {
	{ "200", { SERVER_ANSWER, NULL, OK "\r\n", 0 }, STATUS_ONLY, PROBE_R_OK, "status 200" },
	{ "503", { SERVER_ANSWER, NULL, "HTTP/1.0 503 No\r\n\r\n", 0 }, STATUS_ONLY, PROBE_R_STATUS,
	  "status 503, expected 200-299" },
	{ "503 where a digest is wanted", { SERVER_ENDLESS, "HTTP/1.0 503 No\r\n\r\n", X1024, 0 }, DIGEST_HELLO,
	  PROBE_R_STATUS, "status 503, expected 200-299" },
	{ "right digest", { SERVER_ANSWER, NULL, OK "\r\nhello", 0 }, DIGEST_HELLO, PROBE_R_OK,
	  "status 200, digest as expected" },
	{ "right digest, chunked",
	  { SERVER_ANSWER, CHUNKED, "2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n", 0 },
	  DIGEST_HELLO, PROBE_R_OK, "status 200, digest as expected" },
	{ "wrong digest", { SERVER_ANSWER, NULL, OK "\r\n", 0 }, DIGEST_HELLO, PROBE_R_DIGEST,
	  "digest mismatch: got d41d8cd98f00b204e9800998ecf8427e, expected " HEX_HELLO },
	{ "silent", { SERVER_SILENT, NULL, NULL, 0 }, STATUS_ONLY, PROBE_R_RESPONSE_TIMEOUT, "no answer within 0.3 s" },
	{ "dripping header", { SERVER_DRIP, OK, "A: b\r\n", 0 }, STATUS_ONLY, PROBE_R_RESPONSE_TIMEOUT,
	  "no answer within 0.3 s" },
	{ "dripping body", { SERVER_DRIP, OK "\r\n", "x", 0 }, DIGEST_HELLO, PROBE_R_RESPONSE_TIMEOUT,
	  "no end of the answer within 0.3 s" },
	{ "endless header", { SERVER_ENDLESS, OK, "A: " X64 "\r\n", 0 }, STATUS_ONLY, PROBE_R_TOO_LARGE,
	  "header over 16 KiB" },
	{ "endless header line", { SERVER_ENDLESS, OK, X1024, 0 }, STATUS_ONLY, PROBE_R_TOO_LARGE,
	  "header over 16 KiB" },
	{ "endless body that nobody reads", { SERVER_ENDLESS, OK "\r\n", X1024, 0 }, STATUS_ONLY, PROBE_R_OK,
	  "status 200" },
	{ "endless body", { SERVER_ENDLESS, OK "\r\n", X1024 X1024 X1024 X1024 X1024 X1024 X1024 X1024, 0 },
	  DIGEST_HELLO, PROBE_R_TOO_LARGE, "body too large" },
	{ "1 GB body", { SERVER_ENDLESS, OK "Content-Length: 1073741824\r\n\r\n", X1024, 0 }, DIGEST_HELLO,
	  PROBE_R_TOO_LARGE, "body too large" },
	{ "negative length", { SERVER_ANSWER, NULL, OK "Content-Length: -1\r\n\r\n", 0 }, STATUS_ONLY,
	  PROBE_R_BAD_RESPONSE, "not HTTP: Content-Length is not a number" },
	{ "binary", { SERVER_ENDLESS, NULL, "\x7f" "ELF\x02\x01\x01\0\0\0", 10 }, STATUS_ONLY, PROBE_R_BAD_RESPONSE,
	  "not HTTP: a NUL in a header" },
	{ "another protocol", { SERVER_ANSWER, NULL, "220 mail.example.net ESMTP\r\n", 0 }, STATUS_ONLY,
	  PROBE_R_BAD_RESPONSE, "not HTTP: no HTTP status line" },
	{ "closed at once", { SERVER_ANSWER, NULL, "", 0 }, STATUS_ONLY, PROBE_R_CLOSED_EARLY,
	  "closed without an answer" },
	{ "closed in the header", { SERVER_ANSWER, NULL, OK "A: b", 0 }, STATUS_ONLY, PROBE_R_CLOSED_EARLY,
	  "closed before the header ended" },
	{ "closed in the body", { SERVER_ANSWER, NULL, OK "Content-Length: 6\r\n\r\nhello", 0 }, DIGEST_HELLO,
	  PROBE_R_CLOSED_EARLY, "closed before the body ended" },
	{ "reset", { SERVER_RESET, NULL, NULL, 0 }, STATUS_ONLY, PROBE_R_RESET, "connection reset" },
	{ "no connection", { SERVER_BACKLOG, NULL, NULL, 0 }, STATUS_ONLY, PROBE_R_CONNECT_TIMEOUT,
	  "connect timed out after 0.3 s" },
};

static struct probe_url url_make(const char *path, enum wanted wanted)
{
	struct probe_url u;

	memset(&u, 0, sizeof(u));
	text_copy(u.path, sizeof(u.path), path);
	u.has_digest = wanted == DIGEST_HELLO;
	memcpy(u.digest, MD5_HELLO, sizeof(u.digest));
	return u;
}

/* One run, with its verdict: retry is 0. */
static void run_once(struct bench *b, const struct probe_conf *c, enum probe_reason reason, const char *text)
{
	const struct probe_conf conf = bench_patience(c, text);
	int subscription;
	struct probe *p = probe_subscribe(b->pool, &conf, &subscription, NULL);
	const struct probe_report *r = &b->told[0].report;
	usec_t patience = reason == PROBE_R_CONNECT_TIMEOUT || reason == PROBE_R_RESPONSE_TIMEOUT ? conf.timeout : 0;

	assert_non_null(p);
	b->n_told = b->n_ran = 0;
	bench_run(b, bench_told_once);
	probe_unsubscribe(b->pool, p, &subscription);
	if (r->reason != reason || strcmp(r->text, text))
		fail_msg("got %s: %s; expected %s: %s", probe_reason_name(r->reason), r->text,
		         probe_reason_name(reason), text);
	assert_ptr_equal(b->told[0].subscription, &subscription);
	assert_true(r->known);
	assert_int_equal(r->up, reason == PROBE_R_OK);
	assert_int_equal(r->runs, 1);
	assert_int_equal(r->failures, reason != PROBE_R_OK);
	assert_true(r->latency >= patience && r->latency < BENCH_PATIENCE);
}

static void test_answers(void **state)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct answer_case *c = &cases[i];
		struct probe_url url = url_make("/index.html", c->wanted);
		struct probe_conf conf;
		struct server s;

		print_message("    %s\n", c->name);
		server_start(&s, &c->server, 0);
		conf = bench_http(s.port, &url, 1);
		run_once(*state, &conf, c->reason, c->text);
		server_stop(&s);
	}
}

static void test_tcp(void **state)
{
	const struct server_conf silent = { .kind = SERVER_SILENT }, full = { .kind = SERVER_BACKLOG };
	struct probe_conf conf = bench_tcp(server_free_port());
	struct server s;

	run_once(*state, &conf, PROBE_R_CONNECT_REFUSED, "connection refused");
	server_start(&s, &silent, 0);
	conf = bench_tcp(s.port);
	run_once(*state, &conf, PROBE_R_OK, "connected");
	server_stop(&s);
	server_start(&s, &full, 0);
	conf = bench_tcp(s.port);
	run_once(*state, &conf, PROBE_R_CONNECT_TIMEOUT, "connect timed out after 0.3 s");
	server_stop(&s);
}

static void test_http_refused(void **state)
{
	struct probe_url url = url_make("/", STATUS_ONLY);
	struct probe_conf conf = bench_http(server_free_port(), &url, 1);

	run_once(*state, &conf, PROBE_R_CONNECT_REFUSED, "connection refused");
}

/* The bytes on the wire: the host by address and by name, both versions. */
static void test_requests(void **state)
{
	const struct server_conf ok = { SERVER_ANSWER, NULL, OK "\r\n", 0 };
	struct probe_url url = url_make("/a?b=c", STATUS_ONLY);
	char expected[256];
	struct probe_conf conf;
	struct server s;

	server_start(&s, &ok, 0);
	conf = bench_http(s.port, &url, 1);
	run_once(*state, &conf, PROBE_R_OK, "status 200");
	snprintf(expected, sizeof(expected),
	         "GET /a?b=c HTTP/1.0\r\nUser-Agent: Regent\r\nHost: 127.0.0.1:%u\r\n\r\n", s.port);
	assert_string_equal(s.request, expected);

	conf.http.version = PROBE_HTTP_11;
	text_copy(url.virtualhost, sizeof(url.virtualhost), "www.example.net");
	url.path[0] = '\0';
	run_once(*state, &conf, PROBE_R_OK, "status 200");
	assert_string_equal(s.request, "GET / HTTP/1.1\r\nUser-Agent: Regent\r\nConnection: close\r\n"
	                               "Host: www.example.net\r\n\r\n");
	server_stop(&s);
}

static void test_urls_one_after_the_other(void **state)
{
	const struct server_conf ok = { SERVER_ANSWER, NULL, OK "\r\nhello", 0 };
	struct probe_url urls[3] = {
		url_make("/1", STATUS_ONLY), url_make("/2", DIGEST_HELLO), url_make("/3", STATUS_ONLY)
	};
	struct probe_conf conf;
	struct server s;

	server_start(&s, &ok, 0);
	conf = bench_http(s.port, urls, 3);
	run_once(*state, &conf, PROBE_R_OK, "status 200");
	assert_int_equal(atomic_load(&s.accepted), 3);
	assert_non_null(strstr(s.request, "GET /3 "));

	urls[1].n_status = 1;
	urls[1].status_lo[0] = urls[1].status_hi[0] = 404;
	run_once(*state, &conf, PROBE_R_STATUS, "status 200, expected 404 (url 2)");
	assert_int_equal(atomic_load(&s.accepted), 5);
	server_stop(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_answers, bench_setup, bench_teardown),
		cmocka_unit_test_setup_teardown(test_tcp, bench_setup, bench_teardown),
		cmocka_unit_test_setup_teardown(test_http_refused, bench_setup, bench_teardown),
		cmocka_unit_test_setup_teardown(test_requests, bench_setup, bench_teardown),
		cmocka_unit_test_setup_teardown(test_urls_one_after_the_other, bench_setup, bench_teardown),
	};

	netns_try();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
