/*
 * The packet socket that announcements leave by: one for the process, open while anybody needs it.
 */
#ifndef REGENT_VRRP_PACKET_H
#define REGENT_VRRP_PACKET_H

#include <stddef.h>
#include <stdint.h>

#include "core/net/netmon.h"

/* 0 or a positive errno. */
int vrrp_packet_get(void);
/* Closed on the kernel thread: the kernel waits for a grace period there. */
void vrrp_packet_put(struct nl *nl);
/* 0 or a positive errno. */
int vrrp_packet_send(int ifindex, const uint8_t *frame, size_t len);

#endif
