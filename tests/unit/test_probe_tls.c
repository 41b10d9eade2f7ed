/*
 * TLS probes against real handshakes: which certificate is good and what is said of one that is not, and that a hostile
 * server costs its own probe's time and a fixed buffer.
 */
#include "config.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "core/base/text.h"
#include "tests/unit/netns.h"
#include "tests/unit/probe_bench.h"
#include "tests/unit/probe_server.h"
#include "tests/unit/tls_server.h"

#define OK "HTTP/1.0 200 OK\r\n\r\n"
#define SLACK (2 * USEC_PER_SEC)
/* Handshakes under the sanitizers on a busy machine take their time. */
#define PATIENCE (20 * USEC_PER_SEC)

static char folder[] = "/tmp/regent-tls-XXXXXX", ca_file[64], cert_file[64], key_file[64];

static void run_once(struct bench *b, const struct probe_conf *c, enum probe_reason reason, const char *text)
{
	int subscription;
	struct probe *p = probe_subscribe(b->pool, c, &subscription, NULL);
	const struct probe_report *r = &b->told[0].report;

	assert_non_null(p);
	b->n_told = b->n_ran = 0;
	bench_run(b, bench_told_once);
	probe_unsubscribe(b->pool, p, &subscription);
	if (r->reason != reason || strncmp(r->text, text, strlen(text)))
		fail_msg("got %s: %s; expected %s: %s", probe_reason_name(r->reason), r->text, probe_reason_name(reason), text);
	assert_true(r->latency < c->timeout + 3 * c->answer_timeout + SLACK);
}

static struct probe_conf ssl_conf(uint16_t port, const struct probe_url *url)
{
	struct probe_conf c = bench_http(port, url, 1);

	c.kind = PROBE_SSL;
	c.tls.on = true;
	c.timeout = c.answer_timeout = PATIENCE;
	return c;
}

static struct probe_url url_make(const char *host)
{
	struct probe_url u;

	memset(&u, 0, sizeof(u));
	text_copy(u.path, sizeof(u.path), "/");
	text_copy(u.virtualhost, sizeof(u.virtualhost), host);
	return u;
}

