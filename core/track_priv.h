/*
 * What the files of trackers share: the struct of one, and the calls between them. For core/track*.c and core/health.c only.
 */
#ifndef REGENT_TRACK_PRIV_H
#define REGENT_TRACK_PRIV_H

#include "core/track.h"
#include "core/vrrp/told.h"

struct tracker_key {
	uint32_t kind; /* enum track_kind */
	char name[VIEW_TRACKER_NAME];
};

struct tracker;

/* What a kind does. `conf` is its definition in the tree, NULL for kinds that have none. */
struct tracker_ops {
	/* Begin to look. False: no memory. May call tracker_set(). */
	bool (*start)(struct tracker *t, const void *conf);
	/* The file was read again: the old definition goes away. What did not change goes on. */
	void (*renew)(struct tracker *t, const void *conf);
	void (*stop)(struct tracker *t);
};

struct tracker {
	struct tracker_key key; /* hashed */
	struct runtime *rt;
	const struct tracker_ops *ops;
	void *own;              /* the kind's */
	struct track_said said;
	char text[VIEW_TRACKER_TEXT]; /* the last result in words */
	usec_t since;           /* of the verdict */
	bool adopted;           /* the verdict is a former life's: the next result decides by itself */
	bool stale, dirty;
	struct track_told told;
	struct loop_timer told_timer;
	UT_hash_handle hh;
};

/* The one setter of a verdict: log, state page, priorities, rows. */
void tracker_set(struct tracker *t, enum track_verdict v, int32_t value, const char *text);
/* Only the words are new. */
void tracker_say(struct tracker *t, const char *text);
struct tracker *tracker_find(struct runtime *rt, enum track_kind kind, const char *name);

const struct tracker_ops *track_interface_ops(void);
const struct tracker_ops *track_script_ops(void);
const struct tracker_ops *track_process_ops(void);
const struct tracker_ops *track_file_ops(void);
const struct tracker_ops *track_service_ops(void);
const struct tracker_ops *track_health_ops(void);

/* track_tell.c: log and events. A change is told after the verdict was set. */
void track_tell_begin(struct tracker *t);
void track_tell_change(struct tracker *t);
void track_tell_end(struct tracker *t);

/* track_service.c: news of a service */
void track_service_look(struct tracker *t);

/* What all trackers of a kind share ends. */
void track_files_close(struct runtime *rt);
void track_processes_close(struct runtime *rt);

/* track_rows.c: rows of what a router looks at */
void track_rows_put(const struct rt_router *r);
void track_rows_drop(const struct rt_router *r);

/* One look of one router at one tracker. */
struct track_look {
	struct tracker *t;
	struct track_use use;
	bool of_group;
	struct track_share share; /* as it was last folded */
};

struct track_looks {
	struct track_look *list;
	size_t n;
};

#endif
