/*
 * Running another program, as those see it who want one run: trackers, probes, notifications.
 *
 * An interface only: the rooms that want scripts run get a `struct script_runner` from their owner and know nothing
 * of the helper behind it (core/scripts.c), which forks, times and kills. All calls and answers are on the loop and
 * nothing waits.
 */
#ifndef REGENT_BASE_SCRIPT_H
#define REGENT_BASE_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/base/mono.h"

struct script_spec {
	const char *const *argv; /* NULL-terminated; argv[0] is an absolute path; there is no shell between */
	unsigned n_added;        /* of the last words: not the file's but a notify's four or a FIFO's path (core/helper/helper.h) */
	uid_t uid;
	gid_t gid;
	usec_t timeout;          /* then SIGTERM to its process group, SIGKILL 2 s later; never 0; USEC_NEVER: no limit */
};

enum script_outcome {
	SCRIPT_EXITED = 1,   /* `code` is the exit status */
	SCRIPT_KILLED = 2,   /* by signal `code` that was not ours */
	SCRIPT_TIMED_OUT = 3,
	SCRIPT_NOT_RUN = 4,  /* `code` is an errno: refused by the helper, not there, not executable, no process */
};
const char *script_outcome_name(enum script_outcome o);

struct script_end {
	enum script_outcome outcome;
	int code;
	usec_t took;
};

struct script_runner {
	/* Copies what it needs of the spec. done() is called exactly once, later and never from within start(), unless
	 * cancelled. Returns an id that is not 0; or 0 with errno (EAGAIN: too many run), and then done() is not called. */
	uint64_t (*start)(void *self, const struct script_spec *spec,
	                  void (*done)(void *user, const struct script_end *end), void *user);
	/* Kill it; done() will not be called any more. An id that has ended is ignored. */
	void (*cancel)(void *self, uint64_t id);
	void *self;
};

#endif
