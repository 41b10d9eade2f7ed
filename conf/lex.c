/*
 * Lexer. One pass, no look-back; a word is collected in a buffer that grows with it, so lines may have any length.
 *
 * It works on whole lines at a time, so no token crosses from one chunk to the next.
 */
#include "config.h"

#include "conf/lex.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

const char *lex_kind_name(enum lex_kind k)
{
	static const char *const names[] = { "word", "{", "}", "end of line", "end of file" };

	return (size_t)k < sizeof(names) / sizeof(names[0]) ? names[k] : "?";
}

void lex_start(struct lexer *lx, const struct conf_source *src, struct arena *arena, struct prep *prep)
{
	*lx = (struct lexer){ .src = src, .arena = arena, .prep = prep, .file = prep_open(prep, src), .line = 1 };
}

void lex_abandon(struct lexer *lx)
{
	lx->ended = true;
	lx->at = lx->chunk.len;
}

const char *lex_text(const struct lexer *lx, size_t start, size_t *left)
{
	if (lx->chunk.map || !lx->chunk.len)
		return NULL;
	*left = lx->chunk.len - start;
	return lx->chunk.text + start;
}

void lex_skip_to(struct lexer *lx, size_t at)
{
	const char *text = lx->chunk.text, *p;

	while (lx->at < at && (p = memchr(text + lx->at, '\n', at - lx->at))) {
		lx->at = lx->bol = (size_t)(p - text) + 1;
		lx->line++;
	}
	lx->at = at;
}

void lex_stop(struct lexer *lx)
{
	prep_close(lx->file);
	free(lx->buf);
	lx->buf = NULL;
}

/* More text where there is none left; false at the end. */
static bool refill(struct lexer *lx)
{
	while (lx->at >= lx->chunk.len) {
		if (lx->ended || !prep_next(lx->file, &lx->chunk)) {
			lx->ended = true;
			return false;
		}
		lx->at = 0;
		lx->bol = 0;
		lx->line = lx->chunk.line;
	}
	return true;
}

static int peek(const struct lexer *lx, size_t ahead)
{
	return lx->at + ahead < lx->chunk.len ? (unsigned char)lx->chunk.text[lx->at + ahead] : -1;
}

static struct conf_place here(const struct lexer *lx)
{
	size_t bol = lx->bol;

	if (lx->chunk.map && lx->chunk.len)
		return mapped_place(lx->chunk.map, lx->at < lx->chunk.len ? lx->at : lx->chunk.len - 1);
	if (lx->line == 1 && bol == 0 && lx->chunk.text > lx->src->text) /* a byte order mark takes room in the line */
		return (struct conf_place){ .file = lx->src->name, .line = 1, .column = (uint32_t)(lx->at - bol) + 4 };
	return (struct conf_place){ .file = lx->src->name, .line = lx->line, .column = (uint32_t)(lx->at - bol) + 1 };
}

static void lex_error(struct lexer *lx, const struct conf_place *at, const char *hint, const char *text)
{
	prep_say(lx->prep, DIAG_ERROR, at, hint, "%s", text);
}

static void put(struct lexer *lx, char c)
{
	if (lx->len + 1 >= lx->cap) {
		lx->cap = lx->cap ? lx->cap * 2 : 128;
		lx->buf = realloc(lx->buf, lx->cap);
		if (!lx->buf)
			abort();
	}
	lx->buf[lx->len++] = c;
}

/* Length of a line end at the cursor: LF, CR-LF, or nothing. */
static size_t line_end(const struct lexer *lx, size_t ahead)
{
	if (peek(lx, ahead) == '\n')
		return 1;
	return peek(lx, ahead) == '\r' && peek(lx, ahead + 1) == '\n' ? 2 : 0;
}

static void next_line(struct lexer *lx, size_t skip)
{
	lx->at += skip;
	lx->bol = lx->at;
	lx->line++;
}

