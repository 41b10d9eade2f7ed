/*
 * What is on the wire, and when: one line for each VRRP packet and each gratuitous ARP that comes in on the given bridge ports.
 *
 * The time is the kernel's (SO_TIMESTAMPNS on an AF_PACKET socket, so taken when the packet was handed over, not when this program
 * was scheduled). Only packets sent by the host behind a port count; what the bridge sends out to it does not.
 *
 *   wirecap PORT...
 *   TIME_US PORT vrrp SRC VERSION VRID PRIORITY INTERVAL_US
 *   TIME_US PORT garp ADDRESS
 */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
	PORTS_MAX = 16,
	ETHER_HEAD = 14,
	VRRP_HEAD = 8,
	ARP_SIZE = 28,
	PROTO_VRRP = 112,
};

struct port {
	const char *name;
	int fd;
};

/* What is shown is all that the kernel queues: ARP, and IPv4's VRRP, that came in by the port; two announcements of a thousand
 * addresses fit in a socket's buffer then. Ethernet's type is at 12, IPv4's protocol at 23. */
static bool port_filter(int fd)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, SKF_AD_OFF + SKF_AD_PKTTYPE),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PACKET_OUTGOING, 6, 0),
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 12),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_ARP, 3, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_IP, 0, 3),
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 23),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PROTO_VRRP, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 256),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	const struct sock_fprog prog = {.len = sizeof(code) / sizeof(code[0]), .filter = code};

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog)) == 0;
}

static int port_open(const char *name)
{
	struct sockaddr_ll at = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};
	int on = 1, room = 64 << 20;
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -1;
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
	at.sll_ifindex = (int)if_nametoindex(name);
	if (!at.sll_ifindex || !port_filter(fd) || setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on)) ||
	    bind(fd, (struct sockaddr *)&at, sizeof(at))) {
		close(fd);
		return -1;
	}
	return fd;
}

static void show_vrrp(const char *port, int64_t us, const uint8_t *ip, size_t len)
{
	char src[INET_ADDRSTRLEN];
	size_t head = (size_t)(ip[0] & 15) * 4;
	const uint8_t *v = ip + head;
	long interval;

	if (head < 20 || len < head + VRRP_HEAD || !inet_ntop(AF_INET, ip + 12, src, sizeof(src)))
		return;
	interval = v[0] >> 4 == 2 ? v[5] * 1000000L : ((v[4] & 15) << 8 | v[5]) * 10000L;
	printf("%lld %s vrrp %s %d %d %d %ld\n", (long long)us, port, src, v[0] >> 4, v[1], v[2], interval);
}

static void show_arp(const char *port, int64_t us, const uint8_t *arp)
{
	char addr[INET_ADDRSTRLEN];

	if (memcmp(arp + 14, arp + 24, 4) == 0 && inet_ntop(AF_INET, arp + 14, addr, sizeof(addr)))
		printf("%lld %s garp %s\n", (long long)us, port, addr);
}

static void show_packet(const char *port, int64_t us, const uint8_t *p, size_t len)
{
	unsigned type;

	if (len < ETHER_HEAD)
		return;
	type = (unsigned)p[12] << 8 | p[13];
	p += ETHER_HEAD;
	len -= ETHER_HEAD;
	if (type == ETH_P_IP && len >= 20 && p[9] == PROTO_VRRP)
		show_vrrp(port, us, p, len);
	else if (type == ETH_P_ARP && len >= ARP_SIZE)
		show_arp(port, us, p);
}

static int64_t packet_time(struct msghdr *m)
{
	struct timespec at = {0};

	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPNS)
			memcpy(&at, CMSG_DATA(c), sizeof(at));
	}
	return (int64_t)at.tv_sec * 1000000 + at.tv_nsec / 1000;
}

static void port_drain(const struct port *p)
{
	for (;;) {
		uint8_t buf[2048];
		char control[256];
		struct sockaddr_ll from = {0};
		struct iovec iov = {buf, sizeof(buf)};
		struct msghdr m = {.msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &iov, .msg_iovlen = 1,
		                   .msg_control = control, .msg_controllen = sizeof(control)};
		ssize_t n = recvmsg(p->fd, &m, 0);

		if (n < 0)
			return;
		if (from.sll_pkttype != PACKET_OUTGOING)
			show_packet(p->name, packet_time(&m), buf, (size_t)n);
	}
}

int main(int argc, char **argv)
{
	struct port ports[PORTS_MAX];
	struct pollfd fds[PORTS_MAX];
	nfds_t n = 0;

	if (argc < 2 || argc > PORTS_MAX) {
		fprintf(stderr, "usage: wirecap PORT...\n");
		return 2;
	}
	for (; n < (nfds_t)argc - 1; n++) {
		ports[n].name = argv[n + 1];
		ports[n].fd = port_open(argv[n + 1]);
		if (ports[n].fd < 0) {
			fprintf(stderr, "wirecap: %s: %s\n", argv[n + 1], strerror(errno));
			return 1;
		}
		fds[n] = (struct pollfd){.fd = ports[n].fd, .events = POLLIN};
	}
	setvbuf(stdout, NULL, _IOFBF, 1 << 20);
	puts("ready");
	fflush(stdout);
	while (poll(fds, n, -1) > 0) {
		for (nfds_t i = 0; i < n; i++) {
			if (fds[i].revents)
				port_drain(&ports[i]);
		}
		/* Line by line it would fall behind a thousand announcements. */
		fflush(stdout);
	}
	return 0;
}
