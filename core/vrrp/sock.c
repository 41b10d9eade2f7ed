/*
 * The sockets of sock.h. Owns every option that they need; relies on CAP_NET_RAW.
 *
 * Adverts leave with TTL 255, network-control precedence (TOS 0xc0), from one address and one interface (RFC 3768
 * section 5.2, RFC 9568 section 5.1). A receiving socket is bound to its interface and to the group, so that each
 * packet wakes exactly the port that it is for.
 */
#include "config.h"

#include "core/vrrp/sock.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	PRECEDENCE = 0xc0,    /* network control */
	QUEUE_PRIORITY = 6,   /* the highest that needs no CAP_NET_ADMIN */
};

static int set_int(int fd, int level, int name, int value)
{
	return setsockopt(fd, level, name, &value, sizeof(value));
}

/* Closes `fd` and keeps errno. */
static int close_failed(int fd)
{
	int err = errno;

	close(fd);
	errno = err;
	return -1;
}

static socklen_t make_sockaddr(const struct addr *a, int ifindex, struct sockaddr_storage *out)
{
	struct endpoint e = { .addr = *a };
	socklen_t len = addr_to_sockaddr(&e, out);

	if (a->family == AF_INET6 && (addr_is_linklocal(a) || addr_is_multicast(a)))
		((struct sockaddr_in6 *)out)->sin6_scope_id = (uint32_t)ifindex;
	return len;
}

static int bind_to(int fd, const struct addr *a, int ifindex)
{
	struct sockaddr_storage ss;
	socklen_t len = make_sockaddr(a, ifindex, &ss);

	return bind(fd, (struct sockaddr *)&ss, len);
}

static int open_raw(uint8_t family, int proto)
{
	return socket(family, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, proto ? proto : VRRP_IP_PROTO);
}

/* IPv4 gives the header with the packet; IPv6 tells hop limit and destination beside it. Groups that others joined
 * are not ours. */
static int set_rx_options(int fd, uint8_t family)
{
	if (family == AF_INET)
		return set_int(fd, IPPROTO_IP, IP_MULTICAST_ALL, 0);
	return set_int(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1) | set_int(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1) |
		set_int(fd, IPPROTO_IPV6, IPV6_MULTICAST_ALL, 0);
}

int vrrp_sock_open_rx(const struct vrrp_where *w)
{
	int fd = open_raw(w->dest.family, w->proto);

	if (fd < 0)
		return -1;
	if (set_int(fd, SOL_SOCKET, SO_BINDTOIFINDEX, w->ifindex) < 0 || set_rx_options(fd, w->dest.family) < 0 ||
	    bind_to(fd, &w->dest, w->ifindex) < 0)
		return close_failed(fd);
	return fd;
}

static int set_tx_options4(int fd, int ifindex, uint8_t unicast_ttl)
{
	struct ip_mreqn via = { .imr_ifindex = ifindex };

	return setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &via, sizeof(via)) |
		set_int(fd, IPPROTO_IP, IP_MULTICAST_TTL, VRRP_TTL) | set_int(fd, IPPROTO_IP, IP_MULTICAST_LOOP, 0) |
		set_int(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DONT) |
		set_int(fd, IPPROTO_IP, IP_TTL, unicast_ttl ? unicast_ttl : 1) | set_int(fd, IPPROTO_IP, IP_TOS, PRECEDENCE);
}

static int set_tx_options6(int fd, int ifindex, uint8_t unicast_ttl)
{
	return set_int(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, ifindex) |
		set_int(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, VRRP_TTL) |
		set_int(fd, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 0) |
		set_int(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, unicast_ttl) |
		set_int(fd, IPPROTO_IPV6, IPV6_TCLASS, PRECEDENCE);
}

/* A raw socket that may send also receives; a filter that takes nothing keeps its queue empty. */
static int refuse_input(int fd)
{
	struct sock_filter nothing = { .code = BPF_RET | BPF_K, .k = 0 };
	struct sock_fprog program = { .len = 1, .filter = &nothing };

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
}

