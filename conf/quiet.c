/*
 * Lines that say nothing: quiet.h. What a line says does not hang on the lines around it, but where one before it ends in a
 * backslash: then it may be a part of what that one says, comment or not.
 */
#include "config.h"

#include "conf/quiet.h"

#include <ctype.h>
#include <string.h>

/* Bytes that are compared at once. */
#define STRIDE ((size_t)256)

static size_t common_start(const char *a, const char *b, size_t most)
{
	size_t n = 0;

	while (most - n >= STRIDE && memcmp(a + n, b + n, STRIDE) == 0)
		n += STRIDE;
	while (n < most && a[n] == b[n])
		n++;
	return n;
}

/* Of what ends at `a` and at `b`. */
static size_t common_end(const char *a, const char *b, size_t most)
{
	size_t n = 0;

	while (most - n >= STRIDE && memcmp(a - n - STRIDE, b - n - STRIDE, STRIDE) == 0)
		n += STRIDE;
	while (n < most && a[-1 - (ptrdiff_t)n] == b[-1 - (ptrdiff_t)n])
		n++;
	return n;
}

static size_t line_start(const char *text, size_t at)
{
	while (at > 0 && text[at - 1] != '\n')
		at--;
	return at;
}

/* Does the line before this one, if there is any, end there? */
static bool begins_anew(const char *text, size_t at)
{
	if (at == 0)
		return true;
	at--; /* its "\n" */
	if (at > 0 && text[at - 1] == '\r')
		at--;
	return at == 0 || text[at - 1] != '\\';
}

/* Whole lines, each blank or a comment. */
static bool is_quiet(const char *p, const char *end)
{
	if (memchr(p, '\0', (size_t)(end - p)))
		return false; /* is complained of */
	while (p < end) {
		while (p < end && isspace((unsigned char)*p))
			p++;
		if (p == end)
			return true;
		if (*p != '!' && *p != '#')
			return false;
		p = memchr(p, '\n', (size_t)(end - p));
		if (!p)
			return true;
	}
	return true;
}

bool quiet_change(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t least = a_len < b_len ? a_len : b_len;
	size_t start = line_start(a, common_start(a, b, least));
	size_t same = common_end(a + a_len, b + b_len, least - start);
	size_t a_end = a_len - same, b_end = b_len - same;

	if (line_start(a, a_end) != a_end || line_start(b, b_end) != b_end) { /* a line that both only end alike */
		const char *stop = memchr(a + a_end, '\n', same);
		size_t rest = stop ? (size_t)(stop - (a + a_end)) + 1 : same;

		a_end += rest;
		b_end += rest;
	}
	return begins_anew(a, start) && is_quiet(a + start, a + a_end) && is_quiet(b + start, b + b_end);
}
