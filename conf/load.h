/*
 * From files to a tree: the only part of conf/ that touches files, and only through a function that its caller gives.
 */
#ifndef REGENT_CONF_LOAD_H
#define REGENT_CONF_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conf/conf.h"
#include "conf/diag.h"
#include "conf/facts.h"

/* What Regent does otherwise than keepalived: it accepts a keyword without effect, or means something else by it. */
enum conf_told { CONF_TOLD_IDLE, CONF_TOLD_DIFFERS };
typedef void conf_told_fn(void *user, enum conf_told kind, const struct conf_place *at, const char *keyword, const char *why);

/* Opens a file for reading: descriptor, or -1 with errno, EXDEV for one that lies where nothing may be included from. */
typedef int conf_open_fn(void *user, const char *path);

struct conf_options {
	conf_open_fn *open; /* NULL: open(2) */
	void *user;
	bool lenient;       /* unknown keywords are warnings */
	const char *config_id; /* for @id lines; NULL: host name up to the first dot; where no line names that, nobody
	                        * said which of them count */
	const struct host_facts *facts; /* NULL: nothing is known of the host, and nothing checked against it */
	conf_told_fn *told; /* called for each such line; NULL: nobody asks */
	void *told_user;
	/* Reads a file of at most `size` octets, such as a key, by `open`: how many, or -1 with errno. NULL: files are not read.
	 * conf_load() fills it in. */
	int (*slurp)(const struct conf_options *o, const char *path, char *buf, size_t size);
	uint64_t seed;      /* of ${_RANDOM}; 0: another each time */
	struct conf_trace *trace; /* what was asked of the host is noted there; NULL: nowhere */
	struct conf_trace *before; /* what conf_again() read is taken from there instead of being read once more; NULL: nothing is */
	const struct conf *old;    /* the tree that `before` was noted of: what stands in the files as it did is taken over, and the
	                            * memory of that tree held; NULL: all is read */
};

struct conf_trace;
/* `wall`: the time of the reading, in microseconds; times of files are held against it. */
struct conf_trace *conf_trace_new(int64_t wall);
void conf_trace_free(struct conf_trace *t);
/* Would conf_load(), with the same options, make the tree again that it made when `t` was noted? */
enum conf_again {
	CONF_OTHER,      /* no, or that cannot be told */
	CONF_SAME_WORDS, /* yes, but for places: lines that say nothing came or went */
	CONF_SAME,
};
enum conf_again conf_again(struct conf_trace *t, const struct conf_options *o, int64_t wall);

/* Is a part of it another tree's, whose files places in it name? Who finds anything to say of such a tree loads it again, whole, first;
 * conf_load() itself does. */
bool conf_is_mixed(const struct conf *c);

/* Read, preprocess, parse, check. NULL where `diag` holds errors, all of them. Thread-safe: no shared state. */
const struct conf *conf_load(const char *path, const struct conf_options *o, struct diag *diag);
/* The same over a buffer; `name` stands for the file. Touches no file: `include` is an error where o->open is NULL. */
const struct conf *conf_parse(const char *name, const char *text, size_t len, const struct conf_options *o,
                              struct diag *diag);

#endif
