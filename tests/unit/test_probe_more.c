/*
 * The kinds of probe that need no stream: UDP, DNS, PING against sockets on loopback; MISC with scripts that the test
 * ends; FILE and BFD with something to look at. And the small codecs under them.
 */
#include "config.h"

#include "tests/unit/test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/dns.h"
#include "core/base/hex.h"
#include "core/base/text.h"
#include "core/probe/ping_msg.h"
#include "tests/unit/netns.h"
#include "tests/unit/probe_bench.h"

/* ---- hexadecimal ---- */

static void hex_is_read_as_written(void **state)
{
	static const uint8_t bytes[] = { 0xab, 0x12, 0x0f, 0x03, 0x45, 0x06, 0x54, 0x64, 0x43, 0x12, 0x03 };
	uint8_t value[16], mask[16];
	size_t n;

	(void)state;
	assert_true(hex_parse("Ab12f 3 456 546443123", value, NULL, sizeof(value), &n));
	assert_int_equal(n, sizeof(bytes));
	assert_memory_equal(value, bytes, n);
	assert_true(hex_parse("xXa1 x Fx", value, mask, sizeof(value), &n));
	assert_memory_equal(value, "\x00\xa1\x00\xf0", 4);
	assert_memory_equal(mask, "\x00\xff\xf0\xf0", 4);
	assert_false(hex_parse("x1", value, NULL, sizeof(value), &n) || hex_parse("", value, mask, sizeof(value), &n) ||
	             hex_parse(" ", value, mask, sizeof(value), &n) || hex_parse("0g", value, mask, sizeof(value), &n) ||
	             hex_parse("010203", value, mask, 2, &n));
	assert_true(hex_parse("0102", value, mask, 2, &n));
}

/* ---- echo ---- */

static void only_our_echo_is_a_reply(void **state)
{
	struct ping_echo e = { .family = AF_INET, .id = 7, .seq = 9, .nonce = "0123456789abcde" };
	uint8_t wire[PING_MSG_LEN];
	uint32_t sum = 0;
	size_t header;

	(void)state;
	ping_write(&e, wire);
	assert_int_equal(wire[0], 8);
	for (size_t i = 0; i < sizeof(wire); i += 2)
		sum += (uint32_t)(wire[i] << 8 | wire[i + 1]);
	assert_int_equal((sum & 0xffff) + (sum >> 16), 0xffff);
	assert_false(ping_is_reply(&e, true, wire, sizeof(wire))); /* the question itself, as loopback shows it */
	wire[0] = 0;
	assert_true(ping_is_reply(&e, true, wire, sizeof(wire)));
	assert_false(ping_is_reply(&e, true, wire, sizeof(wire) - 1));
	for (size_t at = 4; at < sizeof(wire); at++) {
		wire[at] ^= 1;
		assert_int_equal(ping_is_reply(&e, false, wire, sizeof(wire)), at == 4 || at == 5);
		assert_false(ping_is_reply(&e, true, wire, sizeof(wire)));
		wire[at] ^= 1;
	}
	e.family = AF_INET6;
	assert_false(ping_is_reply(&e, true, wire, sizeof(wire)));
	wire[0] = 129;
	assert_true(ping_is_reply(&e, true, wire, sizeof(wire)));
	assert_false(ping_skip_ip4("\x60", 20, &header));
	assert_true(ping_skip_ip4("\x46..................................", 24, &header) && header == 24);
	assert_false(ping_skip_ip4("\x46..................................", 23, &header));
	assert_false(ping_skip_ip4("\x44..................................", 23, &header));
}

/* ---- a server of datagrams ---- */

struct dgram_server {
	struct loop_io io;
	int fd;
	uint16_t port;
	uint8_t asked[512], reply[512];
	size_t asked_len, reply_len; /* reply_len 0: silent */
	bool dns; /* the reply is what follows the question, its id and question put before it */
	uint8_t flags_lo;
	unsigned strays; /* sent before the reply */
	unsigned n_asked;
};

