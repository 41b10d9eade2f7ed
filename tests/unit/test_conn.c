/* Connections against local listeners that answer, close, reset, or say nothing. */
#include "config.h"

#include "tests/unit/netns.h"
#include "tests/unit/test.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "core/loop/conn.h"

struct fixture {
	struct loop *loop;
	int listener;
	struct endpoint at; /* the listener's */
};

/* What one connection told. */
struct log {
	struct fixture *f;
	struct conn *c;
	char events[64]; /* a letter each: C D E X T */
	size_t n_events, bytes;
	char data[64];
	int err;
	enum conn_phase phase;
	char close_at;   /* close at this event, 0: when over */
	const char *hello;
	size_t big;      /* send so many bytes once connected */
	bool fill;       /* send until no more is taken: so many it were */
	size_t sent;
};

enum { PIECE = 1000, PERIOD = 251 };

/* Pieces of one long text, each byte of which says where it belongs. */
static void fill(struct log *g, struct conn *c)
{
	uint8_t piece[PIECE];

	do {
		for (size_t i = 0; i < PIECE; i++)
			piece[i] = (uint8_t)((g->sent + i) % PERIOD);
		g->sent += PIECE;
	} while (conn_send(c, piece, PIECE));
	g->sent -= PIECE;
}

static const char letters[] = "CDEXT";

static void on_event(void *user, struct conn *c, enum conn_event ev, const void *data, size_t len, int err)
{
	struct log *g = user;
	char letter = letters[ev];

	g->phase = conn_phase(c);
	if (g->n_events < sizeof(g->events) - 1 && (ev != CONN_DATA || g->bytes == 0))
		g->events[g->n_events++] = letter;
	if (ev == CONN_DATA && g->bytes + len < sizeof(g->data))
		memcpy(g->data + g->bytes, data, len);
	if (ev == CONN_DATA)
		g->bytes += len;
	g->err = err;
	if (ev == CONN_CONNECTED && g->hello)
		assert_true(conn_send(c, g->hello, strlen(g->hello)));
	if (ev == CONN_CONNECTED && g->big) {
		char *big = calloc(1, g->big);

		assert_non_null(big);
		assert_true(conn_send(c, big, g->big));
		assert_false(conn_send(c, big, 64 * 1024 + 1));
		free(big);
	}
	if (ev == CONN_CONNECTED && g->fill)
		fill(g, c);
	if (letter == g->close_at || (!g->close_at && ev >= CONN_EOF)) {
		conn_close(c);
		g->c = NULL;
		loop_stop(g->f->loop);
	}
}

static void on_guard(void *user)
{
	(void)user;
	fail_msg("nothing happened for 20 s");
}

static void run(struct loop *l)
{
	struct loop_timer guard;

	loop_timer_init(&guard, LOOP_QUEUED, on_guard, NULL);
	loop_timer_set(l, &guard, mono_now() + 20 * USEC_PER_SEC);
	loop_run(l);
	loop_timer_stop(l, &guard);
}

static int listen_here(struct endpoint *at, int backlog)
{
	struct endpoint any = { .addr = addr_v4(127, 0, 0, 1) };
	struct sockaddr_storage ss;
	socklen_t len = addr_to_sockaddr(&any, &ss);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&ss, len), 0);
	assert_int_equal(listen(fd, backlog), 0);
	len = sizeof(ss);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&ss, &len), 0);
	assert_true(addr_from_sockaddr((struct sockaddr *)&ss, at));
	return fd;
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->loop = loop_new();
	assert_non_null(f->loop);
	f->listener = listen_here(&f->at, 16);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	close(f->listener);
	loop_free(f->loop);
	free(f);
	return 0;
}

static void open_to(struct fixture *f, struct log *g, usec_t patience)
{
	struct conn_opts o = { .to = f->at, .deadline = mono_now() + patience };

	g->f = f;
	g->c = conn_open(f->loop, &o, on_event, g);
	assert_non_null(g->c);
}

/* The server's side: one connection, served when it is there. */
struct server {
	struct fixture *f;
	struct loop_io accept, io;
	int fd;
	void (*serve)(struct server *s, unsigned events);
	size_t received;
	const size_t *expected; /* serve_filled(): so many will come */
};

static void on_server_io(void *user, unsigned events)
{
	struct server *s = user;

	s->serve(s, events);
}

static void on_accept(void *user, unsigned events)
{
	struct server *s = user;

	(void)events;
	s->fd = accept4(s->f->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	assert_true(s->fd >= 0);
	loop_io_set(s->f->loop, &s->io, s->fd, LOOP_READ);
}

static void server_start(struct server *s, struct fixture *f, void (*serve)(struct server *, unsigned))
{
	*s = (struct server){ .f = f, .fd = -1, .serve = serve };
	loop_io_init(&s->accept, LOOP_QUEUED, on_accept, s);
	loop_io_init(&s->io, LOOP_QUEUED, on_server_io, s);
	loop_io_set(f->loop, &s->accept, f->listener, LOOP_READ);
}

static void server_hang_up(struct server *s)
{
	if (s->fd < 0)
		return;
	loop_io_stop(s->f->loop, &s->io);
	close(s->fd);
	s->fd = -1;
}

static void server_stop(struct server *s)
{
	loop_io_stop(s->f->loop, &s->accept);
	server_hang_up(s);
}

static void serve_echo_and_close(struct server *s, unsigned events)
{
	char buf[64];
	ssize_t n = recv(s->fd, buf, sizeof(buf), 0);

	(void)events;
	if (n > 0) {
		assert_int_equal(send(s->fd, buf, (size_t)n, 0), n);
		server_hang_up(s);
	}
}

static void serve_reset(struct server *s, unsigned events)
{
	struct linger now = { .l_onoff = 1 };

	(void)events;
	assert_int_equal(setsockopt(s->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now)), 0);
	server_hang_up(s);
}

