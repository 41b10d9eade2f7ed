/*
 * The verdict machine of health.h. One function moves the verdict: health_move().
 */
#include "config.h"

#include "core/probe/health.h"

const char *health_verdict_name(enum health_verdict v)
{
	switch (v) {
	case HEALTH_UNKNOWN: return "unknown";
	case HEALTH_UP: return "up";
	case HEALTH_DOWN: return "down";
	}
	return "?";
}

void health_init(struct health *h, enum health_verdict known)
{
	*h = (struct health){ .verdict = known };
}

static void health_move(struct health *h, enum health_verdict to, usec_t now)
{
	if (h->verdict == to)
		return;
	h->verdict = to;
	h->changed_at = now;
}

usec_t health_next_regular(usec_t started, usec_t interval, usec_t now)
{
	usec_t next = usec_add(started, interval);

	if (next > now)
		return next;
	/* A run longer than its interval: skip the missed starts rather than run back to back. */
	return usec_add(now, interval - (now - started) % interval);
}

usec_t health_interval(const struct health *h, const struct health_conf *c)
{
	return h->verdict == HEALTH_DOWN && c->down_interval > 0 ? c->down_interval : c->interval;
}

/* Series saturate, so that a server that is down for years does not come round to 0. */
static inline void health_count(uint32_t *series)
{
	if (*series < UINT32_MAX)
		(*series)++;
}

/* Still tolerated? */
static bool health_fail(struct health *h, const struct health_conf *c, usec_t now)
{
	h->good_in_row = 0;
	health_count(&h->failed_in_row);
	if (h->verdict != HEALTH_DOWN && (c->fall ? h->failed_in_row < c->fall : h->failed_in_row <= c->retry))
		return true;
	health_move(h, HEALTH_DOWN, now);
	return false;
}

/* Are more successes wanted? One is enough for what is not known to be down. */
static bool health_succeed(struct health *h, const struct health_conf *c, usec_t now)
{
	h->failed_in_row = 0;
	health_count(&h->good_in_row);
	if (h->verdict == HEALTH_DOWN && h->good_in_row < c->rise)
		return true;
	health_move(h, HEALTH_UP, now);
	return false;
}

bool health_in_series(const struct health *h)
{
	return h->verdict == HEALTH_DOWN ? h->good_in_row > 0 : h->failed_in_row > 0;
}

struct health_step health_feed(struct health *h, const struct health_conf *c, enum health_outcome o, usec_t started,
                               usec_t now)
{
	struct health_step step = { .from = h->verdict };

	switch (o) {
	case HEALTH_SUCCESS:
		step.retrying = health_succeed(h, c, now);
		break;
	case HEALTH_FAILURE:
		step.retrying = health_fail(h, c, now);
		break;
	case HEALTH_NO_EVIDENCE:
		step.retrying = health_in_series(h);
		break;
	}
	step.to = h->verdict;
	step.next = step.retrying ? usec_add(now, c->retry_delay) :
		    health_next_regular(started, health_interval(h, c), now);
	return step;
}
