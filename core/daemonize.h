/*
 * Going to the background as keepalived does, but answering first: the caller's shell gets its prompt when the daemon runs,
 * or the exit status of the start that failed.
 */
#ifndef REGENT_DAEMONIZE_H
#define REGENT_DAEMONIZE_H

#include <stdbool.h>

/* Fork; the parent waits for the child's word and exits with it. Returns in the child a descriptor for daemonize_ready(), or
 * -1 where fork failed (errno). Before threads, before the helper. */
int daemonize(void);
/* The child's word: it runs. Closes `fd`, detaches from the terminal; stderr stays where `console` (-l) wants it. */
void daemonize_ready(int fd, bool console);

#endif
