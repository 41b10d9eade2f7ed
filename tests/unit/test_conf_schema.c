/*
 * Over every row of the schema: it is found, it is alone, it explains itself, it has the default that it says, takes
 * both ends of its range and refuses what is beyond; what has no effect says so once and is never an error.
 */
#include "config.h"

#include "tests/unit/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/build.h"
#include "conf/value.h"

#define TARGET_SIZE 4096

struct bench {
	struct arena *arena;
	struct diag *diag;
	struct build b;
	struct conf conf;
	_Alignas(max_align_t) char target[TARGET_SIZE];
};

static void bench_open(struct bench *t)
{
	memset(t, 0, sizeof(*t));
	t->arena = arena_new();
	t->diag = diag_new();
	t->b = (struct build){ .arena = t->arena, .diag = t->diag, .conf = &t->conf };
}

static void bench_close(struct bench *t)
{
	diag_free(t->diag);
	arena_free(t->arena);
}

/* Applies one line to a fresh target of this place. */
static void apply(struct bench *t, const struct kw_place *place, const char *text)
{
	struct conf_source *src = arena_alloc(t->arena, sizeof(*src));
	struct parse_input in = { .src = src, .arena = t->arena, .diag = t->diag };

	*src = (struct conf_source){ .name = "t", .text = arena_text(t->arena, text), .len = strlen(text) };
	t->b.sources = src;
	schema_defaults(place, t->target);
	schema_apply(&t->b, place, parse_statements(&in), t->target);
}

static int64_t stored(const struct bench *t, const struct kw_part *part, const struct kw_row *row)
{
	const char *member = t->target + part->base + row->off;

	switch (row->size) {
	case 1:
		return *(const uint8_t *)member;
	case 2:
		return *(const uint16_t *)member;
	case 4:
		return *(const uint32_t *)member;
	default:
		return *(const int64_t *)member;
	}
}

static const char *written(const struct kw_row *row, int64_t v, char text[static 128])
{
	char time[VALUE_TIME_LEN];

	if (row->type == KW_TIME)
		snprintf(text, 128, "%s %s\n", row->name, value_time_format(v, time));
	else
		snprintf(text, 128, "%s %lld\n", row->name, (long long)v);
	return text;
}

static void check_bound(const struct kw_place *place, const struct kw_part *part, const struct kw_row *row, int64_t v,
                        bool good)
{
	struct bench t;
	char text[128];

	bench_open(&t);
	apply(&t, place, written(row, v, text));
	assert_int_equal(diag_errors(t.diag), good ? 0 : 1);
	assert_int_equal(stored(&t, part, row), good ? v : row->def);
	bench_close(&t);
}

static void check_range(const struct kw_place *place, const struct kw_part *part, const struct kw_row *row)
{
	assert_true(row->min < row->max);
	check_bound(place, part, row, row->min, true);
	check_bound(place, part, row, row->max, true);
	check_bound(place, part, row, row->max + 1, false);
	if (row->min > 0)
		check_bound(place, part, row, row->min - 1, false);
}

static void check_choice(const struct kw_place *place, const struct kw_part *part, const struct kw_row *row)
{
	for (const struct kw_value *v = row->values; v->name; v++) {
		struct bench t;
		char text[128];

		snprintf(text, sizeof(text), "%s %s\n", row->name, v->name);
		bench_open(&t);
		apply(&t, place, text);
		assert_int_equal(diag_errors(t.diag), 0);
		assert_int_equal(stored(&t, part, row), v->value);
		bench_close(&t);
	}
}

static void check_idle(const struct kw_place *place, const struct kw_row *row)
{
	static const char *const forms[] = { "", " a 1 -2 \"c d\"", " x {\n}" };

	for (size_t i = row->type == KW_BLOCK ? 2 : 0; i < N_ELEMENTS(forms); i++) {
		struct bench t;
		char text[128];

		bench_open(&t);
		snprintf(text, sizeof(text), "%s%s\n", row->name, forms[i]);
		apply(&t, place, text);
		assert_int_equal(diag_errors(t.diag), 0);
		assert_int_equal(diag_warnings(t.diag), 1);
		bench_close(&t);
	}
}

/* What is kept and has no effect is said to have none. */
static void check_said(const struct kw_place *place, const struct kw_row *row)
{
	struct bench t;
	char text[128];

	snprintf(text, sizeof(text), row->type == KW_BLOCK || row->type == KW_WORDS ? "%s x {\ny\n}\n" : "%s x\n",
	         row->name);
	bench_open(&t);
	t.b.lenient = true;
	t.b.groups = arena_array(t.arena, 1, sizeof(*t.b.groups));
	apply(&t, place, text);
	assert_true(diag_warnings(t.diag) >= 1);
	bench_close(&t);
}

static void check_missing_value(const struct kw_place *place, const struct kw_row *row)
{
	struct bench t;
	char text[128];

	snprintf(text, sizeof(text), "%s\n", row->name);
	bench_open(&t);
	apply(&t, place, text);
	assert_int_equal(diag_errors(t.diag), 1);
	bench_close(&t);
}

