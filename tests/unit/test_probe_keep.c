/*
 * HTTP checks over a connection that stays: when it does, and that its end, which a server may choose freely, is no failure.
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

#include "core/base/text.h"
#include "tests/unit/netns.h"
#include "tests/unit/probe_bench.h"
#include "tests/unit/probe_server.h"

#define RUNS 6
#define FOREVER 1000
#define OK "HTTP/1.1 200 OK\r\n"
#define HELLO "Content-Length: 5\r\n\r\nhello"
#define CHUNKED OK "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
#define MD5_HELLO "\x5d\x41\x40\x2a\xbc\x4b\x2a\x76\xb9\x71\x9d\x91\x10\x17\xc5\x92"

struct keep_server {
	const char *bytes;
	unsigned answers;
	enum server_end end;
};

static bool ran_enough(struct bench *b)
{
	return b->n_ran >= RUNS;
}

static struct probe_conf keep_conf(uint16_t port, struct probe_url *url, size_t n)
{
	struct probe_conf c = bench_http(port, url, n);

	c.http.version = PROBE_HTTP_11;
	c.http.keep = true;
	c.interval = 30 * USEC_PER_MS;
	c.timeout = 300 * USEC_PER_MS; /* some of this is waited out, each time */
	return c;
}

/* RUNS runs; how many connections they took. */
static unsigned connections(struct bench *b, const struct keep_server *sc, struct probe_conf *c)
{
	int subscription;
	struct server s;
	struct probe *p;
	unsigned n;

	server_start_keep(&s, sc->bytes, sc->answers, sc->end);
	c->target.port = s.port;
	b->n_ran = 0;
	p = probe_subscribe(b->pool, c, &subscription, NULL);
	assert_non_null(p);
	bench_run(b, ran_enough);
	n = atomic_load(&s.accepted);
	probe_unsubscribe(b->pool, p, &subscription);
	server_stop(&s); /* it waits until what was kept is closed */
	return n;
}

static void test_when(void **state)
{
	static const struct {
		const char *name, *bytes;
		uint32_t method;
		bool digest;
		enum probe_http_version version;
		unsigned expect;
	} cases[] = {
		{ "by length", OK HELLO, PROBE_GET, false, PROBE_HTTP_11, 1 },
		{ "by length, with digest", OK HELLO, PROBE_GET, true, PROBE_HTTP_11, 1 },
		{ "chunked, with digest", CHUNKED, PROBE_GET, true, PROBE_HTTP_11, 1 },
		{ "chunked, and nobody reads it", CHUNKED, PROBE_GET, false, PROBE_HTTP_11, RUNS },
		{ "no body", "HTTP/1.1 204 None\r\n\r\n", PROBE_GET, false, PROBE_HTTP_11, 1 },
		{ "HEAD", OK "Content-Length: 5\r\n\r\n", PROBE_HEAD, false, PROBE_HTTP_11, 1 },
		{ "POST", OK HELLO, PROBE_POST, false, PROBE_HTTP_11, RUNS },
		{ "it says close", OK "Connection: close\r\n" HELLO, PROBE_GET, false, PROBE_HTTP_11, RUNS },
		{ "it says close among others", OK "connection: x , CLOSE,keep-alive\r\n" HELLO, PROBE_GET, false, PROBE_HTTP_11, RUNS },
		{ "it says something else", OK "Connection: closed, x-close\r\n" HELLO, PROBE_GET, false, PROBE_HTTP_11, 1 },
		{ "1.0", "HTTP/1.0 200 OK\r\n" HELLO, PROBE_GET, false, PROBE_HTTP_11, RUNS },
		{ "1.0 that keeps", "HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\n" HELLO, PROBE_GET, false, PROBE_HTTP_10K, 1 },
		{ "until it closes", OK "\r\n", PROBE_GET, false, PROBE_HTTP_11, RUNS },
		{ "longer than is read for this", OK "Content-Length: 65537\r\n\r\n", PROBE_GET, false, PROBE_HTTP_11, RUNS },
		{ "bytes behind it", OK HELLO "x", PROBE_GET, false, PROBE_HTTP_11, RUNS },
		{ "interim answers", "HTTP/1.1 103 Hints\r\n\r\n" OK HELLO, PROBE_GET, false, PROBE_HTTP_11, 1 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct keep_server sc = { .bytes = cases[i].bytes, .answers = FOREVER };
		struct probe_url url = { .path = "/", .method = cases[i].method, .has_digest = cases[i].digest };
		struct probe_conf c = keep_conf(0, &url, 1);
		struct bench *b = *state;

		print_message("    %s\n", cases[i].name);
		memcpy(url.digest, MD5_HELLO, sizeof(url.digest));
		c.http.version = cases[i].version;
		c.timeout = BENCH_PATIENCE; /* none of this is waited out: six would be the end of the test */
		assert_int_equal(connections(b, &sc, &c), cases[i].expect);
		assert_int_equal(b->last_ran.failures, 0);
	}
}

/* The rest of an answer is read for the connection's sake up to a bound, and not a byte beyond. */
static void test_longest_rest(void **state)
{
	enum { BOUND = 64 * 1024 };
	struct bench *b = *state;

	for (int over = 0; over <= 1; over++) {
		struct probe_url url = { .path = "/" };
		struct probe_conf c = keep_conf(0, &url, 1);
		char *bytes = malloc(BOUND + 128);
		struct keep_server sc = { .bytes = bytes, .answers = FOREVER };
		int head = snprintf(bytes, 128, OK "Content-Length: %d\r\n\r\n", BOUND + over);

		assert_non_null(bytes);
		memset(bytes + head, 'x', BOUND + over);
		bytes[head + BOUND + over] = '\0';
		c.timeout = BENCH_PATIENCE;
		assert_int_equal(connections(b, &sc, &c), over ? RUNS : 1);
		assert_int_equal(b->last_ran.failures, 0);
		free(bytes);
	}
}

/* The server has its own mind about how long a connection lives. */
static void test_ends(void **state)
{
	static const enum server_end ends[] = { END_CLOSE, END_CLOSE_ASKED, END_RESET_ASKED, END_SILENT };

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		const struct keep_server sc = { .bytes = OK HELLO, .answers = 2, .end = ends[i] };
		struct probe_url url = { .path = "/" };
		struct probe_conf c = keep_conf(0, &url, 1);
		struct bench *b = *state;

		assert_int_equal(connections(b, &sc, &c), RUNS / 2);
		assert_int_equal(b->last_ran.failures, 0);
	}
}

