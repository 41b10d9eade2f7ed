/*
 * The preprocessor: what a file's lines say before they are words. @ID lines, $VARIABLES, ~SEQ and ~LST.
 *
 * Variables belong to the run, not to a file. A value is put in where it is used, and what it names in turn is looked up
 * then. What a small file can grow to is bounded, and seen beforehand where it can be.
 */
#ifndef REGENT_CONF_PREP_H
#define REGENT_CONF_PREP_H

#include "conf/source.h"

struct prep;

/* A variable of the environment, or NULL. */
typedef const char *prep_env_fn(const char *name);

/* `env` may be NULL: then there is no environment. */
struct prep *prep_new(struct diag *d, const char *config_id, uint64_t seed, prep_env_fn *env);
void prep_free(struct prep *p);
/* The list that findings look their files up in; its first element may change. */
void prep_set_sources(struct prep *p, struct conf_source *const *list);
/* A finding, with the place where its text was written. */
void prep_say(struct prep *p, enum diag_severity s, const struct conf_place *at, const char *hint, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));
/* The IDs that @ID lines name, "low, high, ...", as they are met; `known`: one of them is the given one. */
struct prep_ids {
	char text[160];
	bool known;
};
void prep_collect_ids(struct prep *p, struct prep_ids *ids);
/* `random_seed N` was read. */
void prep_set_seed(struct prep *p, uint64_t seed);
/* More text than the bound would have come of it: that was said, and nothing more is given out. */
bool prep_is_dead(const struct prep *p);

/* Whole lines for the lexer: a part of the source as it is, or a mapped text. */
struct prep_chunk {
	const char *text;
	size_t len;
	uint32_t line;             /* of its first byte, where it is a part of the source */
	const struct mapped *map;  /* NULL: it is */
};

struct prep_file;

struct prep_file *prep_open(struct prep *p, const struct conf_source *src);
/* False at the end. The chunk holds until the next call. */
bool prep_next(struct prep_file *f, struct prep_chunk *c);
void prep_close(struct prep_file *f);

#endif
