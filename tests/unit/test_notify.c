/* Lines of FIFOs, what a full FIFO does, and the order in which scripts are run. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/addr.h"
#include "core/base/text.h"
#include "core/notify/fifo.h"
#include "core/notify/lines.h"
#include "core/notify/queue.h"
#include "tests/unit/loop_fixture.h"

/* ---- lines ---- */

static void make_key(struct server_key *k, const char *service, uint32_t mark, const char *server, uint8_t protocol)
{
	memset(k, 0, sizeof(*k));
	if (mark == 0)
		assert_true(addr_parse(service, &k->service.addr));
	k->service.fwmark = mark;
	k->service.protocol = mark ? 0 : protocol;
	k->service.port = mark ? 0 : 80;
	assert_true(addr_parse(server, &k->server.addr));
	k->service.family = k->server.addr.family;
	k->server.port = 8080;
}

static void test_lines(void **unused)
{
	char line[LINE_MAX_LEN];
	struct server_key k;

	(void)unused;
	assert_int_equal(line_vrrp(line, false, "VI_1", "MASTER", 100), strlen("INSTANCE \"VI_1\" MASTER 100\n"));
	assert_string_equal(line, "INSTANCE \"VI_1\" MASTER 100\n");
	line_vrrp(line, true, "G 1", "FAULT", 0);
	assert_string_equal(line, "GROUP \"G 1\" FAULT 0\n");
	line_vrrp(line, false, "x\" MASTER 255\nINSTANCE \"y", "BACKUP", 1);
	assert_string_equal(line, "INSTANCE \"x_ MASTER 255_INSTANCE _y\" BACKUP 1\n");
	make_key(&k, "192.0.2.1", 0, "10.0.0.1", IPPROTO_TCP);
	line_server(line, &k, false);
	assert_string_equal(line, "RS [10.0.0.1]:tcp:8080 [192.0.2.1]:tcp:80 DOWN\n");
	line_service(line, &k.service, true);
	assert_string_equal(line, "VS [192.0.2.1]:tcp:80 UP\n");
	make_key(&k, "2001:db8::1", 0, "2001:db8::2", IPPROTO_UDP);
	line_server(line, &k, true);
	assert_string_equal(line, "RS [2001:db8::2]:udp:8080 [2001:db8::1]:udp:80 UP\n");
	make_key(&k, "", 7, "10.0.0.1", IPPROTO_TCP);
	line_service(line, &k.service, false);
	assert_string_equal(line, "VS FWM 7 DOWN\n");
}

/* ---- FIFOs ---- */

static void test_full_fifo(void **unused)
{
	char line[LINE_MAX_LEN], got[LINE_MAX_LEN];
	struct fifo f = { .fd = -1, .path = "/test" };
	size_t n = line_vrrp(line, false, "VI_1", "MASTER", 100);
	int ends[2];
	unsigned written = 0;

	(void)unused;
	fifo_write(&f, line, n, 1);
	assert_int_equal(f.dropped, 1);
	assert_int_equal(pipe2(ends, O_NONBLOCK | O_CLOEXEC), 0);
	f.fd = ends[1];
	while (f.dropped == 1 && written < 1000000) {
		fifo_write(&f, line, n, 2);
		written++;
	}
	assert_int_equal(f.dropped, 2);
	for (unsigned i = 1; i < written; i++) { /* no line is cut */
		assert_int_equal(read(ends[0], got, n), (ssize_t)n);
		assert_memory_equal(got, line, n);
	}
	assert_int_equal(read(ends[0], got, n), -1);
	close(ends[0]);
	close(ends[1]);
}

/* ---- queues, with a runner that runs nothing ---- */

struct fake {
	void (*done[8])(void *user, const struct script_end *end);
	void *user[8];
	size_t running, cancelled, refuse; /* refuse: an errno */
	const char *refused;    /* the program that it is for; NULL: every one */
	char log[4096];
	size_t n;
};

static uint64_t fake_start(void *self, const struct script_spec *spec, void (*done)(void *user, const struct script_end *end), void *user)
{
	struct fake *f = self;

	if (f->refuse && (!f->refused || strcmp(f->refused, spec->argv[0]) == 0)) {
		errno = (int)f->refuse;
		return 0;
	}
	assert_true(f->running < N_ELEMENTS(f->done));
	f->done[f->running] = done;
	f->user[f->running++] = user;
	text_append(f->log, sizeof(f->log), &f->n, "%s", spec->argv[0]);
	for (size_t i = 1; spec->argv[i]; i++)
		text_append(f->log, sizeof(f->log), &f->n, ",%s", spec->argv[i]);
	text_append(f->log, sizeof(f->log), &f->n, ";");
	return f->running;
}

