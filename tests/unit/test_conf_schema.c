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
#include "conf/load.h"
#include "conf/value.h"

#define TARGET_SIZE 16384

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

/* Applies one line, or one option of a line, to a fresh target of this place. */
static void apply(struct bench *t, const struct kw_place *place, const char *text)
{
	struct conf_source *src = arena_alloc(t->arena, sizeof(*src));
	struct parse_input in = { .src = src, .arena = t->arena, .diag = t->diag };
	const struct conf_stmt *list;

	*src = (struct conf_source){ .name = "t", .text = arena_text(t->arena, text), .len = strlen(text) };
	t->b.sources = src;
	memset(t->target, 0, sizeof(t->target));
	schema_defaults(place, t->target);
	list = parse_statements(&in);
	if (place->is_line)
		schema_apply_word(&t->b, place, list, 0, t->target);
	else
		schema_apply(&t->b, place, list, t->target);
}

static int64_t stored(const struct bench *t, const struct kw_part *part, const struct kw_row *row)
{
	return schema_number(row, t->target + part->base + row->off);
}

static const char *written(const struct kw_row *row, int64_t v, char text[static 128])
{
	char time[VALUE_TIME_LEN];

	if (row->type == KW_TIME || row->type == KW_MSEC)
		snprintf(text, 128, "%s %s\n", row->name, value_time_format(row->type == KW_MSEC ? v * 1000 : v, time));
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
	if (row->size)
		assert_int_equal(stored(&t, part, row), good ? v : row->def);
	bench_close(&t);
}

static void check_range(const struct kw_place *place, const struct kw_part *part, const struct kw_row *row)
{
	assert_true(row->min < row->max);
	check_bound(place, part, row, row->min, true);
	check_bound(place, part, row, row->max, true);
	check_bound(place, part, row, row->max + 1, false);
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
		if (row->size)
			assert_int_equal(stored(&t, part, row), v->value);
		bench_close(&t);
	}
}

/* A statement of this keyword that is as right as one can be without knowing it. */
static const char *some_form(const struct kw_row *row, char text[static 256])
{
	size_t n = (size_t)snprintf(text, 256, "%s", row->name);

	if (row->type == KW_BLOCK)
		snprintf(text + n, 256 - n, " 10.0.0.1 80 {\n}\n");
	else if (row->type == KW_WORDS)
		snprintf(text + n, 256 - n, " {\ny\n}\n");
	else if (row->type == KW_ENUM)
		snprintf(text + n, 256 - n, " %s\n", row->values[0].name);
	else if (row->type == KW_NUMBER)
		snprintf(text + n, 256 - n, " %lld\n", (long long)row->min);
	else if (row->type == KW_ARGS && row->values)
		snprintf(text + n, 256 - n, " %s\n", row->values[0].name);
	else if (row->type == KW_ARGS)
		snprintf(text + n, 256 - n, " 1%s\n", row->min > 1 ? " 2" : "");
	else if (row->type == KW_FLAG || row->type == KW_BITS || row->type == KW_BOOL || row->type == KW_TRISTATE)
		snprintf(text + n, 256 - n, "\n");
	else
		snprintf(text + n, 256 - n, " 10.0.0.1\n");
	return text;
}

struct told {
	enum conf_told kind;
	uint32_t line;
	size_t n;
	const char *why;
};

static void on_told(void *user, enum conf_told kind, const struct conf_place *at, const char *keyword, const char *why)
{
	struct told *t = user;

	(void)keyword;
	if (t->n++ == 0) {
		t->kind = kind;
		t->line = at->line;
		t->why = why;
	}
}

/* Room for what the setters of blocks put into the tree. */
static void bench_fill(struct bench *t)
{
	struct build *b = &t->b;

	b->vrrp = arena_array(t->arena, 1, sizeof(*b->vrrp));
	b->groups = arena_array(t->arena, 1, sizeof(*b->groups));
	b->services = arena_array(t->arena, 1, sizeof(*b->services));
	b->vs_groups = arena_array(t->arena, 1, sizeof(*b->vs_groups));
	b->scripts = arena_array(t->arena, 1, sizeof(*b->scripts));
	b->processes = arena_array(t->arena, 1, sizeof(*b->processes));
	b->files = arena_array(t->arena, 1, sizeof(*b->files));
	b->bfds = arena_array(t->arena, 1, sizeof(*b->bfds));
	b->track_groups = arena_array(t->arena, 1, sizeof(*b->track_groups));
	b->garp_groups = arena_array(t->arena, 1, sizeof(*b->garp_groups));
	b->told = on_told;
}

