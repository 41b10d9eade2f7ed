/*
 * The life of the daemon: rooms are made in order of dependency, the configuration is applied once the host's interfaces are
 * known, and all is undone in reverse. Who tells whom is in react.c.
 */
#include "config.h"

#include "core/runtime.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "core/announce.h"
#include "core/base/log.h"
#include "core/doubt.h"
#include "core/fixtures.h"
#include "core/bfds.h"
#include "core/groups.h"
#include "core/igmp.h"
#include "core/moved.h"
#include "core/restart.h"
#include "core/sdnotify.h"
#include "core/track.h"

#define KERNEL_GRACE (USEC_PER_SEC) /* for the request under way when all else has ended */
#define STOP_LIMIT (5 * USEC_PER_SEC)
/* The agent's start waits for a large table, so long ... */
#define AGENT_WAITS (3 * USEC_PER_SEC)
#define AGENT_LOOK (50 * USEC_PER_MS) /* ... and looks so often */

static void on_ready(void *user);
static void on_addr(void *user, const struct net_addr *addr, bool gone);

static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

/* Readers come after the kernel's table: the agent's start would take the processor from filling it. */
static void start_agent(void *user)
{
	struct runtime *rt = user;
	usec_t now = mono_now();

	if (now < rt->agent_start_by && ipvs_is_filling(rt->ipvs))
		loop_timer_set(rt->loop, &rt->agent_start, usec_add(now, AGENT_LOOK));
	else
		agent_proc_resume(rt->proc);
}

static void is_running(struct runtime *rt, const struct conf_diff *diff, unsigned restarted)
{
	size_t servers = 0;

	(void)diff;
	(void)restarted;
	for (size_t i = 0; i < rt->conf->n_services; i++)
		servers += rt->conf->services[i].n_servers;
	publish_stats(rt);
	log_notice("main", "Regent is running: %zu virtual router%s, %zu service%s, %zu real server%s", rt->conf->n_vrrp,
	           plural(rt->conf->n_vrrp), rt->conf->n_services, plural(rt->conf->n_services), servers, plural(servers));
	rt->running(rt->user);
	if (loop_timer_active(&rt->agent_start)) /* else it is not waited for any longer */
		loop_timer_set(rt->loop, &rt->agent_start, mono_now());
	if (rt->reload_again)
		reload_request(rt);
}

static void started(void *user)
{
	struct runtime *rt = user;

	if (!rt->begun && !rt->stop_wanted)
		apply_first(rt, is_running);
}

static void begin(void *user)
{
	struct runtime *rt = user;
	const struct conf_global_scripts *c = &rt->conf->global.scripts;

	if (rt->starting || rt->begun || rt->stop_wanted)
		return;
	rt->starting = true;
	announce_run_global(rt->announce, &c->startup, c->startup_timeout, "startup_script", started);
}

/* Virtual routers that were MASTER a moment ago go on all the same. */
static void delay_elections(struct runtime *rt)
{
	usec_t delay = usec_max(rt->conf->global.startup_delay, rt->conf->global.vrrp.delay_after_boot - boot_now());

	if (delay <= 0)
		return;
	rt->vrrp_env.start_not_before = usec_add(mono_now(), delay);
	log_notice("vrrp", "no election for %.1f s (vrrp_startup_delay, vrrp_delay_after_boot)", (double)delay / 1e6);
}

static void on_ready(void *user)
{
	struct runtime *rt = user;

	if (rt->begun) {
		ipvs_locals_changed(rt->ipvs);
		ipvs_commit(rt->ipvs, LOOP_QUEUED);
		return;
	}
	delay_elections(rt);
	loop_timer_set(rt->loop, &rt->startup, mono_now());
}

static void on_addr(void *user, const struct net_addr *addr, bool gone)
{
	struct runtime *rt = user;

	(void)addr;
	(void)gone;
	if (rt->begun)
		loop_item_post(rt->loop, &rt->locals);
}

/* A thousand addresses that come together are looked at together. */
static void look_at_locals(void *user)
{
	struct runtime *rt = user;

	suspend_check_all(rt);
	ipvs_locals_changed(rt->ipvs);
	ipvs_commit(rt->ipvs, LOOP_QUEUED);
}

static void on_row(void *user, enum view_kind k, const void *key, const void *row)
{
	struct runtime *rt = user;

	(void)row;
	agent_link_row(rt->link, k, key);
}

static void on_event(void *user, const struct event *e)
{
	struct runtime *rt = user;

	(void)e;
	agent_link_event(rt->link);
}

/* What we made in a former life is ours to remove where the file has it no more. */
static struct ipvs *make_ipvs(struct runtime *rt, const struct ipvs_observer *o)
{
	size_t n = state_services(rt->state, NULL, 0);
	struct service_key *made = calloc(n ? n : 1, sizeof(*made));

	if (!made)
		return NULL;
	n = state_services(rt->state, made, n);
	struct ipvs *i = ipvs_new(rt->loop, rt->nl, rt->netmon, o, rt->conf->global.ipvs_resync, made, n);

