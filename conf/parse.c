/*
 * Parser: recursive over blocks and over included files, both bounded.
 *
 * An included file is balanced in itself, so that a missing brace is found in the file that misses it.
 */
#include "config.h"

#include "conf/parse.h"

#include <stdlib.h>
#include <string.h>

#include "conf/include.h"

#define BLOCK_DEPTH_MAX 32
#define INCLUDE_DEPTH_MAX 16
#define INCLUDE_FILES_MAX 4096
#define BYTES_MAX ((size_t)256 << 20) /* of all files together */
#define WORDS_MAX ((size_t)8 << 20)   /* of the whole configuration */

/* What all files of one run share. */
struct parser {
	const struct parse_input *in;
	struct prep *prep;
	size_t n_files, n_bytes;
	struct conf_word *words; /* of the statement being read; grows */
	size_t n_words, cap_words, all_words;
};

/* Where statements are hung up. */
struct list {
	struct conf_stmt *first, **tail;
};

/* A block being read, and those around it. */
struct nest {
	const struct conf_stmt *owner;
	const struct nest *outer;
};

/* One file being parsed. */
struct file {
	struct parser *p;
	struct lexer lx;
	unsigned include_depth;
	struct include_check check; /* include_check holds to the end of its file */
	struct conf_place suspect;  /* '{' of a block whose '}' looks like that of one around it; line 0: none */
	uint32_t line;              /* of the token before */
	size_t stmt_start;          /* of the statement being read, in the lexer's chunk */
	size_t n_included;          /* includes so far */
};

static void parse_file(struct parser *p, struct conf_source *src, struct list *into, const struct file *from);

__attribute__((format(printf, 5, 6)))
static void report(const struct file *f, enum diag_severity s, const struct conf_place *at, const char *hint,
                   const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	source_report(f->p->in->diag, f->p->in->src, s, at, hint, fmt, ap);
	va_end(ap);
}

static void word_push(struct file *f, const struct conf_word *w)
{
	struct parser *p = f->p;
	struct include_check unused;

	if (++p->all_words > WORDS_MAX) {
		report(f, DIAG_ERROR, &w->at, NULL, "more than %zu words: this is too much for one configuration", WORDS_MAX);
		lex_abandon(&f->lx);
		return;
	}
	if (p->n_words == p->cap_words) {
		p->cap_words = p->cap_words ? p->cap_words * 2 : 16;
		p->words = realloc(p->words, p->cap_words * sizeof(*p->words));
		if (!p->words)
			abort();
	}
	if (p->n_words == 0)
		f->stmt_start = f->lx.start;
	f->lx.braced_names = f->lx.braced_names || (p->n_words == 0 && include_find(w, &f->check, &unused));
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
	src->included = at->at;
	src->next = in->src->next;
	in->src->next = src;
	parse_file(f->p, src, into, f);
}

/* What one name or pattern stands for. `braced`: it stood in braces. */
static void include_name(struct file *f, const struct include_check *check, const struct conf_word *at, const char *name,
                         bool braced, struct list *into)
{
	const struct parse_input *in = f->p->in;
	bool wild = strpbrk(name, "*?[") != NULL;
	bool must = (check->match && !wild && !braced) || (check->wildcard && wild) || (check->brace && braced);
	const char *const *paths, *why = NULL;
	size_t n = 0;

	paths = in->reader->expand(in->reader->user, in->arena, f->lx.src->name, name, &n, &why);
	if (why)
		report(f, DIAG_ERROR, &at->at, "the daemon's user must be able to list that folder: a reload looks into it again",
		       "what matches '%s' cannot be found out: %s", name, why);
	else if (n == 0)
		report(f, must ? DIAG_ERROR : DIAG_WARNING, &at->at, NULL, "no file matches '%s'", name);
	for (size_t i = 0; i < n; i++)
		include_one(f, check->readable || (must && !wild) ? DIAG_ERROR : DIAG_WARNING, at, paths[i], into);
}

