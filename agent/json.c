/*
 * The rows as JSON (json.h). Names are spelled out, units are in the names, times are RFC 3339 in UTC or null.
 */
#include "config.h"

#include "agent/json.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static const char *name_of(const char *const *names, size_t n, unsigned value)
{
	return value < n && names[value] ? names[value] : "unknown";
}
#define NAME_OF(names, value) name_of(names, sizeof(names) / sizeof((names)[0]), value)

static const char *const bfd_states[] = { "adminDown", "down", "init", "up" };
static const char *const vr_states[] = { NULL, "INIT", "BACKUP", "MASTER", "FAULT" };
static const char *const rs_states[] = { "unknown", "up", "down", "drained", "disabled" };
static const char *const sources[] = { NULL, "config", "override", "health", "role", "sorry" };
static const char *const methods[] = { NULL, "NAT", "DR", "TUN" };
static const char *const roles[] = { NULL, "whole", "backup", "master" };
static const char *const quorums[] = { NULL, "lost", "gained" };
static const char *const reload_results[] = { "none", "accepted", "refused" };
static const char *const availabilities[] = { "unknown", "available", "absent" };
static const char *const auths[] = { "none", "PASS", "AH" };

json_t *json_text(const char *s, size_t size)
{
	size_t len = strnlen(s, size);
	json_t *j = json_stringn(s, len);
	char copy[256];

	if (j)
		return j;
	if (len >= sizeof(copy))
		len = sizeof(copy) - 1;
	for (size_t i = 0; i < len; i++)
		copy[i] = (unsigned char)s[i] < 0x80 ? s[i] : '?';
	return json_stringn(copy, len);
}
#define TEXT(field) json_text(field, sizeof(field))

json_t *json_time(const struct view_time *t)
{
	char text[40];
	time_t seconds = (time_t)(t->wall / USEC_PER_SEC);
	struct tm tm;
	size_t n;

	if (t->wall <= 0 || !gmtime_r(&seconds, &tm))
		return json_null();
	n = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(text + n, sizeof(text) - n, ".%03dZ", (int)(t->wall % USEC_PER_SEC / 1000));
	return json_string(text);
}

static json_t *json_addr(const struct addr *a)
{
	char text[ADDR_STRLEN];

	return addr_is_set(a) ? json_string(addr_format(a, text)) : json_null();
}

static void put(json_t *o, const char *key, json_t *value)
{
	json_object_set_new(o, key, value);
}

static void put_int(json_t *o, const char *key, int64_t n)
{
	put(o, key, json_integer(n));
}

static void put_bool(json_t *o, const char *key, bool b)
{
	put(o, key, json_boolean(b));
}

static void put_name(json_t *o, const char *key, const char *name)
{
	put(o, key, json_string(name));
}

static json_t *json_lateness(const struct late *l)
{
	json_t *a = json_array();

	for (unsigned i = 0; i < LATE_BUCKETS; i++)
		json_array_append_new(a, json_integer((json_int_t)l->count[i]));
	return a;
}

