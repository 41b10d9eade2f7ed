/*
 * From the kernel thread back to the model: news into rows, failures into tries, answers to those who wait.
 *
 * News is read in slices, as one job may bring ten thousand rows; a job counts as answered when its news is read.
 */
#include "config.h"

#include "core/ipvs/services.h"

#include <errno.h>
#include <string.h>
#include <utlist.h>

#include "core/base/log.h"
#include "core/ipvs/engine.h"

/* Rows read in one item. */
#define READ_SLICE 1024
#define READ_STATS 256
#define RETRY_FIRST (1 * USEC_PER_SEC)
#define RETRY_LAST (30 * USEC_PER_SEC)
/* The kernel thread itself asks for the family at most once in 5 s. */
#define RETRY_ABSENT (5500 * USEC_PER_MS)

/* ---- news ---- */

static bool set_row(struct vs_row *row, const struct ipvs_dest_news *d)
{
	bool in_kernel = d && d->in_kernel;
	int err = d ? d->err : 0;

	if (row->in_kernel == in_kernel && row->kernel_error == err)
		return false;
	row->in_kernel = in_kernel;
	row->kernel_error = err;
	return true;
}

static const struct ipvs_dest_news *find_dest(const struct ipvs_news *n, size_t *at, const struct endpoint *server)
{
	while (*at < n->n && endpoint_cmp(&n->dests[*at].server, server) < 0)
		++*at;
	return *at < n->n && endpoint_cmp(&n->dests[*at].server, server) == 0 ? &n->dests[*at] : NULL;
}

/* Servers of both are sorted alike. */
static bool read_dests(struct vs *v, const struct ipvs_news *n)
{
	bool changed = false;
	size_t at = 0;

	for (size_t k = 0; k < v->pool.n; k++)
		changed |= set_row(&v->rows[k], find_dest(n, &at, &v->pool.members[k].conf.server));
	at = 0;
	if (v->pool.conf.has_sorry)
		changed |= set_row(&v->sorry_row, find_dest(n, &at, &v->pool.sorry.conf.server));
	return changed;
}

static void read_news(struct ipvs *i, const struct ipvs_news *n, usec_t now)
{
	struct service_key key = n->key;
	struct vs *v = vs_find(i, &key);
	bool changed;

	if (n->made && i->obs.made)
		i->obs.made(i->obs.user, &key, n->made > 0);
	if (!v || v->gen != n->gen) /* a newer word is under way and brings its own news */
		return;
	changed = read_dests(v, n);
	if (changed)
		ipvs_put_touched(i, v, NULL);
	if (v->in_kernel != n->in_kernel || v->kernel_error != n->err) {
		v->in_kernel = n->in_kernel;
		v->kernel_error = n->err;
		v->changed_at = now;
		changed = true;
	}
	if (changed)
		vs_tell_changed(i, &key);
}

/* ---- what a job as a whole says ---- */

/* The one setter of availability. */
static void update_availability(struct ipvs *i, enum ipvs_availability a)
{
	if (a == IPVS_UNKNOWN || a == i->totals.availability)
		return;
	if (a == IPVS_ABSENT && i->services)
		log_warn("ipvs", "this kernel has no IPVS (is module ip_vs there?): virtual services wait for it");
	else if (a == IPVS_THERE)
		log_info("ipvs", "IPVS is available");
	i->totals.availability = a;
	if (i->obs.availability)
		i->obs.availability(i->obs.user, a);
}

static void add_totals(struct ipvs *i, const struct ipvs_outcome *out)
{
	i->totals.operations += out->operations;
	i->totals.failures += out->failures;
	i->totals.repaired += out->repaired;
	if (out->repaired)
		i->totals.repair_most = usec_max(i->totals.repair_most, mono_now() - i->totals.looked);
	i->totals.dumps += out->dumps;
	if (out->dumps)
		i->totals.last_dump = mono_now();
}

