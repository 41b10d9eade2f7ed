/*
 * The simulation: random clusters of 2 to 7 machines, disturbed in random ways, and what must be true afterwards.
 *
 * After the LAN is whole again and a computed bound has passed there is exactly one MASTER, one that nobody may
 * preempt, and nothing moves any more. On a clean LAN a takeover comes when the RFCs' arithmetic (done here anew)
 * says, by the machine with the highest priority and without a second MASTER. A host that returns with no better
 * rank changes nothing.
 *
 * vrrp_sim [--failovers N] [--long] [--from SEED] [--seed N]: how many takeovers to see (20 000, a million), beginning where; the last
 * plays one cluster with a trace. A failure prints the seed, and is world_fail() to a debugger.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>

#include "tests/sim/command.h"
#include "tests/sim/world.h"

enum { EPISODES = 12 };

static struct {
	uint64_t clusters, takeovers, spells, heals, timed, mixed, lost, duplicated, overtaken;
	usec_t slowest;
} seen;

static bool chance(struct world *w, unsigned percent)
{
	return world_random(w, 100) < percent;
}

/* ---- clusters ---- */

static uint8_t random_priority(struct world *w)
{
	/* few values, so that equal priorities are common; sometimes neighbours */
	return chance(w, 60) ? (uint8_t)(50 + 50 * world_random(w, 4)) : (uint8_t)(1 + world_random(w, 254));
}

static void build_cluster(struct world *w)
{
	unsigned n = 2 + (unsigned)world_random(w, WORLD_MAX - 1);
	uint8_t version = chance(w, 50) ? 2 : 3;
	usec_t adver_int = version == 2 ? USEC_PER_SEC * (1 + (usec_t)world_random(w, 2)) :
		USEC_PER_CS * (10 + (usec_t)world_random(w, 200));
	bool all_preempt = chance(w, 70), has_owner = chance(w, 10), mixed = version == 3 && chance(w, 20);

	for (unsigned i = 0; i < n; i++) {
		struct vrrp_fsm_conf c = { .version = version, .down_adverts = 3, .adver_int = adver_int };
		c.priority = has_owner && i == 0 ? 255 : random_priority(w);
		c.preempt = all_preempt || chance(w, 50);
		if (chance(w, 10))
			c.preempt_delay = USEC_PER_SEC * (usec_t)world_random(w, 5);
		if (mixed)
			c.adver_int = USEC_PER_CS * (10 + (usec_t)world_random(w, 200));
		world_add(w, &c);
	}
}

/* ---- what the RFCs say, computed apart from the code under test ---- */

static usec_t rfc_skew(const struct machine *m, usec_t adver_int)
{
	if (m->fsm.damped)
		return 2 * (m->conf.version == 2 ? USEC_PER_SEC : adver_int);
	return (256 - m->fsm.priority) * (m->conf.version == 2 ? USEC_PER_SEC : adver_int) / 256;
}

static usec_t rfc_down(const struct machine *m, usec_t adver_int)
{
	return m->conf.down_adverts * adver_int + rfc_skew(m, adver_int);
}

/*
 * How long a whole LAN may take until exactly one is MASTER, and the right one:
 *
 *   what is under way     packets of the time before arrive, hosts that stood still wake up
 * + Master_Down_Interval  the election: all have waited for somebody silent (the longest of all)
 * + preempt_delay         a better one hears a lower MASTER, and waits as it was told
 * + Master_Down_Interval  ... and discards its adverts until its timer is over
 * + interval              a second MASTER of that time hears the next advert of the better one
 * + 4 (delay + lateness)  a packet and a late timer for each of these steps
 */
static usec_t settle_bound(const struct world *w)
{
	usec_t interval = 0, delay = 0;

	for (unsigned i = 0; i < w->n; i++) {
		interval = usec_max(interval, w->machine[i].conf.adver_int);
		delay = usec_max(delay, w->machine[i].conf.preempt_delay);
	}
	return world_quiet_at(w) - w->now + 2 * world_longest_wait(w) + delay + interval + 4 * (WORLD_DELAY + WORLD_LATE);
}

/* ---- judging ---- */

static bool runs(const struct machine *m)
{
	return m->alive && m->fsm.state != VRRP_FAULT;
}

static unsigned count_running(const struct world *w)
{
	unsigned n = 0;

	for (unsigned i = 0; i < w->n; i++)
		n += runs(&w->machine[i]);
	return n;
}

static bool may_preempt(const struct machine *m, const struct machine *master)
{
	return runs(m) && m->fsm.priority > master->fsm.priority && ((m->conf.preempt && !m->fsm.damped) || m->conf.priority == 255);
}

