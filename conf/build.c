/*
 * Building: the small words that every builder uses, and the order in which the file's blocks are read.
 */
#include "config.h"

#include "conf/build.h"

#include <string.h>

#include "conf/value.h"
#include "core/base/text.h"

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
	snprintf(bound, sizeof(bound), "%lld", (long long)(fault == VALUE_LOW ? min : max));
	if (fault == VALUE_NOT)
		build_error(b, &w->at, NULL, "'%s' wants a number, not '%.80s'", what, w->text);
	else if (fault != VALUE_OK)
		out_of_range(b, w, what, fault == VALUE_LOW, bound, "");
	return fault == VALUE_OK;
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
	value_time_format(fault == VALUE_LOW ? min : max, bound);
	if (fault == VALUE_NOT)
		build_error(b, &w->at, "such as 1 or 0.25", "'%s' wants seconds, not '%.80s'", what, w->text);
	else if (fault != VALUE_OK)
		out_of_range(b, w, what, fault == VALUE_LOW, bound, " s");
	else
		*out = t;
	return fault == VALUE_OK;
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

/* "MASTER, BACKUP" for the hint. */
static void list_names(const struct kw_value *values, char *buf, size_t size)
{
	size_t len = 0;

	buf[0] = '\0';
	text_append(buf, size, &len, "one of");
	for (; values->name; values++)
		text_append(buf, size, &len, " %s", values->name);
}

bool build_enum(struct build *b, const struct conf_word *w, const char *what, const struct kw_value *values,
                int64_t *out)
{
	char hint[160];

	for (const struct kw_value *v = values; w->text && v->name; v++) {
		if (strcmp(v->name, w->text) == 0) {
			*out = v->value;
			return true;
		}
	}
	list_names(values, hint, sizeof(hint));
	if (w->text)
		build_error(b, &w->at, hint, "'%s' does not know '%.80s'", what, w->text);
	else
		build_error(b, &w->at, hint, "'%s' needs a value", what);
	return false;
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

/* Blocks whose values others take over come first, wherever they stand. */
void build_all(struct build *b, const struct conf_stmt *list)
{
	struct conf *c = b->conf;
	size_t n_vrrp = stmt_count(list, "vrrp_instance"), n_groups = stmt_count(list, "vrrp_sync_group");
	size_t n_services = stmt_count(list, "virtual_server");

	c->vrrp = b->vrrp = arena_array(b->arena, n_vrrp, sizeof(*b->vrrp));
	c->groups = b->groups = arena_array(b->arena, n_groups, sizeof(*b->groups));
	c->services = b->services = arena_array(b->arena, n_services, sizeof(*b->services));
	build_globals(b, list);
	schema_apply(b, place_root(), list, b);
}
