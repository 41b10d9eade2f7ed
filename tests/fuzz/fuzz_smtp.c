/*
 * Fuzz target of the SMTP reply reader. The first byte chooses the cut. Any cut of a stream gives the replies that the
 * uncut stream gives, and no limit is passed.
 */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/probe/smtp_parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

/* What a stream comes to: each reply's code and first words, and how it ends. */
static uint64_t run(const uint8_t *data, size_t size, size_t cut)
{
	enum smtp_result r = SMTP_MORE;
	struct smtp_parse p;
	uint64_t sum = 0;

	smtp_parse_init(&p);
	for (size_t at = 0, used; at < size && r != SMTP_BAD; at += used) {
		size_t n = size - at < cut ? size - at : cut;

		used = 0;
		r = smtp_parse_feed(&p, data + at, n, &used);
		check(used >= 1 && used <= n && (r != SMTP_MORE || used == n));
		check(p.reply_len <= SMTP_REPLY_MAX + 1 && p.line_len <= SMTP_LINE_MAX);
		check((r == SMTP_BAD) == (p.why[0] != '\0'));
		if (r != SMTP_REPLY)
			continue;
		check(p.code >= 200 && p.code <= 599 && memchr(p.line, 0, sizeof(p.line)));
		for (const char *c = p.line; *c; c++)
			check(((unsigned char)*c >= 0x20 && (unsigned char)*c < 0x7f) || *c == '\r');
		sum = (sum ^ p.code ^ ((uint64_t)p.starttls << 16) ^ strlen(p.line)) * 1099511628211u;
	}
	return sum * 4 + (uint64_t)r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size >= 1)
		check(run(data + 1, size - 1, size) == run(data + 1, size - 1, data[0] % 16 + 1u));
	return 0;
}
