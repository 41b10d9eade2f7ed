/*
 * Parse, print, parse: what is accepted prints to a text that says the same, and prints again to the very same text.
 */
#include "config.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/load.h"
#include "conf/print.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *printed(const struct conf *c, size_t *len)
{
	char *text = NULL;
	FILE *f = open_memstream(&text, len);

	if (!f)
		abort();
	conf_print(c, f);
	fclose(f);
	return text;
}

static void fail(const char *why, const char *text, const struct diag *d)
{
	fprintf(stderr, "%s\n%s\n", why, text);
	diag_print(d, stderr, false);
	abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct conf_options lenient = { .lenient = true, .config_id = "me", .seed = 1 }, strict = { .config_id = "me" };
	struct diag *d = diag_new(), *e = diag_new();
	const struct conf *c = conf_parse("fuzz", (const char *)data, size, &lenient, d), *again;
	char *text, *second;
	size_t len, len2;

	if (c) {
		text = printed(c, &len);
		again = conf_parse("printed", text, len, &strict, e);
		if (!again || !conf_equal(c, again))
			fail("it does not read back:", text, e);
		second = printed(again, &len2);
		if (len != len2 || memcmp(text, second, len) != 0)
			fail("it prints otherwise the second time:", second, e);
		free(second);
		free(text);
		conf_free(again);
	}
	conf_free(c);
	diag_free(d);
	diag_free(e);
	return 0;
}
