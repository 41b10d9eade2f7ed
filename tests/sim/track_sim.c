/*
 * The simulation of what moves a priority: 2 to 7 hosts of one virtual router, each with trackers, its own health and flap damping,
 * all through the daemon's pure modules. Trackers fail and recover, hosts become unable to serve, some or all of them, flap, crash,
 * stand still and come back; the LAN is cut and loses; wall clocks are stepped.
 *
 * A host that cannot serve isn't MASTER for longer than Master_Down_Interval while one that can, and may preempt, is heard. Hosts
 * that are all ill still have a MASTER. The priority is what the trackers say now, computed here anew, whatever came before. Where
 * all preempt, the highest is MASTER. Falls damp, and are forgotten. A step of the wall clock moves nothing: the same run
 * without steps has the same history to the microsecond; only announcements are made again.
 *
 * The state machine knows the monotonic clock alone, so that a step can reach it only by way of loop_clocks_compare().
 *
 * track_sim [--failovers N] [--long] [--from SEED] [--seed N]: as vrrp_sim.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/loop/loop.h"
#include "core/vrrp/prio.h"
#include "tests/sim/command.h"
#include "tests/sim/track_host.h"
#include "tests/sim/world.h"

enum { HOSTS_MAX = WORLD_MAX, EPISODES = 10 };
struct lab {
	struct world w;
	struct host host[HOSTS_MAX];
	uint64_t clock_random; /* of its own, so that steps disturb nothing else */
	bool steps, clean, damping, all_preempt;
	usec_t ill_beside[HOSTS_MAX][HOSTS_MAX]; /* [ill MASTER][one that could]: since; 0: not so */
	uint64_t history; /* of all transitions */
	uint64_t stepped, slept, announced, yielded, all_ill, damped, priorities;
};

static struct {
	uint64_t labs, takeovers, spells, heals, stepped, slept, announced, yielded, all_ill, damped, priorities, twins;
} seen;

static uint64_t pick(struct lab *l, uint64_t n)
{
	return world_random(&l->w, n);
}

static bool chance(struct lab *l, unsigned percent)
{
	return pick(l, 100) < percent;
}

/* xorshift */
static uint64_t pick_clock(struct lab *l, uint64_t n)
{
	l->clock_random ^= l->clock_random << 13;
	l->clock_random ^= l->clock_random >> 7;
	l->clock_random ^= l->clock_random << 17;
	return l->clock_random % n;
}

static bool is_awake(const struct lab *l, unsigned i)
{
	return l->w.machine[i].alive && l->w.now >= l->w.machine[i].asleep_until;
}

/* ---- what should be ---- */

static bool is_ill(const struct lab *l, unsigned i)
{
	return track_host_is_ill(&l->host[i], l->w.machine[i].asleep_until, l->w.now);
}

static bool is_well(const struct lab *l, unsigned i)
{
	return track_host_is_well(&l->host[i], l->w.machine[i].asleep_until, l->w.now);
}

static struct due due_of(const struct lab *l, unsigned i)
{
	return track_host_due(&l->host[i], l->w.machine[i].conf.priority);
}

static void check_priority(struct lab *l, unsigned i)
{
	const struct vrrp_fsm *f = &l->w.machine[i].fsm;

	if (!track_host_is_sure(&l->host[i], l->w.machine[i].asleep_until, l->w.now))
		return;
	struct due d = due_of(l, i);
	if (f->priority != d.priority)
		world_fail(&l->w, "host %u has priority %u, but all that it looks at makes %d", i, f->priority, d.priority);
	if ((f->state == VRRP_FAULT) != d.fault)
		world_fail(&l->w, "host %u is %s, but a fault is%s due", i, vrrp_state_name(f->state), d.fault ? "" : " not");
	l->priorities++;
}

/* Bounds that hold however exactly a penalty decays between its half-lives. */
static void check_damping(struct lab *l, unsigned i)
{
	const struct host *h = &l->host[i];
	bool damped = l->w.machine[i].fsm.damped;
	unsigned lately = 0;

	for (unsigned k = 0; k < FALLS_KEPT; k++)
		lately += h->falls[k] != 0 && l->w.now - h->falls[k] < HALF_LIFE / 8;
	if (l->damping && lately == FALLS_KEPT && !damped)
		world_fail(&l->w, "host %u fell %d times in a moment and is not damped", i, FALLS_KEPT);
	if (damped && l->w.now - h->falls[0] > 10 * HALF_LIFE)
		world_fail(&l->w, "host %u is damped for what it did long ago", i);
}

