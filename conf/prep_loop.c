/*
 * ~SEQ(VAR, [START, [STEP,]] END), ~SEQx(...) with hexadecimal numbers, ~LST(VAR, VALUE, ...) and
 * ~LST({VAR, VAR}, {VALUE, VALUE}, ...): what follows on the line is read once a round, with the variables set.
 */
#include "config.h"

#include "conf/prep_impl.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/value.h"
#include "core/base/text.h"

#define WORDS_MAX 100000 /* in one list */
#define NAMES_MAX 16
#define NUMBER_MOST ((int64_t)1 << 48)

static const char usage[] = "~SEQ(VAR, [START, [STEP,]] END) or ~LST(VAR, VALUE, ...)";

bool prep_at_loop(const struct mapped *m, size_t at)
{
	return strncmp(m->text + at, "~SEQ(", 5) == 0 || strncmp(m->text + at, "~SEQx(", 6) == 0 ||
	       strncmp(m->text + at, "~LST(", 5) == 0;
}

/* The words between the brackets, without blanks around; a brace opens a list within the list. */
struct words {
	char **text;
	size_t n, n_lists, list_len; /* words that stand in braces come first to last, `list_len` a list */
	bool uneven;
};

static void words_free(struct words *w)
{
	for (size_t i = 0; i < w->n; i++)
		free(w->text[i]);
	free(w->text);
}

static bool words_push(struct words *w, const char *start, size_t len)
{
	while (len && isspace((unsigned char)*start))
		start++, len--;
	while (len && isspace((unsigned char)start[len - 1]))
		len--;
	if (w->n == WORDS_MAX)
		return false;
	if ((w->n & (w->n - 1)) == 0) {
		char **p = realloc(w->text, (w->n ? w->n * 2 : 1) * sizeof(*p));

		if (!p)
			abort();
		w->text = p;
	}
	w->text[w->n] = strndup(start, len);
	if (!w->text[w->n++])
		abort();
	return true;
}

static bool read_list(struct words *w, const char **p)
{
	size_t before = w->n;
	const char *end = strchr(*p, '}');

	for ((*p)++; end && *p < end; *p += **p == ',') {
		size_t len = strcspn(*p, ",}");

		if (!words_push(w, *p, len))
			return false;
		*p += len;
	}
	if (!end || w->n == before)
		return false;
	w->uneven |= w->n_lists++ && w->n - before != w->list_len;
	w->list_len = w->n - before;
	*p = end + 1;
	return true;
}

static bool read_words(struct words *w, const char *p)
{
	for (;;) {
		p += strspn(p, " \t");
		if (*p == '{') {
			if (!read_list(w, &p))
				return false;
		} else {
			size_t len = strcspn(p, ",");

			w->uneven |= w->n_lists != 0;
			if (!words_push(w, p, len))
				return false;
			p += len;
		}
		p += strspn(p, " \t");
		if (*p == '\0')
			return !w->uneven;
		if (*p++ != ',')
			return false;
	}
}

