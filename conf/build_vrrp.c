/*
 * vrrp_instance: its odd keywords, and what follows from several keywords together.
 */
#include "config.h"

#include "conf/build.h"

#include <string.h>

#include "core/base/text.h"

#define VIPS_ADVERTISED_MAX 255
#define V3_ADVERT_MAX (USEC_PER_CS * 4095)

void build_set_auth(struct build *b, const struct kw_row *row, const struct conf_stmt *st, void *target)
{
	(void)row;
	schema_apply(b, place_auth(), st->child, target);
}

static const struct kw_row peer_rows[] = {
	KW_NUM("min_ttl", struct conf_peer, min_ttl, 0, 255, NUMBER_UNSET, "hop limit that its adverts have at least"),
	KW_NUM("max_ttl", struct conf_peer, max_ttl, 0, 255, NUMBER_UNSET, "hop limit that its adverts have at most"),
};

const struct kw_place *place_peer(void)
{
	static const struct kw_place place = {
		.name = "unicast_peer", .args = "ADDRESS", .size = sizeof(struct conf_peer), .parts = { KW_PART(peer_rows, 0) },
		.is_line = true,
	};

	return &place;
}

void build_set_peers(struct build *b, const struct kw_row *row, const struct conf_stmt *st, void *target)
{
	struct build_vrrp *bv = target;
	struct conf_vrrp *v = &bv->v;

	for (const struct conf_stmt *line = st->child; line; line = line->next) {
		for (size_t i = 0, took; i < line->n_words; i += took) {
			took = i ? schema_apply_word(b, place_peer(), line, i, &bv->limits[v->n_peers - !!v->n_peers]) : 0;
			if (took)
				continue;
			took = 1;
			if (build_addr(b, &line->words[i], row->name, &bv->peers[v->n_peers]))
				schema_defaults(place_peer(), &bv->limits[v->n_peers++]);
		}
	}
	if (!st->child)
		build_warn(b, &st->words[0].at, NULL, "'%s' is empty", row->name);
}

/* The family is that of the addresses in the adverts; without any, that of the others, the peers or the source. */
static uint8_t family_of(const struct conf_vrrp *v)
{
	for (size_t i = 0; i < v->n_vips; i++)
		if (!v->vips[i].excluded)
			return v->vips[i].prefix.addr.family;
	if (v->n_vips)
		return v->vips[0].prefix.addr.family;
	if (v->n_peers)
		return v->peers[0].family;
	return v->source.family ? v->source.family : AF_INET;
}

/* Has something been said already about a block of this name? */
static bool is_faulty(const struct conf_stmt *list, const char *keyword)
{
	const struct conf_stmt *st = stmt_find(list, keyword);

	return st && (st->child || !st->has_block);
}

static void finish_addresses(struct build *b, struct build_vrrp *bv, const struct conf_stmt *st)
{
	struct conf_vrrp *v = &bv->v;
	size_t advertised = 0;

	v->source = v->n_peers && addr_is_set(&bv->unicast_src) ? bv->unicast_src : bv->mcast_src;
	if (!addr_is_set(&v->source))
		v->source = bv->unicast_src;
	v->family = family_of(v);
	for (size_t i = 0; i < v->n_vips; i++) {
		if (v->vips[i].excluded)
			continue;
		advertised++;
		if (v->vips[i].prefix.addr.family != v->family)
			build_error(b, &v->vips[i].place, "put addresses of the other family in virtual_ipaddress_excluded",
			            "IPv4 and IPv6 addresses do not mix in virtual_ipaddress");
	}
	if (advertised == 0 && !bv->no_vips && !is_faulty(st->child, "virtual_ipaddress"))
		build_warn(b, &v->place, "virtual_ipaddress { ... }, or no_virtual_ipaddress",
		           "instance '%s' has no virtual_ipaddress", v->name);
	if (advertised > VIPS_ADVERTISED_MAX)
		build_error(b, build_place_of(st, "virtual_ipaddress"), "move some to virtual_ipaddress_excluded",
		            "%zu addresses: an advert holds at most %d", advertised, VIPS_ADVERTISED_MAX);
}

static void finish_transport(struct build *b, struct build_vrrp *bv, const struct conf_stmt *st)
{
	struct conf_vrrp *v = &bv->v;
	const struct conf_global *g = &b->conf->global;
	const char *source_word = addr_is_set(&bv->unicast_src) ? "unicast_src_ip" : "mcast_src_ip";
	struct addr standard;

	if (addr_is_set(&v->source) && v->source.family != v->family)
		build_error(b, build_place_of(st, source_word), NULL, "'%s' is of another family than the addresses",
		            source_word);
	for (size_t i = 0; i < v->n_peers; i++)
		if (v->peers[i].family != v->family)
			build_error(b, build_place_of(st, "unicast_peer"), NULL, "a peer is of another family than the addresses");
	if (!addr_is_set(&v->mcast_group))
		v->mcast_group = v->family == AF_INET ? g->mcast_group4 : g->mcast_group6;
	else if (v->mcast_group.family != v->family || !addr_is_multicast(&v->mcast_group))
		build_error(b, build_place_of(st, "mcast_dst_ip"), NULL,
		            "'mcast_dst_ip' wants a multicast group of the addresses' family");
	addr_parse(v->family == AF_INET ? "224.0.0.18" : "ff02::12", &standard);
	if (v->n_peers)
		v->key.where = v->source;
	else if (addr_cmp(&v->mcast_group, &standard) != 0)
		v->key.where = v->mcast_group;
}

