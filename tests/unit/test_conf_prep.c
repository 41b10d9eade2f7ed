/*
 * The preprocessor: what lines become, where their words stand and come from, and that small files stay small.
 */
#include "config.h"

#include "tests/unit/test.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "conf/lex.h"

struct reading {
	char tokens[4096];
	struct diag *diag;
	struct conf_word last; /* its text is gone */
};

static const char *environment(const char *name)
{
	return strcmp(name, "HERE") == 0 ? "there" : NULL;
}

/* Tokens as text: words in <>, braces as they are, ; for a line end. The last word that begins with "!" is kept. */
static void read_all(struct reading *r, const char *text, const char *mark)
{
	struct arena *a = arena_new();
	struct conf_source src = { .name = "t", .text = text, .len = strlen(text) }, *list = &src;
	struct prep *prep;
	struct conf_word w;
	struct lexer lx;
	size_t n = 0;
	enum lex_kind k;

	*r = (struct reading){ .diag = diag_new() };
	prep = prep_new(r->diag, "me", 7, environment);
	prep_set_sources(prep, &list);
	lex_start(&lx, &src, a, prep);
	while ((k = lex_next(&lx, &w)) != LEX_END) {
		if (k == LEX_WORD && mark && strcmp(w.text, mark) == 0)
			r->last = w;
		if (n > sizeof(r->tokens) - 200)
			continue;
		if (k == LEX_WORD)
			n += (size_t)snprintf(r->tokens + n, 100, "<%.80s>", w.text);
		else
			n += (size_t)snprintf(r->tokens + n, 100, "%s", k == LEX_OPEN ? "{" : k == LEX_CLOSE ? "}" : ";");
	}
	lex_stop(&lx);
	prep_free(prep);
	arena_free(a);
}

struct expected {
	const char *text, *tokens;
};

static void check_cases(const struct expected *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct reading r;

		read_all(&r, cases[i].text, NULL);
		assert_string_equal(r.tokens, cases[i].tokens);
		if (diag_errors(r.diag) + diag_warnings(r.diag))
			diag_print(r.diag, stderr, false);
		assert_int_equal(diag_errors(r.diag) + diag_warnings(r.diag), 0);
		diag_free(r.diag);
	}
}

static void test_variables(void **state)
{
	static const struct expected cases[] = {
		{ "$A=b c\n$A d\n", "<b><c><d>;" },
		{ "$A=b\nx${A}y $A\n", "<xby><b>;" },
		{ "$A=b # comment\n$A\n", "<b>;" },
		{ "  $A=b\n\t$A", "<b>;" },
		{ "$A=\nx $A y\n", "<x><y>;" },
		{ "$A=b\n# $A {\nx # $A\n", ";<x>;" },
		{ "$A=10.${B}.1\n$B=7\n$A\n$B=8\n$A\n", "<10.7.1>;<10.8.1>;" }, /* looked up where it is used */
		{ "$A=1\n$A=2\n$A\n", "<2>;" },
		{ "$A=b\n\"${A} '$A '\"\n", "<b 'b '>;" },
		{ "$A=b\r\n$A\r\n", "<b>;" },
		{ "@me $A=1\n@you $A=2\n$A\n", "<1>;" },
		{ "a\n$X\nb\n", "<a>;<$X>;<b>;" },
		{ "x$ $1 $(a)\n", "<x$><$1><$(a)>;" },
		{ "$A=${_HASH}x${_BANG}\n$A #y\n\"${_HASH}\"\n", "<#x!>;<#>;" },
		{ "${_INSTANCE} ${_PWD}/x\n", "<me><./x>;" },
		{ "x${_ENV HERE}y ${_ENV NOWHERE}z\n", "<xtherey><z>;" },
		{ "${_RANDOM 4 4} ${_RANDOM 5 5}\n", "<4><5>;" },
		{ "\xef\xbb\xbf$A=1\n$A\n", "<1>;" },
		{ "# \xc3\xa4\xe2\x82\xac\n$A=\xc3\xa4\n$A\n", ";<\xc3\xa4>;" },
	};

	(void)state;
	check_cases(cases, N_ELEMENTS(cases));
}

static void test_several_lines(void **state)
{
	static const struct expected cases[] = {
		{ "$A= \\\na \\\nb\n$A\n", "<a>;<b>;" },
		{ "$A=\\\na {\\\nb\\\n}\nx $A y\n", "<x><a>{;<b>;}<y>;" },
		{ "$A= \\\na # c \\\n# d \\\nb\n$A\n", "<a>;;<b>;" },
		{ "$A= \\\n@me a \\\n@you b \\\n@^you c\n$A\n", "<a>;<c>;" },
		{ "$A= \\\n$N=1 \\\n$B \\\n$N=2 \\\n$B\n$B= \\\nx${N} \\\ny\n$A\n", "<x1>;<y>;<x2>;<y>;" },
		{ "$A= \\\r\na \\\r\nb\r\n$A\r\n", "<a>;<b>;" },
		{ "$A= \\\na \\\n\nb\n$A\n", "<b>;<a>;" },
		{ "$A=one \\\ntwo\n$A\n", "<one>;<two>;" },
	};

	(void)state;
	check_cases(cases, N_ELEMENTS(cases));
}

