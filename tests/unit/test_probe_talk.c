/*
 * Probes that hold a conversation, against real sockets: TCP_CHECK with send and expect, HTTP requests and patterns,
 * SMTP_CHECK, AGENT_CHECK with its weights.
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
#include "core/probe/regex.h"
#include "tests/unit/netns.h"
#include "tests/unit/probe_bench.h"
#include "tests/unit/probe_server.h"

#define OK "HTTP/1.0 200 OK\r\n\r\n"
#define X64 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X1024 X64 X64 X64 X64 X64 X64 X64 X64 X64 X64 X64 X64 X64 X64 X64 X64

static struct probe_report run_once(struct bench *b, const struct probe_conf *c, enum probe_reason reason, const char *text)
{
	const struct probe_conf conf = bench_patience(c, text);
	int subscription;
	struct probe *p = probe_subscribe(b->pool, &conf, &subscription, NULL);

	assert_non_null(p);
	b->n_told = b->n_ran = 0;
	bench_run(b, bench_ran_once);
	probe_unsubscribe(b->pool, p, &subscription);
	if (b->last_ran.reason != reason || strcmp(b->last_ran.text, text))
		fail_msg("got %s: %s; expected %s: %s", probe_reason_name(b->last_ran.reason), b->last_ran.text,
		         probe_reason_name(reason), text);
	return b->last_ran;
}

static struct probe_blob blob(const char *text)
{
	return (struct probe_blob){ (const uint8_t *)text, strlen(text) };
}

/* ---- TCP_CHECK ---- */

