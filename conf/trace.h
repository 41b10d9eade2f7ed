/*
 * What was asked of the host while a configuration was read, and what it answered: files and their bytes, patterns and what they
 * matched, the name of the host. While the answers are the same, reading it again would make the same tree.
 */
#ifndef REGENT_CONF_TRACE_H
#define REGENT_CONF_TRACE_H

#include <glob.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "conf/load.h"

/* ---- noted by load.c; `t` may be NULL ---- */

/* A file that was opened and read (takes over `text`, of malloc, else frees it), or err. `secret`: its bytes are not kept. */
void trace_file(struct conf_trace *t, const char *path, int err, const struct stat *st, char *text, size_t len, bool secret);
/* glob(3) as includes use it; *err: why it could not look everywhere. */
int trace_glob(struct conf_trace *t, const char *pattern, glob_t *g, int *err);
/* The identity of @id lines. */
void trace_id(struct conf_trace *t, const char *id);
/* It was read in vain: what was noted is forgotten. NULL is fine. */
void trace_forget(struct conf_trace *t);

/* Would all of it be answered as before? */
enum conf_again trace_again(struct conf_trace *t, const struct conf_options *o, const char *id, int64_t wall);
/* The text of a file as it was parsed; NULL: it is not kept. */
const char *trace_text(const struct conf_trace *t, const char *path, size_t *len);
/* What that question found in a file that is another one now: handed out once, to be freed. False: it was not read. */
bool trace_fresh(struct conf_trace *t, const char *path, struct stat *st, char **text, size_t *len);

/* ---- load.c ---- */

/* A whole file, *text of malloc; 0 or an errno, with *text NULL. */
int load_file(const struct conf_options *o, const char *path, struct stat *st, char **text, size_t *len);

#endif
