/*
 * Fuzz target of BFD: packets, and the machine that hears them.
 *
 * The input is a stream of steps: a byte of time that passes, then a packet of 24 bytes. What the codec accepts it
 * writes again as it was; whatever is heard, the machine sends no more often than it is asked to plus its own interval,
 * its deadline lies ahead, and it is only up while it knows the other end.
 */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/probe/bfd_fsm.h"

#define STEP (1u + BFD_WIRE_LEN)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void same_again(const struct bfd_packet *p, const uint8_t *wire)
{
	uint8_t again[BFD_WIRE_LEN];

	bfd_packet_write(p, again);
	check(memcmp(wire, again, 1) == 0 && memcmp(wire + 4, again + 4, BFD_WIRE_LEN - 4) == 0);
}

static void look(const struct bfd_fsm *f, usec_t now)
{
	check(f->state <= BFD_UP && f->state != BFD_ADMIN_DOWN);
	check(f->state == BFD_DOWN || (f->your_disc != 0 && f->detect_at != USEC_NEVER));
	check(bfd_fsm_deadline(f) >= now || f->next_tx <= now);
	check(f->used_tx >= 20 * USEC_PER_MS && f->used_rx >= 20 * USEC_PER_MS);
	check(!f->polling || f->state == BFD_UP);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct bfd_fsm_conf c = {
		.min_rx = 20 * USEC_PER_MS, .min_tx = 20 * USEC_PER_MS, .idle_tx = USEC_PER_SEC, .mult = 3,
		.passive = size & 1, .strict = size & 2,
	};
	usec_t now = 100 * USEC_PER_SEC;
	struct bfd_fsm f;

	bfd_fsm_init(&f, &c, 1, now);
	for (; size >= STEP; data += STEP, size -= STEP) {
		struct bfd_packet p;
		unsigned actions;

		now += data[0] * 10 * USEC_PER_MS;
		for (int i = 0; bfd_fsm_deadline(&f) <= now; i++) {
			check(i < 1000);
			if (bfd_fsm_timer(&f, now) & BFD_ACT_SEND)
				bfd_fsm_sent(&f, now, data[1]);
			look(&f, now);
		}
		if (bfd_packet_read(data + 1, BFD_WIRE_LEN, &p) != BFD_ACCEPTED)
			continue;
		same_again(&p, data + 1);
		if (bfd_fsm_receive(&f, &p, now, &actions) && (actions & BFD_ACT_SEND))
			bfd_fsm_sent(&f, now, data[1]);
		look(&f, now);
	}
	return 0;
}
