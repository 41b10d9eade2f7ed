/*
 * The parser: tokens to a tree of statements. It knows the shape of the language and `include`, and no other keyword.
 *
 * A statement is the words of a line, and a block where one opens on that line or on the next. Everything lives in the
 * arena that the caller gives, and goes when the configuration is built.
 */
#ifndef REGENT_CONF_PARSE_H
#define REGENT_CONF_PARSE_H

#include "conf/keep.h"
#include "conf/lex.h"

/* A block of the outermost level that stands for itself: its bytes in the source, and the service that it was before. */
struct stmt_span {
	size_t off, head, len, words; /* as in struct conf_block */
	const struct conf_vs *kept;   /* NULL: none, it was read; else what stands in it was not */
};

struct conf_stmt {
	const struct conf_word *words; /* at least one */
	size_t n_words;
	bool has_block;
	struct conf_place open;        /* of the brace */
	struct conf_stmt *child, *next;
	const struct stmt_span *span;  /* of a virtual_server; NULL: it does not stand for itself */
};

/* How included files are found and read; load.c has the real one. */
struct conf_reader {
	/* Paths that `pattern` names, seen from the file `from`, in order; or *why a folder cannot be looked into. */
	const char *const *(*expand)(void *user, struct arena *a, const char *from, const char *pattern, size_t *n,
	                             const char **why);
	/* The file's text, or NULL and *why; *never where no later reading could have it. */
	struct conf_source *(*read)(void *user, struct arena *a, const char *path, const char **why, bool *never);
	void *user;
};

struct parse_input {
	struct conf_source *src;
	const struct conf_reader *reader; /* NULL: `include` is an error */
	const char *config_id; /* for @ID lines; NULL: none of them counts */
	struct prep_ids *ids;  /* filled in: which IDs such lines name; NULL: nobody asks */
	uint64_t seed;         /* of ${_RANDOM} */
	prep_env_fn *env;      /* of ${_ENV NAME}; NULL: empty */
	struct arena *arena;
	struct arena *names; /* of file names, which places keep pointing to; NULL: arena */
	struct keep *keep;   /* services that need not be read; NULL: all do */
	struct diag *diag;
	/* Called for an include line that keepalived would read otherwise; NULL: nobody asks. */
	void (*told)(void *user, const struct conf_place *at, const char *keyword, const char *why);
	void *told_user;
};

/* The first of the statements of a file, or NULL where it has none. Included files are added to the list at in->src. */
struct conf_stmt *parse_statements(const struct parse_input *in);

/* The first statement of a list with this keyword, or NULL. */
const struct conf_stmt *stmt_find(const struct conf_stmt *list, const char *keyword);
size_t stmt_count(const struct conf_stmt *list, const char *keyword);
/* All words of a list of statements. */
size_t stmt_count_words(const struct conf_stmt *list);
/* All words in the blocks with this keyword: how much room their values need together. */
size_t stmt_count_values(const struct conf_stmt *list, const char *keyword);

#endif