static void test_loops(void **state)
{
	static const struct expected cases[] = {
		{ "~SEQ(i, 0, 3) a${i}\n", "<a0>;<a1>;<a2>;<a3>;" },
		{ "~SEQ(i, 2) a $i\n", "<a><1>;<a><2>;" },
		{ "~SEQ(i, -2) $i\n", "<-1>;<-2>;" },
		{ "~SEQ(i,5,-2,1) $i\n", "<5>;<3>;<1>;" },
		{ "~SEQ(i, 3, 1) $i\n", "<3>;<2>;<1>;" },
		{ "~SEQx(i, 0x90, 0x10, 0xb0) fe80::${i}\n", "<fe80::90>;<fe80::a0>;<fe80::b0>;" },
		{ "~SEQ(i,1,2) ~SEQ(j,1,2) ${i}${j}\n", "<11>;<12>;<21>;<22>;" },
		{ "$N=2\n~SEQ(i,${N}) $i\n", "<1>;<2>;" },
		{ "$N=2\n~SEQ(i,$N,$N) $i\n~LST({i,j},{1,$N},{$N,3}) $i${j}\n", "<2>;<$i2>;<$i3>;" },
		{ "$B= \\\na${i} \\\nb\n~SEQ(i,1,2) $B\n", "<a1>;<b>;<a2>;<b>;" },
		{ "$B= \\\n~SEQ(j,1,2) ${i}.${j}\n~SEQ(i,1,2) $B\n", "<1.1>;<1.2>;<2.1>;<2.2>;" },
		{ "$L=~SEQ(j,1,2) $j\n$L\n", "<1>;<2>;" },
		{ "$i=9\n~SEQ(i,1,2) $i\n$i\n", "<1>;<2>;<9>;" },
		{ "~SEQ(i,1,2) @me a$i\n@you ~SEQ(i,1,2) b\n", "<a1>;<a2>;" },
		{ "~LST(i, a, b c , d) x${i}\n", "<xa>;<xb><c>;<xd>;" },
		{ "~LST({i, j}, {10,1},{20,4}) ${i}.${j}\n", "<10.1>;<20.4>;" },
		{ "~LST(i,1,2) ~LST(j,3,4) ${i}${j}\n", "<13>;<14>;<23>;<24>;" },
		{ "~LST({i},{1},{2}) ~SEQ(j,1,2) ${i}${j}\n", "<11>;<12>;<21>;<22>;" },
		{ "a { ~SEQ(i,1,2) }\n", "<a>{<~SEQ(i,1,2)>};" },
	};

	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		struct reading r;

		read_all(&r, cases[i].text, NULL);
		assert_string_equal(r.tokens, cases[i].tokens);
		assert_int_equal(diag_errors(r.diag), 0);
		diag_free(r.diag);
	}
}

static void first_line(void *user, enum diag_severity s, const char *line)
{
	char *out = user;

	(void)s;
	if (!*out)
		snprintf(out, 400, "%s", line);
}

static void test_findings(void **state)
{
	static const struct expected cases[] = {
		{ "~SEQ(i) a\n", "t:1:1: error: this list or sequence cannot be worked off (~SEQ(VAR, [START, [STEP,]] END) or "
		                 "~LST(VAR, VALUE, ...))" },
		{ "~SEQ(i,1,0,2) a\n", NULL },
		{ "~SEQ(i,1,-1,2) a\n", NULL },
		{ "~SEQ(1,1,2) a\n", NULL },
		{ "~SEQ(i,1,2 a\n", NULL },
		{ "~SEQ(i,1,x) a\n", NULL },
		{ "~LST(i) a\n", NULL },
		{ "~LST({i,j},{1}) a\n", NULL },
		{ "~LST({i,j},{1,2},{3}) a\n", NULL },
		{ "~LST(i,{1},2) a\n", NULL },
		{ "$1A=b\n", "t:1:1: error: this cannot be the name of a variable (letters, digits and _, at most 63, no digit "
		             "first)" },
		{ "$_A=b\n", "t:1:1: warning: names of variables that begin with _ are the language's own" },
		{ "$NAME=b\n${NAMA}\n", "t:2:1: warning: the variable 'NAMA' is not defined: it stays as it is (did you mean "
		                        "'NAME'?)" },
		{ "$A=b\n$A.1\n", "t:2:1: warning: '$A' is no variable where '.' follows it (put its name in braces: ${NAME})" },
		{ "${_RANDOM 9 4}\n", "t:1:1: warning: the range of this random number is empty (${_RANDOM MIN MAX})" },
		{ "$A=x${A}\n$A\n", "t:2:1: error: variables name each other more than 64 deep: 'A' (does it name itself?)" },
		{ "$A=\\\nx\\\n$A\n$A\n", "t:4:1: error: variables and loops stand in each other more than 64 deep (does a variable "
		                          "name itself?); t:2:1: the text was written here" },
	};

	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		char line[400] = "";
		struct reading r;

		read_all(&r, cases[i].text, NULL);
		diag_each(r.diag, first_line, line);
		if (cases[i].tokens)
			assert_string_equal(line, cases[i].tokens);
		else
			assert_non_null(strstr(line, "cannot be worked off"));
		assert_int_equal(diag_errors(r.diag) + diag_warnings(r.diag), 1);
		diag_free(r.diag);
	}
}

