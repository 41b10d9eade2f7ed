/*
 * Whether two objects, and two trees, say the same. Places do not count; the order of lists does. What a row holds its row compares.
 */
#include "config.h"

#include "conf/equal.h"

#include <string.h>

#include "conf/out.h"
#include "conf/print.h"

typedef bool equal_fn(const void *a, const void *b);

/* Where somebody listens, a difference is told and the comparison goes on; else it ends there. */
static bool is(struct equal_notes *n, const char *keyword, bool same)
{
	if (same || !n)
		return same;
	n->differ = true;
	n->note(n->user, keyword, "");
	return true;
}

static bool rows_are(struct equal_notes *n, const struct kw_place *place, const void *a, const void *b)
{
	if (!n)
		return schema_equal(place, a, b);
	n->differ = schema_differences(place, a, b, n->note, n->user) > 0 || n->differ;
	return true;
}

static bool number_is(struct equal_notes *n, const char *keyword, int64_t a, int64_t b)
{
	char how[64];

	if (a == b || !n)
		return a == b;
	snprintf(how, sizeof(how), "%lld -> %lld", (long long)a, (long long)b);
	n->differ = true;
	n->note(n->user, keyword, how);
	return true;
}

static bool verdict(const struct equal_notes *n, bool same)
{
	return same && !(n && n->differ);
}

static bool list_eq(const void *a, size_t na, const void *b, size_t nb, size_t size, equal_fn *equal)
{
	if (na != nb)
		return false;
	for (size_t i = 0; i < na; i++)
		if (!equal((const char *)a + i * size, (const char *)b + i * size))
			return false;
	return true;
}

static bool addr_eq(const struct addr *a, const struct addr *b)
{
	return addr_cmp(a, b) == 0;
}

static bool addr_same(const void *a, const void *b)
{
	return addr_cmp(a, b) == 0;
}

static bool garp_eq(const struct conf_garp *a, const struct conf_garp *b)
{
	return a->master_delay == b->master_delay && a->master_repeat == b->master_repeat &&
	       a->master_refresh == b->master_refresh && a->master_refresh_repeat == b->master_refresh_repeat &&
	       a->lower_prio_delay == b->lower_prio_delay && a->lower_prio_repeat == b->lower_prio_repeat &&
	       a->interval == b->interval;
}

static bool sync_eq(const struct conf_global *a, const struct conf_global *b)
{
	return a->sync.on == b->sync.on && same_text(a->sync.ifname, b->sync.ifname) &&
	       same_text(a->sync.instance, b->sync.instance) && a->sync.id == b->sync.id &&
	       a->sync.id_set == b->sync.id_set && a->sync.maxlen == b->sync.maxlen && a->sync.port == b->sync.port &&
	       a->sync.ttl == b->sync.ttl && addr_eq(&a->sync.group, &b->sync.group);
}

bool equal_global(const void *pa, const void *pb, struct equal_notes *n)
{
	const struct conf_global *a = pa, *b = pb;

	return verdict(n, rows_are(n, place_global(), a, b) && is(n, "instance", same_text(a->instance, b->instance)) &&
	                  is(n, "smtp_server", same_text(a->smtp_server, b->smtp_server) && a->smtp_port == b->smtp_port) &&
	                  is(n, "vrrp_garp_...", garp_eq(&a->garp, &b->garp)) && is(n, "lvs_sync_daemon", sync_eq(a, b)) &&
	                  is(n, "lvs_timeouts", memcmp(&a->lvs_timeouts, &b->lvs_timeouts, sizeof(a->lvs_timeouts)) == 0) &&
	                  is(n, "script_user", same_text(a->script_user, b->script_user) && same_text(a->script_group, b->script_group)));
}

bool equal_address(const void *pa, const void *pb, struct equal_notes *n)
{
	const struct conf_vip *a = pa, *b = pb;

	return verdict(n, rows_are(n, place_address(), a, b) && is(n, "address", prefix_cmp(&a->prefix, &b->prefix) == 0) &&
	                  is(n, "scope", a->scope == b->scope) && is(n, "broadcast", addr_eq(&a->broadcast, &b->broadcast)) &&
	                  is(n, "virtual_ipaddress_excluded", a->excluded == b->excluded) &&
	                  is(n, "peer", prefix_cmp(&a->peer, &b->peer) == 0) &&
	                  is(n, "preferred_lft", a->has_preferred == b->has_preferred && a->preferred_lft == b->preferred_lft));
}

