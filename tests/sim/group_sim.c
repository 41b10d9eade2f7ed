/*
 * The simulation of sync groups: 2 to 7 hosts on 2 or 3 networks, a virtual router of each host on each network, one group a
 * host. Networks are cut, one way or whole, lose and delay; hosts crash, pause, stop and come back; single links fail.
 *
 * At every moment the members of a group are all MASTER or none is. After all networks are whole, and a computed bound has
 * passed, exactly one host is MASTER, on all of them, one that nobody may preempt, and nothing moves any more. A host with a
 * faulty member isn't MASTER anywhere. Where priorities are crossed by mistake, the host that has them changes hands a bounded
 * number of times, and the mistake is found.
 *
 * group_sim [--failovers N] [--long] [--from SEED] [--seed N]: as vrrp_sim.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/vrrp/group.h"
#include "tests/sim/command.h"
#include "tests/sim/world.h"

enum { NETS_MAX = 3, HOSTS_MAX = WORLD_MAX, EPISODES = 10, ORDERS_AT_ONCE = 16 };

struct lab;

struct net {
	struct world w;
	struct lab *lab;
	unsigned number;
};

struct lab {
	struct net net[NETS_MAX];
	unsigned n_nets, n_hosts;
	uint64_t random;
	usec_t now;
	struct vrrp_group group[HOSTS_MAX];
	bool faulty[HOSTS_MAX][NETS_MAX]; /* a link of its own is down */
	uint64_t moves, takeovers, crossings;
	uint64_t heals, spells;
	usec_t moved_at, slowest; /* the last move; of all that settled: thousandths of the bound that it took */
	bool two; /* two hosts MASTER somewhere */
	bool failed;
};

static struct {
	uint64_t labs, takeovers, spells, heals, crossed, faults, lost, duplicated, overtaken;
	usec_t slowest;
} seen;

static uint64_t pick(struct lab *l, uint64_t n)
{
	return world_random(&l->net[0].w, n);
}

static bool chance(struct lab *l, unsigned percent)
{
	return pick(l, 100) < percent;
}

static struct machine *member(struct lab *l, unsigned host, unsigned net)
{
	return &l->net[net].w.machine[host];
}

static void fail(struct lab *l, const char *what, unsigned host)
{
	world_fail(&l->net[0].w, "host %u: %s", host, what);
	l->failed = true;
}

/* ---- groups ---- */

static void fill(struct lab *l, unsigned host, struct vrrp_group_member *m)
{
	for (unsigned k = 0; k < l->n_nets; k++) {
		const struct machine *x = member(l, host, k);
		m[k] = (struct vrrp_group_member){ .state = x->alive ? x->fsm.state : VRRP_INIT, .reason = x->fsm.reason,
			.wants = x->fsm.wants, .fault = l->faulty[host][k] };
	}
}

static void obey(struct lab *l, unsigned host, unsigned net, enum vrrp_group_order o)
{
	struct world *w = &l->net[net].w;
	enum vrrp_state s = w->machine[host].fsm.state;

	if (o == VRRP_GROUP_MASTER && s == VRRP_BACKUP)
		world_event(w, host, VRRP_EV_GROUP_MASTER);
	if (o == VRRP_GROUP_BACKUP && s == VRRP_MASTER)
		world_event(w, host, VRRP_EV_GROUP_BACKUP);
	if (o == VRRP_GROUP_FAULT && s != VRRP_FAULT)
		world_event(w, host, VRRP_EV_FAULT);
	if (o == VRRP_GROUP_CLEAR && s == VRRP_FAULT)
		world_event(w, host, VRRP_EV_CLEAR);
}

static unsigned count_masters(struct lab *l, unsigned host)
{
	unsigned n = 0;

	for (unsigned k = 0; k < l->n_nets; k++)
		n += member(l, host, k)->alive && member(l, host, k)->fsm.state == VRRP_MASTER;
	return n;
}

static void note_moves(struct lab *l, unsigned host, enum vrrp_state before)
{
	unsigned masters = 0;

	if (l->group[host].state != before) {
		l->moves++;
		l->moved_at = l->now;
		l->takeovers += l->group[host].state == VRRP_MASTER;
	}
	for (unsigned i = 0; i < l->n_hosts; i++)
		masters += count_masters(l, i) > 0;
	l->spells += !l->two && masters > 1;
	l->heals += l->two && masters == 1;
	l->two = masters > 1;
}