/* ---- rows with a setter of their own: a line of a real file for each ---- */

#define VS "virtual_server 10.0.0.1 80 {\n real_server 10.1.0.1 80 {\n"
#define VSE "\n }\n}\n"
#define VI "vrrp_instance V {\n interface eth0\n virtual_router_id 1\n virtual_ipaddress {\n 10.0.0.1\n }\n"

/* What stands around a line of this place. */
static const struct around {
	const char *place, *before, *after;
} arounds[] = {
	{ "", "global_defs {\n}\n", "\n" },
	{ "global_defs", "global_defs {\n", "\n}\n" },
	{ "vrrp_instance", VI, "\n}\n" },
	{ "vrrp_sync_group", VI "}\nvrrp_sync_group G {\n group {\n V\n }\n", "\n}\n" },
	{ "vrrp_script", "vrrp_script s {\n script /bin/true\n", "\n}\n" },
	{ "vrrp_track_process", "vrrp_track_process p {\n process x\n", "\n}\n" },
	{ "virtual_server", "virtual_server 10.0.0.1 80 {\n", "\n}\n" },
	{ "real_server", VS, VSE },
	{ "SMTP_CHECK", VS "SMTP_CHECK {\n", "\n}\n" VSE },
	{ "DNS_CHECK", VS "DNS_CHECK {\n", "\n}\n" VSE },
	{ "MISC_CHECK", VS "MISC_CHECK {\n misc_path /bin/true\n", "\n}\n" VSE },
	{ "FILE_CHECK", VS "FILE_CHECK {\n track_file f\n", "\n}\n" VSE },
};

static const struct sample {
	const char *place, *keyword, *line;
} samples[] = {
	{ "", "vrrp_sync_group", "vrrp_sync_group G {\n group {\n V\n }\n}\n" },
	{ "", "vrrp_script", "vrrp_script s {\n script /bin/true\n}" },
	{ "", "vrrp_track_process", "vrrp_track_process p {\n process x\n}" },
	{ "", "track_file", "track_file f {\n file /run/f\n}" },
	{ "", "track_group", "track_group T {\n group {\n V\n }\n}" },
	{ "", "garp_group", "garp_group {\n garp_interval 1\n interface eth0\n}" },
	{ "", "bfd_instance", "bfd_instance b {\n neighbor_ip 10.0.0.2\n}" },
	{ "", "SSL", "SSL {\n ca /etc/ca\n}" },
	{ "", "virtual_server_group", "virtual_server_group g {\n 10.0.0.1 80\n}" },
	{ "", "static_ipaddress", "static_ipaddress {\n 10.0.0.1 dev eth0\n}" },
	{ "", "static_routes", "static_routes {\n 10.0.0.0/8 dev eth0\n}" },
	{ "", "static_rules", "static_rules {\n from 10.0.0.0/8 table 5\n}" },
	{ "", "interface_up_down_delays", "interface_up_down_delays {\n eth0 1 2\n}" },
	{ "global_defs", "smtp_server", "smtp_server 127.0.0.1" },
	{ "global_defs", "script_user", "script_user nobody" },
	{ "global_defs", "enable_snmp_vrrp", "enable_snmp_vrrp" },
	{ "global_defs", "enable_snmp_checker", "enable_snmp_checker" },
	{ "global_defs", "enable_snmp_rfc", "enable_snmp_rfc" },
	{ "global_defs", "enable_snmp_rfcv2", "enable_snmp_rfcv2" },
	{ "global_defs", "enable_snmp_rfcv3", "enable_snmp_rfcv3" },
	{ "vrrp_instance", "track_interface", "track_interface {\n eth0\n}" },
	{ "vrrp_instance", "track_script", "track_script {\n s\n}" },
	{ "vrrp_instance", "track_process", "track_process {\n p\n}" },
	{ "vrrp_instance", "track_file", "track_file {\n f\n}" },
	{ "vrrp_instance", "track_bfd", "track_bfd {\n b\n}" },
	{ "vrrp_instance", "notify_deleted", "notify_deleted" },
	{ "vrrp_instance", "auth_hmac", "auth_hmac {\n key 1 secret\n}" },
	{ "vrrp_instance", "virtual_routes", "virtual_routes {\n 10.0.0.0/8 dev eth0\n}" },
	{ "vrrp_instance", "virtual_rules", "virtual_rules {\n from 10.0.0.0/8 table 5\n}" },
	{ "vrrp_sync_group", "track_interface", "track_interface {\n eth0\n}" },
	{ "vrrp_sync_group", "track_script", "track_script {\n s\n}" },
	{ "vrrp_sync_group", "track_process", "track_process {\n p\n}" },
	{ "vrrp_sync_group", "track_file", "track_file {\n f\n}" },
	{ "vrrp_sync_group", "track_bfd", "track_bfd {\n b\n}" },
	{ "vrrp_sync_group", "notify_deleted", "notify_deleted" },
	{ "vrrp_script", "user", "user nobody" },
	{ "vrrp_track_process", "delay", "delay 1" },
	{ "real_server", "SSL_GET", "SSL_GET {\n url {\n path /\n }\n}" },
	{ "real_server", "SMTP_CHECK", "SMTP_CHECK {\n}" },
	{ "real_server", "DNS_CHECK", "DNS_CHECK {\n}" },
	{ "real_server", "MISC_CHECK", "MISC_CHECK {\n misc_path /bin/true\n}" },
	{ "real_server", "UDP_CHECK", "UDP_CHECK {\n}" },
	{ "real_server", "PING_CHECK", "PING_CHECK {\n}" },
	{ "real_server", "FILE_CHECK", "FILE_CHECK {\n track_file f\n}" },
	{ "real_server", "BFD_CHECK", "BFD_CHECK {\n name b\n}" },
	{ "SMTP_CHECK", "host", "host {\n connect_ip 10.0.0.9\n}" },
	{ "DNS_CHECK", "type", "type SOA" },
	{ "MISC_CHECK", "user", "user nobody" },
	{ "FILE_CHECK", "weight", "weight 5" },
};

