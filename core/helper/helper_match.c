/*
 * Words in the bytes of the configuration's files (helper_match.h).
 *
 * Owns nothing. It does not know the language: it looks for words in their order, between the quotes or line ends that the files
 * have, and puts the values of $VARIABLEs in where they stand. Time is bounded by a number of steps; where they end, the answer is no.
 */
#include "config.h"

#include "core/helper/helper_match.h"

#include <string.h>

#define STEPS_MAX 8000000u /* of one search, some 20 ms */
#define DEPTH_MAX 8u       /* a variable in a variable in ... */
#define FREE_VALUE_MAX 64u /* characters for a variable that no line gives a value */

/* A place in a file's bytes; where it stands in a variable's value, what follows the variable is `up`. */
struct at {
	const char *p, *end;
	const struct at *up;
	unsigned depth;
};

struct search {
	const struct conf_file *files;
	const char *want;
	size_t len;
	char quote;  /* around the command, 0: none */
	bool spaced; /* it has more than one word */
	bool glob;   /* the file's words are patterns, but for the first */
	unsigned steps;
};

bool match_is_gap(char c)
{
	return c == ' ' || c == '\t' || c == '"' || c == '\'' || c == '\\';
}

static bool is_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool match_is_plain(char c)
{
	return is_name(c) || (c != '\0' && strchr(".:,@%+-", c));
}

static struct at out_of_values(struct at a)
{
	while (a.p == a.end && a.up)
		a = *a.up;
	return a;
}

static bool ends_line(const struct at *a)
{
	return a->p == a->end || *a->p == '\n' || *a->p == '\r';
}

/* All words are found: does the command end here too? */
static bool command_ends(const struct search *s, struct at a)
{
	for (;;) {
		a = out_of_values(a);
		if (ends_line(&a) || (s->quote && *a.p == s->quote) || (s->glob && !s->quote && (*a.p == ' ' || *a.p == '\t')))
			return true;
		if (*a.p == '\'' || *a.p == '"') {
			a.p++;
			continue;
		}
		return !s->quote && !s->spaced && (*a.p == ' ' || *a.p == '\t');
	}
}

static bool match(struct search *s, struct at a, size_t w, bool gap);

/* A variable that no line gives a value. */
static bool match_free(struct search *s, const struct at *after, size_t w, bool gap)
{
	size_t n = 0;

	if (match(s, *after, w, gap))
		return true;
	if (s->want[w] == '\0' && gap)
		w++; /* it is the next word's beginning */
	else if (s->want[w] == '\0' || gap)
		return false;
	if (w == 0 || (s->want[w] == '-' && s->want[w - 1] == '\0'))
		return false;
	while (w + n < s->len && n < FREE_VALUE_MAX && match_is_plain(s->want[w + n]))
		if (match(s, *after, w + ++n, false))
			return true;
	return false;
}

/* `$NAME` of n bytes: the value that this file gives it at `at`, up to the line's end. */
static bool match_value(struct search *s, const struct conf_file *f, const char *at, const struct at *after, size_t w, bool gap)
{
	const char *end = f->bytes + f->len, *eol = at < end ? memchr(at, '\n', (size_t)(end - at)) : NULL;
	struct at value = { .p = at, .end = eol ? eol : end, .up = after, .depth = after->depth + 1 };

	while (value.p < value.end && (*value.p == ' ' || *value.p == '\t'))
		value.p++;
	while (value.end > value.p && (value.end[-1] == ' ' || value.end[-1] == '\t' || value.end[-1] == '\r'))
		value.end--;
	return match(s, value, w, gap);
}

/* `what`, of n bytes, from `from` on. Looking through bytes is fast, but not free. */
static const char *find_line(struct search *s, const struct conf_file *f, const char *from, const char *what, size_t n)
{
	const char *end = f->bytes + f->len, *at = s->steps ? memmem(from, (size_t)(end - from), what, n) : NULL;
	size_t cost = 64 + (size_t)((at ? at : end) - from) / 32;

	s->steps -= s->steps < cost ? s->steps : (unsigned)cost;
	return at;
}

