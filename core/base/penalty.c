/*
 * Flap damping: see penalty.h.
 */
#include "config.h"

#include "core/base/penalty.h"

#define FALL 1000u         /* thousandths */
#define MOST (2000u * FALL) /* so that nothing is kept out for ever */
#define HALVINGS_MOST 31

uint32_t penalty_at(const struct penalty *p, const struct penalty_rule *r, usec_t now)
{
	usec_t passed = now - p->at, halvings;
	uint32_t left;

	if (r->half_life <= 0)
		return 0;
	if (passed <= 0)
		return p->milli;
	halvings = passed / r->half_life;
	if (halvings > HALVINGS_MOST)
		return 0;
	left = p->milli >> halvings;
	return left - (uint32_t)((uint64_t)left / 2 * (uint64_t)(passed % r->half_life) / (uint64_t)r->half_life);
}

static void decay(struct penalty *p, const struct penalty_rule *r, usec_t now)
{
	p->milli = penalty_at(p, r, now);
	p->at = now;
}

void penalty_add(struct penalty *p, const struct penalty_rule *r, usec_t now)
{
	uint32_t most = 2 * r->suppress * FALL;

	decay(p, r, now);
	p->milli += FALL;
	if (most > MOST)
		most = MOST;
	if (p->milli > most)
		p->milli = most;
	if (r->half_life > 0 && p->milli >= r->suppress * FALL)
		p->suppressed = true;
}

bool penalty_update(struct penalty *p, const struct penalty_rule *r, usec_t now)
{
	if (!p->suppressed || penalty_at(p, r, now) > r->reuse * FALL)
		return false;
	decay(p, r, now);
	p->suppressed = false;
	return true;
}

usec_t penalty_release(const struct penalty *p, const struct penalty_rule *r)
{
	usec_t lo = p->at, hi;

	if (!p->suppressed)
		return USEC_NEVER;
	if (r->half_life <= 0)
		return p->at;
	hi = usec_add(p->at, (HALVINGS_MOST + 1) * r->half_life);
	while (lo < hi) { /* the decay only falls */
		usec_t mid = lo + (hi - lo) / 2;

		if (penalty_at(p, r, mid) > r->reuse * FALL)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}
