/*
 * Which of many addresses is announced next, and how many the kernel is asked for at a time. Values only.
 *
 * What is still to be sent is a number in each address, so the work is bounded whatever happens. An address that the kernel has just
 * got is fresh: its first announcement goes before the repeated one of any other.
 */
#ifndef REGENT_VRRP_BURST_H
#define REGENT_VRRP_BURST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct vrrp_burst_slot {
	uint32_t left; /* announcements still to be sent */
	bool fresh;    /* none was sent since the kernel has it */
};

struct vrrp_burst {
	struct vrrp_burst_slot *slots; /* by the address's place in the file */
	size_t n;
	size_t n_fresh, n_left;        /* that are fresh; with something left */
	size_t fresh_at, at;           /* where the search goes on */
};

/* For n addresses, with nothing to send. False: no memory. */
bool vrrp_burst_init(struct vrrp_burst *b, size_t n);
void vrrp_burst_free(struct vrrp_burst *b);
/* Announce address i `repeat` times in all from now on, or more where more are left. */
void vrrp_burst_want(struct vrrp_burst *b, size_t i, uint32_t repeat);
/* The same for one that the kernel has just got. */
void vrrp_burst_want_first(struct vrrp_burst *b, size_t i, uint32_t repeat);
/* What is left of another list's address j is left of i, which has nothing to send. */
void vrrp_burst_take_over(struct vrrp_burst *b, size_t i, const struct vrrp_burst *from, size_t j);
/* The address whose turn it is, in their order and round; n: none. `only_fresh`: repeated ones are to wait. */
size_t vrrp_burst_next(const struct vrrp_burst *b, bool only_fresh);
/* One announcement of address i has been sent, or need not be. */
void vrrp_burst_sent(struct vrrp_burst *b, size_t i);
/* Nothing is left. */
void vrrp_burst_clear(struct vrrp_burst *b);

/* How many addresses go into the batch that follows one of `before` (0: the first). Small at first, so that the first address is there
 * and announced at once; never so large that the announcements of the last batch would take long when the kernel has done its part. */
enum { VRRP_BATCH_FIRST = 4, VRRP_BATCH_MOST = 64 };
size_t vrrp_burst_batch(size_t before);

#endif
