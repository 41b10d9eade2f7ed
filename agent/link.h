/*
 * The agent's end of the pair to the core: receives rows, events, settings, results and descriptors; sends what the
 * SNMP thread and the control socket want. Runs on the I/O thread's loop and never waits.
 */
#ifndef REGENT_AGENT_LINK_H
#define REGENT_AGENT_LINK_H

#include "agent/bridge.h"
#include "core/loop/loop.h"

struct link;

struct link_user {
	/* The core's answer to a transaction of link_set(). */
	void (*result)(void *user, uint64_t number, const struct wire_set_result *r);
	/* Traffic has been counted, and its rows are here. */
	void (*stats)(void *user);
	/* The pair is closed, or the core talks nonsense: the agent ends. */
	void (*closed)(void *user);
	/* So many mails are done with, by an agent before this one; an event; and what is said of mail. */
	void (*mailed)(void *user, uint64_t n);
	void (*event)(void *user, const struct event *e);
	void (*mail)(void *user, const struct wire_mail *m);
	void *user;
};

/* fd: a SOCK_SEQPACKET descriptor, made non-blocking here and closed by link_free(). NULL: errno. */
struct link *link_new(struct loop *l, int fd, const struct link_user *u);
void link_free(struct link *k);
struct bridge *link_bridge(const struct link *k);
struct snapshot *link_snapshot(const struct link *k); /* the link keeps its own reference */
/* A transaction that did not come by SNMP. The number names it; 0: the pair is full. */
/* Ask for traffic to be counted. False: the pair is full. */
bool link_ask_stats(struct link *k);
uint64_t link_set(struct link *k, const struct wire_setting *w, uint32_t n, uint32_t uid, usec_t deadline);

#endif
