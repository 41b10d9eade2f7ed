/*
 * Texts to values. No floating point: a time is counted in microseconds from its digits.
 */
#include "config.h"

#include "conf/value.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum value_fault range(int64_t v, int64_t min, int64_t max)
{
	return v < min ? VALUE_LOW : v > max ? VALUE_HIGH : VALUE_OK;
}

enum value_fault value_number(const char *text, int64_t min, int64_t max, int64_t *out)
{
	const char *start = text + strspn(text, " \t"), *digits = start + (*start == '-' || *start == '+');
	char *end;

	if (!isdigit((unsigned char)*digits))
		return VALUE_NOT;
	errno = 0;
	*out = strtoll(start, &end, 0);
	if (*end)
		return VALUE_NOT;
	return range(*out, min, max);
}

enum value_fault value_time(const char *text, usec_t min, usec_t max, usec_t *out)
{
	const char *start = text + strspn(text, " \t"), *p = start + (*start == '-' || *start == '+');
	bool negative = *start == '-', any = false;
	const usec_t most = INT64_MAX / 16 / USEC_PER_SEC;
	usec_t seconds = 0, part = 0;

	for (; isdigit((unsigned char)*p); p++, any = true)
		seconds = seconds > most ? seconds : seconds * 10 + (*p - '0');
	if (*p == '.') {
		usec_t unit = USEC_PER_SEC / 10;

		for (p++; isdigit((unsigned char)*p); p++, any = true, unit /= 10)
			part += unit * (*p - '0');
	}
	if (!any || *p)
		return VALUE_NOT;
	*out = seconds > most ? INT64_MAX : seconds * USEC_PER_SEC + part;
	if (negative)
		*out = -*out;
	return range(*out, min, max);
}

bool value_bool(const char *text, bool *out)
{
	static const char *const yes[] = { "on", "true", "yes" }, *const no[] = { "off", "false", "no" };

	for (int i = 0; i < 3; i++) {
		if (strcmp(text, yes[i]) == 0 || strcmp(text, no[i]) == 0) {
			*out = strcmp(text, yes[i]) == 0;
			return true;
		}
	}
	return false;
}

const char *value_time_format(usec_t t, char buf[static VALUE_TIME_LEN])
{
	int n;

	if (t % USEC_PER_SEC == 0) {
		snprintf(buf, VALUE_TIME_LEN, "%lld", (long long)(t / USEC_PER_SEC));
		return buf;
	}
	n = snprintf(buf, VALUE_TIME_LEN, "%lld.%06lld", (long long)(t / USEC_PER_SEC), (long long)(t % USEC_PER_SEC));
	while (n > 0 && buf[n - 1] == '0')
		buf[--n] = '\0';
	return buf;
}
