/*
 * Routes and rules: the lines of virtual_routes, static_routes and their like.
 *
 * What has a meaning of its own is in its member; every other option is kept under its name, in order.
 */
#include "config.h"

#include "conf/build_route.h"

#include <string.h>

#include "conf/value.h"

/* The attributes come first in a build_route and in a build_rule. */
void build_route_attr(struct build *b, const struct kw_row *row, const struct conf_stmt *st, void *target)
{
	struct build_route *r = target;
	struct conf_word w = build_word(st, 1);
	struct conf_attr *attr = &r->attrs[r->n_attrs];
	int64_t n;

	if (row->max && !build_number(b, &w, row->name, row->min, row->max, &n))
		return;
	if (!w.text) {
		build_error(b, &w.at, row->help, "'%s' needs a value", row->name);
		return;
	}
	*attr = (struct conf_attr){ .name = row->name, .value = arena_text(b->arena, w.text) };
	r->n_attrs++;
}

static bool take_prefix(struct build *b, const struct conf_word *w, const char *what, struct prefix *out)
{
	if (w->text && (strcmp(w->text, "default") == 0 || strcmp(w->text, "all") == 0 || strcmp(w->text, "any") == 0)) {
		*out = (struct prefix){ .len = 0 };
		return true;
	}
	if (w->text && prefix_parse(w->text, out))
		return true;
	build_error(b, &w->at, NULL, "'%s' wants ADDRESS[/LENGTH], not '%.80s'", what, w->text ? w->text : "");
	return false;
}

void build_route_to(struct build *b, const struct kw_row *row, const struct conf_stmt *st, void *target)
{
	struct conf_word w = build_word(st, 1);

	take_prefix(b, &w, row->name, &((struct build_route *)target)->r.to);
}

/* The way that is being described; the first one is there without `nexthop`. */
static struct conf_hop *hop_of(struct build_route *r)
{
	if (r->r.n_hops == 0)
		r->hops[r->r.n_hops++] = (struct conf_hop){ .weight = 1 };
	return &r->hops[r->r.n_hops - 1];
}

void build_route_via(struct build *b, const struct kw_row *row, const struct conf_stmt *st, void *target)
{
	struct build_route *r = target;
	struct conf_word w = build_word(st, 1);
	struct addr via;

	if (!build_addr(b, &w, row->name, &via))
		return;
	if (strcmp(st->words[0].text, "or") == 0)
		r->hops[r->r.n_hops++] = (struct conf_hop){ .weight = 1 };
	hop_of(r)->via = via;
}

void build_route_dev(struct build *b, const struct kw_row *row, const struct conf_stmt *st, void *target)
{
	struct conf_word w = build_word(st, 1);

	if (!w.text || !*w.text || strlen(w.text) >= IFNAMSIZ)
		build_error(b, &w.at, NULL, "'%s' needs a name of at most %d characters", row->name, IFNAMSIZ - 1);
	else
		hop_of(target)->dev = arena_text(b->arena, w.text);
}

void build_route_hop(struct build *b, const struct kw_row *row, const struct conf_stmt *st, void *target)
{
	struct build_route *r = target;

	(void)b, (void)row, (void)st;
	r->hops[r->r.n_hops++] = (struct conf_hop){ .weight = 1 };
}

void build_route_weight(struct build *b, const struct kw_row *row, const struct conf_stmt *st, void *target)
{
	struct conf_word w = build_word(st, 1);
	int64_t n;

	if (build_number(b, &w, row->name, 1, 256, &n))
		hop_of(target)->weight = (uint32_t)n;
}

void build_route_onlink(struct build *b, const struct kw_row *row, const struct conf_stmt *st, void *target)
{
	(void)b, (void)row, (void)st;
	hop_of(target)->onlink = true;
}

void build_rule_prefix(struct build *b, const struct kw_row *row, const struct conf_stmt *st, void *target)
{
	struct conf_word w = build_word(st, 1);

	take_prefix(b, &w, row->name, (struct prefix *)((char *)target + row->off));
}