static void test_certificates(void **state)
{
	static const struct {
		enum tls_cert cert;
		const char *host; /* "" : by address */
		bool sni;
		uint32_t days;
		enum probe_reason reason;
		const char *text;
	} cases[] = {
		{ CERT_GOOD, "www.example.net", true, 0, PROBE_R_OK, "status 200" },
		{ CERT_GOOD, "", false, 14, PROBE_R_OK, "status 200" },
		{ CERT_GOOD, "mail.example.net", true, 0, PROBE_R_CERT_NAME,
		  "name mismatch: certificate is for www.example.net, 127.0.0.1, not mail.example.net" },
		{ CERT_EXPIRED, "www.example.net", true, 0, PROBE_R_CERT_EXPIRED, "certificate expired 2020-02-03" },
		{ CERT_NOT_YET, "www.example.net", true, 0, PROBE_R_CERT_NOT_YET, "certificate is not valid before 2090-01-01" },
		{ CERT_OTHER_NAME, "", false, 0, PROBE_R_CERT_NAME,
		  "name mismatch: certificate is for a.example, b.example, not 127.0.0.1" },
		{ CERT_SELF_SIGNED, "www.example.net", true, 0, PROBE_R_CERT_SELF_SIGNED, "self-signed certificate" },
		{ CERT_SOON, "www.example.net", true, 14, PROBE_R_CERT_ENDS_SOON, "certificate expires 20" },
		{ CERT_SOON, "www.example.net", true, 2, PROBE_R_OK, "status 200" },
		{ CERT_STRANGE_CA, "www.example.net", true, 0, PROBE_R_CERT_UNTRUSTED,
		  "certificate is issued by Odd??[31m CA, which is not known" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct probe_url url = url_make(cases[i].host);
		struct probe_conf conf;
		struct tls_server s;

		tls_server_start(&s, TLS_ANSWER, cases[i].cert, OK);
		conf = ssl_conf(s.port, &url);
		conf.tls.sni = cases[i].sni;
		conf.tls.verify = true;
		conf.tls.verify_ca = ca_file;
		conf.tls.verify_days = cases[i].days;
		run_once(*state, &conf, cases[i].reason, cases[i].text);
		/* Unless it is asked for, nobody looks. */
		conf.tls.verify = false;
		run_once(*state, &conf, PROBE_R_OK, "status 200");
		assert_string_equal(s.sni, cases[i].sni ? cases[i].host : "");
		tls_server_stop(&s);
	}
}

static void test_names_given(void **state)
{
	struct probe_url url = url_make("www.example.net");
	struct probe_conf conf;
	struct tls_server s;

	tls_server_start(&s, TLS_ANSWER, CERT_OTHER_NAME, OK);
	conf = ssl_conf(s.port, &url);
	conf.tls.verify = conf.tls.sni = true;
	conf.tls.verify_ca = ca_file;
	conf.tls.sni_name = "b.example";
	run_once(*state, &conf, PROBE_R_OK, "status 200");
	assert_string_equal(s.sni, "b.example");
	assert_non_null(strstr(s.request, "Host: www.example.net\r\n"));
	conf.tls.sni_name = "c.example";
	conf.tls.verify_name = "a.example";
	run_once(*state, &conf, PROBE_R_OK, "status 200");
	assert_string_equal(s.sni, "c.example");
	tls_server_stop(&s);
}

/* A Host line may have a port, and an address for a name: neither stands so in SNI and in certificates. */
static void test_ports_and_addresses(void **state)
{
	static const struct {
		const char *host, *verify_name, *sni;
		enum probe_reason reason;
		const char *text;
	} cases[] = {
		{ "www.example.net:8443", NULL, "www.example.net", PROBE_R_OK, "status 200" },
		{ "mail.example.net:8443", NULL, "mail.example.net", PROBE_R_CERT_NAME,
		  "name mismatch: certificate is for www.example.net, 127.0.0.1, not mail.example.net" },
		{ "127.0.0.1", NULL, "", PROBE_R_OK, "status 200" },
		{ "127.0.0.1:443", NULL, "", PROBE_R_OK, "status 200" },
		{ "127.0.0.2", NULL, "", PROBE_R_CERT_NAME,
		  "name mismatch: certificate is for www.example.net, 127.0.0.1, not 127.0.0.2" },
		{ "[2001:db8::1]:443", NULL, "", PROBE_R_CERT_NAME,
		  "name mismatch: certificate is for www.example.net, 127.0.0.1, not 2001:db8::1" },
		{ "other.example", "127.0.0.1", "other.example", PROBE_R_OK, "status 200" },
	};
	struct tls_server s;

	tls_server_start(&s, TLS_ANSWER, CERT_GOOD, OK);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct probe_url url = url_make(cases[i].host);
		struct probe_conf conf = ssl_conf(s.port, &url);
		char line[160];

		conf.tls.verify = conf.tls.sni = true;
		conf.tls.verify_ca = ca_file;
		conf.tls.verify_name = cases[i].verify_name;
		run_once(*state, &conf, cases[i].reason, cases[i].text);
		if (cases[i].reason != PROBE_R_OK) /* the server has not got that far */
			continue;
		assert_string_equal(s.sni, cases[i].sni);
		snprintf(line, sizeof(line), "Host: %s\r\n", cases[i].host);
		assert_non_null(strstr(s.request, line));
	}
	tls_server_stop(&s);
}

static void test_own_certificate(void **state)
{
	struct probe_url url = url_make("");
	struct probe_conf conf;
	struct tls_server s;

	tls_server_start(&s, TLS_WANT_CERT, CERT_GOOD, OK);
	conf = ssl_conf(s.port, &url);
	conf.tls.certificate = cert_file;
	conf.tls.key = key_file;
	run_once(*state, &conf, PROBE_R_OK, "status 200");
	conf.tls.certificate = conf.tls.key = NULL;
	run_once(*state, &conf, PROBE_R_TLS, "TLS ");
	tls_server_stop(&s);
}

