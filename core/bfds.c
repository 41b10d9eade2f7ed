/*
 * The owner of BFD sessions (bfds.h). The protocol is core/probe/bfd.h's; here is who wants them and who is told.
 */
#include "config.h"

#include "core/bfds.h"

#include <string.h>

#include "core/base/log.h"
#include "core/base/text.h"
#include "core/bind.h"
#include "core/track.h"

static const struct conf_bfd *conf_named(const struct conf *c, const char *name)
{
	for (size_t i = 0; i < c->n_bfds; i++)
		if (strcmp(c->bfds[i].name, name) == 0)
			return &c->bfds[i];
	return NULL;
}

/* Is it to be run? Without a neighbour there is nobody to talk to; that was said when the file was read. */
static bool is_run(const struct conf_bfd *c)
{
	return c && !c->disabled && addr_is_set(&c->neighbor);
}

/* ---- rows and events ---- */

static void put_row(void *user, const struct bfd_report *r)
{
	struct runtime *rt = user;
	struct view_bfd row;

	memset(&row, 0, sizeof(row));
	text_copy(row.key.name, sizeof(row.key.name), r->name);
	row.neighbor = r->neighbor;
	row.source = r->source;
	row.multihop = r->multihop;
	row.known = r->known;
	row.state = r->state;
	row.remote_state = r->remote_state;
	row.diag = r->diag;
	row.remote_diag = r->remote_diag;
	row.multiplier = r->multiplier;
	row.remote_multiplier = r->remote_multiplier;
	row.my_disc = r->my_disc;
	row.your_disc = r->your_disc;
	row.tx_interval = r->tx_interval;
	row.rx_interval = r->rx_interval;
	row.detect_time = r->detect_time;
	row.received = r->received;
	row.sent = r->sent;
	row.dropped = r->dropped;
	row.send_errors = r->send_errors;
	row.ups = r->ups;
	row.downs = r->downs;
	row.error = r->error;
	if (r->changed)
		row.changed = publish_time(rt, r->changed);
	text_copy(row.text, sizeof(row.text), r->text);
	view_put(rt->view, VIEW_BFD, &row);
}

static void drop_row(struct runtime *rt, const char *name)
{
	struct view_bfd_key key;

	memset(&key, 0, sizeof(key));
	text_copy(key.name, sizeof(key.name), name);
	view_del(rt->view, VIEW_BFD, &key);
}

static void make_event(struct runtime *rt, const struct bfd_report *r, enum bfd_state from)
{
	char neighbor[ADDR_STRLEN];
	struct event e;

	memset(&e, 0, sizeof(e));
	e.wall = wall_now();
	e.kind = EVENT_BFD_STATE;
	e.from = (int32_t)from;
	e.to = r->state;
	e.reason = r->diag;
	text_copy(e.name, sizeof(e.name), r->name);
	text_copy(e.object, sizeof(e.object), addr_format(&r->neighbor, neighbor));
	text_copy(e.text, sizeof(e.text), r->text);
	ring_publish(rt->ring, &e);
}

/* ---- who is told ---- */

/* With neither `vrrp` nor `checker` both hear. */
static void tell(struct runtime *rt, const struct conf_bfd *c, const struct bfd_report *r)
{
	if (c->vrrp || !c->checker)
		track_set_bfd(rt, r->name, r->alive, r->text);
	if (c->checker || !c->vrrp)
		probe_looked_changed(rt->probes, PROBE_BFD, r->name);
}

static void on_changed(void *user, const struct bfd_report *r, enum bfd_state from)
{
	struct runtime *rt = user;
	const struct conf_bfd *c = conf_named(rt->conf, r->name);

	put_row(rt, r);
	if (r->state != from && (r->state == BFD_UP || from == BFD_UP))
		make_event(rt, r, from);
	if (c && r->known && r->state != BFD_INIT)
		tell(rt, c, r);
}

void bfds_look(struct runtime *rt, const char *name, struct probe_look *out)
{
	const struct conf_bfd *c = conf_named(rt->conf, name);
	struct bfd_report r;

	out->there = c != NULL;
	if (!c)
		return;
	if (!rt->bfd || !bfd_get(rt->bfd, name, &r) || (c->vrrp && !c->checker)) {
		text_copy(out->text, sizeof(out->text), c->disabled ? "the session is disabled" : "the session is not for checks");
		return;
	}
	out->known = r.known;
	out->up = r.alive;
	text_copy(out->text, sizeof(out->text), r.text);
}

/* ---- as the file says ---- */

void bfds_begin(struct runtime *rt)
{
	struct bfd_kept kept;
	struct bfd_conf bc;

	for (size_t i = 0; i < rt->conf->n_bfds; i++) {
		const struct conf_bfd *c = &rt->conf->bfds[i];

		if (!is_run(c))
			continue;
		bind_bfd(c, &bc);
		if (!bfd_put_kept(rt->bfd, &bc, state_bfd_take(rt->state, c->name, &kept) ? &kept : NULL))
			log_err("bfd", "BFD_Instance(%s) cannot be made: no memory", c->name);
	}
	bfds_publish(rt);
}

void bfds_keep(struct runtime *rt)
{
	struct bfd_kept kept;

	for (size_t i = 0; i < rt->conf->n_bfds; i++)
		if (bfd_keep(rt->bfd, rt->conf->bfds[i].name, &kept))
			state_bfd_keep(rt->state, &kept);
}

struct gone {
	struct runtime *rt;
	char name[BFD_NAME_LEN];
	bool any;
};

static void find_gone(void *user, const struct bfd_report *r)
{
	struct gone *g = user;

	if (g->any || is_run(conf_named(g->rt->conf, r->name)))
		return;
	g->any = true;
	text_copy(g->name, sizeof(g->name), r->name);
}

/* Whoever looks at one of them from now on, did not when it changed. */
static void tell_known(void *user, const struct bfd_report *r)
{
	struct runtime *rt = user;
	const struct conf_bfd *c = conf_named(rt->conf, r->name);

	if (c && r->known && r->state != BFD_INIT)
		tell(rt, c, r);
}

void bfds_end(struct runtime *rt)
{
	struct gone g;

	for (;;) {
		g = (struct gone){ .rt = rt };
		bfd_each(rt->bfd, find_gone, &g);
		if (!g.any)
			break;
		bfd_remove(rt->bfd, g.name);
		drop_row(rt, g.name);
	}
	bfd_each(rt->bfd, tell_known, rt);
}

void bfds_publish(struct runtime *rt)
{
	if (rt->bfd) /* not after the goodbye */
		bfd_each(rt->bfd, put_row, rt);
}

bool bfds_init(struct runtime *rt)
{
	const struct bfd_observer o = { .changed = on_changed, .user = rt };

	rt->bfd = bfd_new(rt->loop, &o);
	return rt->bfd != NULL;
}

void bfds_stop(struct runtime *rt)
{
	bfd_free(rt->bfd);
	rt->bfd = NULL;
}

