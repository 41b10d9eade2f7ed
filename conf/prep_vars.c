/*
 * Variables: their table, their use, and how much text will come of it. Values are looked up where they are used, so one
 * may name others that are defined later.
 */
#include "config.h"

#include "conf/prep_impl.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"

#define RANDOM_MOST 32767

struct prep_var *prep_find(struct prep *p, const char *name)
{
	struct prep_var *v;

	HASH_FIND_STR(p->vars, name, v);
	return v && !v->undefined ? v : NULL;
}

void prep_define(struct prep *p, const char *name, struct mapped *value, bool many)
{
	struct prep_var *v;

	HASH_FIND_STR(p->vars, name, v);
	if (!v) {
		v = calloc(1, sizeof(*v));
		if (!v)
			abort();
		text_copy(v->name, sizeof(v->name), name);
		HASH_ADD_STR(p->vars, name, v);
	}
	mapped_free(&v->value);
	v->value = *value;
	*value = (struct mapped){ NULL, 0, 0, NULL, 0, 0 };
	v->many = many;
	v->undefined = false;
	p->generation++;
}

void prep_undefine(struct prep *p, const char *name)
{
	struct prep_var *v = prep_find(p, name);

	if (v)
		v->undefined = true;
	p->generation++;
}

static bool is_name(int c, bool first)
{
	return isalpha(c) || c == '_' || (!first && isdigit(c));
}

size_t prep_name(const struct mapped *m, size_t at, char name[static PREP_NAME_MAX + 1])
{
	bool braced = m->text[at + 1] == '{';
	size_t start = at + 1 + braced, end = start;

	while (is_name((unsigned char)m->text[end], end == start))
		end++;
	if (end == start || end - start > PREP_NAME_MAX)
		return 0;
	memcpy(name, m->text + start, end - start);
	name[end - start] = '\0';
	if (!braced)
		return end - at;
	if (name[0] == '_') /* ${_RANDOM 1 9} */
		end += strcspn(m->text + end, "}\n");
	return m->text[end] == '}' ? end + 1 - at : 0;
}

size_t prep_comment(const struct mapped *m, size_t from)
{
	char quote = '\0';

	for (size_t i = from; i < m->len; i++) {
		char c = m->text[i];

		if (c == '\n')
			quote = '\0';
		else if (quote && c == '\\' && m->text[i + 1] && m->text[i + 1] != '\n')
			i++;
		else if (quote)
			quote = c == quote ? '\0' : quote;
		else if (c == '"' || (c == '\'' && (i == 0 || !isalnum((unsigned char)m->text[i - 1]))))
			quote = c;
		else if (c == '\\' && (m->text[i + 1] == '#' || m->text[i + 1] == '!'))
			i++;
		else if ((c == '#' || c == '!') && !mapped_is_literal(m, i))
			return i;
	}
	return m->len;
}

