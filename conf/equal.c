/*
 * Whether two trees say the same. Places do not count; the order of lists does.
 */
#include "config.h"

#include "conf/print.h"

#include <string.h>

static bool text_eq(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static bool words_eq(const char *const *a, size_t na, const char *const *b, size_t nb)
{
	if (na != nb)
		return false;
	for (size_t i = 0; i < na; i++)
		if (!text_eq(a[i], b[i]))
			return false;
	return true;
}

static bool addr_eq(const struct addr *a, const struct addr *b)
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
	return a->sync.on == b->sync.on && text_eq(a->sync.ifname, b->sync.ifname) &&
	       text_eq(a->sync.instance, b->sync.instance) && a->sync.id == b->sync.id &&
	       a->sync.id_set == b->sync.id_set && a->sync.maxlen == b->sync.maxlen && a->sync.port == b->sync.port &&
	       a->sync.ttl == b->sync.ttl && addr_eq(&a->sync.group, &b->sync.group);
}

static bool global_eq(const struct conf_global *a, const struct conf_global *b)
{
	return text_eq(a->router_id, b->router_id) && text_eq(a->instance, b->instance) &&
	       words_eq(a->emails, a->n_emails, b->emails, b->n_emails) && text_eq(a->email_from, b->email_from) &&
	       text_eq(a->smtp_server, b->smtp_server) && a->smtp_port == b->smtp_port &&
	       a->smtp_timeout == b->smtp_timeout && a->vrrp_version == b->vrrp_version &&
	       addr_eq(&a->mcast_group4, &b->mcast_group4) && addr_eq(&a->mcast_group6, &b->mcast_group6) &&
	       garp_eq(&a->garp, &b->garp) && a->skip_check_adv_addr == b->skip_check_adv_addr &&
	       a->vrrp_strict == b->vrrp_strict && a->startup_delay == b->startup_delay && sync_eq(a, b) &&
	       text_eq(a->snmp_socket, b->snmp_socket) && a->snmp == b->snmp && a->snmp_write == b->snmp_write &&
	       a->traps == b->traps && a->rt_priority == b->rt_priority && a->no_swap == b->no_swap &&
	       a->ipvs_resync == b->ipvs_resync && a->role_weights == b->role_weights &&
	       text_eq(a->script_user, b->script_user);
}

static bool vip_eq(const struct conf_vip *a, const struct conf_vip *b)
{
	return prefix_cmp(&a->prefix, &b->prefix) == 0 && text_eq(a->dev, b->dev) && text_eq(a->label, b->label) &&
	       a->scope == b->scope && addr_eq(&a->broadcast, &b->broadcast) && a->excluded == b->excluded;
}

static bool vips_eq(const struct conf_vrrp *a, const struct conf_vrrp *b)
{
	if (a->n_vips != b->n_vips)
		return false;
	for (size_t i = 0; i < a->n_vips; i++)
		if (!vip_eq(&a->vips[i], &b->vips[i]))
			return false;
	return true;
}

static bool peers_eq(const struct conf_vrrp *a, const struct conf_vrrp *b)
{
	if (a->n_peers != b->n_peers)
		return false;
	for (size_t i = 0; i < a->n_peers; i++)
		if (!addr_eq(&a->peers[i], &b->peers[i]))
			return false;
	return true;
}

static bool vrrp_eq(const struct conf_vrrp *a, const struct conf_vrrp *b)
{
	return text_eq(a->name, b->name) && vr_key_cmp(&a->key, &b->key) == 0 && text_eq(a->interface, b->interface) &&
	       a->vrid == b->vrid && a->version == b->version && a->family == b->family && a->priority == b->priority &&
	       a->state_master == b->state_master && a->advert_int == b->advert_int && a->nopreempt == b->nopreempt &&
	       a->preempt_delay == b->preempt_delay && a->down_timer_adverts == b->down_timer_adverts &&
	       a->accept == b->accept && a->auth == b->auth &&
	       memcmp(a->auth_pass, b->auth_pass, sizeof(a->auth_pass)) == 0 && addr_eq(&a->mcast_group, &b->mcast_group) &&
	       addr_eq(&a->source, &b->source) && peers_eq(a, b) && vips_eq(a, b) && garp_eq(&a->garp, &b->garp) &&
	       a->skip_check_adv_addr == b->skip_check_adv_addr && a->v3_checksum_as_v2 == b->v3_checksum_as_v2 &&
	       a->dont_track_primary == b->dont_track_primary;
}

