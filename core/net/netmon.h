/*
 * What this host's interfaces and addresses are, kept current from the kernel's own notifications.
 *
 * A cache on the loop: filled by a dump on the kernel thread, then by the monitor; an overrun leads to a new dump,
 * never to a guess. Observers are told after the cache has changed. Lookups return pointers valid until the loop
 * goes on.
 */
#ifndef REGENT_NET_NETMON_H
#define REGENT_NET_NETMON_H

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/base/addr.h"
#include "core/nl/nl.h"

#define NET_ALIAS 96

struct netmon;

struct net_link {
	int ifindex;
	char name[IFNAMSIZ];
	uint8_t mac[6];
	bool has_mac;
	bool up;      /* IFF_UP */
	bool running; /* IFF_RUNNING, carrier and operational state */
	uint32_t mtu;
	uint16_t type; /* ARPHRD_ */
	char kind[16]; /* "macvlan", "vrf", ...; "" for a device of its own */
	int parent;    /* the interface that it lies on; 0: none */
	int master;    /* the bridge, bond or VRF that it belongs to; 0: none */
	uint32_t mode; /* of a macvlan: MACVLAN_MODE_ */
	uint32_t vrf_table;
	char alias[NET_ALIAS]; /* what an administrator, or we, wrote to it */
};

struct net_addr {
	int ifindex;
	struct prefix prefix; /* local address and its length */
	uint8_t scope;
	uint8_t proto; /* IFA_PROTO where the kernel says it, else 0 */
	uint32_t flags;
};

/* interface_up_down_delays: how long a link must be down or up before observers hear of it. */
struct net_delay {
	char ifname[IFNAMSIZ];
	usec_t down, up;
};

struct netmon_observer {
	/* The initial dump is complete (and again after each overrun's dump). */
	void (*ready)(void *user);
	/* A link appeared, changed or (gone) went away. */
	void (*link)(void *user, const struct net_link *link, bool gone);
	void (*addr)(void *user, const struct net_addr *addr, bool gone);
	void *user;
	struct netmon_observer *next; /* netmon's own */
};

struct netmon *netmon_new(struct loop *l, struct nl *nl);
/* Before nl_stop(), and not from inside an observer. */
void netmon_free(struct netmon *m);
/* What is already known is not repeated to a new observer. Observers may remove themselves or others from inside a
 * call. */
void netmon_observe(struct netmon *m, struct netmon_observer *o);
void netmon_unobserve(struct netmon *m, struct netmon_observer *o);
/* In force from the next change of a link on. */
void netmon_set_delays(struct netmon *m, const struct net_delay *list, size_t n);
bool netmon_is_ready(const struct netmon *m);

const struct net_link *netmon_link_by_name(const struct netmon *m, const char *name);
const struct net_link *netmon_link_by_index(const struct netmon *m, int ifindex);
/* The address adverts are sent from: of this family on this interface, the first that is neither a host-scope nor
 * one of `exclude` (the virtual addresses). IPv4: global scope before narrower ones, primary before secondary.
 * IPv6: the link-local one (RFC 9568, 5.1.2.1), once duplicate address detection is through with it. NULL: none
 * yet. */
const struct net_addr *netmon_primary_addr(const struct netmon *m, int ifindex, uint8_t family,
                                           const struct addr *exclude, size_t n_exclude);
/* Is it on any interface of this host, or a loopback address? */
bool netmon_is_local(const struct netmon *m, const struct addr *a);
bool netmon_has_addr(const struct netmon *m, int ifindex, const struct prefix *p);
/* Goes over all interfaces. */
void netmon_each_link(const struct netmon *m, void (*fn)(void *user, const struct net_link *l), void *user);
/* Goes over all addresses. */
void netmon_each_addr(const struct netmon *m, void (*fn)(void *user, const struct net_addr *a), void *user);

/* The socket's side of it, so that a test can overrun it. */
struct nl_monitor *netmon_monitor(struct netmon *m);

#endif
