/*
 * Damage: one brace, one quote or one value is lost somewhere. A lost brace or quote is always an error, and where there
 * are errors one of them is within three lines of the damage, or at the opening line of a block around it.
 *
 * `test_conf_mutate FILE...` does the same with other files and prints the figures.
 */
#include "config.h"

#include "tests/unit/test.h"

#include <fcntl.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf/load.h"
#include "conf/print.h"

#define ROUNDS 1000
#define NEAR 3

static int open_included(void *user, const char *path)
{
	(void)user;
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* no_id*.conf, and files from anywhere, which come with a path: read as on a host that they do not know. */
static const struct conf_options *options_of(const char *name)
{
	static const struct conf_options known = { .open = open_included, .config_id = "me", .seed = 1 };
	static const struct conf_options unknown = { .open = open_included, .seed = 1 };

	return strchr(name, '/') || strncmp(name, "no_id", strlen("no_id")) == 0 ? &unknown : &known;
}

enum damage { LOST_BRACE, LOST_QUOTE, LOST_VALUE };

struct target {
	size_t from, to; /* bytes that go */
	enum damage kind;
};

struct targets {
	struct target *list;
	size_t n;
};

static void add(struct targets *t, size_t from, size_t to, enum damage kind)
{
	t->list = realloc(t->list, (t->n + 1) * sizeof(*t->list));
	assert_non_null(t->list);
	t->list[t->n++] = (struct target){ from, to, kind };
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* Lines that the preprocessor works on: what is lost there may be missed at quite another place. */
static bool is_plain(const char *line, size_t n)
{
	size_t at = 0;

	while (at < n && is_blank(line[at]))
		at++;
	return at < n && !strchr("$~@", line[at]) && !memchr(line, '\\', n) && !memchr(line, '$', n);
}

static void find_in_line(struct targets *t, const char *text, size_t from, size_t to)
{
	bool first = true;
	size_t i = from;

	while (i < to && !strchr("#!", text[i])) {
		size_t start = i;

		if (is_blank(text[i])) {
			i++;
			continue;
		}
		if (text[i] == '{' || text[i] == '}') {
			add(t, i, i + 1, LOST_BRACE);
			i++;
			continue;
		}
		if (text[i] == '/') { /* {a,b} in a path belongs to the word */
			while (i < to && !is_blank(text[i]))
				i++;
			continue;
		}
		if (text[i] == '"' || text[i] == '\'') {
			add(t, i, i + 1, LOST_QUOTE);
			for (i++; i < to && text[i] != text[start]; i++)
				;
			if (i < to)
				add(t, i, i + 1, LOST_QUOTE);
			i += i < to;
			continue;
		}
		while (i < to && !is_blank(text[i]) && !strchr("#!{}\"'", text[i]))
			i++;
		if (!first)
			add(t, start, i, LOST_VALUE);
		first = false;
	}
}

static struct targets find_targets(const char *text, size_t len)
{
	struct targets t = { NULL, 0 };

	for (size_t from = 0; from < len;) {
		const char *end = memchr(text + from, '\n', len - from);
		size_t to = end ? (size_t)(end - text) : len;

		if (is_plain(text + from, to - from))
			find_in_line(&t, text, from, to);
		from = to + 1;
	}
	return t;
}

static uint32_t line_of(const char *text, size_t at)
{
	uint32_t line = 1;

	for (size_t i = 0; i < at; i++)
		line += text[i] == '\n';
	return line;
}

struct finding {
	const char *file;
	uint32_t damaged;
	uint32_t around[40]; /* opening lines of the blocks around the damage */
	size_t n_around;
	bool near;
};

static void look_at(struct finding *x, const struct conf_place *p)
{
	x->near |= p->line + NEAR >= x->damaged && p->line <= x->damaged + NEAR;
	x->near |= p->from_line && p->from_line + NEAR >= x->damaged && p->from_line <= x->damaged + NEAR;
	for (size_t i = 0; i < x->n_around; i++)
		x->near |= p->line == x->around[i] || (p->from_line && p->from_line == x->around[i]);
}

static void on_finding(void *user, const struct diag_finding *f)
{
	if (f->severity != DIAG_ERROR)
		return;
	look_at(user, &f->at);
	for (const struct diag_note *n = f->notes; n; n = n->next)
		look_at(user, &n->at);
}

/* The opening lines of the blocks that hold this offset, and of the one that a brace there closes. */
static void find_around(const char *text, size_t at, struct finding *x)
{
	char quote = '\0';

	for (size_t i = 0; i < at; i++) {
		if (quote) {
			quote = text[i] == quote || text[i] == '\n' ? '\0' : quote;
		} else if (strchr("#!", text[i])) {
			i += strcspn(text + i, "\n");
		} else if (text[i] == '"') {
			quote = text[i];
		} else if (text[i] == '{' && x->n_around < 40) {
			x->around[x->n_around++] = line_of(text, i);
		} else if (text[i] == '}' && x->n_around) {
			x->n_around--;
		}
	}
}

struct figures {
	size_t done, errors, accepted, changed, far, silent;
};

static void try_one(const char *name, const char *text, size_t len, const struct target *t, const struct conf *whole,
                    size_t warnings, struct figures *out, bool loud)
{
	struct finding x = { .file = name, .damaged = line_of(text, t->from) };
	struct diag *d = diag_new();
	char *damaged = malloc(len + 1);
	const struct conf *c;
	bool before = false, after = false;

	assert_non_null(damaged);
	memcpy(damaged, text, t->from);
	memcpy(damaged + t->from, text + t->to, len - t->to + 1);
	c = conf_parse(name, damaged, len - (t->to - t->from), options_of(name), d);
	out->done++;
	out->errors += !c;
	out->accepted += c != NULL;
	out->changed += c && whole && !conf_equal(c, whole);
	if (c && t->kind != LOST_VALUE && diag_warnings(d) == warnings) {
		out->silent++;
		after = true;
	}
	if (!c) {
		find_around(text, t->from, &x);
		diag_visit(d, on_finding, &x);
		before = !x.near;
		out->far += before;
	}
	if ((before || after) && loud) {
		printf("%s:%u: '%.*s' lost: %s\n", name, x.damaged, (int)(t->to - t->from), text + t->from,
		       after ? "accepted" : "the errors are elsewhere");
		diag_print(d, stdout, false);
	}
	free(damaged);
	conf_free(c);
	diag_free(d);
}

static char *read_whole(const char *path, size_t *len)
{
	FILE *f = fopen(path, "r");
	char *text = calloc(1, 1 << 20);

	assert_true(f && text);
	*len = fread(text, 1, (1 << 20) - 1, f);
	fclose(f);
	return text;
}

static void try_file(const char *path, struct figures *out, bool loud)
{
	struct diag *d = diag_new();
	uint64_t random = 88172645463325252u;
	size_t len;
	char *text = read_whole(path, &len);
	struct targets t = find_targets(text, len);
	const struct conf *whole = conf_parse(path, text, len, options_of(path), d);

	for (int i = 0; i < ROUNDS && t.n; i++) {
		random ^= random << 13;
		random ^= random >> 7;
		random ^= random << 17;
		try_one(path, text, len, &t.list[random % t.n], whole, diag_warnings(d), out, loud);
	}
	free(t.list);
	free(text);
	conf_free(whole);
	diag_free(d);
}

static void check_folder(const char *folder, size_t at_least)
{
	const char *top = getenv("srcdir");
	struct figures sum = { 0 };
	char here[4096], path[4096];
	glob_t g = { 0 };

	assert_non_null(getcwd(here, sizeof(here)));
	snprintf(path, sizeof(path), "%s/%s", top ? top : ".", folder);
	assert_int_equal(chdir(path), 0);
	assert_int_equal(glob("*.conf", 0, NULL, &g), 0);
	assert_true(g.gl_pathc >= at_least);
	for (size_t i = 0; i < g.gl_pathc; i++)
		try_file(g.gl_pathv[i], &sum, true);
	globfree(&g);
	assert_int_equal(chdir(here), 0);
	print_message("%s: %zu damaged, %zu errors, %zu accepted (%zu changed), %zu far, %zu silent\n", folder, sum.done,
	              sum.errors, sum.accepted, sum.changed, sum.far, sum.silent);
	assert_int_equal(sum.far, 0);
	assert_int_equal(sum.silent, 0);
	assert_true(sum.errors > sum.accepted);
}

static void test_good(void **state)
{
	(void)state;
	check_folder("tests/conf/good", 6);
}

static void test_examples(void **state)
{
	(void)state;
	check_folder("conf/examples", 10);
}

static int other_files(int n, char **paths)
{
	struct figures sum = { 0 };

	for (int i = 0; i < n; i++)
		try_file(paths[i], &sum, getenv("VERBOSE") != NULL);
	printf("%zu damaged, %zu errors, %zu accepted (%zu changed), %zu with errors elsewhere only, %zu silent\n", sum.done,
	       sum.errors, sum.accepted, sum.changed, sum.far, sum.silent);
	return 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_good), cmocka_unit_test(test_examples) };

	if (argc > 1)
		return other_files(argc - 1, argv + 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
