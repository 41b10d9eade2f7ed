/*
 * The lexer: bytes of one file to tokens with their places. It knows no keyword.
 *
 * Comments start with ! or # outside of quotes and run to the end of the line; \! and \# are the characters
 * themselves. Words are separated by blanks; pieces in "..." or '...' join with what touches them, and the escapes
 * \a \b \E \e \f \n \r \t \v \nnn \xHH \cC are read inside of quotes. A backslash at the end of a line joins the next.
 * A line that starts with @ID or @^ID counts only where ID is, or is not, the configuration's own.
 */
#ifndef REGENT_CONF_LEX_H
#define REGENT_CONF_LEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conf/arena.h"
#include "conf/conf.h"
#include "conf/diag.h"

/* The text of a file; text[len] is NUL. */
struct conf_source {
	const char *name;
	const char *text;
	size_t len;
	struct conf_source *next;
};

struct conf_word {
	const char *text;
	struct conf_place at;
	bool quoted;
};

enum lex_kind { LEX_WORD, LEX_OPEN, LEX_CLOSE, LEX_NEWLINE, LEX_DEFINE, LEX_END };
const char *lex_kind_name(enum lex_kind k);

struct lexer {
	const struct conf_source *src;
	struct arena *arena;   /* of the words */
	struct diag *diag;
	const char *config_id; /* may be NULL: then every @ID line is skipped */
	size_t at;             /* offset of the next byte */
	size_t bol;            /* of the line that it is in */
	uint32_t line;
	bool nul_told;
	char *buf; /* the word being read */
	size_t len, cap;
};

void lex_start(struct lexer *lx, const struct conf_source *src, struct arena *arena, struct diag *diag,
               const char *config_id);
/* The next token; *w gets its text and place. LEX_DEFINE is a whole "$NAME=..." line. LEX_END for ever at the end. */
enum lex_kind lex_next(struct lexer *lx, struct conf_word *w);
void lex_stop(struct lexer *lx);

/* The text of line `line` of a source, copied to buf (cut where it is longer). */
const char *source_line(const struct conf_source *src, uint32_t line, char *buf, size_t size);

#endif
