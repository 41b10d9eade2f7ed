/*
 * The configuration as hostile bytes: it is refused with a place, or it prints to a text that reads back to the same
 * tree.
 */
#include "config.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "conf/load.h"
#include "conf/print.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void line_done(void *user, enum diag_severity s, const char *line)
{
	(void)s;
	if (!*line)
		abort();
	++*(size_t *)user;
}

/* Every finding can be shown in both forms. */
static void show(const struct diag *d)
{
	static FILE *null;
	size_t lines = 0;

	if (!null)
		null = fopen("/dev/null", "w");
	diag_each(d, line_done, &lines);
	if (null)
		diag_print(d, null, true);
	if ((lines == 0) != (diag_errors(d) + diag_warnings(d) == 0))
		abort();
}

static void check_round_trip(const struct conf *c, const struct conf_options *o)
{
	struct diag *d = diag_new();
	const struct conf *again;
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		abort();
	conf_print(c, f);
	fclose(f);
	again = conf_parse("printed", text, len, o, d);
	if (!again || !conf_equal(c, again)) {
		fprintf(stderr, "%s\n", text);
		diag_print(d, stderr, false);
		abort();
	}
	conf_free(again);
	free(text);
	diag_free(d);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct conf_options strict = { .config_id = "me", .seed = 1 };
	const struct conf_options lenient = { .lenient = true, .config_id = "me", .seed = 1 };
	struct diag *d = diag_new(), *e = diag_new();
	const struct conf *c = conf_parse("fuzz", (const char *)data, size, &strict, d);
	const struct conf *loose = conf_parse("fuzz", (const char *)data, size, &lenient, e);

	if ((c == NULL) != (diag_errors(d) > 0) || (c && !loose))
		abort();
	show(d);
	show(e);
	if (loose)
		check_round_trip(loose, &strict);
	conf_free(c);
	conf_free(loose);
	diag_free(d);
	diag_free(e);
	return 0;
}
