/*
 * Building and checking of the messages between core and agent (view_wire.h). Pure.
 *
 * Each type has one line in a table: what its body is. wire_check() believes nothing that it has not compared with that
 * line.
 */
#include "config.h"

#include "core/view_wire.h"

#include <string.h>

_Static_assert(sizeof(struct wire_head) + sizeof(struct wire_set) + WIRE_SET_MAX * sizeof(struct wire_setting) <= WIRE_MAX,
               "the largest transaction fits");

enum body {
	BODY_UNKNOWN = 0,
	BODY_NONE,
	BODY_SETTINGS,
	BODY_ROWS,
	BODY_KEYS,
	BODY_EVENT,
	BODY_SET,
	BODY_RESULT,
};

static const struct {
	const char *name;
	enum body body;
} wire_types[] = {
	[WIRE_HELLO] = { "HELLO", BODY_NONE },
	[WIRE_SETTINGS] = { "SETTINGS", BODY_SETTINGS },
	[WIRE_ROWS_BEGIN] = { "ROWS_BEGIN", BODY_NONE },
	[WIRE_ROW_PUT] = { "ROW_PUT", BODY_ROWS },
	[WIRE_ROW_DEL] = { "ROW_DEL", BODY_KEYS },
	[WIRE_ROWS_END] = { "ROWS_END", BODY_NONE },
	[WIRE_EVENT] = { "EVENT", BODY_EVENT },
	[WIRE_SET_RESULT] = { "SET_RESULT", BODY_RESULT },
	[WIRE_SNMPD] = { "SNMPD", BODY_NONE },
	[WIRE_STATS] = { "STATS", BODY_NONE },
	[WIRE_READY] = { "READY", BODY_NONE },
	[WIRE_ACK] = { "ACK", BODY_NONE },
	[WIRE_SET] = { "SET", BODY_SET },
	[WIRE_UNDO] = { "UNDO", BODY_NONE },
	[WIRE_FORGET] = { "FORGET", BODY_NONE },
	[WIRE_ASK_SNMPD] = { "ASK_SNMPD", BODY_NONE },
	[WIRE_RESYNC] = { "RESYNC", BODY_NONE },
	[WIRE_ASK_STATS] = { "ASK_STATS", BODY_NONE },
	[WIRE_MAILED] = { "MAILED", BODY_NONE },
};
#define WIRE_TYPES (sizeof(wire_types) / sizeof(wire_types[0]))

const char *wire_type_name(enum wire_type t)
{
	return (size_t)t < WIRE_TYPES && wire_types[t].name ? wire_types[t].name : "?";
}

size_t wire_build(void *buf, size_t cap, enum wire_type type, uint64_t number, uint32_t kind, uint32_t count,
                  uint32_t extra,
                  const void *body, size_t len)
{
	struct wire_head h = {
		.magic = WIRE_MAGIC,
		.version = WIRE_VERSION,
		.type = (uint16_t)type,
		.length = (uint32_t)(sizeof(h) + len),
		.count = count,
		.kind = kind,
		.extra = extra,
		.number = number,
	};

	if (len > WIRE_MAX - sizeof(h) || sizeof(h) + len > cap)
		return 0;
	memcpy(buf, &h, sizeof(h));
	if (len)
		memcpy((uint8_t *)buf + sizeof(h), body, len);
	return sizeof(h) + len;
}

static bool is_text(const char *text, size_t size)
{
	return memchr(text, '\0', size) != NULL;
}

static bool is_mail(const struct wire_mail *m)
{
	for (size_t i = 0; i < WIRE_MAIL_TO; i++)
		if (!is_text(m->to[i], sizeof(m->to[i])))
			return false;
	return is_text(m->server, sizeof(m->server)) && is_text(m->helo, sizeof(m->helo)) && is_text(m->from, sizeof(m->from)) &&
	       is_text(m->host, sizeof(m->host)) && is_text(m->router_id, sizeof(m->router_id)) && m->n_to <= WIRE_MAIL_TO;
}

