/*
 * Rows, keys and events for tests: well-formed ones, drawn from a small key space so that they meet each other.
 */
#ifndef REGENT_TESTS_VIEW_MAKE_H
#define REGENT_TESTS_VIEW_MAKE_H

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/view_wire.h"

struct make_rand {
	uint64_t state;
};

static inline uint32_t make_random(struct make_rand *r, uint32_t below)
{
	r->state = r->state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(r->state >> 33) % below;
}

static inline struct addr make_addr(struct make_rand *r, uint8_t family)
{
	struct addr a = { .family = family };

	a.bytes[0] = family == AF_INET ? 10 : 0xfd;
	a.bytes[family == AF_INET ? 3 : 15] = (uint8_t)(1 + make_random(r, 6));
	return a;
}

static inline uint8_t make_family(struct make_rand *r)
{
	return make_random(r, 2) ? AF_INET : AF_INET6;
}

static inline void make_service_key(struct make_rand *r, struct service_key *k)
{
	memset(k, 0, sizeof(*k));
	k->family = make_family(r);
	if (make_random(r, 5) == 0) {
		k->fwmark = 1 + make_random(r, 3);
		return;
	}
	k->protocol = make_random(r, 2) ? IPPROTO_TCP : IPPROTO_UDP;
	k->port = (uint16_t)(80 + make_random(r, 3));
	k->addr = make_addr(r, k->family);
}

static inline void make_server_key(struct make_rand *r, struct server_key *k)
{
	memset(k, 0, sizeof(*k));
	make_service_key(r, &k->service);
	k->server.addr = make_addr(r, k->service.family);
	k->server.port = (uint16_t)(80 + make_random(r, 2));
}

static inline void make_probe_key(struct make_rand *r, struct probe_key *k)
{
	memset(k, 0, sizeof(*k));
	k->kind = (uint8_t)(1 + make_random(r, 11));
	k->recipe[7] = (uint8_t)make_random(r, 3);
	if (k->kind != PROBE_MISC) {
		k->target.addr = make_addr(r, make_family(r));
		k->target.port = 80;
	}
}

static inline void make_vr_key(struct make_rand *r, struct vr_key *k)
{
	static const char *const names[] = { "eth0", "ens33", "bond0.1234" };

	memset(k, 0, sizeof(*k));
	text_copy(k->ifname, sizeof(k->ifname), names[make_random(r, 3)]);
	k->vrid = (uint8_t)(1 + make_random(r, 4));
	k->family = make_family(r);
	if (make_random(r, 4) == 0)
		k->where = make_addr(r, k->family);
}

static inline void make_vr(struct make_rand *r, struct view_vr *vr)
{
	memset(vr, 0, sizeof(*vr));
	make_vr_key(r, &vr->key);
	text_copy(vr->name, sizeof(vr->name), "VI_1");
	vr->version = (uint8_t)(2 + make_random(r, 2));
	vr->state = (uint8_t)(1 + make_random(r, 4));
	vr->priority = (uint8_t)(1 + make_random(r, 250));
	vr->ifindex = (int32_t)make_random(r, 4);
}

static inline void make_rs(struct make_rand *r, struct view_rs *rs)
{
	memset(rs, 0, sizeof(*rs));
	make_server_key(r, &rs->key);
	rs->state = (uint8_t)make_random(r, 5);
	rs->conf_weight = (int32_t)make_random(r, 100);
	rs->set_weight = (int32_t)make_random(r, 100) - 1;
}

static inline void make_stats(struct make_rand *r, struct view_vr_stats *s)
{
	memset(s, 0, sizeof(*s));
	make_vr_key(r, &s->key);
	s->version = 3;
	s->adverts_received = make_random(r, 100);
}

static inline void make_vr_addr(struct make_rand *r, struct view_vr_addr *a)
{
	memset(a, 0, sizeof(*a));
	make_vr_key(r, &a->key.vr);
	a->key.addr = make_addr(r, a->key.vr.family);
	a->version = 2;
	a->prefix_len = 32;
}

