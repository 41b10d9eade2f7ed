/*
 * The sockets of bfd_sock.h.
 */
#include "config.h"

#include "core/probe/bfd_sock.h"

#include <errno.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	PRECEDENCE = 0xc0,     /* network control */
	QUEUE_PRIORITY = 6,
	PORT_FIRST = 49152,    /* RFC 5881 section 4 */
	PORT_COUNT = 16384,
	PORT_TRIES = 16,
};

static int set_int(int fd, int level, int name, int value)
{
	return setsockopt(fd, level, name, &value, sizeof(value));
}

static int open_udp(uint8_t family)
{
	return socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

/* Closes `fd` and keeps errno. */
static int close_failed(int fd)
{
	int err = errno;

	close(fd);
	errno = err;
	return -1;
}

static uint16_t port_of(bool multihop)
{
	return multihop ? BFD_PORT_MULTIHOP : BFD_PORT;
}

static int bind_to(int fd, const struct endpoint *e)
{
	struct sockaddr_storage ss;
	socklen_t len = addr_to_sockaddr(e, &ss);

	return bind(fd, (const struct sockaddr *)&ss, len);
}

int bfd_sock_open_rx(uint8_t family, bool multihop)
{
	const struct endpoint any = { .addr = { .family = family }, .port = port_of(multihop) };
	int fd = open_udp(family), options;

	if (fd < 0)
		return -1;
	if (family == AF_INET)
		options = set_int(fd, IPPROTO_IP, IP_RECVTTL, 1) | set_int(fd, IPPROTO_IP, IP_PKTINFO, 1);
	else
		options = set_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1) | set_int(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1) |
			set_int(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
	if (options < 0 || bind_to(fd, &any) < 0)
		return close_failed(fd);
	return fd;
}

/* ---- what the kernel drops ---- */

static uint32_t word_of(const struct addr *a, size_t at)
{
	return (uint32_t)a->bytes[at] << 24 | (uint32_t)a->bytes[at + 1] << 16 | (uint32_t)a->bytes[at + 2] << 8 | a->bytes[at + 3];
}

/* If the source is this one, take the packet: each word is compared, and where one differs the rest is jumped over. */
static size_t put_source(struct sock_filter *code, const struct addr *a)
{
	const uint32_t at = (uint32_t)SKF_NET_OFF + (a->family == AF_INET ? offsetof(struct iphdr, saddr) : offsetof(struct ip6_hdr, ip6_src));
	const size_t words = addr_len(a->family) / 4;
	size_t n = 0;

	for (size_t i = 0; i < words; i++) {
		code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, at + 4 * (uint32_t)i);
		code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, word_of(a, 4 * i), 0, (uint8_t)(2 * (words - i) - 1));
	}
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, UINT16_MAX);
	return n;
}

int bfd_sock_filter(int fd, uint8_t family, const struct addr *from, size_t n)
{
	struct sock_filter code[BFD_FILTER_MAX * 9 + 1];
	size_t len = 0;

	if (n > BFD_FILTER_MAX)
		return E2BIG;
	for (size_t i = 0; i < n; i++)
		if (from[i].family == family)
			len += put_source(code + len, &from[i]);
	code[len++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, 0);
	const struct sock_fprog program = { .len = (unsigned short)len, .filter = code };
	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) < 0 ? errno : 0;
}

void bfd_sock_unfilter(int fd)
{
	int none = 0;

	setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &none, sizeof(none));
}

/* ---- senders ---- */

/* A port of our own: a few random ones are tried before it is given up. */
static int bind_source(int fd, const struct addr *source, uint8_t family, uint32_t seed)
{
	struct endpoint from = { .addr = *source };

	from.addr.family = family;
	for (unsigned i = 0; i < PORT_TRIES; i++) {
		from.port = (uint16_t)(PORT_FIRST + (seed + i * 4099u) % PORT_COUNT);
		if (bind_to(fd, &from) == 0)
			return 0;
		if (errno != EADDRINUSE)
			return -1;
	}
	return -1;
}

static int set_sender(int fd, const struct bfd_path *p)
{
	if (p->interface[0] && setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, p->interface, (socklen_t)strlen(p->interface)) < 0)
		return -1;
	if (set_int(fd, SOL_SOCKET, SO_PRIORITY, QUEUE_PRIORITY) < 0)
		return -1;
	if (p->neighbor.family == AF_INET)
		return set_int(fd, IPPROTO_IP, IP_TTL, p->ttl) | set_int(fd, IPPROTO_IP, IP_TOS, PRECEDENCE);
	return set_int(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, p->ttl) | set_int(fd, IPPROTO_IPV6, IPV6_TCLASS, PRECEDENCE);
}

int bfd_sock_open_tx(const struct bfd_path *p, uint32_t seed)
{
	const struct endpoint peer = { .addr = p->neighbor, .port = port_of(p->multihop) };
	struct sockaddr_storage to;
	socklen_t len = addr_to_sockaddr(&peer, &to);
	int fd = open_udp(p->neighbor.family);

	if (fd < 0)
		return -1;
	if (set_sender(fd, p) < 0 || bind_source(fd, &p->source, p->neighbor.family, seed) < 0 ||
	    connect(fd, (const struct sockaddr *)&to, len) < 0)
		return close_failed(fd);
	return fd;
}

unsigned bfd_sock_ifindex(const char *interface)
{
	return if_nametoindex(interface);
}

static void read_ancillary4(const struct cmsghdr *c, struct bfd_heard *out)
{
	struct in_pktinfo info;
	int ttl;

	if (c->cmsg_type == IP_TTL) {
		memcpy(&ttl, CMSG_DATA(c), sizeof(ttl));
		out->ttl = (uint8_t)ttl;
	} else if (c->cmsg_type == IP_PKTINFO) {
		memcpy(&info, CMSG_DATA(c), sizeof(info));
		out->to = addr_from_v4_be(info.ipi_addr.s_addr);
		out->ifindex = (unsigned)info.ipi_ifindex;
	}
}

static void read_ancillary6(const struct cmsghdr *c, struct bfd_heard *out)
{
	struct in6_pktinfo info;
	int hops;

	if (c->cmsg_type == IPV6_HOPLIMIT) {
		memcpy(&hops, CMSG_DATA(c), sizeof(hops));
		out->ttl = (uint8_t)hops;
	} else if (c->cmsg_type == IPV6_PKTINFO) {
		memcpy(&info, CMSG_DATA(c), sizeof(info));
		out->to.family = AF_INET6;
		memcpy(out->to.bytes, &info.ipi6_addr, sizeof(out->to.bytes));
		out->ifindex = info.ipi6_ifindex;
	}
}

ssize_t bfd_sock_receive(int fd, void *buf, size_t size, struct bfd_heard *out)
{
	char control[CMSG_SPACE(sizeof(int)) + CMSG_SPACE(sizeof(struct in6_pktinfo))];
	struct iovec iov = { .iov_base = buf, .iov_len = size };
	struct sockaddr_storage from;
	struct msghdr m = {
		.msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	ssize_t n = recvmsg(fd, &m, 0);

	memset(out, 0, sizeof(*out));
	if (n < 0)
		return -1;
	addr_from_sockaddr((const struct sockaddr *)&from, &out->from);
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
		if (c->cmsg_level == IPPROTO_IP)
			read_ancillary4(c, out);
		else if (c->cmsg_level == IPPROTO_IPV6)
			read_ancillary6(c, out);
	}
	return n;
}
