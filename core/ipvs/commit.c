/*
 * From the model to the kernel thread: dirty services are derived in slices, and each slice travels as one job.
 *
 * A job owns all that it carries; the mirror and the state of the sync daemon are touched inside jobs only.
 */
#include "config.h"

#include "core/ipvs/services.h"

#include <errno.h>
#include <string.h>
#include <utlist.h>

#include "core/base/log.h"
#include "core/ipvs/alloc.h"
#include "core/ipvs/engine.h"
#include "core/ipvs/reuse.h"

/* A slice: so many servers are derived in about 0.1 ms. An urgent commit hands over URGENT_SLICES at once, because what the
 * caller queues next (addresses) must come after it; the rest of a table that large follows. */
#define SLICE_SERVERS 1024
#define SLICE_SERVICES 256
#define URGENT_SLICES 4
/* A large table's lines about quorum are counted above this. */
#define FILLING 256 /* services and servers of one job that are many */
#define QUORUM_BURST 32
#define QUORUM_EVERY (20 * USEC_PER_MS)

/* ---- jobs ---- */

static void run_job(struct nl_ctx *ctx, struct nl_job *nl)
{
	struct ipvs_job *job = (struct ipvs_job *)nl;

	switch (job->kind) {
	case IPVS_JOB_SAY:
		ipvs_mirror_say(job->mirror, ctx, job->words, job->n_words, job->complete, &job->out);
		break;
	case IPVS_JOB_LOOK:
		ipvs_mirror_look(job->mirror, ctx, job->look, job->floor, &job->out);
		break;
	case IPVS_JOB_WITHDRAW:
		ipvs_mirror_withdraw(job->mirror, ctx, job->words, job->n_words, job->settings.at_stop == IPVS_STOP_ALL, &job->out);
		break;
	case IPVS_JOB_COUNT:
		ipvs_mirror_count(ctx, job->words, job->n_words);
		break;
	case IPVS_JOB_STATS:
		ipvs_stats_run(ctx, job);
		break;
	case IPVS_JOB_CONFIG:
		job->config_err = ipvs_nl_set_timeouts(ctx, job->settings.tcp, job->settings.tcpfin, job->settings.udp);
		break;
	case IPVS_JOB_SYNCD:
		job->syncd_err = ipvs_syncd_apply(job->syncd, ctx, &job->sync_conf, job->sync_half);
		break;
	}
	if (job->reuse && job->out.availability != IPVS_ABSENT)
		job->reuse_err = ipvs_reuse_allow();
}

static struct ipvs_job *new_job(struct ipvs *i, enum ipvs_job_kind kind, enum loop_class cls)
{
	struct ipvs_job *job = ipvs_zalloc(1, sizeof(*job));

	job->nl.run = run_job;
	job->nl.done = ipvs_job_finished;
	job->nl.drop = ipvs_job_dropped;
	job->nl.cls = cls;
	job->engine = i;
	job->kind = kind;
	job->mirror = i->mirror;
	job->syncd = &i->syncd;
	job->settings = i->settings;
	job->reuse = i->reuse_wanted && !i->reuse_done && (kind == IPVS_JOB_SAY || kind == IPVS_JOB_LOOK);
	job->reuse_err = ENOENT;
	return job;
}

static void submit(struct ipvs *i, struct ipvs_job *job)
{
	job->seq = ++i->next_seq;
	DL_APPEND(i->jobs, job);
	nl_submit(i->nl, &job->nl);
}

void ipvs_job_free(struct ipvs_job *job)
{
	struct ipvs_news *n, *tmp;

	for (size_t k = 0; k < job->n_words; k++)
		ipvs_entry_free(job->words[k].want);
	free(job->words);
	ipvs_stats_clear(&job->stats);
	LL_FOREACH_SAFE(job->out.news, n, tmp)
		free(n);
	free(job);
}