static void fake_cancel(void *self, uint64_t id)
{
	struct fake *f = self;

	assert_true(id > 0 && id <= f->running);
	f->cancelled++;
}

static void end_one(struct fake *f, size_t i, enum script_outcome o)
{
	const struct script_end e = { .outcome = o };
	void (*done)(void *user, const struct script_end *end) = f->done[i];
	void *user = f->user[i];

	f->running--;
	for (; i < f->running; i++) {
		f->done[i] = f->done[i + 1];
		f->user[i] = f->user[i + 1];
	}
	done(user, &e);
}

static void push(struct script_queues *q, const char *object, const char *what)
{
	char word[32];
	const char *argv[] = { word, "arg", NULL };
	const struct script_spec spec = { .argv = argv, .timeout = 1 };

	text_copy(word, sizeof(word), what);
	script_queues_push(q, object, &spec);
	memset(word, 'x', sizeof(word)); /* it was copied */
}

static void count(void *user)
{
	++*(int *)user;
}

static void test_order(void **state)
{
	struct fake f = { .running = 0 };
	const struct script_runner runner = { fake_start, fake_cancel, &f };
	struct script_queues *q = script_queues_new(*state, &runner);
	int idle = 0;

	push(q, "A", "a1");
	push(q, "A", "a2");
	push(q, "B", "b1");
	push(q, "A", "a3");
	script_queues_when_idle(q, count, &idle);
	assert_string_equal(f.log, "a1,arg;b1,arg;");
	end_one(&f, 0, SCRIPT_TIMED_OUT);
	assert_string_equal(f.log, "a1,arg;b1,arg;a2,arg;");
	end_one(&f, 0, SCRIPT_EXITED);
	end_one(&f, 0, SCRIPT_KILLED);
	assert_string_equal(f.log, "a1,arg;b1,arg;a2,arg;a3,arg;");
	assert_int_equal(idle, 0);
	end_one(&f, 0, SCRIPT_EXITED);
	assert_int_equal(idle, 1);
	push(q, "A", "a4"); /* told once only */
	end_one(&f, 0, SCRIPT_EXITED);
	assert_int_equal(idle, 1);
	script_queues_free(q);
}

static void test_overflow(void **state)
{
	struct fake f = { .running = 0 };
	const struct script_runner runner = { fake_start, fake_cancel, &f };
	struct script_queues *q = script_queues_new(*state, &runner);
	struct script_queues_stats stats;
	char name[16];

	for (int i = 0; i < QUEUE_WAITING_MAX + 5; i++) {
		snprintf(name, sizeof(name), "s%d", i);
		push(q, "A", name);
	}
	script_queues_get_stats(q, &stats);
	assert_int_equal(stats.left_out, 5);
	end_one(&f, 0, SCRIPT_EXITED);
	assert_string_equal(f.log, "s0,arg;s6,arg;"); /* s1 to s5 are long past; the last ones are told */
	for (int i = 0; i < QUEUE_WAITING_MAX - 1; i++)
		end_one(&f, 0, SCRIPT_EXITED);
	assert_non_null(strstr(f.log, "s20,arg;"));
	script_queues_get_stats(q, &stats);
	assert_int_equal(stats.objects, 0);
	assert_int_equal(stats.run, QUEUE_WAITING_MAX);
	script_queues_free(q);
}

static void test_refused(void **state)
{
	struct fake f = { .refuse = EPIPE };
	const struct script_runner runner = { fake_start, fake_cancel, &f };
	struct script_queues *q = script_queues_new(*state, &runner);
	struct script_queues_stats stats;

	push(q, "A", "a1");
	script_queues_get_stats(q, &stats);
	assert_int_equal(stats.objects, 0);
	assert_int_equal(stats.failed, 1);
	f.refuse = EAGAIN; /* too many at once: later */
	push(q, "A", "a2");
	run_for(*state, 150 * USEC_PER_MS);
	assert_string_equal(f.log, "");
	f.refuse = 0;
	for (int i = 0; f.running == 0 && i < 100; i++)
		run_for(*state, 20 * USEC_PER_MS);
	assert_string_equal(f.log, "a2,arg;");
	push(q, "A", "a3");
	script_queues_free(q); /* with one that runs and one that waits */
	assert_int_equal(f.cancelled, 1);
}

