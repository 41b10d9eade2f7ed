/*
 * Counting traffic when somebody reads (traffic.h): services first, then their servers, then rows of what the kernel no longer has
 * go, in slices; the agent hears of it behind the rows.
 */
#include "config.h"

#include "core/traffic.h"

#include "core/base/text.h"
#include "core/runtime.h"

#define PRUNE_SLICE 256

static usec_t services_age(const struct runtime *rt)
{
	return rt->conf->global.vs_stats_age;
}

static usec_t servers_age(const struct runtime *rt)
{
	usec_t age = rt->conf->global.rs_stats_age;

	return age ? age : services_age(rt);
}

static bool is_old(usec_t at, usec_t age, usec_t now)
{
	return !at || now - at >= age;
}

static void answer(struct runtime *rt)
{
	struct traffic *t = &rt->traffic;
	usec_t until = usec_min(t->services_at + services_age(rt), t->servers_at + servers_age(rt));

	t->asked = false;
	agent_link_stats(rt->link, usec_max(until - mono_now(), 0));
}

/* The next count that is wanted, or the answer. */
static void go_on(struct runtime *rt)
{
	struct traffic *t = &rt->traffic;

	if (!t->services_due && !t->servers_due) {
		answer(rt);
		return;
	}
	t->servers = !t->services_due;
	if (t->servers)
		t->servers_due = false;
	else
		t->services_due = false;
	t->began = mono_now();
	if (!ipvs_count_traffic(rt->ipvs, t->servers))
		traffic_done(rt, 0);
}

void traffic_ask(void *user)
{
	struct runtime *rt = user;
	struct traffic *t = &rt->traffic;
	usec_t now = mono_now();

	if (t->asked) /* whoever asks meanwhile gets the same answer */
		return;
	t->asked = true;
	t->services_due = is_old(t->services_at, services_age(rt), now);
	t->servers_due = is_old(t->servers_at, servers_age(rt), now);
	go_on(rt);
}

static struct view_traffic to_row(const struct ipvs_counters *c)
{
	return (struct view_traffic){
		.conns = c->conns, .in_packets = c->in_packets, .out_packets = c->out_packets,
		.in_bytes = c->in_bytes, .out_bytes = c->out_bytes,
		.conn_rate = c->conn_rate, .in_packet_rate = c->in_packet_rate, .out_packet_rate = c->out_packet_rate,
		.in_byte_rate = c->in_byte_rate, .out_byte_rate = c->out_byte_rate,
	};
}

static void put_server(struct runtime *rt, const struct ipvs_stat *s)
{
	struct view_rs_stats row;

	memset(&row, 0, sizeof(row));
	row.key = s->key;
	row.traffic = to_row(&s->counters);
	row.active_conns = s->conns.active;
	row.inactive_conns = s->conns.inactive;
	row.persistent_conns = s->conns.persistent;
	row.taken = publish_time(rt, rt->traffic.began);
	view_put(rt->view, VIEW_RS_STATS, &row);
}

void traffic_row(struct runtime *rt, const struct ipvs_stat *s)
{
	const struct rt_service *service = runtime_service(rt, &s->key.service);
	struct view_vs_stats row;

	if (!service)
		return;
	if (s->key.server.addr.family) {
		put_server(rt, s);
		return;
	}
	memset(&row, 0, sizeof(row));
	row.key = s->key.service;
	text_copy(row.name, sizeof(row.name), service->conf->name);
	row.traffic = to_row(&s->counters);
	row.taken = publish_time(rt, rt->traffic.began);
	view_put(rt->view, VIEW_VS_STATS, &row);
}

/* Drops the row behind the cursor where it is not of this count; false at the end. */
static bool prune_one(struct runtime *rt)
{
	struct traffic *t = &rt->traffic;
	enum view_kind kind = t->servers ? VIEW_RS_STATS : VIEW_VS_STATS;
	const void *row = view_next(rt->view, kind, t->at_set ? &t->at : NULL);
	const struct view_time *taken;

	if (!row)
		return false;
	taken = t->servers ? &((const struct view_rs_stats *)row)->taken : &((const struct view_vs_stats *)row)->taken;
	memcpy(&t->at, row, view_key_size(kind)); /* the key comes first in a row */
	t->at_set = true;
	if (taken->mono != t->began)
		view_del(rt->view, kind, &t->at);
	return true;
}

static void prune(void *user)
{
	struct runtime *rt = user;
	struct traffic *t = &rt->traffic;

	for (int n = 0; n < PRUNE_SLICE; n++) {
		if (prune_one(rt))
			continue;
		go_on(rt);
		return;
	}
	loop_item_post(rt->loop, &t->prune);
}

void traffic_done(struct runtime *rt, int err)
{
	struct traffic *t = &rt->traffic;

	/* After an error, too: what cannot be counted is not asked for again at once. Its rows stay, with the time that they are of. */
	if (t->servers)
		t->servers_at = t->began;
	else
		t->services_at = t->began;
	t->at_set = false;
	if (!err) {
		loop_item_post(rt->loop, &t->prune);
		return;
	}
	go_on(rt);
}

void traffic_drop(struct runtime *rt, const struct service_key *k)
{
	const struct view_rs_stats *row;
	struct server_key at;

	view_del(rt->view, VIEW_VS_STATS, k);
	memset(&at, 0, sizeof(at));
	at.service = *k;
	while ((row = view_next(rt->view, VIEW_RS_STATS, &at)) && service_key_cmp(&row->key.service, k) == 0) {
		at = row->key;
		view_del(rt->view, VIEW_RS_STATS, &at);
	}
}

void traffic_init(struct runtime *rt)
{
	loop_item_init(&rt->traffic.prune, prune, rt);
}

void traffic_free(struct runtime *rt)
{
	loop_item_cancel(rt->loop, &rt->traffic.prune);
}