static bool url_eq(const struct conf_url *a, const struct conf_url *b)
{
	return text_eq(a->path, b->path) && text_eq(a->virtualhost, b->virtualhost) && a->n_status == b->n_status &&
	       (a->n_status == 0 || memcmp(a->status, b->status, a->n_status * sizeof(*a->status)) == 0) &&
	       a->has_digest == b->has_digest && memcmp(a->digest, b->digest, sizeof(a->digest)) == 0;
}

static bool checker_eq(const struct conf_checker *a, const struct conf_checker *b)
{
	if (a->n_urls != b->n_urls)
		return false;
	for (size_t i = 0; i < a->n_urls; i++)
		if (!url_eq(&a->urls[i], &b->urls[i]))
			return false;
	return a->kind == b->kind && endpoint_cmp(&a->target, &b->target) == 0 && endpoint_cmp(&a->bind, &b->bind) == 0 &&
	       text_eq(a->bind_if, b->bind_if) && a->fwmark == b->fwmark && a->timeout == b->timeout &&
	       a->interval == b->interval && a->retry_delay == b->retry_delay && a->warmup == b->warmup &&
	       a->retry == b->retry && a->http11 == b->http11;
}

static bool server_eq(const struct conf_rs *a, const struct conf_rs *b)
{
	if (a->n_checkers != b->n_checkers)
		return false;
	for (size_t i = 0; i < a->n_checkers; i++)
		if (!checker_eq(&a->checkers[i], &b->checkers[i]))
			return false;
	return endpoint_cmp(&a->server, &b->server) == 0 && a->weight == b->weight && a->method == b->method &&
	       a->upper == b->upper && a->lower == b->lower && a->inhibit_on_failure == b->inhibit_on_failure &&
	       a->alpha == b->alpha;
}

static bool service_eq(const struct conf_vs *a, const struct conf_vs *b)
{
	if (a->n_servers != b->n_servers)
		return false;
	for (size_t i = 0; i < a->n_servers; i++)
		if (!server_eq(&a->servers[i], &b->servers[i]))
			return false;
	return service_key_cmp(&a->key, &b->key) == 0 && text_eq(a->name, b->name) && text_eq(a->scheduler, b->scheduler) &&
	       a->flags == b->flags && a->method == b->method && a->persistence == b->persistence &&
	       a->netmask == b->netmask && text_eq(a->pe, b->pe) && a->quorum == b->quorum &&
	       a->hysteresis == b->hysteresis && a->alpha == b->alpha && a->omega == b->omega && a->ops == b->ops &&
	       a->inhibit_on_failure == b->inhibit_on_failure && a->ha_suspend == b->ha_suspend &&
	       text_eq(a->ha_instance, b->ha_instance) && a->has_sorry == b->has_sorry &&
	       a->sorry_inhibit == b->sorry_inhibit && endpoint_cmp(&a->sorry, &b->sorry) == 0 &&
	       a->sorry_method == b->sorry_method;
}

static bool group_eq(const struct conf_group *a, const struct conf_group *b)
{
	return text_eq(a->name, b->name) && words_eq(a->members, a->n_members, b->members, b->n_members);
}

bool conf_equal(const struct conf *a, const struct conf *b)
{
	if (a->n_vrrp != b->n_vrrp || a->n_groups != b->n_groups || a->n_services != b->n_services ||
	    !global_eq(&a->global, &b->global))
		return false;
	for (size_t i = 0; i < a->n_vrrp; i++)
		if (!vrrp_eq(&a->vrrp[i], &b->vrrp[i]))
			return false;
	for (size_t i = 0; i < a->n_groups; i++)
		if (!group_eq(&a->groups[i], &b->groups[i]))
			return false;
	for (size_t i = 0; i < a->n_services; i++)
		if (!service_eq(&a->services[i], &b->services[i]))
			return false;
	return true;
}
