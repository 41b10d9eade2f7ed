/*
 * Lexer, parser and values: tokens with their places, trees of statements, and what is said of text that is neither.
 */
#include "config.h"

#include "tests/unit/test.h"

#include <stdlib.h>
#include <string.h>

#include "conf/parse.h"
#include "conf/value.h"

/* Tokens as text: words in <>, braces as they are, ; for a line end. */
static const char *tokens(const char *text, size_t len, struct diag *d, char out[static 512])
{
	struct arena *a = arena_new();
	struct conf_source src = { .name = "t", .text = arena_copy(a, text, len), .len = len };
	struct conf_word w;
	struct prep *prep = prep_new(d, "me", 1, NULL);
	struct lexer lx;
	size_t n = 0;
	enum lex_kind k;

	out[0] = '\0';
	lex_start(&lx, &src, a, prep);
	while ((k = lex_next(&lx, &w)) != LEX_END) {
		if (k == LEX_WORD)
			n += (size_t)snprintf(out + n, 512 - n, "<%s>", w.text);
		else
			n += (size_t)snprintf(out + n, 512 - n, "%s", k == LEX_OPEN ? "{" : k == LEX_CLOSE ? "}" : ";");
		assert_true(n < 500);
	}
	lex_stop(&lx);
	prep_free(prep);
	arena_free(a);
	return out;
}

static void test_tokens(void **state)
{
	static const struct {
		const char *text, *tokens;
	} cases[] = {
		{ "", "" },
		{ "a b\n", "<a><b>;" },
		{ "a b", "<a><b>" },
		{ "a\tb \r\n c", "<a><b>;<c>" },
		{ "a#b\nc!d", "<a>;<c>" },
		{ "a\\#b\\!c", "<a#b!c>" },
		{ "## x\n!y\n", ";;" },
		{ "a {\n}\n", "<a>{;};" },
		{ "a{\n}", "<a>{;}" },
		{ "a { b c }", "<a>{<b><c>}" },
		{ "{a b}", "{<a><b>}" },
		{ "x/{a,b}.conf {", "<x/{a,b}.conf>{" },
		{ "x/{a,b}", "<x/{a,b}>" },
		{ "$X ${Y\n", "<$X><${Y>;" },
		{ "a}b a}", "<a}b><a>}" },
		{ "\"a b\"'d e'c", "<a bd ec>" },
		{ "don't", "<don't>" },
		{ "\"\" ''", "<><>" },
		{ "\"#!{}\"", "<#!{}>" },
		{ "\"\\\"\\\\\\t\\101\\x42\\cA\\d\"", "<\"\\\tAB\001\\d>" },
		{ "'\\''", "<'>" },
		{ "a\\b", "<a\\b>" },
		{ "a \\\n b\nc", "<a><b>;<c>" },
		{ "a\\\r\nb", "<a><b>" },
		{ "@me a\n@you b\n@^me c\n@^you d\n", "<a>;<d>;" },
		{ "@me @^you a", "<a>;" },
		{ "  @you a {\nb", "<b>" },
		{ "x @you", "<x><@you>" },
		{ "$A b\n", "<$A><b>;" },
		{ "\xef\xbb\xbf" "a", "<a>" },
		{ "\xc2\xa0", "<\xc2\xa0>" },
		{ "\r", "" },
	};

	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		struct diag *d = diag_new();
		char out[512];

		assert_string_equal(tokens(cases[i].text, strlen(cases[i].text), d, out), cases[i].tokens);
		assert_int_equal(diag_errors(d), 0);
		assert_int_equal(diag_warnings(d), strchr(cases[i].text, '\'') && strstr(cases[i].text, "n't") ? 1 : 0);
		diag_free(d);
	}
}

static void first_line(void *user, enum diag_severity s, const char *line)
{
	char *out = user;

	(void)s;
	if (!*out)
		snprintf(out, 256, "%s", line);
}

