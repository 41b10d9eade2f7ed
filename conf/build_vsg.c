/*
 * virtual_server_group: addresses, ranges of them, networks and marks.
 */
#include "config.h"

#include "conf/build.h"

#include <string.h>

#include "conf/value.h"
#include "core/base/text.h"

/* "10.0.0.1-20", "10.0.0.1-10.0.1.20", "10.0.0.0/24": the last address. The first is known. */
static bool range_end(const char *text, const struct addr *first, struct addr *last)
{
	char full[ADDR_STRLEN];
	int64_t n;

	*last = *first;
	if (first->family == AF_INET && value_number(text, 0, 255, &n) == VALUE_OK) {
		last->bytes[3] = (uint8_t)n;
	} else if (first->family == AF_INET6 && !strchr(text, ':') && strlen(text) <= 4) {
		text_copy(full, sizeof(full), "::");
		text_copy(full + 2, sizeof(full) - 2, text);
		if (!addr_parse(full, last))
			return false;
		memcpy(last->bytes, first->bytes, 14);
	} else if (!addr_parse(text, last) || last->family != first->family) {
		return false;
	}
	return addr_cmp(first, last) <= 0;
}

static void network_end(const struct prefix *net, struct addr *last)
{
	*last = net->addr;
	for (size_t bit = net->len; bit < addr_len(net->addr.family) * 8; bit++)
		last->bytes[bit / 8] |= (uint8_t)(0x80 >> (bit % 8));
}

static bool take_addresses(struct build *b, const struct conf_word *w, struct conf_vsg_entry *e)
{
	const char *dash = strchr(w->text, '-');
	char first[ADDR_STRLEN];
	struct prefix net;

	if (!dash && prefix_parse(w->text, &net)) {
		e->first = net.addr;
		network_end(&net, &e->last);
		e->family = net.addr.family;
		return true;
	}
	if (dash && (size_t)(dash - w->text) < sizeof(first)) {
		memcpy(first, w->text, (size_t)(dash - w->text));
		first[dash - w->text] = '\0';
		if (addr_parse(first, &e->first) && range_end(dash + 1, &e->first, &e->last)) {
			e->family = e->first.family;
			return true;
		}
	}
	build_error(b, &w->at, "ADDRESS, FIRST-LAST or ADDRESS/LENGTH", "'%.80s' names no addresses", w->text);
	return false;
}

static bool take_mark(struct build *b, const struct conf_stmt *line, struct conf_vsg_entry *e)
{
	static const struct kw_value families[] = { { "inet", AF_INET }, { "inet6", AF_INET6 }, { NULL, 0 } };
	struct conf_word mark = build_word(line, 1), family = build_word(line, 2);
	int64_t n, f = 0;

	if (!build_number(b, &mark, "fwmark", 1, UINT32_MAX, &n))
		return false;
	if (family.text && !build_enum(b, &family, "fwmark", families, &f))
		return false;
	build_no_more(b, line, 3);
	e->fwmark = (uint32_t)n;
	e->family = (uint8_t)f;
	return true;
}

static bool take_entry(struct build *b, const struct conf_stmt *line, struct conf_vsg_entry *e)
{
	struct conf_word port = build_word(line, 1);
	int64_t n = 0;

	*e = (struct conf_vsg_entry){ .place = line->words[0].at };
	if (strcmp(line->words[0].text, "fwmark") == 0)
		return take_mark(b, line, e);
	if (!take_addresses(b, &line->words[0], e) || (port.text && !build_number(b, &port, "port", 0, 65535, &n)))
		return false;
	e->port = (uint16_t)n;
	build_no_more(b, line, 2);
	return true;
}

void build_set_vs_group(struct build *b, const struct kw_row *row, const struct conf_stmt *st, void *target)
{
	struct conf_vsg g = { .place = st->words[0].at };
	struct conf_vsg_entry *list = arena_array(b->arena, stmt_count_words(st->child), sizeof(*list));

	(void)target;
	if (!st->has_block)
		build_error(b, &st->words[0].at, NULL, "'%s' needs a block: its '{' is missing", row->name);
	g.name = build_name(b, st);
	for (const struct conf_stmt *line = st->child; line; line = line->next)
		g.n_entries += take_entry(b, line, &list[g.n_entries]);
	g.entries = list;
	if (st->has_block && !st->child)
		build_warn(b, &g.place, NULL, "virtual_server_group '%s' is empty", g.name);
	b->vs_groups[b->conf->n_vs_groups++] = g;
}