struct wanted {
	const char *keyword;
	enum conf_told kind;
	size_t n;
};

static void on_told_by_name(void *user, enum conf_told kind, const struct conf_place *at, const char *keyword, const char *why)
{
	struct wanted *w = user;

	assert_true(at->line > 0 && *why);
	if (strcmp(keyword, w->keyword) == 0 && kind == w->kind)
		w->n++;
}

static const struct sample *sample_of(const struct kw_place *place, const struct kw_row *row)
{
	for (size_t i = 0; i < N_ELEMENTS(samples); i++)
		if (strcmp(samples[i].place, place->name) == 0 && strcmp(samples[i].keyword, row->name) == 0)
			return &samples[i];
	return NULL;
}

static const struct around *around_of(const char *place)
{
	for (size_t i = 0; i < N_ELEMENTS(arounds); i++)
		if (strcmp(arounds[i].place, place) == 0)
			return &arounds[i];
	return NULL;
}

/* The row's line in a whole file: its report has it, of the right kind. A row without a sample is one that nobody looked at. */
static void check_told_in_file(const struct kw_place *place, const struct kw_row *row)
{
	struct wanted w = { row->name, row->state != KW_WORKS ? CONF_TOLD_IDLE : CONF_TOLD_DIFFERS, 0 };
	const struct conf_options options = { .config_id = "me", .seed = 1, .told = on_told_by_name, .told_user = &w };
	const struct sample *sample = sample_of(place, row);
	const struct around *around = around_of(place->name);
	struct diag *d = diag_new();
	char text[1024];

	if (!sample || !around)
		fail_msg("no sample of '%s' in '%s': add a line to the table above", row->name, place->name);
	snprintf(text, sizeof(text), "%s%s%s", around->before, sample->line, around->after);
	conf_free(conf_parse("t", text, strlen(text), &options, d));
	if (w.n == 0)
		fail_msg("'%s' in '%s' is not told", row->name, place->name);
	diag_free(d);
}

