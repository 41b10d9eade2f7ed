/*
 * Receive ports: one raw socket for each (interface, group or own address), shared by all virtual routers that
 * listen there, so that a packet is read once and handed to the router with its VRID.
 *
 * The group is joined, and a port is closed, on the kernel thread: both wait for the kernel's rtnl lock.
 */
#ifndef REGENT_VRRP_PORT_H
#define REGENT_VRRP_PORT_H

#include "core/loop/loop.h"
#include "core/net/netmon.h"
#include "core/vrrp/sock.h"

struct vrrp_port;

struct vrrp_port_user {
	uint8_t vrid;
	uint32_t rx_bytes; /* room that its adverts need; 0: no wish */
	void (*packet)(void *user, const struct vrrp_datagram *d);
	/* The group has been joined (err 0) or refused; not called where vrrp_port_is_ready() is true at once. */
	void (*ready)(void *user, int err);
	void *user;
};

/* NULL with errno; EADDRINUSE where that VRID has a user there already. */
struct vrrp_port *vrrp_port_get(struct loop *loop, struct nl *nl, const struct vrrp_where *where,
                                struct vrrp_port_user *user);
bool vrrp_port_is_ready(const struct vrrp_port *p);
/* Also from inside packet() and ready(). */
void vrrp_port_put(struct vrrp_port *p, struct vrrp_port_user *user);
/* Read what has arrived: before an elapsed timer is believed. */
void vrrp_port_drain(struct vrrp_port *p);
/* Log adverts of virtual routers that are not here? */
void vrrp_port_log_unknown(bool log);
/* A reason that counts for the whole process as well (RFC 2787's router statistics). */
void vrrp_port_count(enum vrrp_reject r);

#endif
