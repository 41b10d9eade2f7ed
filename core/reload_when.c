/*
 * Reading the time of a reload (reload_when.h).
 */
#include "config.h"

#include "core/reload_when.h"

#include <ctype.h>
#include <string.h>
#include <time.h>

/* `pattern` has a 0 for each digit; all else stands for itself. How long the match is, 0 none. */
static size_t looks_like(const char *text, const char *pattern)
{
	size_t i = 0;

	for (; pattern[i]; i++)
		if (pattern[i] == '0' ? !isdigit((unsigned char)text[i]) : text[i] != pattern[i])
			return 0;
	return i;
}

static int number(const char *text, size_t digits)
{
	int n = 0;

	while (digits-- > 0)
		n = n * 10 + (*text++ - '0');
	return n;
}

static bool take_time(const char *text, struct tm *tm)
{
	tm->tm_hour = number(text, 2);
	tm->tm_min = number(text + 3, 2);
	tm->tm_sec = number(text + 6, 2);
	return tm->tm_hour < 24 && tm->tm_min < 60 && tm->tm_sec < 60;
}

static bool take_date(const char *text, size_t year_digits, struct tm *tm)
{
	static const int days[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int year = number(text, year_digits);

	tm->tm_year = year_digits == 4 ? year - 1900 : year + 100;
	tm->tm_mon = number(text + year_digits + 1, 2) - 1;
	tm->tm_mday = number(text + year_digits + 4, 2);
	return tm->tm_mon >= 0 && tm->tm_mon < 12 && tm->tm_mday >= 1 && tm->tm_mday <= days[tm->tm_mon];
}

static int64_t seconds(const struct tm *tm, bool utc)
{
	struct tm copy = *tm;

	copy.tm_isdst = -1;
	return utc ? timegm(&copy) : mktime(&copy);
}

static enum reload_when today_or_tomorrow(struct tm *tm, bool utc, int64_t now, int64_t *at)
{
	const time_t t = (time_t)now;
	struct tm today;

	if (!(utc ? gmtime_r(&t, &today) : localtime_r(&t, &today)))
		return RELOAD_WHEN_NONE;
	tm->tm_year = today.tm_year;
	tm->tm_mon = today.tm_mon;
	tm->tm_mday = today.tm_mday;
	*at = seconds(tm, utc);
	if (*at <= now) {
		tm->tm_mday++; /* the calendar's day, which is 23 or 25 hours where the clock is put forward or back */
		*at = seconds(tm, utc);
	}
	return RELOAD_WHEN_DAILY;
}

enum reload_when reload_when_parse(const char *line, int64_t now, int64_t *at)
{
	size_t year = looks_like(line, "0000-00-00 ") ? 4 : looks_like(line, "00-00-00 ") ? 2 : 0;
	const char *rest = year ? line + year + sizeof("-00-00 ") - 1 : line;
	size_t len = looks_like(rest, "00:00:00");
	bool utc = len > 0 && rest[len] == 'Z';
	struct tm tm = { .tm_year = 0 };

	if (len == 0 || rest[len + utc] != '\0' || !take_time(rest, &tm) || (year && !take_date(line, year, &tm)))
		return RELOAD_WHEN_NONE;
	if (!year)
		return today_or_tomorrow(&tm, utc, now, at);
	*at = seconds(&tm, utc);
	return *at <= now ? RELOAD_WHEN_PAST : RELOAD_WHEN_ONCE;
}
