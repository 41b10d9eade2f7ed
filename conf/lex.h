/*
 * The lexer: the lines of one file, as the preprocessor gives them out, to tokens with their places. It knows no keyword.
 *
 * Comments start with ! or # outside of quotes and run to the end of the line; \! and \# are the characters
 * themselves. Words are separated by blanks; pieces in "..." or '...' join with what touches them, and the escapes
 * \a \b \E \e \f \n \r \t \v \nnn \xHH \cC are read inside of quotes. A backslash at the end of a line joins the next.
 */
#ifndef REGENT_CONF_LEX_H
#define REGENT_CONF_LEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conf/arena.h"
#include "conf/conf.h"
#include "conf/prep.h"

struct conf_word {
	const char *text;
	struct conf_place at;
	bool quoted;
};

enum lex_kind { LEX_WORD, LEX_OPEN, LEX_CLOSE, LEX_NEWLINE, LEX_END };
const char *lex_kind_name(enum lex_kind k);

struct lexer {
	const struct conf_source *src;
	struct prep *prep;
	struct prep_file *file;
	struct prep_chunk chunk;
	struct arena *arena; /* of the words */
	size_t at;           /* offset of the next byte in the chunk */
	size_t start;        /* of the last token */
	size_t bol;          /* of the line that it is in */
	uint32_t line;
	bool nul_told, ended;
	bool braced_names;   /* this line names files: {a,b} begins no block; off again at its end */
	char *buf; /* the word being read */
	size_t len, cap;
};

void lex_start(struct lexer *lx, const struct conf_source *src, struct arena *arena, struct prep *prep);
/* The next token; *w gets its text and place. LEX_END for ever at the end. */
enum lex_kind lex_next(struct lexer *lx, struct conf_word *w);
/* Bytes of the source that are left, from the last token's first; NULL where what is read does not stand in the source as it is. */
const char *lex_text(const struct lexer *lx, size_t start, size_t *left);
/* Goes to an offset of the chunk further on. */
void lex_skip_to(struct lexer *lx, size_t at);
/* Leave out the rest of the file. */
void lex_abandon(struct lexer *lx);
void lex_stop(struct lexer *lx);

#endif