static void settle_group(struct lab *l, unsigned host)
{
	struct vrrp_group_member m[NETS_MAX];
	struct vrrp_group *g = &l->group[host];
	enum vrrp_state before = g->state;

	if (!member(l, host, 0)->alive)
		return;
	for (int k = 0; k < ORDERS_AT_ONCE; k++) {
		fill(l, host, m);
		enum vrrp_group_order o = vrrp_group_settle(g, m, l->n_nets, l->now);
		if (o == VRRP_GROUP_NOTHING)
			break;
		for (unsigned j = 0; j < l->n_nets; j++)
			obey(l, host, j, o);
	}
	unsigned masters = count_masters(l, host);
	if (masters != 0 && masters != l->n_nets)
		fail(l, "its group is split", host);
	for (unsigned k = 0; k < l->n_nets; k++)
		if (l->faulty[host][k] && masters > 0)
			fail(l, "is MASTER although a member is faulty", host);
	note_moves(l, host, before);
}

static void on_heard(void *user, unsigned host, const struct vrrp_heard *h)
{
	struct net *n = user;
	const struct vrrp_fsm *f = &n->w.machine[host].fsm;
	bool higher = h->priority > f->priority ||
		(h->priority == f->priority && addr_cmp(&h->source, &f->conf.source) > 0);

	if (h->priority > 0)
		n->lab->crossings += vrrp_group_heard(&n->lab->group[host], n->number, higher, &h->source, &f->conf.source,
			n->lab->now);
}

/* ---- time ---- */

static void all_now(struct lab *l, usec_t now)
{
	l->now = usec_max(l->now, now);
	for (unsigned k = 0; k < l->n_nets; k++)
		l->net[k].w.now = l->now;
}

/* The earliest of all networks and of the groups' own waits; false where that is after `until`. */
static bool happen(struct lab *l, usec_t until)
{
	usec_t at = until;
	int net = -1;

	for (unsigned k = 0; k < l->n_nets; k++) {
		usec_t next = world_next(&l->net[k].w);
		if (next <= at && next != USEC_NEVER) {
			at = next;
			net = (int)k;
		}
	}
	for (unsigned i = 0; i < l->n_hosts; i++) {
		usec_t hold = vrrp_group_deadline(&l->group[i], l->now);
		if (hold < at) {
			at = hold;
			net = -2;
		}
	}
	all_now(l, at);
	if (net == -1)
		return false;
	if (net >= 0)
		world_happen(&l->net[net].w);
	for (unsigned i = 0; i < l->n_hosts; i++)
		settle_group(l, i);
	return true;
}

static void run(struct lab *l, usec_t until)
{
	while (!l->failed && happen(l, until))
		;
}

/* ---- hosts ---- */

static void boot(struct lab *l, unsigned host)
{
	usec_t patience = 0;

	vrrp_group_init(&l->group[host]);
	for (unsigned k = 0; k < l->n_nets; k++) {
		world_boot(&l->net[k].w, host, VRRP_EV_START);
		patience = usec_max(patience, vrrp_master_down_interval(&member(l, host, k)->fsm));
	}
	l->group[host].patience = patience;
	settle_group(l, host);
}

static void each_net(struct lab *l, unsigned host, void (*what)(struct world *w, unsigned i))
{
	for (unsigned k = 0; k < l->n_nets; k++)
		what(&l->net[k].w, host);
}

static void stop_one(struct world *w, unsigned i)
{
	if (w->machine[i].alive)
		world_event(w, i, VRRP_EV_STOP);
}

static void crash_one(struct world *w, unsigned i)
{
	world_crash(w, i);
}

static void set_fault(struct lab *l, unsigned host, unsigned net, bool faulty)
{
	struct machine *m = member(l, host, net);

	if (!m->alive || l->faulty[host][net] == faulty)
		return;
	l->faulty[host][net] = faulty;
	if (faulty && m->fsm.state != VRRP_FAULT)
		world_event(&l->net[net].w, host, VRRP_EV_FAULT);
	settle_group(l, host);
}

static void heal(struct lab *l)
{
	for (unsigned k = 0; k < l->n_nets; k++)
		world_make_clean(&l->net[k].w);
	for (unsigned i = 0; i < l->n_hosts; i++) {
		for (unsigned k = 0; k < l->n_nets; k++)
			set_fault(l, i, k, false);
		if (!member(l, i, 0)->alive)
			boot(l, i);
	}
}