/* The generation below which no word is under way: the oldest that a job not yet finished carries. */
static uint64_t floor_gen(const struct ipvs *i)
{
	const struct ipvs_job *job;
	uint64_t floor = i->next_gen + 1;

	DL_FOREACH(i->jobs, job) {
		if (!job->finished && job->kind == IPVS_JOB_SAY && job->n_words && job->words[0].gen < floor)
			floor = job->words[0].gen;
	}
	return floor;
}

void ipvs_submit_look(struct ipvs *i, enum ipvs_look look)
{
	struct ipvs_job *job;

	if (i->looking || i->withdrawn)
		return;
	job = new_job(i, IPVS_JOB_LOOK, LOOP_QUEUED);
	job->look = look;
	job->floor = floor_gen(i);
	i->looking = true;
	if (look == IPVS_LOOK_ALL)
		i->totals.looked = mono_now();
	submit(i, job);
}

void ipvs_submit_syncd(struct ipvs *i)
{
	struct ipvs_job *job = new_job(i, IPVS_JOB_SYNCD, LOOP_URGENT);

	job->sync_conf = i->sync_conf;
	job->sync_half = i->sync_half;
	i->sync_pending = false;
	submit(i, job);
}

void ipvs_submit_config(struct ipvs *i)
{
	i->config_pending = false;
	submit(i, new_job(i, IPVS_JOB_CONFIG, LOOP_QUEUED));
}

void ipvs_submit_stats(struct ipvs *i, struct ipvs_word *words, size_t n)
{
	struct ipvs_job *job = new_job(i, IPVS_JOB_STATS, LOOP_QUEUED);

	job->words = words;
	job->n_words = n;
	submit(i, job);
}

void ipvs_submit_count(struct ipvs *i, struct ipvs_word *words, size_t n)
{
	struct ipvs_job *job = new_job(i, IPVS_JOB_COUNT, LOOP_QUEUED);

	job->words = words;
	job->n_words = n;
	submit(i, job);
}

void ipvs_configure(struct ipvs *i, const struct ipvs_settings *s)
{
	bool same = i->settings.tcp == s->tcp && i->settings.tcpfin == s->tcpfin && i->settings.udp == s->udp;

	i->settings = *s;
	if (s->flush && !i->next_seq) /* no job has the mirror yet */
		ipvs_mirror_flush(i->mirror);
	if (!same && (s->tcp || s->tcpfin || s->udp))
		ipvs_submit_config(i);
}

static bool sync_conf_equal(const struct ipvs_sync_conf *a, const struct ipvs_sync_conf *b)
{
	return a->enabled == b->enabled && a->both == b->both && strcmp(a->ifname, b->ifname) == 0 && a->id == b->id &&
	       a->maxlen == b->maxlen && a->port == b->port && a->ttl == b->ttl && addr_cmp(&a->group, &b->group) == 0;
}

void ipvs_sync_daemon(struct ipvs *i, const struct ipvs_sync_conf *c, enum ipvs_role role)
{
	if (i->sync_said && !i->sync_pending && i->sync_half == role && sync_conf_equal(&i->sync_conf, c))
		return;
	i->sync_said = true;
	i->sync_conf = *c;
	i->sync_half = role;
	ipvs_submit_syncd(i);
}

/* ---- deriving ---- */

static void look_up_locals(struct ipvs *i, struct vs *v)
{
	v->locals_stale = false;
	if (!v->pool.conf.role_aware)
		return;
	for (size_t k = 0; k < v->pool.n; k++)
		v->pool.members[k].local = netmon_is_local(i->netmon, &v->pool.members[k].conf.server.addr);
	if (v->pool.conf.has_sorry)
		v->pool.sorry.local = netmon_is_local(i->netmon, &v->pool.sorry.conf.server.addr);
}

