/*
 * TLS contexts: trust anchors and our own certificate, parsed once for all sessions that use them (tls.h).
 */
#include "config.h"

#include "core/loop/tls_priv.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"

#define CHAIN_DEPTH 8
#define OWN_CHAIN_MAX 16

struct tls_ctx {
	atomic_uint refs;
	SSL_CTX *ssl;
};

/* OpenSSL's newest complaint, in words that fit behind "cannot ...: ". */
static void ctx_complain(char err[static TLS_TEXT], const char *what)
{
	const char *why = ERR_reason_error_string(ERR_peek_last_error());

	snprintf(err, TLS_TEXT, "%s: %s", what, why ? why : "no memory");
	ERR_clear_error();
}

static BIO *pem_bio(const struct tls_pem *p)
{
	return p->len <= INT32_MAX ? BIO_new_mem_buf(p->data, (int)p->len) : NULL;
}

static bool take_anchors(SSL_CTX *ssl, const struct tls_pem *pem)
{
	X509_STORE *store = SSL_CTX_get_cert_store(ssl);
	BIO *bio = pem_bio(pem);
	unsigned n = 0;
	X509 *x;

	while (bio && (x = PEM_read_bio_X509_AUX(bio, NULL, NULL, NULL))) {
		n += X509_STORE_add_cert(store, x) == 1;
		X509_free(x);
	}
	BIO_free(bio);
	if (n > 0)
		ERR_clear_error(); /* the end of the file is an error of its own to OpenSSL */
	return n > 0;
}

/* The first is ours, the others lead to its anchor. */
static bool take_certificate(SSL_CTX *ssl, const struct tls_pem *pem)
{
	BIO *bio = pem_bio(pem);
	X509 *own = bio ? PEM_read_bio_X509_AUX(bio, NULL, NULL, NULL) : NULL, *next;
	bool good = own && SSL_CTX_use_certificate(ssl, own) == 1;

	for (int i = 0; good && i < OWN_CHAIN_MAX && (next = PEM_read_bio_X509(bio, NULL, NULL, NULL)); i++) {
		if (SSL_CTX_add0_chain_cert(ssl, next) != 1) {
			X509_free(next);
			good = false;
		}
	}
	X509_free(own);
	BIO_free(bio);
	if (good)
		ERR_clear_error();
	return good;
}

static int give_password(char *buf, int size, int rwflag, void *user)
{
	const char *password = user;
	int n = password ? (int)strlen(password) : 0;

	(void)rwflag;
	if (n >= size)
		return 0;
	memcpy(buf, password ? password : "", (size_t)n);
	return n;
}

static bool take_key(SSL_CTX *ssl, const struct tls_pem *pem, const char *password)
{
	BIO *bio = pem_bio(pem);
	EVP_PKEY *key = bio ? PEM_read_bio_PrivateKey(bio, NULL, give_password, (void *)password) : NULL;
	bool good = key && SSL_CTX_use_PrivateKey(ssl, key) == 1 && SSL_CTX_check_private_key(ssl) == 1;

	EVP_PKEY_free(key);
	BIO_free(bio);
	return good;
}

static int accept_chain(X509_STORE_CTX *store, void *user)
{
	(void)store;
	(void)user;
	return 1;
}

static bool ctx_fill(SSL_CTX *ssl, const struct tls_files *f, char err[static TLS_TEXT])
{
	SSL_CTX_set_options(ssl, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
	SSL_CTX_set_mode(ssl, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_AUTO_RETRY);
	SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_verify_depth(ssl, CHAIN_DEPTH);
	if (!f->verify) /* nobody looks at what would be built */
		SSL_CTX_set_cert_verify_callback(ssl, accept_chain, NULL);
	if (f->ca.data && !take_anchors(ssl, &f->ca)) {
		ctx_complain(err, "no certificate in the file of trust anchors");
		return false;
	}
	if (!f->ca.data && f->verify && SSL_CTX_set_default_verify_paths(ssl) != 1) {
		ctx_complain(err, "cannot read the system's trust anchors");
		return false;
	}
	if (f->certificate.data && !take_certificate(ssl, &f->certificate)) {
		ctx_complain(err, "cannot use the certificate");
		return false;
	}
	if (f->key.data && !take_key(ssl, &f->key, f->password)) {
		ctx_complain(err, "cannot use the key");
		return false;
	}
	return true;
}

struct tls_ctx *tls_ctx_new(const struct tls_files *f, char err[static TLS_TEXT])
{
	struct tls_ctx *c = calloc(1, sizeof(*c));

	if (c)
		c->ssl = SSL_CTX_new(TLS_client_method());
	if (!c || !c->ssl) {
		ctx_complain(err, "cannot make a TLS context");
		free(c);
		return NULL;
	}
	atomic_init(&c->refs, 1);
	if (!ctx_fill(c->ssl, f, err)) {
		tls_ctx_unref(c);
		return NULL;
	}
	return c;
}

struct tls_ctx *tls_ctx_ref(struct tls_ctx *c)
{
	atomic_fetch_add(&c->refs, 1);
	return c;
}

void tls_ctx_unref(struct tls_ctx *c)
{
	if (!c || atomic_fetch_sub(&c->refs, 1) != 1)
		return;
	SSL_CTX_free(c->ssl);
	free(c);
}

SSL *tls_ssl_new(const struct tls_want *w)
{
	SSL *ssl = SSL_new(w->ctx->ssl);

	if (!ssl)
		return NULL;
	SSL_set_connect_state(ssl);
	if (w->sni[0] && SSL_set_tlsext_host_name(ssl, w->sni) != 1) {
		SSL_free(ssl);
		return NULL;
	}
	return ssl;
}
