/*
 * An incremental reader of SMTP replies (RFC 5321, section 4.2), for probes. Pure, and of fixed size.
 *
 * A reply is one line "CODE text" or several "CODE-text" that end with one of the first form, all of one code. A line is
 * at most SMTP_LINE_MAX, a reply SMTP_REPLY_MAX.
 */
#ifndef REGENT_PROBE_SMTP_PARSE_H
#define REGENT_PROBE_SMTP_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SMTP_LINE_MAX 1024u
#define SMTP_REPLY_MAX (16u * 1024u)
#define SMTP_KEPT 64u

enum smtp_result {
	SMTP_MORE,
	SMTP_REPLY, /* `code` and `line` are those of a whole reply */
	SMTP_BAD,   /* not SMTP; `why` says what */
};

struct smtp_parse {
	unsigned code;      /* of the reply so far; 0: none yet */
	size_t line_len, reply_len;
	bool last;          /* the line has no '-' behind its code */
	bool starttls;      /* a line says STARTTLS */
	const char *why;
	char line[SMTP_KEPT]; /* the beginning of the last line, printable */
};

void smtp_parse_init(struct smtp_parse *p);
/* Take bytes up to the end of one reply; *used says how many. Begins anew after a reply. */
enum smtp_result smtp_parse_feed(struct smtp_parse *p, const void *data, size_t len, size_t *used);

#endif
