/*
 * The pool: sharing, retries, verdicts only on changes, leaving in the midst of things, the bound on runs at once,
 * the watchdog.
 */
#include "config.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include <cmocka.h>

#include "core/base/log.h"
#include "core/base/text.h"
#include "core/probe/pool.h"
#include "tests/unit/netns.h"
#include "tests/unit/probe_bench.h"
#include "tests/unit/probe_server.h"

static const struct server_conf silent = { SERVER_SILENT, NULL, NULL, 0 };
static const struct server_conf ok = { SERVER_ANSWER, NULL, "HTTP/1.0 200 OK\r\n\r\n", 0 };
static const struct server_conf full = { SERVER_BACKLOG, NULL, NULL, 0 };
static const struct probe_url url = { .path = "/index.html" };

static int one, two, three; /* subscriptions */

/* ---- verdicts ---- */

static void test_down_after_retries_and_up_again(void **state)
{
	struct bench *b = *state;
	uint16_t port = server_free_port();
	struct probe_conf conf = bench_tcp(port);
	struct server s;

	conf.retry = 2;
	assert_non_null(probe_subscribe(b->pool, &conf, &one, NULL));
	bench_run(b, bench_told_once);
	assert_false(b->told[0].report.up);
	assert_int_equal(b->told[0].report.runs, 3);
	assert_int_equal(b->told[0].report.failed_in_row, 3);
	assert_int_equal(b->told[0].report.reason, PROBE_R_CONNECT_REFUSED);

	server_start(&s, &silent, port);
	bench_run(b, bench_told_twice);
	assert_true(b->told[1].report.up && b->told[1].report.known);
	assert_int_equal(b->told[1].report.failed_in_row, 0);
	assert_true(b->told[1].report.last_change > b->told[0].report.last_change);
	server_stop(&s);
}

static bool ran_ten_times(struct bench *b)
{
	return b->n_ran >= 10;
}

static void test_told_only_of_changes(void **state)
{
	struct bench *b = *state;
	struct probe_conf conf = bench_tcp(server_free_port());

	conf.interval = 10 * USEC_PER_MS;
	assert_non_null(probe_subscribe(b->pool, &conf, &one, NULL));
	bench_run(b, ran_ten_times);
	assert_int_equal(b->n_told, 1);
	assert_true(b->last_ran.failed_in_row >= 10);
}

/* The interval is how old a verdict may be: the next start is never later than it, and at most 3 % and 8 ms earlier. */
static void check_next(struct bench *b, const struct probe_report *r)
{
	usec_t gap = r->next_run - r->last_run;
	usec_t *shortest = b->user;

	assert_true(gap <= r->interval && gap >= r->interval - r->interval * 3 / 100 - 8 * USEC_PER_MS);
	assert_true(r->next_run % (8 * USEC_PER_MS) == 0); /* with others */
	*shortest = usec_min(*shortest, gap);
}

static void test_interval_is_an_upper_bound(void **state)
{
	struct bench *b = *state;
	struct probe_conf conf = bench_tcp(server_free_port());
	usec_t shortest = USEC_NEVER;

	b->on_ran = check_next;
	b->user = &shortest;
	assert_non_null(probe_subscribe(b->pool, &conf, &one, NULL));
	bench_run(b, ran_ten_times);
	assert_true(shortest < conf.interval); /* there is jitter */
}

static bool ran_twice(struct bench *b)
{
	return b->n_ran >= 2;
}

/* A verdict that went and came back before all had been told is no news. */
static void test_flip_unseen_is_not_told(void **state)
{
	struct bench *b = *state;
	struct probe_conf conf = bench_tcp(server_free_port());
	struct probe *p = probe_subscribe(b->pool, &conf, &one, NULL);

	bench_run(b, bench_told_once);
	pool_verdict_changed(p);
	bench_run(b, ran_twice);
	assert_int_equal(b->n_told, 1);
}

#define MANY 20

static bool told_many(struct bench *b)
{
	return b->n_told >= MANY;
}

