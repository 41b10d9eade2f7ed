/*
 * What was asked of the host while a configuration was read: an answer that is another one is seen, whatever the times say; the same
 * bytes are the same configuration, whenever they were written.
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

#define NOW ((int64_t)4102444800 * 1000000) /* the year 2100: no file is younger */

static char dir[] = "/tmp/regent-trace-XXXXXX";
static unsigned opened;

static int open_counted(void *user, const char *path)
{
	(void)user;
	opened++;
	return open(path, O_RDONLY | O_CLOEXEC);
}

static const char *path_of(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static void put(const char *name, const char *text)
{
	FILE *f = fopen(path_of(name), "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static struct conf_options options = { .open = open_counted, .config_id = "here" };

static struct conf_trace *read_at(int64_t wall)
{
	struct diag *d = diag_new();
	struct conf_options o = options;
	const struct conf *c;

	o.trace = conf_trace_new(wall);
	c = conf_load(path_of("main"), &o, d);
	assert_non_null(c);
	conf_free(c);
	diag_free(d);
	return o.trace;
}

static enum conf_again again(struct conf_trace *t)
{
	opened = 0;
	return conf_again(t, &options, NOW);
}

static bool is_same(struct conf_trace *t)
{
	return again(t) == CONF_SAME;
}

static int set_up(void **state)
{
	(void)state;
	put("main", "global_defs {\nvrrp_version 3\ninclude *.inc\ninclude gone\n}\n");
	put("a.inc", "vrrp_startup_delay 7\n");
	put("b.inc", "! nothing\n");
	return 0;
}

static int tear_down(void **state)
{
	static const char *const names[] = { "main", "a.inc", "b.inc", "c.inc", "gone" };

	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(names); i++)
		unlink(path_of(names[i]));
	return 0;
}

static void test_same(void **state)
{
	struct conf_trace *t = read_at(NOW);

	(void)state;
	assert_true(is_same(t));
	assert_int_equal(opened, 1); /* the one that is not there */
	put("a.inc", "vrrp_startup_delay 7\n"); /* as a tool writes all its files again */
	assert_true(is_same(t));
	assert_int_equal(opened, 2);
	assert_true(is_same(t));
	assert_int_equal(opened, 1);
	conf_trace_free(t);
}

static void test_changed(void **state)
{
	static const struct {
		const char *name, *text; /* NULL: removed */
	} changes[] = {
		{ "main", "global_defs {\nvrrp_version 2\ninclude *.inc\ninclude gone\n}\n" },
		{ "a.inc", "vrrp_startup_delay 8\n" },
		{ "a.inc", "vrrp_startup_delay 7 ! why\n" },
		{ "a.inc", "vrrp_startup_delay 7" },
		{ "a.inc", "" },
		{ "a.inc", NULL },
		{ "b.inc", NULL },
		{ "c.inc", "" },
		{ "gone", "" },
	};

	for (size_t i = 0; i < N_ELEMENTS(changes); i++) {
		struct conf_trace *t = read_at(NOW);

		assert_true(is_same(t));
		if (changes[i].text)
			put(changes[i].name, changes[i].text);
		else
			unlink(path_of(changes[i].name));
		assert_int_equal(again(t), CONF_OTHER);
		conf_trace_free(t);
		tear_down(state);
		set_up(state);
	}
}

/* Comments and blank lines come and go: no word is another one, and from then on that is how the file was. */
static void test_same_words(void **state)
{
	struct conf_trace *t = read_at(NOW);

	(void)state;
	put("a.inc", "\n! why\nvrrp_startup_delay 7\n");
	assert_int_equal(again(t), CONF_SAME_WORDS);
	assert_int_equal(again(t), CONF_SAME);
	assert_int_equal(opened, 1);
	put("b.inc", "");
	assert_int_equal(again(t), CONF_SAME_WORDS);
	put("a.inc", "! why\nvrrp_startup_delay 8\n");
	assert_int_equal(again(t), CONF_OTHER);
	put("a.inc", "\n! why\nvrrp_startup_delay 7\n");
	assert_int_equal(again(t), CONF_SAME);
	conf_trace_free(t);
}

/* What was read to be compared is what is parsed: it is not read again, whatever is there by then. */
static void test_read_once(void **state)
{
	struct conf_trace *t = read_at(NOW);
	struct conf_options o = options;
	struct diag *d = diag_new();
	const struct conf *c;

	(void)state;
	put("main", "global_defs {\nvrrp_version 2\n}\n");
	assert_int_equal(again(t), CONF_OTHER);
	put("main", "global_defs {\nvrrp_version 3\n}\n");
	opened = 0;
	o.before = t;
	c = conf_load(path_of("main"), &o, d);
	assert_non_null(c);
	assert_int_equal(opened, 0);
	assert_int_equal(c->global.vrrp_version, 2);
	conf_free(c);
	c = conf_load(path_of("main"), &o, d); /* once */
	assert_non_null(c);
	assert_int_equal(c->global.vrrp_version, 3);
	conf_free(c);
	diag_free(d);
	conf_trace_free(t);
}

/* Within the grain of its times a file may change once more and look as it did: here to the same size and, by hand, the same time. */
static void test_young(void **state)
{
	struct conf_trace *t;
	struct stat st;

	(void)state;
	assert_int_equal(stat(path_of("a.inc"), &st), 0);
	t = read_at((int64_t)st.st_ctim.tv_sec * 1000000 + st.st_ctim.tv_nsec / 1000);
	assert_true(is_same(t));
	assert_true(opened > 1); /* compared, not believed */
	assert_true(is_same(t));
	assert_int_equal(opened, 1); /* it has become old */
	conf_trace_free(t);
}

static void test_other_things(void **state)
{
	struct conf_trace *t = read_at(NOW);

	(void)state;
	options.config_id = "there";
	assert_false(is_same(t));
	options.config_id = "here";
	assert_true(is_same(t));
	conf_trace_free(t);
	put("b.inc", "! ${_RANDOM}\n");
	t = read_at(NOW);
	assert_false(is_same(t));
	conf_trace_free(t);
	assert_int_equal(conf_again(NULL, &options, NOW), CONF_OTHER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_same, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_changed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_same_words, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_read_once, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_young, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_other_things, set_up, tear_down),
	};
	int failed;

	if (!mkdtemp(dir))
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	rmdir(dir);
	return failed;
}