static bool take_names(struct prep_loop *l, const struct words *w, size_t n)
{
	l->names = calloc(n, sizeof(*l->names));
	l->saved = calloc(n, sizeof(*l->saved));
	if (!l->names || !l->saved)
		abort();
	for (l->n_names = 0; l->n_names < n; l->n_names++) {
		const char *name = w->text[l->n_names];

		if (strlen(name) > PREP_NAME_MAX || !(isalpha((unsigned char)*name) || *name == '_') ||
		    name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")])
			return false;
		text_copy(l->names[l->n_names], sizeof(l->names[0]), name);
	}
	return true;
}

/* [START, [STEP,]] END */
static bool take_numbers(struct prep_loop *l, const struct words *w)
{
	int64_t n[3] = { 0, 0, 0 };
	size_t given = w->n - 1;

	if (w->n_lists || given < 1 || given > 3)
		return false;
	for (size_t i = 0; i < given; i++)
		if (value_number(w->text[i + 1], -NUMBER_MOST, NUMBER_MOST, &n[i]) != VALUE_OK)
			return false;
	l->end = n[given - 1];
	l->next = given > 1 ? n[0] : l->end < 0 ? -1 : 1;
	l->step = given == 3 ? n[1] : l->end < l->next ? -1 : 1;
	return l->step != 0 && (l->step > 0) == (l->end >= l->next);
}

static bool take_values(struct prep_loop *l, struct words *w)
{
	if (w->n % l->n_names || w->n <= l->n_names)
		return false;
	l->values = w->text;
	l->n_values = w->n;
	l->round = l->n_names; /* the first words are the names */
	return true;
}

/* True where `w` was taken over. */
static bool loop_fill(struct prep_loop *l, const char *kind, struct words *w, bool *right)
{
	bool list = strncmp(kind, "~LST", 4) == 0, named;
	size_t n_names = list && w->n_lists ? w->list_len : 1;

	l->hex = kind[4] == 'x';
	named = w->n && n_names <= NAMES_MAX && take_names(l, w, n_names);
	*right = named && (list ? take_values(l, w) : take_numbers(l, w));
	return *right && list;
}

bool prep_loop_read(struct prep *p, const struct conf_source *src, const struct mapped *m, size_t at, bool quiet,
                    struct prep_loop *loop, size_t *rest)
{
	size_t open = at + strcspn(m->text + at, "("), close = open + strcspn(m->text + open, ")\n");
	struct mapped args = { NULL, 0, 0, NULL, 0, 0 }, expanded = { NULL, 0, 0, NULL, 0, 0 };
	struct words words = { .n = 0 };
	bool right = false, many = false;

	*loop = (struct prep_loop){ .at = mapped_place(m, at) };
	*rest = close;
	if (m->text[close] == ')') {
		*rest = close + 1 + strspn(m->text + close + 1, " \t");
		mapped_slice(&args, m, open + 1, close, NULL);
		if (args.len)
			prep_expand_list(p, src, &args, &expanded, &many);
		right = expanded.len && !many && read_words(&words, expanded.text);
		if (!right || !loop_fill(loop, m->text + at, &words, &right))
			words_free(&words);
		mapped_free(&args);
		mapped_free(&expanded);
	}
	if (right)
		return true;
	if (!quiet)
		prep_say(p, DIAG_ERROR, &loop->at, usage, "this list or sequence cannot be worked off");
	prep_loop_end(p, loop);
	return false;
}

size_t prep_loop_rounds(const struct prep_loop *l)
{
	if (l->values)
		return l->n_values / l->n_names - 1;
	return (size_t)((l->end - l->next) / l->step) + 1;
}

void prep_loop_begin(struct prep *p, struct prep_loop *l)
{
	for (size_t i = 0; i < l->n_names; i++) {
		struct prep_var *v = prep_find(p, l->names[i]);

		l->saved[i].undefined = !v;
		if (!v)
			continue;
		l->saved[i].many = v->many;
		l->saved[i].value = v->value;
		v->value = (struct mapped){ NULL, 0, 0, NULL, 0, 0 };
	}
}

static void set_variable(struct prep *p, struct prep_loop *l, const char *name, const char *text)
{
	struct mapped value = { NULL, 0, 0, NULL, 0, 0 };

	mapped_add(&value, text, strlen(text), &l->at, false);
	prep_define(p, name, &value, false);
}

bool prep_loop_next(struct prep *p, struct prep_loop *l)
{
	char number[24];

	if (l->values) {
		if (l->round >= l->n_values)
			return false;
		for (size_t i = 0; i < l->n_names; i++)
			set_variable(p, l, l->names[i], l->values[l->round++]);
		return true;
	}
	if (l->step > 0 ? l->next > l->end : l->next < l->end)
		return false;
	snprintf(number, sizeof(number), l->hex ? "%llx" : "%lld", (long long)l->next);
	set_variable(p, l, l->names[0], number);
	l->next += l->step;
	return true;
}

void prep_loop_end(struct prep *p, struct prep_loop *l)
{
	for (size_t i = 0; i < l->n_values; i++)
		free(l->values[i]);
	for (size_t i = 0; i < l->n_names; i++)
		if (l->saved[i].value.text)
			prep_define(p, l->names[i], &l->saved[i].value, l->saved[i].many);
	free(l->values);
	free(l->names);
	free(l->saved);
	*l = (struct prep_loop){ .n_names = 0 };
}