static void server_answer(struct dgram_server *s, const struct sockaddr *to, socklen_t len)
{
	uint8_t out[1024];
	size_t n = 0;

	if (s->dns) {
		memcpy(out, s->asked, s->asked_len);
		n = s->asked_len;
		out[2] = s->flags_lo == 2 ? 0x83 : 0x81;
		out[3] = s->flags_lo == 2 ? 0 : s->flags_lo;
		out[7] = s->reply_len > 0;
	}
	memcpy(out + n, s->reply, s->reply_len);
	for (; s->strays; s->strays--) {
		out[0] ^= 0x55;
		sendto(s->fd, out, n + s->reply_len, 0, to, len);
		out[0] ^= 0x55;
	}
	if (n + s->reply_len)
		sendto(s->fd, out, n + s->reply_len, 0, to, len);
}

static void server_readable(void *user, unsigned events)
{
	struct dgram_server *s = user;
	struct sockaddr_storage from;
	socklen_t len = sizeof(from);
	ssize_t n = recvfrom(s->fd, s->asked, sizeof(s->asked), 0, (struct sockaddr *)&from, &len);

	(void)events;
	if (n < 0)
		return;
	s->asked_len = (size_t)n;
	s->n_asked++;
	server_answer(s, (struct sockaddr *)&from, len);
}

static void server_open(struct bench *b, struct dgram_server *s)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t len = sizeof(in);

	s->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	assert_true(s->fd >= 0);
	assert_int_equal(bind(s->fd, (struct sockaddr *)&in, sizeof(in)), 0);
	assert_int_equal(getsockname(s->fd, (struct sockaddr *)&in, &len), 0);
	s->port = ntohs(in.sin_port);
	loop_io_init(&s->io, LOOP_QUEUED, server_readable, s);
	loop_io_set(b->loop, &s->io, s->fd, LOOP_READ);
}

static void server_close(struct bench *b, struct dgram_server *s)
{
	loop_io_stop(b->loop, &s->io);
	close(s->fd);
}

/* One run of a probe; its report is in b->last_ran. */
static void run_once(struct bench *b, const struct probe_conf *c, enum probe_reason reason, const char *text)
{
	const struct probe_conf conf = bench_patience(c, text);
	int subscription;
	struct probe *p = probe_subscribe(b->pool, &conf, &subscription, NULL);

	assert_non_null(p);
	b->n_told = b->n_ran = 0;
	bench_run(b, bench_ran_once);
	assert_string_equal(b->last_ran.text, text);
	assert_int_equal(b->last_ran.reason, reason);
	probe_unsubscribe(b->pool, p, &subscription);
}

static struct probe_conf conf_of(enum probe_kind kind, uint16_t port)
{
	struct probe_conf c = bench_tcp(port);

	c.kind = kind;
	return c;
}

/* ---- UDP_CHECK ---- */

struct udp_case {
	bool server, require;
	const char *reply;   /* what the server sends; "" nothing */
	const char *pattern; /* in hexadecimal; NULL none */
	uint32_t least, most;
	enum probe_reason reason;
	const char *text;
};

static void udp_counts_as_configured(void **state)
{
	static const struct udp_case cases[] = {
		{ true, false, "", NULL, 0, 255, PROBE_R_OK, "no error within 0.3 s" },
		{ true, false, "pong", NULL, 0, 255, PROBE_R_OK, "a reply of 4 bytes" },
		{ true, false, "pong", NULL, 9, 255, PROBE_R_OK, "a reply of 4 bytes" },
		{ false, false, "", NULL, 0, 255, PROBE_R_CONNECT_REFUSED, "port unreachable: the host says that nobody listens" },
		{ true, true, "", NULL, 0, 255, PROBE_R_RESPONSE_TIMEOUT, "no reply within 0.3 s" },
		{ true, true, "pong", NULL, 0, 255, PROBE_R_OK, "a reply of 4 bytes" },
		{ true, true, "pong", NULL, 5, 255, PROBE_R_MISMATCH, "a reply of 4 bytes, expected 5 to 255" },
		{ true, true, "pong", NULL, 0, 3, PROBE_R_MISMATCH, "a reply of 4 bytes, expected 0 to 3" },
		{ true, true, "pong", "706fxx67", 4, 4, PROBE_R_OK, "a reply of 4 bytes, as expected" },
		{ true, true, "pong", "706f", 0, 255, PROBE_R_OK, "a reply of 4 bytes, as expected" },
		{ true, true, "po", "706f6e67", 0, 255, PROBE_R_OK, "a reply of 2 bytes, as expected" },
		{ true, true, "pong", "706f6x68", 0, 255, PROBE_R_MISMATCH, "byte 3 of the reply is 0x67: not as expected" },
	};
	struct bench *b = *state;

	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		const struct udp_case *c = &cases[i];
		struct dgram_server s = { .reply_len = strlen(c->reply) };
		uint8_t value[16], mask[16];

		memcpy(s.reply, c->reply, s.reply_len);
		server_open(b, &s);
		if (!c->server)
			server_close(b, &s);
		struct probe_conf conf = conf_of(PROBE_UDP, s.port);

		conf.udp = (struct probe_udp){ .payload = { (const uint8_t *)"ping", 4 }, .require_reply = c->require,
			.min_reply = c->least, .max_reply = c->most };
		if (c->pattern) {
			assert_true(hex_parse(c->pattern, value, mask, sizeof(value), &conf.udp.reply.len));
			conf.udp.reply_mask.len = conf.udp.reply.len;
			conf.udp.reply.data = value;
			conf.udp.reply_mask.data = mask;
		}
		run_once(b, &conf, c->reason, c->text);
		if (!c->server)
			continue;
		assert_int_equal(s.asked_len, 4);
		assert_memory_equal(s.asked, "ping", 4);
		server_close(b, &s);
	}
}