static void finish_version(struct build *b, struct build_vrrp *bv, const struct conf_stmt *st)
{
	struct conf_vrrp *v = &bv->v;

	v->version = (uint8_t)(bv->version != NUMBER_UNSET ? bv->version : b->conf->global.vrrp_version);
	if (v->family == AF_INET6) {
		if (bv->version == 2)
			build_warn(b, build_place_of(st, "version"), NULL, "IPv6 is version 3: 'version 2' is ignored");
		v->version = 3;
	}
	if (v->version == 2 && v->advert_int % USEC_PER_SEC)
		build_error(b, build_place_of(st, "advert_int"), "add 'version 3', here and on the peers",
		            "version 2 of VRRP knows whole seconds only");
	if (v->version == 3 && v->advert_int > V3_ADVERT_MAX)
		build_error(b, build_place_of(st, "advert_int"), NULL,
		            "'advert_int' is too high: version 3 has at most 40.95 s");
	if (v->version == 3 && v->advert_int % USEC_PER_CS) {
		build_warn(b, build_place_of(st, "advert_int"), NULL,
		           "version 3 of VRRP counts in hundredths of a second: rounded");
		v->advert_int = (v->advert_int + USEC_PER_CS / 2) / USEC_PER_CS * USEC_PER_CS;
	}
}

static void finish_auth(struct build *b, struct build_vrrp *bv, const struct conf_stmt *st)
{
	struct conf_vrrp *v = &bv->v;
	const struct conf_stmt *auth = stmt_find(st->child, "authentication");
	size_t len = bv->auth_pass ? strlen(bv->auth_pass) : 0;

	if (!auth)
		return;
	if (v->auth == CONF_AUTH_NONE || !len) {
		build_warn(b, &auth->words[0].at, "it takes auth_type and auth_pass",
		           "an incomplete authentication is ignored");
		v->auth = CONF_AUTH_NONE;
		return;
	}
	if (v->version == 3) {
		build_warn(b, &auth->words[0].at, NULL, "version 3 of VRRP has no authentication: this is ignored");
		v->auth = CONF_AUTH_NONE;
		return;
	}
	if (len > sizeof(v->auth_pass))
		build_warn(b, build_place_of(auth, "auth_pass"), NULL, "only the first 8 characters of 'auth_pass' count");
	memcpy(v->auth_pass, bv->auth_pass, len < sizeof(v->auth_pass) ? len : sizeof(v->auth_pass));
}

static void finish_preemption(struct build *b, struct conf_vrrp *v, const struct conf_stmt *st)
{
	if (v->priority == 255 && v->nopreempt)
		build_warn(b, build_place_of(st, "nopreempt"), NULL,
		           "the owner (priority 255) always takes over: 'nopreempt' is ignored");
	else if (v->state_master && v->nopreempt)
		build_warn(b, build_place_of(st, "nopreempt"), "say 'state BACKUP' for it",
		           "'nopreempt' is ignored with 'state MASTER', as keepalived does");
	if (v->priority == 255 || v->state_master)
		v->nopreempt = false;
	if (v->nopreempt && v->preempt_delay)
		build_warn(b, build_place_of(st, "preempt_delay"), NULL, "'preempt_delay' means nothing with 'nopreempt'");
}

static void finish_interface(struct build *b, struct conf_vrrp *v, const struct conf_stmt *st)
{
	if (!v->interface)
		v->interface = b->global.default_interface;
	if (!v->interface) {
		if (!stmt_find(st->child, "interface"))
			build_error(b, &st->words[0].at, "add 'interface NAME' here, or 'default_interface NAME' in global_defs",
			            "instance '%s' has no interface", v->name);
		return;
	}
	text_copy(v->key.ifname, sizeof(v->key.ifname), v->interface);
}

/* Lists that several blocks may add to. */
static void make_room(struct build *b, struct build_vrrp *bv, const struct conf_stmt *list)
{
	size_t n_vips =
		stmt_count_values(list, "virtual_ipaddress") + stmt_count_values(list, "virtual_ipaddress_excluded");

	bv->vips = arena_array(b->arena, n_vips, sizeof(*bv->vips));
	bv->v.vips = bv->vips;
	bv->peers = arena_array(b->arena, stmt_count_values(list, "unicast_peer"), sizeof(*bv->peers));
	bv->v.peers = bv->peers;
	bv->limits = arena_array(b->arena, stmt_count_values(list, "unicast_peer"), sizeof(*bv->limits));
	bv->v.peer_limits = bv->limits;
}

void build_set_vrrp(struct build *b, const struct kw_row *row, const struct conf_stmt *st, void *target)
{
	struct build_vrrp bv = { .v = { .place = st->words[0].at, .accept = true } };
	struct conf_vrrp *v = &bv.v;

	(void)row, (void)target;
	schema_defaults(place_vrrp(), &bv);
	make_room(b, &bv, st->child);
	v->name = build_name(b, st);
	schema_apply(b, place_vrrp(), st->child, &bv);
	if (v->vrid == 0 && !stmt_find(st->child, "virtual_router_id"))
		build_error(b, &v->place, NULL, "instance '%s' has no virtual_router_id", v->name);
	v->garp = build_garp_resolve(&bv.garp, &b->global.garp);
	finish_interface(b, v, st);
	finish_addresses(b, &bv, st);
	finish_transport(b, &bv, st);
	finish_version(b, &bv, st);
	finish_auth(b, &bv, st);
	build_finish_hmac(b, &bv, st);
	finish_preemption(b, v, st);
	build_finish_protocol(b, &bv, st);
	v->skip_check_adv_addr =
		bv.skip_check == CONF_UNSET ? b->conf->global.skip_check_adv_addr : bv.skip_check == CONF_YES;
	v->key.vrid = v->vrid;
	v->key.family = v->family;
	b->vrrp[b->conf->n_vrrp++] = *v;
}
