/*
 * Whole files: tests/conf/good is accepted, says exactly what stands in NAME.err (nothing, where there is none), and
 * reads back from its print; tests/conf/bad is refused, and its first findings are those of NAME.err.
 */
#include "config.h"

#include "tests/unit/test.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/load.h"
#include "conf/print.h"
#include "conf/schema.h"

static const struct conf_options options = { .config_id = "me", .seed = 1 };
/* no_id*.conf: as on a host that the file does not know, whose name is none of its IDs. */
static const struct conf_options nobody = { .seed = 1 };

static void add_line(void *user, enum diag_severity s, const char *line)
{
	(void)s;
	fprintf(user, "%s\n", line);
}

static char *found_text(const struct diag *d)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	assert_non_null(f);
	diag_each(d, add_line, f);
	fclose(f);
	return text;
}

/* The text of NAME.err beside NAME.conf; empty where there is none. */
static char *expected_text(const char *conf)
{
	char path[256], *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len), *in;
	int c;

	assert_non_null(out);
	snprintf(path, sizeof(path), "%.*s.err", (int)(strlen(conf) - strlen(".conf")), conf);
	in = fopen(path, "r");
	while (in && (c = fgetc(in)) != EOF)
		fputc(c, out);
	if (in)
		fclose(in);
	fclose(out);
	return text;
}

static char *printed_text(const struct conf *c)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	assert_non_null(f);
	conf_print(c, f);
	fclose(f);
	return text;
}

static void check_round_trip(const char *name, const struct conf *c)
{
	struct diag *d = diag_new();
	char *text = printed_text(c);
	const struct conf *again = conf_parse(name, text, strlen(text), &options, d);

	if (!again)
		diag_print(d, stderr, false);
	assert_non_null(again);
	assert_true(conf_equal(c, again));
	conf_free(again);
	diag_free(d);
	free(text);
}

static void check_file(const char *name, bool good)
{
	struct diag *d = diag_new();
	const struct conf *c = conf_load(name, strncmp(name, "no_id", strlen("no_id")) == 0 ? &nobody : &options, d);
	char *found = found_text(d), *expected = expected_text(name);

	if (!good)
		found[strlen(expected) < strlen(found) ? strlen(expected) : strlen(found)] = '\0';
	assert_string_equal(found, expected);
	if (good) {
		assert_non_null(c);
		check_round_trip(name, c);
	} else {
		assert_null(c);
		assert_true(*expected);
	}
	conf_free(c);
	diag_free(d);
	free(found);
	free(expected);
}

static void check_folder(const char *folder, size_t at_least, bool good)
{
	const char *top = getenv("srcdir");
	char here[4096], path[4096];
	glob_t g = { 0 };

	assert_non_null(getcwd(here, sizeof(here)));
	snprintf(path, sizeof(path), "%s/tests/conf/%s", top ? top : ".", folder);
	assert_int_equal(chdir(path), 0);
	assert_int_equal(glob("*.conf", 0, NULL, &g), 0);
	assert_true(g.gl_pathc >= at_least);
	for (size_t i = 0; i < g.gl_pathc; i++) {
		print_message("%s/%s\n", folder, g.gl_pathv[i]);
		check_file(g.gl_pathv[i], good);
	}
	globfree(&g);
	assert_int_equal(chdir(here), 0);
}

static void test_good(void **state)
{
	(void)state;
	check_folder("good", 6, true);
}

static void test_bad(void **state)
{
	(void)state;
	check_folder("bad", 15, false);
}

/* Loses a brace, a quote or a line, or changes a digit, somewhere. */
static size_t damage(char *text, size_t n, unsigned seed)
{
	static const char *const kinds[] = { "{}", "\"'", "\n", "0123456789" };
	char *hit = strpbrk(text + seed * 2654435761u % n, kinds[seed % 4]);

	if (!hit)
		return n;
	if (seed % 4 == 3) {
		*hit = *hit == '9' ? '1' : (char)(*hit + 1);
		return n;
	}
	memmove(hit, hit + 1, n - (size_t)(hit - text));
	return n - 1;
}

/* A damaged file is refused, or reads back; and two trees are equal exactly where they print the same. */
static unsigned check_damaged(const char *name, const struct conf *whole, unsigned seed)
{
	struct diag *d = diag_new();
	char *text = printed_text(whole), *before = printed_text(whole), *after;
	size_t n = damage(text, strlen(text), seed);
	const struct conf *c = conf_parse(name, text, n, &options, d);
	unsigned differs = 0;

	assert_int_equal(c == NULL, diag_errors(d) > 0);
	if (c) {
		check_round_trip(name, c);
		after = printed_text(c);
		differs = strcmp(before, after) != 0;
		assert_int_equal(conf_equal(whole, c), !differs);
		free(after);
	}
	conf_free(c);
	diag_free(d);
	free(text);
	free(before);
	return differs;
}

static void test_damage(void **state)
{
	static const char *const names[] = { "vrrp", "services", "lexical" };
	const char *top = getenv("srcdir");
	unsigned differing = 0;

	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(names); i++) {
		struct diag *d = diag_new();
		const struct conf *whole;
		char path[4096];

		snprintf(path, sizeof(path), "%s/tests/conf/good/%s.conf", top ? top : ".", names[i]);
		whole = conf_load(path, &options, d);
		assert_non_null(whole);
		for (unsigned seed = 1; seed <= 1000; seed++)
			differing += check_damaged(names[i], whole, seed);
		conf_free(whole);
		diag_free(d);
	}
	assert_true(differing > 100);
}