/* ---- a host ---- */

static void fold(struct lab *l, unsigned i)
{
	struct machine *m = &l->w.machine[i];
	struct track_share sum = track_host_share(&l->host[i]);
	uint8_t priority = vrrp_prio_effective(m->conf.priority, sum.add);
	if (priority != m->fsm.priority) {
		vrrp_fsm_set_priority(&m->fsm, priority);
		world_event(&l->w, i, VRRP_EV_PRIORITY);
	}
	bool fault = sum.fault || sum.wait;
	if (fault != (m->fsm.state == VRRP_FAULT))
		world_event(&l->w, i, fault ? VRRP_EV_FAULT : VRRP_EV_CLEAR);
}

/* Clocks are slewed all the time, and rarely stepped. */
static void move_clock(struct lab *l, struct host *h, bool *step)
{
	*step = pick_clock(l, 100) < 3;
	int64_t by = *step ? (int64_t)(200 * USEC_PER_MS + (usec_t)pick_clock(l, 3600 * USEC_PER_SEC)) :
		(int64_t)pick_clock(l, 50 * USEC_PER_MS);
	h->wall_ahead += pick_clock(l, 2) ? by : -by;
}

static void look_at_clocks(struct lab *l, unsigned i)
{
	struct host *h = &l->host[i];
	bool step = false;

	if (l->steps)
		move_clock(l, h, &step);
	bool slept = h->boot_ahead != h->boot_seen;
	enum loop_doubt due = slept ? LOOP_SLEPT : step ? LOOP_STEPPED : LOOP_NO_DOUBT;
	enum loop_doubt said = loop_clocks_compare(h->boot_ahead - h->boot_seen, h->wall_ahead - h->wall_seen);
	if (said != due)
		world_fail(&l->w, "host %u: the doubt about its clocks is %d, not %d", i, (int)said, (int)due);
	h->boot_seen = h->boot_ahead;
	h->wall_seen = h->wall_ahead;
	l->slept += slept;
	l->stepped += step;
	l->announced += said != LOOP_NO_DOUBT && l->w.machine[i].fsm.state == VRRP_MASTER;
}

static void damp_now(struct lab *l, unsigned i)
{
	struct vrrp_fsm *f = &l->w.machine[i].fsm;
	bool damped = damp_step(&l->host[i].damp, f->state, f->state, l->w.now);

	if (f->damped)
		l->host[i].damped_at = l->w.now;
	if (damped == f->damped)
		return;
	vrrp_fsm_set_damped(f, damped);
	world_event(&l->w, i, VRRP_EV_PRIORITY);
}

static void look(struct lab *l, unsigned i)
{
	struct host *h = &l->host[i];

	track_host_look(h, l->w.now);
	look_at_clocks(l, i);
	damp_now(l, i);
	fold(l, i);
	check_priority(l, i);
	check_damping(l, i);
	h->look_due = l->w.now + LOOK_EVERY;
}

static void on_moved(void *user, unsigned i, enum vrrp_state from, enum vrrp_state to)
{
	struct lab *l = user;
	struct host *h = &l->host[i];
	struct vrrp_fsm *f = &l->w.machine[i].fsm;
	bool before = f->damped;

	l->history = (l->history ^ (uint64_t)l->w.now ^ (uint64_t)i << 56 ^ (uint64_t)to << 48) * 0x100000001b3u;
	if (to != VRRP_INIT && (from == VRRP_MASTER || to == VRRP_FAULT)) {
		memmove(h->falls + 1, h->falls, sizeof(h->falls) - sizeof(h->falls[0]));
		h->falls[0] = l->w.now;
	}
	vrrp_fsm_set_damped(f, damp_step(&h->damp, from, to, l->w.now));
	l->damped += f->damped && !before;
}