static bool match_variable(struct search *s, struct at a, size_t w, bool gap)
{
	bool braced = a.p + 1 < a.end && a.p[1] == '{', known = false;
	const char *name = a.p + (braced ? 2 : 1), *p = name;
	char line[72];
	size_t n;

	while (p < a.end && is_name(*p))
		p++;
	n = (size_t)(p - name);
	if (n == 0 || n > sizeof(line) - 3 || (braced && (p == a.end || *p != '}')) || a.depth >= DEPTH_MAX)
		return false;
	a.p = p + braced;
	line[0] = '$';
	memcpy(line + 1, name, n);
	line[n + 1] = '=';
	for (const struct conf_file *f = s->files; f; f = f->next) {
		const char *from = f->bytes, *at;

		while ((at = find_line(s, f, from, line, n + 2)) != NULL) {
			known = true;
			from = at + n + 2;
			if (match_value(s, f, from, &a, w, gap))
				return true;
		}
	}
	return !known && match_free(s, &a, w, gap);
}

/* ---- patterns of include lines ---- */

/* A dot that only a dot means. */
static bool is_hidden(const struct search *s, size_t w)
{
	return s->want[w] == '.' && (s->want[w - 1] == '/' || s->want[w - 1] == '\0');
}

static bool is_wild_for(const struct search *s, size_t w)
{
	return s->want[w] != '\0' && s->want[w] != '/' && !is_hidden(s, w);
}

static bool match_star(struct search *s, const struct at *after, size_t w)
{
	if (is_hidden(s, w))
		return false;
	for (;; w++) {
		if (match(s, *after, w, false))
			return true;
		if (!is_wild_for(s, w))
			return false;
	}
}

/* The end of the class that begins behind `p`; NULL: it is none. */
static const char *class_end(const char *p, const char *end)
{
	p += p < end && (*p == '!' || *p == '^');
	for (p += p < end && *p == ']'; p < end && *p != '\n'; p++)
		if (*p == ']')
			return p;
	return NULL;
}

static bool in_class(const char *p, const char *end, unsigned char c)
{
	bool negated = *p == '!' || *p == '^', found = false;

	for (p += negated; p < end; p++) {
		unsigned char low = (unsigned char)*p, high = low;

		if (end - p > 2 && p[1] == '-') {
			high = (unsigned char)p[2];
			p += 2;
		}
		found |= c >= low && c <= high;
	}
	return found != negated;
}

static bool match_class(struct search *s, const struct at *a, const char *end, size_t w)
{
	struct at after = *a;

	after.p = end + 1;
	return is_wild_for(s, w) && in_class(a->p + 1, end, (unsigned char)s->want[w]) && match(s, after, w + 1, false);
}

/* The next comma of this list, or the brace that closes it; NULL: none does. */
static const char *list_stop(const char *p, const char *end)
{
	for (unsigned depth = 0; p < end && *p != '\n'; p++) {
		if (depth == 0 && (*p == ',' || *p == '}'))
			return p;
		depth += *p == '{';
		depth -= *p == '}';
	}
	return NULL;
}

static bool match_list(struct search *s, const struct at *a, size_t w)
{
	const char *stop = list_stop(a->p + 1, a->end);
	struct at after = *a;

	while (stop && *stop == ',')
		stop = list_stop(stop + 1, a->end);
	if (!stop || a->depth >= DEPTH_MAX)
		return false;
	after.p = stop + 1;
	for (const char *p = a->p + 1; p <= stop; p++) {
		struct at one = { .p = p, .end = list_stop(p, a->end), .up = &after, .depth = a->depth + 1 };

		if (match(s, one, w, false))
			return true;
		p = one.end;
	}
	return false;
}

/* What stands at `a` may mean more than itself. */
static bool match_wild(struct search *s, struct at a, size_t w)
{
	const char *end = *a.p == '[' ? class_end(a.p + 1, a.end) : NULL;

	if (end)
		return match_class(s, &a, end, w);
	if (*a.p == '{')
		return match_list(s, &a, w);
	bool star = *a.p++ == '*';

	if (star)
		return match_star(s, &a, w);
	return is_wild_for(s, w) && match(s, a, w + 1, false);
}

static bool is_wild(const struct search *s, const struct at *a, size_t w)
{
	if (!s->glob || w == 0)
		return false;
	return *a->p == '*' || *a->p == '?' || *a->p == '{' || (*a->p == '[' && class_end(a->p + 1, a->end));
}