static json_t *json_daemon(const struct view_daemon *d)
{
	json_t *o = json_object();

	put(o, "version", TEXT(d->version));
	put(o, "router_id", TEXT(d->router_id));
	put(o, "instance", TEXT(d->instance));
	put_int(o, "pid", d->pid);
	put(o, "started", json_time(&d->started));
	put_int(o, "config_generation", d->config_generation);
	put(o, "reload_at", json_time(&d->reload_at));
	put_name(o, "reload_result", NAME_OF(reload_results, d->reload_result));
	put(o, "reload_text", TEXT(d->reload_text));
	put_name(o, "ipvs", NAME_OF(availabilities, d->ipvs_availability));
	put_int(o, "ipvs_operations", (int64_t)d->ipvs_operations);
	put_int(o, "ipvs_failures", (int64_t)d->ipvs_failures);
	put_int(o, "ipvs_repaired", (int64_t)d->ipvs_repaired);
	put(o, "ipvs_looked", json_time(&d->ipvs_looked));
	put_int(o, "ipvs_repair_max_us", d->ipvs_repair_most);
	put(o, "lateness_histogram", json_lateness(&d->urgent_late));
	put_int(o, "lateness_max_us", d->urgent_late.max);
	put(o, "check_lateness_histogram", json_lateness(&d->check_late));
	put_int(o, "check_lateness_max_us", d->check_late.max);
	put_int(o, "log_dropped", (int64_t)d->log_dropped);
	put_int(o, "events", (int64_t)d->events);
	put_int(o, "events_lost", (int64_t)d->events_lost);
	put_int(o, "vrrp_ah_errors", (int64_t)d->vrrp_ah_errors);
	put_int(o, "overrides", d->overrides);
	put_int(o, "overrides_error", d->overrides_error);
	put_int(o, "scripts_running", d->scripts_running);
	put_int(o, "scripts_started", (int64_t)d->scripts_started);
	put_int(o, "scripts_failed", (int64_t)d->scripts_failed);
	put_int(o, "scripts_timed_out", (int64_t)d->scripts_timed_out);
	put_int(o, "scripts_refused", (int64_t)d->scripts_refused);
	put_int(o, "notify_left_out", (int64_t)d->notify_left_out);
	put_int(o, "fifo_lines_lost", (int64_t)d->fifo_lost);
	put_int(o, "fence_addresses", d->fence_addrs);
	put_int(o, "fence_rebuilt", (int64_t)d->fence_rebuilt);
	put_bool(o, "snmp_write", d->snmp_write);
	put_bool(o, "traps", d->traps);
	return o;
}

static void put_stats(json_t *o, const struct view_vr_stats *t)
{
	json_t *c = json_object();

	put_int(c, "become_master", (int64_t)t->become_master);
	put_int(c, "adverts_received", (int64_t)t->adverts_received);
	put_int(c, "adverts_sent", (int64_t)t->adverts_sent);
	put_int(c, "priority_zero_received", (int64_t)t->priority_zero_received);
	put_int(c, "priority_zero_sent", (int64_t)t->priority_zero_sent);
	put_int(c, "interval_errors", (int64_t)t->interval_errors);
	put_int(c, "auth_failures", (int64_t)t->auth_failures);
	put_int(c, "ttl_errors", (int64_t)t->ttl_errors);
	put_int(c, "type_errors", (int64_t)t->type_errors);
	put_int(c, "address_list_errors", (int64_t)t->address_list_errors);
	put_int(c, "auth_type_invalid", (int64_t)t->auth_type_invalid);
	put_int(c, "auth_type_mismatch", (int64_t)t->auth_type_mismatch);
	put_int(c, "length_errors", (int64_t)t->length_errors);
	put_int(c, "checksum_errors", (int64_t)t->checksum_errors);
	put_int(c, "version_errors", (int64_t)t->version_errors);
	put_int(c, "send_errors", (int64_t)t->send_errors);
	put_int(c, "source_errors", (int64_t)t->source_errors);
	put_int(c, "hmac_missing", (int64_t)t->hmac_missing);
	put_int(c, "hmac_malformed", (int64_t)t->hmac_malformed);
	put_int(c, "hmac_unknown_key", (int64_t)t->hmac_unknown_key);
	put_int(c, "hmac_invalid", (int64_t)t->hmac_invalid);
	put_int(c, "hmac_stale", (int64_t)t->hmac_stale);
	put_int(c, "replays", (int64_t)t->replays);
	put_int(c, "flaps", (int64_t)t->flaps);
	put_int(c, "dampings", (int64_t)t->dampings);
	put_int(c, "garps_sent", (int64_t)t->garps_sent);
	put_int(c, "neighbour_adverts_sent", (int64_t)t->nas_sent);
	put_int(c, "announce_doubts", (int64_t)t->doubts);
	put_int(c, "restored", (int64_t)t->addresses_restored);
	put_int(c, "vmacs_mended", (int64_t)t->vmacs_mended);
	put_int(c, "refusals", (int64_t)t->refusals);
	put(o, "counters", c);
	put_int(o, "flap_penalty_thousandths", t->guilt);
}

