/* What cannot change in a process that goes on is compared whole, however long its names are. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/restart.h"
#include "tests/unit/test.h"

static void test_long_names(void **state)
{
	static char one[3000], other[3000];
	struct conf_global a = { .instance = one, .net_namespace = one }, b = { .instance = one, .net_namespace = other };

	(void)state;
	memset(one, 'x', sizeof(one) - 1);
	memset(other, 'x', sizeof(other) - 1);
	other[sizeof(other) - 2] = 'y';
	char *of_a = restart_form(&a), *again = restart_form(&a), *of_b = restart_form(&b);

	assert_non_null(of_a);
	assert_string_equal(of_a, again);
	assert_string_not_equal(of_a, of_b);
	assert_non_null(strstr(of_b, other));
	free(of_a);
	free(again);
	free(of_b);
}

static void test_each_counts(void **state)
{
	const struct conf_global all[] = {
		{ .instance = NULL }, { .instance = "a" }, { .net_namespace = "a" }, { .net_namespace_ipvs = "a" },
		{ .instance = "a", .net_namespace = "a" }, { .instance = "b" },
	};

	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(all); i++)
		for (size_t k = 0; k < N_ELEMENTS(all); k++) {
			char *x = restart_form(&all[i]), *y = restart_form(&all[k]);

			assert_int_equal(strcmp(x, y) == 0, i == k);
			free(x);
			free(y);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_long_names),
		cmocka_unit_test(test_each_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