static bool at_continuation(const struct lexer *lx)
{
	return peek(lx, 0) == '\\' && line_end(lx, 1) != 0;
}

static void nul_found(struct lexer *lx)
{
	struct conf_place at = here(lx);

	if (!lx->nul_told)
		lex_error(lx, &at, "is it a text file?", "a NUL byte");
	lx->nul_told = true;
}

/* Does a comment begin here? Not where the character came from ${_HASH} or ${_BANG}. */
static bool is_comment(const struct lexer *lx, size_t ahead)
{
	int c = peek(lx, ahead);

	return (c == '#' || c == '!') && !(lx->chunk.map && mapped_is_literal(lx->chunk.map, lx->at + ahead));
}

/* Blanks, continuations and comments; stops at a line end, at text or at the end. */
static void skip_blanks(struct lexer *lx)
{
	for (int c = peek(lx, 0); c != -1; c = peek(lx, 0)) {
		if (c == ' ' || c == '\t') {
			lx->at++;
		} else if (at_continuation(lx)) {
			next_line(lx, 1 + line_end(lx, 1));
		} else if (is_comment(lx, 0)) {
			while (peek(lx, 0) != -1 && !line_end(lx, 0)) {
				if (peek(lx, 0) == '\0')
					nul_found(lx);
				lx->at++;
			}
		} else if (c == '\0') {
			nul_found(lx);
			lx->at++;
		} else if (c != '\n' && !line_end(lx, 0) && isspace(c)) {
			lx->at++;
		} else {
			return;
		}
	}
}

static int digit_value(int c, int base)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c > 0 ? strchr(digits, tolower(c)) : NULL;

	return at && at - digits < base ? (int)(at - digits) : -1;
}

/* Up to `most` digits at the cursor. */
static int read_digits(struct lexer *lx, int base, int most)
{
	int v = 0;

	for (int i = 0; i < most && peek(lx, 0) != -1 && digit_value(peek(lx, 0), base) >= 0; i++, lx->at++)
		v = v * base + digit_value(peek(lx, 0), base);
	return v & 0xff;
}

/* The character after a backslash inside of quotes. What is no escape keeps its backslash: regular expressions. */
static void read_escape(struct lexer *lx, char quote)
{
	static const char from[] = "abEefnrtv", to[] = "\a\b\033\033\f\n\r\t\v";
	struct conf_place at = here(lx);
	int c = peek(lx, 0);
	const char *known = c > 0 ? strchr(from, c) : NULL;
	int v = -1;

	if (c == -1 || line_end(lx, 0)) {
		put(lx, '\\');
	} else if (known) {
		put(lx, to[known - from]);
		lx->at++;
	} else if (c == quote || c == '\\') {
		put(lx, (char)c);
		lx->at++;
	} else if (digit_value(c, 8) >= 0) {
		v = read_digits(lx, 8, 3);
	} else if (c == 'x' && peek(lx, 1) != -1 && digit_value(peek(lx, 1), 16) >= 0) {
		lx->at++;
		v = read_digits(lx, 16, 2);
	} else if (c == 'c' && peek(lx, 1) >= '@' && peek(lx, 1) <= '~') {
		v = peek(lx, 1) & 0x1f;
		lx->at += 2;
	} else {
		put(lx, '\\');
	}
	if (v == 0)
		lex_error(lx, &at, NULL, "an escape that stands for a NUL byte");
	else if (v > 0)
		put(lx, (char)v);
}

static void read_quoted(struct lexer *lx)
{
	struct conf_place open = here(lx);
	char quote = lx->chunk.text[lx->at++];

	for (;;) {
		int c = peek(lx, 0);

		if (c == -1 || line_end(lx, 0)) {
			lex_error(lx, &open, "a quote closes on the line that it opens on", "this quote is not closed");
			return;
		}
		if (c == '\0')
			nul_found(lx);
		lx->at++;
		if (c == quote)
			return;
		if (c == '\\')
			read_escape(lx, quote);
		else if (c != '\0')
			put(lx, (char)c);
	}
}

