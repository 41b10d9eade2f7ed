/*
 * TLS sessions: the loop's side, which queues bytes and tells what came, and the worker's side, which calls OpenSSL (tls.h).
 *
 * Two structs with one owner each: `struct tls` is the loop's; `struct tls_step` is the worker's from loop_work_submit() until
 * its done(), the loop's else. A session that is freed in the midst of a step leaves the step to free itself.
 */
#include "config.h"

#include "core/loop/tls_priv.h"

#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"

/* Plaintext of one step; more waits for the next. */
#define STEP_PLAIN (32u * 1024u)

struct bytes {
	uint8_t *data;
	size_t len, room;
};

struct tls_step {
	struct loop_work work; /* first */
	struct tls *owner;     /* NULL: the session is gone */
	struct tls_want want;
	SSL *ssl;
	/* in */
	struct bytes cipher_in, plain_out;
	bool eof_in;
	/* out */
	struct bytes cipher_out;
	uint8_t plain_in[STEP_PLAIN];
	size_t plain_len;
	bool shaken, ended, again;
};

struct tls {
	struct loop *loop;
	tls_fn *fn;
	void *user;
	struct tls_step *step;
	struct bytes cipher_in, plain_out; /* for the next step */
	size_t idle; /* bytes received since there was a word for the owner */
	bool running, eof, eof_taken, ready, over;
	struct loop_item start;
	bool *freed; /* set by tls_free() while a callback runs */
};

/* ---- bytes ---- */

static bool bytes_add(struct bytes *b, const void *data, size_t len)
{
	if (b->len + len > b->room) {
		size_t room = b->len + len + 4096;
		uint8_t *more = realloc(b->data, room);

		if (!more)
			return false;
		b->data = more;
		b->room = room;
	}
	if (len > 0)
		memcpy(b->data + b->len, data, len);
	b->len += len;
	return true;
}

static void bytes_free(struct bytes *b)
{
	free(b->data);
	*b = (struct bytes){ .data = NULL };
}

static void bytes_swap(struct bytes *a, struct bytes *b)
{
	struct bytes was = *a;

	*a = *b;
	*b = was;
}

/* ---- on a worker ---- */

static void step_fail(struct tls_step *s, enum tls_error e, const char *words)
{
	if (s->want.verdict.error)
		return;
	s->want.verdict.error = e;
	text_copy(s->want.verdict.text, sizeof(s->want.verdict.text), words);
}

static bool step_begin(struct tls_step *s)
{
	BIO *in, *out;

	if (s->ssl)
		return true;
	s->ssl = tls_ssl_new(&s->want);
	in = BIO_new(BIO_s_mem());
	out = BIO_new(BIO_s_mem());
	if (!s->ssl || !in || !out || !tls_verify_prepare(s->ssl, &s->want)) {
		BIO_free(in);
		BIO_free(out);
		step_fail(s, TLS_E_LOCAL, "this host cannot begin TLS");
		return false;
	}
	BIO_set_mem_eof_return(in, -1);
	SSL_set_bio(s->ssl, in, out);
	return true;
}

static void step_explain(struct tls_step *s)
{
	unsigned long e = ERR_peek_last_error();
	const char *why = ERR_reason_error_string(e);
	char words[TLS_TEXT];

	snprintf(words, sizeof(words), "TLS %s: %s", s->shaken ? "failed" : "handshake failed", why ? why : "unknown error");
	for (char *p = words; *p; p++)
		if ((unsigned char)*p < 0x20 || (unsigned char)*p >= 0x7f)
			*p = '?';
	step_fail(s, ERR_GET_REASON(e) == SSL_R_EXCESSIVE_MESSAGE_SIZE ? TLS_E_TOO_LARGE : TLS_E_PROTOCOL, words);
}

