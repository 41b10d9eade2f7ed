/*
 * BFD control packets on the wire: RFC 5880 section 4.1, without authentication.
 *
 * Pure: bytes in, a struct in host order or a reason out, and back. The checks of a received packet that need no
 * session are here, in the order of RFC 5880 section 6.8.6.
 */
#ifndef REGENT_PROBE_BFD_WIRE_H
#define REGENT_PROBE_BFD_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/mono.h"

#define BFD_WIRE_LEN 24u

/* As on the wire. */
enum bfd_state { BFD_ADMIN_DOWN = 0, BFD_DOWN = 1, BFD_INIT = 2, BFD_UP = 3 };
const char *bfd_state_name(enum bfd_state s); /* "adminDown", as the MIB spells it */

/* Why a session left Up; 9 and above are not assigned. */
enum bfd_diag {
	BFD_DIAG_NONE = 0,
	BFD_DIAG_TIME_EXPIRED = 1,
	BFD_DIAG_ECHO_FAILED = 2,
	BFD_DIAG_NEIGHBOR_DOWN = 3,
	BFD_DIAG_FORWARDING_RESET = 4,
	BFD_DIAG_PATH_DOWN = 5,
	BFD_DIAG_CONCATENATED_DOWN = 6,
	BFD_DIAG_ADMIN_DOWN = 7,
	BFD_DIAG_REVERSE_DOWN = 8,
};
/* In words: "control detection time expired". */
const char *bfd_diag_words(uint8_t diag);

struct bfd_packet {
	uint8_t diag, state, mult;
	bool poll, final, demand, independent;
	uint32_t my_disc, your_disc;
	usec_t desired_tx, required_rx, required_echo_rx;
};

enum bfd_reject {
	BFD_ACCEPTED = 0,
	BFD_REJECT_SHORT,
	BFD_REJECT_VERSION,
	BFD_REJECT_LENGTH,
	BFD_REJECT_MULT,
	BFD_REJECT_MULTIPOINT,
	BFD_REJECT_MY_DISC,
	BFD_REJECT_YOUR_DISC,  /* zero, in a state in which it must not be */
	BFD_REJECT_AUTH,       /* authenticated; no session here is */
	BFD_REJECT_TTL,        /* came from too far away */
	BFD_REJECT_SESSION,    /* no session of that discriminator or address */
};
#define BFD_REJECTS (BFD_REJECT_SESSION + 1)
const char *bfd_reject_name(enum bfd_reject r); /* "ttl" */

enum bfd_reject bfd_packet_read(const void *data, size_t len, struct bfd_packet *out);
void bfd_packet_write(const struct bfd_packet *p, uint8_t out[static BFD_WIRE_LEN]);

#endif
