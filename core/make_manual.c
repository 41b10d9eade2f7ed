/*
 * Makes regent.conf.5: copies a page in mdoc(7), and where a line says @PLACE NAME@ lists the keywords of that place from
 * the schema. A place that the page forgets ends it with an error, so the page is complete.
 */
#include "config.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/describe.h"

#define PLACES_MAX 128

/* Words of a line that a macro reads: none of them is a macro itself. */
static void put_words(const char *text)
{
	while (*(text += strspn(text, " "))) {
		size_t n = strcspn(text, " ");

		fputs(" \\&", stdout);
		for (size_t i = 0; i < n; i++) {
			if (text[i] == '\\' || text[i] == '-')
				fputc('\\', stdout);
			fputc(text[i] == '\\' ? 'e' : text[i], stdout);
		}
		text += n;
	}
}

static void put_sentence(const char *text)
{
	if (*text == '.' || *text == '\'')
		fputs("\\&", stdout);
	for (; *text; text++)
		fputs(*text == '\\' ? "\\e" : (const char[]){ *text, '\0' }, stdout);
}

static void put_row(const struct kw_row *row)
{
	struct description d;

	describe_row(row, &d);
	printf(".It Ic");
	put_words(row->name);
	if (row->state != KW_WORKS)
		fputs(" \\(dg", stdout);
	if (d.value[0] && strcmp(d.value, "...") != 0) {
		fputs(" Ar", stdout);
		put_words(d.value);
	}
	putchar('\n');
	put_sentence(row->help);
	if (d.range[0])
		printf("; %s", d.range);
	if (d.standard[0]) {
		fputs(" [", stdout);
		put_sentence(d.standard);
		putchar(']');
	}
	puts(".");
	for (size_t i = 0; i < 2 && row->alias[i]; i++)
		printf("%s\n.Ic \\&%s .\n", i ? "Or:" : "Also:", row->alias[i]);
	if (row->own)
		puts("Not in keepalived.");
	if (row->differs)
		printf("Unlike keepalived: %s.\n", row->differs);
	if (row->state != KW_WORKS && row->state != KW_NOT_YET)
		printf("Without effect: %s.\n", kw_state_name(row->state));
}

static const struct kw_place *find_place(const char *name, bool listed[static PLACES_MAX])
{
	const struct kw_place *place;

	for (size_t i = 0; (place = schema_place(i)) && i < PLACES_MAX; i++) {
		if (strcmp(place->name, name) == 0 || (strcmp(name, "-") == 0 && !*place->name)) {
			listed[i] = true;
			return place;
		}
	}
	fprintf(stderr, "the schema has no place '%s'\n", name);
	exit(1);
}

static void put_place(const struct kw_place *place)
{
	const struct kw_part *part;

	if (*place->name) {
		fputs(".Pp\nIn", stdout);
		printf("\n.Ic \\&%s :\n", place->name);
	}
	puts(".Bl -tag -width Ds -compact");
	for (size_t p = 0; (part = schema_part(place, p)); p++)
		for (size_t r = 0; r < part->n; r++)
			put_row(&part->rows[r]);
	puts(".El");
}

static void take_line(char *line, bool listed[static PLACES_MAX])
{
	char *end = strrchr(line, '@');

	if (strncmp(line, "@PLACE ", 7) != 0 || end == line) {
		fputs(line, stdout);
		return;
	}
	*end = '\0';
	put_place(find_place(line + 7, listed));
}

int main(int argc, char **argv)
{
	bool listed[PLACES_MAX] = { false };
	FILE *in = argc == 2 ? fopen(argv[1], "r") : NULL;
	char line[1024];

	if (!in) {
		fputs("usage: manual TEMPLATE\n", stderr);
		return 1;
	}
	while (fgets(line, sizeof(line), in))
		take_line(line, listed);
	fclose(in);
	for (size_t i = 0; schema_place(i); i++) {
		if (!listed[i]) {
			fprintf(stderr, "the page forgets '%s'\n", schema_place(i)->name);
			return 1;
		}
	}
	return fflush(stdout) == 0 ? 0 : 1;
}
