/*
 * TLS contexts of probes: one for each way of verifying and each certificate of our own, made on a worker at first use.
 *
 * Files are opened by the owner's function (the root helper: keys are for root alone). After tls_store_renew() each is
 * read again at its next use; one that cannot be read then leaves the old context in use, with a log line.
 */
#ifndef REGENT_PROBE_TLS_STORE_H
#define REGENT_PROBE_TLS_STORE_H

#include <sys/queue.h>

#include "core/loop/tls.h"
#include "core/probe/probe.h"

struct tls_store;
typedef void tls_store_fn(void *user, struct tls_ctx *ctx, const char *err);

/* Embedded in whoever waits. */
struct tls_wait {
	TAILQ_ENTRY(tls_wait) entry;
	struct tls_entry *on; /* NULL: waits for nothing */
	tls_store_fn *fn;
	void *user;
};

struct tls_store *tls_store_new(const struct probe_env *env);
void tls_store_free(struct tls_store *s);
/* fn comes once: at once where the context is there. ctx NULL: `err` says why. It may be used until fn returns. */
void tls_store_get(struct tls_store *s, const struct probe_tls *t, struct tls_wait *w, tls_store_fn *fn, void *user);
void tls_store_cancel(struct tls_wait *w);
void tls_store_renew(struct tls_store *s);

#endif