static void log_quorum(struct ipvs *i, const struct vs *v, uint64_t weight, usec_t now)
{
	const struct ipvs_service_conf *c = &v->pool.conf;
	int64_t quorum = c->quorum, hysteresis = c->hysteresis;
	char name[KEY_STRLEN];
	uint32_t unwritten;

	if (!log_limit_pass(&i->quorum_said, now, QUORUM_BURST, QUORUM_EVERY, &unwritten))
		return;
	if (unwritten)
		log_notice("ipvs", "... and %u more services gained or lost their quorum", unwritten);
	service_key_format(&v->key, name);
	if (v->pool.quorum_up)
		log_info("ipvs", "Gained quorum %u+%u=%lld <= %llu for VS %s", c->quorum, c->hysteresis,
		         (long long)(quorum + hysteresis), (unsigned long long)weight, name);
	else
		log_notice("ipvs", "Lost quorum %u-%u=%lld > %llu for VS %s", c->quorum, c->hysteresis,
		           (long long)(quorum - hysteresis), (unsigned long long)weight, name);
}

static void log_panic(const struct vs *v)
{
	const struct ipvs_service_conf *c = &v->pool.conf;
	char name[KEY_STRLEN];

	service_key_format(&v->key, name);
	if (v->pool.panic)
		log_warn("ipvs", "VS %s: fewer than %u %% of its servers are healthy (panic_threshold): checks are not believed, %s",
		         name, c->panic_percent, c->panic_all ? "all servers serve" : "the last healthy ones go on serving");
	else
		log_notice("ipvs", "VS %s: %u %% of its servers are healthy again: checks are believed", name, c->panic_percent);
}

/* The one setter of a service's quorum. True: it changed. */
static bool update_quorum(struct ipvs *i, struct vs *v, usec_t now)
{
	uint64_t weight = ipvs_pool_weight(&v->pool);
	bool up = ipvs_pool_quorum(&v->pool, weight);

	if (up == v->pool.quorum_up)
		return false;
	v->pool.quorum_up = up;
	v->changed_at = now;
	log_quorum(i, v, weight, now);
	return true;
}

static struct ipvs_word *add_word(struct ipvs_job *job)
{
	job->words = ipvs_grow(job->words, job->n_words, &job->cap_words, sizeof(*job->words));
	return &job->words[job->n_words++];
}

/* Derives one service into a word. Observers are told last: they may change the model, this service included. */
static size_t derive(struct ipvs *i, struct vs *v, struct ipvs_job *job, usec_t now)
{
	struct ipvs_word *w = add_word(job);
	struct service_key key = v->key;
	size_t cost = v->pool.n + 1;
	bool quorum_changed, quorum_up;

	if (v->locals_stale)
		look_up_locals(i, v);
	if (ipvs_pool_update_panic(&v->pool)) {
		v->changed_at = now;
		log_panic(v);
	}
	quorum_changed = update_quorum(i, v, now);
	quorum_up = v->pool.quorum_up;
	ipvs_pool_decide(&v->pool, now);
	ipvs_timed_note(i, v, now);
	ipvs_put_touched(i, v, NULL);
	v->gen = ++i->next_gen;
	*w = (struct ipvs_word){ .key = key, .gen = v->gen, .want = ipvs_pool_entry(&v->pool) };
	if (quorum_changed && i->obs.quorum)
		i->obs.quorum(i->obs.user, &key, quorum_up);
	vs_tell_changed(i, &key);
	return cost;
}

static void derive_gone(struct ipvs *i, struct vs_gone *gone, struct ipvs_job *job)
{
	*add_word(job) = (struct ipvs_word){ .key = gone->key, .gen = ++i->next_gen };
	HASH_DEL(i->gone, gone);
	free(gone);
}

static bool work_left(const struct ipvs *i)
{
	return i->dirty || i->gone;
}

/* All that was dirty is handed over: the waiters know what to wait for. */
static void end_commit(struct ipvs *i)
{
	struct ipvs_waiter *w;

	i->committed = true;
	i->committing = false;
	i->commit_class = LOOP_QUEUED;
	DL_FOREACH(i->waiters, w) {
		if (!w->last)
			w->last = i->next_seq;
	}
	ipvs_check_waiters(i);
}

