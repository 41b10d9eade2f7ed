/*
 * Rows of virtual routers: each router's own, its counters, and one for each of its addresses.
 *
 * The addresses are as many as the file has and say nothing that changes but with the file or the interface, so they are put again
 * only then, in slices: a router that takes over a thousand of them says so many times within milliseconds.
 */
#include "config.h"

#include <string.h>

#include "core/base/text.h"
#include "core/runtime.h"
#include "core/vrrp/wire.h"

enum { LOOK = 16 }; /* addresses between two looks at the clock */
#define SOON (10 * USEC_PER_MS)

static void fill_router_conf(const struct rt_router *r, const struct vrrp_conf *c, struct view_vr *row)
{
	row->key = r->key;
	text_copy(row->name, sizeof(row->name), c->name);
	text_copy(row->group, sizeof(row->group), r->group);
	row->version = c->version;
	row->base_priority = c->priority;
	row->preempt = c->preempt;
	row->accept = r->conf ? r->conf->accept : 1;
	row->auth = (uint8_t)c->auth;
	row->hint_master = c->hint_master;
	row->adver_int = c->adver_int;
	row->addr_count = (uint32_t)c->n_vips;
}

static void fill_router(const struct rt_router *r, const struct vrrp_report *rep, struct view_vr *row)
{
	memset(row, 0, sizeof(*row));
	fill_router_conf(r, vrrp_router_conf(r->vr), row);
	row->ifindex = rep->ifindex;
	row->state = (uint8_t)rep->state;
	row->priority = rep->priority;
	memcpy(row->mac, rep->mac, sizeof(row->mac));
	row->master_priority = rep->master_priority;
	row->reason = rep->reason;
	text_copy(row->reason_text, sizeof(row->reason_text), vrrp_reason_text(rep->reason));
	row->faults = rep->faults;
	text_copy(row->fault_text, sizeof(row->fault_text), rep->state == VRRP_FAULT ? rep->fault_text : "");
	row->master_adver_int = rep->master_adver_int;
	row->master_down_interval = rep->master_down_interval;
	row->primary = rep->primary;
	row->master = rep->master;
	row->addr_installed = (uint32_t)rep->vips_installed;
	row->keep_count = (uint32_t)rep->keeps;
	row->keep_installed = (uint32_t)rep->keeps_installed;
	row->entered = r->entered;
	row->left_init = r->left_init;
	row->damped = rep->damped;
	row->damped_until = publish_time(r->rt, rep->damped_until);
}

/* ---- its addresses ---- */

static void put_address(const struct rt_router *r, const struct vrrp_conf *c, const struct vrrp_vip *v)
{
	struct view_vr_addr row;

	memset(&row, 0, sizeof(row));
	row.key.vr = r->key;
	row.key.addr = v->prefix.addr;
	row.ifindex = r->shown.ifindex;
	row.version = c->version;
	row.excluded = v->excluded;
	row.prefix_len = v->prefix.len;
	view_put(r->rt->view, VIEW_VR_ADDR, &row);
}

/* The row of this router that follows `at`, which is moved to it; NULL: there is none. */
static const struct view_vr_addr *next_address(const struct rt_router *r, struct view_vr_addr_key *at)
{
	const struct view_vr_addr *row = view_next(r->rt->view, VIEW_VR_ADDR, at);

	if (!row || vr_key_cmp(&row->key.vr, &r->key) != 0)
		return NULL;
	*at = row->key;
	return row;
}

static struct view_vr_addr_key before_addresses(const struct rt_router *r)
{
	struct view_vr_addr_key at;

	memset(&at, 0, sizeof(at));
	at.vr = r->key;
	return at;
}

/* One address of those that are configured, then one row after the other, which goes where it is none of them. False: that was all. */
static bool show_one(struct rt_router *r)
{
	const struct vrrp_conf *c = vrrp_router_conf(r->vr);

	if (r->shown.put < c->n_vips) {
		put_address(r, c, &c->vips[r->shown.put++]);
		return true;
	}
	if (!next_address(r, &r->shown.at))
		return false;
	if (!vrrp_router_has_vip(r->vr, &r->shown.at.addr))
		view_del(r->rt->view, VIEW_VR_ADDR, &r->shown.at);
	return true;
}

static void show_again(struct rt_router *r, int ifindex)
{
	r->shown.ifindex = ifindex;
	r->shown.put = 0;
	r->shown.at = before_addresses(r);
	r->shown.under_way = true;
}

static void drop_addresses(const struct rt_router *r)
{
	struct view_vr_addr_key at = before_addresses(r);

	while (next_address(r, &at))
		view_del(r->rt->view, VIEW_VR_ADDR, &at);
}

/* ---- a router ---- */