/* All is known when the header is in: the rest is read for the connection's sake, and judges nothing. */
static void test_rest_is_no_verdict(void **state)
{
	static const enum server_end ends[] = { END_CLOSE, END_SILENT };

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		const struct keep_server sc = {
			.bytes = OK "Content-Length: 6\r\n\r\nhello", .answers = 1, .end = ends[i]
		};
		struct probe_url url = { .path = "/" };
		struct probe_conf c = keep_conf(0, &url, 1);
		struct bench *b = *state;

		assert_int_equal(connections(b, &sc, &c), RUNS);
		assert_int_equal(b->last_ran.failures, 0);
	}
}

/* What is asked for again is asked once, over a new connection, and that one counts. */
static void test_fresh_one_counts(void **state)
{
	static const struct {
		enum server_end end;
		enum probe_reason reason;
	} cases[] = {
		{ END_CLOSE_ASKED, PROBE_R_CLOSED_EARLY }, { END_RESET_ASKED, PROBE_R_RESET }, { END_SILENT, PROBE_R_RESPONSE_TIMEOUT },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct keep_server sc = { .bytes = "", .answers = 0, .end = cases[i].end };
		struct probe_url url = { .path = "/" };
		struct probe_conf c = keep_conf(0, &url, 1);
		struct bench *b = *state;

		assert_int_equal(connections(b, &sc, &c), RUNS);
		assert_int_equal(b->last_ran.failures, RUNS);
		assert_int_equal(b->last_ran.reason, cases[i].reason);
	}
}

static void test_urls_share_it(void **state)
{
	const struct keep_server sc = { .bytes = OK HELLO, .answers = FOREVER };
	struct probe_url urls[3] = { { .path = "/1" }, { .path = "/2" }, { .path = "/3" } };
	struct probe_conf c = keep_conf(0, urls, 3);
	struct bench *b = *state;

	c.timeout = BENCH_PATIENCE;
	assert_int_equal(connections(b, &sc, &c), 1);
	assert_int_equal(b->last_ran.failures, 0);
	/* not after an answer that is not the expected one */
	urls[1].n_status = 1;
	urls[1].status_lo[0] = urls[1].status_hi[0] = 404;
	assert_int_equal(connections(b, &sc, &c), RUNS);
	assert_int_equal(b->last_ran.failures, RUNS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_when, bench_setup, bench_teardown),
		cmocka_unit_test_setup_teardown(test_longest_rest, bench_setup, bench_teardown),
		cmocka_unit_test_setup_teardown(test_ends, bench_setup, bench_teardown),
		cmocka_unit_test_setup_teardown(test_rest_is_no_verdict, bench_setup, bench_teardown),
		cmocka_unit_test_setup_teardown(test_fresh_one_counts, bench_setup, bench_teardown),
		cmocka_unit_test_setup_teardown(test_urls_share_it, bench_setup, bench_teardown),
	};

	netns_try();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
