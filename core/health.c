/*
 * The tracker of the daemon's own health: looks once a second at what core/vrrp/health.h folds. Runs while an instance carries
 * services. How late the look itself comes is how late everything is that is no advert.
 */
#include "config.h"

#include <stdlib.h>

#include "core/track_priv.h"
#include "core/vrrp/health.h"

#define LOOK_EVERY USEC_PER_SEC

struct health_watch {
	struct tracker *t;
	struct loop_timer timer;
	usec_t due;
	struct health health;
};

static void judge(struct health_watch *w)
{
	char text[VIEW_TRACKER_TEXT];

	if (w->health.causes)
		tracker_set(w->t, TRACK_DOWN, 0, health_text(w->health.causes, text, sizeof(text)));
	else
		tracker_set(w->t, TRACK_UP, 0, "able to serve");
}

static void look(void *user)
{
	struct health_watch *w = user;
	struct runtime *rt = w->t->rt;
	usec_t now = mono_now();
	struct health_seen seen = { .late = now - w->due, .services = rt->services != NULL };
	struct ipvs_totals totals;

	ipvs_get_totals(rt->ipvs, &totals);
	seen.no_ipvs = totals.availability == IPVS_ABSENT;
	if (nl_backlog(rt->nl, now, &seen.netlink_age) == 0)
		seen.netlink_age = 0;
	if (health_look(&w->health, &seen, now))
		judge(w);
	w->due = now + LOOK_EVERY;
	loop_timer_set(rt->loop, &w->timer, w->due);
}

/* Well until seen to be ill: a start is no illness. */
static bool health_start(struct tracker *t, const void *conf)
{
	struct health_watch *w = calloc(1, sizeof(*w));

	(void)conf;
	if (!w)
		return false;
	w->t = t;
	t->own = w;
	w->due = mono_now();
	loop_timer_init(&w->timer, LOOP_QUEUED, look, w);
	judge(w);
	loop_timer_set(t->rt->loop, &w->timer, w->due);
	return true;
}

static void health_renew(struct tracker *t, const void *conf)
{
	(void)t, (void)conf;
}

static void health_stop(struct tracker *t)
{
	struct health_watch *w = t->own;

	loop_timer_stop(t->rt->loop, &w->timer);
	free(w);
}

const struct tracker_ops *track_health_ops(void)
{
	static const struct tracker_ops ops = { health_start, health_renew, health_stop };

	return &ops;
}
