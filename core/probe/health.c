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

/* Still tolerated? The series saturates, so that a server that is down for years does not come round to 0. */
static bool health_fail(struct health *h, const struct health_conf *c, usec_t now)
{
	if (h->failed_in_row < UINT32_MAX)
		h->failed_in_row++;
	if (h->verdict != HEALTH_DOWN && h->failed_in_row <= c->retry)
		return true;
	health_move(h, HEALTH_DOWN, now);
	return false;
}

struct health_step health_feed(struct health *h, const struct health_conf *c, enum health_outcome o, usec_t started,
                               usec_t now)
{
	struct health_step step = { .from = h->verdict };

	switch (o) {
	case HEALTH_SUCCESS:
		h->failed_in_row = 0;
		health_move(h, HEALTH_UP, now);
		break;
	case HEALTH_FAILURE:
		step.retrying = health_fail(h, c, now);
		break;
	case HEALTH_NO_EVIDENCE:
		/* In the midst of a series the question stands: ask again as soon as a retry would. */
		step.retrying = h->verdict != HEALTH_DOWN && h->failed_in_row > 0;
		break;
	}
	step.to = h->verdict;
	step.next = step.retrying ? usec_add(now, c->retry_delay) : health_next_regular(started, c->interval, now);
	return step;
}
