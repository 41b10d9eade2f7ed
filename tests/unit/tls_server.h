/*
 * TLS backends for the probe tests, good and hostile: certificates are made at run time, a thread serves them.
 */
#ifndef REGENT_TESTS_TLS_SERVER_H
#define REGENT_TESTS_TLS_SERVER_H

#include <openssl/ssl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum tls_cert {
	CERT_GOOD,        /* by the test's CA, for www.example.net and 127.0.0.1, for a year */
	CERT_EXPIRED,     /* on 2020-02-03 */
	CERT_NOT_YET,     /* before 2090-01-01 */
	CERT_OTHER_NAME,  /* for a.example and b.example */
	CERT_SELF_SIGNED,
	CERT_SOON,        /* for three days */
	CERT_STRANGE_CA,  /* by a CA that nobody knows, with an odd name */
};

enum tls_manner {
	TLS_ANSWER,      /* handshake, read the request, send `text`, close in order */
	TLS_KEEP,        /* answer one request after the other with `text` */
	TLS_CUT,         /* the same, without close_notify */
	TLS_NEVER,       /* accept, and never say a word */
	TLS_GARBAGE,     /* not TLS */
	TLS_EARLY_CLOSE, /* close in the midst of the handshake */
	TLS_HUGE_CHAIN,  /* a chain of 200 KiB */
	TLS_RENEGOTIATE, /* TLS 1.2: ask for another handshake instead of an answer */
	TLS_KEY_UPDATES, /* TLS 1.3: key updates for ever instead of an answer */
	TLS_EMPTY_DRIP,  /* handshake bytes one at a time */
	TLS_OVERSIZED,   /* a record longer than TLS has */
	TLS_HALF_RECORD, /* the head of a record and a part of it, and then nothing */
	TLS_RANDOM,      /* records of every type with any content, other ones for each connection */
	TLS_WANT_CERT,   /* as TLS_ANSWER in TLS 1.2, and a client certificate is wanted */
	TLS_SMTP,        /* a mail server with STARTTLS */
	TLS_SMTP_EAGER,  /* that says something in the clear behind its reply to STARTTLS */
};

struct tls_server {
	enum tls_manner manner;
	const char *text;
	SSL_CTX *ctx;
	int fd;
	uint16_t port;
	pthread_t thread;
	atomic_uint accepted;
	char sni[256];      /* of the last connection */
	char request[2048]; /* the last one */
};

/* Make the CA and write its certificate, and a client's certificate and key, to files. */
void tls_make_ca(const char *ca_file, const char *client_cert, const char *client_key);
void tls_forget_ca(void);
void tls_server_start(struct tls_server *s, enum tls_manner manner, enum tls_cert cert, const char *text);
void tls_server_stop(struct tls_server *s);

#endif
