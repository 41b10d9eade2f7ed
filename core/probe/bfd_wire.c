/*
 * The codec of bfd_wire.h. Relies on core/base/buf.h.
 */
#include "config.h"

#include "core/probe/bfd_wire.h"

#include <string.h>

#include "core/base/buf.h"

enum { BFD_VERSION = 1, BFD_AUTH_LEN_LEAST = 26 };
enum bfd_flags {
	BFD_F_POLL = 0x20, BFD_F_FINAL = 0x10, BFD_F_INDEPENDENT = 0x08, BFD_F_AUTH = 0x04, BFD_F_DEMAND = 0x02,
	BFD_F_MULTIPOINT = 0x01,
};

const char *bfd_state_name(enum bfd_state s)
{
	switch (s) {
	case BFD_ADMIN_DOWN: return "adminDown";
	case BFD_DOWN: return "down";
	case BFD_INIT: return "init";
	case BFD_UP: return "up";
	}
	return "?";
}

const char *bfd_diag_words(uint8_t diag)
{
	switch (diag) {
	case BFD_DIAG_NONE: return "no diagnostic";
	case BFD_DIAG_TIME_EXPIRED: return "control detection time expired";
	case BFD_DIAG_ECHO_FAILED: return "echo function failed";
	case BFD_DIAG_NEIGHBOR_DOWN: return "neighbor signaled session down";
	case BFD_DIAG_FORWARDING_RESET: return "forwarding plane reset";
	case BFD_DIAG_PATH_DOWN: return "path down";
	case BFD_DIAG_CONCATENATED_DOWN: return "concatenated path down";
	case BFD_DIAG_ADMIN_DOWN: return "administratively down";
	case BFD_DIAG_REVERSE_DOWN: return "reverse concatenated path down";
	default: return "unassigned diagnostic";
	}
}

const char *bfd_reject_name(enum bfd_reject r)
{
	switch (r) {
	case BFD_ACCEPTED: return "accepted";
	case BFD_REJECT_SHORT: return "short";
	case BFD_REJECT_VERSION: return "version";
	case BFD_REJECT_LENGTH: return "length";
	case BFD_REJECT_MULT: return "multiplier";
	case BFD_REJECT_MULTIPOINT: return "multipoint";
	case BFD_REJECT_MY_DISC: return "my discriminator";
	case BFD_REJECT_YOUR_DISC: return "your discriminator";
	case BFD_REJECT_AUTH: return "authentication";
	case BFD_REJECT_TTL: return "ttl";
	case BFD_REJECT_SESSION: return "no session";
	}
	return "?";
}

/* The checks of section 6.8.6 up to the session's own; auth and multipoint are bits of `flags`. */
static enum bfd_reject packet_check(const struct bfd_packet *p, uint8_t version, uint8_t flags, uint8_t said, size_t len)
{
	bool down = p->state == BFD_DOWN || p->state == BFD_ADMIN_DOWN;

	if (version != BFD_VERSION)
		return BFD_REJECT_VERSION;
	if (said < (flags & BFD_F_AUTH ? BFD_AUTH_LEN_LEAST : BFD_WIRE_LEN) || said > len)
		return BFD_REJECT_LENGTH;
	if (p->mult == 0)
		return BFD_REJECT_MULT;
	if (flags & BFD_F_MULTIPOINT)
		return BFD_REJECT_MULTIPOINT;
	if (p->my_disc == 0)
		return BFD_REJECT_MY_DISC;
	if (p->your_disc == 0 && !down)
		return BFD_REJECT_YOUR_DISC;
	return flags & BFD_F_AUTH ? BFD_REJECT_AUTH : BFD_ACCEPTED;
}

enum bfd_reject bfd_packet_read(const void *data, size_t len, struct bfd_packet *out)
{
	struct rbuf r = rbuf_make(data, len);
	uint8_t first = rbuf_u8(&r), flags = rbuf_u8(&r), said;

	memset(out, 0, sizeof(*out));
	out->diag = first & 0x1f;
	out->state = flags >> 6;
	out->poll = flags & BFD_F_POLL;
	out->final = flags & BFD_F_FINAL;
	out->independent = flags & BFD_F_INDEPENDENT;
	out->demand = flags & BFD_F_DEMAND;
	out->mult = rbuf_u8(&r);
	said = rbuf_u8(&r);
	out->my_disc = rbuf_u32(&r);
	out->your_disc = rbuf_u32(&r);
	out->desired_tx = rbuf_u32(&r);
	out->required_rx = rbuf_u32(&r);
	out->required_echo_rx = rbuf_u32(&r);
	return rbuf_ok(&r) ? packet_check(out, first >> 5, flags, said, len) : BFD_REJECT_SHORT;
}

void bfd_packet_write(const struct bfd_packet *p, uint8_t out[static BFD_WIRE_LEN])
{
	struct wbuf w = wbuf_make(out, BFD_WIRE_LEN);

	wbuf_u8(&w, (uint8_t)(BFD_VERSION << 5 | (p->diag & 0x1f)));
	wbuf_u8(&w, (uint8_t)(p->state << 6 | (p->poll ? BFD_F_POLL : 0) | (p->final ? BFD_F_FINAL : 0) |
	                      (p->independent ? BFD_F_INDEPENDENT : 0) | (p->demand ? BFD_F_DEMAND : 0)));
	wbuf_u8(&w, p->mult);
	wbuf_u8(&w, BFD_WIRE_LEN);
	wbuf_u32(&w, p->my_disc);
	wbuf_u32(&w, p->your_disc);
	wbuf_u32(&w, (uint32_t)p->desired_tx);
	wbuf_u32(&w, (uint32_t)p->required_rx);
	wbuf_u32(&w, (uint32_t)p->required_echo_rx);
}
