/*
 * A host of track_sim.c: what it looks at, through the daemon's pure modules, and beside that what is so in truth. What must come of
 * the truth is computed here anew.
 */
#ifndef REGENT_SIM_TRACK_HOST_H
#define REGENT_SIM_TRACK_HOST_H

#include "core/vrrp/damp.h"
#include "core/vrrp/health.h"
#include "core/vrrp/track.h"

enum { RISE = 2, FALL = 2, FALLS_KEPT = 4 };
enum { SCRIPT, INTERFACE, FILE_NUMBER, TRACKERS };
#define LOOK_EVERY USEC_PER_SEC
#define LINK_DELAY (2 * USEC_PER_SEC)
#define HALF_LIFE (20 * USEC_PER_SEC)
/* The truth must have been so for this long before everybody has to know it; slow looks are 2 s apart. */
#define SURE_TRACKER (5 * USEC_PER_SEC)
#define SURE_ILL (HEALTH_NETLINK_AFTER + HEALTH_BAD_FOR + 3 * USEC_PER_SEC)
#define SURE_WELL (HEALTH_GOOD_FOR + 3 * USEC_PER_SEC)

enum illness { WELL, LATE, NO_IPVS, NETLINK, ILLNESSES };

/* A tracker, and what is so in truth. */
struct sim_tracker {
	struct track_use use;
	struct track_said said;
	struct track_count count;
	struct track_settle settle;
	bool good;
	int32_t number;
	usec_t since;
};

struct host {
	struct sim_tracker tracker[TRACKERS];
	struct track_use health_use;
	struct track_said health_said;
	struct health health;
	enum illness illness;
	usec_t ill_since;
	struct damp damp;
	usec_t falls[FALLS_KEPT]; /* the last ones, newest first; 0: none */
	usec_t damped_at;         /* when it last was */
	usec_t look_due, up_since;
	usec_t boot_ahead, boot_seen;
	int64_t wall_ahead, wall_seen;
};

struct due {
	int priority;
	bool fault;
};

void track_host_boot(struct host *h, usec_t now);
/* It looks: at its trackers and at itself. */
void track_host_look(struct host *h, usec_t now);
/* What comes of the last look. */
struct track_share track_host_share(const struct host *h);
/* What should, of this base and the truth. No sum here comes near the limits of a priority. */
struct due track_host_due(const struct host *h, int base);
/* It must know by now that it cannot serve, or that it can; and all that there is to know. It is awake since `awake`. */
bool track_host_is_ill(const struct host *h, usec_t awake, usec_t now);
bool track_host_is_well(const struct host *h, usec_t awake, usec_t now);
bool track_host_is_sure(const struct host *h, usec_t awake, usec_t now);

#endif