/* The rows of this router: they lie together, as all are sorted by the router's key first. */
static json_t *json_vr_addrs(const struct snapshot *s, const struct vr_key *k, size_t *at)
{
	json_t *a = json_array();

	for (; *at < snapshot_count(s, VIEW_VR_ADDR); (*at)++) {
		const struct view_vr_addr *r = snapshot_row(s, VIEW_VR_ADDR, *at);
		int c = vr_key_cmp(&r->key.vr, k);
		struct prefix p = { .addr = r->key.addr, .len = r->prefix_len };
		char text[ADDR_STRLEN];

		if (c > 0)
			break;
		if (c == 0)
			json_array_append_new(a, json_string(prefix_format(&p, text)));
	}
	return a;
}

static void put_vr_state(json_t *o, const struct view_vr *r)
{
	put_name(o, "state", NAME_OF(vr_states, r->state));
	put(o, "since", json_time(&r->entered));
	put(o, "reason", TEXT(r->reason_text));
	put(o, "fault", TEXT(r->fault_text));
	put_int(o, "priority", r->priority);
	put_int(o, "base_priority", r->base_priority);
	put(o, "primary", json_addr(&r->primary));
	put(o, "master", json_addr(&r->master));
	put_int(o, "master_priority", r->master_priority);
	put_int(o, "addresses_installed", r->addr_installed);
	put_int(o, "routes_and_rules", r->keep_count);
	put_int(o, "routes_and_rules_installed", r->keep_installed);
	put_bool(o, "damped", r->damped);
	put(o, "damped_until", json_time(&r->damped_until));
}

static json_t *json_vr(const struct snapshot *s, const struct view_vr *r, size_t *addr_at)
{
	const struct view_vr_stats *stats = snapshot_get(s, VIEW_VR_STATS, &r->key);
	json_t *o = json_object();

	put(o, "name", TEXT(r->name));
	put(o, "interface", TEXT(r->key.ifname));
	put_int(o, "vrid", r->key.vrid);
	put_name(o, "family", r->key.family == AF_INET ? "ipv4" : "ipv6");
	put(o, "where", json_addr(&r->key.where));
	put_int(o, "version", r->version);
	put(o, "group", TEXT(r->group));
	put_int(o, "ifindex", r->ifindex);
	put_vr_state(o, r);
	put_bool(o, "preempt", r->preempt);
	put_bool(o, "accept", r->accept);
	put_name(o, "auth", NAME_OF(auths, r->auth));
	put_int(o, "advert_interval_us", r->adver_int);
	put_int(o, "master_advert_interval_us", r->master_adver_int);
	put_int(o, "master_down_interval_us", r->master_down_interval);
	put(o, "addresses", json_vr_addrs(s, &r->key, addr_at));
	if (stats)
		put_stats(o, stats);
	return o;
}

static json_t *json_group(const struct view_group *r)
{
	json_t *o = json_object();

	put(o, "name", TEXT(r->key.name));
	put_name(o, "state", NAME_OF(vr_states, r->state));
	put(o, "since", json_time(&r->entered));
	put_int(o, "members", r->members);
	put_int(o, "transitions", (int64_t)r->transitions);
	put_bool(o, "crossed_priorities", r->crossed);
	put_int(o, "crossings", (int64_t)r->crossings);
	return o;
}

/* NAME_by, NAME_at, NAME_until */
static void put_setting(json_t *o, const char *name, const struct view_setting *s)
{
	char key[32];

	snprintf(key, sizeof(key), "%s_by", name);
	put(o, key, TEXT(s->by));
	snprintf(key, sizeof(key), "%s_at", name);
	put(o, key, json_time(&s->at));
	snprintf(key, sizeof(key), "%s_until", name);
	put(o, key, json_time(&s->until));
}

static void put_drain(json_t *o, const struct view_rs *r, const struct view_rs_set *set)
{
	static const char *const states[] = { "none", "none", "waiting", "done" };

	put_name(o, "drain", NAME_OF(states, r->drain));
	put_setting(o, "drain", &set->drain);
	put(o, "drain_deadline", json_time(&set->drain_deadline));
	if (!r->conns_known)
		return;
	put_int(o, "active_connections", r->active_conns);
	put_int(o, "inactive_connections", r->inactive_conns);
	put_int(o, "persistent_clients", r->persistent_conns);
}

