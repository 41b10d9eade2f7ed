/*
 * Is a row, key or event from another process well-formed? Pure predicates, one a type: strings end within their field,
 * families and enumerations are known, keys are canonical (so that order and identity mean the same on both sides).
 *
 * Enumerations that are append-only and belong to other rooms (reasons) are bounded, not listed.
 */
#include "config.h"

#include "core/view.h"

#include <netinet/in.h>
#include <string.h>

#define REASON_MAX 255u
#define TRACKER_KIND_MAX 255u

static bool text_ok(const char *s, size_t size)
{
	return memchr(s, '\0', size) != NULL;
}

static bool bool_ok(uint8_t v)
{
	return v <= 1;
}

static bool bytes_zero(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i])
			return false;
	return true;
}

/* Exactly a host address, or none. Bytes that the family does not use are zero. */
static bool addr_or_none_ok(const struct addr *a)
{
	switch (a->family) {
	case 0:
		return bytes_zero(a->bytes, sizeof(a->bytes));
	case AF_INET:
		return bytes_zero(a->bytes + 4, sizeof(a->bytes) - 4);
	case AF_INET6:
		return true;
	default:
		return false;
	}
}

static bool addr_ok(const struct addr *a)
{
	return a->family != 0 && addr_or_none_ok(a);
}

static bool family_ok(uint8_t family)
{
	return family == AF_INET || family == AF_INET6;
}

static bool vr_key_ok(const struct vr_key *k)
{
	size_t len = strnlen(k->ifname, sizeof(k->ifname));

	return len > 0 && len < sizeof(k->ifname) &&
	       bytes_zero((const uint8_t *)k->ifname + len, sizeof(k->ifname) - len) && k->vrid > 0 &&
	       family_ok(k->family) && addr_or_none_ok(&k->where);
}

static bool service_key_ok(const struct service_key *k)
{
	if (!family_ok(k->family))
		return false;
	if (k->fwmark)
		return k->protocol == 0 && k->port == 0 && k->addr.family == 0 && addr_or_none_ok(&k->addr);
	return (k->protocol == IPPROTO_TCP || k->protocol == IPPROTO_UDP || k->protocol == IPPROTO_SCTP) &&
	       k->addr.family == k->family && addr_ok(&k->addr);
}

static bool server_key_ok(const struct server_key *k)
{
	return service_key_ok(&k->service) && addr_ok(&k->server.addr);
}

static bool probe_key_ok(const struct probe_key *k)
{
	return k->kind > PROBE_NONE && k->kind <= PROBE_AGENT && addr_or_none_ok(&k->target.addr);
}

/* A name as a key: there, ended, and nothing behind its end. */
static bool name_key_ok(const char *name, size_t size)
{
	size_t len = strnlen(name, size);

	return len > 0 && len < size && bytes_zero((const uint8_t *)name + len, size - len);
}

static bool group_key_ok(const struct view_group_key *k)
{
	return name_key_ok(k->name, sizeof(k->name));
}

static bool bfd_key_ok(const struct view_bfd_key *k)
{
	return name_key_ok(k->name, sizeof(k->name));
}

static bool tracker_key_ok(const struct view_tracker_key *k)
{
	size_t len = strnlen(k->name, sizeof(k->name));

	return vr_key_ok(&k->vr) && k->kind > 0 && k->kind <= TRACKER_KIND_MAX && len > 0 && len < sizeof(k->name) &&
	       bytes_zero((const uint8_t *)k->name + len, sizeof(k->name) - len);
}

bool view_key_valid(enum view_kind k, const void *key)
{
	const struct view_vr_addr_key *va = key;
	const struct view_probe_use_key *pu = key;

	switch (k) {
	case VIEW_DAEMON:
		return *(const uint32_t *)key == 1;
	case VIEW_VR:
	case VIEW_VR_STATS:
		return vr_key_ok(key);
	case VIEW_VR_ADDR:
		return vr_key_ok(&va->vr) && addr_ok(&va->addr);
	case VIEW_VS:
	case VIEW_VS_STATS:
		return service_key_ok(key);
	case VIEW_RS:
	case VIEW_RS_STATS:
	case VIEW_RS_SET:
		return server_key_ok(key);
	case VIEW_PROBE:
		return probe_key_ok(key);
	case VIEW_PROBE_USE:
		return server_key_ok(&pu->server) && probe_key_ok(&pu->probe);
	case VIEW_GROUP:
		return group_key_ok(key);
	case VIEW_TRACKER:
		return tracker_key_ok(key);
	case VIEW_BFD:
		return bfd_key_ok(key);
	}
	return false;
}

