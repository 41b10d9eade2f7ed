/*
 * The row of the daemon itself: what its rooms count, in one place.
 */
#include "config.h"

#include <unistd.h>

#include "core/announce.h"
#include "core/base/log.h"
#include "core/base/text.h"
#include "core/runtime.h"

static void fill_loop(struct runtime *rt, struct view_daemon *d)
{
	struct loop_stats st;

	loop_get_stats(rt->loop, &st);
	d->urgent_late = st.urgent_late;
	d->check_late = *probe_pool_lateness(rt->probes);
	d->log_dropped = log_dropped();
}

static void fill_scripts(const struct runtime *rt, struct view_daemon *d)
{
	struct announce_stats told;
	struct scripts_stats runs;

	scripts_get_stats(rt->script_runs, &runs);
	d->scripts_running = runs.running;
	d->scripts_started = runs.started;
	d->scripts_failed = runs.failed;
	d->scripts_timed_out = runs.timed_out;
	d->scripts_refused = runs.refused;
	announce_get_stats(rt->announce, &told);
	d->notify_left_out = told.left_out;
	d->fifo_lost = told.fifo_lost;
}

static void fill_fence(const struct runtime *rt, struct view_daemon *d)
{
	struct fence_counts c;

	fence_count(rt->fence, &c);
	d->fence_addrs = (uint32_t)c.addrs;
	d->fence_rebuilt = c.rebuilt;
}

void publish_daemon(struct runtime *rt)
{
	struct view_daemon *d = &rt->self;
	struct ipvs_totals t;
	char host[64] = "";

	ipvs_get_totals(rt->ipvs, &t);
	d->ipvs_availability = t.availability;
	d->ipvs_operations = t.operations;
	d->ipvs_failures = t.failures;
	d->ipvs_repaired = t.repaired;
	d->ipvs_looked = publish_time(rt, t.looked);
	d->ipvs_repair_most = t.repair_most;
	gethostname(host, sizeof(host) - 1);
	text_copy(d->router_id, sizeof(d->router_id), rt->conf->global.router_id ? rt->conf->global.router_id : host);
	text_copy(d->instance, sizeof(d->instance), rt->conf->global.instance ? rt->conf->global.instance : "");
	d->events = ring_last(rt->ring);
	agent_link_acked(rt->link, &d->events_lost);
	vrrp_router_totals(&d->vrrp_checksum_errors, &d->vrrp_version_errors, &d->vrrp_vrid_errors);
	d->vrrp_ah_errors = vrrp_port_ah_errors();
	d->overrides = (uint32_t)overrides_count(rt->overrides);
	d->overrides_error = (uint32_t)overrides_error(rt->overrides);
	d->snmp_write = rt->conf->global.snmp_write != CONF_NO;
	d->traps = rt->conf->global.traps != CONF_NO;
	fill_loop(rt, d);
	fill_scripts(rt, d);
	fill_fence(rt, d);
	view_put(rt->view, VIEW_DAEMON, d);
}
