/*
 * The log: one line an event, for the person on call.
 *
 * Levels follow syslog. The caller says who is to blame by the words (peer, file, kernel, us). Nothing here blocks
 * the caller once log_thread_start() has run: a line is formatted into a ring, a thread of the log's own writes it
 * out to stderr, /dev/log and/or a file, and what the ring had to drop is counted and said later. Before that, and
 * in small programs, lines are written straight to the targets. The mutex of the ring inherits priority. Thread-
 * safe throughout.
 */
#ifndef REGENT_BASE_LOG_H
#define REGENT_BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/mono.h"

enum log_level {
	LOG_LVL_ERR = 3,
	LOG_LVL_WARN = 4,
	LOG_LVL_NOTICE = 5,
	LOG_LVL_INFO = 6,
	LOG_LVL_DEBUG = 7,
};

struct log_target {
	const char *ident;  /* program name in syslog lines */
	bool to_stderr;
	enum log_level stderr_max; /* stderr gets no line above this level; 0: as the others */
	bool to_syslog;     /* /dev/log, a datagram a line */
	const char *file;   /* or NULL */
	/* Opens it for appending, on the log's thread too: a descriptor, or -1 (EAGAIN: asked again at the next line). NULL: as we can. */
	int (*open)(void *user);
	void *open_user;
	const char *syslog_path; /* the datagram socket; NULL: /dev/log */
	int facility;       /* 0..23, e.g. 3 daemon */
	enum log_level max; /* lines above this level are not made */
};

/* Choose targets; call before threads exist. Strings are copied. Under systemd (JOURNAL_STREAM names stderr's own
 * device and inode) stderr lines carry the "<N>" prefix. */
void log_open(const struct log_target *t);
/* Start the writing thread (inherits no real-time class). 0 or a positive errno. */
int log_thread_start(void);
/* Write out what is left, wait for at most `max` microseconds, stop the thread. */
void log_close(usec_t max);
/* Why the file of log_open() could not be opened; 0: it could, or there is none. */
int log_file_error(void);
void log_set_max(enum log_level max);
bool log_enabled(enum log_level level);
uint64_t log_dropped(void);

/* `who` is the room that speaks: "vrrp", "ipvs", "conf", ... Shown in debug level only. */
void log_write(enum log_level level, const char *who, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#define log_err(who, ...) log_write(LOG_LVL_ERR, who, __VA_ARGS__)
#define log_warn(who, ...) log_write(LOG_LVL_WARN, who, __VA_ARGS__)
#define log_notice(who, ...) log_write(LOG_LVL_NOTICE, who, __VA_ARGS__)
#define log_info(who, ...) log_write(LOG_LVL_INFO, who, __VA_ARGS__)
#define log_debug(who, ...) log_write(LOG_LVL_DEBUG, who, __VA_ARGS__)

/* A token bucket for lines that a peer can provoke. Zero-initialise. */
struct log_limit {
	usec_t refill_at; /* when the next spent token comes back */
	uint32_t spent;
	uint32_t suppressed;
};
/* True where a line may be written now: `burst` at once, one more every `every`. *suppressed gets how many were
 * withheld since the last true (and is reset by it);
 * may be NULL. */
bool log_limit_pass(struct log_limit *l, usec_t now, uint32_t burst, usec_t every, uint32_t *suppressed);

#endif