/* More than are told in one slice. */
static void test_many_subscribers(void **state)
{
	struct bench *b = *state;
	struct probe_conf conf = bench_tcp(server_free_port());
	int subscriptions[MANY];

	for (int i = 0; i < MANY; i++)
		assert_non_null(probe_subscribe(b->pool, &conf, &subscriptions[i], NULL));
	bench_run(b, told_many);
	assert_int_equal(b->n_told, MANY);
	for (int i = 0; i < MANY; i++)
		assert_ptr_equal(b->told[i].subscription, &subscriptions[i]);
}

static void test_adopted_down(void **state)
{
	struct bench *b = *state;
	struct probe_conf conf;
	struct server s;

	server_start(&s, &silent, 0);
	conf = bench_tcp(s.port);
	conf.warmup = 200 * USEC_PER_MS;
	assert_non_null(probe_subscribe(b->pool, &conf, &one, &(struct probe_past){ true, { PROBE_WEIGHT_PERCENT, 30 } }));
	assert_int_equal(b->n_told, 0); /* never from inside the call */
	bench_run(b, bench_told_once);
	assert_true(b->told[0].report.known && !b->told[0].report.up);
	assert_int_equal(b->told[0].report.runs, 0);
	assert_int_equal(b->told[0].report.weight.how, PROBE_WEIGHT_PERCENT);
	assert_int_equal(b->told[0].report.weight.value, 30);
	assert_string_equal(b->told[0].report.text, "was down before the restart");
	bench_run(b, bench_told_twice);
	assert_true(b->told[1].report.up);
	assert_int_equal(b->told[1].report.runs, 1);
	server_stop(&s);
}

/* ---- sharing ---- */

static void test_one_recipe_runs_once(void **state)
{
	struct bench *b = *state;
	struct probe_conf conf;
	struct probe *p, *q;
	struct server s;

	server_start(&s, &ok, 0);
	conf = bench_http(s.port, &url, 1);
	conf.interval = 60 * USEC_PER_SEC;
	p = probe_subscribe(b->pool, &conf, &one, NULL);
	q = probe_subscribe(b->pool, &conf, &two, NULL);
	assert_ptr_equal(p, q);
	bench_run(b, bench_told_twice);
	assert_ptr_equal(b->told[0].subscription, &one);
	assert_ptr_equal(b->told[1].subscription, &two);
	assert_int_equal(b->told[1].report.subscribers, 2);
	assert_int_equal(b->n_ran, 1);
	assert_int_equal(atomic_load(&s.accepted), 1);

	/* Who comes later is told what is known, without another run. */
	b->n_told = 0;
	assert_ptr_equal(probe_subscribe(b->pool, &conf, &three, NULL), p);
	assert_int_equal(b->n_told, 0);
	bench_run(b, bench_told_once);
	assert_ptr_equal(b->told[0].subscription, &three);
	assert_true(b->told[0].report.up);
	assert_int_equal(atomic_load(&s.accepted), 1);
	server_stop(&s);
}

static void test_another_recipe_is_another_probe(void **state)
{
	struct bench *b = *state;
	struct probe_conf tcp = bench_tcp(9), http = bench_http(9, &url, 1);
	struct probe *p = probe_subscribe(b->pool, &tcp, &one, NULL);

	assert_ptr_not_equal(p, probe_subscribe(b->pool, &http, &one, NULL));
	tcp.retry++;
	assert_ptr_not_equal(p, probe_subscribe(b->pool, &tcp, &one, NULL));
}

static void test_shortest_interval_wins(void **state)
{
	struct bench *b = *state;
	struct probe_conf conf = bench_tcp(9);
	struct probe_report r;
	struct probe *p;

	conf.interval = conf.warmup = 60 * USEC_PER_SEC;
	p = probe_subscribe(b->pool, &conf, &one, NULL);
	conf.interval = USEC_PER_SEC;
	assert_ptr_equal(probe_subscribe(b->pool, &conf, &two, NULL), p);
	probe_get_report(p, &r);
	assert_true(r.interval == USEC_PER_SEC);
	assert_true(r.next_run <= mono_now() + USEC_PER_SEC);
	probe_unsubscribe(b->pool, p, &two);
	probe_get_report(p, &r);
	assert_true(r.interval == 60 * USEC_PER_SEC);
	assert_int_equal(r.subscribers, 1);
}

