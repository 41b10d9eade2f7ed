/*
 * global_defs and the other settings of the whole daemon.
 */
#include "config.h"

#include "conf/build.h"

#include <string.h>

/* Read by build_globals() before the blocks that depend on it. */
void build_set_global(struct build *b, const struct kw_row *row, const struct conf_stmt *st, void *target)
{
	(void)b, (void)row, (void)st, (void)target;
}

void build_set_instance_name(struct build *b, const struct kw_row *row, const struct conf_stmt *st, void *target)
{
	struct conf_word w = build_word(st, 1);

	(void)target;
	if (!w.text)
		build_error(b, &w.at, NULL, "'%s' needs a name", row->name);
	else if (!*w.text || strlen(w.text) > 63 || strchr(w.text, '/') || w.text[0] == '.')
		build_error(b, &w.at, "it names folders, so it has no / and no leading dot",
		            "'%.80s' cannot be an instance's name", w.text);
	else
		b->conf->global.instance = arena_text(b->arena, w.text);
	build_no_more(b, st, 2);
}

/* An address, or what may be a name: with a last label of digits it is neither (RFC 3696 section 2), nor with such characters. */
static bool may_be_host(const char *text)
{
	const char *label = strrchr(text, '.');
	struct addr a;

	if (addr_parse(text, &a))
		return true;
	label = label ? label + 1 : text;
	return *text && strspn(label, "0123456789") < strlen(label) && !strpbrk(text, ":/@<>\"(),;\\ \t");
}

void build_set_smtp_server(struct build *b, const struct kw_row *row, const struct conf_stmt *st, void *target)
{
	struct build_global *g = target;
	struct conf_word host = build_word(st, 1), port = build_word(st, 2);
	int64_t n;

	if (!host.text || strlen(host.text) > 255) {
		build_error(b, &host.at, row->help, "'%s' needs a host", row->name);
		return;
	}
	if (!may_be_host(host.text))
		build_warn(b, &host.at, "keepalived refuses it", "'%.80s' is neither an address nor the name of a host: no mail can be sent",
		           host.text);
	g->g.smtp_server = arena_text(b->arena, host.text);
	if (port.text && build_number(b, &port, row->name, 1, 65535, &n))
		g->g.smtp_port = (uint16_t)n;
	build_no_more(b, st, 3);
}

void build_set_snmp_on(struct build *b, const struct kw_row *row, const struct conf_stmt *st, void *target)
{
	struct build_global *g = target;

	(void)b, (void)row, (void)st;
	if (g->g.snmp == CONF_UNSET)
		g->g.snmp = CONF_YES;
}

void build_set_script_user(struct build *b, const struct kw_row *row, const struct conf_stmt *st, void *target)
{
	struct conf_global *g = &((struct build_global *)target)->g;
	struct conf_word user = build_word(st, 1);
	size_t group = st->n_words > 3 && strcmp(st->words[2].text, ":") == 0 ? 3 : 2;

	if (!user.text || !*user.text || strlen(user.text) > 63) {
		build_error(b, &user.at, row->help, "'%s' needs a user", row->name);
		return;
	}
	g->script_user = arena_text(b->arena, user.text);
	g->script_group = arena_text(b->arena, build_word(st, group).text);
	build_no_more(b, st, group + 1);
}

/* "id 5" and its like; false where `key` is no such thing. */
static bool sync_option(struct build *b, const struct conf_word *key, const struct conf_word *value,
                        struct conf_global *g)
{
	static const struct sync_number {
		const char *name;
		int64_t min, max;
	} numbers[] = { { "id", 0, 255 }, { "maxlen", 1, 65507 }, { "port", 1, 65535 }, { "ttl", 1, 255 } };
	int64_t n = 0;
	size_t i = 0;

	if (strcmp(key->text, "group") == 0) {
		if (build_addr(b, value, "group", &g->sync.group) && !addr_is_multicast(&g->sync.group))
			build_error(b, &value->at, NULL, "%s is not a multicast group", value->text);
		return true;
	}
	while (i < 4 && strcmp(numbers[i].name, key->text) != 0)
		i++;
	if (i == 4)
		return false;
	if (!build_number(b, value, key->text, numbers[i].min, numbers[i].max, &n))
		return true;
	switch (i) {
	case 0:
		g->sync.id = (uint8_t)n;
		g->sync.id_set = true;
		break;
	case 1:
		g->sync.maxlen = (uint16_t)n;
		break;
	case 2:
		g->sync.port = (uint16_t)n;
		break;
	default:
		g->sync.ttl = (uint8_t)n;
		break;
	}
	return true;
}

