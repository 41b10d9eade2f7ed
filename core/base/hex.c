/*
 * The notation of hex.h.
 */
#include "config.h"

#include "core/base/hex.h"

/* Stands for any digit. */
#define HEX_ANY 16

/* 0..15 or HEX_ANY; -1: no digit. */
static int digit_of(char c, bool wild)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return wild && c == 'x' ? HEX_ANY : -1;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* The byte at *text, which moves past it. */
static bool take_byte(const char **text, uint8_t *value, uint8_t *mask)
{
	int high = 0, low = digit_of(*(*text)++, mask != NULL);

	if (low >= 0 && **text && !is_blank(**text)) {
		high = low;
		low = digit_of(*(*text)++, mask != NULL);
	}
	if (low < 0)
		return false;
	*value = (uint8_t)((high & 15) << 4 | (low & 15));
	if (mask)
		*mask = (uint8_t)((high < HEX_ANY ? 0xf0 : 0) | (low < HEX_ANY ? 0x0f : 0));
	return true;
}

bool hex_parse(const char *text, uint8_t *value, uint8_t *mask, size_t cap, size_t *len)
{
	size_t n = 0;

	while (*text) {
		if (is_blank(*text)) {
			text++;
			continue;
		}
		if (n == cap || !take_byte(&text, &value[n], mask ? &mask[n] : NULL))
			return false;
		n++;
	}
	*len = n;
	return n > 0;
}