static void test_unreadable(void **state)
{
	struct diag *d = diag_new();
	char *text;

	(void)state;
	assert_null(conf_load("/nonexistent/regent.conf", NULL, d));
	text = found_text(d);
	assert_string_equal(text, "/nonexistent/regent.conf: error: cannot be read: No such file or directory\n");
	free(text);
	assert_null(conf_load("/", NULL, d));
	assert_int_equal(diag_errors(d), 2);
	diag_free(d);
}

static int open_main_only(void *user, const char *path)
{
	if (strcmp(path, user) == 0)
		return open(path, O_RDONLY | O_CLOEXEC);
	errno = EXDEV;
	return -1;
}

static void write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

/* What no reload could ever read is an error, whatever the include's kind: half a configuration is none. */
static void test_elsewhere(void **state)
{
	char path[] = "/tmp/regent-conf-XXXXXX";
	struct conf_options o = { .open = open_main_only, .user = path };
	struct diag *d = diag_new();
	char want[256], *text;

	(void)state;
	close(mkstemp(path));
	write_file(path, "include /elsewhere\n");
	assert_null(conf_load(path, &o, d));
	text = found_text(d);
	snprintf(want, sizeof(want), "%s:1:9: error: cannot read '/elsewhere': it does not lie below the folder of the main file\n", path);
	assert_string_equal(text, want);
	free(text);
	unlink(path);
	diag_free(d);
}

/* A reload is read by another user than the start: a folder that it may not list is not an empty one. */
static void test_unlistable_folder(void **state)
{
	char dir[] = "/tmp/regent-conf-XXXXXX", path[64];
	struct diag *d = diag_new();
	uid_t me = geteuid();
	const struct conf *c;
	char *text;

	(void)state;
	assert_non_null(mkdtemp(dir));
	assert_int_equal(chmod(dir, 0755), 0);
	snprintf(path, sizeof(path), "%s/d", dir);
	assert_int_equal(mkdir(path, 0755), 0);
	assert_int_equal(chmod(path, 0111), 0);
	snprintf(path, sizeof(path), "%s/main.conf", dir);
	write_file(path, "include d/*.conf\ninclude none/*.conf\n");
	if (me == 0)
		assert_int_equal(seteuid(65534), 0);
	c = conf_load(path, NULL, d);
	assert_int_equal(seteuid(me), 0);
	text = found_text(d);
	assert_null(c);
	assert_non_null(strstr(text, "main.conf:1:9: error: what matches 'd/*.conf' cannot be found out: Permission denied"));
	assert_non_null(strstr(text, "main.conf:2:9: warning: no file matches"));
	free(text);
	diag_free(d);
	unlink(path);
	snprintf(path, sizeof(path), "%s/d", dir);
	rmdir(path);
	rmdir(dir);
}

static char *read_page(void)
{
	char *page = calloc(1, 1 << 20);
	FILE *f = fopen("conf/regent.conf.5", "r"); /* it is made where the tests are made */

	assert_true(page && f);
	assert_true(fread(page, 1, (1 << 20) - 1, f) > 0);
	fclose(f);
	return page;
}

/* The manual's examples are files that a reader will copy. */
static void test_manual_examples(void **state)
{
	char *page = read_page(), *start = page;
	size_t n = 0;

	(void)state;
	while ((start = strstr(start, "\n.Bd "))) {
		struct diag *d = diag_new();
		char *end = strstr(start, "\n.Ed");
		const struct conf *c;

		start = strchr(start + 1, '\n');
		assert_true(end && start < end);
		c = conf_parse("example", start, (size_t)(end - start), &options, d);
		if (!c)
			diag_print(d, stderr, false);
		assert_non_null(c);
		check_round_trip("example", c);
		conf_free(c);
		diag_free(d);
		start = end;
		n++;
	}
	assert_true(n >= 10);
	free(page);
}

/* Every keyword is in the manual. */
static void test_manual_keywords(void **state)
{
	char *page = read_page(), text[160];
	const struct kw_place *place;
	const struct kw_part *part;

	(void)state;
	for (size_t i = 0; (place = schema_place(i)); i++) {
		for (size_t p = 0; (part = schema_part(place, p)); p++) {
			for (size_t r = 0; r < part->n; r++) {
				const char *name = part->rows[r].name;

				snprintf(text, sizeof(text), ".It Ic \\&%.*s", (int)strcspn(name, "-"), name);
				if (!strstr(page, text))
					fail_msg("%s of %s is not in the manual", name, place->name);
			}
		}
	}
	free(page);
}

static void no_finding(void *user, enum diag_severity s, const char *line)
{
	(void)user, (void)s;
	fail_msg("%s", line);
}

/* The commented examples are accepted, and nothing is said of them. */
static void test_examples(void **state)
{
	const char *top = getenv("srcdir");
	char pattern[4096];
	glob_t g = { 0 };

	(void)state;
	snprintf(pattern, sizeof(pattern), "%s/conf/examples/*.conf", top ? top : ".");
	assert_int_equal(glob(pattern, 0, NULL, &g), 0);
	assert_int_equal(g.gl_pathc, 10);
	for (size_t i = 0; i < g.gl_pathc; i++) {
		struct diag *d = diag_new();
		const struct conf *c = conf_load(g.gl_pathv[i], &options, d);

		diag_each(d, no_finding, NULL);
		assert_non_null(c);
		check_round_trip(g.gl_pathv[i], c);
		conf_free(c);
		diag_free(d);
	}
	globfree(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_unreadable),
		cmocka_unit_test(test_elsewhere),
		cmocka_unit_test(test_unlistable_folder),
		cmocka_unit_test(test_manual_examples),
		cmocka_unit_test(test_manual_keywords),
		cmocka_unit_test(test_examples),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