static void assert_first(const struct diag *d, const char *expected)
{
	char line[256] = "";

	diag_each(d, first_line, line);
	assert_string_equal(line, expected);
}

static void test_lexical_errors(void **state)
{
	static const struct {
		const char *text;
		size_t len;
		const char *error;
	} cases[] = {
		{ "a \"b\nc", 6, "t:1:3: error: this quote is not closed (a quote closes on the line that it opens on)" },
		{ "a\n 'b", 5, "t:2:2: error: this quote is not closed (a quote closes on the line that it opens on)" },
		{ "a b\0c \0", 7, "t:1:4: error: a NUL byte (is it a text file?)" },
		{ "\"\0\"", 3, "t:1:2: error: a NUL byte (is it a text file?)" },
		{ "#\0", 2, "t:1:2: error: a NUL byte (is it a text file?)" },
		{ "\"a\\x00\"", 7, "t:1:4: error: an escape that stands for a NUL byte" },
		{ "\"\\0\"", 4, "t:1:3: error: an escape that stands for a NUL byte" },
	};

	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		struct diag *d = diag_new();
		char out[512];

		tokens(cases[i].text, cases[i].len, d, out);
		assert_int_equal(diag_errors(d), 1);
		assert_first(d, cases[i].error);
		diag_free(d);
	}
}

static struct conf_stmt *parse(struct arena *a, const char *text, struct diag *d)
{
	struct conf_source *src = arena_alloc(a, sizeof(*src));
	struct parse_input in = { .src = src, .arena = a, .diag = d };

	*src = (struct conf_source){ .name = "t", .text = arena_text(a, text), .len = strlen(text) };
	return parse_statements(&in);
}

/* "a b{c;};" */
static size_t shape(const struct conf_stmt *st, char *out, size_t n)
{
	for (; st; st = st->next) {
		for (size_t i = 0; i < st->n_words; i++)
			n += (size_t)snprintf(out + n, 512 - n, "%s%s", i ? " " : "", st->words[i].text);
		if (st->has_block) {
			out[n++] = '{';
			n = shape(st->child, out, n);
			out[n++] = '}';
		}
		out[n++] = ';';
		out[n] = '\0';
	}
	return n;
}

static void test_shapes(void **state)
{
	static const struct {
		const char *text, *shape;
	} cases[] = {
		{ "a b\nc", "a b;c;" },
		{ "a {\n b\n c d\n}\ne", "a{b;c d;};e;" },
		{ "a\n\n{\n b }\n", "a{b;};" },
		{ "a { b c }", "a{b c;};" },
		{ "a { b { c\n } } d", "a{b{c;};};d;" },
		{ "a {}", "a{};" },
		{ "a { }\nb { }", "a{};b{};" },
	};

	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		struct arena *a = arena_new();
		struct diag *d = diag_new();
		char out[512] = "";

		shape(parse(a, cases[i].text, d), out, 0);
		assert_string_equal(out, cases[i].shape);
		assert_int_equal(diag_errors(d), 0);
		diag_free(d);
		arena_free(a);
	}
}

static void test_brace_errors(void **state)
{
	static const struct {
		const char *text, *error;
	} cases[] = {
		{ "a {\nb {\n}\n", "t:1:3: error: this '{' is never closed (a '}' is missing in or after this block)" },
		{ "a\n}\n", "t:2:1: error: '}' without a '{' (is a block closed twice above?)" },
		{ "{\n}\n", "t:1:1: error: '{' without a keyword before it (a '{' follows the keyword whose block it opens)" },
		{ "a { }\n{ }\n",
		  "t:2:1: error: '{' without a keyword before it (a '{' follows the keyword whose block it opens)" },
		{ "include x", "t:1:9: error: no file can be included here" },
	};

	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		struct arena *a = arena_new();
		struct diag *d = diag_new();

		parse(a, cases[i].text, d);
		assert_int_equal(diag_errors(d), 1);
		assert_first(d, cases[i].error);
		diag_free(d);
		arena_free(a);
	}
}