static void judge_settled(struct world *w)
{
	int master = world_only_master(w);

	if (count_running(w) == 0)
		return;
	if (master < 0) {
		world_fail(w, "%u masters among %u machines", w->masters, count_running(w));
		return;
	}
	for (unsigned i = 0; i < w->n; i++)
		if (may_preempt(&w->machine[i], &w->machine[master]))
			world_fail(w, "machine %d is MASTER, but %u may preempt it and does not", master, i);
}

/* The LAN is whole: let it settle, see that it is right, and that it stays so. */
static void settle(struct world *w)
{
	world_make_clean(w);
	usec_t from = w->now, bound = settle_bound(w);
	w->moved_at = from;
	world_run(w, from + bound);
	judge_settled(w);
	w->slowest = usec_max(w->slowest, (w->moved_at - from) * 1000 / bound);
	uint64_t before = w->transitions;
	world_run(w, w->now + settle_bound(w));
	if (w->transitions != before)
		world_fail(w, "%" PRIu64 " transitions on a quiet LAN", w->transitions - before);
	judge_settled(w);
}

/* A takeover on a clean, settled LAN: `from` is when the survivors began to wait. */
struct expected {
	usec_t earliest;
	int winner; /* -1: too close to say */
};

static struct expected expect_takeover(const struct world *w, usec_t from, usec_t adver_int, bool resigned)
{
	struct expected e = { .earliest = USEC_NEVER, .winner = -1 };
	usec_t second = USEC_NEVER;

	for (unsigned i = 0; i < w->n; i++) {
		const struct machine *m = &w->machine[i];
		if (!runs(m))
			continue;
		usec_t interval = m->conf.version == 2 ? m->conf.adver_int : adver_int;
		usec_t at = from + (resigned ? rfc_skew(m, interval) : rfc_down(m, interval));
		if (at < e.earliest) {
			second = e.earliest;
			e = (struct expected){ .earliest = at, .winner = (int)i };
		} else {
			second = usec_min(second, at);
		}
	}
	/* the first advert must reach the second in line before its own timer */
	if (e.winner >= 0 && second - e.earliest <= WORLD_LATE + 2 * WORLD_DELAY)
		e.winner = -1;
	return e;
}

static void judge_takeover(struct world *w, const struct expected *e, uint64_t spells_before)
{
	usec_t latest = e->earliest + WORLD_DELAY + WORLD_LATE;

	if (!world_run_to_takeover(w, latest)) {
		world_fail(w, "no takeover by %.6f s", (double)latest / 1e6);
		return;
	}
	if (w->taken_at < e->earliest)
		world_fail(w, "machine %u took over %lld us early", w->taker, (long long)(e->earliest - w->taken_at));
	if (e->winner < 0)
		return;
	if (w->taker != (unsigned)e->winner)
		world_fail(w, "machine %u took over, not %d", w->taker, e->winner);
	world_run(w, w->now + 4 * WORLD_DELAY);
	if (w->spells != spells_before)
		world_fail(w, "two masters after a takeover on a clean LAN");
}

/* ---- disturbances ---- */

/* The master goes, by a cut of its power or in good order. */
static void lose_master(struct world *w, bool resigns)
{
	int i = world_only_master(w);

	if (i < 0)
		return;
	usec_t from = resigns ? w->now : w->machine[i].advert_at;
	uint64_t spells = w->spells;
	if (resigns)
		world_event(w, (unsigned)i, VRRP_EV_STOP);
	else
		world_crash(w, (unsigned)i);
	if (count_running(w) == 0)
		return;
	struct expected e = expect_takeover(w, from, w->machine[i].conf.adver_int, resigns);
	judge_takeover(w, &e, spells);
	seen.timed++;
}

/* Will it hear the master before its own first wait, made with its own interval, is over? */
static bool hears_in_time(const struct machine *m, const struct machine *master)
{
	return rfc_down(m, m->conf.adver_int) > master->conf.adver_int + WORLD_DELAY + WORLD_LATE;
}

/* A machine that returns and may not preempt leaves the sitting master alone. */
static void revive_one(struct world *w, unsigned i)
{
	struct machine *m = &w->machine[i];
	int master = world_only_master(w);
	uint64_t before = w->transitions;

	m->fsm.damped = false;
	world_boot(w, i, VRRP_EV_START);
	bool harmless = master >= 0 && m->conf.priority != 255 && !may_preempt(m, &w->machine[master]) &&
		hears_in_time(m, &w->machine[master]);
	settle(w);
	if (harmless && w->transitions != before + 1)
		world_fail(w, "machine %u came back and moved the sitting master", i);
}

