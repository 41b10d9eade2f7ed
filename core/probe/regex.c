/*
 * Patterns on workers: regex.h. Each match compiles its pattern, which costs less than the connection before it.
 */
#include "config.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

#include "core/probe/regex.h"

#define STEPS_MAX 500000u
#define DEPTH_MAX 5000u
#define HEAP_MAX 4096u /* KiB */

struct regex_job {
	struct loop_work work; /* first */
	struct probe_regex re;
	char *pattern;
	regex_fn *fn; /* NULL: cancelled */
	void *user;
	enum regex_result result;
	char why[96];
	size_t len;
	uint8_t data[];
};

/* ---- on a worker ---- */

static void explain(struct regex_job *j, int code)
{
	if (pcre2_get_error_message(code, (PCRE2_UCHAR8 *)j->why, sizeof(j->why)) < 0)
		j->why[0] = '\0';
}

static void match(struct regex_job *j, const pcre2_code *code)
{
	pcre2_match_context *bounds = pcre2_match_context_create(NULL);
	pcre2_match_data *found = pcre2_match_data_create(1, NULL);
	int n = PCRE2_ERROR_NOMEMORY;

	if (bounds && found) {
		pcre2_set_match_limit(bounds, STEPS_MAX);
		pcre2_set_depth_limit(bounds, DEPTH_MAX);
		pcre2_set_heap_limit(bounds, j->re.memory ? j->re.memory : HEAP_MAX);
		if (j->re.max_offset)
			pcre2_set_offset_limit(bounds, j->re.max_offset);
		n = j->re.min_offset > j->len ? PCRE2_ERROR_NOMATCH :
		    pcre2_match(code, j->data, j->len, j->re.min_offset, 0, found, bounds);
	}
	j->result = n >= 0 ? REGEX_MATCH : n == PCRE2_ERROR_NOMATCH ? REGEX_NO_MATCH : REGEX_GAVE_UP;
	if (j->result == REGEX_GAVE_UP)
		explain(j, n);
	pcre2_match_data_free(found);
	pcre2_match_context_free(bounds);
}

static pcre2_code *compile(const char *pattern, const struct probe_regex *re, int *err)
{
	uint32_t options = re->options | PCRE2_NEVER_BACKSLASH_C | (re->max_offset ? PCRE2_USE_OFFSET_LIMIT : 0);
	PCRE2_SIZE at;

	return pcre2_compile((PCRE2_SPTR8)pattern, PCRE2_ZERO_TERMINATED, options, err, &at, NULL);
}

bool regex_check(const struct probe_regex *re, char *err, size_t size)
{
	int code = 0;
	pcre2_code *compiled = compile(re->pattern, re, &code);

	if (!compiled && pcre2_get_error_message(code, (PCRE2_UCHAR8 *)err, size) < 0)
		err[0] = '\0';
	pcre2_code_free(compiled);
	return compiled != NULL;
}

static void job_run(struct loop_work *w)
{
	struct regex_job *j = (struct regex_job *)w;
	int err;
	pcre2_code *code = compile(j->pattern, &j->re, &err);

	if (code) {
		match(j, code);
	} else {
		j->result = REGEX_BAD;
		explain(j, err);
	}
	pcre2_code_free(code);
}

/* ---- on the loop ---- */

static void job_free(struct loop_work *w)
{
	struct regex_job *j = (struct regex_job *)w;

	free(j->pattern);
	free(j);
}

static void job_done(struct loop_work *w)
{
	struct regex_job *j = (struct regex_job *)w;

	if (j->fn)
		j->fn(j->user, j->result, j->why);
	job_free(w);
}

struct regex_job *regex_start(struct loop *l, const struct probe_regex *re, const void *data, size_t len, regex_fn *fn,
                              void *user)
{
	struct regex_job *j = calloc(1, sizeof(*j) + len);

	if (!j)
		return NULL;
	j->pattern = strdup(re->pattern);
	if (!j->pattern) {
		free(j);
		return NULL;
	}
	j->work = (struct loop_work){ .run = job_run, .done = job_done, .drop = job_free };
	j->re = *re;
	j->fn = fn;
	j->user = user;
	j->len = len;
	if (len > 0)
		memcpy(j->data, data, len);
	loop_work_submit(l, &j->work);
	return j;
}

void regex_cancel(struct regex_job *j)
{
	if (j)
		j->fn = NULL;
}