/* A socket that was given the very port it asks would hear its own payload. */
static void udp_does_not_answer_itself(void **state)
{
	struct bench *b = *state;
	struct probe_conf conf = conf_of(PROBE_UDP, 40000);

	if (!netns_only_port(40000))
		skip();
	conf.udp = (struct probe_udp){ .payload = { (const uint8_t *)"ping", 4 }, .require_reply = true, .max_reply = 255 };
	run_once(b, &conf, PROBE_R_CONNECT_REFUSED, "port unreachable: the host says that nobody listens");
}

/* There is nothing to connect to: all the waiting is for the answer. */
static void udp_waits_as_for_an_answer(void **state)
{
	struct bench *b = *state;
	struct dgram_server s = { .reply_len = 0 };

	server_open(b, &s);
	struct probe_conf conf = conf_of(PROBE_UDP, s.port);

	conf.timeout = 60 * USEC_PER_SEC;
	conf.answer_timeout = 200 * USEC_PER_MS;
	conf.udp = (struct probe_udp){ .require_reply = true, .max_reply = 255 };
	run_once(b, &conf, PROBE_R_RESPONSE_TIMEOUT, "no reply within 0.2 s");
	conf.udp.require_reply = false;
	run_once(b, &conf, PROBE_R_OK, "no error within 0.2 s");
	server_close(b, &s);
}

static void udp_without_payload_sends_something(void **state)
{
	struct bench *b = *state;
	struct dgram_server s = { .reply = "x", .reply_len = 1 };

	server_open(b, &s);
	struct probe_conf conf = conf_of(PROBE_UDP, s.port);

	conf.udp.max_reply = 255;
	run_once(b, &conf, PROBE_R_OK, "a reply of 1 bytes");
	assert_int_equal(s.asked_len, 32);
	server_close(b, &s);
}

/* ---- DNS_CHECK ---- */

#define A_RECORD "\xc0\x0c\0\x01\0\x01\0\0\0\x3c\0\x04\x0a\0\0\x01"

struct dns_case {
	uint8_t rcode; /* 2: cut short */
	unsigned strays;
	bool record;
	uint32_t want_rcode;
	bool any_rcode;
	const char *address;
	enum probe_reason reason;
	const char *text;
};