static const char *check_settings(const struct wire_settings *s, size_t len)
{
	if (len != sizeof(*s))
		return "length of the settings";
	if (!memchr(s->agentx, '\0', sizeof(s->agentx)) || !memchr(s->context, '\0', sizeof(s->context)))
		return "unterminated text in the settings";
	if (!is_mail(&s->mail))
		return "mail in the settings";
	if (s->snmp_on > 1 || s->snmp_write > 1 || s->traps > 1 || s->log_level > 7)
		return "a setting out of range";
	return NULL;
}

/* The lengths were compared by the caller: `count` items of `size` bytes. */
static const char *check_items(const struct wire_head *h, size_t size, bool (*ok)(enum view_kind k, const void *item))
{
	const uint8_t *p = wire_body(h);

	for (uint32_t i = 0; i < h->count; i++)
		if (!ok((enum view_kind)h->kind, p + i * size))
			return "a row or key that is not well-formed";
	return NULL;
}

static const char *check_rows(const struct wire_head *h, size_t len, bool keys)
{
	size_t size;

	if (h->kind == 0 || h->kind >= VIEW_KINDS)
		return "unknown kind of row";
	size = keys ? view_key_size((enum view_kind)h->kind) : view_row_size((enum view_kind)h->kind);
	if (h->count == 0 || h->count > WIRE_MAX / size || len != h->count * size)
		return "length of the rows";
	return check_items(h, size, keys ? view_key_valid : view_row_valid);
}

static const char *check_set(const struct wire_head *h, size_t len)
{
	const struct wire_set *s = wire_body(h);
	const struct wire_setting *w = (const struct wire_setting *)(s + 1);

	if (h->count == 0 || h->count > WIRE_SET_MAX || len != sizeof(*s) + h->count * sizeof(*w))
		return "length of the transaction";
	if (s->snmp > 1)
		return "a flag that is not one";
	for (uint32_t i = 0; i < h->count; i++) {
		if (!view_key_valid(VIEW_RS, &w[i].key))
			return "a server key that is not well-formed";
		if (w[i].what > WIRE_WHAT_ALL || w[i].span < 0 || w[i].deadline < 0)
			return "a setting that is none";
	}
	return NULL;
}

static const char *check_event(const struct wire_head *h, size_t len)
{
	const struct event *e = wire_body(h);

	if (len != sizeof(*e))
		return "length of the event";
	if (!view_event_valid(e) || e->seq != h->number)
		return "an event that is not well-formed";
	return NULL;
}

static const char *check_result(const struct wire_set_result *r, size_t len)
{
	if (len != sizeof(*r))
		return "length of the result";
	return r->error > WIRE_SET_KERNEL || r->failed >= WIRE_SET_MAX ? "a result out of range" : NULL;
}

static const char *check_body(const struct wire_head *h, size_t len)
{
	switch (wire_types[h->type].body) {
	case BODY_NONE:
		return len ? "a body where there is none" : NULL;
	case BODY_SETTINGS:
		return check_settings(wire_body(h), len);
	case BODY_ROWS:
		return check_rows(h, len, false);
	case BODY_KEYS:
		return check_rows(h, len, true);
	case BODY_EVENT:
		return check_event(h, len);
	case BODY_SET:
		return check_set(h, len);
	case BODY_RESULT:
		return check_result(wire_body(h), len);
	case BODY_UNKNOWN:
		break;
	}
	return "unknown type";
}

static const char *check_head(const void *buf, size_t len)
{
	const struct wire_head *h = buf;

	if ((uintptr_t)buf % _Alignof(struct wire_head))
		return "misaligned";
	if (len < sizeof(*h) || len > WIRE_MAX)
		return "too short or too long";
	if (h->magic != WIRE_MAGIC)
		return "magic";
	if (h->version != WIRE_VERSION)
		return "version";
	if (h->length != len)
		return "length";
	if (h->type >= WIRE_TYPES || wire_types[h->type].body == BODY_UNKNOWN)
		return "unknown type";
	return NULL;
}

const struct wire_head *wire_check(const void *buf, size_t len, const char **why)
{
	const char *bad = check_head(buf, len);

	if (!bad)
		bad = check_body(buf, len - sizeof(struct wire_head));
	if (bad && why)
		*why = bad;
	return bad ? NULL : buf;
}