static void test_depth(void **state)
{
	struct arena *a = arena_new();
	struct diag *d = diag_new();
	char text[30001] = "";

	(void)state;
	for (size_t i = 0; i + 3 < sizeof(text); i += 3)
		memcpy(text + i, "a{ ", 3);
	parse(a, text, d);
	assert_true(diag_errors(d) > 0);
	diag_free(d);
	arena_free(a);
}

static void test_long_line(void **state)
{
	struct arena *a = arena_new();
	struct diag *d = diag_new();
	size_t n = 1 << 20;
	char *text = malloc(n + 1);
	struct conf_stmt *st;

	(void)state;
	assert_non_null(text);
	memset(text, 'x', n);
	text[1000] = ' ';
	text[n] = '\0';
	st = parse(a, text, d);
	assert_int_equal(st->n_words, 2);
	assert_int_equal(strlen(st->words[1].text), n - 1001);
	assert_int_equal(st->words[1].at.column, 1002);
	free(text);
	diag_free(d);
	arena_free(a);
}

static void test_times(void **state)
{
	static const struct {
		const char *text;
		enum value_fault fault;
		usec_t t;
	} cases[] = {
		{ "1", VALUE_OK, 1000000 },
		{ "0.25", VALUE_OK, 250000 },
		{ ".5", VALUE_OK, 500000 },
		{ "2.", VALUE_OK, 2000000 },
		{ "0.000001", VALUE_OK, 1 },
		{ "0.0000019", VALUE_OK, 1 },
		{ " 3", VALUE_OK, 3000000 },
		{ "+3", VALUE_OK, 3000000 },
		{ "-1", VALUE_LOW, 0 },
		{ "101", VALUE_HIGH, 0 },
		{ "99999999999999999999", VALUE_HIGH, 0 },
		{ "", VALUE_NOT, 0 },
		{ ".", VALUE_NOT, 0 },
		{ "1s", VALUE_NOT, 0 },
		{ "x", VALUE_NOT, 0 },
		{ "1e3", VALUE_NOT, 0 },
		{ "1.2.3", VALUE_NOT, 0 },
	};
	char buf[VALUE_TIME_LEN];
	usec_t t;

	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		assert_int_equal(value_time(cases[i].text, 0, 100 * USEC_PER_SEC, &t), cases[i].fault);
		if (cases[i].fault == VALUE_OK)
			assert_int_equal(t, cases[i].t);
	}
	assert_string_equal(value_time_format(1500000, buf), "1.5");
	assert_string_equal(value_time_format(1, buf), "0.000001");
	assert_string_equal(value_time_format(10000000, buf), "10");
}

static void test_numbers(void **state)
{
	int64_t n;

	(void)state;
	assert_int_equal(value_number("0x1f", 0, 100, &n), VALUE_OK);
	assert_int_equal(n, 31);
	assert_int_equal(value_number("010", 0, 100, &n), VALUE_OK);
	assert_int_equal(n, 8);
	assert_int_equal(value_number("-5", -10, 100, &n), VALUE_OK);
	assert_int_equal(n, -5);
	assert_int_equal(value_number("101", 0, 100, &n), VALUE_HIGH);
	assert_int_equal(value_number("99999999999999999999999", 0, 100, &n), VALUE_HIGH);
	assert_int_equal(value_number("-1", 0, 100, &n), VALUE_LOW);
	assert_int_equal(value_number("", 0, 100, &n), VALUE_NOT);
	assert_int_equal(value_number("1x", 0, 100, &n), VALUE_NOT);
	assert_int_equal(value_number("--1", 0, 100, &n), VALUE_NOT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tokens),
		cmocka_unit_test(test_lexical_errors),
		cmocka_unit_test(test_shapes),
		cmocka_unit_test(test_brace_errors),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_long_line),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
