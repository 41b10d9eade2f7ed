/*
 * The verdict about one probe: a stream of outcomes and times in; verdict and next start out.
 *
 * Pure: no clock, no timer, no randomness. keepalived's rules: an unknown or up probe goes down after retry + 1
 * failures in a row, the retries retry_delay after the failure before them; one success brings it up (or makes it
 * known up); all other starts lie an interval apart. Beyond them: `fall` failures in a row instead of retry + 1, `rise`
 * successes in a row before what is down comes up (the ones in between are as near as retries), and an interval of its
 * own while it is down. An outcome that says nothing about the server moves no verdict and breaks no series.
 */
#ifndef REGENT_PROBE_HEALTH_H
#define REGENT_PROBE_HEALTH_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/mono.h"

enum health_verdict { HEALTH_UNKNOWN = 0, HEALTH_UP = 1, HEALTH_DOWN = 2 };
const char *health_verdict_name(enum health_verdict v);

enum health_outcome {
	HEALTH_SUCCESS,
	HEALTH_FAILURE,
	HEALTH_NO_EVIDENCE, /* the run could not ask: this host's fault */
};

struct health_conf {
	usec_t interval;      /* > 0 */
	usec_t down_interval; /* while it is down; 0: interval */
	usec_t retry_delay;   /* >= 0 */
	uint32_t retry;       /* failures in a row tolerated before "down" */
	uint32_t fall;        /* failures in a row that make it down; 0: retry + 1 */
	uint32_t rise;        /* successes in a row that bring up what is down; 0: 1 */
};

struct health {
	enum health_verdict verdict;
	uint32_t failed_in_row, good_in_row;
	usec_t changed_at; /* 0: never */
};

struct health_step {
	enum health_verdict from, to;
	bool retrying; /* the next start is a retry: it is as near as it may be */
	usec_t next;   /* when to run again; > now, but for a retry without delay */
};

/* Start from nothing known, or from what a former life knew. */
void health_init(struct health *h, enum health_verdict known);
/* A run that started at `started` ended at `now`. */
struct health_step health_feed(struct health *h, const struct health_conf *c, enum health_outcome o, usec_t started,
                               usec_t now);
/* In the midst of failures that are tolerated, or of successes that are not enough yet: its pace is the retries'. */
bool health_in_series(const struct health *h);
/* The interval that holds now. */
usec_t health_interval(const struct health *h, const struct health_conf *c);
/* The next regular start after one at `started`: whole intervals later, and after `now`. */
usec_t health_next_regular(usec_t started, usec_t interval, usec_t now);

#endif