static inline void make_probe(struct make_rand *r, struct view_probe *p)
{
	memset(p, 0, sizeof(*p));
	make_probe_key(r, &p->key);
	text_copy(p->text, sizeof(p->text), "status 503, expected 200-299");
	p->runs = make_random(r, 100);
}

static inline void make_daemon(struct make_rand *r, struct view_daemon *d)
{
	memset(d, 0, sizeof(*d));
	d->one = 1;
	text_copy(d->version, sizeof(d->version), "0.1.0");
	d->config_generation = 1 + make_random(r, 5);
	d->snmp_write = 1;
	d->traps = 1;
}

/* A well-formed row of any kind. */
static inline void make_row(struct make_rand *r, enum view_kind k, union view_any *row)
{
	memset(row, 0, sizeof(*row));
	switch (k) {
	case VIEW_DAEMON:
		make_daemon(r, &row->daemon);
		break;
	case VIEW_VR:
		make_vr(r, &row->vr);
		break;
	case VIEW_VR_ADDR:
		make_vr_addr(r, &row->vr_addr);
		break;
	case VIEW_VR_STATS:
		make_stats(r, &row->vr_stats);
		break;
	case VIEW_VS:
		make_service_key(r, &row->vs.key);
		row->vs.quorum_state = (uint8_t)(1 + make_random(r, 2));
		break;
	case VIEW_RS:
		make_rs(r, &row->rs);
		break;
	case VIEW_PROBE:
		make_probe(r, &row->probe);
		break;
	case VIEW_PROBE_USE:
		make_server_key(r, &row->probe_use.key.server);
		make_probe_key(r, &row->probe_use.key.probe);
		break;
	case VIEW_GROUP:
		row->group.key.name[0] = (char)('A' + make_random(r, 5));
		row->group.state = (uint8_t)(1 + make_random(r, 4));
		break;
	case VIEW_TRACKER:
		make_vr_key(r, &row->tracker.key.vr);
		row->tracker.key.kind = 1 + make_random(r, 7);
		text_copy(row->tracker.key.name, sizeof(row->tracker.key.name), make_random(r, 2) ? "web" : "disk");
		row->tracker.verdict = (uint8_t)make_random(r, 3);
		row->tracker.weight = (int32_t)make_random(r, 507) - 253;
		break;
	case VIEW_BFD:
		row->bfd.key.name[0] = (char)('a' + make_random(r, 5));
		row->bfd.state = (uint8_t)make_random(r, 4);
		row->bfd.diag = (uint8_t)make_random(r, 9);
		break;
	case VIEW_VS_STATS:
		make_service_key(r, &row->vs_stats.key);
		row->vs_stats.traffic.conns = make_random(r, 100);
		break;
	case VIEW_RS_SET:
		make_server_key(r, &row->rs_set.key);
		text_copy(row->rs_set.drain.by, sizeof(row->rs_set.drain.by), make_random(r, 2) ? "snmp" : "uid 0");
		break;
	case VIEW_RS_STATS:
		make_server_key(r, &row->rs_stats.key);
		row->rs_stats.traffic.in_bytes = make_random(r, 100);
		break;
	}
}

static inline void make_event(struct make_rand *r, uint64_t seq, struct event *e)
{
	memset(e, 0, sizeof(*e));
	e->seq = seq;
	e->boot = 7;
	text_copy(e->name, sizeof(e->name), "VI_1");
	if (make_random(r, 2)) {
		e->kind = EVENT_VR_STATE;
		make_vr_key(r, &e->key.vr);
		e->from = VIEW_VR_BACKUP;
		e->to = VIEW_VR_MASTER;
		e->version = 2;
	} else {
		e->kind = EVENT_RS_STATE;
		make_server_key(r, &e->key.rs);
		e->from = VIEW_RS_UP;
		e->to = VIEW_RS_DOWN;
	}
}

#endif
