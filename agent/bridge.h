/*
 * What the agent's two threads share, behind one lock that is never held over a system call that could wait:
 *
 *   I/O thread  -> SNMP thread   snapshot, settings, events, descriptors to snmpd, results of SETs
 *   SNMP thread -> I/O thread    SET, UNDO, FORGET, ACK, ASK_SNMPD
 *
 * The SNMP thread is woken by a descriptor that it can select on, the I/O thread by a mailbox of its loop. Only a SET
 * waits, with its deadline; the SNMP thread may hang in net-snmp as long as it likes and nothing of the other side
 * stops or grows.
 */
#ifndef REGENT_AGENT_BRIDGE_H
#define REGENT_AGENT_BRIDGE_H

#include "agent/mail.h"
#include "agent/snapshot.h"
#include "agent/trapq.h"
#include "core/loop/loop.h"
#include "core/view_wire.h"

struct bridge;

struct bridge *bridge_new(struct snapshot *first); /* NULL: errno */
void bridge_free(struct bridge *b);

/* ---- I/O thread ---- */
/* Whose counters SNMP shows; NULL: none, or no longer. */
void bridge_set_mail(struct bridge *b, struct mail *m);
/* From the mail thread: some are done with; the core is told. */
void bridge_mailed(void *bridge);
void bridge_set_mailbox(struct bridge *b, struct loop_mailbox *m); /* before the SNMP thread starts */
void bridge_publish(struct bridge *b, struct snapshot *s);
void bridge_put_settings(struct bridge *b, const struct wire_settings *s);
void bridge_put_event(struct bridge *b, const struct event *e);
void bridge_start_after(struct bridge *b, uint64_t seq);
/* The answer to ASK_SNMPD: a descriptor that the bridge owns from now on, or -1 and a positive errno. */
void bridge_put_snmpd(struct bridge *b, int fd, int err);
void bridge_put_result(struct bridge *b, uint64_t number, const struct wire_set_result *r);
/* Traffic has been counted; that will do for so many milliseconds. */
void bridge_put_stats(struct bridge *b, uint32_t ms);
/* No event waits that could still be told: all are done, or there is no snmpd. */
bool bridge_settled(struct bridge *b);
void bridge_quit(struct bridge *b);
/* The next message for the core into buf (WIRE_MAX bytes); its length, 0: none. */
size_t bridge_take_message(struct bridge *b, void *buf);

/* ---- SNMP thread ---- */
int bridge_wake_fd(const struct bridge *b);
void bridge_wake_clear(struct bridge *b);
bool bridge_quitting(struct bridge *b);
void bridge_connected(struct bridge *b);
/* limbo: see trapq_session_down(). */
void bridge_disconnected(struct bridge *b, bool limbo);
void bridge_limbo_end(struct bridge *b, bool served);
struct snapshot *bridge_snapshot(struct bridge *b); /* a reference of the caller's own */
bool bridge_settings(struct bridge *b, struct wire_settings *out); /* false: none yet */
void bridge_ask_snmpd(struct bridge *b);
/* A connected descriptor, now the caller's; -1: none there. */
int bridge_take_snmpd(struct bridge *b);
bool bridge_have_snmpd(struct bridge *b);
/* True once for an ASK_SNMPD that was answered by an error. */
bool bridge_snmpd_failed(struct bridge *b, int *err);
/* One transaction to the core, and its outcome by `deadline` at the latest (WIRE_SET_LATE then). *number names it. */
void bridge_set(struct bridge *b, const struct wire_setting *w, uint32_t n, usec_t deadline, struct wire_set_result *out,
                uint64_t *number);
/* Traffic as it was counted is too old. */
bool bridge_stats_old(struct bridge *b, usec_t now);
/* Ask for it to be counted, and wait until that is done or the deadline comes. */
void bridge_want_stats(struct bridge *b, usec_t deadline);
void bridge_undo(struct bridge *b, uint64_t number);
void bridge_forget(struct bridge *b, uint64_t number);

/* The queue of notifications, under the lock. */
bool bridge_trap_next(struct bridge *b, usec_t now, struct trapq_send *out);
void bridge_trap_answered(struct bridge *b, uint64_t id);
void bridge_trap_failed(struct bridge *b, uint64_t id);
void bridge_trap_overdue(struct bridge *b, uint64_t id, usec_t now);
usec_t bridge_trap_deadline(struct bridge *b, usec_t now);
void bridge_trap_counts(struct bridge *b, uint32_t *sent, uint32_t *dropped);
void bridge_mail_stats(struct bridge *b, struct mail_stats *out);

#endif
