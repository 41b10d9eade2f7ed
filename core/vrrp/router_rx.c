/*
 * Adverts that a virtual router receives: checked, counted, and handed to the state machine. A packet that fails a
 * check is dropped, counted by its reason, and logged at a bounded rate with who sent it and what differed.
 */
#include "config.h"

#include "core/vrrp/router_priv.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static struct vrrp_expect expectation(const struct vrrp_router *r)
{
	const struct vrrp_conf *c = &r->conf;
	struct vrrp_expect e = { .version = c->version, .vrid = c->key.vrid, .family = c->key.family,
		.check_ttl = c->n_peers == 0, .check_source = c->check_source && c->n_peers > 0, .peers = c->peers,
		.peer_ttl = c->peer_ttl, .n_peers = c->n_peers, .auth = c->auth,
		.adver_int = c->adver_int, .addrs = r->advertised, .n_addrs = r->n_advertised,
		.check_addrs = !c->skip_check_adv_addr, .v3_checksum_as_v2 = c->v3_checksum_as_v2 };

	memcpy(e.auth_data, c->auth_data, sizeof(e.auth_data));
	if (c->n_peers > 0 && c->version == 3 && c->key.family == AF_INET && !c->never_old_checksum)
		e.old_dest = c->group;
	return e;
}

static void describe_mismatch(enum vrrp_reject why, const struct vrrp_mismatch *m, char *buf, size_t size)
{
	switch (why) {
	case VRRP_REJECT_AUTH_DATA:
	case VRRP_REJECT_PEER:
	case VRRP_REJECT_IP_HEADER:
	case VRRP_REJECT_HMAC_INVALID:
		snprintf(buf, size, "is not what is configured here");
		break;
	case VRRP_REJECT_HMAC_MISSING:
		snprintf(buf, size, "is missing");
		break;
	case VRRP_REJECT_HMAC_STALE:
		snprintf(buf, size, "is %" PRIu64 " s off, at most %" PRIu64 " s are allowed", m->got, m->want);
		break;
	case VRRP_REJECT_REPLAY:
		snprintf(buf, size, "is not new (%" PRIu64 " after %" PRIu64 ")", m->got, m->want);
		break;
	case VRRP_REJECT_INTERVAL:
		snprintf(buf, size, "is %" PRIu64 " ms, expected %" PRIu64 " ms", m->got / 1000, m->want / 1000);
		break;
	case VRRP_REJECT_CHECKSUM:
		snprintf(buf, size, "sums up to 0x%04" PRIx64 ", expected 0x%04" PRIx64, m->got, m->want);
		break;
	case VRRP_REJECT_ADDRESSES:
		snprintf(buf, size, "differs: %" PRIu64 " of our %" PRIu64 " addresses are in it", m->got, m->want);
		break;
	default:
		snprintf(buf, size, "is %" PRIu64 ", expected %" PRIu64, m->got, m->want);
		break;
	}
}

/* What RFC 6527 calls so (vrrpv3StatisticsProtoErrReason). */
static bool is_protocol_error(enum vrrp_reject why)
{
	return why == VRRP_REJECT_TTL || why == VRRP_REJECT_VERSION || why == VRRP_REJECT_CHECKSUM || why == VRRP_REJECT_VRID;
}

static void refuse(struct vrrp_router *r, const struct vrrp_datagram *d, enum vrrp_reject why,
                   const struct vrrp_mismatch *m)
{
	char peer[ADDR_STRLEN], what[96];
	uint32_t suppressed;

	(*vrrp_reject_counter(&r->counters, why))++;
	if (is_protocol_error(why))
		r->last_reject = why;
	vrrp_port_count(why);
	router_changed(r);
	if (!log_limit_pass(&r->reject_limit[why], mono_now(), 5, 10 * USEC_PER_SEC, &suppressed))
		return;
	describe_mismatch(why, m, what, sizeof(what));
	log_warn("vrrp", "(%s) dropped a packet from %s: its %s %s (%u more like this)", r->conf.name,
		 addr_format(&d->source, peer), vrrp_reject_name(why), what, suppressed);
}

