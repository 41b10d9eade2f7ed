/*
 * Raw sockets for VRRP (protocol 112) and a packet socket for announcements. All are non-blocking and need
 * CAP_NET_RAW.
 *
 * Whatever takes the kernel's rtnl lock or waits for a grace period is kept apart, for the kernel thread: joining a
 * group, and closing a socket that has joined one or a packet socket. Everything else here is for the loop.
 */
#ifndef REGENT_VRRP_SOCK_H
#define REGENT_VRRP_SOCK_H

#include <net/if.h>

#include "core/base/addr.h"
#include "core/vrrp/ah.h"
#include "core/vrrp/hmac.h"
#include "core/vrrp/wire.h"

/* Where a router listens: an interface, and the multicast group or, with unicast peers, its own address. */
struct vrrp_where {
	int ifindex;
	struct addr dest;
	uint8_t proto;        /* VRRP_IP_PROTO, or VRRP_AH_PROTO; 0: VRRP_IP_PROTO */
	char ifname[IFNAMSIZ]; /* for log lines */
};

/* Descriptors, or -1 with errno. */
int vrrp_sock_open_rx(const struct vrrp_where *w);
/* Sends from `source` out of `ifindex`, which belongs to `vrf` (0: to none), to peers with `unicast_ttl`; never receives. With
 * `raw` what is sent begins with the IPv4 header. */
int vrrp_sock_open_tx(const struct addr *source, int ifindex, int vrf, uint8_t unicast_ttl, bool raw);
/* Room for received packets; 0: the system's. Errors are not: what is there stays. */
void vrrp_sock_set_room(int fd, uint32_t bytes);
int vrrp_sock_open_packet(void);

/* Room for one received datagram: larger than any advert, so that what is cut off cannot pass the length check. */
struct vrrp_rx_room {
	uint8_t bytes[60 + VRRP_AH_LEN + VRRP_WIRE_MAX + VRRP_HMAC_TRAILER + 8];
};
/* One datagram, which points into `room`. 1: here it is (`*r` says whether its IP header is one); 0: none left;
 * -1: errno. */
int vrrp_sock_recv(int fd, const struct vrrp_where *w, struct vrrp_rx_room *room, struct vrrp_datagram *d,
                   enum vrrp_reject *r);
/* 0 or a positive errno. */
int vrrp_sock_send(int fd, const struct addr *dest, int ifindex, const uint8_t *data, size_t len);
int vrrp_sock_send_frame(int fd, int ifindex, const uint8_t *frame, size_t len);

/* On the kernel thread. 0 or a positive errno. */
int vrrp_sock_join(int fd, const struct vrrp_where *w);

#endif