/* keepalived takes `include` lines as they stand: before @ID is looked at and variables are known. */
static void tell_include(const struct file *f, const struct conf_word *keyword)
{
	const struct parse_input *in = f->p->in;
	char line[512];

	if (!in->told || !source_line(f->lx.src, keyword->at.line, line, sizeof(line)))
		return;
	if (line[strspn(line, " \t")] == '@')
		in->told(in->told_user, &keyword->at, keyword->text, "its @ID is looked at; keepalived includes the file on every node or on none");
	else if (strchr(line, '$'))
		in->told(in->told_user, &keyword->at, keyword->text, "variables are put in; keepalived looks for a file of that very name");
}

/* `include PATTERN`: the collected words; what they name takes their place. */
static void include(struct file *f, const struct include_check *check, struct list *into)
{
	const struct parse_input *in = f->p->in;
	const struct conf_word at = f->p->words[f->p->n_words > 1 ? 1 : 0];
	const char *const *names;
	size_t n = 0, n_words = f->p->n_words;

	f->p->n_words = 0;
	f->n_included++;
	if (n_words < 2) {
		report(f, DIAG_ERROR, &at.at, NULL, "'%s' needs a file name or a pattern", at.text);
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
	tell_include(f, &f->p->words[0]);
	names = include_names(in->arena, at.text, &n);
	for (size_t i = 0; i < n; i++)
		include_name(f, check, &at, names[i], n > 1, into);
}

/* Keywords that mean something to the reading itself. */
static void hear(struct file *f)
{
	const struct conf_word *words = f->p->words;
	size_t n = f->p->n_words;

	if (strcmp(words[0].text, "random_seed") == 0 && n > 1) {
		prep_set_seed(f->lx.prep, strtoull(words[1].text, NULL, 0));
	} else if (strcmp(words[0].text, "include_check") == 0) {
		if (n > 1 && words[1].text[0] != '+' && words[1].text[0] != '-')
			f->check = (struct include_check){ .readable = false };
		for (size_t i = 1; i < n; i++)
			if (!include_check_word(&f->check, words[i].text))
				report(f, DIAG_ERROR, &words[i].at, "[+|-] readable match wildcard_match brace_match",
				       "'include_check' does not know '%.80s'", words[i].text);
	}
}

/* A line has ended, or a brace has come: what is collected is a statement, or an include. NULL where it was neither. */
static struct conf_stmt *finish(struct file *f, struct list *into)
{
	struct include_check check;

	if (f->p->n_words == 0)
		return NULL;
	hear(f);
	if (!include_find(&f->p->words[0], &f->check, &check))
		return stmt_add(f->p, into);
	include(f, &check, into);
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

/* ---- blocks that stand for themselves ---- */

/* The block that opens here may be one: NULL where it cannot. */
static struct stmt_span *span_open(struct file *f)
{
	const struct parser *p = f->p;
	struct stmt_span *span;
	const char *text;
	size_t left;

	text = p->n_words && strcmp(p->words[0].text, "virtual_server") == 0 ? lex_text(&f->lx, f->stmt_start, &left) : NULL;
	if (!text)
		return NULL;
	span = arena_alloc(p->in->arena, sizeof(*span));
	span->off = (size_t)(text - f->lx.src->text);
	span->head = f->lx.at - f->stmt_start;
	return span;
}

/* It stood there before, byte by byte: on behind its brace. */
static bool span_keep(struct file *f, struct stmt_span *span)
{
	const struct conf_block *was;
	const char *text;
	size_t left;

	text = f->p->in->keep ? lex_text(&f->lx, f->stmt_start, &left) : NULL;
	was = text ? keep_find(f->p->in->keep, text, span->head, left, &span->kept) : NULL;
	if (!was)
		return false;
	span->len = was->len;
	span->words = was->words;
	f->p->all_words += was->words;
	lex_skip_to(&f->lx, f->stmt_start + was->len);
	return true;
}

static void parse_block(struct file *f, struct list *into, const struct nest *nest, unsigned depth);

static void open_block(struct file *f, struct list *into, struct conf_stmt *last, const struct conf_place *open,
                       const struct nest *outer, unsigned depth)
{
	struct stmt_span *span = depth == 0 ? span_open(f) : NULL;
	struct conf_stmt *owner = block_owner(f, into, last, open);
	struct list inside = { .tail = &owner->child };
	const struct nest nest = { owner, outer };
	size_t start = f->stmt_start, words = f->p->all_words, included = f->n_included;
	const char *text = f->lx.chunk.text;

	if (depth == BLOCK_DEPTH_MAX) {
		report(f, DIAG_ERROR, open, NULL, "blocks are nested more than %d deep", BLOCK_DEPTH_MAX);
		lex_abandon(&f->lx); /* nothing sensible can follow */
		return;
	}
	if (span && span_keep(f, span)) {
		owner->span = span;
		return;
	}
	parse_block(f, &inside, &nest, depth + 1);
	if (!span || f->lx.chunk.text != text || f->lx.chunk.map || f->n_included != included)
		return; /* what it says does not stand there alone */
	span->len = f->lx.at - start;
	span->words = f->p->all_words - words;
	owner->span = span;
}

static uint32_t column_of(const struct conf_stmt *owner)
{
	return owner->n_words ? owner->words[0].at.column : owner->open.column;
}

/* A '}' that stands first on its line, and exactly below the keyword of a block around, was probably meant for that one. */
static void look_at_close(struct file *f, const struct nest *nest, const struct conf_place *close)
{
	if (f->suspect.line || close->line == f->line || close->column == column_of(nest->owner))
		return;
	for (const struct nest *n = nest->outer; n; n = n->outer)
		if (close->column == column_of(n->owner))
			f->suspect = nest->owner->open;
}

static void never_closed(struct file *f, const struct conf_stmt *owner)
{
	if (prep_is_dead(f->lx.prep))
		return;
	report(f, DIAG_ERROR, f->suspect.line ? &f->suspect : &owner->open, "a '}' is missing in or after this block",
	       "this '{' is never closed");
	if (f->suspect.line)
		source_note(f->p->in->diag, f->p->in->src, &owner->open, "this block around it is open at the end of the file");
}

/* Statements up to the closing brace of the block or, without one, to the end of the file. */
static void parse_block(struct file *f, struct list *into, const struct nest *nest, unsigned depth)
{
	struct conf_stmt *last = NULL;
	struct conf_word w;

	for (;; f->line = w.at.line) {
		switch (lex_next(&f->lx, &w)) {
		case LEX_WORD:
			word_push(f, &w);
			break;
		case LEX_NEWLINE:
			if (f->p->n_words)
				last = finish(f, into);
			break;
		case LEX_OPEN:
			f->line = w.at.line;
			open_block(f, into, last, &w.at, nest, depth);
			last = NULL;
			break;
		case LEX_CLOSE:
			finish(f, into);
			if (nest) {
				look_at_close(f, nest, &w.at);
				return;
			}
			report(f, DIAG_ERROR, &w.at, "is a block closed twice above?", "'}' without a '{'");
			last = NULL;
			break;
		case LEX_END:
			finish(f, into);
			if (nest)
				never_closed(f, nest->owner);
			return;
		}
	}
}

static void parse_file(struct parser *p, struct conf_source *src, struct list *into, const struct file *from)
{
	struct file f = { .p = p };

	if (from) {
		f.include_depth = from->include_depth + 1;
		f.check = from->check;
	}
	lex_start(&f.lx, src, p->in->arena, p->prep);
	parse_block(&f, into, NULL, 0);
	lex_stop(&f.lx);
}

struct conf_stmt *parse_statements(const struct parse_input *in)
{
	struct parser p = { .in = in, .prep = prep_new(in->diag, in->config_id, in->seed, in->env) };
	struct list all = { NULL, NULL };
	bool dead;

	all.tail = &all.first;
	prep_set_sources(p.prep, &in->src);
	if (in->ids)
		prep_collect_ids(p.prep, in->ids);
	parse_file(&p, in->src, &all, NULL);
	dead = prep_is_dead(p.prep) || p.all_words > WORDS_MAX;
	prep_free(p.prep);
	free(p.words);
	return dead ? NULL : all.first;
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