static bool vip_eq(const void *a, const void *b)
{
	return equal_address(a, b, NULL);
}

static bool attr_eq(const void *pa, const void *pb)
{
	const struct conf_attr *a = pa, *b = pb;

	return same_text(a->name, b->name) && same_text(a->value, b->value) && a->lock == b->lock;
}

static bool attrs_eq(const struct conf_attr *a, size_t na, const struct conf_attr *b, size_t nb)
{
	return list_eq(a, na, b, nb, sizeof(*a), attr_eq);
}

static bool hop_eq(const void *pa, const void *pb)
{
	const struct conf_hop *a = pa, *b = pb;

	return addr_eq(&a->via, &b->via) && same_text(a->dev, b->dev) && a->weight == b->weight && a->onlink == b->onlink &&
	       same_args(&a->encap, &b->encap);
}

static bool route_eq(const void *pa, const void *pb)
{
	const struct conf_route *a = pa, *b = pb;

	return a->family == b->family && same_text(a->type ? a->type : "unicast", b->type ? b->type : "unicast") &&
	       same_text(a->order, b->order) && prefix_cmp(&a->to, &b->to) == 0 && addr_eq(&a->src, &b->src) &&
	       same_text(a->table, b->table) && same_text(a->track_group, b->track_group) && a->no_track == b->no_track &&
	       list_eq(a->hops, a->n_hops, b->hops, b->n_hops, sizeof(*a->hops), hop_eq) &&
	       attrs_eq(a->attrs, a->n_attrs, b->attrs, b->n_attrs);
}

static bool rule_eq(const void *pa, const void *pb)
{
	const struct conf_rule *a = pa, *b = pb;

	return a->family == b->family && same_text(a->action, b->action) && a->invert == b->invert &&
	       prefix_cmp(&a->from, &b->from) == 0 && prefix_cmp(&a->to, &b->to) == 0 && same_text(a->table, b->table) &&
	       same_text(a->track_group, b->track_group) && a->no_track == b->no_track &&
	       attrs_eq(a->attrs, a->n_attrs, b->attrs, b->n_attrs);
}

static bool routes_eq(const struct conf_routes *a, const struct conf_routes *b)
{
	return list_eq(a->list, a->n, b->list, b->n, sizeof(*a->list), route_eq);
}

static bool rules_eq(const struct conf_rules *a, const struct conf_rules *b)
{
	return list_eq(a->list, a->n, b->list, b->n, sizeof(*a->list), rule_eq);
}

static bool track_eq(const void *pa, const void *pb)
{
	const struct conf_track *a = pa, *b = pb;

	return a->kind == b->kind && same_text(a->name, b->name) && a->weight == b->weight &&
	       a->weight_set == b->weight_set && a->reverse == b->reverse;
}

static bool tracks_eq(const struct conf_tracks *a, const struct conf_tracks *b)
{
	return list_eq(a->list, a->n, b->list, b->n, sizeof(*a->list), track_eq);
}

static bool deleted_eq(const struct conf_notify *a, const struct conf_notify *b)
{
	return a->deleted_set == b->deleted_set && same_script(&a->deleted, &b->deleted);
}

static bool limit_eq(const void *a, const void *b)
{
	return schema_equal(place_peer(), a, b);
}

static bool hmac_key_eq(const void *pa, const void *pb)
{
	const struct conf_hmac_key *a = pa, *b = pb;

	return a->id == b->id && same_text(a->key, b->key) && a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0;
}

static bool hmac_eq(const struct conf_hmac *a, const struct conf_hmac *b)
{
	if (!a || !b)
		return a == b;
	return schema_equal(place_auth_hmac(), a, b) &&
	       list_eq(a->keys, a->n_keys, b->keys, b->n_keys, sizeof(*a->keys), hmac_key_eq);
}

static bool peers_eq(const struct conf_vrrp *a, const struct conf_vrrp *b)
{
	return list_eq(a->peers, a->n_peers, b->peers, b->n_peers, sizeof(*a->peers), addr_same) &&
	       list_eq(a->peer_limits, a->n_peers, b->peer_limits, b->n_peers, sizeof(*a->peer_limits), limit_eq);
}

