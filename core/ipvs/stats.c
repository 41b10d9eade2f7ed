/*
 * Counting traffic: one list of the kernel's services, or one of servers for each service. See stats.h.
 *
 * A job takes a few services, and the next one is handed over when its rows are read: what is urgent goes between.
 */
#include "config.h"

#include "core/ipvs/stats.h"

#include <errno.h>
#include <stdlib.h>

#include "core/ipvs/alloc.h"
#include "core/ipvs/engine.h"

#define STATS_SERVICES 32 /* asked for in one job */

/* On the kernel thread. A service that has gone meanwhile has no rows; the error that counts is the last one. */
void ipvs_stats_run(struct nl_ctx *ctx, struct ipvs_job *job)
{
	if (!job->n_words)
		job->stats_err = ipvs_nl_stat_services(ctx, &job->stats);
	for (size_t k = 0; k < job->n_words; k++) {
		int err = ipvs_nl_stat_servers(ctx, &job->words[k].key, &job->stats);

		if (err && err != ESRCH && err != ENOENT)
			job->stats_err = err;
	}
}

static void end_stats(struct ipvs *i, int err)
{
	free(i->stat_keys);
	i->stat_keys = NULL;
	i->n_stat_keys = i->stat_at = 0;
	i->stat_busy = false;
	if (i->obs.traffic_done)
		i->obs.traffic_done(i->obs.user, err);
}

static void next_services(struct ipvs *i)
{
	size_t left = i->n_stat_keys - i->stat_at, n = left < STATS_SERVICES ? left : STATS_SERVICES;
	struct ipvs_word *words = ipvs_zalloc(n, sizeof(*words));

	for (size_t k = 0; k < n; k++)
		words[k].key = i->stat_keys[i->stat_at++];
	ipvs_submit_stats(i, words, n);
}

bool ipvs_count_traffic(struct ipvs *i, bool servers)
{
	struct vs *v, *tmp;

	if (i->stat_busy || i->withdrawn || !i->services || i->totals.availability == IPVS_ABSENT)
		return false;
	i->stat_busy = true;
	if (!servers) {
		ipvs_submit_stats(i, NULL, 0);
		return true;
	}
	i->stat_keys = ipvs_zalloc(HASH_COUNT(i->services), sizeof(*i->stat_keys));
	HASH_ITER(hh, i->services, v, tmp)
		i->stat_keys[i->n_stat_keys++] = v->key;
	next_services(i);
	return true;
}

size_t ipvs_stats_read(struct ipvs *i, struct ipvs_job *job, size_t most)
{
	size_t n = 0;

	for (; n < most && job->stats_read < job->stats.n; n++) {
		const struct ipvs_stat *s = &job->stats.list[job->stats_read++];

		if (i->obs.traffic && vs_find(i, &s->key.service))
			i->obs.traffic(i->obs.user, s);
	}
	return n;
}

void ipvs_stats_taken(struct ipvs *i, const struct ipvs_job *job)
{
	if (job->stats_err || i->withdrawn || i->stat_at == i->n_stat_keys)
		end_stats(i, job->stats_err);
	else
		next_services(i);
}
