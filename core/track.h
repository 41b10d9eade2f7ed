/*
 * Trackers: what virtual routers look at beside the adverts, and what that does to their priority.
 *
 * A tracker is one thing that is looked at (an interface, a script, ...), found by kind and name, run only while a router looks at
 * it, kept over reloads with verdict and timer where its definition did not change. A router's share is folded from the verdicts
 * as they stand by core/vrrp/track.h. The files track_*.c beside own one kind each; the verdict has one setter, tracker_set().
 */
#ifndef REGENT_TRACK_H
#define REGENT_TRACK_H

#include "core/runtime.h"

struct tracks;

bool track_init(struct runtime *rt);
void track_free(struct runtime *rt);

/* ---- reconcile.c: around a reload, and for each router that is made or gets new parameters ---- */
void track_begin(struct runtime *rt);
/* What it looks at from now on, by its configuration; its priority follows at once. */
void track_bind(struct rt_router *r);
void track_unbind(struct rt_router *r);
/* Trackers that nobody looks at any more end. */
void track_end(struct runtime *rt);

/* ---- verdicts that come from elsewhere ---- */
/* A BFD session's state; `text` says why. One that nobody tracks is ignored. */
void track_set_bfd(struct runtime *rt, const char *name, bool up, const char *text);
/* FILE_CHECKs look at these files, whether a router does or not. Between track_begin() and track_end(). */
void track_hold_files(struct runtime *rt);
/* What a FILE_CHECK sees. */
void track_look_file(struct runtime *rt, const char *name, struct probe_look *out);
/* Quorum or existence of this service may have changed. */
void track_service_changed(struct runtime *rt, const struct service_key *k);

/* process_monitor_rcv_bufs, for the socket that is there already; a new one takes it by itself. */
void track_processes_buffer(struct runtime *rt);

#endif