static void dns_counts_as_configured(void **state)
{
	static const struct dns_case cases[] = {
		{ 0, 0, true, 0, false, NULL, PROBE_R_OK, "NOERROR, 1 record" },
		{ 0, 0, false, 0, false, NULL, PROBE_R_OK, "NOERROR, 0 records" },
		{ 0, 3, true, 0, false, "10.0.0.1", PROBE_R_OK, "NOERROR, 1 record" },
		{ 0, 0, true, 0, false, "10.0.0.2", PROBE_R_MISMATCH, "no record says 10.0.0.2; 1 there, the first 10.0.0.1" },
		{ 0, 0, false, 0, false, "10.0.0.2", PROBE_R_MISMATCH, "no record says 10.0.0.2; 0 there, the first -" },
		{ 3, 0, false, 0, false, NULL, PROBE_R_REPLY_CODE, "NXDOMAIN, expected NOERROR" },
		{ 3, 0, false, 3, false, NULL, PROBE_R_OK, "NXDOMAIN, 0 records" },
		{ 5, 0, false, 0, true, NULL, PROBE_R_OK, "REFUSED, 0 records" },
		{ 2, 0, false, 0, false, NULL, PROBE_R_CONNECT_REFUSED, "connection refused" }, /* asks again over TCP */
	};
	struct bench *b = *state;

	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		const struct dns_case *c = &cases[i];
		struct dgram_server s = { .dns = true, .flags_lo = c->rcode, .strays = c->strays };

		if (c->record)
			memcpy(s.reply, A_RECORD, s.reply_len = sizeof(A_RECORD) - 1);
		server_open(b, &s);
		struct probe_conf conf = conf_of(PROBE_DNS, s.port);

		conf.dns = (struct probe_dns){ .name = "www.example", .type = DNS_A, .rcode = c->want_rcode, .any_rcode = c->any_rcode,
			.address = c->address };
		run_once(b, &conf, c->reason, c->text);
		server_close(b, &s);
	}
}

static void dns_waits_for_its_own_answer(void **state)
{
	struct bench *b = *state;
	struct dgram_server s = { .reply = "no DNS at all, though long enough for it", .reply_len = 40 };

	server_open(b, &s);
	struct probe_conf conf = conf_of(PROBE_DNS, s.port);

	conf.dns.type = DNS_SOA;
	run_once(b, &conf, PROBE_R_RESPONSE_TIMEOUT, "no answer within 0.3 s");
	server_close(b, &s);
	run_once(b, &conf, PROBE_R_CONNECT_REFUSED, "port unreachable: the host says that nobody listens");
}

/* ---- PING_CHECK ---- */

static void ping_hears_loopback(void **state)
{
	struct bench *b = *state;
	struct probe_conf conf = conf_of(PROBE_PING, 0);
	int subscription;
	struct probe *p = probe_subscribe(b->pool, &conf, &subscription, NULL);

	assert_non_null(p);
	bench_run(b, bench_ran_once);
	if (b->last_ran.reason == PROBE_R_LOCAL) /* neither a ping socket nor a raw one is allowed here */
		skip();
	assert_int_equal(b->last_ran.reason, PROBE_R_OK);
	probe_unsubscribe(b->pool, p, &subscription);
}

/* ---- MISC_CHECK ---- */

struct misc_case {
	struct script_end end;
	bool dynamic;
	enum probe_reason reason;
	const char *text;
	struct probe_weight weight;
};

static bool script_runs(struct bench *b)
{
	return b->script.id != 0;
}

static struct probe_conf conf_misc(bool dynamic)
{
	static const char *const argv[] = { "/bin/check", "me" };
	struct probe_conf c = conf_of(PROBE_MISC, 0);

	memset(&c.target, 0, sizeof(c.target));
	c.misc = (struct probe_misc){ .argv = { argv, 2 }, .uid = 12, .timeout = 2 * USEC_PER_SEC, .dynamic = dynamic };
	return c;
}

