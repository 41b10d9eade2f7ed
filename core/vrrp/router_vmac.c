/*
 * Interfaces with the virtual router's MAC (core/net/vmac.h): there while the router runs, up while it is MASTER, or while addresses of a
 * former life are left.
 *
 * Adverts leave by the real interface with the virtual MAC as source: the first one goes out before any interface could be raised, and
 * the switch learns the port from it.
 */
#include "config.h"

#include "core/vrrp/router_priv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/vrrp/frame.h"
#include "core/vrrp/packet.h"
#include "core/vrrp/wire.h"

static void on_changed(void *user)
{
	struct vrrp_router *r = user;

	router_look(r);
	router_addrs_check(r);
}

void router_vmacs_start(struct vrrp_router *r)
{
	struct vmac_env env = { .loop = r->env.loop, .nl = r->env.nl, .netmon = r->env.netmon, .dirs = r->env.dirs,
		.changed = on_changed, .user = r };

	if (r->conf.n_vmacs == 0)
		return;
	r->vmacs = calloc(r->conf.n_vmacs, sizeof(struct vmac *));
	for (size_t i = 0; r->vmacs && i < r->conf.n_vmacs; i++)
		r->vmacs[i] = vmac_new(&env, &r->conf.vmacs[i], r->held_before);
}

static struct vmac *vmac_at(const struct vrrp_router *r, size_t i)
{
	return r->vmacs ? r->vmacs[i] : NULL;
}

void router_vmacs_raise(struct vrrp_router *r, bool up)
{
	for (size_t i = 0; i < r->conf.n_vmacs; i++)
		if (vmac_at(r, i))
			vmac_raise(vmac_at(r, i), up);
}

bool router_vmacs_failed(const struct vrrp_router *r)
{
	for (size_t i = 0; r->vmacs && i < r->conf.n_vmacs; i++)
		if (!vmac_at(r, i) || vmac_failed(vmac_at(r, i)))
			return true;
	return false;
}

uint64_t router_vmacs_mended(const struct vrrp_router *r)
{
	uint64_t n = 0;

	for (size_t i = 0; i < r->conf.n_vmacs; i++)
		n += vmac_at(r, i) ? vmac_mended(vmac_at(r, i)) : 0;
	return n;
}

static void on_stopped(void *user)
{
	router_job_finished(user);
}

void router_vmacs_stop(struct vrrp_router *r)
{
	for (size_t i = 0; i < r->conf.n_vmacs; i++) {
		if (!vmac_at(r, i))
			continue;
		r->addr_jobs++;
		vmac_stop(vmac_at(r, i), on_stopped, r);
	}
}

void router_vmacs_free(struct vrrp_router *r)
{
	for (size_t i = 0; i < r->conf.n_vmacs; i++)
		vmac_free(vmac_at(r, i));
	free(r->vmacs);
}

bool router_vmac_sends(const struct vrrp_router *r, const struct addr *dest)
{
	return r->conf.adverts_from_vmac && r->has_packet && addr_is_multicast(dest);
}

int router_vmac_send(const struct vrrp_router *r, const struct addr *dest, const uint8_t *advert, size_t len)
{
	uint8_t frame[VRRP_FRAME_HEAD + ROUTER_PACKET_MAX];
	const uint8_t *mac = r->conf.vmacs[0].mac;
	size_t n;

	/* A signature of AH covers the IP header, so it comes with one. */
	if (r->conf.auth == VRRP_AUTH_AH)
		n = vrrp_frame_wrap4(mac, dest, advert, len, frame, sizeof(frame));
	else
		n = vrrp_frame_make(mac, &r->source, dest, VRRP_IP_PROTO, advert, len, frame, sizeof(frame));

	return n == 0 ? EINVAL : vrrp_packet_send(r->ifindex, frame, n);
}

const struct vmac_conf *router_vmac_named(const struct vrrp_router *r, const char *name)
{
	for (size_t i = 0; i < r->conf.n_vmacs; i++)
		if (strcmp(r->conf.vmacs[i].name, name) == 0)
			return &r->conf.vmacs[i];
	return NULL;
}
