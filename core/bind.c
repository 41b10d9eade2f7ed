/*
 * Mapping of configured objects to the rooms' own types. Keys are built in zeroed memory, as core/base/key.h asks.
 */
#include "config.h"

#include "core/bind.h"
#include "core/bind_mail.h"

#include <linux/ip_vs.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/log.h"
#include "core/base/text.h"
#include "core/bind_keep.h"
#include "core/bind_vmac.h"

#define DEFAULT_AGENTX "/var/agentx/master"

static void text_or_empty(char *dst, size_t size, const char *src)
{
	text_copy(dst, size, src ? src : "");
}

/* [all] SECONDS: the instance's own, or the global one. */
static void bind_extra(const struct conf_words *own, const struct conf_words *global, struct vrrp_garp *out)
{
	const struct conf_words *w = own->given ? own : global;

	if (!w->given || w->n == 0)
		return;
	out->extra_all = w->n > 1 && strcmp(w->word[0], "all") == 0;
	out->extra = (usec_t)(strtod(w->word[w->n - 1], NULL) * USEC_PER_SEC);
	if (out->extra < 0 || out->extra > 86400 * USEC_PER_SEC)
		out->extra = 0;
}

static void bind_garp(const struct conf_garp *c, struct vrrp_garp *out)
{
	*out = (struct vrrp_garp){
		.delay = c->master_delay,
		.repeat = c->master_repeat,
		.refresh = c->master_refresh,
		.refresh_repeat = c->master_refresh_repeat,
		.lower_prio_delay = c->lower_prio_delay,
		.lower_prio_repeat = c->lower_prio_repeat,
		.interval = c->interval,
	};
}

/* Link-local addresses first, else in file order: RFC 9568 wants the first of a router's to be link-local. */
static struct vrrp_vip *bind_vips(const struct conf_vrrp *c)
{
	struct vrrp_vip *vips = calloc(c->n_vips ? c->n_vips : 1, sizeof(*vips));
	size_t n = 0;

	for (int local = 1; vips && local >= 0; local--)
		for (size_t i = 0; i < c->n_vips; i++)
			if ((c->family == AF_INET6 && addr_is_linklocal(&c->vips[i].prefix.addr)) == (bool)local)
				bind_vip(&c->vips[i], &vips[n++]);
	return vips;
}

bool bind_vrrp(const struct conf *all, const struct conf_vrrp *c, struct vrrp_conf *out)
{
	memset(out, 0, sizeof(*out));
	out->key = c->key;
	text_copy(out->name, sizeof(out->name), c->name);
	out->version = c->version;
	out->priority = c->priority;
	out->adver_int = c->advert_int;
	out->preempt = !c->nopreempt;
	out->preempt_delay = c->preempt_delay;
	out->down_adverts = c->down_timer_adverts;
	out->group = c->mcast_group;
	out->source = c->source;
	out->peers = c->peers;
	out->n_peers = c->n_peers;
	out->auth = (enum vrrp_auth)c->auth;
	memcpy(out->auth_data, c->auth_pass, sizeof(out->auth_data));
	struct vrrp_vip *vips = bind_vips(c);

	out->vips = vips;
	out->n_vips = c->n_vips;
	bind_garp(&c->garp, &out->garp);
	out->garp.na_interval = all->global.vrrp.gna_interval;
	bind_extra(&c->garp_extra_if, &all->global.vrrp.garp_extra_if, &out->garp);
	out->promote = c->promote_secondaries;
	out->no_accept = !c->accept;
	out->ignore_link = c->dont_track_primary;
	out->hint_master = c->state_master;
	out->skip_check_adv_addr = c->skip_check_adv_addr;
	out->v3_checksum_as_v2 = c->v3_checksum_as_v2;
	struct keep_list keeps;
	bool bound = bind_virtual_keeps(c, &keeps) && vips && bind_vmacs(all, c, vips, out);

	out->keeps = keeps.items;
	out->n_keeps = keeps.n;
	if (bind_vrrp_protocol(c, out) && bound)
		return true;
	bind_vrrp_free(out);
	return false;
}

void bind_vrrp_free(struct vrrp_conf *v)
{
	free((void *)v->vips);
	free((void *)v->keeps);
	free((void *)v->vmacs);
	v->vips = NULL;
	v->keeps = NULL;
	bind_vrrp_protocol_free(v);
}

static const struct conf_vrrp *instance_named(const struct conf *c, const char *name)
{
	for (size_t i = 0; name && i < c->n_vrrp; i++)
		if (strcmp(c->vrrp[i].name, name) == 0)
			return &c->vrrp[i];
	return NULL;
}

static bool holds_address(const struct conf_vrrp *v, const struct addr *a)
{
	for (size_t i = 0; i < v->n_vips; i++)
		if (addr_cmp(&v->vips[i].prefix.addr, a) == 0)
			return true;
	return false;
}

const struct conf_vrrp *bind_service_instance(const struct conf *c, const struct conf_vs *vs)
{
	if (vs->ha_instance)
		return instance_named(c, vs->ha_instance);
	for (size_t i = 0; vs->key.fwmark == 0 && i < c->n_vrrp; i++)
		if (holds_address(&c->vrrp[i], &vs->key.addr))
			return &c->vrrp[i];
	return NULL;
}

