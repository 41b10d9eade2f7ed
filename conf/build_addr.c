/*
 * Addresses as `ip address add` takes them: those of instances, and the static ones.
 */
#include "config.h"

#include "conf/build.h"

#include <arpa/inet.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "conf/value.h"

static const struct kw_value scopes[] = {
	{ "global", RT_SCOPE_UNIVERSE }, { "site", RT_SCOPE_SITE }, { "link", RT_SCOPE_LINK },
	{ "host", RT_SCOPE_HOST }, { "nowhere", RT_SCOPE_NOWHERE }, { NULL, 0 },
};

static void set_scope(struct build *b, const struct kw_row *row, const struct conf_stmt *st, void *target)
{
	struct conf_word w = build_word(st, 1);
	struct conf_vip *vip = target;
	int64_t n;

	if (w.text && value_number(w.text, 0, 255, &n) == VALUE_OK)
		vip->scope = (uint8_t)n;
	else if (build_enum(b, &w, row->name, scopes, &n))
		vip->scope = (uint8_t)n;
}

/* brd + has all host bits set, brd - none. */
static void set_broadcast(struct build *b, const struct kw_row *row, const struct conf_stmt *st, void *target)
{
	struct conf_word w = build_word(st, 1);
	struct conf_vip *vip = target;
	uint32_t host_bits, be;

	if (!w.text || (strcmp(w.text, "+") != 0 && strcmp(w.text, "-") != 0)) {
		if (build_addr(b, &w, row->name, &vip->broadcast) && vip->broadcast.family != AF_INET)
			build_error(b, &w.at, NULL, "a broadcast address is an IPv4 address");
		return;
	}
	if (vip->prefix.addr.family != AF_INET) {
		build_error(b, &w.at, NULL, "only an IPv4 address has a broadcast address");
		return;
	}
	host_bits = vip->prefix.len >= 31 ? 0 : htonl(0xffffffffU >> vip->prefix.len);
	be = addr_v4_be(&vip->prefix.addr);
	if (host_bits)
		vip->broadcast = addr_from_v4_be(*w.text == '+' ? be | host_bits : be & ~host_bits);
}

static void set_peer(struct build *b, const struct kw_row *row, const struct conf_stmt *st, void *target)
{
	struct conf_word w = build_word(st, 1);

	if (!w.text || !prefix_parse(w.text, &((struct conf_vip *)target)->peer))
		build_error(b, &w.at, NULL, "'%s' wants an address", row->name);
}

static void set_preferred(struct build *b, const struct kw_row *row, const struct conf_stmt *st, void *target)
{
	struct conf_word w = build_word(st, 1);
	struct conf_vip *vip = target;
	int64_t n = UINT32_MAX;

	if (w.text && strcmp(w.text, "forever") == 0)
		vip->has_preferred = true;
	else
		vip->has_preferred = build_number(b, &w, row->name, 0, UINT32_MAX - 1, &n);
	vip->preferred_lft = (uint32_t)n;
}

typedef struct conf_vip A;

static const struct kw_row rows[] = {
	KW_STR("dev", A, dev, IFNAMSIZ - 1, "interface; the instance's where not given"),
	KW_STR("label", A, label, IFNAMSIZ - 1, "name that old tools show"),
	KW_ODD("scope", set_scope, "global site link host nowhere, or a number; global"),
	KW_ODD("brd", set_broadcast, "broadcast address; +: host bits set, -: cleared", KW_ALIAS("broadcast")),
	KW_ODD("peer", set_peer, "address of the other end"),
	KW_ON("use_vmac", A, use_vmac, 1, "on an interface of its own with the virtual router's MAC"),
	KW_ON("home", A, home, 1, "mobile IPv6 home address"),
	KW_ON("-nodad", A, nodad, 1, "no duplicate address detection", KW_ALIAS("nodad")),
	KW_ON("mngtmpaddr", A, mngtmpaddr, 1, "template of temporary addresses"),
	KW_ON("noprefixroute", A, noprefixroute, 1, "no route to its prefix"),
	KW_ON("autojoin", A, autojoin, 1, "join the multicast group"),
	KW_ON("no_track", A, no_track, 1, "its loss is no reason to give up"),
	KW_ODD("preferred_lft", set_preferred, "SECONDS or forever: preferred as a source"),
	KW_STR("track_group", A, track_group, 63, "track_group that its loss faults"),
};

const struct kw_place *place_address(void)
{
	static const struct kw_place place = {
		.name = "virtual_ipaddress", .args = "ADDRESS[/LENGTH]", .size = sizeof(A), .parts = { KW_PART(rows, 0) },
		.is_line = true,
	};

	return &place;
}

/* An address whose length is none. */
static const char *prefix_hint(const char *text)
{
	const char *slash = strchr(text, '/');
	char alone[ADDR_STRLEN] = "";
	struct addr a;

	if (!slash || (size_t)(slash - text) >= sizeof(alone))
		return NULL;
	memcpy(alone, text, (size_t)(slash - text));
	if (!addr_parse(alone, &a))
		return NULL;
	return a.family == AF_INET ? "the length behind '/' is 0 to 32" : "the length behind '/' is 0 to 128";
}

/* A line is an address with its options; inside of { } on one line several may follow each other. */
static size_t take_line(struct build *b, const struct conf_stmt *line, struct conf_vip *vips, size_t n, bool excluded)
{
	struct conf_vip *vip = NULL;
	struct prefix prefix;

	for (size_t i = 0, took; i < line->n_words; i += took) {
		const struct conf_word *w = &line->words[i];

		took = 1;
		if (prefix_parse(w->text, &prefix)) {
			vip = &vips[n++];
			*vip = (struct conf_vip){ .place = w->at, .prefix = prefix, .excluded = excluded };
		} else if (!vip) {
			build_error(b, &w->at, prefix_hint(w->text), "'%.80s' is not an address", w->text);
			return n;
		} else {
			took = schema_apply_word(b, place_address(), line, i, vip);
		}
		if (took == 0) { /* nobody knows where its value ends */
			schema_no_option(b, place_address(), w, "an address", "ADDR[/LEN] [brd A|+|-] [dev IF] [scope S] [label L]");
			return n;
		}
	}
	return n;
}

size_t build_addresses(struct build *b, const struct kw_row *row, const struct conf_stmt *st, struct conf_vip *vips,
                       size_t n, bool excluded)
{
	if (!st->has_block)
		build_error(b, &st->words[0].at, NULL, "'%s' needs a block: its '{' is missing", row->name);
	for (const struct conf_stmt *line = st->child; line; line = line->next)
		n = take_line(b, line, vips, n, excluded);
	return n;
}

void build_set_vips(struct build *b, const struct kw_row *row, const struct conf_stmt *st, void *target)
{
	struct build_vrrp *bv = target;

	bv->v.n_vips = build_addresses(b, row, st, bv->vips, bv->v.n_vips, false);
}

void build_set_excluded(struct build *b, const struct kw_row *row, const struct conf_stmt *st, void *target)
{
	struct build_vrrp *bv = target;

	bv->v.n_vips = build_addresses(b, row, st, bv->vips, bv->v.n_vips, true);
}

/* static_ipaddress */
void build_set_addresses(struct build *b, const struct kw_row *row, const struct conf_stmt *st, void *target)
{
	struct conf *c = target;
	struct conf_vip *list = build_extend(b, c->addresses, c->n_addresses, stmt_count_words(st->child), sizeof(*list));

	c->n_addresses = build_addresses(b, row, st, list, c->n_addresses, false);
	c->addresses = list;
}
