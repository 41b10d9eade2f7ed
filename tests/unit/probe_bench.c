/*
 * The fixture of probe_bench.h.
 */
#include "config.h"

#include "tests/unit/probe_bench.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static void look(struct bench *b)
{
	if (b->until && b->until(b))
		loop_stop(b->loop);
}

static void on_verdict(void *user, void *subscription, const struct probe_report *r)
{
	struct bench *b = user;
	struct told *t = &b->told[b->n_told];

	assert_true(b->n_told < BENCH_TOLD);
	b->n_told++;
	*t = (struct told){ .subscription = subscription, .report = *r };
	if (b->on_verdict)
		b->on_verdict(b, t);
	look(b);
}

static void on_ran(void *user, const struct probe_report *r)
{
	struct bench *b = user;

	b->n_ran++;
	b->last_ran = *r;
	if (b->on_ran)
		b->on_ran(b, r);
	look(b);
}

static void on_again(void *user)
{
	struct bench *b = user;

	loop_timer_set(b->loop, &b->again, mono_now() + 5 * USEC_PER_MS);
	look(b);
}

static void on_guard(void *user)
{
	struct bench *b = user;

	b->late = true;
	loop_stop(b->loop);
}

static uint64_t script_start(void *self, const struct script_spec *spec, void (*done)(void *user, const struct script_end *end),
                             void *user)
{
	struct bench_script *s = &((struct bench *)self)->script;

	s->started++;
	if (s->refuse) {
		errno = s->refuse;
		return 0;
	}
	snprintf(s->command, sizeof(s->command), "%s %s", spec->argv[0], spec->argv[1] ? spec->argv[1] : "");
	s->uid = spec->uid;
	s->timeout = spec->timeout;
	s->done = done;
	s->user = user;
	return s->id = s->started;
}

static void script_cancel(void *self, uint64_t id)
{
	struct bench_script *s = &((struct bench *)self)->script;

	assert_int_equal(id, s->id);
	s->cancelled++;
	s->id = 0;
}

static void on_look(void *user, enum probe_kind kind, const char *name, struct probe_look *out)
{
	(void)kind, (void)name;
	*out = ((struct bench *)user)->look;
}

static int open_file(void *self, const char *path)
{
	(void)self;
	return open(path, O_RDONLY | O_CLOEXEC);
}

int bench_setup(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));
	const struct probe_observer o = { .verdict = on_verdict, .ran = on_ran, .user = b };

	assert_non_null(b);
	b->loop = loop_new();
	assert_non_null(b->loop);
	b->runner = (struct script_runner){ script_start, script_cancel, b };
	const struct probe_env env = {
		.loop = b->loop, .scripts = &b->runner, .look = on_look, .user = b, .open = open_file
	};

	assert_int_equal(loop_workers_start(b->loop, 1), 0);

	b->pool = probe_pool_new(&env, &o);
	assert_non_null(b->pool);
	loop_timer_init(&b->again, LOOP_QUEUED, on_again, b);
	loop_timer_init(&b->guard, LOOP_QUEUED, on_guard, b);
	*state = b;
	return 0;
}

int bench_teardown(void **state)
{
	struct bench *b = *state;

	probe_pool_free(b->pool);
	loop_timer_stop(b->loop, &b->again);
	loop_timer_stop(b->loop, &b->guard);
	loop_free(b->loop);
	free(b);
	return 0;
}

void bench_run(struct bench *b, bool (*until)(struct bench *b))
{
	if (until(b))
		return;
	b->until = until;
	b->late = false;
	loop_timer_set(b->loop, &b->guard, mono_now() + 60 * USEC_PER_SEC);
	loop_timer_set(b->loop, &b->again, mono_now() + 5 * USEC_PER_MS);
	loop_run(b->loop);
	loop_timer_stop(b->loop, &b->guard);
	loop_timer_stop(b->loop, &b->again);
	b->until = NULL;
	assert_false(b->late);
}

bool bench_ran_once(struct bench *b)
{
	return b->n_ran >= 1;
}

bool bench_told_once(struct bench *b)
{
	return b->n_told >= 1;
}

bool bench_told_twice(struct bench *b)
{
	return b->n_told >= 2;
}

struct probe_conf bench_tcp(uint16_t port)
{
	struct probe_conf c = {
		.kind = PROBE_TCP, .interval = 100 * USEC_PER_MS, .timeout = BENCH_PATIENCE,
		.retry_delay = 20 * USEC_PER_MS,
	};

	c.target.addr = addr_v4(127, 0, 0, 1);
	c.target.port = port;
	return c;
}

struct probe_conf bench_patience(const struct probe_conf *c, const char *text)
{
	struct probe_conf out = *c;

	if (strstr(text, " 0.3 s"))
		out.timeout = 300 * USEC_PER_MS;
	return out;
}

struct probe_conf bench_http(uint16_t port, const struct probe_url *urls, size_t n)
{
	struct probe_conf c = bench_tcp(port);

	c.kind = PROBE_HTTP;
	c.http.urls = urls;
	c.http.n_urls = n;
	return c;
}
