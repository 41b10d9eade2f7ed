/*
 * Threads that stay out of the loop's way: no signals, no real-time class; and mutexes that a real-time thread may
 * share with them.
 */
#ifndef REGENT_BASE_THREAD_H
#define REGENT_BASE_THREAD_H

#include <pthread.h>

/* Start fn(arg) as a thread of class SCHED_OTHER, all signals blocked, called `name` (up to 15 bytes) in ps and
 * strace. 0 or a positive errno. */
int thread_create(pthread_t *out, const char *name, void *(*fn)(void *), void *arg);
/* A holder inherits the priority of whoever waits for it. */
void thread_mutex_init(pthread_mutex_t *m);

#endif
