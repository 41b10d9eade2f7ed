/*
 * Trackers of virtual services: down while the quorum is lost. One name may mean several services (a group's, or one address over
 * TCP and UDP): all of them must have their quorum.
 */
#include "config.h"

#include <stdio.h>

#include "core/track_priv.h"

/* The worst of the services that the name means, one that is not judged yet before all others. False: there is none. */
static bool find_worst(const struct tracker *t, struct ipvs_service_report *out)
{
	const struct rt_service *s, *tmp;
	struct ipvs_service_report rep;
	bool found = false;

	HASH_ITER(hh, t->rt->services, s, tmp) {
		if (!conf_service_is(s->conf, t->key.name) || !ipvs_service_report(t->rt->ipvs, &s->key, &rep))
			continue;
		if (!found || (out->judged && (!rep.judged || (out->quorum_up && !rep.quorum_up))))
			*out = rep;
		found = true;
	}
	return found;
}

static void look(struct tracker *t)
{
	struct ipvs_service_report rep = { .servers_up = 0 };
	char text[VIEW_TRACKER_TEXT];

	if (!find_worst(t, &rep)) {
		tracker_set(t, TRACK_DOWN, 0, "there is no such service");
		return;
	}
	if (!rep.judged)
		return; /* of a service that was just made; news of it follow */
	snprintf(text, sizeof(text), "%u of %u real servers are up, the quorum is %s", rep.servers_up, rep.servers_total,
	         rep.quorum_up ? "there" : "lost");
	tracker_set(t, rep.quorum_up ? TRACK_UP : TRACK_DOWN, 0, text);
}

static bool service_start(struct tracker *t, const void *conf)
{
	(void)conf;
	look(t);
	return true;
}

static void service_renew(struct tracker *t, const void *conf)
{
	(void)conf;
	look(t);
}

static void service_stop(struct tracker *t)
{
	(void)t;
}

const struct tracker_ops *track_service_ops(void)
{
	static const struct tracker_ops ops = { service_start, service_renew, service_stop };

	return &ops;
}

void track_service_look(struct tracker *t)
{
	look(t);
}
