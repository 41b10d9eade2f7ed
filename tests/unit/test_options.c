/* The command line: what is decided there once. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <getopt.h>

#include <cmocka.h>

#include "core/options.h"

/* Which file it is must not change while the daemon runs: the helper opens that one only. */
static void test_file_is_chosen_once(void **unused)
{
	static char name[] = "regentd", n[] = "-n", f[] = "-f", path[] = "/some/where.conf";
	char *none[] = { name, n, NULL }, *named[] = { name, f, path, NULL };
	struct options o;

	(void)unused;
	assert_int_equal(options_parse(&o, 2, none), OPTIONS_RUN);
	assert_non_null(o.conf_file);
	assert_ptr_equal(options_conf_file(&o), o.conf_file);
	optind = 1;
	assert_int_equal(options_parse(&o, 3, named), OPTIONS_RUN);
	assert_string_equal(options_conf_file(&o), path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_file_is_chosen_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
