/*
 * Adverts that a virtual router sends. Owns their content; relies on the codec and the sending socket.
 */
#include "config.h"

#include "core/vrrp/router_priv.h"

#include <errno.h>
#include <string.h>

/* The peer will miss an advert, so say so, but not for each: the cause lasts. Without a link it is no news. */
static void send_failed(struct vrrp_router *r, const struct addr *dest, int err)
{
	char text[ADDR_STRLEN];
	uint32_t suppressed;

	r->counters.send_errors++;
	if (r->faults)
		return;
	if (log_limit_pass(&r->send_limit, mono_now(), 3, 10 * USEC_PER_SEC, &suppressed))
		log_warn("vrrp", "(%s) kernel refused to send an advert to %s: %s (%u more like this)", r->conf.name,
			 addr_format(dest, text), strerror(err), suppressed);
}

static bool send_to(struct vrrp_router *r, const struct addr *dest, uint8_t priority)
{
	uint8_t buf[ROUTER_PACKET_MAX];
	bool old = r->conf.old_checksum || (r->old_checksum && !r->conf.never_old_checksum);
	struct vrrp_advert a = { .version = r->conf.version, .vrid = r->conf.key.vrid, .priority = priority,
		.adver_int = r->conf.adver_int, .auth = r->conf.auth, .addrs = r->advertised,
		.n_addrs = r->n_advertised };

	if (r->conf.auth == VRRP_AUTH_PASS)
		memcpy(a.auth_data, r->conf.auth_data, sizeof(a.auth_data));
	size_t len = vrrp_wire_encode(&a, &r->source, old && r->conf.n_peers ? &r->conf.group : dest,
		r->conf.v3_checksum_as_v2, buf, VRRP_WIRE_MAX);
	if (len > 0)
		len = router_sign(r, dest, buf, len);
	int err = len == 0                   ? EINVAL
		  : router_vmac_sends(r, dest) ? router_vmac_send(r, dest, buf, len)
					       : vrrp_sock_send(r->tx, dest, r->ifindex, buf, len);
	if (err)
		send_failed(r, dest, err);
	return err == 0;
}

static bool send_to_all(struct vrrp_router *r, uint8_t priority)
{
	bool sent = false;

	if (r->tx < 0)
		return false;
	router_sign_next(r);
	if (r->conf.n_peers == 0)
		return send_to(r, &r->conf.group, priority);
	for (size_t i = 0; i < r->conf.n_peers; i++)
		sent |= send_to(r, &r->conf.peers[i], priority);
	return sent;
}

void router_send_advert(struct vrrp_router *r)
{
	if (!send_to_all(r, r->fsm.priority))
		return;
	r->counters.adverts_sent++;
	if (r->env.observer.advertised)
		r->env.observer.advertised(r->env.observer.user, r);
}

void router_send_prio0(struct vrrp_router *r)
{
	if (!send_to_all(r, 0))
		return;
	r->counters.adverts_sent++;
	r->counters.priority_zero_sent++;
	log_info("vrrp", "(%s) sent 0 priority", r->conf.name);
}
