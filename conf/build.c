/*
 * Building: the small words that every builder uses, and the order in which the file's blocks are read.
 */
#include "config.h"

#include "conf/build.h"

#include <string.h>

#include "conf/value.h"
#include "core/base/text.h"

#define COMMAND_MAX ((size_t)4094)

void build_error(struct build *b, const struct conf_place *at, const char *hint, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	source_report(b->diag, b->sources, DIAG_ERROR, at, hint, fmt, ap);
	va_end(ap);
}

void build_warn(struct build *b, const struct conf_place *at, const char *hint, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	source_report(b->diag, b->sources, DIAG_WARNING, at, hint, fmt, ap);
	va_end(ap);
}

struct conf_word build_word(const struct conf_stmt *st, size_t i)
{
	if (i < st->n_words)
		return st->words[i];
	return (struct conf_word){ .at = st->words[st->n_words - 1].at };
}

const struct conf_place *build_place_of(const struct conf_stmt *block, const char *keyword)
{
	const struct conf_stmt *st = stmt_find(block->child, keyword);

	if (!st)
		return &block->words[0].at;
	return &st->words[st->n_words > 1 ? 1 : 0].at;
}

static void out_of_range(struct build *b, const struct conf_word *w, const char *what, bool low, const char *bound,
                         const char *unit)
{
	build_error(b, &w->at, NULL, "'%s': %.40s is too %s: the %s is %s%s", what, w->text, low ? "low" : "high",
	            low ? "least" : "most", bound, unit);
}

bool build_number(struct build *b, const struct conf_word *w, const char *what, int64_t min, int64_t max, int64_t *out)
{
	enum value_fault fault;
	char bound[32];

	if (!w->text) {
		build_error(b, &w->at, NULL, "'%s' needs a number", what);
		return false;
	}
	fault = value_number(w->text, min, max, out);
	if (fault == VALUE_OK)
		return true;
	snprintf(bound, sizeof(bound), "%lld", (long long)(fault == VALUE_LOW ? min : max));
	if (fault == VALUE_NOT)
		build_error(b, &w->at, NULL, "'%s' wants a number from %lld to %lld, not '%.80s'", what, (long long)min, (long long)max,
		            w->text);
	else
		out_of_range(b, w, what, fault == VALUE_LOW, bound, "");
	return false;
}

bool build_time(struct build *b, const struct conf_word *w, const char *what, usec_t min, usec_t max, usec_t *out)
{
	enum value_fault fault;
	char bound[VALUE_TIME_LEN];
	usec_t t;

	if (!w->text) {
		build_error(b, &w->at, NULL, "'%s' needs a number of seconds", what);
		return false;
	}
	fault = value_time(w->text, min, max, &t);
	if (fault == VALUE_OK) {
		*out = t;
		return true;
	}
	value_time_format(fault == VALUE_LOW ? min : max, bound);
	if (fault == VALUE_NOT)
		build_error(b, &w->at, "such as 1 or 0.25", "'%s' wants seconds, not '%.80s'", what, w->text);
	else
		out_of_range(b, w, what, fault == VALUE_LOW, bound, " s");
	return false;
}

bool build_addr(struct build *b, const struct conf_word *w, const char *what, struct addr *out)
{
	struct addr a;

	if (!w->text) {
		build_error(b, &w->at, NULL, "'%s' needs an address", what);
		return false;
	}
	if (!addr_parse(w->text, &a)) {
		build_error(b, &w->at, NULL, "'%s' wants an address, not '%.80s'", what, w->text);
		return false;
	}
	*out = a;
	return true;
}

const char *build_names(struct build *b, const struct kw_value *values)
{
	char text[700];
	size_t len = 0;

	text_append(text, sizeof(text), &len, "one of");
	for (; values->name; values++)
		text_append(text, sizeof(text), &len, " %s", values->name);
	return arena_text(b->arena, text);
}

bool build_enum(struct build *b, const struct conf_word *w, const char *what, const struct kw_value *values,
                int64_t *out)
{
	for (const struct kw_value *v = values; w->text && v->name; v++) {
		if (strcmp(v->name, w->text) == 0) {
			*out = v->value;
			return true;
		}
	}
	if (w->text)
		build_error(b, &w->at, build_names(b, values), "'%s' does not know '%.80s'", what, w->text);
	else
		build_error(b, &w->at, build_names(b, values), "'%s' needs a value", what);
	return false;
}

void build_tell(struct build *b, enum conf_told kind, const struct conf_word *keyword, const char *why)
{
	if (b->told)
		b->told(b->told_user, kind, &keyword->at, keyword->text, why);
}

void *build_extend(struct build *b, const void *list, size_t n, size_t more, size_t size)
{
	char *longer = arena_array(b->arena, n + more, size);

	if (n)
		memcpy(longer, list, n * size);
	return longer;
}

void build_no_more(struct build *b, const struct conf_stmt *st, size_t i)
{
	if (i < st->n_words)
		build_warn(b, &st->words[i].at, "one setting a line", "'%.80s' after '%s' is ignored", st->words[i].text,
		           st->words[0].text);
}