/* Files that are not there, or not what they should be, are this host's fault: no verdict, but a reason. */
static void test_own_files_wrong(void **state)
{
	struct bench *b = *state;
	struct probe_url url = url_make("");
	struct probe_conf conf;
	struct tls_server s;
	int subscription;
	struct probe *p;

	tls_server_start(&s, TLS_ANSWER, CERT_GOOD, OK);
	conf = ssl_conf(s.port, &url);
	conf.tls.verify = true;
	conf.tls.verify_ca = "/nowhere/ca.pem";
	p = probe_subscribe(b->pool, &conf, &subscription, NULL);
	bench_run(b, bench_ran_once);
	assert_int_equal(b->last_ran.reason, PROBE_R_LOCAL);
	assert_string_equal(b->last_ran.text, "this host cannot begin TLS: /nowhere/ca.pem: No such file or directory");
	assert_int_equal(b->n_told, 0);
	probe_unsubscribe(b->pool, p, &subscription);
	b->n_ran = 0;
	conf.tls.verify_ca = key_file;
	p = probe_subscribe(b->pool, &conf, &subscription, NULL);
	bench_run(b, bench_ran_once);
	assert_int_equal(b->last_ran.reason, PROBE_R_LOCAL);
	probe_unsubscribe(b->pool, p, &subscription);
	tls_server_stop(&s);
}

