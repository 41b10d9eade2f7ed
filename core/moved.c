/*
 * Events of servers (moved.h): a service's list of those whose state changed, and what is said of each.
 */
#include "config.h"

#include "core/moved.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "core/announce.h"
#include "core/base/log.h"
#include "core/base/text.h"
#include "core/bind_mail.h"

/* Events told in one item of the loop: with scripts for each some 0.1 ms. */
#define TELL_AT_ONCE 32

struct moved_quorum {
	struct event event;
	uint32_t turn; /* servers noted by then are told first */
	struct moved_quorum *prev, *next;
};

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
	s->moved_turn = ++s->service->moved_turns;
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

/* Nothing that was noted before it is left to be told. */
static bool quorum_is_next(const struct rt_service *s)
{
	return s->quorums && (!s->moved || (int32_t)(s->moved->moved_turn - s->quorums->turn) > 0);
}

static void tell_quorum(struct rt_service *s)
{
	struct moved_quorum *q = s->quorums;

	DL_DELETE(s->quorums, q);
	ring_publish(s->rt->ring, &q->event);
	free(q);
}

/* At most so many; how many it were. */
static unsigned tell_some(struct rt_service *s, unsigned most)
{
	struct ipvs_service_report vs;
	unsigned n = 0;

	if (s->moved && most > 0)
		ipvs_service_report(s->rt->ipvs, &s->key, &vs); /* counts servers: once for all of them */
	for (; n < most && (s->moved || s->quorums); n++) {
		struct rt_server *first = s->moved;

		if (quorum_is_next(s)) {
			tell_quorum(s);
			continue;
		}
		moved_forget(first);
		tell_one(first, &vs);
	}
	return n;
}

static void set_telling(struct rt_service *s, bool telling)
{
	if (s->telling == telling)
		return;
	s->telling = telling;
	if (telling)
		DL_APPEND2(s->rt->telling, s, tell_prev, tell_next);
	else
		DL_DELETE2(s->rt->telling, s, tell_prev, tell_next);
}

/* As much as this item of the loop may; the others soon. */
static void tell_on(struct rt_service *s)
{
	struct runtime *rt = s->rt;

	rt->told += tell_some(s, TELL_AT_ONCE - rt->told);
	set_telling(s, s->moved || s->quorums);
	if (rt->told)
		loop_item_post(rt->loop, &rt->tell);
}

static void tell_more(void *user)
{
	struct runtime *rt = user;

	rt->told = 0;
	while (rt->telling && rt->told < TELL_AT_ONCE)
		tell_on(rt->telling);
}

void moved_init(struct runtime *rt)
{
	loop_item_init(&rt->tell, tell_more, rt);
}

void moved_end(struct runtime *rt)
{
	loop_item_cancel(rt->loop, &rt->tell);
}

void moved_tell(struct rt_service *s)
{
	if (s->moved)
		tell_on(s);
}

void moved_quorum(struct rt_service *s, const struct event *e)
{
	struct moved_quorum *q = malloc(sizeof(*q));

	if (!q) {
		log_err("ipvs", "out of memory for an event of VS %s: it is lost", s->conf->name);
		return;
	}
	q->event = *e;
	q->turn = s->moved_turns;
	DL_APPEND(s->quorums, q);
	tell_on(s);
}

void moved_flush(struct rt_service *s)
{
	while (s->moved || s->quorums)
		tell_some(s, TELL_AT_ONCE);
	set_telling(s, false);
}

/* What was said of the service itself happened before it went. */
void moved_drop(struct rt_service *s)
{
	while (s->quorums && !s->rt->stop_wanted)
		tell_quorum(s);
	while (s->quorums) {
		struct moved_quorum *q = s->quorums;

		DL_DELETE(s->quorums, q);
		free(q);
	}
	set_telling(s, false);
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