/* ---- leaving ---- */

static struct server *leaving_server;

static bool server_was_reached(struct bench *b)
{
	(void)b;
	return atomic_load(&leaving_server->accepted) >= 1;
}

static bool server_was_left(struct bench *b)
{
	(void)b;
	return atomic_load(&leaving_server->finished) >= 1;
}

static void test_leave_during_a_run(void **state)
{
	struct bench *b = *state;
	struct probe_conf conf;
	struct server s;
	struct probe *p;

	server_start(&s, &silent, 0);
	leaving_server = &s;
	conf = bench_http(s.port, &url, 1);
	conf.timeout = 60 * USEC_PER_SEC;
	p = probe_subscribe(b->pool, &conf, &one, NULL);
	probe_subscribe(b->pool, &conf, &two, NULL);
	bench_run(b, server_was_reached);

	probe_unsubscribe(b->pool, p, &one); /* one stays: the run goes on */
	assert_int_equal(b->pool->in_flight, 1);
	probe_unsubscribe(b->pool, p, &two);
	assert_int_equal(b->pool->in_flight, 0);
	bench_run(b, server_was_left);
	assert_int_equal(b->n_told, 0);
	assert_int_equal(b->n_ran, 0);
	server_stop(&s);
}

static void leave_on_verdict(struct bench *b, const struct told *t)
{
	(void)t;
	/* Whoever is told first takes the others away, and itself. */
	probe_unsubscribe(b->pool, b->user, &two);
	probe_unsubscribe(b->pool, b->user, &three);
	probe_unsubscribe(b->pool, b->user, &one);
}

static void test_leave_when_told(void **state)
{
	struct bench *b = *state;
	struct probe_conf conf = bench_tcp(server_free_port());

	b->on_verdict = leave_on_verdict;
	b->user = probe_subscribe(b->pool, &conf, &one, NULL);
	probe_subscribe(b->pool, &conf, &two, NULL);
	probe_subscribe(b->pool, &conf, &three, NULL);
	bench_run(b, bench_told_once);
	assert_int_equal(b->n_told, 1);
	assert_null(b->pool->probes);
}

static void leave_on_ran(struct bench *b, const struct probe_report *r)
{
	(void)r;
	probe_unsubscribe(b->pool, b->user, &one);
}

static void test_leave_when_run(void **state)
{
	struct bench *b = *state;
	struct probe_conf conf = bench_tcp(server_free_port());

	b->on_ran = leave_on_ran;
	b->user = probe_subscribe(b->pool, &conf, &one, NULL);
	bench_run(b, bench_ran_once);
	assert_null(b->pool->probes);
	assert_int_equal(b->n_told, 0);
}

/* ---- bounds ---- */

static void test_what_is_refused(void **state)
{
	struct bench *b = *state;
	struct probe_conf conf = bench_tcp(25);

	for (int k = PROBE_NONE; k <= PROBE_AGENT; k++) {
		conf.kind = (enum probe_kind)k;
		if (probe_ops_of(conf.kind))
			continue;
		errno = 0;
		assert_null(probe_subscribe(b->pool, &conf, &one, NULL));
		assert_int_equal(errno, ENOTSUP);
	}
	/* without a URL, a program, a file, a session */
	for (size_t i = 0; i < 4; i++) {
		conf.kind = (const enum probe_kind[]){ PROBE_HTTP, PROBE_MISC, PROBE_FILE, PROBE_BFD }[i];
		assert_null(probe_subscribe(b->pool, &conf, &one, NULL));
		assert_int_equal(errno, EINVAL);
	}
	assert_null(b->pool->probes);
}

#define CROWD 40
#define CROWD_BOUND 16

static bool crowd_ran(struct bench *b)
{
	assert_true(b->pool->in_flight <= CROWD_BOUND);
	return b->n_ran >= CROWD;
}

