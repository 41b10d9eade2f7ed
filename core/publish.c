/*
 * Reports of the rooms into rows of the view. The view tells the agent's link what differs from before; a row that is put
 * again unchanged costs a comparison.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/announce.h"
#include "core/base/log.h"
#include "core/base/text.h"
#include "core/bfds.h"
#include "core/privs.h"
#include "core/runtime.h"

/* How old counters and times of a probe's row may be. */
#define PROBE_ROW_AGE (5 * USEC_PER_SEC)

/* The wall clock is said to be stepped when it moved by more than this against the monotonic one. */
#define STEP_TOLERANCE (100 * USEC_PER_MS)
/* Rows of services while the kernel takes a large table: looked at again so soon, and held back no longer than this. */
#define FILLING_LOOK (50 * USEC_PER_MS)
#define FILLING_MOST (3 * USEC_PER_SEC)
#define PUBLISH_SERVERS 32 /* between two looks at the clock */

struct view_time publish_time(const struct runtime *rt, usec_t mono)
{
	if (mono <= 0 || mono == USEC_NEVER)
		return (struct view_time){ 0, 0 };
	return (struct view_time){ mono, mono + rt->wall_offset };
}

static void refresh_wall_offset(struct runtime *rt)
{
	int64_t now = wall_now() - mono_now();

	if (llabs(now - rt->wall_offset) > STEP_TOLERANCE)
		rt->wall_offset = now;
}

/* ---- services ---- */

static uint8_t method_number(enum ipvs_method m)
{
	return m == IPVS_NAT ? 1 : m == IPVS_DR ? 2 : 3;
}

static uint8_t role_number(enum ipvs_role r)
{
	return r == IPVS_ROLE_NONE ? 1 : r == IPVS_ROLE_BACKUP ? 2 : 3;
}

static void put_service_row(const struct rt_service *s, const struct ipvs_service_report *rep)
{
	struct view_vs row;

	memset(&row, 0, sizeof(row));
	row.key = s->key;
	text_copy(row.name, sizeof(row.name), s->conf->name);
	text_copy(row.scheduler, sizeof(row.scheduler), s->conf->scheduler);
	row.method = method_number((enum ipvs_method)s->conf->method);
	row.role = role_number(rep->role);
	row.quorum_state = rep->quorum_up ? VIEW_QUORUM_GAINED : VIEW_QUORUM_LOST;
	row.sorry_active = rep->sorry_active;
	row.has_sorry = s->conf->has_sorry;
	row.in_kernel = rep->in_kernel;
	row.panic = rep->panic;
	text_copy(row.group, sizeof(row.group), s->conf->group ? s->conf->group : "");
	row.quorum = s->conf->quorum;
	row.rs_up = rep->servers_up;
	row.rs_total = rep->servers_total;
	row.persistence = s->conf->persistence;
	row.kernel_error = rep->kernel_error;
	row.changed = publish_time(s->rt, rep->changed_at);
	view_put(s->rt->view, VIEW_VS, &row);
}

static struct view_time wall_time(const struct runtime *rt, int64_t wall)
{
	return wall ? (struct view_time){ wall - rt->wall_offset, wall } : (struct view_time){ 0, 0 };
}

static void fill_setting(const struct rt_service *s, const struct override_part *p, struct view_setting *out)
{
	if (!p)
		return;
	text_copy(out->by, sizeof(out->by), p->by);
	out->at = wall_time(s->rt, p->wall);
	out->until = wall_time(s->rt, p->until);
}

/* Who has set what of it: a row of its own, since most servers have none. */
static void put_settings(const struct rt_service *s, const struct ipvs_server_report *rep)
{
	const struct overrides *o = s->rt->overrides;
	const struct override_part *drain = rep->draining ? overrides_part(o, &rep->key, OVERRIDE_DRAIN) : NULL;
	struct view_rs_set row;

	memset(&row, 0, sizeof(row));
	row.key = rep->key;
	fill_setting(s, rep->set_weight >= 0 ? overrides_part(o, &rep->key, OVERRIDE_WEIGHT) : NULL, &row.weight);
	fill_setting(s, drain, &row.drain);
	fill_setting(s, rep->disabled ? overrides_part(o, &rep->key, OVERRIDE_DISABLE) : NULL, &row.disable);
	if (drain)
		row.drain_deadline = wall_time(s->rt, drain->deadline);
	if (row.weight.by[0] || row.drain.by[0] || row.disable.by[0])
		view_put(s->rt->view, VIEW_RS_SET, &row);
	else
		view_del(s->rt->view, VIEW_RS_SET, &row.key);
}

