/*
 * Files that differ in lines that say nothing: what is said to be such a change never makes another tree, whatever the lines around
 * it are; and comments and blank lines, wherever they come or go as whole lines, are seen to be such a change.
 */
#include "config.h"

#include "tests/unit/test.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/load.h"
#include "conf/print.h"
#include "conf/quiet.h"

static bool quiet(const char *a, const char *b)
{
	/* exact copies: a byte read beyond them is seen by the sanitizer */
	size_t na = strlen(a), nb = strlen(b);
	char *ca = malloc(na ? na : 1), *cb = malloc(nb ? nb : 1);
	bool same;

	assert_non_null(ca);
	assert_non_null(cb);
	memcpy(ca, a, na);
	memcpy(cb, b, nb);
	same = quiet_change(ca, na, cb, nb);
	assert_int_equal(same, quiet_change(cb, nb, ca, na));
	free(ca);
	free(cb);
	return same;
}

static void test_table(void **state)
{
	static const struct {
		const char *a, *b;
		bool quiet;
	} cases[] = {
		{ "", "", true },
		{ "a\n", "a\n", true },
		{ "a\n", "a\n! c\n", true },
		{ "a\n", "a\n# c", true },
		{ "a\nb\n", "a\n  ! c\nb\n", true },
		{ "  a\n  b\n", "  a\n  ! c\n  b\n", true },
		{ "a\nb\n", "\n\t\na\r\n\nb\n", false }, /* the line end of a is another one: taken for a change */
		{ "a\n\n\n\nb\n", "a\nb\n", true },
		{ "! a\nb\n", "! a\n! a\nb\n", true },
		{ "! one\nb\n", "! another\nb\n", true },
		{ "! one\na\n! two\nb\n", "! 1\na\n! 2\nb\n", false }, /* two places: what lies between is not looked at */
		{ "a\n", "a ! c\n", false },
		{ "a\n", "a", false },
		{ "a", "a\n! c\n", false },
		{ "a\nb\n", "a\n!b\n", false },
		{ "a\n!b\n", "a\nb\n", false },
		{ "!\nb\n", "b\n", true },
		{ "a \\\nb\n", "a \\\n! c\nb\n", false },
		{ "a \\\r\nb\n", "a \\\r\n! c\nb\n", false },
		{ "a\nb\n", "a\n \\\nb\n", false },
		{ "$A= \\\n! in it\nb\n", "$A= \\\nb\n", false },
		{ "a\nb\n", "a\n@me ! c\nb\n", false },
		{ "a x\nb\n", "a y\nb\n", false },
	};

	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(cases); i++)
		if (quiet(cases[i].a, cases[i].b) != cases[i].quiet)
			fail_msg("case %zu", i);
	assert_false(quiet_change("a\n", 2, "a\n!\0\n", 5));
}

/* ---- against the parser ---- */

static uint64_t seed;

static size_t pick(size_t n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (size_t)(seed >> 33) % n;
}

#define LINES 24

struct text {
	const char *line[LINES];
	size_t n;
};

static const char *const lines[] = {
	"! a comment\n", "# another\n", "\n", "   \t\n", "  ! that ends in \\\n", "router_id a ! why\n", "$NAME= \\\n",
	"  one \\\n", "vrrp_version 3\n", "vrrp_version 2\n",
	"router_id \\\n", "$OTHER=b\n", "router_id $OTHER\n", "@me vrrp_startup_delay 3\n", "@you ! no\n", "\\\n",
	"vrrp_startup_delay 4\r\n", "\r\n", "~SEQ(I, 1, 2) ! $I\n", "email \"! no comment\n",
	"default_interface \"x # y\"\n", "include nothing\n",
};

static void random_text(struct text *t)
{
	t->n = 1 + pick(LINES - 4);
	for (size_t i = 0; i < t->n; i++)
		t->line[i] = lines[pick(N_ELEMENTS(lines))];
}

static void edit(struct text *t)
{
	size_t at = pick(t->n + 1), what = pick(3);

	if (what == 0 && t->n > 1 && at < t->n) {
		memmove(&t->line[at], &t->line[at + 1], (--t->n - at) * sizeof(t->line[0]));
	} else if (what == 1 && at < t->n) {
		t->line[at] = lines[pick(5)];
	} else if (t->n < LINES) {
		memmove(&t->line[at + 1], &t->line[at], (t->n++ - at) * sizeof(t->line[0]));
		t->line[at] = lines[pick(5)];
	}
}

static void join(const struct text *t, char *out, size_t size)
{
	size_t len = 0;

	len += (size_t)snprintf(out, size, "global_defs {\n");
	for (size_t i = 0; i < t->n; i++)
		len += (size_t)snprintf(out + len, size - len, "%s", t->line[i]);
	snprintf(out + len, size - len, "\n}\n");
}

/* What a text comes to: the tree in print, and whether something is found. */
static char *outcome(const char *text)
{
	const struct conf_options o = { .config_id = "me", .seed = 1, .lenient = true };
	struct diag *d = diag_new();
	const struct conf *c = conf_parse("t", text, strlen(text), &o, d);
	char *out = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&out, &len);

	assert_non_null(f);
	fprintf(f, "%zu %zu\n", diag_errors(d), diag_warnings(d));
	if (c)
		conf_print(c, f);
	fclose(f);
	conf_free(c);
	diag_free(d);
	return out;
}

static void test_parsed(void **state)
{
	size_t seen = 0, not = 0;

	(void)state;
	for (seed = 1; seed != 0 && seen + not < 20000;) {
		char a[2048], b[2048];
		struct text t;

		random_text(&t);
		join(&t, a, sizeof(a));
		edit(&t);
		if (pick(4) == 0)
			edit(&t);
		join(&t, b, sizeof(b));
		if (quiet(a, b)) {
			char *one = outcome(a), *two = outcome(b);

			if (strcmp(one, two) != 0)
				fail_msg("another tree:\n%s\n---\n%s", a, b);
			free(one);
			free(two);
			seen++;
		} else {
			not++;
		}
	}
	assert_true(seen > 5000);
	assert_true(not > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_parsed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
