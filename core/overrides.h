/*
 * What operators have set: weights that stay until they are cleared, whatever the file says meanwhile (DESIGN.md, promise 5).
 *
 * Kept in memory by server key; a copy is written to STATE_DIR/overrides by a worker (temporary file, fsync, rename) after each
 * change, and read before the first IPVS apply. The text is versioned (overrides_text.c, pure).
 */
#ifndef REGENT_OVERRIDES_H
#define REGENT_OVERRIDES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "core/base/key.h"
#include "core/loop/loop.h"

struct override {
	struct server_key key;
	int32_t weight;    /* 0..65535 */
	char by[32];       /* "snmp", "uid 0" */
	int64_t wall;      /* when, microseconds since 1970 */
};

struct overrides;

/* Read `path` (absent is fine; a broken line is skipped with a log line). NULL: no memory. */
struct overrides *overrides_open(struct loop *l, const char *path);
/* After loop_free(), when no worker runs: a change that still waits is written now. */
void overrides_close(struct overrides *o);
const struct override *overrides_get(const struct overrides *o, const struct server_key *k);
/* weight -1 clears. Writing starts by itself. */
void overrides_set(struct overrides *o, const struct server_key *k, int32_t weight, const char *by, int64_t wall);
size_t overrides_count(const struct overrides *o);
/* errno of the last write, 0. */
int overrides_error(const struct overrides *o);

/* ---- the text (pure) ---- */
#define OVERRIDES_HEADER "regent-overrides 1"
/* One line, without its newline. */
void override_format(const struct override *v, char *buf, size_t size);
bool override_parse(const char *line, struct override *out);

#endif