/* Everything is read before the last word is said: a half close from us must not be needed. */
static void serve_count(struct server *s, unsigned events)
{
	char buf[512];
	ssize_t n = recv(s->fd, buf, sizeof(buf), 0);

	(void)events;
	if (n > 0)
		s->received += (size_t)n;
	if (s->received == 64 * 1024)
		server_hang_up(s);
}

static void serve_filled(struct server *s, unsigned events)
{
	uint8_t buf[4096];
	ssize_t n = recv(s->fd, buf, sizeof(buf), 0);

	(void)events;
	for (ssize_t i = 0; i < n; i++)
		assert_int_equal(buf[i], (s->received + (size_t)i) % PERIOD);
	s->received += n > 0 ? (size_t)n : 0;
	if (s->received == *s->expected)
		server_hang_up(s);
}

static void test_data_and_eof(void **state)
{
	struct log g = { .hello = "GET / HTTP/1.0\r\n\r\n" };
	struct server s;

	server_start(&s, *state, serve_echo_and_close);
	open_to(*state, &g, 10 * USEC_PER_SEC);
	run(s.f->loop);
	assert_string_equal(g.events, "CDE");
	assert_string_equal(g.data, "GET / HTTP/1.0\r\n\r\n");
	assert_int_equal(g.phase, CONN_OPEN);
	server_stop(&s);
}

static void test_reset(void **state)
{
	struct log g = { .hello = "x" };
	struct server s;

	server_start(&s, *state, serve_reset);
	open_to(*state, &g, 10 * USEC_PER_SEC);
	run(s.f->loop);
	assert_string_equal(g.events, "CX");
	assert_int_equal(g.err, ECONNRESET);
	server_stop(&s);
}

/* 64 KiB to a reader of small bites: kept, sent as it takes them, and not one byte more is kept. */
static void test_send_buffer(void **state)
{
	struct log g = { .big = 64 * 1024 };
	struct server s;
	int small = 4096;

	server_start(&s, *state, serve_count);
	assert_int_equal(setsockopt(s.f->listener, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)), 0);
	open_to(*state, &g, 10 * USEC_PER_SEC);
	run(s.f->loop);
	assert_string_equal(g.events, "CE");
	assert_int_equal(s.received, 64 * 1024);
	server_stop(&s);
}

/* What the socket took at once, in part, and later arrives whole and in its order. */
static void test_send_until_full(void **state)
{
	struct log g = { .fill = true };
	struct server s;
	int small = 4096;

	server_start(&s, *state, serve_filled);
	s.expected = &g.sent;
	assert_int_equal(setsockopt(s.f->listener, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)), 0);
	open_to(*state, &g, 10 * USEC_PER_SEC);
	run(s.f->loop);
	assert_string_equal(g.events, "CE");
	assert_true(g.sent > 64 * 1024);
	assert_int_equal(s.received, g.sent);
	server_stop(&s);
}

static void test_refused(void **state)
{
	struct fixture *f = *state;
	struct log g = { 0 };

	close(f->listener);
	f->listener = -1;
	open_to(f, &g, 10 * USEC_PER_SEC);
	assert_string_equal(g.events, ""); /* never from inside conn_open() */
	run(f->loop);
	assert_string_equal(g.events, "X");
	assert_int_equal(g.err, ECONNREFUSED);
	assert_int_equal(g.phase, CONN_CONNECTING);
}

/* The kernel gives a connection to a port of this host just that port to come from: it would be answered by itself. */
static void test_meets_itself(void **state)
{
	struct fixture *f = *state;
	struct log g = { 0 };

	close(f->listener);
	f->listener = -1;
	f->at.port = 40000;
	if (!netns_only_port(f->at.port))
		skip();
	open_to(f, &g, 10 * USEC_PER_SEC);
	run(f->loop);
	assert_string_equal(g.events, "X");
	assert_int_equal(g.err, ECONNREFUSED);
}

/* Nobody accepts and the backlog is full: the connect itself times out. */
static void test_connect_timeout(void **state)
{
	struct fixture *f = *state;
	struct log fill[3] = { 0 }, g = { 0 };
	usec_t start;

	close(f->listener);
	f->listener = listen_here(&f->at, 0);
	for (int i = 0; i < 3; i++)
		open_to(f, &fill[i], 10 * USEC_PER_SEC);
	start = mono_now();
	open_to(f, &g, 50 * USEC_PER_MS);
	run(f->loop);
	assert_string_equal(g.events, "T");
	assert_int_equal(g.phase, CONN_CONNECTING);
	assert_true(mono_now() - start >= 50 * USEC_PER_MS);
	for (int i = 0; i < 3; i++)
		conn_close(fill[i].c);
}

