/*
 * TLS as a client over bytes that others carry: every step of OpenSSL runs on a worker, because one hostile key exchange takes
 * 7 ms and a certificate chain as long as the peer likes.
 *
 * A session takes what was received (tls_feed), wants bytes sent (TLS_SEND), and tells what came of it. It knows no socket.
 * One step is under way at a time; what arrives meanwhile waits, at most TLS_QUEUE_MAX, and tls_full() asks its owner to
 * read no more. TLS_IDLE_MAX bytes that bring nothing end it: a long chain of certificates, key updates without end.
 * Renegotiation is refused. Beyond that time and bytes are the owner's to bound.
 *
 * A context is what sessions share: trust anchors, our own certificate. It is made on a worker too, and counted.
 */
#ifndef REGENT_LOOP_TLS_H
#define REGENT_LOOP_TLS_H

#include "core/base/addr.h"
#include "core/loop/loop.h"

#define TLS_QUEUE_MAX (64u * 1024u)
#define TLS_IDLE_MAX (192u * 1024u)
#define TLS_TEXT 112

/* ---- contexts ---- */

struct tls_ctx;

struct tls_pem {
	const void *data; /* NULL: none */
	size_t len;
};

struct tls_files {
	bool verify;         /* its sessions may verify */
	struct tls_pem ca;   /* trust anchors; none: the system's */
	struct tls_pem certificate, key; /* our own */
	const char *password; /* of the key; NULL: none */
};

/* On a worker: it parses, and may read the system's trust anchors. NULL: `err` says why. */
struct tls_ctx *tls_ctx_new(const struct tls_files *f, char err[static TLS_TEXT]);
struct tls_ctx *tls_ctx_ref(struct tls_ctx *c); /* any thread */
void tls_ctx_unref(struct tls_ctx *c);          /* any thread; NULL is fine */

/* ---- sessions ---- */

struct tls_opts {
	struct tls_ctx *ctx;
	const char *sni;          /* NULL: none */
	bool verify;
	const char *verify_name;  /* NULL: verify_addr */
	struct addr verify_addr;
	uint32_t verify_days;     /* that the certificate must still be good for */
	bool compliant;           /* an end without close_notify is an error */
};

enum tls_event {
	TLS_SEND,   /* these bytes go to the peer */
	TLS_READY,  /* the handshake is over, and the certificate is good where that was asked */
	TLS_DATA,   /* what the peer said */
	TLS_MORE,   /* it was full and can take more */
	TLS_EOF,    /* it has nothing more to say */
	TLS_FAILED, /* `err` is an enum tls_error, the data its words; nothing more comes */
};

enum tls_error {
	TLS_E_PROTOCOL = 1,
	TLS_E_EARLY,          /* closed in the handshake, or without close_notify */
	TLS_E_TOO_LARGE,
	TLS_E_LOCAL,          /* this host's fault */
	TLS_E_CERT_EXPIRED,
	TLS_E_CERT_NOT_YET,
	TLS_E_CERT_NAME,
	TLS_E_CERT_UNTRUSTED,
	TLS_E_CERT_SELF_SIGNED,
	TLS_E_CERT_ENDS_SOON,
};

struct tls;
typedef void tls_fn(void *user, enum tls_event ev, const void *data, size_t len, enum tls_error err);

/* The handshake begins by itself. Never calls back from inside. NULL: no memory. The callback may free the session. */
struct tls *tls_new(struct loop *l, const struct tls_opts *o, tls_fn *fn, void *user);
/* Received bytes; and the peer's end of the stream. False: more than may wait, or too much that brings nothing. */
bool tls_feed(struct tls *t, const void *data, size_t len);
void tls_feed_eof(struct tls *t);
/* To be said to the peer; before TLS_READY it waits. False: more than may wait. */
bool tls_write(struct tls *t, const void *data, size_t len);
/* Read no more from the peer until TLS_MORE. */
bool tls_full(const struct tls *t);
void tls_free(struct tls *t);

#endif