static void misc_takes_the_exit_status(void **state)
{
	static const struct misc_case cases[] = {
		{ { SCRIPT_EXITED, 0, 0 }, false, PROBE_R_OK, "exit status 0", { 0, 0 } },
		{ { SCRIPT_EXITED, 1, 0 }, false, PROBE_R_SAYS_DOWN, "exit status 1", { 0, 0 } },
		{ { SCRIPT_EXITED, 7, 0 }, false, PROBE_R_SAYS_DOWN, "exit status 7", { 0, 0 } },
		{ { SCRIPT_EXITED, 0, 0 }, true, PROBE_R_OK, "exit status 0", { 0, 0 } },
		{ { SCRIPT_EXITED, 1, 0 }, true, PROBE_R_SAYS_DOWN, "exit status 1", { 0, 0 } },
		{ { SCRIPT_EXITED, 2, 0 }, true, PROBE_R_OK, "exit status 2: weight 0", { PROBE_WEIGHT_SET, 0 } },
		{ { SCRIPT_EXITED, 255, 0 }, true, PROBE_R_OK, "exit status 255: weight 253", { PROBE_WEIGHT_SET, 253 } },
		{ { SCRIPT_KILLED, 11, 0 }, true, PROBE_R_SAYS_DOWN, "the script was killed by signal 11", { 0, 0 } },
		{ { SCRIPT_TIMED_OUT, 0, 0 }, false, PROBE_R_SCRIPT_TIMEOUT, "the script still ran after 2.0 s", { 0, 0 } },
		{ { SCRIPT_NOT_RUN, EACCES, 0 }, false, PROBE_R_LOCAL, "this host cannot run the script: Permission denied", { 0, 0 } },
	};
	struct bench *b = *state;

	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		const struct misc_case *c = &cases[i];
		struct probe_conf conf = conf_misc(c->dynamic);
		int subscription;
		struct probe *p = probe_subscribe(b->pool, &conf, &subscription, NULL);

		assert_non_null(p);
		b->n_told = b->n_ran = 0;
		bench_run(b, script_runs);
		assert_string_equal(b->script.command, "/bin/check me");
		assert_true(b->script.uid == 12 && b->script.timeout == 2 * USEC_PER_SEC);
		b->script.id = 0;
		b->script.done(b->script.user, &c->end);
		assert_string_equal(b->last_ran.text, c->text);
		assert_int_equal(b->last_ran.reason, c->reason);
		assert_int_equal(b->last_ran.weight.how, c->weight.how);
		assert_int_equal(b->last_ran.weight.value, c->weight.value);
		probe_unsubscribe(b->pool, p, &subscription);
	}
	assert_int_equal(b->script.cancelled, 0);
}

static void misc_ends_with_its_probe(void **state)
{
	struct bench *b = *state;
	struct probe_conf conf = conf_misc(false);
	int subscription;
	struct probe *p = probe_subscribe(b->pool, &conf, &subscription, NULL);

	assert_non_null(p);
	bench_run(b, script_runs);
	probe_unsubscribe(b->pool, p, &subscription);
	assert_int_equal(b->script.cancelled, 1);
	b->script.refuse = EAGAIN;
	b->n_ran = 0;
	run_once(b, &conf, PROBE_R_LOCAL, "this host cannot run the script: Resource temporarily unavailable");
}

/* ---- FILE_CHECK, BFD_CHECK ---- */

struct file_case {
	int64_t value;
	int32_t weight;
	bool reverse;
	enum probe_reason reason;
	struct probe_weight gives;
};

static void file_moves_the_weight(void **state)
{
	static const struct file_case cases[] = {
		{ 0, 0, false, PROBE_R_OK, { 0, 0 } },
		{ 5, 0, false, PROBE_R_SAYS_DOWN, { 0, 0 } },
		{ 5, 0, true, PROBE_R_OK, { 0, 0 } },
		{ 0, 0, true, PROBE_R_SAYS_DOWN, { 0, 0 } },
		{ 5, 1, false, PROBE_R_OK, { PROBE_WEIGHT_ADD, 5 } },
		{ 5, -3, false, PROBE_R_OK, { PROBE_WEIGHT_ADD, -15 } },
		{ 5, -3, true, PROBE_R_OK, { PROBE_WEIGHT_ADD, 15 } },
		{ 0, 4, false, PROBE_R_OK, { PROBE_WEIGHT_NONE, 0 } },
		{ 2147483646, -1, false, PROBE_R_OK, { PROBE_WEIGHT_ADD, -2147483646 } },
		{ 2147483647, -1, false, PROBE_R_SAYS_DOWN, { 0, 0 } },
		{ 2147483647, 2147483647, true, PROBE_R_SAYS_DOWN, { 0, 0 } },
		{ INT64_MIN, 2147483647, false, PROBE_R_SAYS_DOWN, { 0, 0 } },
		{ INT64_MIN, -2, false, PROBE_R_OK, { PROBE_WEIGHT_ADD, 2147483647 } },
		{ INT64_MIN, 1, true, PROBE_R_OK, { PROBE_WEIGHT_ADD, 2147483647 } },
	};
	struct bench *b = *state;

	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		struct probe_conf conf = conf_of(PROBE_FILE, 0);
		char text[96];
		size_t n = 0;

		memset(&conf.target, 0, sizeof(conf.target));
		conf.file = (struct probe_file){ .name = "f", .weight = cases[i].weight, .reverse = cases[i].reverse };
		b->look = (struct probe_look){ .there = true, .known = true, .value = cases[i].value };
		text_append(text, sizeof(text), &n, "the file says %lld", (long long)cases[i].value);
		if (cases[i].weight && cases[i].reason == PROBE_R_OK)
			text_append(text, sizeof(text), &n, ": %+d to the weight", cases[i].gives.value);
		else if (cases[i].weight)
			text_append(text, sizeof(text), &n, ": no weight can hold that");
		run_once(b, &conf, cases[i].reason, text);
		assert_int_equal(b->last_ran.weight.how, cases[i].gives.how);
		assert_int_equal(b->last_ran.weight.value, cases[i].gives.value);
	}
}