/* What cannot be run is passed over; what waits behind it is told all the same. */
static void test_refused_between(void **state)
{
	struct fake f = { .refuse = ENOENT, .refused = "a2" };
	const struct script_runner runner = { fake_start, fake_cancel, &f };
	struct script_queues *q = script_queues_new(*state, &runner);
	struct script_queues_stats stats;

	push(q, "A", "a1");
	push(q, "A", "a2");
	push(q, "A", "a3");
	end_one(&f, 0, SCRIPT_EXITED);
	assert_string_equal(f.log, "a1,arg;a3,arg;");
	end_one(&f, 0, SCRIPT_EXITED);
	script_queues_get_stats(q, &stats);
	assert_int_equal(stats.failed, 1);
	assert_int_equal(stats.run, 3);
	assert_int_equal(stats.objects, 0);
	script_queues_free(q);
}

/* Too many at once for several objects: each gets its turn, not only the first. */
static void test_refused_for_several(void **state)
{
	struct fake f = { .refuse = EAGAIN };
	const struct script_runner runner = { fake_start, fake_cancel, &f };
	struct script_queues *q = script_queues_new(*state, &runner);

	push(q, "A", "a1");
	push(q, "B", "b1");
	push(q, "C", "c1");
	f.refuse = 0;
	for (int i = 0; f.running == 0 && i < 100; i++)
		run_for(*state, 20 * USEC_PER_MS);
	assert_int_equal(f.running, 3);
	script_queues_free(q);
}

/* ---- many at once ---- */

#define MANY 150
#define EACH 4
#define ROOM 16

struct crowd {
	struct {
		void (*done)(void *user, const struct script_end *end);
		void *user;
		int object;
	} slot[ROOM];
	size_t running;
	int told[MANY]; /* the last one of each, from 1 */
	bool runs[MANY];
	unsigned refused, parallel, disordered;
};

static uint64_t crowd_start(void *self, const struct script_spec *spec, void (*done)(void *user, const struct script_end *end), void *user)
{
	struct crowd *c = self;
	int object = atoi(spec->argv[0]), n = atoi(spec->argv[1]);

	if (c->running == ROOM) {
		c->refused++;
		errno = EAGAIN;
		return 0;
	}
	assert_int_equal(spec->timeout, 60 * USEC_PER_SEC); /* the limit comes along */
	c->parallel += c->runs[object];
	c->disordered += n != c->told[object] + 1;
	c->runs[object] = true;
	c->told[object] = n;
	c->slot[c->running].done = done;
	c->slot[c->running].user = user;
	c->slot[c->running].object = object;
	return ++c->running;
}

static void crowd_end(struct crowd *c, size_t i)
{
	static const enum script_outcome outcomes[] = { SCRIPT_EXITED, SCRIPT_TIMED_OUT, SCRIPT_KILLED };
	const struct script_end e = { .outcome = outcomes[i % N_ELEMENTS(outcomes)] };
	void (*done)(void *user, const struct script_end *end) = c->slot[i].done;
	void *user = c->slot[i].user;

	c->runs[c->slot[i].object] = false;
	c->slot[i] = c->slot[--c->running];
	done(user, &e);
}

/*
 * A group of 150 instances moves, again and again, and there is room for 16 scripts: each instance is told all, in order, and never by
 * two scripts at once, whoever ends first and however (within their limit or by it).
 */
static void test_crowd(void **state)
{
	struct crowd c = { .running = 0 };
	const struct script_runner runner = { crowd_start, fake_cancel, &c };
	struct script_queues *q = script_queues_new(*state, &runner);
	int idle = 0;

	for (int n = 1; n <= EACH; n++)
		for (int o = 0; o < MANY; o++) {
			char object[16], number[16];
			const char *argv[] = { object, number, NULL };
			const struct script_spec spec = { .argv = argv, .timeout = 60 * USEC_PER_SEC };

			snprintf(object, sizeof(object), "%d", o);
			snprintf(number, sizeof(number), "%d", n);
			script_queues_push(q, object, &spec);
		}
	script_queues_when_idle(q, count, &idle);
	assert_int_equal(c.running, ROOM);
	for (unsigned turn = 0; idle == 0; turn++) {
		assert_true(turn < 10000);
		while (c.running > 0)
			crowd_end(&c, (turn * 7 + c.running) % c.running);
		if (idle == 0)
			run_for(*state, 20 * USEC_PER_MS);
	}
	for (int o = 0; o < MANY; o++)
		assert_int_equal(c.told[o], EACH);
	assert_int_equal(c.parallel, 0);
	assert_int_equal(c.disordered, 0);
	assert_true(c.refused > 0);
	script_queues_free(q);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_full_fifo),
		cmocka_unit_test_setup_teardown(test_order, setup, teardown),
		cmocka_unit_test_setup_teardown(test_crowd, setup, teardown),
		cmocka_unit_test_setup_teardown(test_overflow, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refused_between, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refused_for_several, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