/* splitmix64: the same numbers from the same seed everywhere. */
static uint64_t next_random(struct prep *p)
{
	uint64_t z = p->random += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

static void add_random(struct prep *p, const char *words, struct mapped *out, const struct conf_place *use)
{
	unsigned long low = 0, high = RANDOM_MOST;
	char number[24];

	if (sscanf(words, " %lu %lu", &low, &high) >= 1 && high < low)
		prep_say(p, DIAG_WARNING, use, "${_RANDOM MIN MAX}", "the range of this random number is empty");
	high = high < low ? low : high;
	snprintf(number, sizeof(number), "%lu", low + (unsigned long)(next_random(p) % ((uint64_t)(high - low) + 1)));
	mapped_add(out, number, strlen(number), use, false);
}

static void add_text(struct mapped *out, const char *text, size_t len, const struct conf_place *use)
{
	mapped_add(out, text, len, use, false);
}

/* The folder of the file: as it was found, or as it is named. */
static void add_folder(const struct conf_source *src, struct mapped *out, const struct conf_place *use)
{
	const char *slash = strrchr(src->name, '/');

	if (src->dir)
		add_text(out, src->dir, strlen(src->dir), use);
	else if (slash)
		add_text(out, src->name, slash == src->name ? 1 : (size_t)(slash - src->name), use);
	else
		add_text(out, ".", 1, use);
}

static void add_environment(const struct prep *p, const char *words, struct mapped *out, const struct conf_place *use)
{
	char name[PREP_NAME_MAX + 1];
	const char *value;

	text_copy(name, sizeof(name), words + strspn(words, " \t"));
	name[strcspn(name, " \t}")] = '\0';
	value = p->env ? p->env(name) : NULL;
	if (value)
		add_text(out, value, strcspn(value, "\n"), use);
}

/* The names that the language has itself; false where this is none of them. */
static bool add_builtin(struct prep *p, const struct conf_source *src, const char *name, const char *words,
                        struct mapped *out, const struct conf_place *use)
{
	if (strcmp(name, "_PWD") == 0)
		add_folder(src, out, use);
	else if (strcmp(name, "_INSTANCE") == 0)
		add_text(out, p->config_id ? p->config_id : "", p->config_id ? strlen(p->config_id) : 0, use);
	else if (strcmp(name, "_RANDOM") == 0)
		add_random(p, words, out, use);
	else if (strcmp(name, "_ENV") == 0)
		add_environment(p, words, out, use);
	else if (strcmp(name, "_HASH") == 0 || strcmp(name, "_BANG") == 0)
		mapped_add(out, name[1] == 'H' ? "#" : "!", 1, use, true);
	else
		return false;
	return true;
}

static const char *nearest(struct prep *p, const char *name)
{
	const char *found = NULL;
	unsigned best = strlen(name) < 5 ? 2 : 3;

	for (struct prep_var *v = p->vars; v; v = v->hh.next) {
		unsigned d = v->undefined ? best : text_distance(name, v->name);

		if (d < best) {
			best = d;
			found = v->name;
		}
	}
	return found;
}

/* A name that stays as it is, as keepalived has it; seldom what was meant. */
static void say_undefined(struct prep *p, const struct conf_place *at, const char *name, bool braced)
{
	const char *near = diag_is_full(p->diag, DIAG_WARNING) ? NULL : nearest(p, name);
	char hint[PREP_NAME_MAX + 32];

	snprintf(hint, sizeof(hint), "did you mean '%s'?", near ? near : "");
	if (braced || near)
		prep_say(p, DIAG_WARNING, at, near ? hint : NULL, "the variable '%s' is not defined: it stays as it is", name);
}

struct expansion {
	struct prep *p;
	const struct conf_source *src;
	struct mapped *out;
	bool many, list;
	unsigned depth;
};

static void expand_range(struct expansion *x, const struct mapped *in, size_t from, size_t to,
                         const struct conf_place *use);

static void use_variable(struct expansion *x, struct prep_var *v, const struct conf_place *use)
{
	if (x->p->dead)
		return;
	if (v->many) {
		mapped_slice(x->out, &v->value, 0, v->value.len, use);
		x->many = true;
	} else if (x->depth == PREP_DEPTH_MAX) {
		prep_say(x->p, DIAG_ERROR, use, "does it name itself?", "variables name each other more than %d deep: '%s'",
		         PREP_DEPTH_MAX, v->name);
		x->p->dead = true;
	} else {
		x->depth++;
		expand_range(x, &v->value, 0, v->value.len, use);
		x->depth--;
	}
	x->p->bytes += v->value.len;
	if (x->p->bytes > PREP_BYTES_MAX)
		prep_bomb(x->p, use);
}

/* What stands at a dollar is put in; false where it is to be copied. */
static bool expand_one(struct expansion *x, const struct mapped *in, size_t at, size_t len, const char *name,
                       const struct conf_place *use)
{
	bool braced = in->text[at + 1] == '{';
	char after = in->text[at + len];
	struct prep_var *v;

	if (braced && name[0] == '_' &&
	    add_builtin(x->p, x->src, name, in->text + at + 2 + strlen(name), x->out, use))
		return true;
	v = prep_find(x->p, name);
	if (!v) {
		say_undefined(x->p, use, name, braced);
		return false;
	}
	if (!braced && after && !isspace((unsigned char)after) && !(x->list && strchr(",}", after))) {
		prep_say(x->p, DIAG_WARNING, use, "put its name in braces: ${NAME}",
		         "'$%s' is no variable where '%c' follows it", name, after);
		return false;
	}
	use_variable(x, v, use);
	return true;
}

static void expand_range(struct expansion *x, const struct mapped *in, size_t from, size_t to,
                         const struct conf_place *use)
{
	char name[PREP_NAME_MAX + 1];
	size_t copied = from;

	for (size_t i = from; i < to && !x->p->dead; i++) {
		size_t len = in->text[i] == '$' ? prep_name(in, i, name) : 0;
		struct conf_place at;

		if (len == 0 || i + len > to)
			continue;
		at = use ? *use : mapped_place(in, i);
		mapped_slice(x->out, in, copied, i, use);
		copied = i;
		if (expand_one(x, in, i, len, name, &at))
			copied = i + len;
		i += len - 1;
		if (x->many && !use) { /* the rest is read again, line by line */
			break;
		}
	}
	mapped_slice(x->out, in, copied, in->len < to ? in->len : to, use);
}

void prep_expand(struct prep *p, const struct conf_source *src, const struct mapped *in, size_t from, struct mapped *out,
                 bool *many)
{
	struct expansion x = { .p = p, .src = src, .out = out };
	size_t end = prep_comment(in, from);

	expand_range(&x, in, from, end, NULL);
	if (!x.many && end < in->len)
		mapped_slice(out, in, end, in->len, NULL);
	*many = x.many;
}

void prep_expand_list(struct prep *p, const struct conf_source *src, const struct mapped *in, struct mapped *out,
                      bool *many)
{
	struct expansion x = { .p = p, .src = src, .out = out, .list = true };

	expand_range(&x, in, 0, in->len, NULL);
	*many = x.many;
}

static size_t add_sizes(size_t a, size_t b)
{
	return a > PREP_BYTES_MAX || b > PREP_BYTES_MAX ? PREP_BYTES_MAX + 1 : a + b;
}

static size_t measure_variable(struct prep *p, const struct conf_source *src, struct prep_var *v, unsigned depth)
{
	if (v->used)
		return 0; /* names itself: that is said when it is used */
	if (v->counted != p->generation) {
		v->used = true;
		v->size = prep_measure(p, src, &v->value, 0, depth + 1);
		v->used = false;
		v->counted = p->generation;
	}
	return v->size;
}

static size_t measure_loop(struct prep *p, const struct conf_source *src, const struct mapped *m, size_t at,
                           unsigned depth, size_t *line_end)
{
	struct prep_loop loop = { .next = 0 };
	struct mapped line = { NULL, 0, 0, NULL, 0, 0 };
	size_t rest, n = 0, once;

	*line_end = at + strcspn(m->text + at, "\n");
	mapped_slice(&line, m, at, *line_end, NULL);
	if (depth < PREP_DEPTH_MAX && prep_loop_read(p, src, &line, 0, true, &loop, &rest)) {
		n = prep_loop_rounds(&loop);
		once = prep_measure(p, src, &line, rest, depth + 1);
		n = once && n > PREP_BYTES_MAX / once ? PREP_BYTES_MAX + 1 : n * once;
		prep_loop_end(p, &loop);
	}
	mapped_free(&line);
	return n;
}

size_t prep_measure(struct prep *p, const struct conf_source *src, const struct mapped *m, size_t from, unsigned depth)
{
	char name[PREP_NAME_MAX + 1];
	bool line_start = true;
	size_t sum = 0;

	for (size_t i = from; i < m->len && sum <= PREP_BYTES_MAX; i++) {
		size_t len = m->text[i] == '$' ? prep_name(m, i, name) : 0, end;
		struct prep_var *v = len ? prep_find(p, name) : NULL;

		if (line_start && prep_at_loop(m, i)) {
			sum = add_sizes(sum, measure_loop(p, src, m, i, depth, &end));
			i = end;
			continue;
		}
		if (v && depth < PREP_DEPTH_MAX)
			sum = add_sizes(sum, measure_variable(p, src, v, depth));
		else
			sum++;
		line_start = m->text[i] == '\n' || (line_start && isspace((unsigned char)m->text[i]));
		i += len ? len - 1 : 0;
	}
	return sum;
}
