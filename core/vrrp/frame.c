/*
 * Frames of frame.h: TTL 255 and precedence of network control, as sock.c's sockets have it. Relies on core/base/buf.h for bounds.
 */
#include "config.h"

#include "core/vrrp/frame.h"

#include "core/base/buf.h"

enum {
	ETHERTYPE_OF_IPV4 = 0x0800,
	ETHERTYPE_OF_IPV6 = 0x86dd,
	HEAD4 = 20,
	MAC_LEN = 6,
	PRECEDENCE = 0xc0,
	TTL = 255,
	CHECKSUM_AT = 14 + 10,
};

/* RFC 1112 section 6.4, RFC 2464 section 7. */
static void write_group_mac(struct wbuf *b, const struct addr *dest)
{
	const uint8_t four[MAC_LEN] = { 0x01, 0x00, 0x5e, dest->bytes[1] & 0x7f, dest->bytes[2], dest->bytes[3] };
	const uint8_t six[MAC_LEN] = { 0x33, 0x33, dest->bytes[12], dest->bytes[13], dest->bytes[14], dest->bytes[15] };

	wbuf_bytes(b, dest->family == AF_INET ? four : six, MAC_LEN);
}

static uint16_t checksum(const uint8_t *head)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < HEAD4; i += 2)
		sum += (uint32_t)head[i] << 8 | head[i + 1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static void write_ip4(struct wbuf *b, const struct addr *source, const struct addr *dest, uint8_t protocol, size_t len)
{
	wbuf_u16(b, ETHERTYPE_OF_IPV4);
	wbuf_u8(b, 0x45);
	wbuf_u8(b, PRECEDENCE);
	wbuf_u16(b, (uint16_t)(HEAD4 + len));
	wbuf_u32(b, 0); /* never in pieces */
	wbuf_u8(b, TTL);
	wbuf_u8(b, protocol);
	wbuf_u16(b, 0);
	wbuf_bytes(b, source->bytes, 4);
	wbuf_bytes(b, dest->bytes, 4);
	if (!b->bad)
		wbuf_patch_u16(b, CHECKSUM_AT, checksum(b->start + 14));
}

static void write_ip6(struct wbuf *b, const struct addr *source, const struct addr *dest, uint8_t protocol, size_t len)
{
	wbuf_u16(b, ETHERTYPE_OF_IPV6);
	wbuf_u32(b, 0x60000000u | (uint32_t)PRECEDENCE << 20);
	wbuf_u16(b, (uint16_t)len);
	wbuf_u8(b, protocol);
	wbuf_u8(b, TTL);
	wbuf_bytes(b, source->bytes, 16);
	wbuf_bytes(b, dest->bytes, 16);
}

size_t vrrp_frame_make(const uint8_t mac[6], const struct addr *source, const struct addr *dest, uint8_t protocol,
                       const uint8_t *payload, size_t len, uint8_t *buf, size_t size)
{
	struct wbuf b = wbuf_make(buf, size);

	if (!addr_is_multicast(dest) || source->family != dest->family || len > UINT16_MAX - HEAD4)
		return 0;
	write_group_mac(&b, dest);
	wbuf_bytes(&b, mac, MAC_LEN);
	if (dest->family == AF_INET)
		write_ip4(&b, source, dest, protocol, len);
	else
		write_ip6(&b, source, dest, protocol, len);
	wbuf_bytes(&b, payload, len);
	return b.bad ? 0 : b.len;
}

size_t vrrp_frame_wrap4(const uint8_t mac[6], const struct addr *dest, const uint8_t *packet, size_t len, uint8_t *buf,
                        size_t size)
{
	struct wbuf b = wbuf_make(buf, size);

	if (!addr_is_multicast(dest) || dest->family != AF_INET || len < HEAD4)
		return 0;
	write_group_mac(&b, dest);
	wbuf_bytes(&b, mac, MAC_LEN);
	wbuf_u16(&b, ETHERTYPE_OF_IPV4);
	wbuf_bytes(&b, packet, len);
	if (b.bad)
		return 0;
	wbuf_patch_u16(&b, CHECKSUM_AT, 0);
	wbuf_patch_u16(&b, CHECKSUM_AT, checksum(b.start + 14));
	return b.len;
}