static struct ipvs_tunnel bind_tunnel(const struct conf_tunnel *t)
{
	static const uint16_t flags[] = { 0, IP_VS_TUNNEL_ENCAP_FLAG_CSUM, IP_VS_TUNNEL_ENCAP_FLAG_REMCSUM };

	return (struct ipvs_tunnel){ .type = t->type, .port = t->port, .flags = flags[t->csum % 3] };
}

void bind_server(const struct conf_rs *c, struct ipvs_server_conf *out)
{
	*out = (struct ipvs_server_conf){
		.tunnel = bind_tunnel(&c->tunnel),
		.slow_start = c->slow_start,
		.server = c->server,
		.weight = c->weight,
		.method = (enum ipvs_method)c->method,
		.upper = c->upper,
		.lower = c->lower,
		.inhibit_on_failure = c->inhibit_on_failure,
		.alpha = c->alpha,
		.probed = c->n_checkers > 0,
	};
}

/* A service where every server is reached by DR or TUN keeps its place in a BACKUP's kernel. */
static bool is_role_aware(const struct conf *c, const struct conf_vs *vs)
{
	if (c->global.role_weights == CONF_NO || !bind_service_instance(c, vs))
		return false;
	for (size_t i = 0; i < vs->n_servers; i++)
		if (vs->servers[i].method == CONF_NAT)
			return false;
	return vs->n_servers > 0 || vs->method != CONF_NAT;
}

void bind_service(const struct conf *c, const struct conf_vs *vs, struct ipvs_service_conf *out)
{
	memset(out, 0, sizeof(*out));
	out->key = vs->key;
	text_copy(out->name, sizeof(out->name), vs->name);
	text_copy(out->scheduler, sizeof(out->scheduler), vs->scheduler);
	out->flags = vs->flags;
	out->persistence = vs->persistence;
	out->netmask = vs->netmask;
	text_or_empty(out->pe, sizeof(out->pe), vs->pe);
	out->quorum = vs->quorum;
	out->hysteresis = vs->hysteresis;
	out->role_aware = is_role_aware(c, vs);
	out->n_servers = vs->n_servers;
	out->has_sorry = vs->has_sorry;
	out->sorry_inhibit = vs->sorry_inhibit;
	out->sorry = (struct ipvs_server_conf){
		.server = vs->sorry,
		.weight = 1,
		.method = (enum ipvs_method)vs->sorry_method,
		.tunnel = bind_tunnel(&vs->sorry_tunnel),
	};
	out->panic_percent = vs->panic_percent;
	out->panic_all = vs->panic_mode == CONF_PANIC_ALL;
	out->flaps = (struct penalty_rule){ vs->flap_half_life, vs->flap_suppress, vs->flap_reuse };
}

const struct conf_vrrp *bind_sync_instance(const struct conf *c)
{
	return c->global.sync.on ? instance_named(c, c->global.sync.instance) : NULL;
}

void bind_ipvs(const struct conf *c, struct ipvs_settings *out)
{
	const struct conf_words *stop = &c->global.lvs_flush_on_stop;

	*out = (struct ipvs_settings){
		.tcp = c->global.lvs_timeouts.tcp,
		.tcpfin = c->global.lvs_timeouts.tcpfin,
		.udp = c->global.lvs_timeouts.udp,
		.flush = c->global.lvs_flush,
		.at_stop = !stop->given ? IPVS_STOP_OURS : stop->n ? IPVS_STOP_CONFIGURED : IPVS_STOP_ALL,
	};
}

void bind_sync(const struct conf *c, struct ipvs_sync_conf *out)
{
	const struct conf_vrrp *v = bind_sync_instance(c);

	memset(out, 0, sizeof(*out));
	out->enabled = c->global.sync.on;
	out->both = !c->global.sync.instance;
	text_or_empty(out->ifname, sizeof(out->ifname), c->global.sync.ifname);
	out->id = c->global.sync.id_set ? c->global.sync.id : (v ? v->vrid : 0);
	out->maxlen = c->global.sync.maxlen;
	out->port = c->global.sync.port;
	out->ttl = c->global.sync.ttl;
	out->group = c->global.sync.group;
}

void bind_settings(const struct conf *c, const char *agentx, bool detail, struct wire_settings *out)
{
	char host[256] = "";
	const char *address = agentx ? agentx : c->global.snmp_socket ? c->global.snmp_socket : DEFAULT_AGENTX;

	memset(out, 0, sizeof(*out));
	if (strncmp(address, "unix:", 5) == 0)
		address += 5;
	text_copy(out->agentx, sizeof(out->agentx), address);
	text_or_empty(out->context, sizeof(out->context), c->global.instance);
	out->snmp_on = c->global.snmp != CONF_NO;
	out->snmp_write = c->global.snmp_write != CONF_NO;
	out->traps = c->global.traps != CONF_NO;
	out->log_level = detail ? LOG_LVL_DEBUG : LOG_LVL_INFO;
	if (gethostname(host, sizeof(host) - 1) != 0)
		text_copy(host, sizeof(host), "localhost");
	bind_mail(c, host, &out->mail);
}