/* The kernel accepts, nobody answers. */
static void test_answer_timeout(void **state)
{
	struct fixture *f = *state;
	struct log g = { .hello = "hello?" };

	open_to(f, &g, 30 * USEC_PER_MS);
	run(f->loop);
	assert_string_equal(g.events, "CT");
	assert_int_equal(g.phase, CONN_OPEN);
}

static void test_deadline_in_the_past(void **state)
{
	struct fixture *f = *state;
	struct log g = { 0 };

	open_to(f, &g, -USEC_PER_SEC);
	run(f->loop);
	assert_string_equal(g.events + strlen(g.events) - 1, "T");
}

static void test_deadline_moved(void **state)
{
	struct fixture *f = *state;
	struct log g = { 0 };
	usec_t start = mono_now();

	open_to(f, &g, 3600 * USEC_PER_SEC);
	conn_set_deadline(g.c, start + 20 * USEC_PER_MS);
	run(f->loop);
	assert_string_equal(g.events, "CT");
	assert_true(mono_now() - start >= 20 * USEC_PER_MS);
}

static void test_close_in_each_callback(void **state)
{
	struct log at_connect = { .close_at = 'C', .hello = "x" }, at_data = { .close_at = 'D', .hello = "x" };
	struct log before = { 0 };
	struct server s;

	server_start(&s, *state, serve_echo_and_close);
	open_to(*state, &before, USEC_PER_SEC);
	conn_close(before.c);
	conn_close(NULL);
	open_to(*state, &at_connect, 10 * USEC_PER_SEC);
	run(s.f->loop);
	assert_string_equal(at_connect.events, "C");
	server_stop(&s);
	server_start(&s, *state, serve_echo_and_close);
	open_to(*state, &at_data, 10 * USEC_PER_SEC);
	run(s.f->loop);
	assert_string_equal(at_data.events, "CD");
	assert_string_equal(before.events, "");
	server_stop(&s);
}

static void test_no_descriptor_left(void **state)
{
	struct fixture *f = *state;
	struct conn_opts o = { .to = f->at, .deadline = mono_now() + USEC_PER_SEC };
	struct log g = { .f = f };
	struct rlimit old, few;
	int next = fcntl(f->listener, F_DUPFD_CLOEXEC, 0);

	close(next);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	few = (struct rlimit){ .rlim_cur = (rlim_t)next, .rlim_max = old.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	assert_null(conn_open(f->loop, &o, on_event, &g));
	assert_int_equal(errno, EMFILE);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
}

static void test_options(void **state)
{
	struct fixture *f = *state;
	struct conn_opts o = { .to = f->at, .deadline = mono_now() + 10 * USEC_PER_SEC, .fwmark = 7, .bind_if = "lo",
		               .bind = { .addr = addr_v4(127, 0, 0, 9) } };
	struct log g = { .f = f, .close_at = 'C' }, bad = { .f = f };
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	struct endpoint peer;
	int fd;

	g.c = conn_open(f->loop, &o, on_event, &g);
	assert_non_null(g.c);
	run(f->loop);
	assert_string_equal(g.events, "C");
	fd = accept4(f->listener, (struct sockaddr *)&ss, &len, SOCK_CLOEXEC);
	assert_true(fd >= 0);
	assert_true(addr_from_sockaddr((struct sockaddr *)&ss, &peer));
	assert_int_equal(addr_cmp(&peer.addr, &o.bind.addr), 0);
	close(fd);
	memcpy(o.bind_if, "no-such-if", sizeof("no-such-if"));
	bad.c = conn_open(f->loop, &o, on_event, &bad);
	assert_non_null(bad.c);
	run(f->loop);
	assert_string_equal(bad.events, "X");
	assert_int_equal(bad.err, ENODEV);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_data_and_eof, setup, teardown),
		cmocka_unit_test_setup_teardown(test_reset, setup, teardown),
		cmocka_unit_test_setup_teardown(test_send_buffer, setup, teardown),
		cmocka_unit_test_setup_teardown(test_send_until_full, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_connect_timeout, setup, teardown),
		cmocka_unit_test_setup_teardown(test_answer_timeout, setup, teardown),
		cmocka_unit_test_setup_teardown(test_deadline_in_the_past, setup, teardown),
		cmocka_unit_test_setup_teardown(test_deadline_moved, setup, teardown),
		cmocka_unit_test_setup_teardown(test_close_in_each_callback, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_descriptor_left, setup, teardown),
		cmocka_unit_test_setup_teardown(test_options, setup, teardown),
		cmocka_unit_test_setup_teardown(test_meets_itself, setup, teardown), /* the last: it takes the other ports away */
	};

	netns_try();
	return cmocka_run_group_tests_name("conn", tests, NULL, NULL);
}