static json_t *json_rs(const struct snapshot *s, const struct view_rs *r)
{
	static const struct view_rs_set none;
	const struct view_rs_set *set = snapshot_get(s, VIEW_RS_SET, &r->key);
	char text[ADDR_STRLEN], name[KEY_STRLEN];
	json_t *o = json_object();

	if (!set)
		set = &none;
	put_name(o, "name", server_key_format(&r->key, name));
	put_name(o, "address", addr_format(&r->key.server.addr, text));
	put_int(o, "port", r->key.server.port);
	put_name(o, "state", NAME_OF(rs_states, r->state));
	put(o, "since", json_time(&r->changed));
	put(o, "reason", TEXT(r->reason_text));
	put_int(o, "config_weight", r->conf_weight);
	put(o, "set_weight", r->set_weight < 0 ? json_null() : json_integer(r->set_weight));
	put_int(o, "effective_weight", r->effective_weight);
	put_name(o, "weight_source", NAME_OF(sources, r->source));
	put(o, "probe_weight", r->probe_weight < 0 ? json_null() : json_integer(r->probe_weight));
	put(o, "ramp_weight", r->ramp_weight < 0 ? json_null() : json_integer(r->ramp_weight));
	put_setting(o, "set", &set->weight);
	put_drain(o, r, set);
	put_bool(o, "disabled", r->disabled);
	put_setting(o, "disable", &set->disable);
	put_bool(o, "suppressed", r->suppressed);
	put_bool(o, "in_kernel", r->in_kernel);
	put_bool(o, "local", r->local);
	put_bool(o, "sorry", r->sorry);
	put_name(o, "forwarding", NAME_OF(methods, r->method));
	put_int(o, "failures", r->failures);
	put_int(o, "kernel_error", r->kernel_error);
	return o;
}

static json_t *json_servers(const struct snapshot *s, const struct service_key *k, size_t *at)
{
	json_t *a = json_array();

	for (; *at < snapshot_count(s, VIEW_RS); (*at)++) {
		const struct view_rs *r = snapshot_row(s, VIEW_RS, *at);
		int c = service_key_cmp(&r->key.service, k);

		if (c > 0)
			break;
		if (c == 0)
			json_array_append_new(a, json_rs(s, r));
	}
	return a;
}

static json_t *json_vs(const struct snapshot *s, const struct view_vs *r, size_t *rs_at)
{
	char key[KEY_STRLEN];
	json_t *o = json_object();

	put(o, "name", TEXT(r->name));
	put_name(o, "key", service_key_format(&r->key, key));
	put(o, "scheduler", TEXT(r->scheduler));
	put(o, "group", TEXT(r->group));
	put_bool(o, "panic", r->panic);
	put_name(o, "forwarding", NAME_OF(methods, r->method));
	put_name(o, "role", NAME_OF(roles, r->role));
	put_name(o, "quorum_state", NAME_OF(quorums, r->quorum_state));
	put_int(o, "quorum", r->quorum);
	put_int(o, "servers_up", r->rs_up);
	put_int(o, "servers_total", r->rs_total);
	put_bool(o, "has_sorry", r->has_sorry);
	put_bool(o, "sorry_active", r->sorry_active);
	put_bool(o, "in_kernel", r->in_kernel);
	put_int(o, "kernel_error", r->kernel_error);
	put_int(o, "persistence_s", r->persistence);
	put(o, "since", json_time(&r->changed));
	put(o, "servers", json_servers(s, &r->key, rs_at));
	return o;
}

static json_t *json_probe(const struct view_probe *r)
{
	char text[KEY_STRLEN];
	json_t *o = json_object();

	put(o, "name", TEXT(r->name));
	put_name(o, "kind", probe_kind_name((enum probe_kind)r->key.kind));
	put_name(o, "target", endpoint_format(&r->key.target, text));
	put_name(o, "state", !r->known ? "unknown" : r->up ? "up" : "down");
	put(o, "since", json_time(&r->changed));
	put(o, "text", TEXT(r->text));
	put_int(o, "runs", (int64_t)r->runs);
	put_int(o, "failures", (int64_t)r->failures);
	put_int(o, "overdue", (int64_t)r->overdue);
	put_int(o, "failed_in_row", r->failed_in_row);
	put_int(o, "users", r->users);
	put_int(o, "interval_us", r->interval);
	put_int(o, "latency_us", r->latency);
	put(o, "last_run", json_time(&r->last_run));
	return o;
}

