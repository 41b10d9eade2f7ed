/*
 * The core's end of the pair to the agent: rows and events out, requests in. Never blocks, never waits for the agent.
 *
 * When the pair is full the replica is stale for a while: changed rows are remembered by key (and, beyond a bound, all rows are
 * sent again), in slices, when there is room. Events go out from the ring in order, from the one after the last that the
 * agent acknowledged. What comes in is checked by view_wire.h before it is looked at.
 */
#ifndef REGENT_AGENT_LINK_H
#define REGENT_AGENT_LINK_H

#include "core/loop/loop.h"
#include "core/notify/ring.h"
#include "core/view_wire.h"

struct agent_link;

struct agent_link_owner {
	/* The agent asks for weights to be set; answer by agent_link_set_result(number). `w` is valid during the call. */
	void (*set)(void *user, uint64_t number, const struct wire_set *s, const struct wire_setting *w, uint32_t n);
	/* Take transaction `number` back (nothing to do where it is unknown), or forget how to. */
	void (*undo)(void *user, uint64_t number);
	void (*forget)(void *user, uint64_t number);
	void (*ask_snmpd)(void *user);
	void (*ask_stats)(void *user); /* answer by agent_link_stats() */
	/* The agent closed its end, or sent nonsense (`why`): the link is down. */
	void (*down)(void *user, const char *why);
	void *user;
};

struct agent_link *agent_link_new(struct loop *l, const struct view *view, const struct ring *ring,
                                  const struct agent_link_owner *o);
void agent_link_free(struct agent_link *a);

/* A new agent: `fd` is our end, non-blocking, owned from here. All rows and unacknowledged events follow its READY. */
void agent_link_up(struct agent_link *a, int fd);
void agent_link_down(struct agent_link *a);
/* What the agent may know of the configuration; sent at once and after each READY. */
void agent_link_settings(struct agent_link *a, const struct wire_settings *s);
/* A row changed or went away (a view_change_fn). */
void agent_link_row(struct agent_link *a, enum view_kind k, const void *key);
/* There is a new event in the ring. */
void agent_link_event(struct agent_link *a);
void agent_link_set_result(struct agent_link *a, uint64_t number, enum wire_set_error error, uint32_t failed);
/* Traffic has been counted, and will do for so long: said behind the rows that were changed before. */
void agent_link_stats(struct agent_link *a, usec_t lasts);
/* The helper's answer to ask_snmpd: a descriptor (sent on and closed here), or -1 and an errno. */
void agent_link_snmpd(struct agent_link *a, int fd, int err);
/* The last event that the agent has acknowledged, and how many it could never be told. */
uint64_t agent_link_acked(const struct agent_link *a, uint64_t *lost);

#endif
