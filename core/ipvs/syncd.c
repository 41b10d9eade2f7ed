/*
 * Connection synchronisation (ip_vs_sync): see syncd.h. Runs on the kernel thread.
 */
#include "config.h"

#include "core/ipvs/syncd.h"

#include <errno.h>
#include <string.h>

#include "core/base/log.h"

/* The roles are bits here: without an instance both halves run. */
#define BOTH ((unsigned)IPVS_ROLE_BACKUP | (unsigned)IPVS_ROLE_MASTER)

static const char *half_name(enum ipvs_role half)
{
	return half == IPVS_ROLE_MASTER ? "MASTER" : "BACKUP";
}

static bool same_place(const struct ipvs_sync_conf *a, const struct ipvs_sync_conf *b)
{
	return a->id == b->id && strncmp(a->ifname, b->ifname, sizeof(a->ifname)) == 0;
}

static bool same_conf(const struct ipvs_sync_conf *a, const struct ipvs_sync_conf *b)
{
	return same_place(a, b) && a->maxlen == b->maxlen && a->port == b->port && a->ttl == b->ttl &&
	       addr_cmp(&a->group, &b->group) == 0;
}

/* Does what runs satisfy what is wanted? What is not configured is the kernel's choice, and it may cut the packet length. */
static bool satisfies(const struct ipvs_sync_conf *run, const struct ipvs_sync_conf *want)
{
	return same_place(run, want) && (!want->maxlen || run->maxlen <= want->maxlen) &&
	       (!want->port || run->port == want->port) && (!want->ttl || run->ttl == want->ttl) &&
	       (!want->group.family || addr_cmp(&run->group, &want->group) == 0);
}

static int stop(struct ipvs_syncd *s, struct nl_ctx *ctx, const struct ipvs_nl_daemon *run, bool ours)
{
	int err = ipvs_nl_stop_daemon(ctx, run->half);

	if (err)
		return err;
	s->ours &= ~(unsigned)run->half;
	log_info("ipvs", "Stopped %sIPVS sync daemon %s on %s, id %u", ours ? "" : "another hand's ", half_name(run->half),
	         run->conf.ifname, run->conf.id);
	return 0;
}

/* One half that runs now: keep it (and take it from *missing), stop it, or leave it alone. */
static int judge(struct ipvs_syncd *s, struct nl_ctx *ctx, const struct ipvs_nl_daemon *run,
                 const struct ipvs_sync_conf *conf, unsigned *missing)
{
	bool mine = s->ours & run->half, ours = mine || (conf->enabled && same_place(&run->conf, conf));

	if (!(*missing & run->half)) {
		if (ours)
			return stop(s, ctx, run, true);
		log_notice("ipvs", "another hand runs IPVS sync daemon %s on %s, id %u: left alone", half_name(run->half),
		           run->conf.ifname, run->conf.id);
		return 0;
	}
	if (!(mine && same_conf(&s->applied, conf) && same_place(&run->conf, conf)) && !satisfies(&run->conf, conf))
		return stop(s, ctx, run, ours);
	*missing &= ~(unsigned)run->half;
	return 0;
}

static int start(struct nl_ctx *ctx, const struct ipvs_sync_conf *conf, enum ipvs_role half)
{
	struct ipvs_nl_daemon d = { .half = half, .conf = *conf };
	int err = ipvs_nl_start_daemon(ctx, &d);

	if (!err)
		log_info("ipvs", "Started IPVS sync daemon %s on %s, id %u", half_name(half), conf->ifname, conf->id);
	return err;
}

static int make_so(struct ipvs_syncd *s, struct nl_ctx *ctx, const struct ipvs_sync_conf *conf, unsigned halves)
{
	struct ipvs_nl_daemon running[IPVS_NL_DAEMONS];
	unsigned missing = halves;
	size_t n;
	int err = ipvs_nl_list_daemons(ctx, running, &n);

	for (size_t i = 0; i < n && !err; i++)
		err = judge(s, ctx, &running[i], conf, &missing);
	for (unsigned half = IPVS_ROLE_BACKUP; half <= IPVS_ROLE_MASTER && !err; half++)
		if (missing & half)
			err = start(ctx, conf, (enum ipvs_role)half);
	if (!err) {
		s->ours = halves;
		s->applied = *conf;
	}
	return err;
}

int ipvs_syncd_apply(struct ipvs_syncd *s, struct nl_ctx *ctx, const struct ipvs_sync_conf *conf, enum ipvs_role half)
{
	char why[96];
	int err = make_so(s, ctx, conf, !conf->enabled ? 0 : conf->both ? BOTH : (unsigned)half);

	if (err && err != EOPNOTSUPP && err != s->last_err)
		log_warn("ipvs", "IPVS sync daemon on %s, id %u: the kernel refused: %s; trying again", conf->ifname, conf->id,
		         strerror_r(err, why, sizeof(why)));
	s->last_err = err;
	return err;
}