static json_t *json_tracker(const struct view_tracker *r)
{
	static const char *const kinds[] = { "?", "interface", "script", "process", "file", "bfd", "service", "health" };
	static const char *const verdicts[] = { "unknown", "up", "down" };
	json_t *o = json_object();

	put(o, "instance", TEXT(r->instance));
	put_name(o, "kind", NAME_OF(kinds, r->key.kind));
	put(o, "name", TEXT(r->key.name));
	put_name(o, "state", NAME_OF(verdicts, r->verdict));
	put_int(o, "value", r->value);
	put_int(o, "weight", r->weight);
	put_bool(o, "reverse", r->reverse);
	put_bool(o, "ignored", r->ignored);
	put_bool(o, "of_group", r->of_group);
	put_int(o, "adds", r->adds);
	put_bool(o, "fault", r->fault);
	put_bool(o, "waits", r->waits);
	put(o, "text", TEXT(r->text));
	put(o, "since", json_time(&r->since));
	return o;
}

static json_t *json_bfd(const struct view_bfd *r)
{
	json_t *o = json_object();

	put(o, "name", TEXT(r->key.name));
	put(o, "neighbor", json_addr(&r->neighbor));
	put(o, "source", json_addr(&r->source));
	put_bool(o, "multihop", r->multihop);
	put_name(o, "state", NAME_OF(bfd_states, r->state));
	put_name(o, "remote_state", NAME_OF(bfd_states, r->remote_state));
	put_int(o, "diagnostic", r->diag);
	put_int(o, "remote_diagnostic", r->remote_diag);
	put(o, "text", TEXT(r->text));
	put(o, "since", json_time(&r->changed));
	put_int(o, "tx_interval_us", r->tx_interval);
	put_int(o, "rx_interval_us", r->rx_interval);
	put_int(o, "detect_time_us", r->detect_time);
	put_int(o, "multiplier", r->multiplier);
	put_int(o, "remote_multiplier", r->remote_multiplier);
	put_int(o, "discriminator", r->my_disc);
	put_int(o, "remote_discriminator", r->your_disc);
	put_int(o, "received", (int64_t)r->received);
	put_int(o, "sent", (int64_t)r->sent);
	put_int(o, "dropped", (int64_t)r->dropped);
	put_int(o, "send_errors", (int64_t)r->send_errors);
	put_int(o, "ups", (int64_t)r->ups);
	put_int(o, "downs", (int64_t)r->downs);
	return o;
}

json_t *json_status(const struct snapshot *s)
{
	const struct view_daemon *d = snapshot_daemon(s);
	json_t *o = json_object(), *vrs = json_array(), *services = json_array(), *probes = json_array();
	json_t *groups = json_array(), *trackers = json_array(), *bfds = json_array();
	size_t addr_at = 0, rs_at = 0;

	for (size_t i = 0; i < snapshot_count(s, VIEW_VR); i++)
		json_array_append_new(vrs, json_vr(s, snapshot_row(s, VIEW_VR, i), &addr_at));
	for (size_t i = 0; i < snapshot_count(s, VIEW_GROUP); i++)
		json_array_append_new(groups, json_group(snapshot_row(s, VIEW_GROUP, i)));
	for (size_t i = 0; i < snapshot_count(s, VIEW_VS); i++)
		json_array_append_new(services, json_vs(s, snapshot_row(s, VIEW_VS, i), &rs_at));
	for (size_t i = 0; i < snapshot_count(s, VIEW_PROBE); i++)
		json_array_append_new(probes, json_probe(snapshot_row(s, VIEW_PROBE, i)));
	for (size_t i = 0; i < snapshot_count(s, VIEW_TRACKER); i++)
		json_array_append_new(trackers, json_tracker(snapshot_row(s, VIEW_TRACKER, i)));
	for (size_t i = 0; i < snapshot_count(s, VIEW_BFD); i++)
		json_array_append_new(bfds, json_bfd(snapshot_row(s, VIEW_BFD, i)));
	put(o, "daemon", d ? json_daemon(d) : json_null());
	put(o, "virtual_routers", vrs);
	put(o, "sync_groups", groups);
	put(o, "services", services);
	put(o, "probes", probes);
	put(o, "trackers", trackers);
	put(o, "bfd_sessions", bfds);
	return o;
}