void build_rule_l3mdev(struct build *b, const struct kw_row *row, const struct conf_stmt *st, void *target)
{
	struct build_rule *r = target;

	(void)b, (void)st;
	r->attrs[r->n_attrs++] = (struct conf_attr){ .name = row->name };
}

static const char *one_of(const char *const *names, const char *word)
{
	while (*names && strcmp(*names, word) != 0)
		names++;
	return *names;
}

/* encap mpls 100 | encap ip dst A src B ... : to the end of what an encapsulation has. */
static size_t take_encap(struct build *b, const struct conf_stmt *line, size_t i, struct build_route *r)
{
	static const char *const options[] = { "id", "dst", "src", "tos", "ttl", "hoplimit", "tc", "flags", NULL };
	size_t n = i + 1 < line->n_words ? 2 : 1;
	const char **words;

	if (n == 2 && (strcmp(line->words[i + 1].text, "ip") == 0 || strcmp(line->words[i + 1].text, "ip6") == 0))
		while (i + n < line->n_words && one_of(options, line->words[i + n].text))
			n += 2;
	else
		n++;
	n = i + n > line->n_words ? line->n_words - i : n;
	words = arena_array(b->arena, n, sizeof(*words));
	for (size_t w = 1; w < n; w++)
		words[w - 1] = arena_text(b->arena, line->words[i + w].text);
	hop_of(r)->encap = (struct conf_words){ .word = words, .n = n - 1, .given = true };
	return n;
}

/* "mtu lock 1500" is the option "mtu 1500", locked. */
static size_t take_locked(struct build *b, const struct conf_stmt *line, size_t i, struct build_route *r)
{
	const struct kw_part *part;
	const struct kw_row *row = schema_find(place_route(), line->words[i].text, &part);
	struct conf_word words[2];
	struct conf_stmt option = { .words = words, .n_words = 2 };
	size_t before = r->n_attrs;

	if (!row || row->set != build_route_attr || !row->set_to || i + 2 >= line->n_words ||
	    strcmp(line->words[i + 1].text, "lock") != 0)
		return 0;
	words[0] = line->words[i];
	words[1] = line->words[i + 2];
	schema_apply_word(b, place_route(), &option, 0, r);
	if (r->n_attrs > before)
		r->attrs[before].lock = true;
	return 3;
}

static size_t take_route_word(struct build *b, const struct conf_stmt *line, size_t i, struct build_route *r)
{
	static const char *const types[] = { "unicast",     "local",    "broadcast", "anycast", "multicast", "throw",
		                                 "unreachable", "prohibit", "blackhole", "nat",     NULL };
	static const char *const orders[] = { "add", "prepend", "append", NULL };
	const char *word = line->words[i].text, *next = i + 1 < line->n_words ? line->words[i + 1].text : "";
	struct prefix to;
	size_t took;

	if (i == 0 && one_of(types, word)) {
		r->r.type = one_of(types, word);
		return 1;
	}
	if (one_of(orders, word)) {
		r->r.order = one_of(orders, word);
		return 1;
	}
	if (strcmp(word, "encap") == 0)
		return take_encap(b, line, i, r);
	if ((strcmp(word, "via") == 0 || strcmp(word, "gw") == 0) && strncmp(next, "inet", 4) == 0) {
		const struct conf_stmt rest = { .words = line->words + i + 1, .n_words = line->n_words - i - 1 };
		struct conf_word address = build_word(&rest, 1);

		build_addr(b, &address, "via", &hop_of(r)->via);
		return 3;
	}
	took = take_locked(b, line, i, r);
	if (!took)
		took = schema_apply_word(b, place_route(), line, i, r);
	if (!took && !addr_is_set(&r->r.to.addr) && (strcmp(word, "default") == 0 || prefix_parse(word, &to))) {
		take_prefix(b, &line->words[i], "to", &r->r.to);
		took = 1;
	}
	return took;
}

/* What says the family: the flag, or any address. */
static uint8_t route_family(const struct build_route *r)
{
	if (r->is_inet6 || r->r.to.addr.family == AF_INET6 || r->r.src.family == AF_INET6)
		return AF_INET6;
	if (addr_is_set(&r->r.to.addr) || addr_is_set(&r->r.src) || r->is_inet)
		return AF_INET;
	return r->r.n_hops && r->hops[0].via.family == AF_INET6 ? AF_INET6 : AF_INET;
}

