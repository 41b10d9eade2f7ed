/*
 * Matching what a backend says with PCRE2, on a worker and within bounds: a pattern may take longer than the loop can
 * spare, and the text is the backend's.
 */
#ifndef REGENT_PROBE_REGEX_H
#define REGENT_PROBE_REGEX_H

#include "core/loop/loop.h"
#include "core/probe/conf.h"

enum regex_result {
	REGEX_MATCH,
	REGEX_NO_MATCH,
	REGEX_GAVE_UP, /* beyond the bounds of work or memory; `why` says which */
	REGEX_BAD,     /* the pattern is wrong */
};

struct regex_job;
typedef void regex_fn(void *user, enum regex_result r, const char *why);

/* The data is copied. NULL: no memory; fn is not called. */
struct regex_job *regex_start(struct loop *l, const struct probe_regex *re, const void *data, size_t len, regex_fn *fn,
                              void *user);
/* fn is not called any more. NULL is fine. */
void regex_cancel(struct regex_job *j);

/* Does it compile? Else `err` says why. Not on the loop: it takes as long as the pattern is wild. */
bool regex_check(const struct probe_regex *re, char *err, size_t size);

/* The option of this name, as keepalived writes them. False: no such option. */
bool regex_option(const char *name, uint32_t *bit);

#endif
