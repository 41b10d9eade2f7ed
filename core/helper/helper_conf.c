/*
 * What the configuration's files say, as bytes, and what that allows.
 *
 * Owns copies of the files that the helper opened for the core: of the configuration that was taken last, of the one before
 * it and of one that is being read. Which words stand in them, helper_match.c finds out. Memory is bounded by a number of bytes;
 * where that ends, the answer is no.
 */
#include "config.h"

#include "core/helper/helper_match.h"
#include "core/helper/helper_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX (8u << 20)
#define TOTAL_MAX (32u << 20)
#define KNOWN 64u          /* commands that were found lately */

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
		if (k->age == 0 && k->len == f->len && strcmp(k->folder, f->folder) == 0 && memcmp(k->bytes, f->bytes, f->len) == 0)
			return true;
	return false;
}

static void set_folder(struct conf_file *f, const char *path)
{
	const char *slash = strrchr(path, '/');
	size_t n = slash ? (size_t)(slash - path) + 1 : 0;

	memcpy(f->folder, path, n);
	f->folder[n] = '\0';
}

bool conf_bytes_include(const struct conf_bytes *b, const char *path)
{
	return b && match_include(b->files, path);
}

void conf_bytes_add(struct conf_bytes *b, int fd, const char *path)
{
	struct conf_file *f;
	struct stat st;

	if (!b || strlen(path) >= HELPER_PATH || fstat(fd, &st) != 0)
		return;
	if (st.st_size <= 0 || st.st_size > (off_t)FILE_MAX || b->total + (size_t)st.st_size > TOTAL_MAX)
		return;
	f = calloc(1, sizeof(*f));
	if (f) {
		f->len = (size_t)st.st_size;
		set_folder(f, path);
		f->bytes = malloc(f->len);
	}
	if (!f || !f->bytes || !read_whole(fd, f->bytes, f->len) || is_kept(b, f)) {
		if (f)
			free(f->bytes);
		free(f);
		return;
	}
	f->has_include = match_has_include(f->bytes, f->len);
	f->next = b->files;
	b->files = f;
	b->total += f->len;
}

/* Is `c` of no word? */
static bool separates(char c)
{
	return match_is_gap(c) || c == '\n' || c == '\r' || c == ':' || c == '=' || c == '{' || c == '}';
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

	while (match_is_plain(word[n]))
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
	if (!match_command(b->files, words, own))
		return false;
	make_known(b, words, own);
	return true;
}