static bool build_route(struct build *b, const struct conf_stmt *line, struct conf_route *out)
{
	struct build_route r = { .r = { .place = line->words[0].at } };

	r.attrs = arena_array(b->arena, line->n_words, sizeof(*r.attrs));
	r.hops = arena_array(b->arena, line->n_words + 1, sizeof(*r.hops));
	for (size_t i = 0, took; i < line->n_words; i += took) {
		took = take_route_word(b, line, i, &r);
		if (!took) {
			schema_no_option(b, place_route(), &line->words[i], "a route", "the names are those of `ip route add`, in full");
			return false;
		}
	}
	r.r.attrs = r.attrs;
	r.r.n_attrs = r.n_attrs;
	r.r.hops = r.hops;
	r.r.family = route_family(&r);
	if (addr_is_set(&r.r.to.addr) && addr_is_set(&r.r.src) && r.r.to.addr.family != r.r.src.family)
		build_error(b, &r.r.place, NULL, "the route's addresses are of different families");
	*out = r.r;
	return true;
}

static size_t count_lines(const struct conf_stmt *list)
{
	size_t n = 0;

	for (; list; list = list->next)
		n++;
	return n;
}

void build_set_routes(struct build *b, const struct kw_row *row, const struct conf_stmt *st, void *target)
{
	struct conf_routes *routes = (struct conf_routes *)((char *)target + row->off);
	struct conf_route *list = build_extend(b, routes->list, routes->n, count_lines(st->child), sizeof(*list));

	if (!st->has_block)
		build_error(b, &st->words[0].at, NULL, "'%s' needs a block: its '{' is missing", row->name);
	for (const struct conf_stmt *line = st->child; line; line = line->next)
		routes->n += build_route(b, line, &list[routes->n]);
	routes->list = list;
}

static size_t take_rule_word(struct build *b, const struct conf_stmt *line, size_t i, struct build_rule *r)
{
	static const char *const actions[] = { "blackhole", "unreachable", "prohibit", "nop", "unicast", NULL };
	const char *word = line->words[i].text;

	if (one_of(actions, word)) {
		r->r.action = one_of(actions, word);
		return 1;
	}
	return schema_apply_word(b, place_rule(), line, i, r);
}

static bool build_rule(struct build *b, const struct conf_stmt *line, struct conf_rule *out)
{
	struct build_rule r = { .r = { .place = line->words[0].at } };

	r.attrs = arena_array(b->arena, line->n_words, sizeof(*r.attrs));
	for (size_t i = 0, took; i < line->n_words; i += took) {
		took = take_rule_word(b, line, i, &r);
		if (!took) {
			schema_no_option(b, place_rule(), &line->words[i], "a rule", "the names are those of `ip rule add`, in full");
			return false;
		}
	}
	r.r.attrs = r.attrs;
	r.r.n_attrs = r.n_attrs;
	r.r.family = r.is_inet6 || r.r.from.addr.family == AF_INET6 || r.r.to.addr.family == AF_INET6 ? AF_INET6 : AF_INET;
	if (addr_is_set(&r.r.from.addr) && addr_is_set(&r.r.to.addr) && r.r.from.addr.family != r.r.to.addr.family)
		build_error(b, &r.r.place, NULL, "the rule's addresses are of different families");
	*out = r.r;
	return true;
}

void build_set_rules(struct build *b, const struct kw_row *row, const struct conf_stmt *st, void *target)
{
	struct conf_rules *rules = (struct conf_rules *)((char *)target + row->off);
	struct conf_rule *list = build_extend(b, rules->list, rules->n, count_lines(st->child), sizeof(*list));

	if (!st->has_block)
		build_error(b, &st->words[0].at, NULL, "'%s' needs a block: its '{' is missing", row->name);
	for (const struct conf_stmt *line = st->child; line; line = line->next)
		rules->n += build_rule(b, line, &list[rules->n]);
	rules->list = list;
}
