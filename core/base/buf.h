/*
 * Bounds-checked big-endian cursors over bytes: how every codec here reads and writes the wire.
 *
 * The error is sticky: after the first read or write past the end everything reads zero and writes nothing, and
 * rbuf_ok()/wbuf_ok() say so; a decoder checks once at the end of a group of fields.
 */
#ifndef REGENT_BASE_BUF_H
#define REGENT_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rbuf {
	const uint8_t *p;
	size_t left;
	bool bad;
};

struct wbuf {
	uint8_t *start;
	size_t len; /* written */
	size_t cap;
	bool bad;
};

static inline struct rbuf rbuf_make(const void *p, size_t n)
{
	return (struct rbuf){ .p = p, .left = n };
}
static inline struct wbuf wbuf_make(void *p, size_t cap)
{
	return (struct wbuf){ .start = p, .cap = cap };
}

static inline bool rbuf_ok(const struct rbuf *b)
{
	return !b->bad;
}
static inline bool wbuf_ok(const struct wbuf *b)
{
	return !b->bad;
}

uint8_t rbuf_u8(struct rbuf *b);
uint16_t rbuf_u16(struct rbuf *b);
uint32_t rbuf_u32(struct rbuf *b);
/* Copy n bytes out (or zeros where there are not n). */
void rbuf_bytes(struct rbuf *b, void *out, size_t n);
void rbuf_skip(struct rbuf *b, size_t n);

void wbuf_u8(struct wbuf *b, uint8_t v);
void wbuf_u16(struct wbuf *b, uint16_t v);
void wbuf_u32(struct wbuf *b, uint32_t v);
void wbuf_bytes(struct wbuf *b, const void *p, size_t n);
void wbuf_zero(struct wbuf *b, size_t n);
/* Overwrite two bytes already written at `at`. */
void wbuf_patch_u16(struct wbuf *b, size_t at, uint16_t v);

#endif
