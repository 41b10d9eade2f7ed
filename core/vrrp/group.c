/*
 * The rules of group.h. Owns the state of one sync group; relies on nothing.
 */
#include "config.h"

#include "core/vrrp/group.h"

enum {
	/* Heals of partitions show a higher and a lower master side by side for a moment. It takes this many such
	 * moments, one Master_Down_Interval apart, until priorities are taken for crossed. */
	EVIDENCE_ENOUGH = 3,
	EVIDENCE_FORGOTTEN = 10, /* Master_Down_Intervals without any */
};

const char *vrrp_group_order_name(enum vrrp_group_order o)
{
	switch (o) {
	case VRRP_GROUP_NOTHING: return "nothing";
	case VRRP_GROUP_MASTER: return "MASTER";
	case VRRP_GROUP_BACKUP: return "BACKUP";
	case VRRP_GROUP_FAULT: return "FAULT";
	case VRRP_GROUP_CLEAR: return "clear";
	}
	return "?";
}

void vrrp_group_init(struct vrrp_group *g)
{
	*g = (struct vrrp_group){ .state = VRRP_INIT, .higher_at = -1, .lower_at = -1, .evidence_at = -1 };
}

/* ---- what the members are ---- */

struct tally {
	size_t init, backup, master, faults, wants;
	bool yielded; /* a member is BACKUP since it gave way while MASTER */
	bool at_large; /* a member that is well runs: not where another is in FAULT */
};

static bool gave_way(enum vrrp_reason r)
{
	return r == VRRP_WHY_HIGHER_PRIORITY || r == VRRP_WHY_HIGHER_ADDRESS || r == VRRP_WHY_LATE;
}

static struct tally count(const struct vrrp_group_member *m, size_t n)
{
	struct tally t = { 0 };

	for (size_t i = 0; i < n; i++) {
		t.init += m[i].state == VRRP_INIT;
		t.master += m[i].state == VRRP_MASTER;
		t.faults += m[i].fault;
		t.at_large |= !m[i].fault && (m[i].state == VRRP_BACKUP || m[i].state == VRRP_MASTER);
		if (m[i].state != VRRP_BACKUP)
			continue;
		t.backup++;
		t.wants += m[i].wants;
		t.yielded |= gave_way(m[i].reason);
	}
	return t;
}

/* The one place where the group's state changes; seen only between orders. */
static void set_state(struct vrrp_group *g, const struct tally *t, size_t n)
{
	if (g->faulted)
		g->state = VRRP_FAULT;
	else if (t->master > 0)
		g->state = VRRP_MASTER;
	else if (t->init == n)
		g->state = VRRP_INIT;
	else
		g->state = VRRP_BACKUP;
}

/* ---- orders ---- */

/* Again for one that is new to a group in FAULT, or made anew within it. */
static enum vrrp_group_order order_about_faults(struct vrrp_group *g, const struct tally *t)
{
	if (g->faulted == (t->faults > 0))
		return g->faulted && t->at_large ? VRRP_GROUP_FAULT : VRRP_GROUP_NOTHING;
	g->faulted = t->faults > 0;
	return g->faulted ? VRRP_GROUP_FAULT : VRRP_GROUP_CLEAR;
}

/* One member yielded: all do. One was MASTER in a former life and goes on, or one is new to a group that is MASTER: the others
 * follow it. */
static enum vrrp_group_order order_to_agree(struct vrrp_group *g, const struct tally *t, usec_t now)
{
	if (t->master == 0 || t->backup == 0)
		return VRRP_GROUP_NOTHING;
	if (!t->yielded)
		return VRRP_GROUP_MASTER;
	if (g->crossed && g->first_is_lower)
		g->hold_until = usec_add(now, 2 * g->patience);
	return VRRP_GROUP_BACKUP;
}

static enum vrrp_group_order order_to_take_over(const struct vrrp_group *g, const struct tally *t, size_t n, usec_t now)
{
	return n > 0 && t->wants == n && now >= g->hold_until ? VRRP_GROUP_MASTER : VRRP_GROUP_NOTHING;
}

enum vrrp_group_order vrrp_group_settle(struct vrrp_group *g, const struct vrrp_group_member *m, size_t n, usec_t now)
{
	struct tally t = count(m, n);
	enum vrrp_group_order o = order_about_faults(g, &t);

	if (o == VRRP_GROUP_NOTHING)
		o = order_to_agree(g, &t, now);
	if (o == VRRP_GROUP_NOTHING)
		o = order_to_take_over(g, &t, n, now);
	if (o == VRRP_GROUP_NOTHING)
		set_state(g, &t, n);
	return o;
}

/* ---- crossed priorities ---- */

static bool is_fresh(const struct vrrp_group *g, usec_t at, usec_t now)
{
	return at >= 0 && now - at < g->patience;
}

/* Counted at most once a Master_Down_Interval. True where it is enough now and was not before. */
static bool add_evidence(struct vrrp_group *g, usec_t now)
{
	if (is_fresh(g, g->evidence_at, now))
		return false;
	if (g->evidence_at >= 0 && now - g->evidence_at > EVIDENCE_FORGOTTEN * g->patience) {
		g->evidence = 0;
		g->crossed = false;
	}
	g->evidence_at = now;
	if (++g->evidence < EVIDENCE_ENOUGH || g->crossed)
		return false;
	g->crossed = true;
	g->crossings++;
	return true;
}

bool vrrp_group_heard(struct vrrp_group *g, size_t i, bool outranks_us, const struct addr *peer, const struct addr *own,
                      usec_t now)
{
	if (i == 0)
		g->first_is_lower = addr_cmp(own, peer) < 0;
	if (outranks_us) {
		g->higher_at = now;
		g->higher_member = i;
	} else {
		g->lower_at = now;
		g->lower_member = i;
	}
	if (g->higher_member == g->lower_member || !is_fresh(g, g->higher_at, now) || !is_fresh(g, g->lower_at, now))
		return false;
	return add_evidence(g, now);
}

usec_t vrrp_group_deadline(const struct vrrp_group *g, usec_t now)
{
	return g->hold_until > now ? g->hold_until : USEC_NEVER;
}