static void boot(struct lab *l, unsigned i)
{
	const struct penalty_rule rule = { .half_life = l->damping ? HALF_LIFE : 0, .suppress = 3, .reuse = 1 };
	struct host *h = &l->host[i];

	track_host_boot(h, l->w.now);
	memset(h->falls, 0, sizeof(h->falls));
	h->boot_seen = h->boot_ahead;
	h->wall_seen = h->wall_ahead;
	damp_init(&h->damp, &rule);
	l->w.machine[i].fsm.priority = l->w.machine[i].conf.priority;
	world_boot(&l->w, i, VRRP_EV_START);
}

/* ---- time ---- */

/* One that can serve, may preempt, and is connected with `i` both ways. */
static bool could_serve(const struct lab *l, unsigned i, unsigned j)
{
	const struct vrrp_fsm *f = &l->w.machine[j].fsm;

	return i != j && is_awake(l, j) && is_well(l, j) && f->conf.preempt && !f->damped &&
		(f->state == VRRP_BACKUP || f->state == VRRP_MASTER);
}

static void watch_pair(struct lab *l, unsigned i, unsigned j)
{
	bool master = l->w.machine[i].fsm.state == VRRP_MASTER;
	bool beside = l->clean && is_awake(l, i) && is_ill(l, i) && could_serve(l, i, j);
	usec_t *since = &l->ill_beside[i][j];

	l->yielded += beside && !master && *since != 0;
	if (!beside || !master)
		*since = 0;
	else if (*since == 0)
		*since = l->w.now;
	else if (l->w.now - *since > world_longest_wait(&l->w) + 4 * (WORLD_DELAY + WORLD_LATE))
		world_fail(&l->w, "host %u cannot serve and is MASTER still, although it hears %u, which can", i, j);
}

static usec_t look_at(const struct lab *l, unsigned i)
{
	const struct machine *m = &l->w.machine[i];

	return m->alive ? usec_max(l->host[i].look_due, m->asleep_until) : USEC_NEVER;
}

static bool happen(struct lab *l, usec_t until)
{
	usec_t at = usec_min(until, world_next(&l->w));
	int who = -1;

	for (unsigned i = 0; i < l->w.n; i++) {
		if (look_at(l, i) < at) {
			at = look_at(l, i);
			who = (int)i;
		}
	}
	if (who >= 0) {
		l->w.now = usec_max(l->w.now, at);
		look(l, (unsigned)who);
	} else if (world_next(&l->w) <= until) {
		world_happen(&l->w);
	} else {
		l->w.now = until;
		return false;
	}
	for (unsigned i = 0; i < l->w.n; i++)
		for (unsigned j = 0; j < l->w.n; j++)
			watch_pair(l, i, j);
	return true;
}

static void run(struct lab *l, usec_t until)
{
	while (!l->w.failed && happen(l, until))
		;
}

/* ---- judging ---- */

/* As in vrrp_sim.c, after all that is so has become known. */
static usec_t bound(const struct lab *l)
{
	return world_quiet_at(&l->w) - l->w.now + SURE_WELL + 2 * LOOK_EVERY + 2 * world_longest_wait(&l->w) +
		l->w.machine[0].conf.adver_int + 4 * (WORLD_DELAY + WORLD_LATE);
}

static void judge(struct lab *l)
{
	int master = world_only_master(&l->w), best = 0;
	unsigned running = 0, ill = 0;
	bool lately = false; /* damped: one that is free again needs its time */

	for (unsigned i = 0; i < l->w.n; i++) {
		struct due d = due_of(l, i);

		if (d.fault)
			continue;
		running++;
		ill += l->host[i].illness != WELL;
		lately |= l->host[i].damped_at != 0 && l->w.now - l->host[i].damped_at < 2 * world_longest_wait(&l->w) + LOOK_EVERY;
		best = d.priority > best ? d.priority : best;
	}
	if (running == 0)
		return;
	if (master < 0) {
		world_fail(&l->w, "%u masters among %u hosts that may run, %u of them ill", l->w.masters, running, ill);
		return;
	}
	if (l->all_preempt && !lately && due_of(l, (unsigned)master).priority != best)
		world_fail(&l->w, "host %d is MASTER and not the highest", master);
	l->all_ill += ill == running;
}

