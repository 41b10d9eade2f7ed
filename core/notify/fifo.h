/*
 * A FIFO that somebody may read: lines are written without waiting, whole or not at all.
 */
#ifndef REGENT_NOTIFY_FIFO_H
#define REGENT_NOTIFY_FIFO_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/log.h"
#include "core/base/mono.h"

struct fifo {
	int fd;          /* read-write, non-blocking; -1: not open yet or not to be had */
	const char *path; /* for the log */
	uint64_t dropped; /* lines that nobody had read room for, or that came before it was open */
	struct log_limit said;
};

/* A FIFO that is not open counts its lines as dropped. At most PIPE_BUF bytes. */
void fifo_write(struct fifo *f, const char *line, size_t len, usec_t now);

#endif