static void check_place(const char *text, const char *mark, uint32_t line, uint32_t column, uint32_t from_line,
                        uint32_t from_column)
{
	struct reading r;

	read_all(&r, text, mark);
	assert_int_equal(r.last.at.line, line);
	assert_int_equal(r.last.at.column, column);
	assert_int_equal(r.last.at.from_line, from_line);
	assert_int_equal(r.last.at.from_column, from_column);
	assert_int_equal(r.last.at.from_file != NULL, from_line != 0);
	diag_free(r.diag);
}

/* Each token has the place where it stands and that where it was written. */
static void test_places(void **state)
{
	(void)state;
	check_place("a\n  $X=1\nb HERE $X\n", "HERE", 3, 3, 0, 0);
	check_place("$X=1 HERE\n\n  b $X\n", "HERE", 3, 5, 1, 6);
	check_place("$X= \\\na \\\n  b HERE \\\nc\n\n$X\n", "HERE", 6, 1, 3, 5);
	check_place("$X=$Y\n$Y=a HERE\n $X\n", "HERE", 3, 2, 2, 6);
	check_place("~SEQ(i,1,2) x HERE\n", "HERE", 1, 15, 0, 0);
	check_place("~LST(i,HERE,b) $i\n", "HERE", 1, 16, 1, 1);
	check_place("$X= \\\na HERE\n~SEQ(i,1,2) $X\n", "HERE", 3, 13, 2, 3);
	check_place("$Y=1\na $Y \\\n HERE\n", "HERE", 3, 2, 0, 0);
	check_place("@me  HERE\n", "HERE", 1, 6, 0, 0);
	check_place("$Y=\"a b\"\nx${Y} HERE\n", "HERE", 2, 7, 0, 0);
}

/* Text that doubles with each name: 2^40 of it. */
static size_t doubling(char *text, size_t size, const char *join)
{
	size_t n = (size_t)snprintf(text, size, "$V0=%sxxxx%sxxxx\n", *join == '\\' ? "\\\n" : "", join);

	for (int i = 1; i < 40; i++)
		n += (size_t)snprintf(text + n, size - n, "$V%d=%s${V%d}%s${V%d}\n", i, *join == '\\' ? "\\\n" : "", i - 1, join,
		                      i - 1);
	n += (size_t)snprintf(text + n, size - n, "a $V39\nb\n");
	return n;
}

static void check_bomb(const char *text)
{
	clock_t start = clock(); /* of this process, so that others' load does not count */
	struct reading r;
	char line[400] = "";

	read_all(&r, text, NULL);
	diag_each(r.diag, first_line, line);
	assert_int_equal(diag_errors(r.diag), 1);
	assert_non_null(strstr(line, "more than 64 MiB of text come of this line"));
	assert_true((double)(clock() - start) / CLOCKS_PER_SEC < 0.5);
	diag_free(r.diag);
}

static void test_bombs(void **state)
{
	static char text[8192];

	(void)state;
	doubling(text, sizeof(text), " ");
	check_bomb(text);
	doubling(text, sizeof(text), "\\\n");
	check_bomb(text);
	check_bomb("~SEQ(a,1,100000000000) x\n");
	check_bomb("~SEQ(a,1,9999) ~SEQ(b,1,9999) ~SEQ(c,1,9999) x\n");
	check_bomb("$B= \\\n~SEQ(b,1,9999) $C\n$C= \\\n~SEQ(c,1,9999) x${c}\n~SEQ(a,1,9999) $B\n");
	check_bomb("$N=99999\n~SEQ(a,1,${N}) ~SEQ(b,1,${N}) x\n");
}

/* What the manual of keepalived shows: 65 024 rounds of a block. */
static void test_many_rounds(void **state)
{
	struct reading r;

	(void)state;
	read_all(&r, "$V= \\\na v.${i}.${j}.${k} { \\\n b ${k} \\\n}\n~SEQ(i,0,7) ~SEQ(j,0,31) ~SEQ(k,1,254) $V\n", "v.7.31.254");
	assert_int_equal(diag_errors(r.diag), 0);
	assert_int_equal(r.last.at.line, 5);
	diag_free(r.diag);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_variables), cmocka_unit_test(test_several_lines), cmocka_unit_test(test_loops),
		cmocka_unit_test(test_findings),  cmocka_unit_test(test_places),        cmocka_unit_test(test_bombs),
		cmocka_unit_test(test_many_rounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