/* OpenSSL is not content: does it want more bytes, is this the end, or is it wrong? */
static void step_result(struct tls_step *s, int r)
{
	switch (SSL_get_error(s->ssl, r)) {
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE:
		if (s->eof_in && !s->shaken)
			step_fail(s, TLS_E_EARLY, "closed in the TLS handshake");
		else if (s->eof_in && s->want.compliant)
			step_fail(s, TLS_E_EARLY, "TLS closed without close_notify");
		else if (s->eof_in)
			s->ended = true;
		break;
	case SSL_ERROR_ZERO_RETURN:
		s->ended = true;
		break;
	default:
		step_explain(s);
		break;
	}
}

static void step_shake(struct tls_step *s)
{
	int r = SSL_do_handshake(s->ssl);

	if (r != 1) {
		step_result(s, r);
		return;
	}
	s->shaken = true;
	tls_verify_finish(s->ssl, &s->want);
}

static void step_talk(struct tls_step *s)
{
	int r;

	if (s->plain_out.len > 0) {
		r = SSL_write(s->ssl, s->plain_out.data, (int)s->plain_out.len);
		if (r <= 0)
			step_result(s, r);
		s->plain_out.len = 0;
	}
	while (!s->want.verdict.error && !s->ended && s->plain_len < STEP_PLAIN) {
		r = SSL_read(s->ssl, s->plain_in + s->plain_len, (int)(STEP_PLAIN - s->plain_len));
		if (r <= 0) {
			step_result(s, r);
			return;
		}
		s->plain_len += (size_t)r;
	}
	s->again = s->plain_len == STEP_PLAIN;
}

static void step_collect(struct tls_step *s)
{
	char *data;
	long len = BIO_get_mem_data(SSL_get_wbio(s->ssl), &data);

	if (len > 0 && !bytes_add(&s->cipher_out, data, (size_t)len))
		step_fail(s, TLS_E_LOCAL, "this host has no memory");
	(void)BIO_reset(SSL_get_wbio(s->ssl));
}

static void step_run(struct loop_work *w)
{
	struct tls_step *s = (struct tls_step *)w;

	ERR_clear_error();
	s->again = false;
	if (!step_begin(s))
		return;
	if (s->cipher_in.len > 0 && BIO_write(SSL_get_rbio(s->ssl), s->cipher_in.data, (int)s->cipher_in.len) <= 0)
		step_fail(s, TLS_E_LOCAL, "this host has no memory");
	s->cipher_in.len = 0;
	if (!s->shaken && !s->want.verdict.error)
		step_shake(s);
	if (s->shaken && !s->want.verdict.error)
		step_talk(s);
	step_collect(s);
	ERR_clear_error();
}

static void step_free(struct tls_step *s)
{
	SSL_free(s->ssl);
	tls_ctx_unref(s->want.ctx);
	bytes_free(&s->cipher_in);
	bytes_free(&s->plain_out);
	bytes_free(&s->cipher_out);
	free(s);
}

static void step_drop(struct loop_work *w)
{
	struct tls_step *s = (struct tls_step *)w;

	if (s->owner)
		s->owner->step = NULL;
	step_free(s);
}

/* ---- on the loop ---- */

/* False: the session is gone. */
static bool tell(struct tls *t, enum tls_event ev, const void *data, size_t len, enum tls_error err)
{
	bool freed = false, *outer = t->freed;

	t->freed = &freed;
	t->fn(t->user, ev, data, len, err);
	if (freed) {
		if (outer)
			*outer = true;
		return false;
	}
	t->freed = outer;
	return true;
}

static void submit(struct tls *t)
{
	struct tls_step *s = t->step;

	if (t->running || t->over || !s)
		return;
	bytes_swap(&t->cipher_in, &s->cipher_in);
	if (s->shaken)
		bytes_swap(&t->plain_out, &s->plain_out);
	s->eof_in = t->eof_taken = t->eof;
	t->running = true;
	loop_work_submit(t->loop, &s->work);
}

