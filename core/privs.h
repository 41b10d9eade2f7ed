/*
 * Who the core is: its user, its two capabilities, its scheduling class, its locked memory.
 */
#ifndef REGENT_PRIVS_H
#define REGENT_PRIVS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct privs_user {
	uid_t uid;
	gid_t gid;
};

/* Regent starts as root. False after a log line that says so. */
bool privs_are_root(void);
/* Look up the user that the core runs as. False after a log line that names the mend. */
bool privs_find_user(struct privs_user *u);
/* The agent's: one of its own, so that what parses SNMP can neither signal the core nor write its files; where there is none,
 * the core's, after a log line. */
void privs_find_agent_user(const struct privs_user *core, struct privs_user *agent);
/* What the file wants of the process. */
struct privs_process {
	int nice;
	uint32_t rttime;             /* us; 0: our own */
	const char *const *cpus;     /* numbers; those that are none are said and left out */
	size_t n_cpus;
};
/* Descriptors enough for thousands of probes; SCHED_FIFO (0: the lowest, with RESET_ON_FORK and RLIMIT_RTTIME) and mlock;
 * refusals are said once and are no error. */
void privs_take_realtime(int priority, bool lock_memory, const struct privs_process *p);
/* Since last asked: has it computed for so long without waiting that it was taken out of the real-time class? */
bool privs_overran(void);
/* Become `u` with CAP_NET_ADMIN and CAP_NET_RAW only, for good. Before any thread starts. False after a log line. */
/* What a program that a former life of the process executed must do again: the process has its user, class and capabilities. */
void privs_keep(bool lock_memory);
bool privs_drop(const struct privs_user *u);

#endif
