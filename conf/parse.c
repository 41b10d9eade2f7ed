/*
 * Parser: recursive over blocks and over included files, both bounded.
 *
 * An included file is balanced in itself, so that a missing brace is found in the file that misses it.
 */
#include "config.h"

#include "conf/parse.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK_DEPTH_MAX 32
#define INCLUDE_DEPTH_MAX 16
#define INCLUDE_FILES_MAX 4096
#define BYTES_MAX ((size_t)256 << 20) /* of all files together */

/* What all files of one run share. */
struct parser {
	const struct parse_input *in;
	size_t n_files, n_bytes;
	struct conf_word *words; /* of the statement being read; grows */
	size_t n_words, cap_words;
};

/* Where statements are hung up. */
struct list {
	struct conf_stmt *first, **tail;
};

/* One file being parsed. */
struct file {
	struct parser *p;
	struct lexer lx;
	unsigned include_depth;
};

static void parse_file(struct parser *p, struct conf_source *src, struct list *into, unsigned include_depth);

__attribute__((format(printf, 5, 6)))
static void report(const struct file *f, enum diag_severity s, const struct conf_place *at, const char *hint,
                   const char *fmt, ...)
{
	struct diag *d = f->p->in->diag;
	char line[512];
	va_list ap;

	va_start(ap, fmt);
	diag_addv(d, s, at, diag_is_full(d, s) ? NULL : source_line(f->lx.src, at->line, line, sizeof(line)), hint, fmt,
	          ap);
	va_end(ap);
}

static void word_push(struct parser *p, const struct conf_word *w)
{
	if (p->n_words == p->cap_words) {
		p->cap_words = p->cap_words ? p->cap_words * 2 : 16;
		p->words = realloc(p->words, p->cap_words * sizeof(*p->words));
		if (!p->words)
			abort();
	}
	p->words[p->n_words++] = *w;
}

/* The collected words become a statement at the end of the list. */
static struct conf_stmt *stmt_add(struct parser *p, struct list *into)
{
	struct conf_stmt *st = arena_alloc(p->in->arena, sizeof(*st));
	struct conf_word *words = arena_array(p->in->arena, p->n_words, sizeof(*words));

	memcpy(words, p->words, p->n_words * sizeof(*words));
	st->words = words;
	st->n_words = p->n_words;
	p->n_words = 0;
	*into->tail = st;
	into->tail = &st->next;
	return st;
}

static const struct include_kind {
	const char *keyword;
	bool unreadable, missing, wild; /* what is an error, not a warning */
} include_kinds[] = {
	{ "include", false, false, false },
	{ "includer", true, false, false },
	{ "includem", false, true, false },
	{ "includew", false, true, true },
	{ "includeb", false, true, false },
	{ "includea", true, true, true },
};

static const struct include_kind *include_find(const struct conf_word *w)
{
	for (size_t i = 0; i < sizeof(include_kinds) / sizeof(include_kinds[0]); i++)
		if (!w->quoted && strcmp(w->text, include_kinds[i].keyword) == 0)
			return &include_kinds[i];
	return NULL;
}

/* `s`: how grave it is that the file cannot be read. */
static void include_one(struct file *f, enum diag_severity s, const struct conf_word *at, const char *path,
                        struct list *into)
{
	const struct parse_input *in = f->p->in;
	const char *why = NULL;
	struct conf_source *src;
	bool never = false;

	if (f->p->n_files > INCLUDE_FILES_MAX)
		return;
	if (f->p->n_files++ == INCLUDE_FILES_MAX) {
		report(f, DIAG_ERROR, &at->at, NULL, "more than %d included files", INCLUDE_FILES_MAX);
		return;
	}
	src = in->reader->read(in->reader->user, in->arena, path, &why, &never);
	if (!src) {
		report(f, never ? DIAG_ERROR : s, &at->at, NULL, "cannot read '%s': %s", path, why);
		return;
	}
	f->p->n_bytes += src->len;
	if (f->p->n_bytes > BYTES_MAX) {
		report(f, DIAG_ERROR, &at->at, NULL, "the included files are too large: more than %zu MiB", BYTES_MAX >> 20);
		f->p->n_files = INCLUDE_FILES_MAX + 1; /* no more of them */
		return;
	}
	src->name = arena_text(in->names ? in->names : in->arena, src->name);
	src->next = in->src->next;
	in->src->next = src;
	parse_file(f->p, src, into, f->include_depth + 1);
}

/* `include PATTERN`: the collected words; what they name takes their place. */
static void include(struct file *f, const struct include_kind *kind, struct list *into)
{
	const struct parse_input *in = f->p->in;
	const struct conf_word at = f->p->words[f->p->n_words > 1 ? 1 : 0];
	const char *const *paths;
	size_t n = 0, n_words = f->p->n_words;
	enum diag_severity missing, unreadable;
	const char *why = NULL;
	bool wild;

	f->p->n_words = 0;
	if (n_words < 2) {
		report(f, DIAG_ERROR, &at.at, NULL, "'%s' needs a file name or a pattern", kind->keyword);
		return;
	}
	if (!in->reader) {
		report(f, DIAG_ERROR, &at.at, NULL, "no file can be included here");
		return;
	}
	if (f->include_depth == INCLUDE_DEPTH_MAX) {
		report(f, DIAG_ERROR, &at.at, "does a file include itself?", "files are included more than %d deep",
		       INCLUDE_DEPTH_MAX);
		return;
	}
	paths = in->reader->expand(in->reader->user, in->arena, f->lx.src->name, at.text, &n, &why);
	wild = strpbrk(at.text, "*?[") != NULL;
	missing = kind->missing && (kind->wild || !wild) ? DIAG_ERROR : DIAG_WARNING;
	unreadable = kind->unreadable || (kind->missing && !wild) ? DIAG_ERROR : DIAG_WARNING;
	if (why)
		report(f, DIAG_ERROR, &at.at, "the daemon's user must be able to list that folder: a reload looks into it again",
		       "what matches '%s' cannot be found out: %s", at.text, why);
	else if (n == 0)
		report(f, missing, &at.at, NULL, "no file matches '%s'", at.text);
	for (size_t i = 0; i < n; i++)
		include_one(f, unreadable, &at, paths[i], into);
}