bool equal_instance_apart(const void *pa, const void *pb, struct equal_notes *n)
{
	const struct conf_vrrp *a = pa, *b = pb;
	bool same = rows_are(n, place_vrrp(), a, b) && is(n, "name", same_text(a->name, b->name)) &&
	            is(n, "interface", vr_key_cmp(&a->key, &b->key) == 0) && is(n, "version", a->version == b->version) &&
	            is(n, "native_ipv6", a->family == b->family) &&
	            is(n, "authentication", a->auth == b->auth && memcmp(a->auth_pass, b->auth_pass, sizeof(a->auth_pass)) == 0) &&
	            is(n, a->n_peers ? "unicast_src_ip" : "mcast_src_ip", addr_eq(&a->source, &b->source)) &&
	            is(n, "unicast_peer", peers_eq(a, b)) && is(n, "garp_...", garp_eq(&a->garp, &b->garp)) &&
	            is(n, "skip_check_adv_addr", a->skip_check_adv_addr == b->skip_check_adv_addr) &&
	            is(n, "down_timer_adverts", a->down_timer_adverts == b->down_timer_adverts) &&
	            is(n, "v3_checksum_as_v2", a->v3_checksum_as_v2 == b->v3_checksum_as_v2) &&
	            is(n, "track_...", tracks_eq(&a->tracks, &b->tracks)) &&
	            is(n, "notify_deleted", deleted_eq(&a->notify, &b->notify)) &&
	            is(n, "virtual_routes", routes_eq(&a->routes, &b->routes)) &&
	            is(n, "virtual_rules", rules_eq(&a->rules, &b->rules)) && is(n, "auth_hmac", hmac_eq(a->hmac, b->hmac));

	return verdict(n, same);
}

bool equal_addresses(const void *pa, const void *pb)
{
	const struct conf_vrrp *a = pa, *b = pb;

	return list_eq(a->vips, a->n_vips, b->vips, b->n_vips, sizeof(*a->vips), vip_eq);
}

static bool vrrp_eq(const void *a, const void *b)
{
	return equal_instance_apart(a, b, NULL) && equal_addresses(a, b);
}

bool equal_group(const void *pa, const void *pb, struct equal_notes *n)
{
	const struct conf_group *a = pa, *b = pb;

	return verdict(n, rows_are(n, place_group(), a, b) && is(n, "name", same_text(a->name, b->name)) &&
	                  is(n, "group", same_words(a->members, a->n_members, b->members, b->n_members)) &&
	                  is(n, "track_...", tracks_eq(&a->tracks, &b->tracks)) &&
	                  is(n, "notify_deleted", deleted_eq(&a->notify, &b->notify)));
}

static bool group_eq(const void *a, const void *b)
{
	return equal_group(a, b, NULL);
}

static bool url_eq(const void *pa, const void *pb)
{
	const struct conf_url *a = pa, *b = pb;

	return schema_equal(place_url(), a, b) && same_text(a->path, b->path) &&
	       same_words(a->headers.word, a->headers.n, b->headers.word, b->headers.n) && a->n_status == b->n_status &&
	       (!a->n_status || memcmp(a->status, b->status, a->n_status * sizeof(*a->status)) == 0) &&
	       a->has_digest == b->has_digest && memcmp(a->digest, b->digest, sizeof(a->digest)) == 0;
}

/* Every kind's rows hold members of the same struct: those of one kind are unset in the others. */
static bool checker_eq(const void *pa, const void *pb)
{
	static const struct kw_place *(*const places[])(void) = { place_tcp, place_http, place_smtp, place_dns, place_misc, place_udp,
		                                                      place_file };
	const struct conf_checker *a = pa, *b = pb;

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (!schema_equal(places[i](), a, b))
			return false;
	return a->kind == b->kind && endpoint_cmp(&a->target, &b->target) == 0 && endpoint_cmp(&a->bind, &b->bind) == 0 &&
	       a->timeout == b->timeout && a->interval == b->interval && a->retry_delay == b->retry_delay &&
	       a->warmup == b->warmup && a->retry == b->retry &&
	       a->answer_timeout == b->answer_timeout && a->down_interval == b->down_interval && a->rise == b->rise &&
	       a->fall == b->fall && same_text(a->dns_type, b->dns_type) &&
	       a->weight == b->weight && a->weight_set == b->weight_set && a->reverse == b->reverse &&
	       list_eq(a->urls, a->n_urls, b->urls, b->n_urls, sizeof(*a->urls), url_eq);
}