	free(made);
	return i;
}

static bool make_readers(struct runtime *rt)
{
	struct agent_link_owner owner;
	uint64_t boot = 0;

	if (getrandom(&boot, sizeof(boot), GRND_NONBLOCK) != sizeof(boot))
		boot = (uint64_t)wall_now();
	weights_init_owner(rt, &owner);
	owner.ask_stats = traffic_ask;
	traffic_init(rt);
	rt->ring = ring_new(boot);
	rt->view = view_new(on_row, rt);
	if (!rt->ring || !rt->view)
		return false;
	rt->link = agent_link_new(rt->loop, rt->view, rt->ring, &owner);
	rt->link_events = (struct ring_subscriber){ .event = on_event, .user = rt };
	ring_subscribe(rt->ring, &rt->link_events);
	return rt->link != NULL;
}

/* Below the configuration's folder by the helper, where a key may be root's alone; elsewhere what this user may read. On a worker. */
static int open_tls_file(void *self, const char *path)
{
	int fd = helper_open_wait(self, path);

	return fd >= 0 ? fd : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
}

static int open_ipvs_elsewhere(void *user)
{
	return helper_ipvs_socket_wait(user);
}

static void on_look(void *user, enum probe_kind kind, const char *name, struct probe_look *out)
{
	if (kind == PROBE_BFD)
		bfds_look(user, name, out);
	else
		track_look_file(user, name, out);
}

static bool make_rooms(struct runtime *rt)
{
	const struct nl_opener elsewhere = { open_ipvs_elsewhere, rt->helper };
	struct ipvs_observer io;
	struct probe_observer po;
	const struct probe_env probe_env = {
		.loop = rt->loop, .scripts = &rt->scripts, .look = on_look, .user = rt, .open = open_tls_file, .open_self = rt->helper,
	};

	rt->nl = rt->conf->global.net_namespace_ipvs ? nl_start_with(rt->loop, &elsewhere) : nl_start(rt->loop);
	if (!rt->nl) {
		log_err("nl", "cannot talk to the kernel: %s", strerror(errno));
		return false;
	}
	rt->netmon = netmon_new(rt->loop, rt->nl);
	if (!rt->netmon) {
		log_err("net", "cannot watch the kernel's interfaces: %s", strerror(errno));
		return false;
	}
	rt->helper_port = helper_port_new(rt->loop, rt->helper);
	rt->script_runs = rt->helper_port ? scripts_new(rt->loop, rt->helper_port) : NULL;
	if (!rt->script_runs)
		return false;
	rt->scripts = scripts_runner(rt->script_runs);
	rt->announce = announce_new(rt);
	if (!rt->announce)
		return false;
	react_init(rt, &io, &po);
	rt->ipvs = make_ipvs(rt, &io);
	rt->probes = probe_pool_new(&probe_env, &po);
	if (rt->ipvs && rt->conf->global.net_namespace_ipvs)
		ipvs_leave_reuse(rt->ipvs);
	return rt->ipvs && rt->probes && fixtures_init(rt) && doubt_init(rt) && track_init(rt) && bfds_init(rt);
}

bool runtime_start(struct runtime *rt, struct loop *l, const struct conf *conf)
{
	rt->loop = l;
	rt->conf = conf;
	loop_timer_init(&rt->startup, LOOP_QUEUED, begin, rt);
	loop_item_init(&rt->locals, look_at_locals, rt);
	moved_init(rt);
	publish_init(rt);
	settings_init(rt);
	if (!reload_init(rt) || !make_readers(rt) || !make_rooms(rt)) {
		log_err("main", "cannot start: %s", strerror(errno));
		return false;
	}
	rt->proc = agent_proc_new(l, rt->helper_port, rt->link, rt->dirs->control_fd, rt->opt->agent);
	if (!rt->proc)
		return false;
	rt->agent_start_by = usec_add(mono_now(), AGENT_WAITS);
	loop_timer_init(&rt->agent_start, LOOP_QUEUED, start_agent, rt);
	loop_timer_set(rt->loop, &rt->agent_start, rt->agent_start_by);
	rt->plan = plan_serve_new(rt, rt->dirs->plan_fd);
	rt->restart = restart_new(rt, rt->dirs->restart_fd, rt->argv);
	rt->watch = (struct netmon_observer){ .ready = on_ready, .addr = on_addr, .user = rt };
	netmon_observe(rt->netmon, &rt->watch);
	if (netmon_is_ready(rt->netmon))
		on_ready(rt);
	return true;
}

/* ---- stop ---- */

static void ended(void *user)
{
	struct runtime *rt = user;

	rt->stopped(rt->user);
}

static void all_told(void *user)
{
	struct runtime *rt = user;
	const struct conf_global_scripts *c = &rt->conf->global.scripts;

	loop_timer_stop(rt->loop, &rt->stop_limit);
	announce_run_global(rt->announce, &c->shutdown, c->shutdown_timeout, "shutdown_script", ended);
}

