/*
 * The backends of tls_server.h: blocking, one connection after the other.
 */
#include "config.h"

#include "tests/unit/tls_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#define CHAIN_CERTS 400

static EVP_PKEY *ca_key, *own_key;
static X509 *ca_cert;

/* ---- certificates ---- */

static void add_ext(X509 *x, int nid, const char *value)
{
	X509V3_CTX c;
	X509_EXTENSION *e;

	X509V3_set_ctx_nodb(&c);
	X509V3_set_ctx(&c, x, x, NULL, NULL, 0);
	e = X509V3_EXT_conf_nid(NULL, &c, nid, value);
	assert_non_null(e);
	assert_int_equal(X509_add_ext(x, e, -1), 1);
	X509_EXTENSION_free(e);
}

static X509 *make_cert(const char *name, const char *alt, time_t from, time_t to, EVP_PKEY *key, X509 *issuer, EVP_PKEY *by)
{
	static long serial = 1;
	X509 *x = X509_new();
	X509_NAME *n;

	assert_non_null(x);
	X509_set_version(x, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(x), serial++);
	ASN1_TIME_set(X509_getm_notBefore(x), from);
	ASN1_TIME_set(X509_getm_notAfter(x), to);
	X509_set_pubkey(x, key);
	n = X509_get_subject_name(x);
	X509_NAME_add_entry_by_txt(n, "CN", MBSTRING_UTF8, (const unsigned char *)name, -1, -1, 0);
	X509_set_issuer_name(x, issuer ? X509_get_subject_name(issuer) : n);
	if (alt)
		add_ext(x, NID_subject_alt_name, alt);
	else
		add_ext(x, NID_basic_constraints, "critical,CA:TRUE");
	assert_true(X509_sign(x, by, EVP_sha256()) > 0);
	return x;
}

static void write_pem(const char *path, X509 *x, EVP_PKEY *key)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	if (x)
		assert_int_equal(PEM_write_X509(f, x), 1);
	if (key)
		assert_int_equal(PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL), 1);
	fclose(f);
}

void tls_make_ca(const char *ca_file, const char *client_cert, const char *client_key)
{
	time_t now = time(NULL);
	X509 *client;

	ca_key = EVP_EC_gen("P-256");
	own_key = EVP_EC_gen("P-256");
	assert_true(ca_key && own_key);
	ca_cert = make_cert("Test CA", NULL, now - 86400, now + 86400 * 365, ca_key, NULL, ca_key);
	client = make_cert("director", "DNS:director", now - 86400, now + 86400 * 365, own_key, ca_cert, ca_key);
	write_pem(ca_file, ca_cert, NULL);
	write_pem(client_cert, client, NULL);
	write_pem(client_key, NULL, own_key);
	X509_free(client);
}

void tls_forget_ca(void)
{
	X509_free(ca_cert);
	EVP_PKEY_free(ca_key);
	EVP_PKEY_free(own_key);
}

static X509 *make_server_cert(enum tls_cert kind)
{
	const char *alt = "DNS:www.example.net,IP:127.0.0.1";
	time_t now = time(NULL), from = now - 86400 * 3000, to = now + 86400 * 365;
	X509 *strange, *x;

	switch (kind) {
	case CERT_GOOD:
		break;
	case CERT_EXPIRED:
		to = 1580688000; /* 2020-02-03 */
		from = 0;
		break;
	case CERT_NOT_YET:
		from = 3786912000; /* 2090-01-01 */
		to = from + 86400;
		break;
	case CERT_OTHER_NAME:
		alt = "DNS:a.example,DNS:b.example";
		break;
	case CERT_SELF_SIGNED:
		return make_cert("www.example.net", alt, from, to, own_key, NULL, own_key);
	case CERT_SOON:
		to = now + 86400 * 3;
		break;
	case CERT_STRANGE_CA:
		strange = make_cert("Odd\n\x1b[31m CA", NULL, from, to, ca_key, NULL, ca_key);
		x = make_cert("www.example.net", alt, from, to, own_key, strange, ca_key);
		X509_free(strange);
		return x;
	}
	return make_cert("www.example.net", alt, from, to, own_key, ca_cert, ca_key);
}

/* ---- serving ---- */

