/*
 * Frames of arp_wire.h. Relies on core/base/buf.h for bounds.
 */
#include "config.h"

#include "core/vrrp/arp_wire.h"

#include <string.h>

#include "core/base/buf.h"

enum {
	ETHERTYPE_OF_ARP = 0x0806,
	ETHERTYPE_OF_IPV6 = 0x86dd,
	NEXT_ICMPV6 = 58,
	ND_ADVERTISEMENT = 136,
	ND_OVERRIDE = 0x20,
	NA_LEN = 32, /* with the target link-layer address option */
	CHECKSUM_AT = 14 + 40 + 2,
};

static const uint8_t broadcast_mac[ARP_WIRE_MAC] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
static const uint8_t all_nodes_mac[ARP_WIRE_MAC] = { 0x33, 0x33, 0, 0, 0, 1 };
static const uint8_t all_nodes[16] = { 0xff, 0x02, [15] = 1 };

/* Sender and target are the address itself: that is what makes it gratuitous. */
static void write_arp(struct wbuf *b, const struct addr *a, const uint8_t *mac)
{
	wbuf_bytes(b, broadcast_mac, ARP_WIRE_MAC);
	wbuf_bytes(b, mac, ARP_WIRE_MAC);
	wbuf_u16(b, ETHERTYPE_OF_ARP);
	wbuf_u16(b, 1); /* Ethernet */
	wbuf_u16(b, 0x0800);
	wbuf_u8(b, ARP_WIRE_MAC);
	wbuf_u8(b, 4);
	wbuf_u16(b, 1); /* request */
	wbuf_bytes(b, mac, ARP_WIRE_MAC);
	wbuf_bytes(b, a->bytes, 4);
	wbuf_bytes(b, broadcast_mac, ARP_WIRE_MAC);
	wbuf_bytes(b, a->bytes, 4);
}

static uint16_t checksum_icmp6(const uint8_t *ip6, size_t icmp_len)
{
	uint32_t sum = NEXT_ICMPV6 + (uint32_t)icmp_len;

	/* source, destination and the message follow each other: all even in length */
	for (size_t i = 8; i < 40 + icmp_len; i += 2)
		sum += (uint32_t)ip6[i] << 8 | ip6[i + 1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static void write_na(struct wbuf *b, const struct addr *a, const uint8_t *mac)
{
	wbuf_bytes(b, all_nodes_mac, ARP_WIRE_MAC);
	wbuf_bytes(b, mac, ARP_WIRE_MAC);
	wbuf_u16(b, ETHERTYPE_OF_IPV6);
	wbuf_u32(b, 0x60000000);
	wbuf_u16(b, NA_LEN);
	wbuf_u8(b, NEXT_ICMPV6);
	wbuf_u8(b, 255);
	wbuf_bytes(b, a->bytes, 16);
	wbuf_bytes(b, all_nodes, 16);
	wbuf_u8(b, ND_ADVERTISEMENT);
	wbuf_u8(b, 0);
	wbuf_u16(b, 0);
	wbuf_u8(b, ND_OVERRIDE);
	wbuf_zero(b, 3);
	wbuf_bytes(b, a->bytes, 16);
	wbuf_u8(b, 2); /* target link-layer address */
	wbuf_u8(b, 1);
	wbuf_bytes(b, mac, ARP_WIRE_MAC);
	if (!b->bad)
		wbuf_patch_u16(b, CHECKSUM_AT, checksum_icmp6(b->start + 14, NA_LEN));
}

size_t arp_wire_announce(const struct addr *a, const uint8_t mac[ARP_WIRE_MAC], uint8_t *buf, size_t size)
{
	struct wbuf b = wbuf_make(buf, size);

	if (a->family == AF_INET)
		write_arp(&b, a, mac);
	else if (a->family == AF_INET6)
		write_na(&b, a, mac);
	return b.bad ? 0 : b.len;
}
