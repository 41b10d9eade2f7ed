/*
 * When a tracker's change is told: the first one at once; what follows within TOLD_SPACING of it, together, when that is over. So
 * one that flaps makes an event every TOLD_SPACING, which says how often it changed, and floods nobody.
 *
 * Pure. Priorities do not wait for this: they follow every change.
 */
#ifndef REGENT_VRRP_TOLD_H
#define REGENT_VRRP_TOLD_H

#include "core/vrrp/track.h"

#define TOLD_SPACING (10 * USEC_PER_SEC)

struct track_told {
	struct track_said last; /* as it was told, or as it was before anything had to be */
	uint32_t changes;       /* since then, that nobody was told of */
	usec_t quiet_until;
};

/* What a former life left is known to everybody. */
void track_told_init(struct track_told *t, const struct track_said *known);
/* It has changed to `now_says`. True: tell it now (and take it by track_told_take()). Else look again at track_told_due(). That it is
 * found to be well for the first time is nothing to tell. */
bool track_told_see(struct track_told *t, const struct track_said *now_says, usec_t now);
/* USEC_NEVER: nothing waits. */
usec_t track_told_due(const struct track_told *t);
/* It is told now: *before gets what was told last; the result is how many changes this stands for. */
uint32_t track_told_take(struct track_told *t, const struct track_said *now_says, usec_t now, struct track_said *before);

#endif
