/*
 * Where log lines end up: stderr, a syslog socket, a file. Private to the log; used by one thread at a time.
 */
#ifndef REGENT_BASE_LOG_OUT_H
#define REGENT_BASE_LOG_OUT_H

#include "core/base/log.h"

#define LOG_TEXT_MAX 1000

/* A line as its writer made it. */
struct log_line {
	int64_t wall; /* microseconds since 1970 */
	enum log_level level;
	char text[LOG_TEXT_MAX];
};

/* Open the targets of `t` (closing former ones). */
void log_out_open(const struct log_target *t);
/* Write one line to every target. A target that does not take it within a grace period is stalled: it then loses
 * lines at once, without waiting, until it takes one again, and is told how many it lost. `grace` false: never wait.
 * Returns how many lines became lost, over all targets, by this call. */
uint64_t log_out_write(const struct log_line *line, bool grace);
/* Lines that never came this far: every target is told of them. */
void log_out_note_lost(uint64_t lines);
/* Tell targets what they lost, as far as they take it now. */
void log_out_report_lost(void);
int log_out_file_error(void);
void log_out_close(void);

#endif
