/*
 * The interface that bears a virtual router's own MAC (a macvlan, or an ipvlan that shares its parent's): what it has to be, and what to do
 * about what is there. Pure.
 *
 * A macvlan of mode private takes every multicast frame that bears its own MAC as source away from its parent, and so a MASTER would
 * never hear the adverts of another one; VEPA lets them pass, and keeps macvlans of one host as far from each other.
 */
#ifndef REGENT_NET_VMAC_PLAN_H
#define REGENT_NET_VMAC_PLAN_H

#include "core/net/netmon.h"
#include "core/net/rtname.h"

enum vmac_kind { VMAC_MACVLAN, VMAC_IPVLAN };
enum vmac_share { VMAC_BRIDGE, VMAC_PRIVATE, VMAC_VEPA }; /* of an ipvlan: the kernel's numbers */

/* Built in zeroed memory and compared as bytes. */
struct vmac_conf {
	enum vmac_kind kind;
	enum vmac_share share;
	char name[IFNAMSIZ];
	char parent[IFNAMSIZ];
	char vrf[IFNAMSIZ];     /* "": that of the parent, if any */
	char owner[64];         /* the instance */
	uint8_t mac[6];
	uint8_t family;         /* of the virtual router */
	bool has_ipv6;          /* such addresses too, where that is IPv4's */
	bool promote;           /* promote_secondaries */
	bool has_group;
	struct rt_name group;   /* of interfaces */
	struct prefix addr;     /* that an ipvlan has as long as it is there, and is up for; family 0: none */
};

/* What begins the alias of each interface that we made, so that a later life knows it. */
#define VMAC_ALIAS "regent:"

enum vmac_step {
	VMAC_REMOVE = 1 << 0,
	VMAC_MAKE = 1 << 1,
	VMAC_MEND = 1 << 2,     /* MAC, mode or VRF */
	VMAC_ADOPT = 1 << 3,    /* it is as it has to be, of a former life: take over what that noted */
	VMAC_UP = 1 << 4,
	VMAC_DOWN = 1 << 5,
	VMAC_WAIT = 1 << 6,     /* its parent is not there */
	VMAC_TAKEN = 1 << 7,    /* somebody else's interface has its name */
};

/* Bits of enum vmac_step; 0: all is well. `have` and `parent` are NULL where there is none. `known`: it was made or adopted by us. */
unsigned vmac_plan(const struct vmac_conf *want, const struct net_link *have, const struct net_link *parent,
                   const struct net_link *vrf, bool up, bool known);

#endif
