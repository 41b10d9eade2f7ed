/*
 * A multicast datagram as a whole Ethernet frame, for adverts whose source is the virtual router's own MAC (RFC 9568, section 7.2). Pure.
 */
#ifndef REGENT_VRRP_FRAME_H
#define REGENT_VRRP_FRAME_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/addr.h"

/* Ethernet and the longer of the two IP headers. */
#define VRRP_FRAME_HEAD (14 + 40)

/* Bytes written, 0 where it does not fit or `dest` is no multicast group of the source's family. */
size_t vrrp_frame_make(const uint8_t mac[6], const struct addr *source, const struct addr *dest, uint8_t protocol,
                       const uint8_t *payload, size_t len, uint8_t *buf, size_t size);

/* The same for a whole IPv4 packet, whose checksum is still to be filled in. */
size_t vrrp_frame_wrap4(const uint8_t mac[6], const struct addr *dest, const uint8_t *packet, size_t len, uint8_t *buf,
                        size_t size);

#endif
