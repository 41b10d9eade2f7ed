/*
 * Small safe string helpers. Owns nothing.
 */
#include "config.h"

#include "core/base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool text_copy(char *dst, size_t dstsize, const char *src)
{
	size_t n = strnlen(src, dstsize);
	bool fits = n < dstsize;

	if (!fits)
		n = dstsize - 1;
	memcpy(dst, src, n);
	memset(dst + n, 0, dstsize - n);
	return fits;
}

void text_append(char *dst, size_t size, size_t *len, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (size == 0 || *len >= size - 1)
		return;
	va_start(ap, fmt);
	n = vsnprintf(dst + *len, size - *len, fmt, ap);
	va_end(ap);
	if (n < 0)
		dst[*len] = '\0';
	else
		*len = (size_t)n < size - *len ? *len + (size_t)n : size - 1;
}

void text_add(char *dst, size_t size, size_t *len, const char *src)
{
	size_t n = strlen(src);

	if (size == 0 || *len >= size - 1)
		return;
	if (n > size - 1 - *len)
		n = size - 1 - *len;
	memcpy(dst + *len, src, n);
	*len += n;
	dst[*len] = '\0';
}

#define DISTANCE_MAX 64

static unsigned min3(unsigned a, unsigned b, unsigned c)
{
	unsigned m = a < b ? a : b;

	return m < c ? m : c;
}

/* Optimal string alignment: insert, delete, replace, and swap of neighbours cost one each; three rows are enough. */
unsigned text_distance(const char *a, const char *b)
{
	unsigned row[3][DISTANCE_MAX + 1];
	unsigned *before = row[0], *last = row[1], *now = row[2];
	size_t na = strnlen(a, DISTANCE_MAX), nb = strnlen(b, DISTANCE_MAX);

	for (size_t j = 0; j <= nb; j++)
		last[j] = before[j] = (unsigned)j;
	for (size_t i = 1; i <= na; i++) {
		unsigned *oldest = before;

		now[0] = (unsigned)i;
		for (size_t j = 1; j <= nb; j++) {
			now[j] = min3(last[j] + 1, now[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && before[j - 2] + 1 < now[j])
				now[j] = before[j - 2] + 1;
		}
		before = last;
		last = now;
		now = oldest;
	}
	return last[nb];
}