/* ---- judging ---- */

/*
 * How long whole networks may take until one host is MASTER on all of them, and the right one. As in vrrp_sim.c, for the slowest
 * network: what is under way, an election, a preemption, an interval that ends a spell of two. To this, of groups: two
 * Master_Down_Intervals that one holds back which takes its priorities for crossed, after a partition that looked so.
 */
static usec_t bound(const struct lab *l)
{
	usec_t quiet = 0, wait = 0, interval = 0;

	for (unsigned k = 0; k < l->n_nets; k++) {
		quiet = usec_max(quiet, world_quiet_at(&l->net[k].w) - l->now);
		wait = usec_max(wait, world_longest_wait(&l->net[k].w));
		interval = usec_max(interval, l->net[k].w.machine[0].conf.adver_int);
	}
	return quiet + 4 * wait + interval + 4 * (WORLD_DELAY + WORLD_LATE);
}

static bool outranks(struct lab *l, unsigned a, unsigned b)
{
	for (unsigned k = 0; k < l->n_nets; k++)
		if (!member(l, a, k)->conf.preempt || member(l, a, k)->fsm.priority <= member(l, b, k)->fsm.priority)
			return false;
	return true;
}

static void judge(struct lab *l)
{
	int master = -1;

	for (unsigned i = 0; i < l->n_hosts; i++) {
		if (count_masters(l, i) == 0)
			continue;
		if (master >= 0)
			fail(l, "is a second MASTER on whole networks", i);
		master = (int)i;
	}
	if (master < 0)
		fail(l, "nobody is MASTER on whole networks", 0);
	for (unsigned i = 0; !l->failed && i < l->n_hosts; i++)
		if (outranks(l, i, (unsigned)master))
			fail(l, "may preempt on every network and does not", i);
}

static void settle(struct lab *l)
{
	heal(l);
	usec_t from = l->now, limit = bound(l);
	l->moved_at = from;
	run(l, from + limit);
	judge(l);
	l->slowest = usec_max(l->slowest, (l->moved_at - from) * 1000 / limit);
	uint64_t before = l->moves;
	run(l, l->now + bound(l));
	if (l->moves != before)
		fail(l, "moves on whole and quiet networks", 0);
	judge(l);
}

/* ---- disturbances ---- */

static void cut(struct lab *l, unsigned net)
{
	struct world *w = &l->net[net].w;
	unsigned side = 1 + (unsigned)pick(l, (1u << l->n_hosts) - 2);

	for (unsigned i = 0; i < l->n_hosts; i++)
		for (unsigned j = 0; j < l->n_hosts; j++)
			w->cut[i][j] = (side >> i & 1) != (side >> j & 1);
}

static void make_lossy(struct lab *l, unsigned net)
{
	struct world *w = &l->net[net].w;

	w->lan.loss = 5 + (unsigned)pick(l, 60);
	w->lan.duplicate = (unsigned)pick(l, 30);
	w->lan.delay = USEC_PER_MS * (1 + (usec_t)pick(l, 900));
}

static void disturb(struct lab *l)
{
	unsigned host = (unsigned)pick(l, l->n_hosts), net = (unsigned)pick(l, l->n_nets);
	usec_t pause = l->now + (usec_t)pick(l, 8 * USEC_PER_SEC);

	switch (pick(l, 9)) {
	case 0:
	case 1: each_net(l, host, crash_one); break;
	case 2:
	case 3: each_net(l, host, stop_one); break;
	case 4: cut(l, net); break;
	case 5: make_lossy(l, net); break;
	case 6: l->net[net].w.cut[host][pick(l, l->n_hosts)] = true; break;
	case 7:
		for (unsigned k = 0; k < l->n_nets; k++)
			world_sleep(&l->net[k].w, host, pause);
		break;
	default:
		set_fault(l, host, net, true);
		seen.faults++;
		break;
	}
	run(l, l->now + (usec_t)pick(l, 12 * USEC_PER_SEC));
}

/* ---- labs ---- */