static void test_hostile(void **state)
{
	static const struct {
		enum tls_manner manner;
		bool compliant;
		enum probe_reason reason;
		const char *text;
	} cases[] = {
		{ TLS_CUT, false, PROBE_R_OK, "status 200" },
		{ TLS_GARBAGE, false, PROBE_R_TLS, "TLS handshake failed: " },
		{ TLS_EARLY_CLOSE, false, PROBE_R_CLOSED_EARLY, "closed in the TLS handshake" },
		{ TLS_HUGE_CHAIN, false, PROBE_R_TOO_LARGE, "" },
		{ TLS_NEVER, false, PROBE_R_RESPONSE_TIMEOUT, "no end of the TLS handshake within 2.0 s" },
		{ TLS_EMPTY_DRIP, false, PROBE_R_RESPONSE_TIMEOUT, "no end of the TLS handshake within 2.0 s" },
		{ TLS_OVERSIZED, false, PROBE_R_TLS, "TLS handshake failed: " },
		{ TLS_HALF_RECORD, false, PROBE_R_RESPONSE_TIMEOUT, "no end of the TLS handshake within 2.0 s" },
		{ TLS_RENEGOTIATE, false, PROBE_R_CLOSED_EARLY, "closed without an answer" },
		{ TLS_KEY_UPDATES, false, PROBE_R_TOO_LARGE, "TLS brings nothing in 192 KiB" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct probe_url url = url_make("");
		struct probe_conf conf;
		struct tls_server s;

		print_message("    manner %d\n", (int)cases[i].manner);
		tls_server_start(&s, cases[i].manner, CERT_GOOD, OK);
		conf = ssl_conf(s.port, &url);
		conf.tls.compliant = cases[i].compliant;
		if (cases[i].reason == PROBE_R_RESPONSE_TIMEOUT)
			conf.timeout = conf.answer_timeout = 2 * USEC_PER_SEC;
		run_once(*state, &conf, cases[i].reason, cases[i].text);
		tls_server_stop(&s);
	}
}

static bool ran_many(struct bench *b)
{
	return b->n_ran >= 64;
}

/* Whatever comes in the shape of records fails the run, and only that run. */
static void never_good(struct bench *b, const struct probe_report *r)
{
	(void)b;
	assert_true(r->reason == PROBE_R_TLS || r->reason == PROBE_R_CLOSED_EARLY || r->reason == PROBE_R_TOO_LARGE);
}

static void test_random_records(void **state)
{
	struct probe_url url = url_make("");
	struct bench *b = *state;
	struct probe_conf conf;
	struct tls_server s;
	struct probe *p;
	int subscription;

	tls_server_start(&s, TLS_RANDOM, CERT_GOOD, OK);
	conf = ssl_conf(s.port, &url);
	conf.interval = conf.retry_delay = 5 * USEC_PER_MS;
	b->on_ran = never_good;
	p = probe_subscribe(b->pool, &conf, &subscription, NULL);
	assert_non_null(p);
	bench_run(b, ran_many);
	b->on_ran = NULL;
	probe_unsubscribe(b->pool, p, &subscription);
	tls_server_stop(&s);
}

/* A body that ends with the connection: whole only where TLS says so, if that is asked for. */
static void test_compliant(void **state)
{
	struct probe_url url = url_make("");
	struct probe_conf conf;
	struct tls_server s;

	url.has_digest = true;
	memcpy(url.digest, "\x5d\x41\x40\x2a\xbc\x4b\x2a\x76\xb9\x71\x9d\x91\x10\x17\xc5\x92", 16); /* MD5 of "hello" */
	tls_server_start(&s, TLS_CUT, CERT_GOOD, OK "hello");
	conf = ssl_conf(s.port, &url);
	run_once(*state, &conf, PROBE_R_OK, "status 200, digest as expected");
	conf.tls.compliant = true;
	run_once(*state, &conf, PROBE_R_CLOSED_EARLY, "TLS closed without close_notify");
	tls_server_stop(&s);
	tls_server_start(&s, TLS_ANSWER, CERT_GOOD, OK "hello");
	conf = ssl_conf(s.port, &url);
	conf.tls.compliant = true;
	run_once(*state, &conf, PROBE_R_OK, "status 200, digest as expected");
	tls_server_stop(&s);
}

static bool ran_four_times(struct bench *b)
{
	return b->n_ran >= 4;
}

/* One handshake for all runs, where the name that is asked for is the same. */
static void test_keep(void **state)
{
	struct bench *b = *state;
	struct probe_url urls[2] = { url_make("www.example.net"), url_make("www.example.net") };
	struct probe_conf conf;
	struct tls_server s;
	int subscription;
	struct probe *p;

	for (int same = 1; same >= 0; same--) {
		tls_server_start(&s, TLS_KEEP, CERT_GOOD, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
		conf = ssl_conf(s.port, urls);
		conf.http.keep = true;
		conf.http.version = PROBE_HTTP_11;
		conf.http.n_urls = 2;
		conf.tls.sni = conf.tls.verify = conf.tls.compliant = true;
		conf.tls.verify_ca = ca_file;
		if (!same)
			urls[1].virtualhost[0] = '\0';
		b->n_ran = 0;
		p = probe_subscribe(b->pool, &conf, &subscription, NULL);
		bench_run(b, ran_four_times);
		assert_int_equal(b->last_ran.failures, 0);
		assert_int_equal(atomic_load(&s.accepted), same ? 1 : 8);
		probe_unsubscribe(b->pool, p, &subscription);
		tls_server_stop(&s);
	}
}

/* A server, and a check of its handshake alone. */
static void start_handshake(struct tls_server *s, struct probe_conf *conf)
{
	tls_server_start(s, TLS_ANSWER, CERT_GOOD, NULL);
	*conf = bench_tcp(s->port);
	conf->tls.on = true;
	conf->timeout = PATIENCE;
}

static void test_handshake_only(void **state)
{
	struct probe_conf conf;
	struct tls_server s;

	start_handshake(&s, &conf);
	run_once(*state, &conf, PROBE_R_OK, "connected, TLS handshake done");
	tls_server_stop(&s);
}

/* What is to be said is said, also where no answer is expected. */
static void test_said_before_the_end(void **state)
{
	struct probe_conf conf;
	struct tls_server s;

	start_handshake(&s, &conf);
	conf.tcp.send = (struct probe_blob){ (const uint8_t *)"QUIT\r\n\r\n", 8 };
	run_once(*state, &conf, PROBE_R_OK, "connected, TLS handshake done");
	tls_server_stop(&s); /* it has ended: what it has read stands */
	assert_string_equal(s.request, "QUIT\r\n\r\n");
}

static void test_starttls(void **state)
{
	struct probe_conf conf;
	struct tls_server s;

	tls_server_start(&s, TLS_SMTP, CERT_GOOD, NULL);
	conf = bench_tcp(s.port);
	conf.kind = PROBE_SMTP;
	conf.smtp.helo = "director.example";
	conf.smtp.starttls = conf.tls.on = true;
	conf.timeout = PATIENCE;
	run_once(*state, &conf, PROBE_R_OK, "mail server answers, with TLS");
	conf.tls.verify = true;
	conf.tls.verify_ca = ca_file;
	run_once(*state, &conf, PROBE_R_OK, "mail server answers, with TLS");
	conf.tls.verify_name = "mx.example.net";
	run_once(*state, &conf, PROBE_R_CERT_NAME, "name mismatch");
	tls_server_stop(&s);
	tls_server_start(&s, TLS_SMTP_EAGER, CERT_GOOD, NULL);
	conf.target.port = s.port;
	run_once(*state, &conf, PROBE_R_BAD_RESPONSE, "not SMTP: it speaks out of turn");
	tls_server_stop(&s);
}

/* The probe ends while its handshake is with a worker. */
static void test_gone_in_the_midst(void **state)
{
	struct bench *b = *state;
	struct probe_url url = url_make("");
	struct probe_conf conf;
	struct tls_server s;

	tls_server_start(&s, TLS_ANSWER, CERT_GOOD, OK);
	for (int i = 0; i < 60; i++) {
		int subscription;
		struct probe *p;

		conf = ssl_conf(s.port, &url);
		p = probe_subscribe(b->pool, &conf, &subscription, NULL);
		b->user = NULL;
		loop_timer_set(b->loop, &b->guard, mono_now() + i * 200);
		b->late = false;
		loop_run(b->loop);
		loop_timer_stop(b->loop, &b->guard);
		probe_unsubscribe(b->pool, p, &subscription);
	}
	tls_server_stop(&s);
}

static int make_files(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN);
	if (!mkdtemp(folder))
		return -1;
	snprintf(ca_file, sizeof(ca_file), "%s/ca.pem", folder);
	snprintf(cert_file, sizeof(cert_file), "%s/cert.pem", folder);
	snprintf(key_file, sizeof(key_file), "%s/key.pem", folder);
	tls_make_ca(ca_file, cert_file, key_file);
	return 0;
}

static int remove_files(void **state)
{
	(void)state;
	unlink(ca_file);
	unlink(cert_file);
	unlink(key_file);
	tls_forget_ca();
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_certificates, bench_setup, bench_teardown),
		cmocka_unit_test_setup_teardown(test_names_given, bench_setup, bench_teardown),
		cmocka_unit_test_setup_teardown(test_own_certificate, bench_setup, bench_teardown),
		cmocka_unit_test_setup_teardown(test_own_files_wrong, bench_setup, bench_teardown),
		cmocka_unit_test_setup_teardown(test_hostile, bench_setup, bench_teardown),
		cmocka_unit_test_setup_teardown(test_random_records, bench_setup, bench_teardown),
		cmocka_unit_test_setup_teardown(test_compliant, bench_setup, bench_teardown),
		cmocka_unit_test_setup_teardown(test_keep, bench_setup, bench_teardown),
		cmocka_unit_test_setup_teardown(test_ports_and_addresses, bench_setup, bench_teardown),
		cmocka_unit_test_setup_teardown(test_said_before_the_end, bench_setup, bench_teardown),
		cmocka_unit_test_setup_teardown(test_handshake_only, bench_setup, bench_teardown),
		cmocka_unit_test_setup_teardown(test_starttls, bench_setup, bench_teardown),
		cmocka_unit_test_setup_teardown(test_gone_in_the_midst, bench_setup, bench_teardown),
	};

	netns_try();
	return cmocka_run_group_tests(tests, make_files, remove_files);
}
