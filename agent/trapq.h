/*
 * The queue of events that wait to become notifications, and the bookkeeping of those on their way to snmpd. Pure: the
 * time is an argument, sending is somebody else's.
 *
 * An event is done when snmpd has acknowledged every notification made of it (a VRRPv2 router that becomes MASTER makes
 * two). trapq_acked() is the number up to which all events are done: the core need not keep them.
 *
 * Order: transitions of virtual routers first, then the rest, each by number. Sending is bounded by a window (net-snmp
 * and snmpd deadlock for ever when both sides' socket buffers fill up) and a token bucket (a receiver's UDP buffer).
 * When the queue is full an event takes the place of an older one of its own object, else the oldest that is not a VRRP
 * transition goes; what is told by no notification of its own is counted, and announced when the queue drains.
 *
 * Exactly once: on a stream snmpd serves in order, so an answer also vouches for all that was sent before. A
 * notification whose answer is overdue is not sent again while the session lives: it is settled by the answer to the
 * next one (which goes alone), or by the session outliving two pings. When the session ends, all that was not vouched
 * for is queued again.
 */
#ifndef REGENT_AGENT_TRAPQ_H
#define REGENT_AGENT_TRAPQ_H

#include <stdbool.h>

#include "core/base/mono.h"
#include "core/view.h"

#define TRAPQ_MAX 1024u
#define TRAPQ_WINDOW 32u
#define TRAPQ_RATE 50u   /* tokens a second */
#define TRAPQ_BURST 200u
#define TRAPQ_SETTLE (10 * USEC_PER_SEC) /* a session that lives this long after an overdue answer has served it */

enum trapq_part { TRAPQ_STATE = 0, TRAPQ_NEW_MASTER = 1, TRAPQ_LOST = 2 };

struct trapq;

/* One notification to send. */
struct trapq_send {
	uint64_t id;          /* for trapq_answered() and the like */
	enum trapq_part part;
	struct event event;   /* TRAPQ_LOST: seq and wall of the latest event */
	uint32_t missed;      /* TRAPQ_LOST */
};

struct trapq *trapq_new(void);
void trapq_free(struct trapq *q);
/* Notifications are wanted. While they are not, events are done at once. */
void trapq_enable(struct trapq *q, bool on);
/* Numbers that were seen already are ignored. */
void trapq_push(struct trapq *q, const struct event *e);
/* The next one that may go now. */
bool trapq_next(struct trapq *q, usec_t now, struct trapq_send *out);
/* snmpd has it. */
void trapq_answered(struct trapq *q, uint64_t id);
/* It could not be sent: it waits again. */
void trapq_failed(struct trapq *q, uint64_t id);
/* The answer did not come in time. */
void trapq_overdue(struct trapq *q, uint64_t id, usec_t now);
/* The session to snmpd is gone. What it had not answered waits again; or, where snmpd is silent but may still read what
 * was sent (`limbo`), is held until trapq_limbo_end() tells whether it was read. */
void trapq_session_down(struct trapq *q, bool limbo);
void trapq_limbo_end(struct trapq *q, bool served);
/* When to look again although nothing happens; USEC_NEVER: no need. */
usec_t trapq_deadline(const struct trapq *q, usec_t now);
/* All events up to this one are done; 0: none. */
uint64_t trapq_acked(const struct trapq *q);
/* Start from here: what a predecessor has acknowledged. */
void trapq_start_after(struct trapq *q, uint64_t seq);
uint32_t trapq_sent(const struct trapq *q);
uint32_t trapq_dropped(const struct trapq *q);
unsigned trapq_waiting(const struct trapq *q); /* events not done */

#endif