static bool ran_twice(struct bench *b)
{
	return b->n_ran == 2;
}

/* Nothing known yet moves no verdict; what changes is seen at once, not after the interval. */
static void bfd_is_seen_at_once(void **state)
{
	struct bench *b = *state;
	struct probe_conf conf = conf_of(PROBE_BFD, 0);
	int subscription;

	memset(&conf.target, 0, sizeof(conf.target));
	conf.bfd.name = "peer";
	conf.interval = 3600 * USEC_PER_SEC;
	b->look = (struct probe_look){ .there = true, .text = "nothing heard from the neighbor" };
	struct probe *p = probe_subscribe(b->pool, &conf, &subscription, NULL);

	assert_non_null(p);
	bench_run(b, bench_ran_once);
	assert_int_equal(b->last_ran.reason, PROBE_R_NONE);
	assert_false(b->last_ran.known);
	probe_looked_changed(b->pool, PROBE_FILE, "peer");
	probe_looked_changed(b->pool, PROBE_BFD, "other");
	b->look = (struct probe_look){ .there = true, .known = true, .up = true, .text = "heard both ways" };
	probe_looked_changed(b->pool, PROBE_BFD, "peer");
	bench_run(b, ran_twice);
	assert_true(b->last_ran.known && b->last_ran.up);
	assert_string_equal(b->last_ran.text, "BFD session peer is up: heard both ways");
	b->look.up = false;
	text_copy(b->look.text, sizeof(b->look.text), "control detection time expired");
	b->n_ran = 0;
	probe_looked_changed(b->pool, PROBE_BFD, "peer");
	bench_run(b, bench_ran_once);
	assert_int_equal(b->last_ran.reason, PROBE_R_SAYS_DOWN);
	assert_string_equal(b->last_ran.text, "BFD session peer is down: control detection time expired");
	probe_unsubscribe(b->pool, p, &subscription);
	b->look.there = false;
	run_once(b, &conf, PROBE_R_NOT_THERE, "there is no peer");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hex_is_read_as_written),
		cmocka_unit_test(only_our_echo_is_a_reply),
		cmocka_unit_test_setup_teardown(udp_counts_as_configured, bench_setup, bench_teardown),
		cmocka_unit_test_setup_teardown(udp_waits_as_for_an_answer, bench_setup, bench_teardown),
		cmocka_unit_test_setup_teardown(udp_without_payload_sends_something, bench_setup, bench_teardown),
		cmocka_unit_test_setup_teardown(dns_counts_as_configured, bench_setup, bench_teardown),
		cmocka_unit_test_setup_teardown(dns_waits_for_its_own_answer, bench_setup, bench_teardown),
		cmocka_unit_test_setup_teardown(ping_hears_loopback, bench_setup, bench_teardown),
		cmocka_unit_test_setup_teardown(misc_takes_the_exit_status, bench_setup, bench_teardown),
		cmocka_unit_test_setup_teardown(misc_ends_with_its_probe, bench_setup, bench_teardown),
		cmocka_unit_test_setup_teardown(file_moves_the_weight, bench_setup, bench_teardown),
		cmocka_unit_test_setup_teardown(bfd_is_seen_at_once, bench_setup, bench_teardown),
		cmocka_unit_test_setup_teardown(udp_does_not_answer_itself, bench_setup, bench_teardown), /* the last: no other port is left */
	};

	netns_try();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
