/*
 * A loop with a probe pool in it, and a record of all that its observer was told.
 */
#ifndef REGENT_TESTS_PROBE_BENCH_H
#define REGENT_TESTS_PROBE_BENCH_H

#include <stdbool.h>

#include "core/probe/probe.h"

#define BENCH_TOLD 64

/* The script that was started last; the test ends it, if it likes. */
struct bench_script {
	uint64_t id; /* 0: none runs */
	unsigned started, cancelled;
	char command[128];
	uid_t uid;
	usec_t timeout;
	void (*done)(void *user, const struct script_end *end);
	void *user;
	int refuse; /* errno that start() fails with */
};

struct told {
	void *subscription;
	struct probe_report report;
};

struct bench {
	struct loop *loop;
	struct probe_pool *pool;
	struct told told[BENCH_TOLD]; /* verdicts, in order */
	unsigned n_told, n_ran;
	struct probe_report last_ran;
	/* Run until this holds; asked again after each callback and every few milliseconds. */
	bool (*until)(struct bench *b);
	void (*on_verdict)(struct bench *b, const struct told *t); /* NULL: nothing */
	void (*on_ran)(struct bench *b, const struct probe_report *r);
	void *user;
	struct loop_timer again, guard;
	struct script_runner runner;
	struct bench_script script;
	struct probe_look look; /* what every FILE_CHECK and BFD_CHECK sees */
	bool late;
};

int bench_setup(void **state);
int bench_teardown(void **state);
/* Fails the test where the condition does not come to hold within 10 s. */
void bench_run(struct bench *b, bool (*until)(struct bench *b));
bool bench_ran_once(struct bench *b);
bool bench_told_once(struct bench *b);
bool bench_told_twice(struct bench *b);

/* What a busy machine does not use up: for all that is not about a timeout. */
#define BENCH_PATIENCE (20 * USEC_PER_SEC)

/* A probe of 127.0.0.1:port, at once, with that patience and no retry. */
struct probe_conf bench_tcp(uint16_t port);
/* The same, with 0.3 s of patience where `text`, which it is to end with, speaks of them. */
struct probe_conf bench_patience(const struct probe_conf *c, const char *text);
struct probe_conf bench_http(uint16_t port, const struct probe_url *urls, size_t n);

#endif