static void revive_dead(struct world *w)
{
	for (unsigned i = 0; i < w->n && !w->failed; i++) {
		struct machine *m = &w->machine[i];
		if (m->alive)
			continue;
		m->fsm.damped = false;
		usec_t limit = rfc_down(m, m->conf.adver_int) - m->conf.adver_int;
		bool young = m->master_at_death && w->now - m->advert_at < limit;
		if (young)
			world_boot(w, i, VRRP_EV_ADOPT);
		else
			revive_one(w, i);
	}
}

/* kill -9 and at once a new process: it goes on as MASTER, and nobody else noticed. */
static void restart_master(struct world *w)
{
	int i = world_only_master(w);

	if (i < 0)
		return;
	struct machine *m = &w->machine[i];
	uint64_t before = w->transitions;
	world_crash(w, (unsigned)i);
	m->fsm.damped = false; /* the new life begins without guilt */
	usec_t limit = m->advert_at + rfc_down(m, m->conf.adver_int) - m->conf.adver_int;
	world_run(w, w->now + (usec_t)world_random(w, (uint64_t)usec_max(1, limit - w->now)));
	if (w->transitions != before)
		world_fail(w, "a takeover while the master was gone for less than two intervals");
	world_boot(w, (unsigned)i, VRRP_EV_ADOPT);
	settle(w);
	if (w->transitions != before + 1)
		world_fail(w, "an adopted master was disturbed");
}

static void partition(struct world *w)
{
	unsigned side = 1 + (unsigned)world_random(w, (1u << w->n) - 2);

	for (unsigned i = 0; i < w->n; i++)
		for (unsigned j = 0; j < w->n; j++)
			w->cut[i][j] = (side >> i & 1) != (side >> j & 1);
}

static void cut_one_way(struct world *w)
{
	unsigned from = (unsigned)world_random(w, w->n), to = (unsigned)world_random(w, w->n);

	w->cut[from][to] = true;
}

static void make_lossy(struct world *w)
{
	w->lan.loss = 5 + (unsigned)world_random(w, 60);
	w->lan.duplicate = (unsigned)world_random(w, 30);
	w->lan.delay = USEC_PER_MS * (1 + (usec_t)world_random(w, 900));
}

static void change_priority(struct world *w)
{
	unsigned i = (unsigned)world_random(w, w->n);
	struct machine *m = &w->machine[i];

	if (!runs(m))
		return;
	vrrp_fsm_set_priority(&m->fsm, m->conf.priority + (int)world_random(w, 81) - 40);
	world_event(w, i, VRRP_EV_PRIORITY);
}

/* Another priority or another mind about preemption, by a new file. The owner stays the owner. */
static void reload_one(struct world *w)
{
	unsigned i = (unsigned)world_random(w, w->n);
	struct vrrp_fsm_conf c = w->machine[i].conf;

	if (!runs(&w->machine[i]) || c.priority == 255)
		return;
	if (chance(w, 50))
		c.priority = random_priority(w);
	else
		c.preempt = !c.preempt;
	world_reconf(w, i, &c);
}

/* It flaps: from now on, or no longer. */
static void damp_one(struct world *w)
{
	unsigned i = (unsigned)world_random(w, w->n);

	if (!runs(&w->machine[i]))
		return;
	vrrp_fsm_set_damped(&w->machine[i].fsm, !w->machine[i].fsm.damped);
	world_event(w, i, VRRP_EV_PRIORITY);
}

/* The master fails and comes back damped: it leaves the one that took over alone. */
static void flap_master(struct world *w)
{
	int i = world_only_master(w);

	if (i < 0 || w->machine[i].conf.priority == 255)
		return;
	world_event(w, (unsigned)i, VRRP_EV_FAULT);
	settle(w);
	int other = world_only_master(w);
	vrrp_fsm_set_damped(&w->machine[i].fsm, true);
	world_event(w, (unsigned)i, VRRP_EV_CLEAR);
	bool hears = other >= 0 && hears_in_time(&w->machine[i], &w->machine[other]);
	settle(w);
	if (hears && world_only_master(w) == i)
		world_fail(w, "machine %d is damped and preempts", i);
}

static void fault_one(struct world *w)
{
	unsigned i = (unsigned)world_random(w, w->n);

	if (!runs(&w->machine[i]))
		return;
	world_event(w, i, VRRP_EV_FAULT);
	settle(w);
	world_event(w, i, VRRP_EV_CLEAR);
}