/* RFC 3768 section 7.1: said, though the advert counts. */
static void note_addresses(struct vrrp_router *r, const struct vrrp_advert *a, const struct vrrp_datagram *d,
                           const struct vrrp_mismatch *m)
{
	char peer[ADDR_STRLEN], what[96];

	if (!a->other_addrs)
		return;
	r->counters.address_list_errors++;
	router_changed(r);
	if (!log_limit_pass(&r->list_limit, mono_now(), 1, 60 * USEC_PER_SEC, NULL))
		return;
	describe_mismatch(VRRP_REJECT_ADDRESSES, m, what, sizeof(what));
	log_warn("vrrp", "(%s) the %s of %s %s; it is heard all the same, being the owner's (priority 255)", r->conf.name,
		 vrrp_reject_name(VRRP_REJECT_ADDRESSES), addr_format(&d->source, peer), what);
}

static void log_heard_as_master(const struct vrrp_router *r, const struct vrrp_heard *h, const char *peer)
{
	if (h->priority > r->fsm.priority)
		log_notice("vrrp", "(%s) Master received advert from %s with higher priority %u, ours %u", r->conf.name,
			   peer, h->priority, r->fsm.priority);
	else if (h->priority == r->fsm.priority && addr_cmp(&h->source, &r->source) > 0)
		log_notice("vrrp", "(%s) Master received advert from %s with same priority %u but higher IP address"
			   " than ours", r->conf.name, peer, h->priority);
}

/* The lines that monitoring knows, said before the step that they explain. */
static void log_heard(struct vrrp_router *r, const struct vrrp_heard *h)
{
	char peer[ADDR_STRLEN];
	uint32_t suppressed;

	addr_format(&h->source, peer);
	if (r->fsm.state == VRRP_MASTER)
		log_heard_as_master(r, h, peer);
	if (h->priority == 0 && r->fsm.state == VRRP_BACKUP)
		log_notice("vrrp", "(%s) Backup received priority 0 advertisement", r->conf.name);
	if (h->priority == 0 || h->priority >= r->fsm.priority)
		return;
	if (log_limit_pass(&r->lower_limit, mono_now(), 4, 10 * USEC_PER_SEC, &suppressed))
		log_notice("vrrp", "(%s) received lower priority (%u) advert from %s - discarding", r->conf.name,
			   h->priority, peer);
}

/* A peer that sums up as keepalived did before 1.3.6 understands nothing else. */
static void note_checksum(struct vrrp_router *r, const struct vrrp_advert *a, const struct vrrp_datagram *d)
{
	char peer[ADDR_STRLEN];

	if (!a->old_checksum || r->old_checksum)
		return;
	r->old_checksum = true;
	log_notice("vrrp", "(%s) %s sends the old checksum of unicast adverts: ours are summed up likewise from now on",
		   r->conf.name, addr_format(&d->source, peer));
	router_changed(r);
}

static bool outranks(const struct vrrp_router *r, const struct vrrp_heard *h)
{
	if (h->priority != r->fsm.priority)
		return h->priority > r->fsm.priority;
	return addr_cmp(&h->source, &r->source) > 0;
}

void router_receive(void *user, const struct vrrp_datagram *d)
{
	struct vrrp_router *r = user;
	struct vrrp_expect want = expectation(r);
	const struct vrrp_conf *c = &r->conf;
	struct vrrp_advert a;
	struct vrrp_mismatch m;

	if (addr_cmp(&d->source, &r->source) == 0)
		return; /* our own, come back by another way */
	struct vrrp_datagram inner = *d;
	enum vrrp_reject why = router_check_signature(r, &inner, &m);
	if (why == VRRP_ACCEPTED)
		why = vrrp_wire_decode(&inner, &want, &a, &m);
	if (why != VRRP_ACCEPTED) {
		refuse(r, d, why, &m);
		return;
	}
	note_checksum(r, &a, d);
	note_addresses(r, &a, d, &m);
	r->counters.adverts_received++;
	r->counters.priority_zero_received += a.priority == 0;
	if (c->owner_ignores && c->priority == 255)
		return;
	router_damp(r, mono_now(), false);
	struct vrrp_heard heard = { .priority = a.priority, .adver_int = a.adver_int, .source = d->source };
	log_heard(r, &heard);
	if (c->grouped && a.priority > 0 && r->env.observer.heard)
		r->env.observer.heard(r->env.observer.user, r, outranks(r, &heard), &d->source);
	if (r->fsm.state == VRRP_MASTER && a.priority > 0 && !outranks(r, &heard) && r->env.observer.lower_heard)
		r->env.observer.lower_heard(r->env.observer.user, r);
	router_step(r, VRRP_EV_ADVERT, &heard);
}
