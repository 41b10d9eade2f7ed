/*
 * Words of the language on paper.
 */
#include "config.h"

#include "conf/out.h"

#include <string.h>

#include "conf/value.h"

void out_word(FILE *out, const char *text)
{
	bool plain = *text != '\0';

	for (const char *p = text; *p && plain; p++)
		plain = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9') ||
		        strchr("._-:/+%,=?&", *p);
	if (plain)
		fputs(text, out);
	else
		out_quoted(out, text);
}

void out_quoted(FILE *out, const char *text)
{
	fputc('"', out);
	for (const char *p = text; *p; p++) {
		unsigned char c = (unsigned char)*p;

		if (c < 0x20 || c == 0x7f || c == '$') /* a dollar would be a variable's */
			fprintf(out, "\\%03o", c);
		else if (c == '"' || c == '\\')
			fprintf(out, "\\%c", c);
		else
			fputc(c, out);
	}
	fputc('"', out);
}

void out_indent(FILE *out, int depth)
{
	if (depth == OUT_INLINE)
		fputc(' ', out);
	while (depth-- > 0)
		fputc('\t', out);
}

void out_end(FILE *out, int depth)
{
	if (depth != OUT_INLINE)
		fputc('\n', out);
}

void out_text(FILE *out, int depth, const char *keyword, const char *text)
{
	if (!text)
		return;
	out_indent(out, depth);
	fprintf(out, "%s ", keyword);
	out_word(out, text);
	out_end(out, depth);
}

void out_number(FILE *out, int depth, const char *keyword, int64_t n)
{
	out_indent(out, depth);
	fprintf(out, "%s %lld", keyword, (long long)n);
	out_end(out, depth);
}

void out_time(FILE *out, int depth, const char *keyword, usec_t t)
{
	char buf[VALUE_TIME_LEN];

	out_indent(out, depth);
	fprintf(out, "%s %s\n", keyword, value_time_format(t, buf));
}

void out_addr(FILE *out, int depth, const char *keyword, const struct addr *a)
{
	char buf[ADDR_STRLEN];

	if (!addr_is_set(a))
		return;
	out_indent(out, depth);
	fprintf(out, "%s %s", keyword, addr_format(a, buf));
	out_end(out, depth);
}

void out_flag(FILE *out, int depth, const char *keyword, bool on)
{
	if (!on)
		return;
	out_indent(out, depth);
	fputs(keyword, out);
	out_end(out, depth);
}

void out_words(FILE *out, int depth, const char *keyword, const char *const *words, size_t n)
{
	if (!n)
		return;
	out_indent(out, depth);
	fprintf(out, "%s {\n", keyword);
	for (size_t i = 0; i < n; i++) {
		out_indent(out, depth + 1);
		out_word(out, words[i]);
		fputc('\n', out);
	}
	out_indent(out, depth);
	fputs("}\n", out);
}

void out_args(FILE *out, int depth, const char *keyword, const struct conf_words *w)
{
	if (!w->given)
		return;
	out_indent(out, depth);
	fputs(keyword, out);
	for (size_t i = 0; i < w->n; i++) {
		fputc(' ', out);
		out_word(out, w->word[i]);
	}
	out_end(out, depth);
}

void out_script(FILE *out, int depth, const char *keyword, bool user_apart, const struct conf_script *s)
{
	if (!s->command)
		return;
	out_indent(out, depth);
	fprintf(out, "%s ", keyword);
	out_quoted(out, s->command);
	if (s->user && user_apart) {
		fputc('\n', out);
		out_indent(out, depth);
		fputs("user", out);
	}
	if (s->user) {
		fputc(' ', out);
		out_word(out, s->user);
	}
	if (s->user && s->group) {
		fputc(' ', out);
		out_word(out, s->group);
	}
	fputc('\n', out);
}

bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

bool same_words(const char *const *a, size_t na, const char *const *b, size_t nb)
{
	if (na != nb)
		return false;
	for (size_t i = 0; i < na; i++)
		if (!same_text(a[i], b[i]))
			return false;
	return true;
}

bool same_args(const struct conf_words *a, const struct conf_words *b)
{
	return a->given == b->given && same_words(a->word, a->n, b->word, b->n);
}

bool same_script(const struct conf_script *a, const struct conf_script *b)
{
	if (!a->command && !b->command)
		return true; /* whoever would run nothing */
	return same_text(a->command, b->command) && same_text(a->user, b->user) && same_text(a->group, b->group);
}