static void put_to_sleep(struct world *w)
{
	unsigned i = (unsigned)world_random(w, w->n);

	world_sleep(w, i, w->now + (usec_t)world_random(w, 8 * USEC_PER_SEC));
}

static void disturb(struct world *w)
{
	switch (world_random(w, 12)) {
	case 0:
	case 1:
	case 2: lose_master(w, false); break;
	case 3:
	case 4: lose_master(w, true); break;
	case 5: partition(w); break;
	case 6: make_lossy(w); break;
	case 7: cut_one_way(w); break;
	case 10: reload_one(w); break;
	case 11: chance(w, 50) ? damp_one(w) : flap_master(w); break;
	case 8: chance(w, 50) ? fault_one(w) : change_priority(w); break;
	default:
		if (chance(w, 50))
			restart_master(w);
		else
			put_to_sleep(w);
		break;
	}
	world_run(w, w->now + (usec_t)world_random(w, 12 * USEC_PER_SEC));
}

static bool play_cluster(uint64_t seed, bool trace)
{
	struct world w;

	world_init(&w, seed, trace);
	build_cluster(&w);
	for (unsigned i = 0; i < w.n; i++) {
		world_boot(&w, i, VRRP_EV_START);
		world_run(&w, w.now + (usec_t)world_random(&w, USEC_PER_SEC));
	}
	settle(&w);
	for (unsigned e = 0; e < EPISODES && !w.failed; e++) {
		disturb(&w);
		settle(&w);
		if (chance(&w, 70))
			revive_dead(&w);
		settle(&w);
	}
	seen.clusters++;
	seen.takeovers += w.takeovers;
	seen.spells += w.spells;
	seen.heals += w.heals;
	seen.lost += w.lost;
	seen.duplicated += w.duplicated;
	seen.overtaken += w.overtaken;
	seen.slowest = usec_max(seen.slowest, w.slowest);
	bool ok = !w.failed;
	world_free(&w);
	return ok;
}

/* Both versions in one virtual router, by mistake: they do not hear each other, so each has a MASTER; that is counted by every one
 * that hears the other, and nothing swings. */
static bool play_mixed(uint64_t seed)
{
	struct world w;
	unsigned masters[4] = { 0 };

	world_init(&w, seed, false);
	build_cluster(&w);
	for (unsigned i = 0; i < w.n; i++) {
		w.machine[i].conf.version = w.machine[i].fsm.conf.version = (uint8_t)(2 + i % 2);
		w.machine[i].conf.adver_int = w.machine[i].fsm.conf.adver_int = USEC_PER_SEC;
		world_boot(&w, i, VRRP_EV_START);
	}
	world_run(&w, w.now + settle_bound(&w));
	uint64_t before = w.transitions, counted = w.version_errors;
	world_run(&w, w.now + settle_bound(&w));
	for (unsigned i = 0; i < w.n; i++)
		masters[w.machine[i].conf.version] += w.machine[i].fsm.state == VRRP_MASTER;
	if (masters[2] != 1 || masters[3] != 1)
		world_fail(&w, "versions mixed: %u and %u masters", masters[2], masters[3]);
	if (w.transitions != before || w.version_errors == counted)
		world_fail(&w, "versions mixed: it swings, or nobody counts it");
	seen.mixed++;
	bool ok = !w.failed;
	world_free(&w);
	return ok;
}

/* ---- the command ---- */

static bool play(uint64_t seed, bool trace)
{
	return play_cluster(seed, trace) && ((seed % 16 != 0 && !trace) || play_mixed(seed));
}

static uint64_t takeovers(void)
{
	return seen.takeovers;
}

static bool tell(void)
{
	printf("%" PRIu64 " clusters, %" PRIu64 " takeovers (%" PRIu64 " timed), ", seen.clusters, seen.takeovers, seen.timed);
	printf("%" PRIu64 " spells of two masters, %" PRIu64 " healed\n", seen.spells, seen.heals);
	printf("%" PRIu64 " adverts lost, %" PRIu64 " duplicated, %" PRIu64 " overtaken; %" PRIu64 " with versions mixed by mistake\n",
	       seen.lost, seen.duplicated, seen.overtaken, seen.mixed);
	printf("one MASTER within quiet + 2 x Master_Down_Interval + preempt_delay + interval: the slowest took %lld.%lld %% of it\n",
	       (long long)seen.slowest / 10, (long long)seen.slowest % 10);
	return seen.takeovers && seen.spells && seen.heals && seen.timed && seen.mixed && seen.lost && seen.duplicated && seen.overtaken;
}

int main(int argc, char **argv)
{
	static const struct sim_command command = { 20000, play, takeovers, tell };

	return sim_main(argc, argv, &command);
}