/* Nothing comes of its value, and nothing is kept of it: any form will do. */
static bool is_formless(const struct kw_row *row)
{
	return row->type == KW_ANY || (row->type == KW_BLOCK && !row->set);
}

static void check_row(const struct kw_place *place, const struct kw_part *part, const struct kw_row *row)
{
	const struct kw_part *p;

	assert_non_null(row->help);
	assert_ptr_equal(schema_find(place, row->name, &p), row);
	assert_ptr_equal(p, part);
	for (size_t i = 0; i < 2 && row->alias[i]; i++)
		assert_ptr_equal(schema_find(place, row->alias[i], &p), row);
	assert_true(part->base + row->off + row->size <= TARGET_SIZE);
	if (is_formless(row)) {
		assert_true(row->state != KW_WORKS);
		check_idle(place, row);
		return;
	}
	if (row->state != KW_WORKS)
		check_said(place, row);
	if (row->type == KW_NUMBER || row->type == KW_TIME)
		check_range(place, part, row);
	if (row->type == KW_ENUM)
		check_choice(place, part, row);
	if (row->type == KW_NUMBER || row->type == KW_TIME || row->type == KW_ENUM || row->type == KW_ADDR ||
	    row->type == KW_WORD)
		check_missing_value(place, row);
	assert_true(row->type != KW_CUSTOM || row->set);
	assert_true(row->type != KW_BLOCK || (row->set && row->inside));
}

static void test_rows(void **state)
{
	const struct kw_place *place;
	size_t works = 0, all = 0;

	(void)state;
	for (size_t i = 0; (place = schema_place(i)); i++) {
		for (size_t p = 0; p < KW_PARTS_MAX; p++) {
			assert_true(place->parts[p].n < KW_ROWS_MAX);
			for (size_t r = 0; r < place->parts[p].n; r++) {
				check_row(place, &place->parts[p], &place->parts[p].rows[r]);
				works += place->parts[p].rows[r].state == KW_WORKS;
				all++;
			}
		}
	}
	print_message("%zu rows, of which %zu work\n", all, works);
	assert_true(works > 100 && all > 300);
}

/* Every keyword that works is in the manual. */
static void test_manual(void **state)
{
	const char *top = getenv("srcdir");
	const struct kw_place *place;
	static char page[65536];
	char path[4096];
	FILE *f;

	(void)state;
	snprintf(path, sizeof(path), "%s/conf/regent.conf.5", top ? top : ".");
	f = fopen(path, "r");
	assert_non_null(f);
	assert_true(fread(page, 1, sizeof(page) - 1, f) > 0);
	fclose(f);
	for (size_t i = 0; (place = schema_place(i)); i++) {
		for (size_t p = 0; p < KW_PARTS_MAX; p++) {
			for (size_t r = 0; r < place->parts[p].n; r++) {
				const struct kw_row *row = &place->parts[p].rows[r];

				if (row->state == KW_WORKS && !strstr(page, row->name))
					fail_msg("%s of %s is not in the manual", row->name, place->name);
			}
		}
	}
}

static void test_switches(void **state)
{
	static const struct {
		const char *text;
		enum conf_tristate expected;
	} cases[] = { { "snmp\n", CONF_YES },   { "snmp on\n", CONF_YES }, { "snmp true\n", CONF_YES },
		          { "snmp no\n", CONF_NO }, { "snmp off\n", CONF_NO }, { "", CONF_UNSET } };

	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		struct bench t;

		bench_open(&t);
		apply(&t, place_global(), cases[i].text);
		assert_int_equal(((struct build_global *)t.target)->g.snmp, cases[i].expected);
		bench_close(&t);
	}
}

static void first_line(void *user, enum diag_severity s, const char *line)
{
	(void)s;
	snprintf(user, 256, "%s", line);
}

static void test_unknown(void **state)
{
	static const struct {
		const char *text, *said;
	} cases[] = {
		{ "priorty 1\n", "t:1:1: error: unknown keyword 'priorty' in vrrp_instance (did you mean 'priority'?)" },
		{ "weight 1\n",
		  "t:1:1: error: unknown keyword 'weight' in vrrp_instance (it belongs in vrrp_script: is a '}' missing above, "
		  "or one too many?)" },
		{ "xyzzy\n", "t:1:1: error: unknown keyword 'xyzzy' in vrrp_instance" },
		{ "\xc2\xa0priority 1\n",
		  "t:1:1: error: unknown keyword '\xc2\xa0priority' in vrrp_instance (there is a no-break space in it)" },
	};

	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		char line[256] = "";
		struct bench t;

		bench_open(&t);
		apply(&t, place_vrrp(), cases[i].text);
		diag_each(t.diag, first_line, line);
		assert_string_equal(line, cases[i].said);
		bench_close(&t);
		bench_open(&t);
		t.b.lenient = true;
		apply(&t, place_vrrp(), cases[i].text);
		assert_int_equal(diag_errors(t.diag), 0);
		assert_int_equal(diag_warnings(t.diag), 1);
		bench_close(&t);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_manual),
		cmocka_unit_test(test_switches),
		cmocka_unit_test(test_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