/* What has no effect is said to have none, once, and told with its line; so is what has another one than in keepalived. */
static void check_said(const struct kw_place *place, const struct kw_row *row)
{
	struct told told = { .n = 0 };
	struct bench t;
	char text[256];

	bench_open(&t);
	bench_fill(&t);
	t.b.told_user = &told;
	t.b.idle_depth = 1; /* the warning is another's; setters that need more than this bench has may complain */
	if (!row->set) {
		apply(&t, place, some_form(row, text));
		assert_true(told.n >= 1);
		assert_int_equal(told.line, 1);
		assert_int_equal(told.kind, row->state != KW_WORKS ? CONF_TOLD_IDLE : CONF_TOLD_DIFFERS);
		assert_true(*told.why);
	} else {
		check_told_in_file(place, row);
	}
	bench_close(&t);
}

static void check_warned_once(const struct kw_place *place, const struct kw_row *row)
{
	struct bench t;
	char text[600], one[256];

	if (place->is_line || row->set || row->type == KW_WORDS)
		return;
	some_form(row, one);
	snprintf(text, sizeof(text), "%s%s", one, one);
	bench_open(&t);
	apply(&t, place, text);
	assert_true(diag_warnings(t.diag) >= 1);
	assert_true(diag_warnings(t.diag) <= 2); /* the second may be that it is given again */
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

static bool is_valued(const struct kw_row *row)
{
	return row->type == KW_NUMBER || row->type == KW_TIME || row->type == KW_MSEC || row->type == KW_ENUM ||
	       row->type == KW_ADDR || row->type == KW_WORD || row->type == KW_SCRIPT || row->type == KW_WEIGHT ||
	       (row->type == KW_ARGS && row->min > 0);
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
	assert_true(row->type != KW_ANY || row->state != KW_WORKS);
	if (row->state != KW_WORKS || row->differs)
		check_said(place, row);
	if (row->state != KW_WORKS)
		check_warned_once(place, row);
	if (row->type == KW_NUMBER || row->type == KW_TIME || row->type == KW_MSEC || row->type == KW_WEIGHT)
		check_range(place, part, row);
	if (row->type == KW_ENUM)
		check_choice(place, part, row);
	if (is_valued(row))
		check_missing_value(place, row);
	assert_true(row->type != KW_CUSTOM || row->set);
	assert_true(row->type != KW_BLOCK || (row->set && row->inside));
}

/* What can be written inside of a block is listed: --explain, the manual and hints know of no other place. */
static void check_inside(const struct kw_row *row)
{
	const struct kw_place *place, *inside = row->type == KW_BLOCK ? row->inside() : NULL;

	if (!inside)
		return;
	for (size_t i = 0; (place = schema_place(i)); i++)
		if (place == inside)
			return;
	fail_msg("schema_place() does not know %s", inside->name);
}

static void test_rows(void **state)
{
	const struct kw_place *place;
	size_t works = 0, all = 0;

	(void)state;
	for (size_t i = 0; (place = schema_place(i)); i++) {
		const struct kw_part *part;

		for (size_t p = 0; (part = schema_part(place, p)); p++) {
			assert_true(part->n < KW_ROWS_MAX);
			for (size_t r = 0; r < part->n; r++) {
				check_row(place, part, &part->rows[r]);
				check_inside(&part->rows[r]);
				works += part->rows[r].state == KW_WORKS;
				all++;
			}
		}
	}
	print_message("%zu rows, of which %zu work\n", all, works);
	assert_true(works > 100 && all > 300);
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
		{ "xyzzy\n", "t:1:1: error: unknown keyword 'xyzzy' in vrrp_instance (keepalived goes on without such lines; delete them, "
		  "or have them ignored by --lenient)" },
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

/* What a file says either happens, or has one of the reasons that last. */
static void test_nothing_is_left_for_later(void **state)
{
	const struct kw_place *place;
	const struct kw_part *part;
	size_t seen = 0;

	(void)state;
	for (size_t i = 0; (place = schema_place(i)); i++) {
		for (size_t p = 0; (part = schema_part(place, p)); p++) {
			for (size_t r = 0; r < part->n; r++, seen++)
				if (part->rows[r].state == KW_NOT_YET)
					fail_msg("%s: %s does nothing yet", place->name, part->rows[r].name);
		}
	}
	assert_true(seen > 600);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_nothing_is_left_for_later),
		cmocka_unit_test(test_switches),
		cmocka_unit_test(test_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
