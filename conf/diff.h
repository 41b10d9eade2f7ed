/*
 * What is otherwise in one configuration than in another: objects added, removed and changed, found by their keys, and by which
 * keywords. A reload applies by it, its log line and --plan tell by it.
 *
 * Pure. A diff points into both trees and lives no longer than they do; it is made by a worker where the trees are large.
 */
#ifndef REGENT_CONF_DIFF_H
#define REGENT_CONF_DIFF_H

#include "conf/conf.h"

enum conf_object {
	CONF_OBJECT_GLOBAL, CONF_OBJECT_OTHER, /* OTHER: a keyword outside of all blocks that have a name */
	CONF_OBJECT_INSTANCE, CONF_OBJECT_ADDRESS, CONF_OBJECT_GROUP,
	CONF_OBJECT_SERVICE, CONF_OBJECT_SERVER, CONF_OBJECT_SERVICE_GROUP,
	CONF_OBJECT_SCRIPT, CONF_OBJECT_PROCESS, CONF_OBJECT_FILE, CONF_OBJECT_BFD,
	CONF_OBJECT_TRACK_GROUP, CONF_OBJECT_GARP_GROUP,
	CONF_OBJECTS,
};
/* As the language names it: "vrrp_instance", "real_server", ... */
const char *conf_object_name(enum conf_object o);

enum conf_change_kind { CONF_ADDED, CONF_REMOVED, CONF_CHANGED, CONF_CHANGES };
const char *conf_change_name(enum conf_change_kind k);

struct conf_change {
	enum conf_change_kind kind;
	enum conf_object object;
	const char *in;   /* an address's instance, a server's service; "" */
	const char *name;
	const char *what; /* CHANGED: "priority 100 -> 150, notify_master"; else "" */
};

/* What became of an object of the new tree; `old` is NULL where it is new. */
struct conf_match {
	const void *old;
	bool same;
};

struct conf_diff {
	const struct conf_change *changes; /* in the order of enum conf_object, in file order within */
	size_t n;
	unsigned count[CONF_OBJECTS][CONF_CHANGES];
	/* one for each object of the new tree, and those of the old one that are gone; keys as in conf.h's structs */
	const struct conf_match *vrrp, *expanded;
	const struct conf_vrrp *const *vrrp_gone;
	size_t n_vrrp_gone;
	const struct conf_vs *const *expanded_gone;
	size_t n_expanded_gone;
	struct arena *arena;
};

struct conf_diff *conf_diff_make(const struct conf *old, const struct conf *new);
void conf_diff_free(struct conf_diff *d); /* NULL is fine */
/* "nothing", or "vrrp_instance +1 -0 ~2, real_server +3 -0 ~0": in one line, cut where it does not fit. */
const char *conf_diff_summary(const struct conf_diff *d, char *buf, size_t size);

#endif