/* 40 probes that each last their timeout, 16 at once: three rounds, everyone served. */
static void test_runs_at_once_are_bounded(void **state)
{
	struct bench *b = *state;
	struct probe_conf conf;
	usec_t begun = mono_now();
	struct server s;

	server_start(&s, &full, 0);
	conf = bench_tcp(s.port);
	conf.timeout = 100 * USEC_PER_MS;
	conf.interval = 60 * USEC_PER_SEC;
	b->pool->in_flight_max = CROWD_BOUND;
	for (int i = 0; i < CROWD; i++) {
		conf.retry_delay++; /* another recipe each */
		assert_non_null(probe_subscribe(b->pool, &conf, &one, NULL));
	}
	bench_run(b, crowd_ran);
	assert_int_equal(b->n_ran, CROWD);
	assert_true(mono_now() - begun >= 3 * conf.timeout);
	assert_int_equal(b->pool->in_flight, 0);
	assert_true(TAILQ_EMPTY(&b->pool->waiting));
	server_stop(&s);
}

/* No descriptor left is no news about the server. */
static void test_our_own_fault_moves_no_verdict(void **state)
{
	struct bench *b = *state;
	struct probe_conf conf = bench_tcp(server_free_port());
	struct rlimit old, low;
	struct probe *p;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	low = old;
	low.rlim_cur = 0;
	p = probe_subscribe(b->pool, &conf, &one, NULL);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
	bench_run(b, bench_ran_once);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	assert_int_equal(b->last_ran.reason, PROBE_R_LOCAL);
	assert_string_equal(b->last_ran.text, "this host cannot connect: Too many open files");
	assert_false(b->last_ran.known);
	assert_int_equal(b->last_ran.failed_in_row, 0);
	assert_int_equal(b->pool->in_flight, 0);
	bench_run(b, bench_told_once); /* and it goes on by itself */
	assert_int_equal(b->told[0].report.reason, PROBE_R_CONNECT_REFUSED);
	probe_unsubscribe(b->pool, p, &one);
}

static unsigned stuck_cancelled;

static void stuck_start(struct probe_run *run)
{
	(void)run;
}

static void stuck_cancel(struct probe_run *run)
{
	(void)run;
	stuck_cancelled++;
}

static void test_watchdog(void **state)
{
	static const struct probe_ops stuck = { .start = stuck_start, .cancel = stuck_cancel };
	struct bench *b = *state;
	struct probe_conf conf = bench_tcp(9);
	struct probe *p;

	conf.timeout = 50 * USEC_PER_MS;
	conf.interval = 60 * USEC_PER_SEC;
	p = probe_subscribe(b->pool, &conf, &one, NULL);
	p->run.ops = &stuck;
	stuck_cancelled = 0;
	bench_run(b, bench_ran_once);
	assert_int_equal(b->last_ran.reason, PROBE_R_OVERDUE);
	assert_string_equal(b->last_ran.text, "the run did not end within 1.1 s");
	assert_true(b->last_ran.latency >= 1100 * USEC_PER_MS);
	assert_false(b->last_ran.known);
	assert_true(b->last_ran.newly_overdue && b->last_ran.overdue == 1);
	assert_int_equal(stuck_cancelled, 1);
	assert_int_equal(b->pool->in_flight, 0);
}

/* ---- words ---- */

static bool told_four_times(struct bench *b)
{
	return b->n_told >= 4;
}

