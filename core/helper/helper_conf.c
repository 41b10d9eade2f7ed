/*
 * What the configuration's files say, as bytes, and whether a command stands in them.
 *
 * Owns copies of the files that the helper opened for the core: of the configuration that was taken last, of the one before
 * it and of one that is being read. It does not know the language: it looks for a command's words in their order, between
 * the quotes or line ends that the files have, and puts the values of $VARIABLEs in where they stand. Time is bounded by a
 * number of steps, memory by a number of bytes; where either ends, the answer is no.
 */
#include "config.h"

#include "core/helper/helper_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX (8u << 20)
#define TOTAL_MAX (32u << 20)
#define STEPS_MAX 8000000u /* of one search, some 20 ms */
#define DEPTH_MAX 8u       /* a variable in a variable in ... */
#define FREE_VALUE_MAX 64u /* characters for a variable that no line gives a value */
#define KNOWN 64u          /* commands that were found lately */

struct conf_file {
	char *bytes;
	size_t len;
	unsigned age; /* 0: being read; 1: taken; 2: the one before */
	struct conf_file *next;
};

struct known {
	char *words;
	size_t len;
};

struct conf_bytes {
	struct conf_file *files;
	size_t total;
	struct known known[KNOWN];
	size_t known_at;
};

struct conf_bytes *conf_bytes_new(void)
{
	return calloc(1, sizeof(struct conf_bytes));
}

/* ---- keeping ---- */

static void forget_known(struct conf_bytes *b)
{
	for (size_t i = 0; i < KNOWN; i++)
		free(b->known[i].words);
	memset(b->known, 0, sizeof(b->known));
}

static void drop_age(struct conf_bytes *b, unsigned age)
{
	for (struct conf_file **at = &b->files; *at;) {
		struct conf_file *f = *at;

		if (f->age != age) {
			at = &f->next;
			continue;
		}
		*at = f->next;
		b->total -= f->len;
		free(f->bytes);
		free(f);
	}
	forget_known(b);
}

void conf_bytes_free(struct conf_bytes *b)
{
	for (unsigned age = 0; b && age <= 2; age++)
		drop_age(b, age);
	free(b);
}

void conf_bytes_taken(struct conf_bytes *b)
{
	if (!b)
		return;
	drop_age(b, 2);
	for (struct conf_file *f = b->files; f; f = f->next)
		f->age++;
}

void conf_bytes_refused(struct conf_bytes *b)
{
	if (b)
		drop_age(b, 0);
}

static bool read_whole(int fd, char *to, size_t len)
{
	size_t got = 0;

	while (got < len) {
		ssize_t n = pread(fd, to + got, len - got, (off_t)got);

		if (n <= 0)
			return false;
		got += (size_t)n;
	}
	return true;
}

static bool is_kept(const struct conf_bytes *b, const struct conf_file *f)
{
	for (const struct conf_file *k = b->files; k; k = k->next)
		if (k->age == 0 && k->len == f->len && memcmp(k->bytes, f->bytes, f->len) == 0)
			return true;
	return false;
}

void conf_bytes_add(struct conf_bytes *b, int fd)
{
	struct conf_file *f;
	struct stat st;

	if (!b || fstat(fd, &st) != 0 || st.st_size <= 0 || st.st_size > (off_t)FILE_MAX || b->total + (size_t)st.st_size > TOTAL_MAX)
		return;
	f = calloc(1, sizeof(*f));
	if (f) {
		f->len = (size_t)st.st_size;
		f->bytes = malloc(f->len);
	}
	if (!f || !f->bytes || !read_whole(fd, f->bytes, f->len) || is_kept(b, f)) {
		if (f)
			free(f->bytes);
		free(f);
		return;
	}
	f->next = b->files;
	b->files = f;
	b->total += f->len;
}

/* ---- looking ---- */

/* A place in a file's bytes; where it stands in a variable's value, what follows the variable is `up`. */
struct at {
	const char *p, *end;
	const struct at *up;
	unsigned depth;
};

struct search {
	const struct conf_bytes *b;
	const char *want;
	size_t len;
	char quote;  /* around the command, 0: none */
	bool spaced; /* it has more than one word */
	unsigned steps;
};

static bool is_gap(char c)
{
	return c == ' ' || c == '\t' || c == '"' || c == '\'' || c == '\\';
}