/* In a VRF the source is local, and peers are found, by its table only. */
int vrrp_sock_open_tx(const struct addr *source, int ifindex, int vrf, uint8_t unicast_ttl, bool raw)
{
	int fd = open_raw(source->family, raw ? IPPROTO_RAW : 0);

	if (fd < 0)
		return -1;
	if (vrf && set_int(fd, SOL_SOCKET, SO_BINDTOIFINDEX, vrf) < 0)
		return close_failed(fd);
	int options = source->family == AF_INET ? set_tx_options4(fd, ifindex, unicast_ttl) :
		set_tx_options6(fd, ifindex, unicast_ttl);
	if (options < 0 || refuse_input(fd) < 0 || set_int(fd, SOL_SOCKET, SO_PRIORITY, QUEUE_PRIORITY) < 0 ||
	    bind_to(fd, source, ifindex) < 0)
		return close_failed(fd);
	return fd;
}

void vrrp_sock_set_room(int fd, uint32_t bytes)
{
	int room = bytes > INT32_MAX / 2 ? INT32_MAX / 2 : (int)bytes;

	/* beyond the system's limit where we may */
	if (bytes > 0 && set_int(fd, SOL_SOCKET, SO_RCVBUFFORCE, room) < 0)
		set_int(fd, SOL_SOCKET, SO_RCVBUF, room);
}

int vrrp_sock_open_packet(void)
{
	/* protocol 0: sends only */
	return socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

/* ---- receive ---- */

static void read_ancillary6(struct msghdr *m, struct vrrp_datagram *d)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		if (c->cmsg_level != IPPROTO_IPV6)
			continue;
		if (c->cmsg_type == IPV6_HOPLIMIT) {
			int hops;
			memcpy(&hops, CMSG_DATA(c), sizeof(hops));
			d->ttl = (uint8_t)hops;
		} else if (c->cmsg_type == IPV6_PKTINFO) {
			struct in6_pktinfo info;
			memcpy(&info, CMSG_DATA(c), sizeof(info));
			d->dest.family = AF_INET6;
			memcpy(d->dest.bytes, &info.ipi6_addr, 16);
		}
	}
}

static enum vrrp_reject take_ip6(struct msghdr *m, const uint8_t *bytes, size_t len, struct vrrp_datagram *d)
{
	struct endpoint from;

	*d = (struct vrrp_datagram){ .data = bytes, .len = len };
	if (!addr_from_sockaddr(m->msg_name, &from))
		return VRRP_REJECT_IP_HEADER;
	d->source = from.addr;
	read_ancillary6(m, d);
	return VRRP_ACCEPTED;
}

int vrrp_sock_recv(int fd, const struct vrrp_where *w, struct vrrp_rx_room *room, struct vrrp_datagram *d,
                   enum vrrp_reject *r)
{
	struct sockaddr_storage from;
	char control[CMSG_SPACE(sizeof(int)) + CMSG_SPACE(sizeof(struct in6_pktinfo))];
	struct iovec iov = { .iov_base = room->bytes, .iov_len = sizeof(room->bytes) };
	struct msghdr m = { .msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control) };
	ssize_t n = recvmsg(fd, &m, MSG_DONTWAIT);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	if (w->dest.family == AF_INET)
		*r = vrrp_wire_strip_ip4(room->bytes, (size_t)n, d);
	else
		*r = take_ip6(&m, room->bytes, (size_t)n, d);
	return 1;
}

/* ---- send ---- */

int vrrp_sock_send(int fd, const struct addr *dest, int ifindex, const uint8_t *data, size_t len)
{
	struct sockaddr_storage ss;
	socklen_t n = make_sockaddr(dest, ifindex, &ss);

	return sendto(fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL, (struct sockaddr *)&ss, n) < 0 ? errno : 0;
}

int vrrp_sock_send_frame(int fd, int ifindex, const uint8_t *frame, size_t len)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_ifindex = ifindex, .sll_halen = ETH_ALEN };

	memcpy(to.sll_addr, frame, ETH_ALEN);
	return sendto(fd, frame, len, MSG_DONTWAIT, (struct sockaddr *)&to, sizeof(to)) < 0 ? errno : 0;
}

/* ---- kernel thread ---- */

int vrrp_sock_join(int fd, const struct vrrp_where *w)
{
	struct group_req group = { .gr_interface = (uint32_t)w->ifindex };
	int level = w->dest.family == AF_INET ? IPPROTO_IP : IPPROTO_IPV6;

	make_sockaddr(&w->dest, w->ifindex, &group.gr_group);
	return setsockopt(fd, level, MCAST_JOIN_GROUP, &group, sizeof(group)) < 0 ? errno : 0;
}