static void retry_at(struct ipvs *i, usec_t after)
{
	usec_t due = usec_add(mono_now(), after);

	if (!i->withdrawn && (!loop_timer_active(&i->retry_timer) || due < i->retry_timer.due))
		loop_timer_set(i->loop, &i->retry_timer, due);
}

static void note_config(struct ipvs *i, int err)
{
	i->config_pending = err != 0;
	if (err && err != EOPNOTSUPP && err != i->config_err)
		log_warn("ipvs", "lvs_timeouts: the kernel refused: %s; trying again", strerror(err));
	else if (!err)
		log_info("ipvs", "Set IPVS time-outs: tcp %u, tcpfin %u, udp %u (0: unchanged)", i->settings.tcp, i->settings.tcpfin,
		         i->settings.udp);
	i->config_err = err;
	if (err)
		retry_at(i, err == EOPNOTSUPP ? RETRY_ABSENT : i->backoff);
}

/* Looks that fail again and again come less and less often; a commit that fails is looked at soon. */
static void plan_retry(struct ipvs *i, const struct ipvs_job *job)
{
	if (job->kind == IPVS_JOB_SYNCD) {
		i->sync_pending = job->syncd_err != 0;
		if (job->syncd_err)
			retry_at(i, job->syncd_err == EOPNOTSUPP ? RETRY_ABSENT : i->backoff);
		return;
	}
	if (job->kind == IPVS_JOB_CONFIG) {
		note_config(i, job->config_err);
		return;
	}
	if (job->kind == IPVS_JOB_COUNT || job->kind == IPVS_JOB_STATS) /* the next tick asks again */
		return;
	if (!job->out.retry) {
		if (job->kind == IPVS_JOB_LOOK)
			i->backoff = RETRY_FIRST;
		return;
	}
	if (i->totals.availability == IPVS_ABSENT) {
		retry_at(i, RETRY_ABSENT);
		return;
	}
	if (job->kind == IPVS_JOB_SAY)
		i->backoff = RETRY_FIRST;
	retry_at(i, i->backoff);
	if (job->kind == IPVS_JOB_LOOK)
		i->backoff = usec_min(2 * i->backoff, RETRY_LAST);
}

static void next_look(struct ipvs *i, const struct ipvs_job *job)
{
	if (job->kind == IPVS_JOB_LOOK)
		i->looking = false;
	if (i->withdrawn)
		return;
	if (job->out.more)
		ipvs_submit_look(i, IPVS_LOOK_ON);
	if (i->period > 0 && !loop_timer_active(&i->look_timer))
		loop_timer_set(i->loop, &i->look_timer, usec_add(mono_now(), i->period));
}

/* ---- waiters ---- */

static bool still_waits(const struct ipvs *i, const struct ipvs_waiter *w)
{
	const struct ipvs_job *job;

	if (!w->last)
		return true;
	DL_FOREACH(i->jobs, job) {
		if (job->seq <= w->last)
			return true;
	}
	return false;
}

static struct ipvs_waiter *next_ready(const struct ipvs *i)
{
	struct ipvs_waiter *w;

	DL_FOREACH(i->waiters, w) {
		if (!still_waits(i, w))
			return w;
	}
	return NULL;
}

/* One an item, and as the last thing in it: whoever is told may free the engine. */
static void tell_waiter(struct ipvs *i)
{
	struct ipvs_waiter *w = next_ready(i), told;

	if (!w)
		return;
	DL_DELETE(i->waiters, w);
	told = *w;
	free(w);
	ipvs_check_waiters(i);
	if (told.done)
		told.done(told.user, told.err);
	if (told.withdrawn)
		told.withdrawn(told.user);
}

void ipvs_check_waiters(struct ipvs *i)
{
	if (i->waiters)
		loop_item_post(i->loop, &i->results_item);
}

static void note_error(struct ipvs *i, const struct ipvs_job *job)
{
	struct ipvs_waiter *w;

	DL_FOREACH(i->waiters, w) {
		if (job->kind == IPVS_JOB_SAY && !w->err && job->seq >= w->first && (!w->last || job->seq <= w->last))
			w->err = job->out.err;
	}
}