static bool is_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static bool is_plain(char c)
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
		if (ends_line(&a) || (s->quote && *a.p == s->quote))
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
	while (w + n < s->len && n < FREE_VALUE_MAX && is_plain(s->want[w + n]))
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
	for (const struct conf_file *f = s->b->files; f; f = f->next) {
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
		if (c == '\0') {
			if (is_gap(here) || (here == '\n' && gap && a.p[-1] == '\\')) {
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

static bool stands_anywhere(const struct conf_bytes *b, const char *words, size_t len)
{
	struct search s = { .b = b, .want = words, .len = len, .steps = STEPS_MAX, .spaced = strlen(words) + 1 < len };

	for (const struct conf_file *f = b->files; f && s.steps > 0; f = f->next)
		if (stands_in(&s, f))
			return true;
	return false;
}

/* Is `c` of no word? */
static bool separates(char c)
{
	return is_gap(c) || c == '\n' || c == '\r' || c == ':' || c == '=' || c == '{' || c == '}';
}

bool conf_bytes_name(const struct conf_bytes *b, const char *word)
{
	size_t n = strlen(word);

	for (const struct conf_file *f = b && n ? b->files : NULL; f; f = f->next) {
		const char *from = f->bytes, *end = f->bytes + f->len, *at;

		while ((at = memmem(from, (size_t)(end - from), word, n)) != NULL) {
			if ((at == f->bytes || separates(at[-1])) && (at + n == end || separates(at[n])))
				return true;
			from = at + 1;
		}
	}
	return false;
}

/* ---- words that the daemon adds ---- */

static bool is_one_of(const char *word, const char *const *list)
{
	for (; *list; list++)
		if (strcmp(word, *list) == 0)
			return true;
	return false;
}

static bool is_plain_word(const char *word)
{
	size_t n = 0;

	while (is_plain(word[n]))
		n++;
	return n > 0 && word[n] == '\0' && word[0] != '-';
}

static bool is_number(const char *word)
{
	size_t n = strspn(word, "0123456789");

	return n > 0 && n <= 3 && word[n] == '\0';
}

static bool may_add_four(const struct conf_bytes *b, const char *const w[static 4])
{
	static const char *const whats[] = { "INSTANCE", "GROUP", NULL };
	static const char *const states[] = {
		"MASTER", "BACKUP", "FAULT", "STOP", "DELETED", NULL,
	};

	return is_one_of(w[0], whats) && (is_plain_word(w[1]) || conf_bytes_name(b, w[1])) && is_one_of(w[2], states) &&
	       is_number(w[3]);
}

static bool may_add(const struct conf_bytes *b, const char *words, size_t len, size_t n)
{
	const char *w[4], *p = words;
	size_t i;

	for (i = 0; i < n && p < words + len; i++, p += strlen(p) + 1)
		w[i] = p;
	if (i != n || p != words + len)
		return false;
	if (n == 0)
		return true;
	return n == 4 ? may_add_four(b, w) : n == 1 && w[0][0] == '/' && conf_bytes_name(b, w[0]);
}

/* ---- what was found lately ---- */

static bool is_known(const struct conf_bytes *b, const char *words, size_t len)
{
	for (size_t i = 0; i < KNOWN; i++)
		if (b->known[i].words && b->known[i].len == len && memcmp(b->known[i].words, words, len) == 0)
			return true;
	return false;
}

static void make_known(struct conf_bytes *b, const char *words, size_t len)
{
	struct known *k = &b->known[b->known_at];
	char *copy = malloc(len);

	if (!copy)
		return;
	memcpy(copy, words, len);
	free(k->words);
	*k = (struct known){ .words = copy, .len = len };
	b->known_at = (b->known_at + 1) % KNOWN;
}

/* Bytes of all words but the last n. */
static size_t without_last(const char *words, size_t len, size_t n)
{
	for (; n > 0 && len > 0; n--)
		for (len--; len > 0 && words[len - 1] != '\0';)
			len--;
	return len;
}

bool conf_bytes_allow(struct conf_bytes *b, const char *words, size_t len, size_t n_added)
{
	size_t own = without_last(words, len, n_added);

	if (!b || own < 2 || !may_add(b, words + own, len - own, n_added))
		return false;
	if (is_known(b, words, own))
		return true;
	if (!stands_anywhere(b, words, own))
		return false;
	make_known(b, words, own);
	return true;
}
