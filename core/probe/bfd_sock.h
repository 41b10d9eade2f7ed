/*
 * The sockets of BFD: which options RFC 5881 and 5883 ask for, and what a received packet brings beside its bytes.
 */
#ifndef REGENT_PROBE_BFD_SOCK_H
#define REGENT_PROBE_BFD_SOCK_H

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/base/addr.h"

#define BFD_PORT 3784u
#define BFD_PORT_MULTIHOP 4784u

struct bfd_heard {
	struct endpoint from;
	struct addr to;
	unsigned ifindex; /* by which it came */
	uint8_t ttl;
};

/* One for each family and port: takes what comes for any address. -1 with errno. */
int bfd_sock_open_rx(uint8_t family, bool multihop);
/* From now on the kernel itself drops what none of these sent; more than BFD_FILTER_MAX are not taken. 0 or errno. */
#define BFD_FILTER_MAX 256u
int bfd_sock_filter(int fd, uint8_t family, const struct addr *from, size_t n);
void bfd_sock_unfilter(int fd);
/* Where a session's packets go from and to. */
struct bfd_path {
	struct addr source, neighbor; /* source family 0: the kernel's choice */
	char interface[IFNAMSIZ];     /* "": as routed */
	bool multihop;
	uint8_t ttl;
};

/* One for each session: from a port above 49151, which `seed` chooses, to the neighbour. -1 with errno. */
int bfd_sock_open_tx(const struct bfd_path *p, uint32_t seed);
/* 0: there is no interface of this name. */
unsigned bfd_sock_ifindex(const char *interface);
/* -1 with errno; EAGAIN: nothing more. */
ssize_t bfd_sock_receive(int fd, void *buf, size_t size, struct bfd_heard *out);

#endif