/* The LAN is whole and all hosts run; trackers and illnesses stay as they are. */
static void settle(struct lab *l)
{
	world_make_clean(&l->w);
	for (unsigned i = 0; i < l->w.n; i++)
		if (!l->w.machine[i].alive)
			boot(l, i);
	run(l, world_quiet_at(&l->w));
	l->clean = true;
	run(l, l->w.now + bound(l));
	judge(l);
	l->clean = false;
}

/* ---- disturbances ---- */

static void set_illness(struct lab *l, unsigned i, enum illness ill)
{
	if (l->host[i].illness == ill)
		return;
	l->host[i].illness = ill;
	l->host[i].ill_since = l->w.now;
}

static enum illness any_illness(struct lab *l)
{
	return (enum illness)(1 + pick(l, ILLNESSES - 1));
}

static void fall_ill(struct lab *l)
{
	int master = world_only_master(&l->w);
	unsigned i = master >= 0 && chance(l, 60) ? (unsigned)master : (unsigned)pick(l, l->w.n);
	bool was_well = l->host[i].illness == WELL;

	set_illness(l, i, was_well ? any_illness(l) : WELL);
	l->clean = true;
}

static void fall_ill_all(struct lab *l)
{
	bool recover = chance(l, 40);

	for (unsigned i = 0; i < l->w.n; i++)
		set_illness(l, i, recover ? WELL : any_illness(l));
	l->clean = true;
}

static void change_tracker(struct lab *l)
{
	struct sim_tracker *t = &l->host[pick(l, l->w.n)].tracker[pick(l, TRACKERS)];

	t->good = !t->good;
	t->number = (int32_t)pick(l, 3);
	t->since = l->w.now;
}

static void flap(struct lab *l)
{
	unsigned i = (unsigned)pick(l, l->w.n);

	for (int k = 0; k < FALLS_KEPT && is_awake(l, i); k++) {
		if (l->w.machine[i].fsm.state != VRRP_FAULT)
			world_event(&l->w, i, VRRP_EV_FAULT);
		run(l, l->w.now + 100 * USEC_PER_MS);
		if (l->w.machine[i].fsm.state == VRRP_FAULT)
			world_event(&l->w, i, VRRP_EV_CLEAR);
	}
}

static void suspend_one(struct lab *l)
{
	unsigned i = (unsigned)pick(l, l->w.n);
	usec_t length = USEC_PER_SEC + (usec_t)pick(l, 8 * USEC_PER_SEC);

	world_sleep(&l->w, i, l->w.now + length);
	l->host[i].boot_ahead += length;
}

static void cut_one_way(struct lab *l)
{
	l->w.cut[pick(l, l->w.n)][pick(l, l->w.n)] = true;
	l->w.lan.loss = (unsigned)pick(l, 50);
}

static void disturb(struct lab *l)
{
	switch (pick(l, 10)) {
	case 0:
	case 1:
	case 2: fall_ill(l); break;
	case 3: fall_ill_all(l); break;
	case 4:
	case 5: change_tracker(l); break;
	case 6: flap(l); break;
	case 7: suspend_one(l); break;
	case 8: cut_one_way(l); break;
	default: world_crash(&l->w, (unsigned)pick(l, l->w.n)); break;
	}
	run(l, l->w.now + (usec_t)pick(l, 20 * USEC_PER_SEC));
	l->clean = false;
}

/* ---- labs ---- */

/*
 * Bases differ by at most 20, what trackers add or take by 24, and own health counts 50: who can serve is above who cannot.
 */
static void add_host(struct lab *l, const struct vrrp_fsm_conf *conf, int32_t health_weight)
{
	struct host *h = &l->host[l->w.n];
	static const enum track_kind kinds[TRACKERS] = { TRACK_SCRIPT, TRACK_INTERFACE, TRACK_FILE };

	world_add(&l->w, conf);
	for (unsigned k = 0; k < TRACKERS; k++) {
		int32_t weight = k == FILE_NUMBER ? 1 : chance(l, 20) ? 0 : 5;

		h->tracker[k] = (struct sim_tracker){ .good = true, .since = l->w.now,
			.use = { .kind = kinds[k], .weight = chance(l, 50) ? weight : -weight } };
		h->tracker[k].use.reverse = k != FILE_NUMBER && weight != 0 && chance(l, 30);
	}
	h->health_use = (struct track_use){ .kind = TRACK_HEALTH, .weight = health_weight };
	h->ill_since = l->w.now;
}

