/*
 * What the preprocessor's files share: prep.c (lines), prep_vars.c (variables), prep_loop.c (~SEQ and ~LST).
 */
#ifndef REGENT_CONF_PREP_IMPL_H
#define REGENT_CONF_PREP_IMPL_H

#include "conf/prep.h"

#include <uthash.h>

#define PREP_NAME_MAX 63
#define PREP_DEPTH_MAX 64
#define PREP_BYTES_MAX ((size_t)64 << 20)
#define PREP_ROUNDS_MAX 1000000

struct prep_var {
	char name[PREP_NAME_MAX + 1];
	struct mapped value;
	bool many;      /* it has several lines */
	bool undefined; /* after the loop that had it */
	bool used;      /* while its size is being counted */
	uint64_t counted; /* the generation of `size` */
	size_t size;
	UT_hash_handle hh;
};

struct prep {
	struct diag *diag;
	struct conf_source *const *sources;
	const char *config_id;
	struct prep_ids *ids; /* NULL: nobody asks */
	uint64_t random;
	prep_env_fn *env;
	struct prep_var *vars;
	uint64_t generation; /* of definitions */
	size_t bytes;        /* that came out of variables so far */
	bool dead;
};

/* A ~SEQ or a ~LST being worked off. */
struct prep_loop {
	struct conf_place at;
	char (*names)[PREP_NAME_MAX + 1];
	struct prep_var *saved; /* the variables' values before */
	size_t n_names;
	int64_t next, end, step;
	bool hex;
	char **values; /* of ~LST, round by round; NULL: ~SEQ */
	size_t n_values, round;
};

/* Too much text would come, or has come, of what stands here. */
void prep_bomb(struct prep *p, const struct conf_place *at);

/* prep_vars.c */
/* The name of a variable at `at` ("NAME", "{NAME}"); length of the whole with its dollar, 0: none. */
size_t prep_name(const struct mapped *m, size_t at, char name[static PREP_NAME_MAX + 1]);
struct prep_var *prep_find(struct prep *p, const char *name);
/* Takes the value over. */
void prep_define(struct prep *p, const char *name, struct mapped *value, bool many);
void prep_undefine(struct prep *p, const char *name);
/* Appends the line with its variables put in; *many where one of several lines was, and the rest is to be read again. */
void prep_expand(struct prep *p, const struct conf_source *src, const struct mapped *in, size_t from, struct mapped *out,
                 bool *many);
/* The same for what stands between the brackets of a loop, where a comma ends a name too. */
void prep_expand_list(struct prep *p, const struct conf_source *src, const struct mapped *in, struct mapped *out,
                      bool *many);
/* How many bytes will come of a text, about; saturates. */
size_t prep_measure(struct prep *p, const struct conf_source *src, const struct mapped *m, size_t from, unsigned depth);
/* Where the comment of a line begins that is no continuation of a quote; m->len: nowhere. */
size_t prep_comment(const struct mapped *m, size_t from);

/* prep_loop.c */
/* Is there a loop at this offset? */
bool prep_at_loop(const struct mapped *m, size_t at);
/* Reads "~SEQ(...)"; *rest is where the repeated text begins. False where it was wrong, which is said where `quiet` is not. */
bool prep_loop_read(struct prep *p, const struct conf_source *src, const struct mapped *m, size_t at, bool quiet,
                    struct prep_loop *loop, size_t *rest);
/* The number of its rounds. */
size_t prep_loop_rounds(const struct prep_loop *l);
void prep_loop_begin(struct prep *p, struct prep_loop *l);
/* Sets the variables for the next round; false after the last. */
bool prep_loop_next(struct prep *p, struct prep_loop *l);
void prep_loop_end(struct prep *p, struct prep_loop *l);

#endif