static void build(struct lab *l, uint64_t seed, bool trace, bool crossed)
{
	for (unsigned k = 0; k < NETS_MAX; k++) {
		struct net *n = &l->net[k];
		world_init(&n->w, seed * NETS_MAX + k, trace);
		n->w.heard = on_heard;
		n->w.user = n;
		n->lab = l;
		n->number = k;
	}
	l->now = l->net[0].w.now;
	l->n_nets = crossed ? 2 : 2 + (unsigned)pick(l, 2);
	l->n_hosts = crossed ? 2 : 2 + (unsigned)pick(l, HOSTS_MAX - 1);
	uint8_t version = chance(l, 50) ? 2 : 3;
	usec_t interval = version == 2 ? USEC_PER_SEC : USEC_PER_CS * (10 + (usec_t)pick(l, 100));
	bool preempt = chance(l, 70);
	for (unsigned i = 0; i < l->n_hosts; i++) {
		uint8_t base = (uint8_t)(50 + 50 * pick(l, 3));
		for (unsigned k = 0; k < l->n_nets; k++) {
			struct vrrp_fsm_conf c = { .version = version, .adver_int = interval, .down_adverts = 3, .grouped = true,
				.preempt = preempt || chance(l, 50), .priority = base };
			if (crossed)
				c.priority = i == k ? 150 : 100;
			world_add(&l->net[k].w, &c);
		}
	}
}

static void start(struct lab *l)
{
	for (unsigned i = 0; i < l->n_hosts; i++) {
		boot(l, i);
		run(l, l->now + (usec_t)pick(l, USEC_PER_SEC));
	}
}

static bool finish(struct lab *l)
{
	bool ok = !l->failed;

	seen.labs++;
	seen.takeovers += l->takeovers;
	seen.spells += l->spells;
	seen.heals += l->heals;
	seen.slowest = usec_max(seen.slowest, l->slowest);
	for (unsigned k = 0; k < NETS_MAX; k++) {
		struct world *w = &l->net[k].w;
		ok &= !w->failed;
		seen.lost += w->lost;
		seen.duplicated += w->duplicated;
		seen.overtaken += w->overtaken;
		world_free(w);
	}
	free(l);
	return ok;
}

static struct lab *make(uint64_t seed, bool trace, bool crossed)
{
	struct lab *l = calloc(1, sizeof(*l));

	if (!l)
		abort();
	build(l, seed, trace, crossed);
	return l;
}

static bool play_ordered(uint64_t seed, bool trace)
{
	struct lab *l = make(seed, trace, false);

	start(l);
	settle(l);
	for (unsigned e = 0; e < EPISODES && !l->failed; e++) {
		disturb(l);
		settle(l);
	}
	return finish(l);
}

/* Host 0 is higher on one network, host 1 on the other. */
static bool play_crossed(uint64_t seed, bool trace)
{
	struct lab *l = make(seed, trace, true);

	for (unsigned i = 0; i < l->n_hosts; i++)
		boot(l, i);
	run(l, l->now + 3 * bound(l));
	uint64_t moves = l->moves;
	if (moves > 24)
		fail(l, "crossed priorities: it swings too often", 0);
	run(l, l->now + bound(l));
	if (l->moves != moves)
		fail(l, "crossed priorities: it swings for ever", 0);
	judge(l);
	if (l->crossings == 0)
		fail(l, "crossed priorities: nobody has noticed", 0);
	seen.crossed += l->crossings;
	return finish(l);
}

/* ---- the command ---- */

static bool play(uint64_t seed, bool trace)
{
	return play_ordered(seed, trace) && ((seed % 8 != 0 && !trace) || play_crossed(seed, trace));
}

static uint64_t takeovers(void)
{
	return seen.takeovers;
}

static bool tell(void)
{
	printf("%" PRIu64 " labs, %" PRIu64 " takeovers of groups, %" PRIu64 " spells of two masters, %" PRIu64 " healed, ", seen.labs,
	       seen.takeovers, seen.spells, seen.heals);
	printf("%" PRIu64 " faulty members, %" PRIu64 " crossed priorities found\n", seen.faults, seen.crossed);
	printf("%" PRIu64 " adverts lost, %" PRIu64 " duplicated, %" PRIu64 " overtaken\n", seen.lost, seen.duplicated, seen.overtaken);
	printf("one MASTER within quiet + 4 x Master_Down_Interval + interval: the slowest took %lld.%lld %% of it\n",
	       (long long)seen.slowest / 10, (long long)seen.slowest % 10);
	return seen.takeovers && seen.spells && seen.heals && seen.faults && seen.crossed && seen.lost && seen.duplicated && seen.overtaken;
}

int main(int argc, char **argv)
{
	static const struct sim_command command = { 5000, play, takeovers, tell };

	return sim_main(argc, argv, &command);
}
