/*
 * Inside TLS: what contexts, sessions and the judgement of certificates share.
 */
#ifndef REGENT_LOOP_TLS_PRIV_H
#define REGENT_LOOP_TLS_PRIV_H

#include <openssl/ssl.h>

#include "core/loop/tls.h"

struct tls_verdict {
	enum tls_error error; /* 0: good */
	char text[TLS_TEXT];
};

/* A session's own copy of its options, and what came of them. */
struct tls_want {
	struct tls_ctx *ctx;
	char sni[256], name[256];
	bool verify, compliant;
	struct addr addr;
	uint32_t days;
	struct tls_verdict verdict;
};

/* A session of OpenSSL by these wishes; NULL: no memory. */
SSL *tls_ssl_new(const struct tls_want *w);

/* Have OpenSSL note in the verdict what is wrong with the chain. `w` outlives the session. */
bool tls_verify_prepare(SSL *ssl, struct tls_want *w);
/* After the handshake: what is known only then. */
void tls_verify_finish(SSL *ssl, struct tls_want *w);

#endif