static bool daemon_ok(const struct view_daemon *d)
{
	return text_ok(d->version, sizeof(d->version)) && text_ok(d->router_id, sizeof(d->router_id)) &&
	       text_ok(d->instance, sizeof(d->instance)) && text_ok(d->reload_text, sizeof(d->reload_text)) &&
	       d->reload_result <= 2 && d->ipvs_availability <= 2 && bool_ok(d->snmp_write) && bool_ok(d->traps);
}

static bool vr_ok(const struct view_vr *r)
{
	return text_ok(r->name, sizeof(r->name)) && text_ok(r->group, sizeof(r->group)) &&
	       text_ok(r->reason_text, sizeof(r->reason_text)) && text_ok(r->fault_text, sizeof(r->fault_text)) &&
	       (r->version == 2 || r->version == 3) && r->state >= VIEW_VR_INIT && r->state <= VIEW_VR_FAULT &&
	       bool_ok(r->preempt) && bool_ok(r->accept) && r->auth <= 2 && bool_ok(r->hint_master) &&
	       r->reason <= REASON_MAX && addr_or_none_ok(&r->primary) && addr_or_none_ok(&r->master) &&
	       r->ifindex >= 0 && bool_ok(r->damped);
}

static bool group_ok(const struct view_group *r)
{
	return r->state >= VIEW_VR_INIT && r->state <= VIEW_VR_FAULT && bool_ok(r->crossed);
}

static bool bfd_ok(const struct view_bfd *r)
{
	return addr_or_none_ok(&r->neighbor) && addr_or_none_ok(&r->source) && r->state <= VIEW_BFD_UP &&
	       r->remote_state <= VIEW_BFD_UP && r->diag <= VIEW_BFD_DIAGS && r->remote_diag <= VIEW_BFD_DIAGS &&
	       bool_ok(r->multihop) && bool_ok(r->known) && text_ok(r->text, sizeof(r->text));
}

static bool vr_addr_ok(const struct view_vr_addr *r)
{
	return (r->version == 2 || r->version == 3) && bool_ok(r->excluded) && r->ifindex >= 0 &&
	       r->prefix_len <= addr_len(r->key.addr.family) * 8;
}

static bool vs_ok(const struct view_vs *r)
{
	return text_ok(r->name, sizeof(r->name)) && text_ok(r->scheduler, sizeof(r->scheduler)) && r->method <= 3 &&
	       r->role <= 3 && r->quorum_state <= VIEW_QUORUM_GAINED && bool_ok(r->sorry_active) &&
	       bool_ok(r->has_sorry) && bool_ok(r->in_kernel) && bool_ok(r->panic) && text_ok(r->group, sizeof(r->group));
}

static bool setting_ok(const struct view_setting *s)
{
	return text_ok(s->by, sizeof(s->by));
}

static bool rs_set_ok(const struct view_rs_set *r)
{
	return setting_ok(&r->weight) && setting_ok(&r->drain) && setting_ok(&r->disable);
}

static bool rs_ok(const struct view_rs *r)
{
	return text_ok(r->reason_text, sizeof(r->reason_text)) &&
	       r->state <= VIEW_RS_DISABLED && r->source <= VIEW_WS_FLAPS && r->drain <= VIEW_DRAIN_DONE &&
	       bool_ok(r->disabled) && bool_ok(r->suppressed) && bool_ok(r->conns_known) && bool_ok(r->sorry) && bool_ok(r->local) &&
	       bool_ok(r->in_kernel) && r->method <= 3 && r->set_weight >= -1 && r->reason <= REASON_MAX;
}

static bool probe_ok(const struct view_probe *r)
{
	return text_ok(r->name, sizeof(r->name)) && text_ok(r->text, sizeof(r->text)) && bool_ok(r->known) &&
	       bool_ok(r->up) && r->reason <= REASON_MAX;
}

