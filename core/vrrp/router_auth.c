/*
 * Signed adverts of a virtual router: AH (ah.h) and auth_hmac (hmac.h). The password of auth_type PASS is part of the
 * advert and so wire.c's.
 */
#include "config.h"

#include "core/vrrp/router_priv.h"

#include <string.h>

static struct vrrp_hmac_bind binding(const struct vrrp_router *r, const struct addr *source)
{
	return (struct vrrp_hmac_bind){ .version = r->conf.version, .vrid = r->conf.key.vrid, .source = *source };
}

static size_t sign_hmac(struct vrrp_router *r, const struct addr *dest, uint8_t *buf, size_t len)
{
	struct vrrp_hmac_bind b = binding(r, &r->source);

	len = vrrp_hmac_sign(&r->hmac, r->conf.hmac, &b, wall_now(), buf, len, ROUTER_PACKET_MAX);
	if (len > 0 && r->source.family == AF_INET6)
		vrrp_wire_resum6(buf, len, &r->source, dest);
	return len;
}

static size_t sign_ah(struct vrrp_router *r, const struct addr *dest, uint8_t *buf, size_t len)
{
	uint8_t msg[VRRP_WIRE_MAX];
	uint8_t ttl = addr_is_multicast(dest) ? VRRP_TTL : r->conf.unicast_ttl;

	if (len > sizeof(msg))
		return 0;
	memcpy(msg, buf, len);
	return vrrp_ah_wrap(&r->ah, r->conf.auth_data, &r->source, dest, ttl, msg, len, buf, ROUTER_PACKET_MAX);
}

void router_sign_next(struct vrrp_router *r)
{
	if (r->conf.auth == VRRP_AUTH_AH)
		vrrp_ah_next(&r->ah, wall_now(), mono_now());
}

size_t router_sign(struct vrrp_router *r, const struct addr *dest, uint8_t buf[ROUTER_PACKET_MAX], size_t len)
{
	if (r->conf.hmac && r->conf.hmac->mode != VRRP_HMAC_RECEIVE_ONLY)
		return sign_hmac(r, dest, buf, len);
	return r->conf.auth == VRRP_AUTH_AH ? sign_ah(r, dest, buf, len) : len;
}

/* Clocks drift before they are too far apart: say so while adverts are still taken. */
static void warn_of_skew(struct vrrp_router *r, const struct vrrp_datagram *d, size_t len)
{
	char peer[ADDR_STRLEN];
	const uint8_t *t = d->data + len + 4;
	uint32_t seconds = (uint32_t)t[0] << 24 | (uint32_t)t[1] << 16 | (uint32_t)t[2] << 8 | t[3];
	int32_t off = (int32_t)((uint32_t)(wall_now() / USEC_PER_SEC) - seconds);

	if (off < 0)
		off = -off;
	if (r->conf.hmac->monotonic || 2 * off <= r->conf.hmac->window / USEC_PER_SEC)
		return;
	if (log_limit_pass(&r->skew_limit, mono_now(), 1, 60 * USEC_PER_SEC, NULL))
		log_warn("vrrp", "(%s) the clock of %s is %d s off; its adverts are dropped from %lld s on", r->conf.name,
			 addr_format(&d->source, peer), off, (long long)(r->conf.hmac->window / USEC_PER_SEC));
}

static enum vrrp_reject check_hmac(struct vrrp_router *r, struct vrrp_datagram *d, struct vrrp_mismatch *why)
{
	struct vrrp_hmac_bind b = binding(r, &d->source);
	size_t len = vrrp_wire_message_len(d);
	enum vrrp_reject v;

	if (len == 0)
		return VRRP_REJECT_LENGTH;
	v = vrrp_hmac_check(&r->hmac, r->conf.hmac, &b, wall_now(), mono_now(), d, len, why);
	if (v != VRRP_ACCEPTED || d->len == len)
		return v;
	warn_of_skew(r, d, len);
	d->sum_len = d->len;
	d->len = len;
	return v;
}

enum vrrp_reject router_check_signature(struct vrrp_router *r, struct vrrp_datagram *d, struct vrrp_mismatch *why)
{
	*why = (struct vrrp_mismatch){ 0 };
	if (r->conf.hmac)
		return check_hmac(r, d, why);
	if (r->conf.auth == VRRP_AUTH_AH)
		return vrrp_ah_check(&r->ah, r->conf.auth_data, d, mono_now(), vrrp_master_down_interval(&r->fsm), why);
	return VRRP_ACCEPTED;
}