static bool tunnel_eq(const struct conf_tunnel *a, const struct conf_tunnel *b)
{
	return a->type == b->type && a->port == b->port && a->csum == b->csum;
}

bool equal_server(const void *pa, const void *pb, struct equal_notes *n)
{
	const struct conf_rs *a = pa, *b = pb;
	bool same = rows_are(n, place_server(), a, b) && is(n, "address", endpoint_cmp(&a->server, &b->server) == 0) &&
	            number_is(n, "weight", a->weight, b->weight) && is(n, "lvs_method", a->method == b->method) &&
	            is(n, "lvs_method", tunnel_eq(&a->tunnel, &b->tunnel)) &&
	            is(n, "checks", list_eq(a->checkers, a->n_checkers, b->checkers, b->n_checkers, sizeof(*a->checkers), checker_eq));

	return verdict(n, same);
}

static bool server_eq(const void *a, const void *b)
{
	return equal_server(a, b, NULL);
}

/* One was kept from the other (keep.h): nothing differs but where it stands. */
static bool is_kept(const struct conf_vs *a, const struct conf_vs *b)
{
	const size_t behind = offsetof(struct conf_vs, place) + sizeof(a->place);

	return memcmp((const char *)a + behind, (const char *)b + behind, sizeof(*a) - behind) == 0;
}

bool equal_service_apart(const void *pa, const void *pb, struct equal_notes *n)
{
	const struct conf_vs *a = pa, *b = pb;

	if (is_kept(a, b))
		return true;

	bool same = rows_are(n, place_service(), a, b) && is(n, "address", service_key_cmp(&a->key, &b->key) == 0) &&
	            is(n, "lvs_sched", same_text(a->scheduler, b->scheduler)) &&
	            is(n, "lvs_method", a->method == b->method && tunnel_eq(&a->tunnel, &b->tunnel)) &&
	            number_is(n, "persistence_timeout", a->persistence, b->persistence) &&
	            is(n, "persistence_granularity", a->netmask == b->netmask) &&
	            is(n, "sorry_server", a->has_sorry == b->has_sorry && endpoint_cmp(&a->sorry, &b->sorry) == 0) &&
	            is(n, "sorry_server_lvs_method",
	               a->sorry_method == b->sorry_method && tunnel_eq(&a->sorry_tunnel, &b->sorry_tunnel));

	return verdict(n, same);
}

bool equal_servers(const void *pa, const void *pb)
{
	const struct conf_vs *a = pa, *b = pb;

	if (a->servers == b->servers && a->n_servers == b->n_servers)
		return true;
	return list_eq(a->servers, a->n_servers, b->servers, b->n_servers, sizeof(*a->servers), server_eq);
}

static bool service_eq(const void *a, const void *b)
{
	return equal_service_apart(a, b, NULL) && equal_servers(a, b);
}

static bool grouped_eq(const void *pa, const void *pb)
{
	const struct conf_grouped *a = pa, *b = pb;

	return same_text(a->group, b->group) && service_eq(&a->service, &b->service);
}

static bool entry_eq(const void *pa, const void *pb)
{
	const struct conf_vsg_entry *a = pa, *b = pb;

	return a->fwmark == b->fwmark && a->family == b->family && addr_eq(&a->first, &b->first) &&
	       addr_eq(&a->last, &b->last) && a->port == b->port;
}

bool equal_service_group(const void *pa, const void *pb, struct equal_notes *n)
{
	const struct conf_vsg *a = pa, *b = pb;

	return verdict(n, is(n, "name", same_text(a->name, b->name)) &&
	                  is(n, "addresses", list_eq(a->entries, a->n_entries, b->entries, b->n_entries, sizeof(*a->entries), entry_eq)));
}

static bool vsg_eq(const void *a, const void *b)
{
	return equal_service_group(a, b, NULL);
}

bool equal_script(const void *pa, const void *pb, struct equal_notes *n)
{
	const struct conf_vrrp_script *a = pa, *b = pb;

	return verdict(n, is(n, "name", same_text(a->name, b->name)) && rows_are(n, place_script(), a, b));
}

static bool script_eq(const void *a, const void *b)
{
	return equal_script(a, b, NULL);
}

