/*
 * `include` and its variants over files that are there, are not, cannot be read: what is an error, what a warning, and that
 * include_check adds to what the variants ask for.
 */
#include "config.h"

#include "tests/unit/test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/load.h"

static char dir[] = "/tmp/regent-include-XXXXXX";

/* Which names may be opened: all but `secret`. */
static int open_but_secret(void *user, const char *path)
{
	unsigned *opened = user;
	int fd;

	if (strstr(path, "secret")) {
		errno = EACCES;
		return -1;
	}
	fd = open(path, O_RDONLY | O_CLOEXEC);
	*opened += fd >= 0;
	return fd;
}

static void put(const char *name, const char *text)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static int set_up(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	put("a.inc", "vrrp_version 3\n");
	put("b.inc", "vrrp_startup_delay 7\n");
	put("secret.one", "x\n");
	put("twice.inc", "include a.inc\ninclude a.inc\n");
	put("checks.inc", "include_check match\n");
	return 0;
}

static int tear_down(void **state)
{
	static const char *const names[] = { "a.inc", "b.inc", "secret.one", "twice.inc", "checks.inc", "main.conf" };
	char path[128];

	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		unlink(path);
	}
	return rmdir(dir);
}

static const struct {
	const char *lines;
	size_t errors, warnings;
	unsigned opened; /* beside the main file */
} cases[] = {
	/* plain: nothing is an error */
	{ "include a.inc", 0, 0, 1 },
	{ "include none.inc", 0, 1, 0 },
	{ "include *.none", 0, 1, 0 },
	{ "include ./{a,b}.inc", 0, 0, 2 },
	{ "include ./{a,none}.inc", 0, 1, 1 },
	{ "include {a,b}.inc", 0, 0, 2 },
	{ "include \"{a,b}.inc\"", 0, 0, 2 },
	{ "include {a,b,none}.{inc,in}", 0, 4, 2 },
	{ "include secret.one", 0, 1, 0 },
	/* readable */
	{ "includer a.inc", 0, 0, 1 },
	{ "includer secret.one", 1, 0, 0 },
	{ "includer sec*", 1, 0, 0 },
	{ "includer *.none", 0, 1, 0 },
	{ "includer ./{a,*none}.inc", 0, 1, 1 },
	/* match */
	{ "includem a.inc", 0, 0, 1 },
	{ "includem none.inc", 1, 0, 0 },
	{ "includem *.none", 0, 1, 0 },
	{ "includem ./{a,none}.inc", 0, 1, 1 },
	/* wildcard */
	{ "includew *.inc", 0, 1, 6 },
	{ "includew *.none", 1, 0, 0 },
	{ "includew ./{a,none}.inc", 0, 1, 1 },
	/* brace: each of the names */
	{ "includeb ./{a,b}.inc", 0, 0, 2 },
	{ "includeb ./{a,none}.inc", 1, 0, 1 },
	{ "includeb ./{none,nothing,a}.inc", 2, 0, 1 },
	{ "includeb *.none", 0, 1, 0 },
	{ "includeb none.inc", 0, 1, 0 },
	/* all */
	{ "includea a.inc", 0, 0, 1 },
	{ "includea none.inc", 1, 0, 0 },
	{ "includea *.none", 1, 0, 0 },
	{ "includea ./{a,none}.inc", 1, 0, 1 },
	{ "includea secret.one", 1, 0, 0 },
	/* include_check: sets, adds, takes away; the variants add to it */
	{ "include_check match\ninclude none.inc", 1, 0, 0 },
	{ "include_check match wildcard_match\ninclude *.none", 1, 0, 0 },
	{ "include_check match\ninclude *.none", 0, 1, 0 },
	{ "include_check match\ninclude_check wildcard_match\ninclude none.inc", 0, 1, 0 },
	{ "include_check match\ninclude_check +wildcard_match\ninclude none.inc\ninclude *.none", 2, 0, 0 },
	{ "include_check match wildcard_match\ninclude_check -match\ninclude none.inc\ninclude *.none", 1, 1, 0 },
	{ "include_check brace_match\ninclude ./{a,none}.inc", 1, 0, 1 },
	{ "include_check readable\ninclude secret.one", 1, 0, 0 },
	{ "include_check match\nincludew none.inc", 1, 0, 0 },
	{ "include_check match\nincludew *.none", 1, 0, 0 },
	{ "include_check matsch\ninclude a.inc", 1, 0, 1 },
	/* it holds to the end of its file */
	{ "include checks.inc\ninclude none.inc", 0, 1, 1 },
	{ "include twice.inc", 0, 1, 3 }, /* vrrp_version is given again */
};

static void test_variants(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		unsigned opened = 0;
		const struct conf_options options = { .open = open_but_secret, .user = &opened, .seed = 1 };
		struct diag *d = diag_new();
		char text[512], path[128];

		snprintf(text, sizeof(text), "global_defs {\n%s\n}\n", cases[i].lines);
		put("main.conf", text);
		snprintf(path, sizeof(path), "%s/main.conf", dir);
		conf_free(conf_load(path, &options, d));
		if (getenv("VERBOSE"))
			diag_print(d, stderr, false);
		if (diag_errors(d) != cases[i].errors || opened != cases[i].opened + 1 || diag_warnings(d) != cases[i].warnings)
			print_message("%s: %zu errors, %zu warnings, %u opened\n", cases[i].lines, diag_errors(d), diag_warnings(d), opened);
		assert_int_equal(diag_errors(d), cases[i].errors);
		assert_int_equal(diag_warnings(d), cases[i].warnings);
		assert_int_equal(opened, cases[i].opened + 1);
		diag_free(d);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test_setup_teardown(test_variants, set_up, tear_down) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
