/*
 * Announcements that an address lives here now: gratuitous ARP (RFC 826, RFC 5227 section 3) and unsolicited
 * neighbour advertisements (RFC 4861 section 7.2.6), as whole Ethernet frames. Pure.
 */
#ifndef REGENT_VRRP_ARP_WIRE_H
#define REGENT_VRRP_ARP_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/addr.h"

#define ARP_WIRE_MAC 6
/* The largest frame made here: Ethernet, IPv6, neighbour advertisement with a link-layer option. */
#define ARP_WIRE_MAX (14 + 40 + 24 + 8)

/* The frame that announces `a` at `mac`: for IPv4 an ARP request, as keepalived and `arping -U` send it, which every stack
 * takes. Bytes written, 0 for a family that is neither. */
size_t arp_wire_announce(const struct addr *a, const uint8_t mac[ARP_WIRE_MAC], uint8_t *buf, size_t size);

#endif