static void fill_settings(const struct ipvs_server_report *rep, struct view_rs *row)
{
	row->drain = rep->drained ? VIEW_DRAIN_DONE : rep->draining ? VIEW_DRAIN_WAITS : VIEW_DRAIN_NO;
	row->disabled = rep->disabled;
	row->conns_known = rep->conns.known;
	row->active_conns = rep->conns.active;
	row->inactive_conns = rep->conns.inactive;
	row->persistent_conns = rep->conns.persistent;
}

static const char *reason_words(const struct rt_service *s, const struct rt_use *u, const struct ipvs_server_report *rep)
{
	if (s->suspended)
		return "not checked: the address is not here (ha_suspend)";
	if (rep->suppressed)
		return "kept out: it came and went too often (flap_suppress)";
	return u ? u->text : "";
}

static void put_server_row(void *user, const struct ipvs_server_report *rep)
{
	const struct rt_service *s = user;
	const struct rt_server *server = runtime_server(s->rt, &rep->key);
	const struct rt_use *u = server ? uses_deciding(server) : NULL;
	struct view_rs row;

	if (rep->sorry && server)
		return; /* one of the real servers is the sorry server too: the row is the real one's */
	memset(&row, 0, sizeof(row));
	row.key = rep->key;
	row.state = (uint8_t)rep->state;
	row.source = (uint8_t)rep->source;
	row.sorry = rep->sorry;
	row.local = rep->local;
	row.in_kernel = rep->in_kernel;
	row.method = method_number(rep->method);
	row.conf_weight = rep->conf_weight;
	row.set_weight = rep->set_weight;
	row.probe_weight = rep->probe_weight;
	row.ramp_weight = rep->ramp_weight;
	row.suppressed = rep->suppressed;
	row.effective_weight = rep->effective_weight;
	row.reason = u ? u->reason : 0;
	text_copy(row.reason_text, sizeof(row.reason_text), reason_words(s, u, rep));
	row.kernel_error = rep->kernel_error;
	row.failures = rep->failures;
	row.changed = publish_time(s->rt, rep->changed_at);
	fill_settings(rep, &row);
	put_settings(s, rep);
	view_put(s->rt->view, VIEW_RS, &row);
}

/* Its row, then those of its servers, some at a time. True: there are more. */
static bool put_service(struct rt_service *s)
{
	struct ipvs_service_report rep;

	if (s->rows_at == 0 && ipvs_service_report(s->rt->ipvs, &s->key, &rep))
		put_service_row(s, &rep);
	if (ipvs_some_servers(s->rt->ipvs, &s->key, &s->rows_at, PUBLISH_SERVERS, put_server_row, s))
		return true;
	s->rows_at = 0;
	s->dirty = s->dirty_again;
	s->dirty_again = false;
	return false;
}

/* At the end of the daemon all rows go together. */
void publish_drop_server(struct rt_server *s)
{
	const struct view_probe_use *row;
	struct view_probe_use_key at;

	if (s->service->rt->stop_wanted)
		return;
	view_del(s->service->rt->view, VIEW_RS, &s->key);
	view_del(s->service->rt->view, VIEW_RS_STATS, &s->key);
	view_del(s->service->rt->view, VIEW_RS_SET, &s->key);
	memset(&at, 0, sizeof(at));
	at.server = s->key;
	while ((row = view_next(s->service->rt->view, VIEW_PROBE_USE, &at)) && server_key_cmp(&row->key.server, &s->key) == 0) {
		at = row->key;
		view_del(s->service->rt->view, VIEW_PROBE_USE, &at);
	}
}

void publish_drop_service(struct rt_service *s)
{
	struct server_key at;
	const struct view_rs *row;

	if (s->rt->stop_wanted)
		return;
	view_del(s->rt->view, VIEW_VS, &s->key);
	traffic_drop(s->rt, &s->key);
	memset(&at, 0, sizeof(at));
	at.service = s->key;
	while ((row = view_next(s->rt->view, VIEW_RS, &at)) && service_key_cmp(&row->key.service, &s->key) == 0) {
		at = row->key;
		view_del(s->rt->view, VIEW_RS, &at);
	}
}

void publish_uses(struct rt_server *s)
{
	struct view_probe_use row;

	for (const struct rt_use *u = s->uses; u; u = u->next) {
		memset(&row, 0, sizeof(row));
		row.key.server = s->key;
		row.key.probe = u->key;
		view_put(s->service->rt->view, VIEW_PROBE_USE, &row);
	}
}

/* ---- probes and the daemon ---- */

static void put_probe_name(struct view_probe *row, const struct probe_report *rep)
{
	char name[KEY_STRLEN];
	size_t n = 0;

	if (!rep->what[0]) {
		text_copy(row->name, sizeof(row->name), probe_key_format(&rep->key, name));
		return;
	}
	text_append(row->name, sizeof(row->name), &n, "%s %s #", probe_kind_name((enum probe_kind)rep->key.kind), rep->what);
	for (size_t i = 0; i < sizeof(rep->key.recipe); i++)
		text_append(row->name, sizeof(row->name), &n, "%02x", rep->key.recipe[i]);
}

