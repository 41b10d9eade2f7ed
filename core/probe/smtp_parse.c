/*
 * SMTP replies, byte by byte: smtp_parse.h.
 */
#include "config.h"

#include "core/probe/smtp_parse.h"

#include <string.h>
#include <strings.h>

void smtp_parse_init(struct smtp_parse *p)
{
	*p = (struct smtp_parse){ .why = "" };
}

static enum smtp_result smtp_bad(struct smtp_parse *p, const char *why)
{
	p->why = why;
	return SMTP_BAD;
}

/* "250-STARTTLS", "250 STARTTLS" */
static bool smtp_says_starttls(const char *line)
{
	return strncasecmp(line + 4, "STARTTLS", 8) == 0 && (line[12] == '\0' || line[12] == ' ');
}

/* A whole line is in p->line, without its end. */
static enum smtp_result smtp_line(struct smtp_parse *p)
{
	unsigned code = 0;

	for (size_t i = 0; i < 3; i++) {
		if (p->line[i] < '0' || p->line[i] > '9')
			return smtp_bad(p, "a line without a reply code");
		code = code * 10 + (unsigned)(p->line[i] - '0');
	}
	if (code < 200 || code > 599)
		return smtp_bad(p, "no code of a reply");
	if (p->line[3] != '\0' && p->line[3] != ' ' && p->line[3] != '-')
		return smtp_bad(p, "a line without a reply code");
	if (p->code && p->code != code)
		return smtp_bad(p, "two codes in one reply");
	p->code = code;
	p->last = p->line[3] != '-';
	p->starttls |= p->line[3] != '\0' && smtp_says_starttls(p->line);
	return p->last ? SMTP_REPLY : SMTP_MORE;
}

static enum smtp_result smtp_end_line(struct smtp_parse *p)
{
	size_t n = p->line_len < SMTP_KEPT - 1 ? p->line_len : SMTP_KEPT - 1;

	if (n > 0 && p->line_len < SMTP_KEPT && p->line[n - 1] == '\r')
		n--;
	memset(p->line + n, 0, SMTP_KEPT - n);
	p->line_len = 0;
	return smtp_line(p);
}

static enum smtp_result smtp_byte(struct smtp_parse *p, uint8_t byte)
{
	if (p->reply_len++ >= SMTP_REPLY_MAX)
		return smtp_bad(p, "a reply over 16 KiB");
	if (byte == '\n')
		return smtp_end_line(p);
	if (p->line_len >= SMTP_LINE_MAX)
		return smtp_bad(p, "a line over 1 KiB");
	if (p->line_len < SMTP_KEPT - 1)
		p->line[p->line_len] = (byte >= 0x20 && byte < 0x7f) || byte == '\r' ? (char)byte : '?';
	p->line_len++;
	return SMTP_MORE;
}

enum smtp_result smtp_parse_feed(struct smtp_parse *p, const void *data, size_t len, size_t *used)
{
	const uint8_t *bytes = data;
	enum smtp_result r = SMTP_MORE;

	if (p->last)
		smtp_parse_init(p);
	for (*used = 0; *used < len && r == SMTP_MORE;)
		r = smtp_byte(p, bytes[(*used)++]);
	return r;
}
