/*
 * Events of servers (moved.h): a service's list of those whose state changed, and what is said of each.
 */
#include "config.h"

#include "core/moved.h"

#include <string.h>
#include <utlist.h>

#include "core/announce.h"
#include "core/base/text.h"
#include "core/bind_mail.h"

bool moved_speaks(const struct conf_vs *c)
{
	return !c->group || c->leads_group;
}

static bool by_health(enum ipvs_server_state st)
{
	return st == IPVS_RS_UNKNOWN || st == IPVS_RS_UP || st == IPVS_RS_DOWN;
}

static void event_server(const struct rt_server *s, enum ipvs_server_state from, const struct ipvs_server_report *rs,
                         const struct ipvs_service_report *vs)
{
	const struct conf_vs *c = s->service->conf;
	const struct rt_use *u = uses_deciding(s);
	struct runtime *rt = s->service->rt;
	struct event e;
	char name[KEY_STRLEN];

	memset(&e, 0, sizeof(e));
	e.wall = wall_now();
	e.kind = EVENT_RS_STATE;
	e.from = from;
	e.to = rs->state;
	e.reason = u ? u->reason : 0;
	e.key.rs = s->key;
	e.weight = rs->effective_weight;
	e.up = vs->servers_up;
	e.total = vs->servers_total;
	text_copy(e.name, sizeof(e.name), server_key_format(&s->key, name));
	text_copy(e.object, sizeof(e.object), c->name);
	e.mail = (from == IPVS_RS_DOWN || rs->state == IPVS_RS_DOWN) && bind_mail_service(rt->conf, s->smtp_alert, c->smtp_alert);
	text_copy(e.text, sizeof(e.text), u ? u->text : "");
	ring_publish(rt->ring, &e);
}

void moved_note(struct rt_server *s, enum ipvs_server_state from)
{
	if (s->moved)
		return;
	s->moved = true;
	s->moved_from = from;
	DL_APPEND2(s->service->moved, s, moved_prev, moved_next);
}

void moved_forget(struct rt_server *s)
{
	if (s->moved)
		DL_DELETE2(s->service->moved, s, moved_prev, moved_next);
	s->moved = false;
}

/* One that was taken for up all the time and now is known to be, is no news. */
static void tell_one(struct rt_server *s, const struct ipvs_service_report *vs)
{
	struct runtime *rt = s->service->rt;
	struct ipvs_server_report rep;

	if (!ipvs_server_report(rt->ipvs, &s->key, &rep) || rep.state == s->moved_from)
		return;
	if (!moved_speaks(s->service->conf) && by_health(s->moved_from) && by_health(rep.state))
		return;
	if (s->moved_from != IPVS_RS_UNKNOWN || rep.state != IPVS_RS_UP)
		event_server(s, s->moved_from, &rep, vs);
	else
		announce_server_first(rt->announce, s);
}

void moved_tell(struct rt_service *s)
{
	struct ipvs_service_report vs;

	if (!s->moved)
		return;
	ipvs_service_report(s->rt->ipvs, &s->key, &vs); /* counts servers: once for all of them */
	while (s->moved) {
		struct rt_server *first = s->moved;

		moved_forget(first);
		tell_one(first, &vs);
	}
}

void moved_tell_end(struct rt_service *s)
{
	struct ipvs_service_report vs;
	struct ipvs_server_report rep;
	struct rt_server *v, *tmp;

	ipvs_service_report(s->rt->ipvs, &s->key, &vs);
	HASH_ITER(hh, s->servers, v, tmp) {
		if (!ipvs_server_report(s->rt->ipvs, &v->key, &rep) || rep.state == IPVS_RS_DOWN)
			continue;
		enum ipvs_server_state from = rep.state;

		rep.state = IPVS_RS_DOWN;
		event_server(v, from, &rep, &vs);
	}
}
