/*
 * BFD sessions of the configuration: put and removed as the file says, their rows and events, and who hears of a change:
 * trackers of virtual routers and BFD_CHECKs of real servers, each as far as `vrrp` and `checker` let them.
 */
#ifndef REGENT_BFDS_H
#define REGENT_BFDS_H

#include "core/runtime.h"

/* False: no memory. */
bool bfds_init(struct runtime *rt);
/* Around a reload: new and changed sessions before what looks at them, those that are gone after it. */
void bfds_begin(struct runtime *rt);
void bfds_end(struct runtime *rt);
/* The daemon goes: every session says so, so that the other end need not wait. Once more is harmless. */
void bfds_stop(struct runtime *rt);
/* This process is about to be another program, in which sessions that are up go on. */
void bfds_keep(struct runtime *rt);
/* Rows with their counters, now. */
void bfds_publish(struct runtime *rt);
/* What a BFD_CHECK sees. */
void bfds_look(struct runtime *rt, const char *name, struct probe_look *out);

#endif
