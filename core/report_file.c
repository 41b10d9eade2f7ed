/*
 * The compatibility report: lines that are accepted without effect, understood differently, or refused, each with its
 * place, in the order of the files.
 */
#include "config.h"

#include "core/report_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/describe.h"
#include "core/check_file.h"

struct line {
	char *place, *text;
	uint32_t number, column;
	size_t serial; /* of its file's first line */
};

struct report {
	struct line *lines;
	size_t n, cap;
	size_t count[3]; /* without effect, differently, refused */
};

static void *must(void *p)
{
	if (!p)
		abort();
	return p;
}

/* Where lines of this file began: files stay in the order in which they were first spoken of. */
static size_t file_serial(const struct report *r, const char *file)
{
	for (size_t i = 0; i < r->n; i++)
		if (strcmp(r->lines[i].place, file) == 0)
			return r->lines[i].serial;
	return r->n;
}

static void add_line(struct report *r, const struct conf_place *at, char *text)
{
	const char *file = at->file ? at->file : "";

	if (r->n == r->cap) {
		r->cap = r->cap ? r->cap * 2 : 64;
		r->lines = must(realloc(r->lines, r->cap * sizeof(*r->lines)));
	}
	r->lines[r->n] = (struct line){ must(strdup(file)), text, at->line, at->column, file_serial(r, file) };
	r->n++;
}

static void on_told(void *user, enum conf_told kind, const struct conf_place *at, const char *keyword, const char *why)
{
	struct report *r = user;
	char *text;

	if (asprintf(&text, "'%s' is %s: %s", keyword,
	             kind == CONF_TOLD_IDLE ? "accepted without effect" : "understood differently", why) < 0)
		abort();
	r->count[kind == CONF_TOLD_IDLE ? 0 : 1]++;
	add_line(r, at, text);
}

static void on_finding(void *user, const struct diag_finding *f)
{
	struct report *r = user;
	char *text;

	if (f->severity != DIAG_ERROR)
		return;
	if (asprintf(&text, "refused: %s", f->text) < 0)
		abort();
	r->count[2]++;
	add_line(r, &f->at, text);
}

static int line_cmp(const void *pa, const void *pb)
{
	const struct line *a = pa, *b = pb;

	if (a->serial != b->serial)
		return a->serial < b->serial ? -1 : 1;
	if (a->number != b->number)
		return a->number < b->number ? -1 : 1;
	if (a->column != b->column)
		return a->column < b->column ? -1 : 1;
	return strcmp(a->text, b->text);
}

static void print(struct report *r)
{
	if (r->n)
		qsort(r->lines, r->n, sizeof(*r->lines), line_cmp);
	for (size_t i = 0; i < r->n; i++) {
		const struct line *l = &r->lines[i];

		if (i && line_cmp(l, l - 1) == 0) /* one line, used in several rounds of a ~SEQ */
			continue;
		if (l->number)
			printf("%s:%u: %s\n", l->place, l->number, l->text);
		else
			printf("%s: %s\n", l->place, l->text);
	}
	if (r->n)
		printf("%zu accepted without effect, %zu understood differently, %zu refused\n", r->count[0], r->count[1],
		       r->count[2]);
	else
		puts("nothing here is otherwise than in keepalived");
}

static void report_free(struct report *r)
{
	for (size_t i = 0; i < r->n; i++) {
		free(r->lines[i].place);
		free(r->lines[i].text);
	}
	free(r->lines);
}

int report_file(const struct options *o)
{
	const char *path = options_conf_file(o);
	struct report r = { .n = 0 };
	struct conf_options co = {
		.lenient = o->lenient, .config_id = o->config_id, .told = on_told, .told_user = &r,
	};
	struct helper_policy policy;
	struct diag *d = diag_new();
	const struct conf *c;

	if (!check_can_read(path, &policy, &co)) {
		fprintf(stderr, "regentd: cannot read %s: %s; %s\n", path, strerror(errno), options_other_file(o));
		diag_free(d);
		return 3;
	}
	c = conf_load(path, &co, d);
	diag_visit(d, on_finding, &r);
	print(&r);
	report_free(&r);
	diag_free(d);
	conf_free(c);
	return c ? 0 : 2;
}

int report_schema(void)
{
	describe_states(stdout);
	return 0;
}

int explain_keyword(const char *keyword)
{
	const char *near;

	if (describe_print(keyword, stdout))
		return 0;
	near = describe_nearest(keyword);
	fprintf(stderr, "regentd: '%s' is no keyword%s%s%s\n", keyword, near ? "; did you mean '" : "", near ? near : "",
	        near ? "'?" : "");
	return 2;
}