static void read_request(struct tls_server *s, SSL *ssl)
{
	int n = SSL_read(ssl, s->request, sizeof(s->request) - 1);

	s->request[n > 0 ? n : 0] = '\0';
}

static void serve_drip(int fd)
{
	/* a ServerHello that never ends */
	static const char head[] = "\x16\x03\x03\x40\x00\x02\x00\x3f\xfc\x03\x03";
	const struct timespec pause = { .tv_nsec = 5 * 1000 * 1000 };

	send(fd, head, sizeof(head) - 1, MSG_NOSIGNAL);
	while (send(fd, "", 1, MSG_NOSIGNAL) == 1)
		nanosleep(&pause, NULL);
}

/* From a seed: any failure can be had again. Every other one begins as a ServerHello does. */
static void serve_random(int fd, uint32_t seed)
{
	uint8_t record[5 + 2000];

	for (unsigned i = 0; i < 1 + seed % 4; i++) {
		uint32_t x = seed * 2654435761u + i * 40503u + 1;
		size_t len = x >> 7 & 1023;

		for (size_t at = 0; at < len; at++) {
			x = x * 1664525u + 1013904223u;
			record[5 + at] = (uint8_t)(x >> 24);
		}
		record[0] = (uint8_t)(seed % 2 && i == 0 ? 22 : 20 + (x >> 16) % 5);
		record[1] = 3, record[2] = 3;
		record[3] = (uint8_t)(len >> 8), record[4] = (uint8_t)len;
		if (seed % 2 && i == 0 && len > 8)
			memcpy(record + 5, (const uint8_t[]){ 2, 0, (uint8_t)((len - 4) >> 8), (uint8_t)(len - 4), 3, 3 }, 6);
		if (send(fd, record, 5 + len, MSG_NOSIGNAL) < 0)
			return;
	}
}

static void serve_tls(struct tls_server *s, SSL *ssl)
{
	const char *name;

	if (SSL_accept(ssl) != 1)
		return;
	name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
	snprintf(s->sni, sizeof(s->sni), "%s", name ? name : "");
	switch (s->manner) {
	case TLS_RENEGOTIATE:
		SSL_renegotiate(ssl);
		SSL_do_handshake(ssl);
		read_request(s, ssl);
		break;
	case TLS_KEEP:
		do {
			read_request(s, ssl);
		} while (s->request[0] && SSL_write(ssl, s->text, (int)strlen(s->text)) > 0);
		break;
	case TLS_KEY_UPDATES:
		while (SSL_key_update(ssl, SSL_KEY_UPDATE_NOT_REQUESTED) == 1 && SSL_do_handshake(ssl) == 1)
			;
		break;
	default:
		read_request(s, ssl);
		if (s->text)
			SSL_write(ssl, s->text, (int)strlen(s->text));
		if (s->manner != TLS_CUT)
			SSL_shutdown(ssl);
		break;
	}
}

static bool say_then_read(int fd, const char *text)
{
	char byte = 0;

	if (send(fd, text, strlen(text), MSG_NOSIGNAL) < 0)
		return false;
	while (byte != '\n')
		if (recv(fd, &byte, 1, 0) != 1)
			return false;
	return true;
}

static void serve_smtp(struct tls_server *s, int fd)
{
	SSL *ssl;

	if (!say_then_read(fd, "220-mail\r\n220 here\r\n") ||
	    !say_then_read(fd, "250-mail\r\n250-SIZE 1000\r\n250 STARTTLS\r\n"))
		return;
	if (s->manner == TLS_SMTP_EAGER) {
		say_then_read(fd, "220 go on\r\n250 smuggled\r\n");
		return;
	}
	send(fd, "220 go on\r\n", 11, MSG_NOSIGNAL);
	ssl = SSL_new(s->ctx);
	SSL_set_fd(ssl, fd);
	if (SSL_accept(ssl) == 1) {
		read_request(s, ssl);
		SSL_write(ssl, "250 mail\r\n", 10);
		read_request(s, ssl);
		SSL_write(ssl, "221 bye\r\n", 9);
		SSL_shutdown(ssl);
	}
	SSL_free(ssl);
}