/* A line has ended, or a brace has come: what is collected is a statement, or an include. NULL where it was neither. */
static struct conf_stmt *finish(struct file *f, struct list *into)
{
	const struct include_kind *kind;

	if (f->p->n_words == 0)
		return NULL;
	kind = include_find(&f->p->words[0]);
	if (!kind)
		return stmt_add(f->p, into);
	include(f, kind, into);
	return NULL;
}

/* The statement that an opening brace belongs to: the words before it, or the line before. */
static struct conf_stmt *block_owner(struct file *f, struct list *into, struct conf_stmt *last,
                                     const struct conf_place *open)
{
	struct conf_stmt *st = f->p->n_words ? finish(f, into) : last;

	if (!st || st->has_block) {
		report(f, DIAG_ERROR, open, "a '{' follows the keyword whose block it opens",
		       "'{' without a keyword before it");
		st = arena_alloc(f->p->in->arena, sizeof(*st)); /* its block is read, and forgotten */
	}
	st->has_block = true;
	st->open = *open;
	return st;
}

static void parse_block(struct file *f, struct list *into, const struct conf_place *open, unsigned depth);

static void open_block(struct file *f, struct list *into, struct conf_stmt *last, const struct conf_place *open,
                       unsigned depth)
{
	struct conf_stmt *owner = block_owner(f, into, last, open);
	struct list inside = { .tail = &owner->child };

	if (depth == BLOCK_DEPTH_MAX) {
		report(f, DIAG_ERROR, open, NULL, "blocks are nested more than %d deep", BLOCK_DEPTH_MAX);
		f->lx.at = f->lx.src->len; /* nothing sensible can follow */
		return;
	}
	parse_block(f, &inside, open, depth + 1);
}

static void define(struct file *f, const struct conf_word *w)
{
	report(f, DIAG_ERROR, &w->at, "write the value where it is used", "variables are not understood yet: '%.*s'",
	       (int)strcspn(w->text, "="), w->text);
}

/* Statements up to the closing brace (`open` is where the block began) or, without `open`, to the end of the file. */
static void parse_block(struct file *f, struct list *into, const struct conf_place *open, unsigned depth)
{
	struct conf_stmt *last = NULL;
	struct conf_word w;

	for (;;) {
		switch (lex_next(&f->lx, &w)) {
		case LEX_WORD:
			word_push(f->p, &w);
			break;
		case LEX_NEWLINE:
			if (f->p->n_words)
				last = finish(f, into);
			break;
		case LEX_DEFINE:
			define(f, &w);
			break;
		case LEX_OPEN:
			open_block(f, into, last, &w.at, depth);
			last = NULL;
			break;
		case LEX_CLOSE:
			finish(f, into);
			if (open)
				return;
			report(f, DIAG_ERROR, &w.at, "is a block closed twice above?", "'}' without a '{'");
			last = NULL;
			break;
		case LEX_END:
			finish(f, into);
			if (open)
				report(f, DIAG_ERROR, open, "a '}' is missing in or after this block", "this '{' is never closed");
			return;
		}
	}
}

static void parse_file(struct parser *p, struct conf_source *src, struct list *into, unsigned include_depth)
{
	struct file f = { .p = p, .include_depth = include_depth };

	lex_start(&f.lx, src, p->in->arena, p->in->diag, p->in->config_id);
	parse_block(&f, into, NULL, 0);
	lex_stop(&f.lx);
}

struct conf_stmt *parse_statements(const struct parse_input *in)
{
	struct parser p = { .in = in };
	struct list all = { NULL, NULL };

	all.tail = &all.first;
	parse_file(&p, in->src, &all, 0);
	free(p.words);
	return all.first;
}

const struct conf_stmt *stmt_find(const struct conf_stmt *list, const char *keyword)
{
	while (list && strcmp(list->words[0].text, keyword) != 0)
		list = list->next;
	return list;
}

size_t stmt_count(const struct conf_stmt *list, const char *keyword)
{
	size_t n = 0;

	for (; list; list = list->next)
		n += strcmp(list->words[0].text, keyword) == 0;
	return n;
}

size_t stmt_count_words(const struct conf_stmt *list)
{
	size_t n = 0;

	for (; list; list = list->next)
		n += list->n_words;
	return n;
}

size_t stmt_count_values(const struct conf_stmt *list, const char *keyword)
{
	size_t n = 0;

	for (; list; list = list->next)
		if (strcmp(list->words[0].text, keyword) == 0)
			n += stmt_count_words(list->child);
	return n;
}
