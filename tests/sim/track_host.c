/*
 * The host of track_host.h. Owns nothing.
 */
#include "config.h"

#include "tests/sim/track_host.h"

/* ---- what should be ---- */

static usec_t so_for(const struct host *h, usec_t since, usec_t awake, usec_t now)
{
	return now - usec_max(usec_max(since, h->up_since), awake);
}

bool track_host_is_ill(const struct host *h, usec_t awake, usec_t now)
{
	return h->illness != WELL && so_for(h, h->ill_since, awake, now) > SURE_ILL;
}

bool track_host_is_well(const struct host *h, usec_t awake, usec_t now)
{
	return h->illness == WELL && so_for(h, h->ill_since, awake, now) > SURE_WELL;
}

bool track_host_is_sure(const struct host *h, usec_t awake, usec_t now)
{
	for (unsigned k = 0; k < TRACKERS; k++)
		if (so_for(h, h->tracker[k].since, awake, now) <= SURE_TRACKER)
			return false;
	return track_host_is_ill(h, awake, now) || track_host_is_well(h, awake, now);
}

static void add_due(struct due *d, const struct track_use *u, bool good)
{
	if (u->reverse)
		good = !good;
	if (u->weight == 0)
		d->fault |= !good;
	else if (u->weight > 0)
		d->priority += good ? u->weight : 0;
	else
		d->priority -= good ? 0 : -u->weight;
}

struct due track_host_due(const struct host *h, int base)
{
	struct due d = { .priority = base };

	add_due(&d, &h->tracker[SCRIPT].use, h->tracker[SCRIPT].good);
	add_due(&d, &h->tracker[INTERFACE].use, h->tracker[INTERFACE].good);
	d.priority += h->tracker[FILE_NUMBER].use.weight * h->tracker[FILE_NUMBER].number;
	add_due(&d, &h->health_use, h->illness == WELL);
	return d;
}

/* ---- what it sees ---- */

void track_host_boot(struct host *h, usec_t now)
{
	for (unsigned k = 0; k < TRACKERS; k++) {
		h->tracker[k].said = (struct track_said){ TRACK_UNKNOWN, 0 };
		h->tracker[k].count = (struct track_count){ TRACK_UNKNOWN, 0 };
		track_settle_init(&h->tracker[k].settle);
	}
	h->health = (struct health){ 0 };
	h->health_said.verdict = TRACK_UP;
	h->up_since = h->look_due = now;
}

struct track_share track_host_share(const struct host *h)
{
	struct track_share sum = track_share_of(&h->health_use, &h->health_said);

	for (unsigned k = 0; k < TRACKERS; k++)
		sum = track_share_sum(sum, track_share_of(&h->tracker[k].use, &h->tracker[k].said));
	return sum;
}

static void look_at_trackers(struct host *h, usec_t now)
{
	struct sim_tracker *t = &h->tracker[SCRIPT];

	track_count_result(&t->count, RISE, FALL, t->good);
	t->said.verdict = t->count.verdict;
	t = &h->tracker[INTERFACE];
	track_settle_see(&t->settle, t->good, LINK_DELAY, LINK_DELAY, now);
	track_settle_due(&t->settle, now);
	t->said.verdict = t->settle.settled;
	t = &h->tracker[FILE_NUMBER];
	t->said = (struct track_said){ TRACK_UP, t->number };
}

static void look_at_health(struct host *h, usec_t now)
{
	struct health_seen seen = { .late = now - h->look_due, .services = true, .no_ipvs = h->illness == NO_IPVS };

	if (h->illness == LATE)
		seen.late = 2 * HEALTH_LATE_AFTER;
	if (h->illness == NETLINK)
		seen.netlink_age = now - h->ill_since;
	health_look(&h->health, &seen, now);
	h->health_said.verdict = h->health.causes ? TRACK_DOWN : TRACK_UP;
}

void track_host_look(struct host *h, usec_t now)
{
	look_at_trackers(h, now);
	look_at_health(h, now);
}