/* Nothing of a word stands there: a blank, a line end, a comment, the end. */
static bool is_end(const struct lexer *lx, size_t ahead)
{
	int c = peek(lx, ahead);

	return c == -1 || isspace(c) || c == '\0' || is_comment(lx, ahead);
}

/*
 * A brace is a token of its own at the start of a word and at its end; inside of a word ("{fred,joe}.conf", "${NAME}")
 * it belongs to the word while it is paired.
 */
static bool brace_ends_word(struct lexer *lx, int c, unsigned *depth)
{
	if (c == '{') {
		if (is_end(lx, 1))
			return true;
		(*depth)++;
	} else if (c == '}') {
		if (*depth == 0)
			return is_end(lx, 1) || peek(lx, 1) == '}';
		(*depth)--;
	}
	return false;
}

/* Bytes from the cursor on that mean nothing but themselves, wherever they stand in a word. */
static size_t plain_run(const struct lexer *lx)
{
	static const bool special[256] = {
		['\0'] = true, [' '] = true, ['\t'] = true, ['\n'] = true, ['\v'] = true, ['\f'] = true, ['\r'] = true, ['"'] = true,
		['\''] = true, ['{'] = true, ['}'] = true, ['\\'] = true, ['#'] = true, ['!'] = true,
	};
	size_t n = lx->at;

	while (n < lx->chunk.len && !special[(unsigned char)lx->chunk.text[n]])
		n++;
	return n - lx->at;
}

/* Nearly every word is one of plain bytes alone. */
static bool read_plain_word(struct lexer *lx, struct conf_word *w)
{
	size_t n = lx->chunk.map ? 0 : plain_run(lx);

	if (n == 0 || !is_end(lx, n))
		return false;
	w->text = arena_copy(lx->arena, lx->chunk.text + lx->at, n);
	lx->at += n;
	return true;
}

static void read_word(struct lexer *lx, struct conf_word *w)
{
	unsigned depth = 0;
	bool after_quote = true; /* a single quote opens only where a piece starts: "don't" is one word */
	struct conf_place odd = { .line = 0 };

	if (read_plain_word(lx, w))
		return;
	lx->len = 0;
	for (int c = peek(lx, 0); !is_end(lx, 0) && !at_continuation(lx); c = peek(lx, 0)) {
		if (c == '"' || (c == '\'' && after_quote)) {
			read_quoted(lx);
			w->quoted = true;
			after_quote = true;
			continue;
		}
		if (c == '\'' && !after_quote)
			odd = here(lx);
		after_quote = false;
		if (brace_ends_word(lx, c, &depth))
			break;
		if (c == '\\' && is_comment(lx, 1))
			lx->at++;
		put(lx, lx->chunk.text[lx->at++]);
	}
	w->text = arena_copy(lx->arena, lx->buf, lx->len);
	if (odd.line)
		prep_say(lx->prep, DIAG_WARNING, &odd, "is one missing where the word begins?",
		         "a quote inside of a word is a character like any other");
}

enum lex_kind lex_next(struct lexer *lx, struct conf_word *w)
{
	int c;

	do {
		refill(lx);
		skip_blanks(lx);
	} while (peek(lx, 0) == -1 && !lx->ended);
	*w = (struct conf_word){ .text = "", .at = here(lx) };
	lx->start = lx->at;
	c = peek(lx, 0);
	if (c == -1)
		return LEX_END;
	if (line_end(lx, 0)) {
		next_line(lx, line_end(lx, 0));
		lx->braced_names = false;
		return LEX_NEWLINE;
	}
	if ((c == '{' || c == '}') && !(lx->braced_names && c == '{' && !is_end(lx, 1))) {
		lx->at++;
		return c == '{' ? LEX_OPEN : LEX_CLOSE;
	}
	read_word(lx, w);
	return LEX_WORD;
}