/* ---- reading ---- */

static struct ipvs_job *next_finished(struct ipvs *i)
{
	struct ipvs_job *job;

	DL_FOREACH(i->jobs, job) {
		if (job->finished)
			return job;
	}
	return NULL;
}

static void note_reuse(struct ipvs *i, const struct ipvs_job *job)
{
	if (!job->reuse || i->reuse_done || job->reuse_err == ENOENT) /* no IPVS, so no such file */
		return;
	i->reuse_done = true;
	if (job->reuse_err == 0)
		log_notice("ipvs", "net.ipv4.vs.conn_reuse_mode is now 3: a client that uses a port again after a role change "
		           "is not sent back");
	else if (job->reuse_err != EALREADY)
		log_warn("ipvs", "cannot set net.ipv4.vs.conn_reuse_mode to 3 (%s): clients that use a port again soon after a role "
		         "change may fail", strerror(job->reuse_err));
}

static bool says_more(const struct ipvs *i)
{
	const struct ipvs_job *job;

	DL_FOREACH(i->jobs, job) {
		if (job->kind == IPVS_JOB_SAY)
			return true;
	}
	return false;
}

static void end_job(struct ipvs *i, struct ipvs_job *job)
{
	DL_DELETE(i->jobs, job);
	i->filling = i->filling && says_more(i);
	if (job->kind == IPVS_JOB_COUNT)
		ipvs_timed_counted(i, job);
	if (job->kind == IPVS_JOB_STATS)
		ipvs_stats_taken(i, job);
	add_totals(i, &job->out);
	update_availability(i, job->out.availability);
	plan_retry(i, job);
	next_look(i, job);
	note_error(i, job);
	note_reuse(i, job);
	ipvs_job_free(job);
}

static void results_item(void *user)
{
	struct ipvs *i = user;
	usec_t now = mono_now();
	size_t rows = 0;
	struct ipvs_job *job;

	while ((job = next_finished(i)) && rows < READ_SLICE) {
		struct ipvs_news *n = job->out.news;

		if (job->stats_read < job->stats.n) {
			rows += READ_SLICE / READ_STATS * ipvs_stats_read(i, job, READ_STATS);
			continue;
		}
		if (!n) {
			end_job(i, job);
			continue;
		}
		job->out.news = n->next;
		rows += n->n + 1;
		read_news(i, n, now);
		free(n);
	}
	if (job)
		loop_item_post(i->loop, &i->results_item);
	else
		tell_waiter(i);
}

void ipvs_job_dropped(struct nl_job *nl)
{
	struct ipvs_job *job = (struct ipvs_job *)nl;
	struct ipvs *i = job->engine;

	DL_DELETE(i->jobs, job);
	ipvs_job_free(job);
	if (i->closing && !i->jobs)
		ipvs_free_last(i);
}

void ipvs_job_finished(struct nl_job *nl)
{
	struct ipvs_job *job = (struct ipvs_job *)nl;

	if (job->engine->closing) {
		ipvs_job_dropped(nl);
		return;
	}
	job->finished = true;
	loop_item_post(job->engine->loop, &job->engine->results_item);
}

/* ---- timers ---- */

static void retry_fires(void *user)
{
	struct ipvs *i = user;

	if (i->sync_pending)
		ipvs_submit_syncd(i);
	if (i->config_pending)
		ipvs_submit_config(i);
	if (i->looking || !i->committed)
		retry_at(i, RETRY_FIRST);
	else
		ipvs_submit_look(i, IPVS_LOOK_FAILED);
}

static void look_fires(void *user)
{
	ipvs_submit_look(user, IPVS_LOOK_ALL);
}

void ipvs_results_init(struct ipvs *i)
{
	i->backoff = RETRY_FIRST;
	loop_item_init(&i->results_item, results_item, i);
	loop_timer_init(&i->look_timer, LOOP_QUEUED, look_fires, i);
	loop_timer_init(&i->retry_timer, LOOP_QUEUED, retry_fires, i);
}