bool equal_process(const void *pa, const void *pb, struct equal_notes *n)
{
	const struct conf_process *a = pa, *b = pb;

	return verdict(n, is(n, "name", same_text(a->name, b->name)) && rows_are(n, place_track_process(), a, b));
}

static bool process_eq(const void *a, const void *b)
{
	return equal_process(a, b, NULL);
}

bool equal_file(const void *pa, const void *pb, struct equal_notes *n)
{
	const struct conf_file *a = pa, *b = pb;

	return verdict(n, is(n, "name", same_text(a->name, b->name)) && rows_are(n, place_track_file(), a, b));
}

static bool file_eq(const void *a, const void *b)
{
	return equal_file(a, b, NULL);
}

bool equal_bfd(const void *pa, const void *pb, struct equal_notes *n)
{
	const struct conf_bfd *a = pa, *b = pb;

	return verdict(n, is(n, "name", same_text(a->name, b->name)) && rows_are(n, place_bfd(), a, b));
}

static bool bfd_eq(const void *a, const void *b)
{
	return equal_bfd(a, b, NULL);
}

bool equal_garp_group(const void *pa, const void *pb, struct equal_notes *n)
{
	const struct conf_garp_group *a = pa, *b = pb;

	return verdict(n, rows_are(n, place_garp_group(), a, b));
}

static bool garp_group_eq(const void *a, const void *b)
{
	return equal_garp_group(a, b, NULL);
}

static bool delay_eq(const void *pa, const void *pb)
{
	const struct conf_delay *a = pa, *b = pb;

	return same_text(a->interface, b->interface) && a->down == b->down && a->up == b->up;
}

static bool tracked_eq(const struct conf *a, const struct conf *b)
{
	return list_eq(a->scripts, a->n_scripts, b->scripts, b->n_scripts, sizeof(*a->scripts), script_eq) &&
	       list_eq(a->processes, a->n_processes, b->processes, b->n_processes, sizeof(*a->processes), process_eq) &&
	       list_eq(a->files, a->n_files, b->files, b->n_files, sizeof(*a->files), file_eq) &&
	       list_eq(a->bfds, a->n_bfds, b->bfds, b->n_bfds, sizeof(*a->bfds), bfd_eq) &&
	       list_eq(a->track_groups, a->n_track_groups, b->track_groups, b->n_track_groups, sizeof(*a->track_groups),
	               group_eq) &&
	       list_eq(a->garp_groups, a->n_garp_groups, b->garp_groups, b->n_garp_groups, sizeof(*a->garp_groups), garp_group_eq);
}

/* What stands outside of all blocks that have a key. */
bool equal_rest(const void *pa, const void *pb, struct equal_notes *n)
{
	const struct conf *a = pa, *b = pb;
	bool same =
		rows_are(n, place_root(), a, b) &&
		is(n, "static_ipaddress", list_eq(a->addresses, a->n_addresses, b->addresses, b->n_addresses, sizeof(*a->addresses), vip_eq)) &&
		is(n, "interface_up_down_delays", list_eq(a->delays, a->n_delays, b->delays, b->n_delays, sizeof(*a->delays), delay_eq)) &&
		is(n, "static_routes", routes_eq(&a->routes, &b->routes)) && is(n, "static_rules", rules_eq(&a->rules, &b->rules)) &&
		is(n, "SSL", schema_equal(place_ssl(), &a->ssl, &b->ssl));

	return verdict(n, same);
}

bool conf_equal(const struct conf *a, const struct conf *b)
{
	return equal_global(&a->global, &b->global, NULL) && equal_rest(a, b, NULL) && tracked_eq(a, b) &&
	       list_eq(a->vrrp, a->n_vrrp, b->vrrp, b->n_vrrp, sizeof(*a->vrrp), vrrp_eq) &&
	       list_eq(a->groups, a->n_groups, b->groups, b->n_groups, sizeof(*a->groups), group_eq) &&
	       list_eq(a->vs_groups, a->n_vs_groups, b->vs_groups, b->n_vs_groups, sizeof(*a->vs_groups), vsg_eq) &&
	       list_eq(a->services, a->n_services, b->services, b->n_services, sizeof(*a->services), service_eq) &&
	       list_eq(a->grouped, a->n_grouped, b->grouped, b->n_grouped, sizeof(*a->grouped), grouped_eq);
}