static void test_send_expect(void **state)
{
	static const struct {
		struct server_conf server;
		const char *send, *expect;
		enum probe_reason reason;
		const char *text;
	} cases[] = {
		{ { SERVER_DIALOG, NULL, "\x01+PO\x01NG\r\n", 0 }, "PING\r\nx\n", "^\\+PONG", PROBE_R_OK, "answered as expected" },
		{ { SERVER_DIALOG, NULL, "+OK redis\r\n", 0 }, "", "OK", PROBE_R_OK, "answered as expected" },
		{ { SERVER_DIALOG, NULL, "-ERR\r\n", 0 }, "", "OK", PROBE_R_MISMATCH,
		  "closed after 6 bytes that are not what is expected" },
		{ { SERVER_DIALOG, NULL, "", 0 }, "", "OK", PROBE_R_CLOSED_EARLY, "closed without an answer" },
		{ { SERVER_SILENT, NULL, NULL, 0 }, "", "OK", PROBE_R_RESPONSE_TIMEOUT, "no answer within 0.3 s" },
		{ { SERVER_DRIP, NULL, "x", 0 }, "a\r\n\r\n", "OK", PROBE_R_MISMATCH, "not what is expected within 0.3 s" },
		{ { SERVER_ENDLESS, NULL, X1024, 0 }, "a\r\n\r\n", "OK", PROBE_R_MISMATCH, "not what is expected in the first 16 KiB" },
		/* a pattern that takes for ever is given up */
		{ { SERVER_ENDLESS, NULL, X1024, 0 }, "a\r\n\r\n", "^(x+x+)+y", PROBE_R_MISMATCH,
		  "the pattern gave up on the answer: match limit exceeded" },
		{ { SERVER_DIALOG, NULL, "x", 0 }, "", "(", PROBE_R_LOCAL, "the pattern is wrong: missing closing parenthesis" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct probe_conf conf;
		struct server s;

		server_start(&s, &cases[i].server, 0);
		conf = bench_tcp(s.port);
		conf.tcp.send = blob(cases[i].send);
		conf.tcp.expect.pattern = cases[i].expect;
		run_once(*state, &conf, cases[i].reason, cases[i].text);
		server_stop(&s);
	}
}

/* ---- HTTP_GET ---- */

static void test_http_requests(void **state)
{
	static const char *const headers[] = { "Authorization: Basic eDp5", "host: www.example" };
	const struct server_conf ok = { SERVER_ANSWER, NULL, OK "hello", 0 };
	struct probe_url url = { .path = "/a" };
	struct probe_conf conf;
	char expected[256];
	struct server s;

	server_start(&s, &ok, 0);
	conf = bench_http(s.port, &url, 1);
	url.method = PROBE_HEAD;
	url.has_digest = true; /* of what is not there */
	run_once(*state, &conf, PROBE_R_DIGEST,
	         "digest mismatch: got d41d8cd98f00b204e9800998ecf8427e, expected 00000000000000000000000000000000");
	url.has_digest = false;
	snprintf(expected, sizeof(expected), "HEAD /a HTTP/1.0\r\nUser-Agent: Regent\r\nHost: 127.0.0.1:%u\r\n\r\n", s.port);
	assert_string_equal(s.request, expected);
	url.method = PROBE_POST;
	url.body = blob("\r\n\r\n"); /* where the test's server ends its reading */
	url.headers = (struct probe_texts){ headers, 2 };
	conf.http.version = PROBE_HTTP_10C;
	run_once(*state, &conf, PROBE_R_OK, "status 200");
	assert_string_equal(s.request, "POST /a HTTP/1.0\r\nUser-Agent: Regent\r\nConnection: close\r\n"
	                               "Authorization: Basic eDp5\r\nhost: www.example\r\nContent-Length: 4\r\n\r\n\r\n\r\n");
	conf.http.version = PROBE_HTTP_10K;
	run_once(*state, &conf, PROBE_R_OK, "status 200");
	assert_non_null(strstr(s.request, "Connection: keep-alive\r\n"));
	server_stop(&s);
}

static void test_http_patterns(void **state)
{
	static const struct {
		const char *pattern;
		uint32_t min, max;
		bool caseless, no_match;
		enum probe_reason reason;
		const char *text;
	} cases[] = {
		{ "wor", 0, 0, false, false, PROBE_R_OK, "status 200, pattern as expected" },
		{ "WOR", 0, 0, false, false, PROBE_R_MISMATCH, "the body does not match the pattern" },
		{ "WOR", 0, 0, true, false, PROBE_R_OK, "status 200, pattern as expected" },
		{ "wor", 0, 0, false, true, PROBE_R_MISMATCH, "the body matches the pattern" },
		{ "nor", 0, 0, false, true, PROBE_R_OK, "status 200, pattern as expected" },
		{ "hello", 1, 0, false, false, PROBE_R_MISMATCH, "the body does not match the pattern" },
		{ "hello", 100, 0, false, false, PROBE_R_MISMATCH, "the body does not match the pattern" },
		{ "wor", 0, 5, false, false, PROBE_R_MISMATCH, "the body does not match the pattern" },
		{ "wor", 0, 6, false, false, PROBE_R_OK, "status 200, pattern as expected" },
	};
	const struct server_conf ok = { SERVER_ANSWER, NULL, OK "hello world", 0 };
	struct probe_url url = { .path = "/" };
	struct probe_conf conf;
	struct server s;

	server_start(&s, &ok, 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		conf = bench_http(s.port, &url, 1);
		url.regex = (struct probe_regex){ .pattern = cases[i].pattern, .min_offset = cases[i].min,
			                              .max_offset = cases[i].max, .no_match = cases[i].no_match };
		if (cases[i].caseless)
			assert_true(regex_option("caseless", &url.regex.options));
		run_once(*state, &conf, cases[i].reason, cases[i].text);
	}
	server_stop(&s);
}

/* ---- SMTP_CHECK ---- */

static void test_smtp(void **state)
{
	static const struct {
		struct server_conf server;
		enum probe_reason reason;
		const char *text;
	} cases[] = {
		{ { SERVER_DIALOG, NULL, "220 mail ESMTP\r\n\x01" "250 mail\r\n\x01" "221 bye\r\n", 0 }, PROBE_R_OK,
		  "mail server answers" },
		{ { SERVER_DIALOG, NULL, "220-mail\r\n220-is\r\n220 here\r\n\x01" "250 mail\r\n\x01" "221 bye\r\n", 0 }, PROBE_R_OK,
		  "mail server answers" },
		{ { SERVER_DIALOG, NULL, "554 no service\r\n", 0 }, PROBE_R_REPLY_CODE, "greeting 554, expected 220: 554 no service" },
		{ { SERVER_DIALOG, NULL, "220 mail\r\n\x01" "421 busy\r\n", 0 }, PROBE_R_REPLY_CODE,
		  "reply to HELO 421, expected 250: 421 busy" },
		{ { SERVER_DIALOG, NULL, "220-a\r\n250 b\r\n", 0 }, PROBE_R_BAD_RESPONSE, "not SMTP: two codes in one reply" },
		{ { SERVER_DIALOG, NULL, "HTTP/1.0 400 Bad\r\n", 0 }, PROBE_R_BAD_RESPONSE, "not SMTP: a line without a reply code" },
		{ { SERVER_DIALOG, NULL, "220 a\r\n250 b\r\n", 0 }, PROBE_R_BAD_RESPONSE, "not SMTP: it speaks out of turn" },
		{ { SERVER_DIALOG, NULL, "220 mail\r\n\x01", 0 }, PROBE_R_CLOSED_EARLY, "closed before the reply to HELO" },
		{ { SERVER_SILENT, NULL, NULL, 0 }, PROBE_R_RESPONSE_TIMEOUT, "no greeting within 0.3 s" },
		{ { SERVER_DIALOG, NULL, X1024 X64 "\r\n", 0 }, PROBE_R_BAD_RESPONSE, "not SMTP: a line over 1 KiB" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct probe_conf conf;
		struct server s;

		server_start(&s, &cases[i].server, 0);
		conf = bench_tcp(s.port);
		conf.kind = PROBE_SMTP;
		conf.smtp.helo = "director.example";
		run_once(*state, &conf, cases[i].reason, cases[i].text);
		server_stop(&s);
		if (i == 0)
			assert_string_equal(s.request, "HELO director.example\r\nQUIT\r\n");
	}
}

/* ---- AGENT_CHECK ---- */

static void test_agent(void **state)
{
	static const struct {
		const char *line;
		enum probe_reason reason;
		const char *text;
		enum probe_weight_how how;
		int32_t value;
	} cases[] = {
		{ "75%\n", PROBE_R_OK, "the agent says 75%", PROBE_WEIGHT_PERCENT, 75 },
		{ "up 0%\r\n", PROBE_R_OK, "the agent says 0%", PROBE_WEIGHT_PERCENT, 0 },
		{ "ready,up\n", PROBE_R_OK, "the agent says up", PROBE_WEIGHT_NONE, 0 },
		{ "drain 50%\n", PROBE_R_OK, "the agent says drain", PROBE_WEIGHT_PERCENT, 0 },
		{ "down#disk is full\n", PROBE_R_SAYS_DOWN, "the agent says down: disk is full", PROBE_WEIGHT_NONE, 0 },
		{ "maint", PROBE_R_SAYS_DOWN, "the agent says maint", PROBE_WEIGHT_NONE, 0 },
		{ "hello\n", PROBE_R_BAD_RESPONSE, "not an agent: a word that no agent says", PROBE_WEIGHT_NONE, 0 },
		{ "\n", PROBE_R_BAD_RESPONSE, "not an agent: an empty line", PROBE_WEIGHT_NONE, 0 },
		{ "", PROBE_R_CLOSED_EARLY, "closed without an answer", PROBE_WEIGHT_NONE, 0 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct server_conf c = { SERVER_DIALOG, NULL, cases[i].line, 0 };
		struct probe_conf conf;
		struct probe_report r;
		struct server s;

		server_start(&s, &c, 0);
		conf = bench_tcp(s.port);
		conf.kind = PROBE_AGENT;
		r = run_once(*state, &conf, cases[i].reason, cases[i].text);
		assert_int_equal(r.weight.how, cases[i].how);
		assert_int_equal(r.weight.value, cases[i].value);
		server_stop(&s);
	}
}

static bool told_weight_of_10(struct bench *b)
{
	return b->n_told >= 2 && b->told[b->n_told - 1].report.weight.value == 10;
}

/* A weight that changes while the verdict stands is told too, and once. */
static void test_weight_is_told(void **state)
{
	const struct server_conf first = { SERVER_DIALOG, NULL, "50%\n", 0 }, then = { SERVER_DIALOG, NULL, "10%\n", 0 };
	struct bench *b = *state;
	struct probe_conf conf;
	struct server s;
	int one;

	server_start(&s, &first, 0);
	conf = bench_tcp(s.port);
	conf.kind = PROBE_AGENT;
	conf.retry = 100;
	assert_non_null(probe_subscribe(b->pool, &conf, &one, NULL));
	bench_run(b, bench_told_once);
	assert_int_equal(b->told[0].report.weight.value, 50);
	server_stop(&s);
	server_start(&s, &then, s.port);
	bench_run(b, told_weight_of_10);
	assert_int_equal(b->n_told, 2);
	assert_true(b->told[1].report.up);
	server_stop(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_send_expect, bench_setup, bench_teardown),
		cmocka_unit_test_setup_teardown(test_http_requests, bench_setup, bench_teardown),
		cmocka_unit_test_setup_teardown(test_http_patterns, bench_setup, bench_teardown),
		cmocka_unit_test_setup_teardown(test_smtp, bench_setup, bench_teardown),
		cmocka_unit_test_setup_teardown(test_agent, bench_setup, bench_teardown),
		cmocka_unit_test_setup_teardown(test_weight_is_told, bench_setup, bench_teardown),
	};

	netns_try();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
