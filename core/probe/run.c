/*
 * Who runs when: timers, the bound on runs at once, the watchdog, and what an outcome means (probe_done()).
 *
 * Every start is a queued timer of its own. Where the bound is reached a due probe waits in line; the line is served
 * from an item of the run queue, a few at a time. Outcomes for which this host is to blame move no verdict: an
 * exhausted descriptor table must not take a healthy farm down.
 */
#include "config.h"

#include "core/probe/run.h"

#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "core/base/text.h"
#include "core/probe/link.h"
#include "core/probe/pool.h"
#include "core/probe/spread.h"

/* Runs at once: half of the descriptors that we may have, within these. */
#define RUNNER_MAX 4096u
#define RUNNER_MIN 16u
/* Starts in one item of the run queue; a connect() on loopback is some 50 us. */
#define RUNNER_PUMP_SLICE 4

static void runner_pump(void *user);
static void runner_due(void *user);
static void runner_overdue(void *user);

static uint32_t runner_bound(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur / 2 > RUNNER_MAX)
		return RUNNER_MAX;
	return limit.rlim_cur / 2 < RUNNER_MIN ? RUNNER_MIN : (uint32_t)(limit.rlim_cur / 2);
}

void runner_init(struct probe_pool *p)
{
	TAILQ_INIT(&p->waiting);
	loop_item_init(&p->pump, runner_pump, p);
	p->in_flight_max = runner_bound();
	p->kept_max = p->in_flight_max / 2;
}

void runner_free(struct probe_pool *p)
{
	loop_item_cancel(p->loop, &p->pump);
}

/* ---- starting ---- */

static inline bool runner_running(const struct probe *probe)
{
	return probe->run.started != USEC_NEVER;
}

/* The second on top is for a busy loop. */
static usec_t runner_patience(const struct probe *probe)
{
	const struct probe_conf *c = &probe->conf;
	usec_t own = probe->run.ops->patience ? probe->run.ops->patience(c) :
		     usec_add(c->timeout, (c->tls.on ? 2 : 1) * usec_min(probe_answer_timeout(c), 3600 * USEC_PER_SEC));

	return usec_add(own, USEC_PER_SEC);
}

static void runner_start(struct probe *probe)
{
	struct probe_pool *p = probe->pool;

	p->in_flight++;
	probe->run.started = mono_now();
	probe->last_run = probe->run.started;
	late_add(&p->late, usec_max(0, probe->run.started - loop_timer_was_due(&probe->due)));
	loop_timer_set(p->loop, &probe->watchdog, usec_add(probe->run.started, runner_patience(probe)));
	probe->run.ops->start(&probe->run);
}

static void runner_due(void *user)
{
	struct probe *probe = user;
	struct probe_pool *p = probe->pool;

	if (p->in_flight < p->in_flight_max && TAILQ_EMPTY(&p->waiting)) {
		runner_start(probe);
		return;
	}
	TAILQ_INSERT_TAIL(&p->waiting, probe, waiting);
	probe->is_waiting = true;
}

static void runner_leave_line(struct probe *probe)
{
	if (!probe->is_waiting)
		return;
	TAILQ_REMOVE(&probe->pool->waiting, probe, waiting);
	probe->is_waiting = false;
}

static void runner_pump(void *user)
{
	struct probe_pool *p = user;
	struct probe *probe;

	for (int i = 0; i < RUNNER_PUMP_SLICE && p->in_flight < p->in_flight_max; i++) {
		probe = TAILQ_FIRST(&p->waiting);
		if (!probe)
			return;
		runner_leave_line(probe);
		runner_start(probe);
	}
	if (p->in_flight < p->in_flight_max && !TAILQ_EMPTY(&p->waiting))
		loop_item_post(p->loop, &p->pump);
}

