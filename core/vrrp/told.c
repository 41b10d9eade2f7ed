/*
 * When changes are told (told.h). Owns nothing.
 */
#include "config.h"

#include "core/vrrp/told.h"

void track_told_init(struct track_told *t, const struct track_said *known)
{
	*t = (struct track_told){ .last = *known };
}

bool track_told_see(struct track_told *t, const struct track_said *now_says, usec_t now)
{
	if (t->changes == 0 && t->last.verdict == TRACK_UNKNOWN && now_says->verdict == TRACK_UP && now_says->value == 0) {
		t->last = *now_says;
		return false;
	}
	t->changes++;
	return now >= t->quiet_until;
}

usec_t track_told_due(const struct track_told *t)
{
	return t->changes ? t->quiet_until : USEC_NEVER;
}

uint32_t track_told_take(struct track_told *t, const struct track_said *now_says, usec_t now, struct track_said *before)
{
	uint32_t changes = t->changes;

	*before = t->last;
	t->last = *now_says;
	t->changes = 0;
	t->quiet_until = usec_add(now, TOLD_SPACING);
	return changes;
}
