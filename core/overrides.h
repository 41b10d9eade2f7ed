/*
 * What operators have set: the weight of a server, its drain, its being disabled. Each stays until it is cleared or has expired,
 * whatever the file says meanwhile, and knows who set it and when.
 *
 * Kept in memory by server key; a copy is written to STATE_DIR/overrides by a worker (temporary file, fsync, rename) after each
 * change, and read before the first IPVS apply. The text is versioned (overrides_text.c, pure); version 1 is read as well.
 */
#ifndef REGENT_OVERRIDES_H
#define REGENT_OVERRIDES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "core/base/key.h"
#include "core/loop/loop.h"

enum override_kind { OVERRIDE_WEIGHT = 0, OVERRIDE_DRAIN = 1, OVERRIDE_DISABLE = 2 };
#define OVERRIDE_KINDS 3
const char *override_kind_name(enum override_kind k);

/* Times are wall clock, microseconds since 1970, as they outlive the machine's being up. */
struct override_part {
	bool on;
	int32_t value;     /* the weight, 0..65535; of a drain: 1 when it has come to its end */
	char by[32];       /* "snmp", "uid 0" */
	int64_t wall;      /* when it was set */
	int64_t until;     /* when it is forgotten; 0: when it is cleared */
	int64_t deadline;  /* of a drain; 0: none */
	bool ours;         /* set in this life, by the clock that this life had then */
};

struct override {
	struct server_key key;
	struct override_part part[OVERRIDE_KINDS];
};

struct overrides;

/* Read `path` (absent is fine; a broken line is skipped with a log line). NULL: no memory. */
struct overrides *overrides_open(struct loop *l, const char *path);
/* After loop_free(), when no worker runs: a change that still waits is written now. */
void overrides_close(struct overrides *o);
/* NULL: nothing is set of this server. */
const struct override *overrides_get(const struct overrides *o, const struct server_key *k);
/* One kind of one server; NULL: it is not set. */
const struct override_part *overrides_part(const struct overrides *o, const struct server_key *k, enum override_kind kind);
/* Not `on`: cleared. Writing starts by itself. */
void overrides_set(struct overrides *o, const struct server_key *k, enum override_kind kind, const struct override_part *p);
/* Forget all of them; fn is told of each server before. */
void overrides_clear(struct overrides *o, void (*fn)(void *user, const struct override *v), void *user);
/* When the next of them is to be forgotten; 0: none. */
int64_t overrides_next_end(const struct overrides *o);
/* One whose time has come at `wall`, and which of its kinds; NULL: none. */
const struct override *overrides_ended(const struct overrides *o, int64_t wall, enum override_kind *kind);
/* The wall clock was set by so much: what was set in this life for a time ends as much later. What a former life has set stays: the
 * clock of a host that has just begun may have been wrong until now. fn is told of each server after it. */
void overrides_shift(struct overrides *o, int64_t by, void (*fn)(void *user, const struct server_key *k), void *user);
/* Servers of which something is set. */
size_t overrides_count(const struct overrides *o);
/* Is nothing on its way to the disk? */
bool overrides_written(const struct overrides *o);
/* errno of the last write, 0. */
int overrides_error(const struct overrides *o);

/* ---- the text (pure) ---- */
#define OVERRIDES_HEADER "regent-overrides 2"
#define OVERRIDES_HEADER_1 "regent-overrides 1"
/* One line for each kind that is set, without its newline. */
void override_format(const struct server_key *key, enum override_kind kind, const struct override_part *p, char *buf, size_t size);
bool override_parse(const char *line, unsigned version, struct server_key *key, enum override_kind *kind,
                    struct override_part *out);

#endif
