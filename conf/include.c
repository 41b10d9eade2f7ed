/*
 * Includes, the part that touches no file.
 */
#include "config.h"

#include "conf/include.h"

#include <string.h>

bool include_find(const struct conf_word *w, const struct include_check *standing, struct include_check *out)
{
	static const struct {
		const char *keyword;
		struct include_check check;
	} kinds[] = {
		{ "include", { false, false, false, false } }, { "includer", { .readable = true } },
		{ "includem", { .match = true } },             { "includew", { .wildcard = true, .match = true } },
		{ "includeb", { .brace = true } },             { "includea", { true, true, true, true } },
	};

	if (w->quoted || w->text[0] != 'i') /* nearly every line */
		return false;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(w->text, kinds[i].keyword) != 0)
			continue;
		*out = (struct include_check){
			.readable = standing->readable || kinds[i].check.readable,
			.match = standing->match || kinds[i].check.match,
			.wildcard = standing->wildcard || kinds[i].check.wildcard,
			.brace = standing->brace || kinds[i].check.brace,
		};
		return true;
	}
	return false;
}

bool include_check_word(struct include_check *c, const char *word)
{
	bool on = *word != '-';
	bool *flag;

	word += *word == '-' || *word == '+';
	flag = strcmp(word, "readable") == 0         ? &c->readable
	       : strcmp(word, "match") == 0          ? &c->match
	       : strcmp(word, "wildcard_match") == 0 ? &c->wildcard
	       : strcmp(word, "brace_match") == 0    ? &c->brace
	                                             : NULL;
	if (flag)
		*flag = on;
	return flag != NULL;
}

struct names {
	struct arena *arena;
	const char **list;
	size_t n;
};

/* The brace that closes the one at p; NULL: none does. */
static const char *closing(const char *p)
{
	unsigned depth = 0;

	for (; *p; p++) {
		depth += *p == '{';
		if (*p == '}' && --depth == 0)
			return p;
	}
	return NULL;
}

/* The end of one name of a list in braces: its comma, or the brace. */
static const char *name_end(const char *p)
{
	for (unsigned depth = 0; *p; p++) {
		if (depth == 0 && (*p == ',' || *p == '}'))
			break;
		depth += *p == '{';
		depth -= *p == '}';
	}
	return p;
}

static void spread(struct names *out, const char *pattern)
{
	const char *open = strchr(pattern, '{'), *close = open ? closing(open) : NULL;
	size_t before = open ? (size_t)(open - pattern) : 0;

	if (out->n == INCLUDE_NAMES_MAX)
		return;
	if (!close) {
		out->list[out->n++] = arena_text(out->arena, pattern);
		return;
	}
	for (const char *p = open; p < close; ) {
		const char *end = name_end(++p);
		size_t len = (size_t)(end - p), after = strlen(close + 1);
		char *name = arena_alloc(out->arena, before + len + after + 1);

		memcpy(name, pattern, before);
		memcpy(name + before, p, len);
		memcpy(name + before + len, close + 1, after);
		spread(out, name);
		p = end;
	}
}

const char *const *include_names(struct arena *a, const char *pattern, size_t *n)
{
	struct names out = { a, arena_array(a, INCLUDE_NAMES_MAX, sizeof(*out.list)), 0 };

	spread(&out, pattern);
	*n = out.n;
	return out.list;
}