void runner_add(struct probe *probe)
{
	struct probe_pool *p = probe->pool;

	probe->run.conf = &probe->conf;
	probe->run.loop = p->loop;
	probe->run.env = &p->env;
	probe->run.probe = probe;
	probe->run.started = USEC_NEVER;
	loop_timer_init(&probe->due, LOOP_QUEUED, runner_due, probe);
	loop_timer_init(&probe->watchdog, LOOP_QUEUED, runner_overdue, probe);
	loop_timer_set(p->loop, &probe->due, usec_add(mono_now(), spread_first(probe->hash, probe->conf.warmup)));
}

static struct health_conf runner_health_conf(const struct probe *probe)
{
	const struct probe_conf *c = &probe->conf;

	return (struct health_conf){
		.interval = c->interval, .down_interval = c->down_interval, .retry_delay = c->retry_delay,
		.retry = c->retry, .rise = c->rise, .fall = c->fall,
	};
}

usec_t runner_interval(const struct probe *probe)
{
	const struct health_conf conf = runner_health_conf(probe);

	return health_interval(&probe->health, &conf);
}

void runner_hasten(struct probe *probe)
{
	usec_t latest = usec_add(mono_now(), spread_first(probe->hash, runner_interval(probe)));

	if (health_in_series(&probe->health))
		return;
	if (loop_timer_active(&probe->due) && latest < probe->due.due)
		loop_timer_set(probe->pool->loop, &probe->due, latest);
}

/* ---- ending ---- */

/* The run holds nothing any more; a place is free. */
static void runner_release(struct probe *probe)
{
	struct probe_pool *p = probe->pool;

	probe->run.ops->cancel(&probe->run);
	probe->run.started = USEC_NEVER;
	loop_timer_stop(p->loop, &probe->watchdog);
	p->in_flight--;
	if (!TAILQ_EMPTY(&p->waiting))
		loop_item_post(p->loop, &p->pump);
}

void runner_remove(struct probe *probe)
{
	if (runner_running(probe))
		runner_release(probe);
	runner_leave_line(probe);
	loop_timer_stop(probe->pool->loop, &probe->due);
	link_forget(&probe->run);
}

void runner_now(struct probe *probe)
{
	if (!runner_running(probe) && !probe->is_waiting)
		loop_timer_set(probe->pool->loop, &probe->due, mono_now());
}

/* NONE: there was nothing to be seen yet. */
static enum health_outcome runner_outcome(enum probe_reason reason)
{
	if (reason == PROBE_R_OK)
		return HEALTH_SUCCESS;
	return reason == PROBE_R_NONE || reason == PROBE_R_LOCAL || reason == PROBE_R_OVERDUE ? HEALTH_NO_EVIDENCE : HEALTH_FAILURE;
}

/* What is asked, or keepalived's name for the server: "[172.25.0.33]:tcp:80". */
static const char *runner_server(const struct probe *probe, char buf[static KEY_STRLEN])
{
	const char *what = probe_what(&probe->conf);
	struct server_key k;

	if (*what) {
		text_copy(buf, KEY_STRLEN, what);
		return buf;
	}
	memset(&k, 0, sizeof(k));
	k.service.protocol = IPPROTO_TCP;
	k.server.addr = probe->key.target.addr;
	k.server.port = probe->key.target.port;
	return server_key_format(&k, buf);
}

/* The lines that monitoring greps for; our reason comes after them. */
static void runner_log_verdict(const struct probe *probe, enum health_verdict to)
{
	const struct probe_ops *ops = probe->run.ops;
	char server[KEY_STRLEN];

	runner_server(probe, server);
	if (to == HEALTH_UP)
		log_notice("probe", "%s %s %s (%s)", ops->log_up[0], server, ops->log_up[1], probe->text);
	else
		log_notice("probe", "%s on service %s failed after %u retries. (%s)", ops->log_kind, server,
		           probe->conf.fall ? probe->conf.fall - 1 : probe->conf.retry, probe->text);
}

/* Once per spell, and no more than a few a minute over all probes: all of them may be hit at once. */
static void runner_log_local(struct probe *probe, enum probe_reason before)
{
	char name[KEY_STRLEN];
	uint32_t suppressed;

	if (runner_outcome(before) == HEALTH_NO_EVIDENCE && before == probe->reason)
		return;
	if (!log_limit_pass(&probe->pool->local_limit, probe->last_run, 5, 10 * USEC_PER_SEC, &suppressed))
		return;
	log_warn("probe", "%s: no verdict from this run, it stays %s: %s (%u such lines withheld)",
	         probe_key_format(&probe->key, name), health_verdict_name(probe->health.verdict), probe->text,
	         suppressed);
}