/* Nothing but counters and times has changed, and the row is fresh: ten thousand runs a second are not ten thousand rows. */
static bool probe_row_will_do(const struct runtime *rt, const struct probe_report *rep)
{
	const struct view_probe *row = view_get(rt->view, VIEW_PROBE, &rep->key);

	return row && row->known == rep->known && row->up == rep->up && row->reason == rep->reason &&
	       row->users == rep->subscribers && row->interval == rep->interval && strcmp(row->text, rep->text) == 0 &&
	       rep->last_run < row->last_run.mono + PROBE_ROW_AGE;
}

void publish_probe(struct runtime *rt, const struct probe_report *rep)
{
	struct view_probe row;

	if (probe_row_will_do(rt, rep))
		return;
	memset(&row, 0, sizeof(row));
	row.key = rep->key;
	if (rep->subscribers == 0) {
		view_del(rt->view, VIEW_PROBE, &row.key);
		return;
	}
	put_probe_name(&row, rep);
	row.known = rep->known;
	row.up = rep->up;
	row.reason = rep->reason;
	text_copy(row.text, sizeof(row.text), rep->text);
	row.runs = rep->runs;
	row.failures = rep->failures;
	row.overdue = rep->overdue;
	row.failed_in_row = rep->failed_in_row;
	row.users = rep->subscribers;
	row.interval = rep->interval;
	row.latency = rep->latency;
	row.last_run = publish_time(rt, rep->last_run);
	row.changed = publish_time(rt, rep->last_change);
	view_put(rt->view, VIEW_PROBE, &row);
}

/* ---- when ---- */

/* Rows of a table that is being filled would be pushed twice, and take the processor from the filling. */
static bool services_wait(struct runtime *rt, usec_t now)
{
	if (!rt->apply && !ipvs_is_filling(rt->ipvs)) {
		rt->publish_by = 0;
		return false;
	}
	if (rt->publish_by == 0)
		rt->publish_by = usec_add(now, FILLING_MOST);
	if (now >= rt->publish_by)
		return false;
	loop_timer_set(rt->loop, &rt->publish_later, usec_add(now, FILLING_LOOK));
	return true;
}

static void publish_services(struct runtime *rt)
{
	usec_t now = mono_now(), until = usec_add(now, PUBLISH_SLICE);
	struct rt_service *s, *tmp;
	bool again = false;

	if (services_wait(rt, now))
		return;
	HASH_ITER(hh, rt->services, s, tmp) {
		bool more = s->dirty;

		while (more) {
			more = put_service(s);
			if (mono_now() <= until)
				continue;
			loop_item_post(rt->loop, &rt->publish);
			return;
		}
		again = again || s->dirty;
	}
	if (again)
		loop_item_post(rt->loop, &rt->publish);
}

static void publish_dirty(void *user)
{
	struct runtime *rt = user;

	if (publish_routers(rt))
		loop_item_post(rt->loop, &rt->publish);
	else
		publish_services(rt);
}

static void publish_later(void *user)
{
	struct runtime *rt = user;

	loop_item_post(rt->loop, &rt->publish);
}

static void each_second(void *user)
{
	struct runtime *rt = user;

	refresh_wall_offset(rt);
	if (privs_overran())
		log_err("main", "computed for 2 s without waiting once (our fault, or a host that stood still): real-time scheduling is given up "
		        "until regentd is started anew; adverts may be late on a busy host");
	publish_daemon(rt);
	publish_stats(rt);
	bfds_publish(rt);
	loop_timer_set(rt->loop, &rt->second, mono_now() + USEC_PER_SEC);
}

void publish_init(struct runtime *rt)
{
	struct view_daemon *d = &rt->self;

	rt->wall_offset = wall_now() - mono_now();
	d->one = 1;
	d->pid = (uint32_t)getpid();
	d->config_generation = 1;
	d->started = publish_time(rt, mono_now());
	text_copy(d->version, sizeof(d->version), PACKAGE_VERSION);
	loop_item_init(&rt->publish, publish_dirty, rt);
	loop_timer_init(&rt->publish_later, LOOP_QUEUED, publish_later, rt);
	loop_timer_init(&rt->second, LOOP_QUEUED, each_second, rt);
	loop_timer_set(rt->loop, &rt->second, mono_now() + USEC_PER_SEC);
}

void publish_service(struct rt_service *s)
{
	s->dirty_again = s->rows_at > 0; /* what changed may be among those that are put */
	s->dirty = true;
	if (s->rt->publish_by == 0 || !loop_timer_active(&s->rt->publish_later)) /* else all are looked at when it fires */
		loop_item_post(s->rt->loop, &s->rt->publish);
}