static void serve(struct tls_server *s, int fd)
{
	char bytes[1024];
	SSL *ssl;

	switch (s->manner) {
	case TLS_NEVER:
		break;
	case TLS_GARBAGE:
		send(fd, "220 mail.example.net ESMTP\r\n", 28, MSG_NOSIGNAL);
		break;
	case TLS_OVERSIZED:
		send(fd, "\x16\x03\x03\xff\xff", 5, MSG_NOSIGNAL);
		break;
	case TLS_HALF_RECORD:
		send(fd, "\x16\x03\x03\x10\x00\x02\x00\x0f\xfc\x03\x03", 11, MSG_NOSIGNAL);
		break;
	case TLS_RANDOM:
		serve_random(fd, atomic_load(&s->accepted));
		break;
	case TLS_EARLY_CLOSE:
		recv(fd, bytes, sizeof(bytes), 0);
		send(fd, "\x16\x03\x03\x00\x80\x02", 6, MSG_NOSIGNAL);
		return;
	case TLS_EMPTY_DRIP:
		serve_drip(fd);
		return;
	case TLS_SMTP:
	case TLS_SMTP_EAGER:
		serve_smtp(s, fd);
		return;
	default:
		ssl = SSL_new(s->ctx);
		SSL_set_fd(ssl, fd);
		serve_tls(s, ssl);
		SSL_free(ssl);
		return;
	}
}

/* Until the peer goes away: where its bytes were left unread, closing would be a reset, which may overtake what was said. */
static void drain(int fd, bool say_end)
{
	char bytes[1024];

	if (say_end)
		shutdown(fd, SHUT_WR);
	while (recv(fd, bytes, sizeof(bytes), 0) > 0)
		;
}

static void *server_main(void *user)
{
	struct tls_server *s = user;
	int fd;

	while ((fd = accept(s->fd, NULL, NULL)) >= 0) {
		atomic_fetch_add(&s->accepted, 1);
		serve(s, fd);
		drain(fd, s->manner != TLS_NEVER && s->manner != TLS_GARBAGE && s->manner != TLS_HALF_RECORD);
		close(fd);
		ERR_clear_error();
	}
	OPENSSL_thread_stop();
	return NULL;
}

static void prepare(struct tls_server *s, enum tls_cert cert)
{
	X509 *x = make_server_cert(cert);

	s->ctx = SSL_CTX_new(TLS_server_method());
	assert_non_null(s->ctx);
	SSL_CTX_set_options(s->ctx, SSL_OP_ALLOW_CLIENT_RENEGOTIATION);
	if (s->manner == TLS_RENEGOTIATE || s->manner == TLS_WANT_CERT)
		SSL_CTX_set_max_proto_version(s->ctx, TLS1_2_VERSION);
	assert_int_equal(SSL_CTX_use_certificate(s->ctx, x), 1);
	assert_int_equal(SSL_CTX_use_PrivateKey(s->ctx, own_key), 1);
	for (int i = 0; s->manner == TLS_HUGE_CHAIN && i < CHAIN_CERTS; i++)
		assert_int_equal(SSL_CTX_add1_chain_cert(s->ctx, ca_cert), 1);
	if (s->manner == TLS_WANT_CERT) {
		SSL_CTX_set_verify(s->ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
		X509_STORE_add_cert(SSL_CTX_get_cert_store(s->ctx), ca_cert);
	}
	X509_free(x);
}

void tls_server_start(struct tls_server *s, enum tls_manner manner, enum tls_cert cert, const char *text)
{
	struct sockaddr_in sa = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(sa);

	memset(s, 0, sizeof(*s));
	s->manner = manner;
	s->text = text;
	prepare(s, cert);
	s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(s->fd >= 0);
	assert_int_equal(bind(s->fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	assert_int_equal(listen(s->fd, 16), 0);
	assert_int_equal(getsockname(s->fd, (struct sockaddr *)&sa, &len), 0);
	s->port = ntohs(sa.sin_port);
	assert_int_equal(pthread_create(&s->thread, NULL, server_main, s), 0);
}

void tls_server_stop(struct tls_server *s)
{
	shutdown(s->fd, SHUT_RDWR);
	pthread_join(s->thread, NULL);
	close(s->fd);
	SSL_CTX_free(s->ctx);
}