/* A failure that changes nothing: the first of a series and another reason than before are worth a line to whoever looks
 * for details, and all of them where that is asked for. */
static void runner_log_failure(const struct probe *probe, enum probe_reason before)
{
	char name[KEY_STRLEN];

	if (probe->conf.log_all_failures)
		log_notice("probe", "%s failed, it stays %s: %s", probe_key_format(&probe->key, name),
		           health_verdict_name(probe->health.verdict), probe->text);
	else if (before != probe->reason)
		log_info("probe", "%s failed, it stays %s: %s", probe_key_format(&probe->key, name),
		         health_verdict_name(probe->health.verdict), probe->text);
}

struct tls_store *probe_tls_store(const struct probe_run *run)
{
	return run->probe->pool->tls;
}

bool probe_count_kept(const struct probe_run *run, int change)
{
	struct probe_pool *p = run->probe->pool;

	if (change > 0 && p->kept >= p->kept_max)
		return false;
	p->kept = change > 0 ? p->kept + 1 : p->kept - 1;
	return true;
}

static bool runner_weight_changed(const struct probe *probe)
{
	return probe->weight.how != probe->weight_judged.how || probe->weight.value != probe->weight_judged.value;
}

void probe_give_weight(struct probe_run *run, enum probe_weight_how how, int32_t value)
{
	run->probe->weight = (struct probe_weight){ how, value };
}

/* What the outcome means: counters, verdict, the next start. */
static void runner_judge(struct probe *probe, enum probe_reason before, usec_t started, usec_t now)
{
	const struct health_conf conf = runner_health_conf(probe);
	enum health_outcome outcome = runner_outcome(probe->reason);
	struct health_step step = health_feed(&probe->health, &conf, outcome, started, now);
	usec_t interval = runner_interval(probe);
	usec_t next = step.retrying ? step.next :
		      spread_together(step.next - spread_jitter(probe->hash, probe->runs, interval), interval);

	probe->runs++;
	probe->failures += outcome != HEALTH_SUCCESS && probe->reason != PROBE_R_NONE;
	probe->overdue += probe->reason == PROBE_R_OVERDUE;
	probe->newly_overdue = probe->reason == PROBE_R_OVERDUE && before != PROBE_R_OVERDUE;
	probe->latency = now - started;
	loop_timer_set(probe->pool->loop, &probe->due, usec_max(next, now)); /* a run longer than its interval makes none late */
	if (outcome == HEALTH_NO_EVIDENCE && probe->reason != PROBE_R_NONE)
		runner_log_local(probe, before);
	if (step.from != step.to)
		runner_log_verdict(probe, step.to);
	else if (outcome == HEALTH_FAILURE)
		runner_log_failure(probe, before);
	if (step.from != step.to || runner_weight_changed(probe))
		pool_verdict_changed(probe);
	probe->weight_judged = probe->weight;
}

void probe_done(struct probe_run *run, enum probe_reason reason, const char *fmt, ...)
{
	struct probe *probe = run->probe;
	const struct probe_observer *o = &probe->pool->observer;
	enum probe_reason before = probe->reason;
	usec_t started = run->started;
	struct probe_report report;
	char text[sizeof(probe->text)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	text_copy(probe->text, sizeof(probe->text), text);
	probe->reason = reason;
	runner_release(probe);
	runner_judge(probe, before, started, mono_now());
	probe_get_report(probe, &report);
	o->ran(o->user, &report); /* may unsubscribe: the probe is not touched after this */
}

static void runner_overdue(void *user)
{
	struct probe *probe = user;

	probe_done(&probe->run, PROBE_R_OVERDUE, "the run did not end within %.1f s",
	           probe_seconds(runner_patience(probe)));
}