/*
 * Do the words from want[w] on stand at `a`? A word's NUL is met by spaces and quotes; `gap`: some were passed. Quotes and
 * backslashes inside a word are not part of it.
 */
static bool match(struct search *s, struct at a, size_t w, bool gap)
{
	for (;;) {
		if (s->steps == 0 || --s->steps == 0)
			return false;
		a = out_of_values(a);
		if (w + 1 == s->len && command_ends(s, a))
			return true;
		if (a.p == a.end)
			return false;
		char c = s->want[w], here = *a.p;

		if (here == '$' && c != '$')
			return match_variable(s, a, w, gap);
		if (is_wild(s, &a, w))
			return match_wild(s, a, w);
		if (c == '\0') {
			if (match_is_gap(here) || (here == '\n' && gap && a.p[-1] == '\\')) {
				gap = true;
				a.p++;
				continue;
			}
			if (!gap || w + 1 == s->len)
				return false;
			gap = false;
			w++;
			continue;
		}
		if (here == c) {
			a.p++;
			w++;
			continue;
		}
		if (here != '\\' && here != '"' && here != '\'')
			return false;
		a.p++;
	}
}

/* Where a command may begin: behind a quote, a space, a line's end or the sign that gives a variable its value. */
static bool begins(const struct conf_file *f, const char *p, char *quote)
{
	char before = p == f->bytes ? '\n' : p[-1];

	*quote = before == '"' || before == '\'' ? before : '\0';
	return *quote || before == ' ' || before == '\t' || before == '\n' || before == '=';
}

static bool stands_in(struct search *s, const struct conf_file *f)
{
	const char *end = f->bytes + f->len;

	for (const char *p = f->bytes; p < end && s->steps > 0; p++) {
		struct at a = { .p = p, .end = end };

		if ((*p == s->want[0] || *p == '$') && begins(f, p, &s->quote) && match(s, a, 0, false))
			return true;
	}
	return false;
}

bool match_command(const struct conf_file *files, const char *words, size_t len)
{
	struct search s = { .files = files, .want = words, .len = len, .steps = STEPS_MAX, .spaced = strlen(words) + 1 < len };

	for (const struct conf_file *f = files; f && s.steps > 0; f = f->next)
		if (stands_in(&s, f))
			return true;
	return false;
}

/* ---- include lines ---- */

#define INCLUDE "include"

bool match_has_include(const char *bytes, size_t len)
{
	return memmem(bytes, len, INCLUDE, sizeof(INCLUDE) - 1) != NULL;
}

/* The pattern behind the keyword that ends before `p`. */
static bool pattern_matches(struct search *s, const char *p, const char *end)
{
	struct at a = { .p = p, .end = end };

	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	s->quote = p < end && (*p == '"' || *p == '\'') ? *p : '\0';
	return match(s, a, 0, false);
}

static bool includes(struct search *s, const struct conf_file *f)
{
	const char *from = f->bytes, *end = f->bytes + f->len, *at;
	char quote;

	while ((at = find_line(s, f, from, INCLUDE, sizeof(INCLUDE) - 1)) != NULL) {
		from = at + sizeof(INCLUDE) - 1;
		const char *p = from + (from < end && *from != '\0' && strchr("rmwba", *from) != NULL);

		if (begins(f, at, &quote) && !quote && pattern_matches(s, p, end))
			return true;
	}
	return false;
}

bool match_include(const struct conf_file *files, const char *path)
{
	char want[HELPER_PATH + 2] = ""; /* the keyword is looked for apart */
	size_t n = strlen(path);
	struct search s = { .files = files, .want = want, .steps = STEPS_MAX, .spaced = true, .glob = true };

	if (n == 0 || n > HELPER_PATH)
		return false;
	for (const struct conf_file *f = files; f && s.steps > 0; f = f->next) {
		size_t folder = strlen(f->folder);

		if (f->age != 0 || !f->has_include)
			continue;
		for (int relative = 0; relative < 2; relative++) {
			size_t skip = relative ? folder : 0;

			if (relative && (folder == 0 || n <= folder || memcmp(path, f->folder, folder) != 0))
				continue;
			memcpy(want + 1, path + skip, n - skip + 1);
			s.len = n - skip + 2;
			if (includes(&s, f))
				return true;
		}
	}
	return false;
}
