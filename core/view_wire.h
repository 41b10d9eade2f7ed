/*
 * The contract between core and agent: messages on a SOCK_SEQPACKET pair, one message a packet.
 *
 * Both ends are built together, but either is hostile to the other until checked: every message is decoded by the functions here,
 * which check version, length, kinds and rows. Integers in host order (one machine). A packet is at most WIRE_MAX bytes.
 *
 *   core -> agent   HELLO, ROWS (begin/rows/del/end of a batch), EVENT, SET_RESULT, SNMPD (with a descriptor or an errno), SETTINGS,
 *                   STATS
 *   agent -> core   READY(last event acknowledged), ACK(event), MAILED(mails), SET(transaction), UNDO(transaction),
 *                   FORGET(transaction), ASK_SNMPD, RESYNC, ASK_STATS
 *
 * HELLO opens the talk; its number is the last event that any agent has acknowledged, and the agent's READY gives it back (or a
 * later one). On READY the core sends SETTINGS, all rows (BEGIN full, PUT..., END), then the events after that number. ACK(n) says
 * that n and all before it need not be sent again. Mails are acknowledged apart, since a mail server is another's than snmpd: MAILED(n)
 * says that the first n events that are to be mailed (struct event, `mails`) are done with, HELLO says in `extra` how many of them any
 * agent is done with, and where one is not, events are sent from there. RESYNC asks for all rows. A SET is answered by SET_RESULT; UNDO
 * takes a transaction back (unknown: nothing to do, no answer), FORGET says that it will never be taken back. ASK_SNMPD is answered by one
 * SNMPD, when there is a connection or an error; the agent asks again when it needs another. ASK_STATS wants traffic to be counted,
 * where what was counted is too old; STATS comes behind the rows that came of it, and says for how long they will do.
 * Buffers are aligned as struct wire_head is.
 */
#ifndef REGENT_VIEW_WIRE_H
#define REGENT_VIEW_WIRE_H

#include "core/view.h"

#define WIRE_VERSION 9u
#define WIRE_MAX 32768u
#define WIRE_SET_MAX 256u /* settings in one transaction */

enum wire_type {
	WIRE_HELLO = 1,
	WIRE_SETTINGS = 2,
	WIRE_ROWS_BEGIN = 3, /* full = 1: rows not repeated before END are gone */
	WIRE_ROW_PUT = 4,    /* `count` rows of one kind */
	WIRE_ROW_DEL = 5,    /* `count` keys of one kind */
	WIRE_ROWS_END = 6,   /* publish: a consistent snapshot; generation */
	WIRE_EVENT = 7,
	WIRE_SET_RESULT = 8,
	WIRE_SNMPD = 9,      /* err 0: a connected descriptor comes with it (SCM_RIGHTS) */
	WIRE_STATS = 10,     /* extra: milliseconds */

	WIRE_READY = 32,
	WIRE_ACK = 33,
	WIRE_SET = 34,
	WIRE_UNDO = 35,
	WIRE_FORGET = 36,
	WIRE_ASK_SNMPD = 37,
	WIRE_RESYNC = 38,
	WIRE_ASK_STATS = 39,
	WIRE_MAILED = 40,
};
const char *wire_type_name(enum wire_type t);

struct wire_head {
	uint32_t magic; /* WIRE_MAGIC */
	uint16_t version;
	uint16_t type;
	uint32_t length; /* whole message, head included */
	uint32_t count;  /* rows, keys, settings; else 0 */
	uint32_t kind;   /* enum view_kind for rows; else 0 */
	uint32_t extra;  /* ROWS_BEGIN: full; SNMPD: errno; SET_RESULT: errno of the outcome; HELLO: mails */
	uint64_t number; /* generation, event seq, or transaction */
};
#define WIRE_MAGIC 0x52474e54u /* RGNT */

/* SETTINGS: what the agent may know of the configuration; no secrets. */
#define WIRE_MAIL_TO 32

/* Nothing of this is secret. */
struct wire_mail {
	char server[256];  /* name or address; "": no mail */
	char helo[256], from[256], host[256], router_id[64];
	char to[WIRE_MAIL_TO][256];
	uint32_t n_to, timeout_ms; /* of the connection */
	uint16_t port;
};

struct wire_settings {
	struct wire_mail mail;
	char agentx[108];  /* AgentX address: a path, or tcp:ADDR:PORT */
	char context[32];  /* AgentX context, "" default */
	uint8_t snmp_on, snmp_write, traps;
	uint8_t log_level;
};

enum wire_set_error { /* outcome of a transaction, in the terms that SNMP needs */
	WIRE_SET_OK = 0,
	WIRE_SET_NO_ROW = 1,      /* no such server now -> inconsistentName */
	WIRE_SET_RANGE = 2,       /* -> wrongValue */
	WIRE_SET_REFUSED = 3,     /* writing is off, or the row cannot be set -> notWritable */
	WIRE_SET_LATE = 4,        /* past its deadline -> commitFailed */
	WIRE_SET_KERNEL = 5,      /* the kernel refused -> commitFailed */
};

enum wire_what {
	WIRE_WHAT_WEIGHT = 0,  /* value: 0..65535, -1 = the file's */
	WIRE_WHAT_DRAIN = 1,   /* value: 1 drain, 0 no longer */
	WIRE_WHAT_DISABLE = 2, /* value: 1 disabled, 0 no longer */
	WIRE_WHAT_ALL = 3,     /* all of these are cleared; value: -1 */
};

struct wire_setting {
	struct server_key key;
	uint32_t what;   /* enum wire_what */
	int32_t value;
	usec_t span;     /* it holds for so long; 0: until it is cleared */
	usec_t deadline; /* of a drain, from now; 0: drain_timeout */
};

/* SET: all or nothing. Followed by head.count struct wire_setting. */
struct wire_set {
	usec_t deadline;  /* CLOCK_MONOTONIC */
	uint32_t who_uid; /* meaningful where `snmp` is 0 */
	uint8_t snmp;     /* 1: by snmpset, 0: by the control socket */
};

/* SET_RESULT */
struct wire_set_result {
	uint32_t error;  /* enum wire_set_error */
	uint32_t failed; /* index of the setting it is about */
};

/* Build a message into buf (cap >= WIRE_MAX); 0 where it does not fit. `body` may be NULL with len 0. */
size_t wire_build(void *buf, size_t cap, enum wire_type type, uint64_t number, uint32_t kind, uint32_t count, uint32_t extra,
                  const void *body, size_t len);
/* Check a received packet: magic, version, type, lengths, and every row, event, key or setting in it. NULL: not well-formed (why
 * gets a word). Otherwise its head; the body follows it directly. */
const struct wire_head *wire_check(const void *buf, size_t len, const char **why);
static inline const void *wire_body(const struct wire_head *h)
{
	return h + 1;
}

#endif