/* What a step has found, in the order in which the peer said it. False: the session is gone. */
static bool tell_step(struct tls *t, struct tls_step *s)
{
	bool shaken = s->shaken && !t->ready;

	if (s->cipher_out.len > 0) {
		if (!tell(t, TLS_SEND, s->cipher_out.data, s->cipher_out.len, 0))
			return false;
		s->cipher_out.len = 0;
	}
	if (s->want.verdict.error && (shaken || s->plain_len == 0)) {
		t->over = true;
		return tell(t, TLS_FAILED, s->want.verdict.text, strlen(s->want.verdict.text), s->want.verdict.error);
	}
	if (shaken) {
		t->ready = true;
		if (!tell(t, TLS_READY, NULL, 0, 0))
			return false;
	}
	if (s->plain_len > 0) {
		size_t len = s->plain_len;

		s->plain_len = 0;
		t->idle = 0;
		if (!tell(t, TLS_DATA, s->plain_in, len, 0))
			return false;
	}
	if (s->want.verdict.error) {
		t->over = true;
		return tell(t, TLS_FAILED, s->want.verdict.text, strlen(s->want.verdict.text), s->want.verdict.error);
	}
	if (s->ended) {
		t->over = true;
		return tell(t, TLS_EOF, NULL, 0, 0);
	}
	return true;
}

static void step_done(struct loop_work *w)
{
	struct tls_step *s = (struct tls_step *)w;
	struct tls *t = s->owner;

	if (!t) {
		step_free(s);
		return;
	}
	if (!tell_step(t, s)) { /* tls_free() left the step, as `running`, to us */
		step_free(s);
		return;
	}
	bool full = tls_full(t);

	t->running = false;
	if (s->again || t->cipher_in.len > 0 || (t->ready && t->plain_out.len > 0) || t->eof != t->eof_taken)
		submit(t);
	if (full)
		tell(t, TLS_MORE, NULL, 0, 0);
}

static void on_start(void *user)
{
	submit(user);
}

static struct tls_step *step_new(const struct tls_opts *o)
{
	struct tls_step *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->work = (struct loop_work){ .run = step_run, .done = step_done, .drop = step_drop };
	s->want.ctx = tls_ctx_ref(o->ctx);
	s->want.verify = o->verify;
	s->want.compliant = o->compliant;
	s->want.addr = o->verify_addr;
	s->want.days = o->verify_days;
	text_copy(s->want.sni, sizeof(s->want.sni), o->sni ? o->sni : "");
	text_copy(s->want.name, sizeof(s->want.name), o->verify_name ? o->verify_name : "");
	return s;
}

struct tls *tls_new(struct loop *l, const struct tls_opts *o, tls_fn *fn, void *user)
{
	struct tls *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->step = step_new(o);
	if (!t->step) {
		free(t);
		return NULL;
	}
	t->step->owner = t;
	t->loop = l;
	t->fn = fn;
	t->user = user;
	loop_item_init(&t->start, on_start, t);
	loop_item_post(l, &t->start);
	return t;
}

bool tls_feed(struct tls *t, const void *data, size_t len)
{
	t->idle += len;
	if (t->over)
		return true;
	if (t->cipher_in.len + len > 2 * TLS_QUEUE_MAX || t->idle > TLS_IDLE_MAX ||
	    !bytes_add(&t->cipher_in, data, len))
		return false;
	loop_item_post(t->loop, &t->start);
	return true;
}

void tls_feed_eof(struct tls *t)
{
	t->eof = true;
	if (!t->over)
		loop_item_post(t->loop, &t->start);
}

bool tls_write(struct tls *t, const void *data, size_t len)
{
	if (t->plain_out.len + len > TLS_QUEUE_MAX || !bytes_add(&t->plain_out, data, len))
		return false;
	if (t->ready)
		loop_item_post(t->loop, &t->start);
	return true;
}

bool tls_full(const struct tls *t)
{
	return t->cipher_in.len >= TLS_QUEUE_MAX;
}

void tls_free(struct tls *t)
{
	if (!t)
		return;
	loop_item_cancel(t->loop, &t->start);
	if (t->step && t->running)
		t->step->owner = NULL; /* it frees itself */
	else if (t->step)
		step_free(t->step);
	if (t->freed)
		*t->freed = true;
	bytes_free(&t->cipher_in);
	bytes_free(&t->plain_out);
	free(t);
}