static void build(struct lab *l)
{
	unsigned n = 2 + (unsigned)pick(l, HOSTS_MAX - 1);
	uint8_t version = chance(l, 50) ? 2 : 3;
	usec_t interval = version == 2 ? USEC_PER_SEC : USEC_PER_CS * (10 + (usec_t)pick(l, 100));
	int32_t health_weight = chance(l, 80) ? -50 : 0;

	l->damping = chance(l, 30);
	l->all_preempt = chance(l, 70);
	for (unsigned i = 0; i < n; i++) {
		struct vrrp_fsm_conf c = { .version = version, .adver_int = interval, .down_adverts = 3 };

		c.preempt = l->all_preempt || chance(l, 50);
		c.priority = (uint8_t)(100 + 10 * pick(l, 3));
		add_host(l, &c, health_weight);
	}
}

static struct lab *play_lab(uint64_t seed, bool trace, bool steps)
{
	struct lab *l = calloc(1, sizeof(*l));

	if (!l)
		abort();
	world_init(&l->w, seed, trace);
	l->w.moved = on_moved;
	l->w.user = l;
	l->clock_random = seed * 2 + 1;
	l->steps = steps;
	build(l);
	for (unsigned i = 0; i < l->w.n; i++) {
		boot(l, i);
		run(l, l->w.now + (usec_t)pick(l, USEC_PER_SEC));
	}
	settle(l);
	for (unsigned e = 0; e < EPISODES && !l->w.failed; e++) {
		disturb(l);
		settle(l);
	}
	return l;
}

static void lab_free(struct lab *l)
{
	world_free(&l->w);
	free(l);
}

static bool same_without_steps(uint64_t seed, struct lab *with)
{
	struct lab *without = play_lab(seed, false, false);

	if (without->history != with->history || without->w.now != with->w.now || without->w.packets != with->w.packets)
		world_fail(&with->w, "steps of wall clocks moved more than announcements");
	seen.twins += with->stepped > 0 && with->announced > without->announced;
	lab_free(without);
	return !with->w.failed;
}

static bool play(uint64_t seed, bool trace)
{
	struct lab *l = play_lab(seed, trace, true);
	bool ok = !l->w.failed && (seed % 4 != 0 || same_without_steps(seed, l));

	seen.labs++;
	seen.takeovers += l->w.takeovers;
	seen.spells += l->w.spells;
	seen.heals += l->w.heals;
	seen.stepped += l->stepped;
	seen.slept += l->slept;
	seen.announced += l->announced;
	seen.yielded += l->yielded;
	seen.all_ill += l->all_ill;
	seen.damped += l->damped;
	seen.priorities += l->priorities;
	lab_free(l);
	return ok;
}

/* ---- the command ---- */

static uint64_t takeovers(void)
{
	return seen.takeovers;
}

static bool tell(void)
{
	printf("%" PRIu64 " labs, %" PRIu64 " takeovers, %" PRIu64 " by hosts that could serve from ill ones, ", seen.labs, seen.takeovers,
	       seen.yielded);
	printf("%" PRIu64 " spells of two masters, %" PRIu64 " healed\n", seen.spells, seen.heals);
	printf("%" PRIu64 " MASTERs where all were ill, %" PRIu64 " priorities computed, %" PRIu64 " damped\n", seen.all_ill, seen.priorities,
	       seen.damped);
	printf("%" PRIu64 " clock steps and %" PRIu64 " suspensions, announced again %" PRIu64 " times; %" PRIu64
	       " runs with and without steps the same\n", seen.stepped, seen.slept, seen.announced, seen.twins);
	return seen.takeovers && seen.spells && seen.heals && seen.yielded && seen.all_ill && seen.priorities && seen.damped && seen.stepped &&
		seen.slept && seen.announced && seen.twins;
}

int main(int argc, char **argv)
{
	static const struct sim_command command = { 10000, play, takeovers, tell };

	return sim_main(argc, argv, &command);
}