static bool tracker_ok(const struct view_tracker *r)
{
	return text_ok(r->instance, sizeof(r->instance)) && text_ok(r->text, sizeof(r->text)) &&
	       r->verdict <= VIEW_VERDICT_DOWN && bool_ok(r->reverse) && bool_ok(r->ignored) && bool_ok(r->of_group) &&
	       bool_ok(r->fault) && bool_ok(r->waits);
}

bool view_row_valid(enum view_kind k, const void *row)
{
	const struct view_vr_stats *stats = row;

	if (!view_key_valid(k, row))
		return false;
	switch (k) {
	case VIEW_DAEMON:
		return daemon_ok(row);
	case VIEW_VR:
		return vr_ok(row);
	case VIEW_VR_ADDR:
		return vr_addr_ok(row);
	case VIEW_VR_STATS:
		return (stats->version == 2 || stats->version == 3) && stats->ifindex >= 0 &&
		       stats->proto_error <= VIEW_PROTO_VRID && stats->master_reason <= REASON_MAX;
	case VIEW_VS:
		return vs_ok(row);
	case VIEW_RS:
		return rs_ok(row);
	case VIEW_PROBE:
		return probe_ok(row);
	case VIEW_PROBE_USE:
		return true;
	case VIEW_GROUP:
		return group_ok(row);
	case VIEW_TRACKER:
		return tracker_ok(row);
	case VIEW_BFD:
		return bfd_ok(row);
	case VIEW_VS_STATS:
		return text_ok(((const struct view_vs_stats *)row)->name, sizeof(((const struct view_vs_stats *)row)->name));
	case VIEW_RS_STATS:
		return true;
	case VIEW_RS_SET:
		return rs_set_ok(row);
	}
	return false;
}

static bool event_vr_ok(const struct event *e)
{
	return vr_key_ok(&e->key.vr) && (e->version == 2 || e->version == 3) && e->from >= 0 &&
	       e->from <= VIEW_VR_FAULT && e->to >= VIEW_VR_INIT && e->to <= VIEW_VR_FAULT && e->ifindex >= 0 &&
	       (e->master_family == 0 || family_ok(e->master_family));
}

static bool event_rs_ok(const struct event *e)
{
	return server_key_ok(&e->key.rs) && e->from >= VIEW_RS_UNKNOWN && e->from <= VIEW_RS_DISABLED &&
	       e->to >= VIEW_RS_UNKNOWN && e->to <= VIEW_RS_DISABLED;
}

bool view_event_valid(const struct event *e)
{
	if (e->seq == 0 || e->reason > REASON_MAX || !text_ok(e->name, sizeof(e->name)) ||
	    !text_ok(e->object, sizeof(e->object)) || !text_ok(e->text, sizeof(e->text)))
		return false;
	switch ((enum event_kind)e->kind) {
	case EVENT_VR_STATE:
		return event_vr_ok(e);
	case EVENT_RS_STATE:
		return event_rs_ok(e);
	case EVENT_VS_QUORUM:
		return service_key_ok(&e->key.rs.service) && (e->to == VIEW_QUORUM_LOST || e->to == VIEW_QUORUM_GAINED);
	case EVENT_RELOAD:
		return e->to == 1 || e->to == 2;
	case EVENT_OVERRIDE:
		return server_key_ok(&e->key.rs) && e->from >= -1 && e->to >= -1;
	case EVENT_GROUP_STATE:
		return e->name[0] && e->from >= 0 && e->from <= VIEW_VR_FAULT && e->to >= VIEW_VR_INIT &&
		       e->to <= VIEW_VR_FAULT;
	case EVENT_PROBE_OVERDUE:
		return probe_key_ok(&e->key.probe) && e->to >= 0;
	case EVENT_BFD_STATE:
		return e->name[0] && e->from >= 0 && e->from <= VIEW_BFD_UP && e->to >= 0 && e->to <= VIEW_BFD_UP;
	case EVENT_TRACKER:
		return e->name[0] && e->reason > 0 && e->reason <= TRACKER_KIND_MAX && e->from >= VIEW_VERDICT_UNKNOWN &&
		       e->from <= VIEW_VERDICT_DOWN && e->to >= VIEW_VERDICT_UNKNOWN && e->to <= VIEW_VERDICT_DOWN;
	case EVENT_LOST:
		return e->to >= 0;
	case EVENT_NONE:
		break;
	}
	return false;
}
