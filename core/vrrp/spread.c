/*
 * The slots of spread.h. Pure.
 */
#include "config.h"

#include "core/vrrp/spread.h"

#include <string.h>

static struct vrrp_spread_table *table_for(struct vrrp_spread *s, usec_t interval)
{
	struct vrrp_spread_table *unused = NULL;

	for (size_t i = 0; i < VRRP_SPREAD_INTERVALS; i++) {
		struct vrrp_spread_table *t = &s->tables[i];
		if (t->users == 0)
			unused = unused ? unused : t;
		else if (t->interval == interval)
			return t;
	}
	if (unused) {
		memset(unused, 0, sizeof(*unused));
		unused->interval = interval;
	}
	return unused;
}

/* The slot with the fewest routers; of several, the one that is reached first going back from `own`. */
static size_t emptiest(const struct vrrp_spread_table *t, size_t own)
{
	size_t best = own;

	for (size_t back = 1; back < VRRP_SPREAD_SLOTS; back++) {
		size_t i = (own + VRRP_SPREAD_SLOTS - back) % VRRP_SPREAD_SLOTS;
		if (t->slots[i].users < t->slots[best].users)
			best = i;
	}
	return best;
}

usec_t vrrp_spread_take(struct vrrp_spread *s, struct vrrp_spread_place *p, usec_t due, usec_t interval)
{
	struct vrrp_spread_table *t = interval >= VRRP_SPREAD_SLOTS ? table_for(s, interval) : NULL;

	if (!t)
		return due;
	usec_t phase = due % interval;
	size_t own = (size_t)(phase * VRRP_SPREAD_SLOTS / interval), slot = emptiest(t, own);

	if (t->slots[slot].users == 0)
		t->slots[slot].phase = slot == own ? phase : (usec_t)slot * interval / VRRP_SPREAD_SLOTS;
	t->slots[slot].users++;
	t->users++;
	*p = (struct vrrp_spread_place){ t, slot };
	return due - (phase - t->slots[slot].phase + interval) % interval;
}

void vrrp_spread_leave(struct vrrp_spread_place *p)
{
	if (!p->table)
		return;
	p->table->slots[p->slot].users--;
	p->table->users--;
	p->table = NULL;
}