static void commit_slice(struct ipvs *i)
{
	struct ipvs_job *job = new_job(i, IPVS_JOB_SAY, i->commit_class);
	usec_t now = mono_now(); /* of the whole slice */
	size_t servers = 0;

	while (work_left(i) && servers < SLICE_SERVERS && job->n_words < SLICE_SERVICES) {
		struct vs *v = i->dirty;

		if (!v) {
			derive_gone(i, i->gone, job);
			continue;
		}
		DL_DELETE(i->dirty, v);
		v->dirty = false;
		servers += derive(i, v, job, now);
	}
	job->complete = !i->committed && !work_left(i);
	i->filling = i->filling || servers > FILLING;
	if (job->n_words || job->complete)
		submit(i, job);
	else
		ipvs_job_free(job);
	if (!work_left(i))
		end_commit(i);
}

static void commit_item(void *user)
{
	struct ipvs *i = user;

	if (!i->committing)
		return;
	commit_slice(i);
	if (i->committing)
		loop_item_post(i->loop, &i->commit_item);
}

void ipvs_commit(struct ipvs *i, enum loop_class cls)
{
	if (i->withdrawn || (i->committed && !i->committing && !work_left(i)))
		return;
	i->committing = true;
	if (cls == LOOP_URGENT)
		i->commit_class = LOOP_URGENT;
	if (i->held)
		return;
	for (int n = 0; cls == LOOP_URGENT && n < URGENT_SLICES && i->committing; n++)
		commit_slice(i);
	if (i->committing)
		loop_item_post(i->loop, &i->commit_item);
}

void ipvs_hold(struct ipvs *i, bool held)
{
	i->held = held;
	if (!held && i->committing)
		loop_item_post(i->loop, &i->commit_item);
}

bool ipvs_is_filling(const struct ipvs *i)
{
	return i->filling || (i->committing && i->dirty);
}

static struct ipvs_waiter *add_waiter(struct ipvs *i, void *user)
{
	struct ipvs_waiter *w = ipvs_zalloc(1, sizeof(*w));

	w->user = user;
	w->first = i->next_seq + 1;
	DL_APPEND(i->waiters, w);
	return w;
}

void ipvs_commit_then(struct ipvs *i, enum loop_class cls, void (*done)(void *user, int err), void *user)
{
	struct ipvs_waiter *w = add_waiter(i, user);

	w->done = done;
	ipvs_commit(i, cls);
	if (!i->committing && !w->last)
		w->last = i->next_seq;
	ipvs_check_waiters(i);
}

/* Removing a service drops what is established to its servers on this very host; in the form that its role gives it by now it sends
 * nothing elsewhere, and a successor adopts it. */
static bool outlives_us(struct ipvs *i, struct vs *v)
{
	if (!v->pool.conf.role_aware || v->pool.role == IPVS_ROLE_MASTER || i->settings.at_stop != IPVS_STOP_OURS)
		return false;
	look_up_locals(i, v);
	for (size_t k = 0; k < v->pool.n; k++)
		if (v->pool.members[k].local)
			return true;
	return false;
}

static struct ipvs_job *withdraw_job(struct ipvs *i)
{
	struct ipvs_job *job = new_job(i, IPVS_JOB_WITHDRAW, LOOP_URGENT);
	struct vs *v, *tmp;

	HASH_ITER(hh, i->services, v, tmp) {
		if (outlives_us(i, v))
			*add_word(job) = (struct ipvs_word){ .key = v->key };
	}
	return job;
}

void ipvs_withdraw(struct ipvs *i, void (*done)(void *user), void *user)
{
	struct ipvs_waiter *w = add_waiter(i, user);

	w->withdrawn = done;
	i->withdrawn = true;
	i->committing = false;
	loop_item_cancel(i->loop, &i->commit_item);
	loop_timer_stop(i->loop, &i->look_timer);
	loop_timer_stop(i->loop, &i->retry_timer);
	loop_timer_stop(i->loop, &i->tick);
	submit(i, withdraw_job(i));
	DL_FOREACH(i->waiters, w) {
		if (!w->last)
			w->last = i->next_seq;
	}
}

void ipvs_commit_init(struct ipvs *i)
{
	i->commit_class = LOOP_QUEUED;
	loop_item_init(&i->commit_item, commit_item, i);
}
