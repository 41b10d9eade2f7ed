/*
 * What a tracker's verdict means for the priority of those that look at it, and how verdicts are reached.
 *
 * Pure: results and the time go in, verdicts, shares of the priority and the next deadline come out. keepalived's meaning of
 * weights (prio.h); of a file the number counts, not only whether it is good. Everything is recomputed from the verdicts as they
 * stand, never added up, so that no order of reloads and results can leave a remainder.
 */
#ifndef REGENT_VRRP_TRACK_H
#define REGENT_VRRP_TRACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/mono.h"

enum track_kind {
	TRACK_INTERFACE = 1,
	TRACK_SCRIPT = 2,
	TRACK_PROCESS = 3,
	TRACK_FILE = 4,
	TRACK_BFD = 5,
	TRACK_SERVICE = 6, /* Regent's own: the quorum of a virtual service */
	TRACK_HEALTH = 7,  /* Regent's own: can this daemon serve at all? */
};
#define TRACK_KINDS 8 /* one past the last */
const char *track_kind_name(enum track_kind k); /* as the keyword is written */

enum track_verdict { TRACK_UNKNOWN = 0, TRACK_UP = 1, TRACK_DOWN = 2 };
const char *track_verdict_name(enum track_verdict v);

struct track_said {
	enum track_verdict verdict;
	int32_t value; /* TRACK_FILE: the number in it */
};

/* How one instance looks at one tracker. */
struct track_use {
	enum track_kind kind;
	int32_t weight;
	bool reverse;
	bool ignored; /* a weight of its own in a sync group, whose members must not come apart */
};

/* What comes of it. */
struct track_share {
	int add;    /* to the priority */
	bool fault; /* it must not run */
	bool wait;  /* it must not start yet: nothing is known */
};

/* Nothing known counts as good where there is a weight, and keeps from starting where there is none. */
struct track_share track_share_of(const struct track_use *u, const struct track_said *s);
struct track_share track_share_sum(struct track_share a, struct track_share b);

/* ---- results in a row (vrrp_script's rise and fall) ---- */
struct track_count {
	enum track_verdict verdict;
	uint32_t in_row; /* results against the verdict */
};
/* The first result of all decides at once. True: the verdict is another now. */
bool track_count_result(struct track_count *c, uint32_t rise, uint32_t fall, bool good);

/* ---- how long a change must last before it counts (delays of interfaces and processes) ---- */
struct track_settle {
	enum track_verdict settled, raw;
	usec_t due; /* call track_settle_due() then; USEC_NEVER: nothing pends */
};
void track_settle_init(struct track_settle *s);
/* What is seen now. The first sight counts at once. True: the settled verdict is another now. */
bool track_settle_see(struct track_settle *s, bool up, usec_t delay_up, usec_t delay_down, usec_t now);
bool track_settle_due(struct track_settle *s, usec_t now);

/* ---- files ---- */
/* An integer with blanks around it; an empty file is 0. False: it is something else. More than 32 bits can hold is clamped. */
bool track_file_number(const char *text, size_t len, int32_t *out);

/* ---- processes ---- */
enum track_match { TRACK_MATCH_EXACT = 0, TRACK_MATCH_INITIAL = 1, TRACK_MATCH_PARTIAL = 2 };

struct track_process {
	const char *const *argv; /* the name or path, then the parameters */
	size_t n_argv;
	enum track_match match;  /* INITIAL: more parameters may follow; PARTIAL: and the last one may be longer */
	bool full_command;       /* argv[0] whole, not the last part of its path */
};

/* `comm`: the kernel's name of the process (15 bytes); `cmdline`: its arguments, each ended by a NUL. */
bool track_process_is(const struct track_process *p, const char *comm, const char *cmdline, size_t len);

#endif
