/*
 * The kernel's process events (cn_proc, netlink's connector): hints that processes came, went or became other programs.
 *
 * They come only in the initial network namespace and with CAP_NET_ADMIN. What they say is not believed, only that something
 * happened: whoever is told looks for himself, so a lost one costs time and no more.
 */
#ifndef REGENT_NL_PROCMON_H
#define REGENT_NL_PROCMON_H

#include "core/loop/loop.h"

struct procmon;

/* `fn` is called, as a queued item, once for however many events came together. NULL: errno. */
struct procmon *procmon_new(struct loop *l, void (*fn)(void *user), void *user);
/* 0 bytes: as the kernel has it. From now on; the socket is the same. */
struct nl_buffer;
void procmon_set_buffer(struct procmon *m, const struct nl_buffer *b);
void procmon_free(struct procmon *m); /* NULL is fine */

#endif
