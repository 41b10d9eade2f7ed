/*
 * The kernel's side of a VMAC: requests and settings, on the kernel thread.
 */
#ifndef REGENT_NET_VMAC_JOB_H
#define REGENT_NET_VMAC_JOB_H

#include "core/net/vmac_plan.h"

struct vmac_job {
	struct nl_job job; /* first */
	struct vmac_conf conf;
	struct rt_dirs dirs;
	unsigned steps;    /* enum vmac_step */
	int ifindex;       /* of the one that is there; 0: none */
	int parent, vrf;
	char alias[NET_ALIAS]; /* that it bears: what a former life noted */
	bool held;         /* the parent's settings are changed already */
	bool last;         /* and are to be put back */
	int err;           /* result: 0 or a positive errno */
	bool no_group;     /* result: nobody knows its group's name, so it is in none */
	void (*done)(void *user, struct vmac_job *j);
	void *user;
};

/* Copies *what. 0 or ENOMEM. */
int vmac_job_submit(struct nl *nl, const struct vmac_job *what);

/* ---- settings of an interface's parent: kernel thread only ---- */

/* Change what a VMAC needs, unless it has been (`held`); what was there before is noted in `alias` behind VMAC_ALIAS and the owner's
 * name. */
void vmac_parent_get(const struct vmac_conf *c, bool held, char alias[NET_ALIAS]);
/* Note what a former life noted. */
void vmac_parent_adopt(const struct vmac_conf *c, const char *alias);
/* The last one on a parent puts back what was there before. */
void vmac_parent_put(const struct vmac_conf *c);
/* Settings of the VMAC itself. */
void vmac_settings(const struct vmac_conf *c);

#endif