void build_set_sync_daemon(struct build *b, const struct kw_row *row, const struct conf_stmt *st, void *target)
{
	struct conf_global *g = &((struct build_global *)target)->g;
	struct conf_word w = build_word(st, 1);

	if (!w.text || strlen(w.text) >= IFNAMSIZ) {
		build_error(b, &w.at, row->help, "'%s' needs an interface", row->name);
		return;
	}
	g->sync.on = true;
	g->sync.ifname = arena_text(b->arena, w.text);
	for (size_t i = 2; i < st->n_words; i++) {
		struct conf_word value = build_word(st, i + 1);

		w = build_word(st, i);
		if (strcmp(w.text, "inst") == 0 && value.text)
			g->sync.instance = arena_text(b->arena, build_word(st, ++i).text);
		else if (sync_option(b, &w, &value, g))
			i++;
		else if (!g->sync.instance)
			g->sync.instance = arena_text(b->arena, w.text);
		else
			build_error(b, &w.at, row->help, "'%s' does not know '%.80s'", row->name, w.text);
	}
}

/* tcp S, tcpfin S, udp S, in any order. */
void build_set_lvs_timeouts(struct build *b, const struct kw_row *row, const struct conf_stmt *st, void *target)
{
	struct conf_global *g = &((struct build_global *)target)->g;
	const struct {
		const char *name;
		uint32_t *seconds;
	} each[] = {
		{ "tcp", &g->lvs_timeouts.tcp }, { "tcpfin", &g->lvs_timeouts.tcpfin }, { "udp", &g->lvs_timeouts.udp },
	};

	if (st->n_words < 3)
		build_error(b, &st->words[0].at, row->help, "'%s' needs a time-out", row->name);
	for (size_t i = 1; i < st->n_words; i += 2) {
		struct conf_word value = build_word(st, i + 1);
		size_t k = 0;
		int64_t n;

		while (k < 3 && strcmp(each[k].name, st->words[i].text) != 0)
			k++;
		if (k == 3)
			build_error(b, &st->words[i].at, row->help, "'%s' does not know '%.80s'", row->name, st->words[i].text);
		else if (build_number(b, &value, each[k].name, 1, INT32_MAX / 1000, &n))
			*each[k].seconds = (uint32_t)n;
	}
}

static usec_t pick(usec_t own, usec_t from)
{
	return own != TIME_UNSET ? own : from;
}

struct conf_garp build_garp_resolve(const struct build_garp *own, const struct build_garp *from)
{
	const struct build_garp *f = from ? from : own;
	usec_t delay = pick(own->master_delay, f->master_delay);
	usec_t lower_delay = pick(own->lower_prio_delay, f->lower_prio_delay);
	int64_t repeat = pick(own->master_repeat, f->master_repeat);

	return (struct conf_garp){
		.master_delay = delay,
		.master_repeat = (uint32_t)repeat,
		.master_refresh = pick(own->master_refresh, f->master_refresh),
		.master_refresh_repeat = (uint32_t)pick(own->master_refresh_repeat, f->master_refresh_repeat),
		.lower_prio_delay = pick(lower_delay, delay),
		.lower_prio_repeat = (uint32_t)pick(pick(own->lower_prio_repeat, f->lower_prio_repeat), repeat),
		.interval = pick(own->interval, f->interval),
	};
}

static void check_group(struct build *b, const struct conf_stmt *list, const char *keyword, const struct addr *a,
                        uint8_t family)
{
	for (; list; list = list->next) {
		if (strcmp(list->words[0].text, "global_defs") != 0 || !stmt_find(list->child, keyword))
			continue;
		if (a->family != family || !addr_is_multicast(a))
			build_error(b, build_place_of(list, keyword), NULL, "'%s' wants an %s multicast group", keyword,
			            family == AF_INET ? "IPv4" : "IPv6");
	}
}

static bool says(const struct conf_stmt *list, const char *keyword)
{
	for (; list; list = list->next)
		if (strcmp(list->words[0].text, "global_defs") == 0 && stmt_find(list->child, keyword))
			return true;
	return false;
}

/* vrrp_min_garp: other defaults; what the file says counts. */
static void announce_once(const struct conf_stmt *list, struct build_garp *g)
{
	if (!says(list, "vrrp_garp_master_repeat"))
		g->master_repeat = 1;
	if (!says(list, "vrrp_garp_master_delay"))
		g->master_delay = 0;
}

void build_globals(struct build *b, const struct conf_stmt *list)
{
	struct build_global *g = &b->global;

	schema_defaults(place_global(), g);
	g->g.smtp_port = 25;
	for (const struct conf_stmt *st = list; st; st = st->next)
		if (strcmp(st->words[0].text, "global_defs") == 0 && st->has_block)
			schema_apply(b, place_global(), st->child, g);
	check_group(b, list, "vrrp_mcast_group4", &g->g.mcast_group4, AF_INET);
	check_group(b, list, "vrrp_mcast_group6", &g->g.mcast_group6, AF_INET6);
	if (g->g.vrrp.min_garp)
		announce_once(list, &g->garp);
	g->g.garp = build_garp_resolve(&g->garp, NULL);
	b->conf->global = g->g;
}
