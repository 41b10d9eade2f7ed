/*
 * Bounds-checked big-endian cursors. Owns nothing; the bytes stay the caller's.
 */
#include "config.h"

#include "core/base/buf.h"

#include <string.h>

/* The next n bytes, or NULL from the first time that there are fewer. */
static const uint8_t *rbuf_take(struct rbuf *b, size_t n)
{
	const uint8_t *at = b->p;

	if (b->bad || n > b->left) {
		b->bad = true;
		return NULL;
	}
	b->p += n;
	b->left -= n;
	return at;
}

uint8_t rbuf_u8(struct rbuf *b)
{
	const uint8_t *p = rbuf_take(b, 1);

	return p ? p[0] : 0;
}

uint16_t rbuf_u16(struct rbuf *b)
{
	const uint8_t *p = rbuf_take(b, 2);

	return p ? (uint16_t)(p[0] << 8 | p[1]) : 0;
}

uint32_t rbuf_u32(struct rbuf *b)
{
	const uint8_t *p = rbuf_take(b, 4);

	return p ? (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3] : 0;
}

void rbuf_bytes(struct rbuf *b, void *out, size_t n)
{
	const uint8_t *p = rbuf_take(b, n);

	if (n == 0)
		return;
	if (p)
		memcpy(out, p, n);
	else
		memset(out, 0, n);
}

void rbuf_skip(struct rbuf *b, size_t n)
{
	rbuf_take(b, n);
}

/* Room for n bytes, or NULL from the first time that there is none. */
static uint8_t *wbuf_room(struct wbuf *b, size_t n)
{
	if (b->bad || n > b->cap - b->len) {
		b->bad = true;
		return NULL;
	}
	b->len += n;
	return b->start + (b->len - n);
}

void wbuf_u8(struct wbuf *b, uint8_t v)
{
	wbuf_bytes(b, &v, 1);
}

void wbuf_u16(struct wbuf *b, uint16_t v)
{
	const uint8_t be[2] = { (uint8_t)(v >> 8), (uint8_t)v };

	wbuf_bytes(b, be, sizeof(be));
}

void wbuf_u32(struct wbuf *b, uint32_t v)
{
	const uint8_t be[4] = { (uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v };

	wbuf_bytes(b, be, sizeof(be));
}

void wbuf_bytes(struct wbuf *b, const void *p, size_t n)
{
	uint8_t *at = n > 0 ? wbuf_room(b, n) : NULL;

	if (at)
		memcpy(at, p, n);
}

void wbuf_zero(struct wbuf *b, size_t n)
{
	uint8_t *at = n > 0 ? wbuf_room(b, n) : NULL;

	if (at)
		memset(at, 0, n);
}

void wbuf_patch_u16(struct wbuf *b, size_t at, uint16_t v)
{
	if (b->bad || b->len < 2 || at > b->len - 2) {
		b->bad = true;
		return;
	}
	b->start[at] = (uint8_t)(v >> 8);
	b->start[at + 1] = (uint8_t)v;
}