static void told_too_slow(void *user)
{
	struct runtime *rt = user;

	log_warn("main", "notify scripts still run after %d s; going without them, which ends them", (int)(STOP_LIMIT / USEC_PER_SEC));
	announce_end(rt->announce, NULL, NULL);
	all_told(rt);
}

static void finish(void *user)
{
	struct runtime *rt = user;

	loop_timer_stop(rt->loop, &rt->stop_limit);
	loop_timer_init(&rt->stop_limit, LOOP_QUEUED, told_too_slow, rt);
	loop_timer_set(rt->loop, &rt->stop_limit, mono_now() + STOP_LIMIT);
	announce_end(rt->announce, all_told, rt);
}

static void stop_too_slow(void *user)
{
	log_err("main", "the kernel did not answer within %d s; going without it", (int)(STOP_LIMIT / USEC_PER_SEC));
	finish(user);
}

static void withdraw(void *user)
{
	struct runtime *rt = user;
	struct ipvs_sync_conf none;

	memset(&none, 0, sizeof(none));
	ipvs_sync_daemon(rt->ipvs, &none, IPVS_ROLE_NONE);
	ipvs_withdraw(rt->ipvs, finish, rt);
}

/* One of those that runtime_stop() waits for has ended; after the last, the fence goes, then the services. */
static void one_ended(struct runtime *rt)
{
	if (--rt->stopping > 0 || rt->withdrawn)
		return;
	rt->withdrawn = true;
	fence_stop(rt->fence, withdraw, rt);
}

static void fixtures_gone(void *user)
{
	one_ended(user);
}

static void router_gone(void *user)
{
	struct rt_router *r = user;

	state_vr_forget(r->rt->state, &r->key);
	one_ended(r->rt);
}

/* How long this may take: addresses and services, scripts, shutdown_script until SIGKILL, the kernel's last answer, and some. The
 * unit's own limit holds for a shutdown_script_timeout that nobody changed. */
static void tell_patience(const struct runtime *rt)
{
	usec_t most = 2 * STOP_LIMIT + rt->conf->global.scripts.shutdown_timeout + KERNEL_GRACE + 8 * USEC_PER_SEC;
	char state[64];

	snprintf(state, sizeof(state), "STOPPING=1\nEXTEND_TIMEOUT_USEC=%lld", (long long)most);
	sdnotify(state);
}

void runtime_stop(struct runtime *rt)
{
	struct rt_router *r, *tmp;

	if (rt->stop_wanted)
		return;
	rt->stop_wanted = true;
	tell_patience(rt);
	apply_stop(rt);
	react_tell_end(rt);
	loop_timer_init(&rt->stop_limit, LOOP_QUEUED, stop_too_slow, rt);
	loop_timer_set(rt->loop, &rt->stop_limit, mono_now() + STOP_LIMIT);
	bfds_stop(rt);
	groups_stop(rt);
	vrrp_igmp_quiet(rt->nl, rt->state, false);
	rt->stopping = 2; /* ourselves, so that a router that ends at once does not end it all, and the fixtures */
	HASH_ITER(hh, rt->routers, r, tmp) {
		if (r->leaving)
			continue; /* reconcile.c has asked it already and forgets it by itself */
		rt->stopping++;
		r->leaving = true;
		announce_router_stops(rt->announce, r);
		vrrp_router_stop(r->vr, router_gone, r);
	}
	fixtures_stop(rt, fixtures_gone, rt);
	one_ended(rt);
}

void runtime_free(struct runtime *rt)
{
	loop_timer_stop(rt->loop, &rt->second);
	loop_timer_stop(rt->loop, &rt->startup);
	loop_timer_stop(rt->loop, &rt->agent_start);
	reload_free(rt);
	loop_timer_stop(rt->loop, &rt->settings_timer);
	loop_item_cancel(rt->loop, &rt->publish);
	loop_timer_stop(rt->loop, &rt->publish_later);
	traffic_free(rt);
	loop_item_cancel(rt->loop, &rt->locals);
	moved_end(rt);
	plan_serve_free(rt->plan);
	restart_free(rt->restart);
	agent_proc_free(rt->proc);
	if (!nl_stop_within(rt->nl, KERNEL_GRACE)) {
		log_err("main", "the kernel still has not answered; ending without it: the process is gone when the kernel lets it go");
		rt->kernel_hangs = true;
		return;
	}
	reconcile_free_all(rt);
	apply_free(rt);
	fixtures_free(rt);
	doubt_free(rt);
	track_free(rt);
	probe_pool_free(rt->probes);
	bfds_stop(rt);
	ipvs_free(rt->ipvs);
	netmon_free(rt->netmon);
	announce_free(rt->announce);
	scripts_free(rt->script_runs);
	script_book_free(rt->script_book);
	script_book_free(rt->script_book_before);
	helper_port_free(rt->helper_port);
	weights_free(rt);
	agent_link_free(rt->link);
	view_free(rt->view);
	ring_free(rt->ring);
}