static void expect_line(const char *text, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void expect_line(const char *text, const char *fmt, ...)
{
	char line[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (!strstr(text, line))
		fail_msg("no line \"%s\" in:\n%s", line, text);
}

/* The lines that monitoring greps for. */
static void test_log_lines(void **state)
{
	struct bench *b = *state;
	uint16_t port = server_free_port();
	struct probe_conf tcp = bench_tcp(port), http = bench_http(port, &url, 1);
	char path[] = "/tmp/probe-log-XXXXXX", text[4096] = "";
	int fd = mkstemp(path);
	struct log_target to = { .ident = "test", .file = path, .max = LOG_LVL_DEBUG };
	struct server s;

	assert_true(fd >= 0);
	log_open(&to);
	tcp.retry = http.retry = 1;
	http.fall = 3; /* has the say over retry */
	assert_non_null(probe_subscribe(b->pool, &tcp, &one, NULL));
	assert_non_null(probe_subscribe(b->pool, &http, &two, NULL));
	bench_run(b, bench_told_twice);
	server_start(&s, &ok, port);
	bench_run(b, told_four_times);
	server_stop(&s);
	log_close(USEC_PER_SEC);
	assert_true(read(fd, text, sizeof(text) - 1) > 0);
	close(fd);
	unlink(path);
	expect_line(text, "TCP_CHECK on service [127.0.0.1]:tcp:%u failed after 1 retries. (connection refused)", port);
	expect_line(text, "HTTP_CHECK on service [127.0.0.1]:tcp:%u failed after 2 retries. (connection refused)",
	            port);
	expect_line(text, "TCP connection to [127.0.0.1]:tcp:%u success. (connected)", port);
	expect_line(text, "Remote Web server [127.0.0.1]:tcp:%u succeed on service. (status 200)", port);
}

static void count_probe(void *user, const struct probe_report *r)
{
	unsigned *n = user;

	assert_int_equal(r->subscribers, 1);
	++*n;
}

/* How many began, and how late the latest was. */
static uint64_t begun(const struct bench *b)
{
	const struct late *l = probe_pool_lateness(b->pool);
	uint64_t n = 0;

	for (size_t i = 0; i < LATE_BUCKETS; i++)
		n += l->count[i];
	return n;
}

static bool ran_once(struct bench *b)
{
	return b->n_ran >= 1;
}

static void test_lateness_of_starts(void **state)
{
	struct bench *b = *state;
	struct probe_conf conf = bench_tcp(server_free_port());
	usec_t until;

	conf.warmup = 20 * USEC_PER_MS; /* the first start lies within it */
	assert_non_null(probe_subscribe(b->pool, &conf, &one, NULL));
	assert_int_equal(begun(b), 0);
	until = mono_now() + 40 * USEC_PER_MS;
	while (mono_now() < until) /* the loop has something else to do when it is due */
		;
	bench_run(b, ran_once);
	assert_int_equal(begun(b), b->n_ran);
	assert_true(probe_pool_lateness(b->pool)->max >= 20 * USEC_PER_MS);
	bench_run(b, ran_ten_times);
	assert_in_range(begun(b), b->n_ran, b->n_ran + 1);
}

static void test_each(void **state)
{
	struct bench *b = *state;
	struct probe_conf conf = bench_tcp(9);
	unsigned n = 0;

	conf.warmup = 60 * USEC_PER_SEC;
	for (conf.target.port = 1; conf.target.port <= 5; conf.target.port++)
		assert_non_null(probe_subscribe(b->pool, &conf, &one, NULL));
	probe_pool_each(b->pool, count_probe, &n);
	assert_int_equal(n, 5);
}

#define POOL_TEST(fn) cmocka_unit_test_setup_teardown(fn, bench_setup, bench_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		POOL_TEST(test_down_after_retries_and_up_again), POOL_TEST(test_told_only_of_changes),
		POOL_TEST(test_interval_is_an_upper_bound),      POOL_TEST(test_adopted_down),
		POOL_TEST(test_one_recipe_runs_once),            POOL_TEST(test_another_recipe_is_another_probe),
		POOL_TEST(test_shortest_interval_wins),          POOL_TEST(test_leave_during_a_run),
		POOL_TEST(test_leave_when_told),                 POOL_TEST(test_leave_when_run),
		POOL_TEST(test_what_is_refused),                 POOL_TEST(test_runs_at_once_are_bounded),
		POOL_TEST(test_our_own_fault_moves_no_verdict),  POOL_TEST(test_watchdog),
		POOL_TEST(test_log_lines),                       POOL_TEST(test_lateness_of_starts), POOL_TEST(test_each),
		POOL_TEST(test_flip_unseen_is_not_told),         POOL_TEST(test_many_subscribers),
	};

	netns_try();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