const char *build_name(struct build *b, const struct conf_stmt *st)
{
	struct conf_word w = build_word(st, 1);

	if (!w.text || !*w.text) {
		build_error(b, &w.at, NULL, "'%s' needs a name", st->words[0].text);
		return "";
	}
	if (strlen(w.text) > 63)
		build_error(b, &w.at, NULL, "a name has at most 63 characters");
	build_no_more(b, st, 2);
	return arena_text(b->arena, w.text);
}

bool build_endpoint(struct build *b, const struct conf_stmt *st, size_t i, uint16_t port, struct endpoint *out)
{
	struct conf_word host = build_word(st, i), number = build_word(st, i + 1);
	int64_t n = port;

	if (!build_addr(b, &host, st->words[0].text, &out->addr))
		return false;
	if (number.text && !build_number(b, &number, "port", 0, 65535, &n))
		return false;
	out->port = (uint16_t)n;
	build_no_more(b, st, i + 2);
	return true;
}

/* The words of a command: blanks part them but in quotes. */
static void split_command(struct build *b, const char *text, struct conf_script *out)
{
	size_t most = strlen(text) / 2 + 1;
	const char **argv = arena_array(b->arena, most, sizeof(*argv));

	out->argv = argv;
	while (*(text += strspn(text, " \t"))) {
		char *word = arena_alloc(b->arena, strlen(text) + 1), *to = word;

		for (char quote = '\0'; *text && (quote || (*text != ' ' && *text != '\t')); text++) {
			if (quote ? *text == quote : *text == '\'' || *text == '"')
				quote = quote ? '\0' : *text;
			else
				*to++ = *text;
		}
		argv[out->n_argv++] = word;
	}
}

/*
 * "COMMAND ARGUMENTS" [USER [GROUP]], or COMMAND [USER [GROUP]] without quotes: what stands behind the first word is never an
 * argument, as in keepalived. Where a keyword of its own names the user, nothing stands there.
 */
bool build_script(struct build *b, const struct conf_stmt *st, bool user_apart, struct conf_script *out)
{
	struct conf_word first = build_word(st, 1), user = build_word(st, 2), group = build_word(st, 3);

	if (!first.text || !*first.text) {
		build_error(b, &first.at, NULL, "'%s' needs a command", st->words[0].text);
		return false;
	}
	if (strlen(first.text) > COMMAND_MAX) {
		build_error(b, &first.at, NULL, "a command has at most %zu characters", COMMAND_MAX);
		return false;
	}
	out->command = arena_text(b->arena, first.text);
	out->place = st->words[0].at;
	split_command(b, out->command, out);
	if (user_apart && user.text) {
		build_warn(b, &user.at, "a command with its arguments stands in quotes; `user NAME` on a line of its own says who runs it",
		           "'%.80s' is neither an argument nor a user of '%s': it is ignored, as by keepalived", user.text, st->words[0].text);
		return true;
	}
	out->user = arena_text(b->arena, user.text);
	out->group = arena_text(b->arena, group.text);
	build_no_more(b, st, 4);
	return true;
}

static size_t count_all(const struct conf_stmt *list, const char *name, const char *alias)
{
	return stmt_count(list, name) + stmt_count(list, alias);
}

static size_t n_groups_used(const struct conf_stmt *list)
{
	size_t n = 0;

	for (; list; list = list->next)
		n += strcmp(list->words[0].text, "virtual_server") == 0 && list->n_words > 1 &&
		     strcmp(list->words[1].text, "group") == 0;
	return n;
}

/* The tree's lists, each as long as the file has blocks for it. */
static void make_room(struct build *b, const struct conf_stmt *list)
{
	struct conf *c = b->conf;
	size_t n_services = stmt_count(list, "virtual_server");

	c->vrrp = b->vrrp = arena_array(b->arena, stmt_count(list, "vrrp_instance"), sizeof(*b->vrrp));
	c->groups = b->groups = arena_array(b->arena, stmt_count(list, "vrrp_sync_group"), sizeof(*b->groups));
	c->services = b->services = arena_array(b->arena, n_services, sizeof(*b->services));
	c->grouped = b->grouped = arena_array(b->arena, n_groups_used(list), sizeof(*b->grouped));
	c->vs_groups = b->vs_groups = arena_array(b->arena, stmt_count(list, "virtual_server_group"), sizeof(*b->vs_groups));
	c->scripts = b->scripts = arena_array(b->arena, stmt_count(list, "vrrp_script"), sizeof(*b->scripts));
	c->processes = b->processes =
		arena_array(b->arena, count_all(list, "vrrp_track_process", "track_process"), sizeof(*b->processes));
	c->files = b->files = arena_array(b->arena, count_all(list, "vrrp_track_file", "track_file"), sizeof(*b->files));
	c->bfds = b->bfds = arena_array(b->arena, stmt_count(list, "bfd_instance"), sizeof(*b->bfds));
	c->track_groups = b->track_groups =
		arena_array(b->arena, count_all(list, "track_group", "static_track_group"), sizeof(*b->track_groups));
	c->garp_groups = b->garp_groups = arena_array(b->arena, stmt_count(list, "garp_group"), sizeof(*b->garp_groups));
}

/* Blocks whose values others take over come first, wherever they stand. */
void build_all(struct build *b, const struct conf_stmt *list)
{
	make_room(b, list);
	build_globals(b, list);
	schema_apply(b, place_root(), list, b->conf);
}
