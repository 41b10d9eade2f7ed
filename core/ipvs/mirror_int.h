/*
 * Inside of the mirror, shared by mirror.c (what is kept and looked at) and settle.c (planning, applying, concluding).
 */
#ifndef REGENT_IPVS_MIRROR_INT_H
#define REGENT_IPVS_MIRROR_INT_H

#include <uthash.h>

#include "core/base/log.h"
#include "core/ipvs/mirror.h"

/* How much of a service's state in the kernel is known. */
enum mirror_level {
	LEVEL_NONE,  /* nothing */
	LEVEL_HEAD,  /* its attributes; not its servers */
	LEVEL_WHOLE, /* all; or that it is not there */
};

enum mirror_queue { QUEUE_NONE, QUEUE_TODO, QUEUE_FAILED };

struct mirror_entry {
	struct service_key key;
	uint64_t gen;
	struct ipvs_entry *want; /* NULL: not configured */
	struct ipvs_entry *have; /* NULL: the kernel has none, as far as `level` says */
	enum mirror_level level;
	bool made;         /* ours */
	bool tried;        /* we asked for it and were told of an error: where it is there all the same, it is ours */
	bool settled;      /* was brought to `want` in full: a difference found later is another hand's */
	bool told;         /* the last news said that it is in the kernel ... */
	uint64_t told_gen; /* ... and answered this word */
	int last_err;      /* so that a lasting failure is logged once */
	bool taken;        /* in the set that is being settled */
	bool stays;        /* is left as it is when the rest is withdrawn */
	enum mirror_queue queue;
	struct mirror_entry *prev, *next;
	UT_hash_handle hh;
};

struct ipvs_mirror {
	struct mirror_entry *entries; /* by key */
	struct mirror_entry *todo;    /* to be looked at in this look */
	struct mirror_entry *failed;  /* to be looked at in the next */
	bool listed;                  /* the kernel's services were listed and nothing was lost since */
	struct log_limit lines;       /* changes that are written one by one */
	unsigned unwritten;           /* those of this settling that were not */
	int last_err;                 /* of the last list, so that a lasting failure is logged once */
	bool complete;
	bool flush;                   /* what the first list shows beside what is wanted goes too */
	bool withdrawn;
};

/* Entries that are settled together. */
struct mirror_set {
	struct mirror_entry **entries;
	size_t n, cap;
	bool drift; /* differences of settled entries are another hand's doing */
};

void mirror_enqueue(struct ipvs_mirror *m, struct mirror_entry *e, enum mirror_queue q);
void mirror_forget_state(struct mirror_entry *e);
/* Bring each entry of the set to what is wanted; says the news of each; entries that failed go to m->failed. */
void mirror_settle(struct ipvs_mirror *m, struct nl_ctx *ctx, struct mirror_set *set, struct ipvs_outcome *out);
void mirror_add_news(struct ipvs_outcome *out, struct ipvs_news *n);

#endif