static void put_router(struct rt_router *r)
{
	struct vrrp_report rep;
	struct view_vr row;

	vrrp_router_report(r->vr, &rep);
	fill_router(r, &rep, &row);
	view_put(r->rt->view, VIEW_VR, &row);
	if (r->renewed || r->shown.ifindex != rep.ifindex)
		show_again(r, rep.ifindex);
	/* Addresses that we hold no longer need the state page's note. */
	if (r->noted && r->rt->begun && rep.state != VRRP_MASTER && rep.vips_installed == 0)
		react_note_vips(r, false);
	r->renewed = false;
}

/* True: there is more to do, in the next item. */
bool publish_routers(struct runtime *rt)
{
	usec_t until = usec_add(mono_now(), PUBLISH_SLICE);
	struct rt_router *r, *tmp;

	HASH_ITER(hh, rt->routers, r, tmp) {
		if (!r->dirty && !r->shown.under_way)
			continue;
		if (r->dirty)
			put_router(r);
		r->dirty = false;
		do {
			if (mono_now() > until)
				return true;
			for (unsigned n = 0; r->shown.under_way && n < LOOK; n++)
				r->shown.under_way = show_one(r);
		} while (r->shown.under_way);
	}
	return false;
}

void publish_router(struct rt_router *r)
{
	r->dirty = true;
	loop_item_post(r->rt->loop, &r->rt->publish);
}

/* A peer that floods us with packets to refuse, or a kernel that takes a thousand addresses in batches, makes no row each time. */
void publish_router_soon(struct rt_router *r)
{
	struct loop_timer *later = &r->rt->publish_later;

	r->dirty = true;
	if (!loop_timer_active(later))
		loop_timer_set(r->rt->loop, later, usec_add(mono_now(), SOON));
}

void publish_router_anew(struct rt_router *r)
{
	r->renewed = r->noted = true;
	publish_router(r);
}

/* ---- counters ---- */

static uint8_t proto_error(enum vrrp_reject r)
{
	switch (r) {
	case VRRP_REJECT_TTL: return VIEW_PROTO_TTL;
	case VRRP_REJECT_VERSION: return VIEW_PROTO_VERSION;
	case VRRP_REJECT_CHECKSUM: return VIEW_PROTO_CHECKSUM;
	case VRRP_REJECT_VRID: return VIEW_PROTO_VRID;
	default: return VIEW_PROTO_NONE;
	}
}

static void put_router_stats(struct rt_router *r)
{
	struct view_vr_stats row;
	struct vrrp_report rep;
	const struct vrrp_counters *c = &rep.counters;

	vrrp_router_report(r->vr, &rep);
	memset(&row, 0, sizeof(row));
	row.key = r->key;
	row.ifindex = rep.ifindex;
	row.version = vrrp_router_conf(r->vr)->version;
	row.proto_error = proto_error((enum vrrp_reject)rep.last_reject);
	row.master_reason = rep.master_reason;
	row.become_master = c->become_master;
	row.adverts_received = c->adverts_received;
	row.adverts_sent = c->adverts_sent;
	row.priority_zero_received = c->priority_zero_received;
	row.priority_zero_sent = c->priority_zero_sent;
	row.interval_errors = c->interval_errors;
	row.auth_failures = c->auth_failures;
	row.ttl_errors = c->ttl_errors;
	row.type_errors = c->type_errors;
	row.address_list_errors = c->address_list_errors;
	row.auth_type_invalid = c->auth_type_invalid;
	row.auth_type_mismatch = c->auth_type_mismatch;
	row.length_errors = c->length_errors;
	row.checksum_errors = c->checksum_errors;
	row.version_errors = c->version_errors;
	row.send_errors = c->send_errors;
	row.source_errors = c->source_errors;
	row.hmac_missing = c->hmac_missing;
	row.hmac_malformed = c->hmac_malformed;
	row.hmac_unknown_key = c->hmac_unknown_key;
	row.hmac_invalid = c->hmac_invalid;
	row.hmac_stale = c->hmac_stale;
	row.replays = c->replays;
	row.flaps = c->flaps;
	row.dampings = c->dampings;
	row.garps_sent = c->garps_sent;
	row.nas_sent = c->nas_sent;
	row.doubts = c->doubts;
	row.addresses_restored = c->addresses_restored;
	row.refusals = c->refusals;
	row.vmacs_mended = rep.vmacs_mended;
	row.guilt = rep.guilt;
	view_put(r->rt->view, VIEW_VR_STATS, &row);
}

void publish_stats(struct runtime *rt)
{
	struct rt_router *r, *tmp;

	HASH_ITER(hh, rt->routers, r, tmp)
		put_router_stats(r);
}

void publish_drop_router(struct rt_router *r)
{
	view_del(r->rt->view, VIEW_VR, &r->key);
	view_del(r->rt->view, VIEW_VR_STATS, &r->key);
	drop_addresses(r);
}
